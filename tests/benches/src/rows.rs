//! How fast rows of a read model are written, the way the projector writes them.

use std::time::Instant;

use anyhow::Result;
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use streams::{catalog, ids::Revision, jetstream::Jetstream, ports::KvStore};

use crate::fold::float;

/// Rows per second, 64 in flight, 2 kB each, each under the condition that it is new.
pub(crate) async fn measure(nats: &Jetstream, rows: usize) -> Result<f64> {
    let bucket = catalog::view_bucket("bench", 1);
    let kv = nats.kv();
    kv.ensure_bucket(&bucket).await?;
    let begin = Instant::now();
    let written = stream::iter(0..rows)
        .map(|n| put(&*kv, &bucket, n))
        .buffer_unordered(64)
        .try_collect::<Vec<()>>()
        .await;
    let took = begin.elapsed().as_secs_f64();
    kv.drop_bucket(&bucket).await?;
    written?;
    Ok(float(rows) / took)
}

async fn put(kv: &dyn KvStore, bucket: &str, n: usize) -> Result<()> {
    let value = Bytes::from(vec![b'x'; 2048]);
    kv.compare_and_set(bucket, &format!("row_{n}"), value, Revision(0)).await?;
    Ok(())
}
