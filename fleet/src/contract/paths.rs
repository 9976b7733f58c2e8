//! The URL layout of a node and a Gateway: the only place that knows it.
//!
//! Constants are route templates (for a server's router); functions build a path for a call. Ids
//! are newtypes, so nothing can be smuggled into a path; `sub` is percent-encoded.

use streams::{
    ids::{PrincipalId, Seq, TenantId},
    job::facts::TenantState,
};

use super::TenantQuery;

/// Liveness, public.
pub const HEALTH: &str = "/health";
/// Readiness, public.
pub const READY: &str = "/ready";
/// Prometheus text, public.
pub const METRICS: &str = "/metrics";
/// What the node is.
pub const INFO: &str = "/admin/v1/info";
/// Page of tenants.
pub const TENANTS: &str = "/admin/v1/tenants";
/// One tenant; `DELETE` drops its copy (finalize).
pub const TENANT: &str = "/admin/v1/tenants/{tenant}";
/// Work accepted and not yet durably finished.
pub const TENANT_INFLIGHT: &str = "/admin/v1/tenants/{tenant}/inflight";
/// Distance to the head of the tenant's log.
pub const TENANT_LAG: &str = "/admin/v1/tenants/{tenant}/lag";
/// Drain of one tenant: `PUT`, `GET`, `DELETE`.
pub const TENANT_DRAIN: &str = "/admin/v1/tenants/{tenant}/drain";
/// Warm-up of a target: `POST`, `DELETE`.
pub const TENANT_PREPARE: &str = "/admin/v1/tenants/{tenant}/prepare";
/// A prepared or drained tenant is served: `POST`.
pub const TENANT_ACTIVATE: &str = "/admin/v1/tenants/{tenant}/activate";
/// Digest of the tenant's state at a position: `GET`.
pub const TENANT_DIGEST: &str = "/admin/v1/tenants/{tenant}/digest";
/// Drain of the whole node: `PUT`, `GET`, `DELETE`.
pub const NODE_DRAIN: &str = "/admin/v1/drain";
/// Waits for a placement revision: `POST`.
pub const RELOAD: &str = "/admin/v1/reload";
/// Effective placement: `GET`.
pub const PLACEMENT: &str = "/admin/v1/placement";
/// Gateway: public keys of access tokens.
pub const JWKS: &str = "/.well-known/jwks.json";
/// Gateway: sign-in.
pub const LOGIN: &str = "/auth/v1/login";
/// Gateway: sign-out.
pub const LOGOUT: &str = "/auth/v1/logout";
/// Gateway: rights of a principal.
pub const RIGHTS: &str = "/iam/v1/principals/{sub}/rights";
/// Gateway: users, `GET` and `POST`.
pub const USERS: &str = "/iam/v1/users";
/// Gateway: one user, `GET`, `PUT`, `DELETE`.
pub const USER: &str = "/iam/v1/users/{sub}";
/// Gateway: a user's password, `PUT`.
pub const USER_PASSWORD: &str = "/iam/v1/users/{sub}/password";
/// Gateway: all sessions of a user, `DELETE` revokes them.
pub const USER_SESSIONS: &str = "/iam/v1/users/{sub}/sessions";
/// Gateway: sessions, `GET`.
pub const SESSIONS: &str = "/iam/v1/sessions";
/// Gateway: one session, `GET`; `DELETE` revokes it.
pub const SESSION: &str = "/iam/v1/sessions/{session_id}";
/// Gateway: roles, `GET` and `POST`.
pub const ROLES: &str = "/iam/v1/roles";
/// Gateway: one role, `GET`, `PUT`, `DELETE`.
pub const ROLE: &str = "/iam/v1/roles/{role}";
/// Gateway: every right that can be granted, `GET`.
pub const PERMISSIONS: &str = "/iam/v1/permissions";
/// Gateway: the platform's configuration, `GET`.
pub const CONFIGS: &str = "/config/v1/documents";
/// Gateway: one document of it, `GET`, `PUT`, `DELETE`.
pub const CONFIG: &str = "/config/v1/documents/{name}";
/// Gateway: its versions, `GET`.
pub const CONFIG_VERSIONS: &str = "/config/v1/documents/{name}/versions";
/// Gateway: one version of it, `GET`.
pub const CONFIG_VERSION: &str = "/config/v1/documents/{name}/versions/{version}";
/// Gateway: the configuration of the tenant named by `x-tenant-id`, `GET`.
pub const TENANT_CONFIGS: &str = "/config/v1/tenant/documents";
/// Gateway: one document of it, `GET`, `PUT`, `DELETE`.
pub const TENANT_CONFIG: &str = "/config/v1/tenant/documents/{name}";
/// Gateway: its versions, `GET`.
pub const TENANT_CONFIG_VERSIONS: &str = "/config/v1/tenant/documents/{name}/versions";
/// Gateway: one version of it, `GET`.
pub const TENANT_CONFIG_VERSION: &str = "/config/v1/tenant/documents/{name}/versions/{version}";
/// Gateway: definitions of one kind, `GET`.
pub const DEFINITIONS: &str = "/definitions/v1/{kind}";
/// Gateway: one definition, `GET`, `PUT`, `DELETE`.
pub const DEFINITION: &str = "/definitions/v1/{kind}/{name}";
/// Gateway: its versions, `GET`.
pub const DEFINITION_VERSIONS: &str = "/definitions/v1/{kind}/{name}/versions";
/// Gateway: one version of it, `GET`.
pub const DEFINITION_VERSION: &str = "/definitions/v1/{kind}/{name}/versions/{version}";

