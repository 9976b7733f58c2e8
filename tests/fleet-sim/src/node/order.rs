//! What every admin call carries, taken from its headers: the token, the fence, epoch and key.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use fleet::contract::{
    ProblemCode,
    headers::{CONTROL_FENCE, IDEMPOTENCY_KEY, IDEMPOTENCY_KEY_MAX, PLACEMENT_EPOCH, TENANT_ID},
};
use http::{HeaderMap, header::AUTHORIZATION, request::Parts};
use streams::ids::{Epoch, Fence, TenantId};

use super::{Life, rules::Order};
use crate::{
    flow,
    problem::{Answer, Fail, fail},
};

fn bad(detail: impl Into<String>) -> Fail {
    fail(ProblemCode::BadArgument, detail)
}

/// The one value of a header as text.
fn single<'h>(headers: &'h HeaderMap, name: &str) -> Answer<Option<&'h str>> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    if values.next().is_some() {
        return Err(bad(format!("{name} is given twice")));
    }
    let text = first.map(|v| v.to_str().map_err(|_| bad(format!("{name} is not text"))));
    text.transpose()
}

fn number(headers: &HeaderMap, name: &str) -> Answer<u64> {
    let text = single(headers, name)?.ok_or_else(|| bad(format!("{name} is missing")))?;
    text.parse().map_err(|_| bad(format!("{name} is not a decimal u64")))
}

/// Whether the bearer token is `token`.
///
/// # Errors
/// 401 `unauthenticated`.
pub fn authenticate(headers: &HeaderMap, token: &str) -> Answer<()> {
    let given = headers.get(AUTHORIZATION).and_then(|v| v.to_str().ok());
    let given = given.and_then(|v| v.strip_prefix("Bearer ")).unwrap_or_default();
    let equal =
        aws_lc_rs::constant_time::verify_slices_are_equal(given.as_bytes(), token.as_bytes());
    equal.map_err(|_| fail(ProblemCode::Unauthenticated, "a service token is required"))
}

/// Headers of a mutation that means no tenant.
#[derive(Debug, Clone, Copy)]
pub struct NodeOrder(pub Fence);

impl FromRequestParts<Arc<Life>> for NodeOrder {
    type Rejection = Fail;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Life>) -> Result<Self, Fail> {
        keyed(&parts.headers)
    }
}

fn keyed(headers: &HeaderMap) -> Answer<NodeOrder> {
    let key = single(headers, IDEMPOTENCY_KEY)?.unwrap_or_default();
    if key.is_empty() || key.len() > IDEMPOTENCY_KEY_MAX {
        return Err(bad("Idempotency-Key is missing, empty or too long"));
    }
    Ok(NodeOrder(Fence(number(headers, CONTROL_FENCE)?)))
}

/// The tenant of the path.
#[derive(Debug, Clone)]
pub struct PathTenant(pub TenantId);

impl<S: Send + Sync> FromRequestParts<S> for PathTenant {
    type Rejection = Fail;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Fail> {
        let path = axum::extract::Path::<String>::from_request_parts(parts, state).await;
        let text = path.map_err(|e| bad(e.body_text()))?.0;
        text.parse().map(Self).map_err(|e: streams::ids::InvalidId| bad(e.to_string()))
    }
}

/// Headers of a mutation of one tenant, with the tenant of the path.
#[derive(Debug, Clone)]
pub struct TenantOrder {
    /// Whom it means.
    pub tenant: TenantId,
    /// Its authority.
    pub order: Order,
}

impl FromRequestParts<Arc<Life>> for TenantOrder {
    type Rejection = Fail;

    async fn from_request_parts(parts: &mut Parts, life: &Arc<Life>) -> Result<Self, Fail> {
        let PathTenant(tenant) = PathTenant::from_request_parts(parts, life).await?;
        let NodeOrder(fence) = keyed(&parts.headers)?;
        if single(&parts.headers, TENANT_ID)? != Some(tenant.as_str()) {
            return Err(bad(format!("x-tenant-id is not the path's tenant {tenant}")));
        }
        let epoch = Epoch(number(&parts.headers, PLACEMENT_EPOCH)?);
        Ok(Self { tenant, order: Order { fence, epoch } })
    }
}

/// The tenant of a data request, and the epoch of the Gateway's map.
#[derive(Debug, Clone)]
pub struct DataTenant {
    /// Whom it means.
    pub tenant: TenantId,
    /// As the Gateway's map says.
    pub asked: Option<Epoch>,
}

impl<S: Send + Sync> FromRequestParts<S> for DataTenant {
    type Rejection = Fail;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Fail> {
        flow::note_caller("gateway");
        let tenant = single(&parts.headers, TENANT_ID)?;
        let tenant = tenant.ok_or_else(|| bad("x-tenant-id is missing"))?;
        let tenant = tenant.parse().map_err(|e: streams::ids::InvalidId| bad(e.to_string()))?;
        let asked = match single(&parts.headers, PLACEMENT_EPOCH)? {
            None => None,
            Some(_) => Some(Epoch(number(&parts.headers, PLACEMENT_EPOCH)?)),
        };
        Ok(Self { tenant, asked })
    }
}
