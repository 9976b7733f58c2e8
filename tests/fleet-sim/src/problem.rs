//! A refusal as a response: problem JSON of the contract, with the ids of the flow.

use axum::{
    extract::{FromRequest, FromRequestParts, Request, rejection::JsonRejection},
    response::{IntoResponse, Response},
};
use fleet::contract::{Problem, ProblemCode};
use http::{HeaderValue, StatusCode, header, request::Parts};
use serde::de::DeserializeOwned;

use crate::flow;

/// Result of a handler.
pub type Answer<T> = Result<T, Fail>;

/// A problem on its way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fail(pub Box<Problem>);

impl From<Problem> for Fail {
    fn from(problem: Problem) -> Self {
        Self(Box::new(problem))
    }
}

/// A refusal of the contract.
#[must_use]
pub fn fail(code: ProblemCode, detail: impl Into<String>) -> Fail {
    Problem::new(code, detail).into()
}

/// A refusal with a code of the simulator's own.
#[must_use]
pub fn fail_as(status: u16, code: &str, detail: impl Into<String>) -> Fail {
    let problem = Problem::new(ProblemCode::Other(code.to_owned()), detail);
    Problem { status, ..problem }.into()
}

impl IntoResponse for Fail {
    fn into_response(self) -> Response {
        let mut problem = *self.0;
        if let Some(flow) = flow::current() {
            problem.request_id = Some(flow.request_id);
            problem.correlation_id = Some(flow.correlation_id);
        }
        let status = StatusCode::from_u16(problem.status);
        let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, axum::Json(problem)).into_response();
        let json = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        if matches!(status.as_u16(), 429 | 503) {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

/// A JSON body; anything else is 422 `bad_argument` naming what is wrong.
#[derive(Debug, Clone, Copy)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Fail;

    async fn from_request(request: Request, state: &S) -> Result<Self, Fail> {
        match axum::Json::<T>::from_request(request, state).await {
            Ok(axum::Json(value)) => Ok(Self(value)),
            Err(rejection) => {
                let detail = match &rejection {
                    JsonRejection::MissingJsonContentType(_) => {
                        "the body must be application/json".to_owned()
                    }
                    other => other.body_text(),
                };
                Err(fail(ProblemCode::BadArgument, detail))
            }
        }
    }
}

/// A query string; anything unexpected is 422 `bad_argument`.
#[derive(Debug, Clone, Copy)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Fail;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Fail> {
        axum::extract::Query::<T>::try_from_uri(&parts.uri)
            .map(|query| Self(query.0))
            .map_err(|e| fail(ProblemCode::BadArgument, e.body_text()))
    }
}
