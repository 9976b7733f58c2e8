//! The Gateway client: whose token goes where, and nothing changed on the way through.

use axum::{Router, body::Body, response::Response, routing::get};
use bytes::Bytes;
use fleet::{
    contract::LoginRequest,
    error::NodeError,
    gateway::{GatewayClient, GatewayConfig, PassThrough, RightsReading},
    transport::Limits,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use secrecy::{ExposeSecret, SecretString};

use crate::fake::{Server, TOKEN, flow, problem};

const OPERATOR: &str = "operator-token-canary";

fn gateway(server: &Server) -> GatewayClient {
    let config = GatewayConfig { url: server.url.clone(), jwks_url: None };
    GatewayClient::new(&Limits::default(), config, SecretString::from(TOKEN)).unwrap()
}

#[tokio::test]
async fn login_hands_the_credentials_on_and_keeps_secrets_out_of_debug() {
    let body = r#"{"access_token":"jwt-canary","expires_in":900}"#;
    let server = Server::start(Router::new().fallback(move || async move { body })).await;
    let password = SecretString::from("pw-canary");
    let credentials = LoginRequest { username: "ada".to_owned(), password };
    let answer = gateway(&server).login(&flow(), &credentials).await.unwrap();
    assert_eq!(answer.access_token.expose_secret(), "jwt-canary");
    assert!(!format!("{answer:?}{credentials:?}").contains("canary"));
    let seen = server.seen().pop().unwrap();
    assert_eq!((seen.method.as_str(), seen.path.as_str()), ("POST", "/auth/v1/login"));
    assert_eq!(seen.header("authorization"), "", "no token goes with credentials");
    assert_eq!(&seen.body[..], br#"{"username":"ada","password":"pw-canary"}"#);
}

#[tokio::test]
async fn a_refused_login_is_a_401_problem() {
    let refuse = || async { problem(401, r#"{"code":"unauthenticated"}"#) };
    let server = Server::start(Router::new().fallback(refuse)).await;
    let credentials =
        LoginRequest { username: "ada".to_owned(), password: SecretString::from("x") };
    let error = gateway(&server).login(&flow(), &credentials).await.unwrap_err();
    assert!(matches!(error, NodeError::Problem { status: 401, .. }));
}

#[tokio::test]
async fn rights_are_asked_with_the_service_token_and_an_etag_saves_the_body() {
    let answer = |headers: HeaderMap| async move {
        if headers.get("if-none-match").is_some_and(|v| v == "\"e1\"") {
            return Response::builder().status(304).body(Body::empty()).unwrap();
        }
        let body = r#"{"rights":["control.jobs.create"],"session_valid":true,"etag":"e1"}"#;
        Response::new(Body::from(body))
    };
    let route = "/iam/v1/principals/ada/rights";
    let missing = || async { problem(404, r#"{"code":"not_found"}"#) };
    let server = Server::start(Router::new().route(route, get(answer)).fallback(missing)).await;
    let (client, ids) = (gateway(&server), flow());
    let ada = "ada".parse().unwrap();
    let RightsReading::Current(rights) = client.rights(&ids, &ada, "s1", None).await.unwrap()
    else {
        panic!("no rights")
    };
    assert_eq!((rights.etag.as_str(), rights.session_valid), ("e1", true));
    let again = client.rights(&ids, &ada, "s1", Some("e1")).await.unwrap();
    assert_eq!(again, RightsReading::Unchanged);
    let nobody = client.rights(&ids, &"eve".parse().unwrap(), "s1", None).await.unwrap();
    assert_eq!(nobody, RightsReading::Unknown);
    let first = &server.seen()[0];
    assert_eq!(first.header("authorization"), format!("Bearer {TOKEN}"));
    assert_eq!(first.path, "/iam/v1/principals/ada/rights?session_id=s1");
}

#[tokio::test]
async fn keys_are_fetched_without_a_token_from_the_configured_place() {
    let body = r#"{"keys":[{"kty":"EC","kid":"k1"}]}"#;
    let server = Server::start(Router::new().fallback(move || async move { body })).await;
    let keys = gateway(&server).jwks(&flow()).await.unwrap();
    assert_eq!(keys.keys[0]["kid"], "k1");
    let config = GatewayConfig {
        url: "http://127.0.0.1:1".to_owned(),
        jwks_url: Some(format!("{}/keys.json", server.url)),
    };
    let token = SecretString::from(TOKEN);
    let elsewhere = GatewayClient::new(&Limits::default(), config, token).unwrap();
    elsewhere.jwks(&flow()).await.unwrap();
    let seen = server.seen();
    let paths: Vec<_> = seen.iter().map(|s| s.path.as_str()).collect();
    assert_eq!(paths, ["/.well-known/jwks.json", "/keys.json"]);
    assert!(seen.iter().all(|s| s.header("authorization").is_empty()));
}

#[tokio::test]
async fn pass_through_keeps_status_and_text_and_sends_only_what_is_meant() {
    let answer = || async {
        let builder = Response::builder().status(StatusCode::UNPROCESSABLE_ENTITY);
        let builder = builder.header("content-type", "application/vnd.gateway+json");
        let builder = builder.header("set-cookie", "gw=1").header("etag", "\"7\"");
        builder.body(Body::from("name: too  short\n")).unwrap()
    };
    let server = Server::start(Router::new().fallback(answer)).await;
    let mut headers = HeaderMap::new();
    for (name, value) in [("cookie", "session=1"), ("if-match", "\"6\""), ("x-evil", "1")] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let operator = SecretString::from(OPERATOR);
    let tenant = "acme".parse().unwrap();
    let request = PassThrough {
        method: Method::PUT,
        path: "/iam/v1/users/u1?dry=1",
        headers: &headers,
        body: Some(Bytes::from_static(b"{}")),
        operator: &operator,
        tenant: Some(&tenant),
        reason: Some("überfällig"),
    };
    let answer = gateway(&server).pass_through(&flow(), request).await.unwrap();
    assert_eq!((answer.status, &answer.body[..]), (422, &b"name: too  short\n"[..]));
    assert_eq!(answer.headers["content-type"], "application/vnd.gateway+json");
    assert_eq!((answer.headers.get("set-cookie"), answer.headers.len()), (None, 2));
    let seen = server.seen().pop().unwrap();
    assert_eq!(seen.path, "/iam/v1/users/u1?dry=1");
    assert_eq!(seen.header("authorization"), format!("Bearer {OPERATOR}"));
    assert_eq!((seen.header("if-match"), seen.header("x-tenant-id")), ("\"6\"", "acme"));
    assert_eq!((seen.header("cookie"), seen.header("x-evil")), ("", ""));
    assert_eq!(seen.header("x-reason"), "%C3%BCberf%C3%A4llig");
}

#[tokio::test]
async fn pass_through_refuses_to_leave_the_three_prefixes() {
    let server = Server::start(Router::new().fallback(|| async { "{}" })).await;
    let (headers, operator) = (HeaderMap::new(), SecretString::from(OPERATOR));
    let request = PassThrough {
        method: Method::GET,
        path: "/iam/v1/../../admin/v1/placement",
        headers: &headers,
        body: None,
        operator: &operator,
        tenant: None,
        reason: None,
    };
    let error = gateway(&server).pass_through(&flow(), request).await.unwrap_err();
    assert!(matches!(error, NodeError::NotAdmitted { .. }));
    assert_eq!(server.seen().len(), 0);
}
