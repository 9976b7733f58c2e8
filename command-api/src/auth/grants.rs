//! Rights of principals, from the Gateway, remembered for seconds and never longer.
//!
//! Mutations see an answer that is at most as old as the shorter time, reads the longer one. Racing
//! requests ask once. When the Gateway cannot be asked, the answer is no.

use std::{sync::Arc, time::Duration};

use fleet::error::NodeError;
use moka::future::Cache;
use streams::ids::{FlowIds, PrincipalId};

use super::Principal;
use crate::{
    error::{ApiError, ApiResult, Code},
    ports::{Gateway, RightsNow},
};

/// Most principals remembered.
const CAPACITY: u64 = 10_000;

/// How long answers hold.
#[derive(Debug, Clone, Copy)]
pub struct Ages {
    /// For mutations, at most 5 s.
    pub mutations: Duration,
    /// For reads, at most 30 s.
    pub reads: Duration,
}

impl Default for Ages {
    fn default() -> Self {
        Self { mutations: Duration::from_secs(5), reads: Duration::from_secs(30) }
    }
}

type Key = (PrincipalId, String);

/// The memory.
#[derive(Debug)]
pub struct Grants {
    gateway: Arc<dyn Gateway>,
    mutations: Cache<Key, Arc<RightsNow>>,
    reads: Cache<Key, Arc<RightsNow>>,
}

impl Grants {
    /// Empty.
    #[must_use]
    pub fn new(gateway: Arc<dyn Gateway>, ages: Ages) -> Self {
        let cache = |ttl| Cache::builder().max_capacity(CAPACITY).time_to_live(ttl).build();
        Self { gateway, mutations: cache(ages.mutations), reads: cache(ages.reads) }
    }

    /// What the Gateway says of a principal whose session holds.
    ///
    /// # Errors
    /// 401 `session_revoked`, 503 `rights_unavailable`.
    pub async fn of(
        &self,
        principal: &Principal,
        mutation: bool,
        ids: &FlowIds,
    ) -> ApiResult<Arc<RightsNow>> {
        let key = (principal.sub.clone(), principal.session_id.clone());
        let remembered = if mutation { None } else { self.reads.get(&key).await };
        let now = match remembered {
            Some(now) => now,
            None => self.ask(key, ids).await?,
        };
        if !now.session_valid {
            return Err(ApiError::new(Code::SessionRevoked, Code::SessionRevoked.title()));
        }
        Ok(now)
    }

    async fn ask(&self, key: Key, ids: &FlowIds) -> ApiResult<Arc<RightsNow>> {
        let fetch = async { self.gateway.rights(ids, &key.0, &key.1).await.map(Arc::new) };
        let now = self.mutations.try_get_with(key.clone(), fetch).await.map_err(unavailable)?;
        self.reads.insert(key, Arc::clone(&now)).await;
        Ok(now)
    }

    /// Forgets a principal's session, at its sign-out.
    pub async fn forget(&self, principal: &Principal) {
        let key = (principal.sub.clone(), principal.session_id.clone());
        self.mutations.invalidate(&key).await;
        self.reads.invalidate(&key).await;
    }
}

fn unavailable(error: Arc<NodeError>) -> ApiError {
    ApiError::new(Code::RightsUnavailable, Code::RightsUnavailable.title()).caused_by(error)
}
