//! Which problems a route can answer, from its declaration and its documented parameters.
//!
//! Nothing is listed by hand that follows from a guard, a header, a query or a body, so that a new
//! route has its problems documented by being declared. What only one handler can say is in
//! [`own`]. The in-process tests hold every problem they see against this.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::{Method, StatusCode};
use utoipa::openapi::{
    ContentBuilder, Header, Object, Ref, RefOr, Response, ResponseBuilder, Responses, Type,
    header::HeaderBuilder,
    path::{Operation, ParameterIn},
};

use super::administration::{self, gateways_own};
use crate::{
    auth::guard::Scope,
    edge,
    error::{Code, code},
    router::Declared,
};

/// Adds a response for each status a problem of this route can have.
pub(super) fn document(operation: &mut Operation, declared: &Declared) {
    let mut by_status: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
    for code in codes(operation, declared) {
        by_status.entry(code.status_u16()).or_default().push(code);
    }
    if declared.is_passed_on() {
        return document_passed_on(operation, declared, &by_status);
    }
    for (status, codes) in by_status {
        let key = status.to_string();
        // `/ready` answers 503 with its own body.
        operation.responses.responses.entry(key).or_insert_with(|| RefOr::T(response(&codes)));
    }
    let anything = RefOr::Ref(Ref::from_response_name("Problem"));
    operation.responses.responses.insert("default".to_owned(), anything);
}

/// The same of a route that is passed on: any problem may be the Gateway's own.
fn document_passed_on(
    operation: &mut Operation,
    declared: &Declared,
    ours: &BTreeMap<u16, Vec<Code>>,
) {
    let theirs: BTreeMap<u16, &[&str]> = gateways_own(declared).into_iter().collect();
    let statuses: BTreeSet<u16> = ours.keys().chain(theirs.keys()).copied().collect();
    for status in statuses {
        let mut told: Vec<String> = ours.get(&status).into_iter().flatten().map(sentence).collect();
        let own = theirs.get(&status).into_iter().flat_map(|codes| codes.iter());
        told.extend(own.map(|code| format!("`{code}`: the Gateway's own.")));
        let mut response = administration::problem(told.join(" "));
        if matches!(status, 429 | 502..=504) {
            response.headers.insert("retry-after".to_owned(), RefOr::T(retry_after()));
        }
        operation.responses.responses.insert(status.to_string(), RefOr::T(response));
    }
    let anything = administration::problem("What the Gateway says, as it came.".to_owned());
    operation.responses.responses.insert("default".to_owned(), RefOr::T(anything));
}

/// The codes documented for a status.
#[must_use]
pub fn documented(responses: &Responses, status: StatusCode) -> BTreeSet<Code> {
    let Some(RefOr::T(response)) = responses.responses.get(status.as_str()) else {
        return BTreeSet::new();
    };
    response.description.split('`').skip(1).step_by(2).filter_map(Code::parse).collect()
}

fn response(codes: &[Code]) -> Response {
    let told: Vec<_> = codes.iter().map(sentence).collect();
    let mut response = ResponseBuilder::new().description(told.join(" ")).content(
        "application/problem+json",
        ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build(),
    );
    if codes.iter().any(|code| code.retry_after().is_some()) {
        response = response.header("retry-after", retry_after());
    }
    response.build()
}

fn sentence(code: &Code) -> String {
    format!("`{}`: {}.", code.as_str(), code.title())
}

fn retry_after() -> Header {
    let seconds = Object::with_type(Type::Integer);
    HeaderBuilder::new()
        .schema(Some(seconds))
        .description(Some("Seconds after which trying again makes sense."))
        .build()
}

/// Everything a route can refuse with.
fn codes(operation: &Operation, declared: &Declared) -> BTreeSet<Code> {
    let mut all = BTreeSet::from([
        Code::UriTooLong,
        Code::HeadersTooLarge,
        Code::Overloaded,
        Code::DeadlineExceeded,
        Code::Internal,
    ]);
    let mut add = |codes: &[Code]| all.extend(codes);
    if !edge::UNLIMITED.contains(&declared.path) {
        add(&[Code::RateLimited]);
    }
    add(guard(declared));
    if declared.scope == Scope::Tenant {
        add(&[Code::TenantHeaderInvalid, Code::Rebuilding]);
    }
    if declared.scope != Scope::Public && declared.method != Method::GET {
        add(&[Code::CsrfRefused, Code::AuditUnavailable]);
    }
    for parameter in operation.parameters.iter().flatten() {
        if let RefOr::T(parameter) = parameter {
            add(of_parameter(&parameter.name, &parameter.parameter_in));
        }
    }
    if operation.request_body.is_some() {
        add(&[Code::MalformedJson, Code::BodyTooLarge, Code::UnsupportedMediaType]);
        if !declared.is_passed_on() {
            add(&[Code::InvalidBody]);
        }
    }
    add(own(declared));
    all
}

