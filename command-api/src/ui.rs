//! The console, embedded: hashed assets are immutable, every other path gets the page itself.

use axum::{
    extract::Request,
    http::{Method, header},
    response::{IntoResponse, Response},
};
use rust_embed::RustEmbed;

use crate::error::{ApiError, Code};

#[derive(RustEmbed)]
#[folder = "../ui/dist"]
struct Dist;

/// Serves the console; unknown paths of the API are 404 and never the page.
pub(crate) async fn serve(request: Request) -> Response {
    let path = request.uri().path().trim_start_matches('/');
    let api = ["admin", "health", "ready", "metrics"].iter().any(|area| {
        path == *area || path.strip_prefix(area).is_some_and(|rest| rest.starts_with('/'))
    });
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if api || !reads {
        return nothing(&request);
    }
    match Dist::get(path).map(|file| (path, file)) {
        Some((name, file)) if name != "index.html" => {
            let age = if name.starts_with("assets/") {
                "public, max-age=31536000, immutable"
            } else {
                "no-cache"
            };
            let mime = mime_guess::from_path(name).first_or_octet_stream();
            let headers =
                [(header::CONTENT_TYPE, mime.to_string()), (header::CACHE_CONTROL, age.to_owned())];
            (headers, file.data).into_response()
        }
        // A missing asset is missing; a page of the console is the console.
        _ if path.starts_with("assets/") => nothing(&request),
        _ => page(),
    }
}

fn nothing(request: &Request) -> Response {
    let path: String = request.uri().path().chars().take(200).collect();
    let detail = format!("{} {path} is not served here", request.method());
    ApiError::new(Code::NotFound, detail).into_response()
}

fn page() -> Response {
    let Some(file) = Dist::get("index.html") else {
        return ApiError::new(Code::NotFound, "the console was not built").into_response();
    };
    let headers =
        [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")];
    (headers, file.data).into_response()
}
