//! Pass-through to the Gateway's own administration: status codes and bodies unchanged.
//!
//! Only three path prefixes, no dot segments, no encoded ones, and of the headers only those named
//! here, in both directions. The reason of a write travels in `x-reason`. The operators' API has the
//! same paths without the Gateway's own version: [`to_gateway`] and [`from_gateway`].

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use secrecy::SecretString;
use streams::ids::{FlowIds, TenantId};

use super::GatewayClient;
use crate::{contract::headers, error::NodeError, transport::Outbound};

const PREFIXES: [&str; 3] = ["/iam/v1/", "/config/v1/", "/definitions/v1/"];
/// Headers of a request that go on; each at most once.
pub const REQUEST_HEADERS: [&str; 4] = ["accept", "if-match", "if-none-match", "idempotency-key"];
const ANSWER_HEADERS: [&str; 6] =
    ["content-type", "etag", "last-modified", "location", "retry-after", "idempotency-replayed"];

/// A request to be passed on.
#[derive(Debug)]
pub struct PassThrough<'a> {
    /// GET, POST, PUT, PATCH or DELETE.
    pub method: Method,
    /// Path and query at the Gateway, from [`pass_through_path`].
    pub path: &'a str,
    /// The caller's headers; only `accept`, conditions and `idempotency-key` go on.
    pub headers: &'a HeaderMap,
    /// Body with its content type; JSON only.
    pub body: Option<Bytes>,
    /// The operator's own token.
    pub operator: &'a SecretString,
    /// Tenant of the route, when it has one.
    pub tenant: Option<&'a TenantId>,
    /// Why; sent as `x-reason`, percent-encoded where it is not visible ASCII.
    pub reason: Option<&'a str>,
}

/// The Gateway's answer, as it came.
#[derive(Debug, Clone)]
pub struct PassThroughAnswer {
    /// Its status.
    pub status: u16,
    /// Of its headers those that mean something to the operator.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

/// Why a path is not passed on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the path is not one that is passed on to the Gateway")]
pub struct PassThroughRefused;

/// Whether a path is written as RFC 3986 has it: anything else is sent otherwise than it is recorded.
fn is_path(path: &str) -> bool {
    let own = |b: u8| b.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/%".contains(&b);
    let encoded = |after: &str| {
        after.as_bytes().get(..2).is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit))
    };
    path.bytes().all(own) && path.split('%').skip(1).all(encoded)
}

/// Checks that `path_and_query` stays below one of the three prefixes however a server reads it.
///
/// # Errors
/// [`PassThroughRefused`].
pub fn pass_through_path(path_and_query: &str) -> Result<&str, PassThroughRefused> {
    let path = path_and_query.split('?').next().unwrap_or_default();
    let visible = path_and_query.bytes().all(|b| b.is_ascii_graphic() && b != b'#' && b != b'\\');
    let encoded = path.to_ascii_lowercase();
    let sneaky = ["%2e", "%2f", "%5c", "%00"].iter().any(|code| encoded.contains(code));
    let mut segments = path.split('/').skip(1);
    let plain = segments.all(|segment| !matches!(segment, "" | "." | ".."));
    let known = PREFIXES.iter().any(|prefix| path.starts_with(prefix));
    if visible && is_path(path) && !sneaky && plain && known {
        Ok(path_and_query)
    } else {
        Err(PassThroughRefused)
    }
}

/// The path at the Gateway of one that begins with its area: `/iam/users/x` is `/iam/v1/users/x`.
#[must_use]
pub fn to_gateway(path: &str) -> Option<String> {
    let (area, rest) = path.strip_prefix('/')?.split_once('/')?;
    let path = format!("/{area}/v1/{rest}");
    pass_through_path(&path).is_ok().then_some(path)
}

/// The reverse of [`to_gateway`], of a path or URL in a `Location`; `None` when it leads elsewhere.
#[must_use]
pub fn from_gateway(location: &str) -> Option<String> {
    let uri: http::Uri = location.parse().ok()?;
    let path = pass_through_path(uri.path_and_query()?.as_str()).ok()?;
    let (area, rest) = path.strip_prefix('/')?.split_once("/v1/")?;
    Some(format!("/{area}/{rest}"))
}