fn guard(declared: &Declared) -> &'static [Code] {
    match (declared.scope, declared.right) {
        (Scope::Public, _) => &[],
        (_, None) => &[
            Code::Unauthenticated,
            Code::SessionRevoked,
            Code::RightsUnavailable,
            Code::KeysUnavailable,
        ],
        (_, Some(_)) => &[
            Code::Unauthenticated,
            Code::SessionRevoked,
            Code::RightsUnavailable,
            Code::KeysUnavailable,
            Code::Forbidden,
            Code::AuditUnavailable,
        ],
    }
}

fn of_parameter(name: &str, place: &ParameterIn) -> &'static [Code] {
    match (place, name) {
        (ParameterIn::Query, "min_seq") => {
            &[Code::InvalidQuery, Code::NotYetVisible, Code::Rebuilding]
        }
        (ParameterIn::Query | ParameterIn::QueryString, _) => &[Code::InvalidQuery],
        (ParameterIn::Path, "kind") => &[Code::UnknownKind],
        (ParameterIn::Path, "job_id") => &[
            Code::InvalidId,
            Code::UnknownJob,
            Code::Rebuilding,
            Code::LogUnavailable,
            Code::LogMissing,
        ],
        (ParameterIn::Path, "tenant_id") => &[Code::InvalidId, Code::UnknownTenant],
        (ParameterIn::Path, _) => &[Code::InvalidId, Code::NotFound],
        (ParameterIn::Header, "idempotency-key") => code::OF_COMMANDS,
        (ParameterIn::Header, "last-event-id" | "if-match" | "if-none-match") => {
            &[Code::InvalidHeader]
        }
        (ParameterIn::Header, "x-reason") => &[Code::ReasonInvalid],
        (ParameterIn::Header | ParameterIn::Cookie, _) => &[],
    }
}

/// What passing on can say.
const PASSED_ON: &[Code] =
    &[Code::InvalidQuery, Code::InvalidHeader, Code::GatewayUnavailable, Code::GatewayError];
/// What passing a write on can say.
const WRITTEN: &[Code] = &[
    Code::InvalidQuery,
    Code::InvalidHeader,
    Code::GatewayUnavailable,
    Code::GatewayError,
    Code::GatewayOutcomeUnknown,
];

/// What only one handler can say.
fn own(declared: &Declared) -> &'static [Code] {
    match (&declared.method, declared.path) {
        (&Method::POST, "/admin/v1/session") => &[
            Code::SignInFailed,
            Code::CsrfRefused,
            Code::GatewayError,
            Code::TokenTooLarge,
            Code::GatewayUnavailable,
            Code::AuditUnavailable,
            Code::KeysUnavailable,
        ],
        (&Method::DELETE, "/admin/v1/session") => &[Code::GatewayUnavailable],
        (&Method::POST, "/admin/v1/plans/{kind}") => &[
            Code::PlanNoTargets,
            Code::PlanTenantNotPlaced,
            Code::PlanUnknownShard,
            Code::PlanNoCandidate,
            Code::FactsUnavailable,
        ],
        (&Method::POST, "/admin/v1/jobs/{kind}") => &[
            Code::LockConflict,
            Code::PlanNoTargets,
            Code::TargetUnresolved,
            Code::NotSupported,
            Code::Rebuilding,
        ],
        (&Method::GET, "/admin/v1/services") => &[Code::ServicesUnavailable],
        (&Method::GET, "/admin/v1/jobs/{job_id}/events") => &[Code::LogLostMessages],
        (&Method::GET, "/admin/v1/placement/{kind}/history") => {
            &[Code::UnknownTenant, Code::KvUnavailable, Code::KvMissing, Code::KvRefused]
        }
        (&Method::GET, _) if declared.is_passed_on() => PASSED_ON,
        _ if declared.is_passed_on() => WRITTEN,
        _ if declared.right.is_some() => &[Code::Rebuilding],
        _ => &[],
    }
}
