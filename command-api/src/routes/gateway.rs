//! The Gateway's administration as documented routes. Each handler passes its request on
//! (`crate::pass`); what differs is the document, so a route here is a line of it.
//!
//! [`passes`] writes the handler of a read, of a write with a body, or of a removal.

pub(crate) mod definitions;
pub(crate) mod people;
pub(crate) mod platform;
pub(crate) mod roles;
pub(crate) mod tenant;

/// One handler and its document: what it is for, method, path, guard, further parameters, the
/// body's type if it takes one, and the successful answers.
macro_rules! passes {
    ($(#[$doc:meta])* read $name:ident $path:literal $guard:ty,
        [$($params:tt)*] -> $($answer:tt)*) => {
        $(#[$doc])*
        #[utoipa::path(get, path = $path, params($($params)*), responses($($answer)*))]
        pub(crate) async fn $name(
            guard: $guard,
            axum::extract::State(state): axum::extract::State<crate::state::AppState>,
            asked: crate::pass::asked::Asked,
        ) -> crate::error::ApiResult<axum::response::Response> {
            crate::pass::read(&state, guard.into(), asked).await
        }
    };
    ($(#[$doc:meta])* $method:ident $name:ident $path:literal $guard:ty,
        [$($params:tt)*], $body:ident -> $($answer:tt)*) => {
        $(#[$doc])*
        #[utoipa::path($method, path = $path, params($($params)*), request_body = $body,
            responses($($answer)*))]
        pub(crate) async fn $name(
            guard: $guard,
            axum::extract::State(state): axum::extract::State<crate::state::AppState>,
            asked: crate::pass::asked::Asked,
            because: crate::pass::asked::Because,
            body: crate::pass::asked::PassBody,
        ) -> crate::error::ApiResult<axum::response::Response> {
            crate::pass::write::write(&state, guard.into(), asked, because, Some(body)).await
        }
    };
    ($(#[$doc:meta])* delete $name:ident $path:literal $guard:ty,
        [$($params:tt)*] -> $($answer:tt)*) => {
        $(#[$doc])*
        #[utoipa::path(delete, path = $path, params($($params)*), responses($($answer)*))]
        pub(crate) async fn $name(
            guard: $guard,
            axum::extract::State(state): axum::extract::State<crate::state::AppState>,
            asked: crate::pass::asked::Asked,
            because: crate::pass::asked::Because,
        ) -> crate::error::ApiResult<axum::response::Response> {
            crate::pass::write::write(&state, guard.into(), asked, because, None).await
        }
    };
}
use passes;
