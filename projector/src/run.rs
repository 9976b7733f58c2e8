//! One view's whole life: sessions one after another, a build when one is due, a stop when a log
//! cannot be.

use std::time::Duration;

use streams::{clock::pause, views::View};
use tokio_util::sync::CancellationToken;

use crate::{
    Pace, Ports,
    report::Report,
    session::{Cause, Halt, Session},
};

/// Keeps a view until `stop`. A view that has stopped for good stays stopped, and says so, until the
/// program is started again: a person has to look first.
pub async fn run<V: View>(ports: Ports, pace: Pace, report: Report, stop: CancellationToken) {
    report.behind("being opened");
    let life = async {
        let Halt::Corrupt(corrupt) = live::<V>(&ports, pace, &report).await else { return };
        tracing::error!(view = V::NAME, cause = %corrupt, "a view has stopped: its log cannot be");
        report.stopped(&corrupt.to_string());
        stop.cancelled().await;
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = life => {}
    }
}

/// Ends only with [`Halt::Corrupt`].
async fn live<V: View>(ports: &Ports, pace: Pace, report: &Report) -> Halt {
    let mut due: Option<Cause> = None;
    let mut delay = pace.retry_first;
    loop {
        let opened = match &due {
            Some(cause) => {
                report.rebuild(cause.word());
                report.behind(format!("being rebuilt: {cause}"));
                tracing::warn!(view = V::NAME, cause = %cause, "a view is being rebuilt");
                Session::<V>::build(ports, pace, report).await
            }
            None => Session::<V>::open(ports, pace, report).await,
        };
        let halt = match opened {
            Ok(mut session) => {
                let Err(halt) = session.run(true).await else { continue };
                if session.settled() {
                    delay = pace.retry_first;
                }
                halt
            }
            Err(halt) => halt,
        };
        match halt {
            Halt::Corrupt(_) => return halt,
            Halt::Rebuild(cause) => due = Some(cause),
            Halt::Reopen(because) => {
                tracing::warn!(view = V::NAME, because, "a view is opened again");
                report.behind(because);
                due = None;
                delay = wait(delay, pace).await;
            }
            Halt::Newer(_) => {
                report.behind(halt.to_string());
                due = None;
                delay = wait(delay, pace).await;
            }
        }
    }
}

async fn wait(delay: Duration, pace: Pace) -> Duration {
    pause(delay).await;
    (delay * 2).min(pace.retry_cap)
}

/// Builds a new generation from zero, flips the pointer to it, and returns it. Projectors that run
/// follow the pointer.
///
/// # Errors
/// [`Halt`].
pub async fn rebuild<V: View>(ports: &Ports, pace: Pace, report: &Report) -> Result<u64, Halt> {
    report.rebuild(Cause::Asked.word());
    let mut session = Session::<V>::build(ports, pace, report).await?;
    session.run(false).await?;
    Ok(session.generation())
}
