//! Reads of a node. None changes anything; none is retried.

use streams::ids::{FlowIds, Seq, TenantId};

use super::{NodeClient, NodeTarget};
use crate::{
    contract::{
        Digest, DigestPending, DrainStatus, Health, Inflight, Info, Lag, NodeDrainStatus,
        PlacementSnapshot, ProblemCode, Ready, TenantPage, TenantQuery, TenantStatus, paths,
    },
    error::NodeError,
};

/// Answer of the digest endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DigestReading {
    /// Computed.
    Ready(Digest),
    /// 202: ask again.
    Pending(DigestPending),
}

impl NodeClient {
    /// `GET /health`, and that the right node answers.
    ///
    /// # Errors
    /// [`NodeError`]; [`NodeError::WrongNode`] when another node answers.
    pub async fn health(&self, node: &NodeTarget, ids: &FlowIds) -> Result<Health, NodeError> {
        let answer = self.get(node, paths::HEALTH, ids).await?.success()?;
        let health: Health = answer.decode()?;
        same_node(node, &answer.url, &health.node_id)?;
        Ok(health)
    }

    /// `GET /ready`: 200 and 503 alike are an answer when they carry the body.
    ///
    /// # Errors
    /// [`NodeError`].
    pub async fn ready(&self, node: &NodeTarget, ids: &FlowIds) -> Result<Ready, NodeError> {
        let answer = self.get(node, paths::READY, ids).await?;
        match answer.status {
            200 => answer.decode(),
            503 => answer.decode().map_err(|_| answer.problem()),
            _ => Err(answer.problem()),
        }
    }

    /// `GET /metrics`: Prometheus text.
    ///
    /// # Errors
    /// [`NodeError`].
    pub async fn metrics(&self, node: &NodeTarget, ids: &FlowIds) -> Result<String, NodeError> {
        let answer = self.get(node, paths::METRICS, ids).await?.success()?;
        String::from_utf8(answer.body.to_vec())
            .map_err(|e| NodeError::BadBody { url: answer.url, cause: e.to_string() })
    }

    /// `GET /admin/v1/info`, and that the right node answers.
    ///
    /// # Errors
    /// [`NodeError`]; [`NodeError::WrongNode`] when another node answers.
    pub async fn info(&self, node: &NodeTarget, ids: &FlowIds) -> Result<Info, NodeError> {
        let answer = self.get(node, paths::INFO, ids).await?.success()?;
        let info: Info = answer.decode()?;
        same_node(node, &answer.url, &info.node_id)?;
        Ok(info)
    }

    /// One page of `GET /admin/v1/tenants`.
    ///
    /// # Errors
    /// [`NodeError`].
    pub async fn tenants(
        &self,
        node: &NodeTarget,
        ids: &FlowIds,
        query: &TenantQuery,
    ) -> Result<TenantPage, NodeError> {
        let path = paths::tenants(query);
        self.get(node, &path, ids).await?.success()?.decode()
    }

    /// `GET …/{t}`; an absent tenant is a status too.
    ///
    /// # Errors
    /// [`NodeError`]; `BadBody` when the answer is about another tenant.
    pub async fn tenant(
        &self,
        node: &NodeTarget,
        ids: &FlowIds,
        tenant: &TenantId,
    ) -> Result<TenantStatus, NodeError> {
        let answer = self.get(node, &paths::tenant(tenant), ids).await?.success()?;
        let status: TenantStatus = answer.decode()?;
        if &status.tenant_id == tenant {
            return Ok(status);
        }
        let cause = format!("asked about {tenant}, answered about {}", status.tenant_id);
        Err(NodeError::BadBody { url: answer.url, cause })
    }

    /// `GET …/{t}/inflight`.
    ///
    /// # Errors
    /// [`NodeError`].
    pub async fn inflight(
        &self,
        node: &NodeTarget,
        ids: &FlowIds,
        tenant: &TenantId,
    ) -> Result<Inflight, NodeError> {
        self.get(node, &paths::inflight(tenant), ids).await?.success()?.decode()
    }

    /// `GET …/{t}/lag`.
    ///
    /// # Errors
    /// [`NodeError`].
    pub async fn lag(
        &self,
        node: &NodeTarget,
        ids: &FlowIds,
        tenant: &TenantId,
    ) -> Result<Lag, NodeError> {
        self.get(node, &paths::lag(tenant), ids).await?.success()?.decode()
    }

    /// `GET …/{t}/drain`; `None` when there never was one (404 `no_drain`).
    ///
    /// # Errors
    /// [`NodeError`].
    pub async fn drain_status(
        &self,
        node: &NodeTarget,
        ids: &FlowIds,
        tenant: &TenantId,
    ) -> Result<Option<DrainStatus>, NodeError> {
        let answer = self.get(node, &paths::drain(tenant), ids).await?.success();
        or_no_drain(answer)?.map(|a| a.decode()).transpose()
    }

    /// `GET …/{t}/digest?at_seq=`.
    ///
    /// # Errors
    /// [`NodeError`]; `BadBody` when the digest is of another position.
    pub async fn digest(
        &self,
        node: &NodeTarget,
        ids: &FlowIds,
        tenant: &TenantId,
        at: Seq,
    ) -> Result<DigestReading, NodeError> {
        let answer = self.get(node, &paths::digest(tenant, at), ids).await?.success()?;
        if answer.status == 202 {
            return answer.decode().map(DigestReading::Pending);
        }
        let digest: Digest = answer.decode()?;
        if digest.at_seq == at {
            return Ok(DigestReading::Ready(digest));
        }
        let cause = format!("asked for position {at}, answered for {}", digest.at_seq);
        Err(NodeError::BadBody { url: answer.url, cause })
    }

    /// `GET /admin/v1/drain`; `None` when there never was one.
    ///
    /// # Errors
    /// [`NodeError`].
    pub async fn node_drain_status(
        &self,
        node: &NodeTarget,
        ids: &FlowIds,
    ) -> Result<Option<NodeDrainStatus>, NodeError> {
        let answer = self.get(node, paths::NODE_DRAIN, ids).await?.success();
        or_no_drain(answer)?.map(|a| a.decode()).transpose()
    }

    /// `GET /admin/v1/placement`; without entries it is small enough to poll.
    ///
    /// # Errors
    /// [`NodeError`].
    pub async fn placement(
        &self,
        node: &NodeTarget,
        ids: &FlowIds,
        entries: bool,
    ) -> Result<PlacementSnapshot, NodeError> {
        let path = format!("{}?entries={entries}", paths::PLACEMENT);
        self.get(node, &path, ids).await?.success()?.decode()
    }
}

fn same_node(node: &NodeTarget, url: &str, got: &streams::ids::NodeId) -> Result<(), NodeError> {
    if &node.node_id == got {
        return Ok(());
    }
    let (expected, got) = (node.node_id.clone(), got.to_string());
    Err(NodeError::WrongNode { url: url.to_owned(), expected, got })
}

fn or_no_drain<T>(answer: Result<T, NodeError>) -> Result<Option<T>, NodeError> {
    match answer {
        Err(error) if error.problem() == Some(&ProblemCode::NoDrain) => Ok(None),
        other => other.map(Some),
    }
}
