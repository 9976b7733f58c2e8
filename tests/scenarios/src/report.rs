//! One case: run it, hold the whole log to the invariants afterwards, say in a line how it went.

use std::time::Instant;

use anyhow::Result;

use crate::{cases::Case, system::System};

/// Runs a case and prints its line; false when it failed. A failed one says where the evidence is.
///
/// # Errors
/// When the event log cannot be read before the case has begun: then nothing can be said.
pub(crate) async fn told(case: &Case, system: &System) -> Result<bool> {
    let from = system.events.info().await?.last_seq.next();
    let begin = Instant::now();
    let result = match (case.run)(system).await {
        Ok(seen) => system.verified().await.map(|()| seen),
        Err(error) => Err(error),
    };
    let took = begin.elapsed().as_secs_f64();
    match &result {
        Ok(seen) => println!("pass  {:<20} {took:6.1} s  {seen}", case.name),
        Err(error) => {
            println!("FAIL  {:<20} {took:6.1} s  {error:#}", case.name);
            println!("      its story: {}", system.replay(from));
        }
    }
    Ok(result.is_ok())
}
