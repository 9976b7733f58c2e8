//! The OpenAPI 3.1 document: what is the same for every route is added here from its declaration.
//!
//! Paths, bodies and answers come from the handlers. Security, `x-tenant-id` and the problems
//! ([`problems`]) come from the router, so that no handler can forget or contradict them.

pub mod administration;
mod parameters;
pub mod problems;
mod shapes;

use axum::http::Method;
use fleet::contract::administration::DefinitionKind;
use serde_json::Value;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Components, ContentBuilder, Info, License, OpenApi, OpenApiBuilder, Paths, Ref, RefOr,
        Required, Response, ResponseBuilder,
        path::{Operation, ParameterBuilder, ParameterIn, PathItem},
        security::{
            ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
        },
    },
};

use crate::{auth::guard::Scope, error::Code, router::Declared};

/// A problem document (RFC 9457).
#[derive(Debug, serde::Serialize, ToSchema)]
#[schema(example = json!({
    "type": "about:blank",
    "title": "Another job holds what this one needs",
    "status": 409,
    "detail": "job_01J9ZK7Q4M8V2T6RX3WB5NCE0H holds tenant/acme: running since 2026-11-24T08:15:00Z",
    "code": "lock_conflict",
    "request_id": "req_01J9ZK7Q4M8V2T6RX3WB5NCE0H",
    "correlation_id": "cor_01J9ZK7Q4M8V2T6RX3WB5NCE0H",
    "holder": "job_01J9ZK7Q4M8V2T6RX3WB5NCE0H",
    "scope": "tenant/acme",
}))]
pub struct Problem {
    /// Always `about:blank`: `code` says what it is.
    pub r#type: String,
    /// The same sentence for every occurrence.
    pub title: String,
    /// The HTTP status again.
    pub status: u16,
    /// This occurrence, for a person.
    pub detail: String,
    /// Stable; listed in docs/errors.md.
    #[schema(value_type = Code)]
    pub code: &'static str,
    /// Echo of `x-request-id`.
    pub request_id: String,
    /// Echo of `x-correlation-id`.
    pub correlation_id: String,
    /// On a conflict: who holds what is needed.
    #[schema(required = false)]
    pub holder: Option<String>,
    /// On a conflict: what is held.
    #[schema(required = false)]
    pub scope: Option<String>,
    /// On an unknown outcome or a used key: the job it is about.
    #[schema(required = false)]
    pub job_id: Option<String>,
    /// When `min_seq` is not reached: where the read model is.
    #[schema(required = false)]
    pub at: Option<String>,
}

impl PartialSchema for Code {
    fn schema() -> RefOr<utoipa::openapi::Schema> {
        let words = Code::ALL.iter().map(|code| code.as_str());
        let text = utoipa::openapi::Object::builder()
            .schema_type(utoipa::openapi::Type::String)
            .description(Some("A stable code of a problem (docs/errors.md)."))
            .enum_values(Some(words));
        text.into()
    }
}

impl ToSchema for Code {
    fn name() -> std::borrow::Cow<'static, str> {
        "ErrorCode".into()
    }
}

/// The document as it is served: what follows from all schemas is added.
#[must_use]
pub fn finished(document: &OpenApi) -> Value {
    let mut value = serde_json::to_value(document).unwrap_or_default();
    shapes::finish(&mut value);
    parameters::finish(&mut value);
    value
}

/// The document before any route.
#[must_use]
pub fn preamble() -> OpenApi {
    let mut info = Info::new("Cloudlysis Control Plane", env!("CARGO_PKG_VERSION"));
    info.description = Some("The operators' API: plans, jobs, placement, fleet, audit, and the Gateway's administration.".to_owned());
    info.license = Some(License::new("Apache-2.0"));
    let mut components = Components::new();
    components.schemas.insert(Problem::name().into_owned(), Problem::schema());
    let passed = administration::GatewayProblem::schema();
    components.schemas.insert(administration::GatewayProblem::name().into_owned(), passed);
    let kinds = DefinitionKind::schema();
    components.schemas.insert(DefinitionKind::name().into_owned(), kinds);
    let mut nested = Vec::new();
    Problem::schemas(&mut nested);
    components.schemas.extend(nested);
    let problem = ResponseBuilder::new()
        .description("The request is not answered as asked.")
        .content(
            "application/problem+json",
            ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build(),
        )
        .build();
    components.responses.insert("Problem".to_owned(), RefOr::<Response>::T(problem));
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("at+jwt").build();
    components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    let cookie = ApiKey::Cookie(ApiKeyValue::new("control_session"));
    components.add_security_scheme("cookie", SecurityScheme::ApiKey(cookie));
    OpenApiBuilder::new().info(info).paths(Paths::new()).components(Some(components)).build()
}

/// The operation of a method.
#[must_use]
pub fn operation<'i>(item: &'i PathItem, method: &Method) -> Option<&'i Operation> {
    match *method {
        Method::GET => item.get.as_ref(),
        Method::POST => item.post.as_ref(),
        Method::PUT => item.put.as_ref(),
        Method::DELETE => item.delete.as_ref(),
        _ => None,
    }
}

/// Adds what follows from a route's declaration.
pub fn annotate(document: &mut OpenApi, declared: &Declared) {
    let Some(item) = document.paths.paths.get_mut(declared.path) else { return };
    let operation = match declared.method {
        Method::GET => item.get.as_mut(),
        Method::POST => item.post.as_mut(),
        Method::PUT => item.put.as_mut(),
        Method::DELETE => item.delete.as_mut(),
        _ => None,
    };
    let Some(operation) = operation else { return };
    let id = format!("{}_{}", declared.method.as_str().to_lowercase(), slug(declared.path));
    operation.operation_id = Some(id);
    operation.tags = Some(vec![area(declared.path).to_owned()]);
    let right = declared.right.map_or(String::new(), |r| format!("Right: `{r}`. "));
    let own = operation.description.take().unwrap_or_default();
    operation.description =
        Some(format!("{right}Scope: {:?}. {own}", declared.scope).trim().into());
    if declared.is_passed_on() {
        administration::annotate(operation, declared);
    }
    problems::document(operation, declared);
    if declared.scope == Scope::Public {
        operation.security = Some(Vec::new());
        return;
    }
    let none: [&str; 0] = [];
    operation.security = Some(vec![
        SecurityRequirement::new("bearer", none),
        SecurityRequirement::new("cookie", none),
    ]);
    if declared.scope == Scope::Tenant {
        let tenant = ParameterBuilder::new()
            .name("x-tenant-id")
            .parameter_in(ParameterIn::Header)
            .required(Required::True)
            .description(Some("The tenant, exactly once."))
            .schema(Some(Ref::from_schema_name("TenantId")))
            .build();
        operation.parameters.get_or_insert_default().push(tenant.into());
    }
}

fn slug(path: &str) -> String {
    let text = path.trim_start_matches("/admin/v1").replace(['{', '}'], "");
    text.trim_matches('/').replace(['/', '.', '-'], "_")
}

fn area(path: &str) -> &str {
    let rest = path.strip_prefix("/admin/v1/").unwrap_or("service");
    rest.split('/').next().unwrap_or(rest)
}
