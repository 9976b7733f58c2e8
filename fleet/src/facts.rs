//! Looking at the fleet: facts for a plan, the health of every node, tenants per node.
//!
//! Everything is asked at the same time, each node under its own deadline. A node that does not
//! answer, answers as another, or cannot tell is *unknown* with the reason, never zero. Nothing is
//! decided here: gates are in `streams::job::gates`.

mod gather;
mod health;
pub mod metrics;
mod tenants;

use std::{future::Future, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use futures::StreamExt;
use streams::{clock::Clock, job::facts::Reading};
use tokio::time::timeout;

use crate::{client::NodeClient, error::NodeError};

pub use gather::Wanted;
pub use health::{FleetHealth, FleetStatus, NodeFault, NodeHealth};
pub use tenants::TenantsByNode;

/// Nodes asked at the same time.
const CONCURRENCY: usize = 32;

/// Asks nodes. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Observer {
    client: NodeClient,
    clock: Arc<dyn Clock>,
    per_node: Duration,
}

impl Observer {
    /// An observer that gives each node 3 s.
    #[must_use]
    pub fn new(client: NodeClient, clock: Arc<dyn Clock>) -> Self {
        Self { client, clock, per_node: Duration::from_secs(3) }
    }

    /// Another time per node, over all calls to it.
    #[must_use]
    pub fn with_deadline(mut self, per_node: Duration) -> Self {
        self.per_node = per_node;
        self
    }

    /// The client it asks with.
    #[must_use]
    pub fn client(&self) -> &NodeClient {
        &self.client
    }

    /// Asks under the node's deadline. Readings carry the time the asking began: what a node says
    /// may be that old.
    async fn read<T>(&self, ask: impl Future<Output = Result<T, Unknown>>) -> Reading<T> {
        let observed_at: DateTime<Utc> = self.clock.now();
        match timeout(self.per_node, ask).await {
            Ok(Ok(value)) => Reading::Known { value, observed_at },
            Ok(Err(Unknown(because))) => Reading::Unknown { because, observed_at },
            Err(_) => {
                let because = format!("no answer within {} ms", self.per_node.as_millis());
                Reading::Unknown { because, observed_at }
            }
        }
    }
}

/// Why a node is unknown, as a sentence.
#[derive(Debug)]
struct Unknown(String);

impl From<NodeError> for Unknown {
    fn from(error: NodeError) -> Self {
        Self(error.to_string())
    }
}

/// Runs `ask` for every item, some at the same time; results in no particular order.
async fn all<I, F: Future>(
    items: impl IntoIterator<Item = I>,
    ask: impl Fn(I) -> F,
) -> Vec<F::Output> {
    futures::stream::iter(items.into_iter().map(ask)).buffer_unordered(CONCURRENCY).collect().await
}
