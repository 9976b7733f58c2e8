//! The whole router on one screen: method, path, guard (right and scope), audit class, handler. What
//! is passed on to the Gateway has a screen of its own, [`administration`].
//!
//! A handler whose first argument is not the guard declared here does not compile, and neither does
//! a row without right, scope and audit class ([`declared_or_not_compiled`]). The path of the
//! declaration must be the one the handler documents; building the router checks that, and a test
//! builds it. What every request passes besides is in [`crate::edge`].

use axum::{Router, handler::Handler, http::Method, middleware::from_fn};
use utoipa::openapi::{HttpMethod, OpenApi};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

use crate::{
    auth::guard::{FirstIs, ForTenant, Guard, Platform, Public, Scope, SignedIn},
    edge, openapi,
    rights::{
        AnyRead, AuditRead, FleetRead, JobsCancel, JobsCreate, JobsPause, JobsRead, JobsResume,
        JobsRetry, PlacementRead, TenantsRead,
    },
    routes::{
        audit, events, fleet, health, jobs, placement, plans, search, services, session, tenants,
        verbs,
    },
    state::AppState,
    ui,
};

/// Rows of the router; exported so that [`declared_or_not_compiled`] can show what is no row.
#[doc(hidden)]
#[macro_export]
macro_rules! table {
    ($api:ident $below:literal: $($method:ident $path:literal $guard:ty,
        $audit:ident $(($operation:literal))?, $($handler:ident)::+;)*) => {$(
        $crate::router::begins_with::<$guard, _, _>(&$($handler)::+);
        let declared = $crate::router::Declared {
            method: axum::http::Method::$method,
            path: concat!($below, $path),
            scope: <$guard as $crate::auth::guard::Guard>::SCOPE,
            right: <$guard as $crate::auth::guard::Guard>::RIGHT,
            audit: $crate::router::Audit::$audit $(($operation))?,
        };
        $api.add(declared, utoipa_axum::routes!($($handler)::+));
    )*};
}

mod administration;
pub mod declared_or_not_compiled;
mod twofold;

fn api() -> Api {
    let mut api = Api::default();
    table! { api "":
        GET    "/health"                            Public,                Open,    health::health;
        GET    "/ready"                             Public,                Open,    health::ready;
        GET    "/metrics"                           Public,                Open,    health::metrics;
        GET    "/openapi.json"                      Public,                Open,    health::openapi;
        POST   "/admin/v1/session"                  Public,                Session, session::create;
        GET    "/admin/v1/session"                  SignedIn,              Denials, session::read;
        DELETE "/admin/v1/session"                  SignedIn,              Session, session::delete;
        POST   "/admin/v1/plans/{kind}"             ForTenant<JobsRead>,   Denials, plans::create;
        POST   "/admin/v1/jobs/{kind}"              ForTenant<JobsCreate>, Command, jobs::create;
        GET    "/admin/v1/jobs"                     Platform<JobsRead>,    Denials, jobs::list;
        GET    "/admin/v1/jobs/{job_id}"            Platform<JobsRead>,    Denials, jobs::one;
        GET    "/admin/v1/jobs/{job_id}/events"     Platform<JobsRead>,    Denials, jobs::events;
        POST   "/admin/v1/jobs/{job_id}/cancel"     Platform<JobsCancel>,  Command, verbs::cancel;
        POST   "/admin/v1/jobs/{job_id}/pause"      Platform<JobsPause>,   Command, verbs::pause;
        POST   "/admin/v1/jobs/{job_id}/resume"     Platform<JobsResume>,  Command, verbs::resume;
        POST   "/admin/v1/jobs/{job_id}/retry"      Platform<JobsRetry>,   Command, verbs::retry;
        GET    "/admin/v1/tenants"                  Platform<TenantsRead>, Denials, tenants::list;
        GET    "/admin/v1/tenants/{tenant_id}"      Platform<TenantsRead>, Denials, tenants::one;
        GET    "/admin/v1/placement"                Platform<PlacementRead>, Denials, placement::all;
        GET    "/admin/v1/placement/{kind}"         Platform<PlacementRead>, Denials, placement::one;
        GET    "/admin/v1/placement/{kind}/history" Platform<PlacementRead>, Denials, placement::history;
        GET    "/admin/v1/fleet"                    Platform<FleetRead>,   Denials, fleet::all;
        GET    "/admin/v1/services"                 Platform<FleetRead>,   Denials, services::list;
        GET    "/admin/v1/audit"                    Platform<AuditRead>,   Reading, audit::list;
        GET    "/admin/v1/audit/{seq}"              Platform<AuditRead>,   Reading, audit::one;
        GET    "/admin/v1/search"                   Platform<AnyRead>,     Denials, search::by_id;
        GET    "/admin/v1/events"                   Platform<AnyRead>,     Denials, events::stream;
    }
    administration::add(&mut api);
    api
}

/// What of a route reaches the audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audit {
    /// Nothing: it shows nothing that needs a right.
    Open,
    /// Denials only: it changes nothing.
    Denials,
    /// The command is the record of what is accepted; denials and refusals have their own.
    Command,
    /// Sign-ins and sign-outs, also those that fail.
    Session,
    /// Reads of the audit log itself.
    Reading,
    /// A write to the Gateway under this name: intent and outcome; denials and refusals as well.
    Write(&'static str),
}