fn of_tenant(template: &str, tenant: &TenantId) -> String {
    template.replace("{tenant}", tenant.as_str())
}

/// [`TENANTS`] with its query.
#[must_use]
pub fn tenants(query: &TenantQuery) -> String {
    let mut parts = Vec::new();
    if let Some(state) = query.state {
        parts.push(format!("state={}", state_name(state)));
    }
    if let Some(cursor) = &query.cursor {
        parts.push(format!("cursor={}", percent(cursor)));
    }
    if let Some(limit) = query.limit {
        parts.push(format!("limit={limit}"));
    }
    let mark = if parts.is_empty() { "" } else { "?" };
    format!("{TENANTS}{mark}{}", parts.join("&"))
}

/// [`TENANT`] of `tenant`.
#[must_use]
pub fn tenant(tenant: &TenantId) -> String {
    of_tenant(TENANT, tenant)
}

/// [`TENANT_INFLIGHT`] of `tenant`.
#[must_use]
pub fn inflight(tenant: &TenantId) -> String {
    of_tenant(TENANT_INFLIGHT, tenant)
}

/// [`TENANT_LAG`] of `tenant`.
#[must_use]
pub fn lag(tenant: &TenantId) -> String {
    of_tenant(TENANT_LAG, tenant)
}

/// [`TENANT_DRAIN`] of `tenant`.
#[must_use]
pub fn drain(tenant: &TenantId) -> String {
    of_tenant(TENANT_DRAIN, tenant)
}

/// [`TENANT_PREPARE`] of `tenant`.
#[must_use]
pub fn prepare(tenant: &TenantId) -> String {
    of_tenant(TENANT_PREPARE, tenant)
}

/// [`TENANT_ACTIVATE`] of `tenant`.
#[must_use]
pub fn activate(tenant: &TenantId) -> String {
    of_tenant(TENANT_ACTIVATE, tenant)
}

/// [`TENANT_DIGEST`] of `tenant` at position `at`.
#[must_use]
pub fn digest(tenant: &TenantId, at: Seq) -> String {
    format!("{}?at_seq={at}", of_tenant(TENANT_DIGEST, tenant))
}

/// [`RIGHTS`] of `sub`, asking also whether `session_id` is still valid.
#[must_use]
pub fn rights(sub: &PrincipalId, session_id: &str) -> String {
    let path = RIGHTS.replace("{sub}", &percent(sub.as_str()));
    format!("{path}?session_id={}", percent(session_id))
}

/// Wire form of a state.
fn state_name(state: TenantState) -> &'static str {
    match state {
        TenantState::Absent => "absent",
        TenantState::Preparing => "preparing",
        TenantState::Active => "active",
        TenantState::Draining => "draining",
        TenantState::Drained => "drained",
    }
}

/// Percent-encodes everything but RFC 3986 unreserved characters.
fn percent(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'~' | b'.') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_principal_with_slashes_stays_one_path_segment() {
        let sub: PrincipalId = "idp|../a?b#c".parse().unwrap();
        let path = rights(&sub, "s/1&x=y");
        assert_eq!(path, "/iam/v1/principals/idp%7C..%2Fa%3Fb%23c/rights?session_id=s%2F1%26x%3Dy");
        // A URL parser takes `%2E%2E` for `..` and climbs: so no principal is called that.
        for dots in [".", ".."] {
            assert!(dots.parse::<PrincipalId>().is_err(), "{dots}");
        }
    }
}
