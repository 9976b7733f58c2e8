//! The outbound limits: what is not called, not followed, not read, not waited for.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{Router, body::Body, response::Redirect, routing::get};
use bytes::Bytes;
use fleet::{admission::Admission, error::NodeError, transport::Limits};
use futures::StreamExt;
use streams::error::Classified;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::fake::{Server, client, client_with, flow, quick, target};

#[tokio::test]
async fn a_redirect_is_never_followed() {
    let elsewhere = Server::start(Router::new().fallback(|| async { "{}" })).await;
    let to = elsewhere.url.clone();
    let router = Router::new().fallback(move || async move { Redirect::temporary(&to) });
    let node = Server::start(router).await;
    let error = client().health(&node.node(), &flow()).await.unwrap_err();
    assert!(matches!(error, NodeError::Redirect { status: 307, .. }), "{error}");
    assert!(!error.is_retryable());
    assert_eq!(elsewhere.seen().len(), 0);
}

#[tokio::test]
async fn a_body_without_end_is_cut_off_at_the_limit() {
    let sent = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&sent);
    let endless = move || {
        let counter = Arc::clone(&counter);
        async move {
            let chunk = Bytes::from(vec![b' '; 64 * 1024]);
            Body::from_stream(futures::stream::repeat(chunk).map(move |chunk| {
                counter.fetch_add(chunk.len() as u64, Ordering::Relaxed);
                Ok::<_, std::io::Error>(chunk)
            }))
        }
    };
    let node = Server::start(Router::new().fallback(endless)).await;
    let error = client().health(&node.node(), &flow()).await.unwrap_err();
    assert!(matches!(error, NodeError::TooLarge { limit: 4_194_304, .. }), "{error}");
    let sent = sent.load(Ordering::Relaxed);
    assert!(sent < 64 * 1024 * 1024, "the node had sent {sent} bytes of its 1 GiB and more");
}

#[tokio::test]
async fn a_body_announced_as_one_gib_is_not_read_at_all() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut request = [0_u8; 4096];
        let _ = socket.read(&mut request).await.unwrap();
        socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1073741824\r\n\r\n{").await.unwrap();
        // Keeps the connection open until the client hangs up.
        let _ = socket.read(&mut request).await;
    });
    let error = client().health(&target("n-1", &url), &flow()).await.unwrap_err();
    assert!(matches!(error, NodeError::TooLarge { .. }), "{error}");
}

#[tokio::test]
async fn a_node_that_drips_its_body_costs_the_deadline_and_no_more() {
    let drip = || async {
        Body::from_stream(futures::stream::unfold((), |()| async {
            streams::clock::pause(Duration::from_millis(20)).await;
            Some((Ok::<_, std::io::Error>(Bytes::from_static(b" ")), ()))
        }))
    };
    let node = Server::start(Router::new().fallback(drip)).await;
    let begun = Instant::now();
    let error = client_with(&quick(200)).health(&node.node(), &flow()).await.unwrap_err();
    assert!(matches!(error, NodeError::Timeout { after_ms: 200, .. }), "{error}");
    assert!(error.is_retryable() && !error.had_no_effect());
    assert!(begun.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn nobody_listening_and_a_connection_cut_in_the_middle_are_unreachable() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let cut = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut request = [0_u8; 4096];
        let _ = socket.read(&mut request).await.unwrap();
        socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{").await.unwrap();
    });
    let node = target("n-1", &url);
    let error = client().health(&node, &flow()).await.unwrap_err();
    assert!(matches!(error, NodeError::Unreachable { .. }), "{error}");
    assert!(!error.had_no_effect(), "the request was read");
    cut.await.unwrap();
    let error = client().health(&node, &flow()).await.unwrap_err();
    assert!(matches!(error, NodeError::NotConnected { .. }), "{error}");
    assert!(error.had_no_effect(), "nobody has read the request");
    assert_eq!((error.code(), error.is_retryable()), ("node_unreachable", true));
}

#[tokio::test]
async fn what_is_not_admitted_is_never_connected_to_also_behind_a_name() {
    let node = Server::start(Router::new().route("/health", get(|| async { "{}" }))).await;
    let admission = Admission::parse(&["http"], &["1-65535"], &["10.0.0.0/8"]).unwrap();
    let client = client_with(&Limits { admission, ..Limits::default() });
    let named = node.url.replace("127.0.0.1", "localhost");
    for url in [node.url.as_str(), named.as_str(), "https://10.0.0.1", "http://u:p@10.0.0.1"] {
        let error = client.health(&target("n-1", url), &flow()).await.unwrap_err();
        assert!(matches!(error, NodeError::NotAdmitted { .. }), "{url}: {error}");
        assert!(error.had_no_effect() && !error.is_retryable());
    }
    assert_eq!(node.seen().len(), 0);
}

#[tokio::test]
async fn an_admitted_name_is_resolved_and_called() {
    let node = Server::start(Router::new().fallback(|| async { "x" })).await;
    let named = node.url.replace("127.0.0.1", "localhost");
    let error = client().health(&target("n-1", &named), &flow()).await.unwrap_err();
    assert!(matches!(error, NodeError::BadBody { .. }), "{error}");
    assert_eq!(node.seen().len(), 1);
}
