//! The figures that are rates: folds, rows, a rebuild.

use anyhow::Result;
use streams::jetstream::Jetstream;

use crate::{fold, rebuild, rows, table::Table};

/// Most events of the rebuild: each has to be appended first, with its fsync.
const REBUILT: usize = 60_000;

/// Measures each and puts it into the table at once.
pub(crate) async fn measure(
    nats: &Jetstream,
    events: usize,
    rows: usize,
    table: &mut Table,
) -> Result<()> {
    let folded = fold::measure(events)?;
    table.rate("fold in memory, leader's world", folded.world, "events", Some(100_000.0));
    table.rate("fold in memory, view of jobs", folded.jobs, "events", Some(100_000.0));
    let rows = rows::measure(nats, rows).await?;
    table.rate("rows of 2 kB written, 64 in flight", rows, "rows", None);
    let rebuilt = rebuild::measure(nats, events.min(REBUILT)).await?;
    table.rate("rebuild: read, check, fold, view of jobs", rebuilt, "events", Some(100_000.0));
    Ok(())
}
