//! Mutations of a node. Each carries its stamp; each may be repeated safely.

use std::time::Duration;

use http::Method;

use super::{NodeClient, NodeTarget, Stamp, TenantAt};
use crate::{
    contract::{
        ActivateRequest, DrainRequest, DrainStatus, NodeDrainStatus, PrepareRequest, ReloadRequest,
        ReloadResult, TenantStatus, paths,
    },
    error::NodeError,
};

const NONE: Option<&()> = None;
const NO_EXTRA: Duration = Duration::ZERO;

/// Answer of a reload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reloaded {
    /// True (200): every asked-for revision has been applied; false (202): not yet.
    pub reached: bool,
    /// What has been applied.
    pub result: ReloadResult,
}

impl NodeClient {
    /// `PUT …/{t}/drain`.
    ///
    /// # Errors
    /// [`NodeError`].
    pub async fn drain(
        &self,
        node: &NodeTarget,
        stamp: &Stamp,
        at: TenantAt<'_>,
        request: &DrainRequest,
    ) -> Result<DrainStatus, NodeError> {
        let call = (Method::PUT, &*paths::drain(at.tenant));
        self.mutate(node, stamp, Some(at), call, Some(request), NO_EXTRA).await?.decode()
    }

    /// `DELETE …/{t}/drain`.
    ///
    /// # Errors
    /// [`NodeError`]; 404 `no_drain` when there never was one.
    pub async fn undrain(
        &self,
        node: &NodeTarget,
        stamp: &Stamp,
        at: TenantAt<'_>,
    ) -> Result<DrainStatus, NodeError> {
        let call = (Method::DELETE, &*paths::drain(at.tenant));
        self.mutate(node, stamp, Some(at), call, NONE, NO_EXTRA).await?.decode()
    }

    /// `POST …/{t}/prepare`, under the epoch of `request`.
    ///
    /// # Errors
    /// [`NodeError`].
    pub async fn prepare(
        &self,
        node: &NodeTarget,
        stamp: &Stamp,
        tenant: &streams::ids::TenantId,
        request: &PrepareRequest,
    ) -> Result<TenantStatus, NodeError> {
        let at = TenantAt { tenant, epoch: request.epoch };
        let call = (Method::POST, &*paths::prepare(tenant));
        self.mutate(node, stamp, Some(at), call, Some(request), NO_EXTRA).await?.decode()
    }

    /// `DELETE …/{t}/prepare`: releases a target.
    ///
    /// # Errors
    /// [`NodeError`].
    pub async fn release(
        &self,
        node: &NodeTarget,
        stamp: &Stamp,
        at: TenantAt<'_>,
    ) -> Result<TenantStatus, NodeError> {
        let call = (Method::DELETE, &*paths::prepare(at.tenant));
        self.mutate(node, stamp, Some(at), call, NONE, NO_EXTRA).await?.decode()
    }

    /// `POST …/{t}/activate`, under the epoch of `request`.
    ///
    /// # Errors
    /// [`NodeError`].
    pub async fn activate(
        &self,
        node: &NodeTarget,
        stamp: &Stamp,
        tenant: &streams::ids::TenantId,
        request: &ActivateRequest,
    ) -> Result<TenantStatus, NodeError> {
        let at = TenantAt { tenant, epoch: request.epoch };
        let call = (Method::POST, &*paths::activate(tenant));
        self.mutate(node, stamp, Some(at), call, Some(request), NO_EXTRA).await?.decode()
    }

    /// `DELETE …/{t}`: drops the copy of a tenant that has moved away; irreversible.
    ///
    /// # Errors
    /// [`NodeError`].
    pub async fn drop_tenant(
        &self,
        node: &NodeTarget,
        stamp: &Stamp,
        at: TenantAt<'_>,
    ) -> Result<TenantStatus, NodeError> {
        let call = (Method::DELETE, &*paths::tenant(at.tenant));
        self.mutate(node, stamp, Some(at), call, NONE, NO_EXTRA).await?.decode()
    }

    /// `PUT /admin/v1/drain`: the whole node.
    ///
    /// # Errors
    /// [`NodeError`].
    pub async fn drain_node(
        &self,
        node: &NodeTarget,
        stamp: &Stamp,
        request: &DrainRequest,
    ) -> Result<NodeDrainStatus, NodeError> {
        let call = (Method::PUT, paths::NODE_DRAIN);
        self.mutate(node, stamp, None, call, Some(request), NO_EXTRA).await?.decode()
    }

    /// `DELETE /admin/v1/drain`.
    ///
    /// # Errors
    /// [`NodeError`]; 404 `no_drain` when there never was one.
    pub async fn undrain_node(
        &self,
        node: &NodeTarget,
        stamp: &Stamp,
    ) -> Result<NodeDrainStatus, NodeError> {
        let call = (Method::DELETE, paths::NODE_DRAIN);
        self.mutate(node, stamp, None, call, NONE, NO_EXTRA).await?.decode()
    }

    /// `POST /admin/v1/reload`; has `wait_ms` more time than other calls.
    ///
    /// # Errors
    /// [`NodeError`].
    pub async fn reload(
        &self,
        node: &NodeTarget,
        stamp: &Stamp,
        request: &ReloadRequest,
    ) -> Result<Reloaded, NodeError> {
        let call = (Method::POST, paths::RELOAD);
        let extra = Duration::from_millis(request.wait_ms);
        let answer = self.mutate(node, stamp, None, call, Some(request), extra).await?;
        Ok(Reloaded { reached: answer.status == 200, result: answer.decode()? })
    }
}
