//! Where the log and the buckets come from: NATS for the program, memory for tests.
//!
//! The only file that knows which adapter is behind the ports.

use std::sync::Arc;

use streams::{
    catalog,
    clock::Clock,
    jetstream::{Jetstream, Options, admin::Found},
    memory::{MemoryKv, MemoryLog},
    ports::{KvStore, MessageLog},
    shapes::{BucketShape, StreamShape},
};

/// Stream of the tenants' logs.
pub const TENANT_LOG: &str = "SIM_TENANT_LOG";

/// The log and the buckets.
#[derive(Debug, Clone)]
pub struct Substrate {
    /// The tenants' logs.
    pub log: Arc<dyn MessageLog>,
    /// Placement maps and Gateways.
    pub kv: Arc<dyn KvStore>,
}

fn log_shape() -> StreamShape {
    StreamShape::log(TENANT_LOG, "Fleet simulator: what tenants did.", &["sim.log.>"])
}

/// Buckets the fleet needs; the others of the catalogue are the control plane's.
fn buckets() -> impl Iterator<Item = BucketShape> {
    let fleets = |b: &&catalog::BucketSpec| b.name != catalog::META;
    catalog::BUCKETS.iter().filter(fleets).map(BucketShape::from)
}

impl Substrate {
    /// Both on a NATS server. Makes what is missing: the fleet's buckets in the catalogue's shape,
    /// and the tenants' log. Changes nothing that is there.
    ///
    /// # Errors
    /// When the server cannot be reached or used, or a bucket has another shape.
    pub async fn nats(url: &str) -> anyhow::Result<Self> {
        let server = Jetstream::connect(&Options::new(url, "fleet-sim")).await?;
        let shapes: Vec<_> = buckets().map(|bucket| bucket.stream()).chain([log_shape()]).collect();
        for (shape, (name, found)) in shapes.iter().zip(server.compare(&shapes).await?) {
            match found {
                Found::Equal => {}
                Found::Absent => server.ensure_stream(shape).await?,
                // More replicas than in development, another description: as good.
                Found::Differs(all) if all.iter().all(|d| d.updatable) => {}
                Found::Differs(all) => {
                    let all: Vec<_> = all.iter().map(ToString::to_string).collect();
                    anyhow::bail!("{name} has another shape: {}", all.join("; "));
                }
            }
        }
        Ok(Self { log: server.log(TENANT_LOG), kv: server.kv() })
    }

    /// Both in memory; they end with the program.
    #[must_use]
    pub fn memory(clock: &Arc<dyn Clock>) -> Self {
        let kv = MemoryKv::new(clock.clone());
        for bucket in buckets() {
            kv.create(&bucket);
        }
        Self { log: Arc::new(MemoryLog::new(&log_shape(), clock.clone())), kv: Arc::new(kv) }
    }
}
