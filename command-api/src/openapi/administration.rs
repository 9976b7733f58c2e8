//! What is the same for every route that is passed on to the Gateway: path parameters by their
//! name, conditions, the reason of a write, headers of an answer, and that every problem may be the
//! Gateway's own.

use axum::http::Method;
use utoipa::openapi::{
    ContentBuilder, Header, KnownFormat, Object, ObjectBuilder, Ref, RefOr, Required, Response,
    ResponseBuilder, SchemaFormat, Type,
    header::HeaderBuilder,
    path::{Operation, Parameter, ParameterBuilder, ParameterIn},
};

use crate::router::Declared;

/// A problem of a route that is passed on: the Gateway's, as it came, or one of this API. Of the
/// Gateway's own only `code` is sure; an answer of something in front of the Gateway has no such
/// document at all.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
#[schema(example = json!({
    "type": "about:blank",
    "title": "stale version",
    "status": 412,
    "detail": "the version in force is 4",
    "code": "stale_version",
    "current_version": 4,
    "request_id": "req_01J9ZK7Q4M8V2T6RX3WB5NCE0H",
    "correlation_id": "cor_01J9ZK7Q4M8V2T6RX3WB5NCE0H",
}))]
pub struct GatewayProblem {
    /// `about:blank`, or a page about the code.
    #[schema(required = false)]
    pub r#type: String,
    /// The same for every occurrence.
    #[schema(required = false)]
    pub title: String,
    /// The HTTP status again.
    #[schema(required = false)]
    pub status: u16,
    /// This occurrence, for a person.
    #[schema(required = false)]
    pub detail: String,
    /// Stable; of the Gateway's table (docs/fleet-contract.md) or of docs/errors.md.
    pub code: String,
    /// With `stale_version`: the version in force.
    #[schema(required = false)]
    pub current_version: u64,
    /// Echo of `x-request-id`.
    #[schema(required = false)]
    pub request_id: String,
    /// Echo of `x-correlation-id`.
    #[schema(required = false)]
    pub correlation_id: String,
}

/// The largest integer that every client can write.
const LARGEST: f64 = 9_007_199_254_740_991.0;

/// Adds it to an operation, before its problems.
pub(super) fn annotate(operation: &mut Operation, declared: &Declared) {
    let own = operation.parameters.get_or_insert_default();
    let names = declared
        .path
        .split('/')
        .filter_map(|part| part.strip_prefix('{').and_then(|part| part.strip_suffix('}')));
    let mut all: Vec<RefOr<Parameter>> = names.map(|name| path_parameter(name).into()).collect();
    all.extend(conditions(declared).into_iter().map(RefOr::from));
    if declared.method != Method::GET {
        all.push(reason().into());
    }
    all.append(own);
    *own = all;
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else { continue };
        let versioned = is_row(declared) && matches!(status.as_str(), "200" | "201");
        if versioned {
            let told = "The row's version, in quotes.";
            response.headers.insert("etag".to_owned(), RefOr::T(header(Type::String, told)));
        }
        if status == "201" {
            let told = "Where the new row is.";
            response.headers.insert("location".to_owned(), RefOr::T(header(Type::String, told)));
        }
    }
    if declared.method == Method::GET && is_row(declared) {
        let same = ResponseBuilder::new().description("It is as in `If-None-Match`.").build();
        operation.responses.responses.insert("304".to_owned(), RefOr::T(same));
    }
}

/// Whether it is about one row that has a version.
fn is_row(declared: &Declared) -> bool {
    let last = declared.path.rsplit('/').next().unwrap_or_default();
    let one = last.starts_with('{') && !matches!(last, "{kind}" | "{session_id}");
    one || last == "password" || declared.method == Method::POST
}

fn path_parameter(name: &str) -> Parameter {
    let (told, pattern) = match name {
        "sub" => ("Subject of the user.", "^[A-Za-z0-9_|:@-][A-Za-z0-9._|:@-]{0,127}$"),
        "session_id" => ("The session.", "^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$"),
        "role" => ("Its name.", "^[a-z0-9][a-z0-9._-]{0,62}$"),
        "kind" => ("What it defines.", ""),
        "version" => ("Which version.", ""),
        _ => ("Its name.", "^[a-z][a-z0-9._-]{0,62}$"),
    };
    let parameter = ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some(told));
    match name {
        "kind" => parameter.schema(Some(Ref::from_schema_name("DefinitionKind"))),
        "version" => parameter.schema(Some(
            ObjectBuilder::new()
                .schema_type(Type::Integer)
                .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
                .minimum(Some(1))
                .maximum(Some(LARGEST)),
        )),
        _ => parameter.schema(Some(text(pattern))),
    }
    .build()
}

fn text(pattern: &str) -> Object {
    ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern)).build()
}

fn header_parameter(name: &str, told: &str, pattern: &str, required: Required) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(required)
        .description(Some(told))
        .schema(Some(text(pattern)))
        .build()
}

fn conditions(declared: &Declared) -> Vec<Parameter> {
    let optional = |name, told, pattern| header_parameter(name, told, pattern, Required::False);
    let version = "^\"[1-9][0-9]{0,15}\"$";
    let changed = "The version that is changed, in quotes.";
    match declared.method {
        _ if !is_row(declared) => Vec::new(),
        Method::GET => vec![optional("if-none-match", "An `ETag` one has already.", version)],
        Method::PUT if declared.path.contains("{name}") => vec![
            optional("if-match", changed, version),
            optional("if-none-match", "`*`: there is none yet; instead of `if-match`.", "^\\*$"),
        ],
        Method::PUT | Method::DELETE => vec![optional("if-match", changed, version)],
        _ => Vec::new(),
    }
}

fn reason() -> Parameter {
    let told = "Why: 1 to 500 characters, percent-encoded UTF-8 where it is not visible ASCII or \
                a space.";
    let pattern = "^[!-$&-~]([ -$&-~]{0,498}[!-$&-~])?$";
    header_parameter("x-reason", told, pattern, Required::True)
}

fn header(of: Type, told: &str) -> Header {
    HeaderBuilder::new().schema(Some(Object::with_type(of))).description(Some(told)).build()
}

/// What the Gateway says by itself, by status. Other codes may come.
pub(super) fn gateways_own(declared: &Declared) -> Vec<(u16, &'static [&'static str])> {
    let mut all: Vec<(u16, &'static [&'static str])> = vec![
        (401, &["unauthenticated"]),
        (403, &["forbidden"]),
        (422, &["bad_argument"]),
        (429, &["rate_limited"]),
        (503, &["unavailable"]),
    ];
    if declared.path.contains('{') {
        all.push((404, &["not_found"]));
    }
    match declared.method {
        Method::POST => all.push((409, &["already_exists"])),
        Method::PUT | Method::DELETE => {
            all.push((409, &["in_use", "last_administrator", "wrong_state"]));
            all.push((412, &["stale_version"]));
            all.push((428, &["version_required"]));
        }
        _ => {}
    }
    all
}

/// A problem response that may be the Gateway's.
pub(super) fn problem(described: String) -> Response {
    ResponseBuilder::new()
        .description(described)
        .content(
            "application/problem+json",
            ContentBuilder::new().schema(Some(Ref::from_schema_name("GatewayProblem"))).build(),
        )
        .build()
}