/// One route as declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// Method.
    pub method: Method,
    /// Path with named parameters.
    pub path: &'static str,
    /// For whom.
    pub scope: Scope,
    /// Under which right.
    pub right: Option<&'static str>,
    /// What of it is audited.
    pub audit: Audit,
}

impl Declared {
    /// Whether it is passed on to the Gateway's administration.
    #[must_use]
    pub fn is_passed_on(&self) -> bool {
        let areas = ["/admin/v1/iam/", "/admin/v1/config/", "/admin/v1/definitions/"];
        areas.iter().any(|area| self.path.starts_with(area))
    }

    /// Its name in audit records: the right without its prefix, or area and method; a write to the
    /// Gateway has its own.
    #[must_use]
    pub fn operation(&self) -> String {
        if let Audit::Write(operation) = self.audit {
            return operation.to_owned();
        }
        match (self.right, &self.method) {
            (Some(right), _) => right.trim_start_matches("control.").to_owned(),
            (None, &Method::POST) => "session.create".to_owned(),
            (None, &Method::DELETE) => "session.delete".to_owned(),
            (None, _) => "session.read".to_owned(),
        }
    }

    /// The path as the router matches it: parameters at one place share one name there.
    #[must_use]
    pub fn matched(&self) -> String {
        let part = |(place, part): (usize, &str)| match part.strip_prefix('{') {
            Some(_) => format!("{{p{place}}}"),
            None => part.to_owned(),
        };
        self.path.split('/').enumerate().map(part).collect::<Vec<_>>().join("/")
    }
}

/// Compiles only when a handler begins with guard `G`.
pub fn begins_with<G, T, H>(_: &H)
where
    G: Guard,
    T: FirstIs<G>,
    H: Handler<T, AppState>,
{
}

/// The routes declared so far, with their documentation and handlers.
pub struct Api {
    declared: Vec<Declared>,
    documented: OpenApi,
    router: Router<AppState>,
}

impl std::fmt::Debug for Api {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Api").field("declared", &self.declared).finish_non_exhaustive()
    }
}

impl Default for Api {
    fn default() -> Self {
        let router = OpenApiRouter::<AppState>::with_openapi(openapi::preamble());
        let (router, documented) = router.split_for_parts();
        Self { declared: Vec::new(), documented, router }
    }
}

impl Api {
    /// Adds a declared route.
    ///
    /// # Panics
    /// When the handler documents another path or method than is declared.
    pub fn add(
        &mut self,
        declared: Declared,
        (schemas, paths, handlers): UtoipaMethodRouter<AppState>,
    ) {
        let item = paths.paths.get(declared.path);
        let operation = item.and_then(|i| openapi::operation(i, &declared.method));
        assert!(operation.is_some(), "{} {} is documented as such", declared.method, declared.path);
        let router = std::mem::take(&mut self.router);
        self.router = router.route(&declared.matched(), handlers);
        for (path, item) in paths.paths {
            let known = self.documented.paths.paths.entry(path).or_default();
            known.merge_operations(item);
        }
        let components = self.documented.components.get_or_insert_default();
        components.schemas.extend(schemas);
        openapi::annotate(&mut self.documented, &declared);
        self.declared.push(declared);
    }
}

/// Every declared route.
#[must_use]
pub fn declared() -> Vec<Declared> {
    api().declared
}

/// The operations of the declared routes, before [`document`] finishes them.
#[must_use]
pub fn operations() -> OpenApi {
    api().documented
}

/// The OpenAPI document of the declared routes.
#[must_use]
pub fn document() -> serde_json::Value {
    openapi::finished(&operations())
}

/// The router with everything a request passes.
pub fn build(state: &AppState) -> Router {
    let routes = api().router.fallback(ui::serve).with_state(state.clone());
    edge::wrap(routes.layer(from_fn(twofold::only_its_own)), state)
}

/// The method as the document names it.
#[must_use]
pub fn http_method(method: &Method) -> HttpMethod {
    match *method {
        Method::POST => HttpMethod::Post,
        Method::PUT => HttpMethod::Put,
        Method::DELETE => HttpMethod::Delete,
        Method::PATCH => HttpMethod::Patch,
        _ => HttpMethod::Get,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// T2.2
    #[test]
    fn every_admin_route_but_the_sign_in_is_guarded() {
        for route in declared() {
            let open = route.scope == Scope::Public;
            let signs_in = route.path == "/admin/v1/session" && route.method == Method::POST;
            assert_eq!(open, !route.path.starts_with("/admin/") || signs_in, "{route:?}");
            assert_eq!(route.right.is_none(), open || route.path == "/admin/v1/session");
        }
    }

    #[test]
    fn no_two_routes_share_method_and_place() {
        let all = declared();
        let places: BTreeSet<_> = all.iter().map(|d| (d.method.to_string(), d.matched())).collect();
        assert_eq!(places.len(), all.len());
    }
}