impl GatewayClient {
    /// Passes a request on.
    ///
    /// # Errors
    /// [`NodeError`] for the transport only: any status but 3xx is an answer.
    /// [`NodeError::NotAdmitted`] for a path [`pass_through_path`] refuses.
    pub async fn pass_through(
        &self,
        ids: &FlowIds,
        request: PassThrough<'_>,
    ) -> Result<PassThroughAnswer, NodeError> {
        let path = pass_through_path(request.path).map_err(|e| NodeError::NotAdmitted {
            url: self.config.url.clone(),
            because: e.to_string(),
        })?;
        let mut call = Outbound::new(request.method, &self.config.url, path, ids);
        call.bearer = Some(request.operator);
        call.headers = only(request.headers, &REQUEST_HEADERS);
        call.body = request.body.map(|b| (b, "application/json"));
        if let Some(tenant) = request.tenant {
            let value = HeaderValue::from_str(tenant.as_str()).expect("ids are header values");
            call.headers.insert(HeaderName::from_static(headers::TENANT_ID), value);
        }
        if let Some(reason) = request.reason {
            let value =
                HeaderValue::from_str(&headers::encode_reason(reason)).expect("visible ASCII only");
            call.headers.insert(HeaderName::from_static(headers::REASON), value);
        }
        let answer = self.transport.call(call).await?;
        Ok(PassThroughAnswer {
            status: answer.status,
            headers: only(&answer.headers, &ANSWER_HEADERS),
            body: answer.body,
        })
    }
}

fn only(all: &HeaderMap, names: &[&'static str]) -> HeaderMap {
    let kept = names.iter().filter_map(|name| {
        all.get(*name).map(|value| (HeaderName::from_static(name), value.clone()))
    });
    kept.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_to_the_gateway_and_its_location_back() {
        for (ours, theirs) in [
            ("/iam/users/usr_1", "/iam/v1/users/usr_1"),
            ("/config/tenant/documents/a.b", "/config/v1/tenant/documents/a.b"),
            ("/definitions/runner/x/versions/2", "/definitions/v1/runner/x/versions/2"),
        ] {
            assert_eq!(to_gateway(ours).as_deref(), Some(theirs));
            assert_eq!(from_gateway(theirs).as_deref(), Some(ours));
            let url = format!("https://gateway.example:8443{theirs}");
            assert_eq!(from_gateway(&url).as_deref(), Some(ours));
        }
        for bad in ["", "/", "/iam", "/iam/", "/jobs/x", "/iam/..", "/iam/a/%2e%2e/b", "iam/users"]
        {
            assert_eq!(to_gateway(bad), None, "{bad:?}");
        }
        for bad in ["", "/", "/auth/v1/login", "https://evil.example/", "/iam/v1/../x", "users/1"] {
            assert_eq!(from_gateway(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn only_the_three_prefixes_are_passed_on_and_nothing_climbs_out() {
        for good in
            ["/iam/v1/users", "/iam/v1/users/u%20x?limit=1", "/config/v1/a/b", "/definitions/v1/x"]
        {
            assert_eq!(pass_through_path(good), Ok(good));
        }
        for bad in [
            "/auth/v1/login",
            "/admin/v1/reload",
            "/iam/v1/../../admin/v1/reload",
            "/iam/v1/%2e%2e/%2E%2e/admin",
            "/iam/v1/a%2f..",
            "//iam/v1/users",
            "/iam/v1//x",
            "/iam/v1/",
            "iam/v1/users",
            "/iam/v1/a b",
            "/iam/v1/a\r\nx: y",
            "/iam/v1/a#b",
            "/iam/v1/<a>",
            "/iam/v1/a%2",
            "/iam/v1/a%zz",
            "/iam/v1/a|b",
            "",
        ] {
            assert_eq!(pass_through_path(bad), Err(PassThroughRefused), "{bad:?}");
        }
    }
}
