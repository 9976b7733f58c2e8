//! What the service says on a bare socket to what is hardly HTTP. Everything that can be read as a
//! request is answered with a problem document; what cannot is answered by hyper, without a body.

use std::{net::SocketAddr, time::Duration};

use command_api::{
    Settings, app,
    http::{self, Connections},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};

use super::app::{PATIENCE, TestApp, settings, started};

const HEAD: Duration = Duration::from_millis(400);

/// The service on a socket of its own.
async fn listening(connections: Connections) -> (impl Sized, TestApp, SocketAddr) {
    let (world, projector, calm) = started().await;
    let settings =
        Settings { connections, request_deadline: Duration::from_millis(600), ..settings() };
    let app = TestApp::not_ready(world.logs(), world.kv(), &calm.gateway, settings);
    app.until_ready().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = self::app(&app.state);
    let served = tokio::spawn(http::serve(listener, router, connections, std::future::pending()));
    ((world, projector, served), app, address)
}

const USUAL: Connections = Connections { most: 64, head: HEAD };

/// Everything that comes back until the other side closes.
async fn said(address: SocketAddr, text: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // The other side may close before it has read everything.
    let _ = stream.write_all(text).await;
    let mut answer = Vec::new();
    let read = timeout(PATIENCE, stream.read_to_end(&mut answer)).await;
    let _ = read.expect("the connection is closed in time");
    String::from_utf8_lossy(&answer).into_owned()
}

/// Status, and the code of the problem document if there is one.
fn outcome(answer: &str) -> (u16, Option<String>) {
    let status = answer.split_whitespace().nth(1).and_then(|s| s.parse().ok()).unwrap_or(0);
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    let code = serde_json::from_str::<serde_json::Value>(body).ok();
    (status, code.and_then(|body| Some(body["code"].as_str()?.to_owned())))
}

fn with_headers(count: usize) -> String {
    let headers: String = (0..count).map(|n| format!("x-{n}: 1\r\n")).collect();
    format!("GET /health HTTP/1.1\r\nhost: a\r\nconnection: close\r\n{headers}\r\n")
}

fn with_path(length: usize) -> String {
    let path = "a".repeat(length);
    format!("GET /{path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
}

fn with_header_of(bytes: usize) -> String {
    let value = "a".repeat(bytes);
    format!("GET /health HTTP/1.1\r\nhost: a\r\nconnection: close\r\nx: {value}\r\n\r\n")
}

fn post(rest: &str) -> String {
    format!(
        "POST /admin/v1/session HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\
         content-type: application/json\r\n{rest}"
    )
}

#[tokio::test]
async fn what_can_be_read_as_a_request_is_answered_with_a_problem_document() {
    let (_world, _app, address) = listening(USUAL).await;
    let large = post(&format!("content-length: 70000\r\n\r\n{}", "x".repeat(70_000)));
    let chunk = format!("11170\r\n{}\r\n0\r\n\r\n", "x".repeat(70_000));
    for (what, text, expected) in [
        ("101 headers", with_headers(101), (431, "headers_too_large")),
        ("250 headers", with_headers(250), (431, "headers_too_large")),
        ("33 KiB of header", with_header_of(33 * 1024), (431, "headers_too_large")),
        ("100 KiB of header", with_header_of(100 * 1024), (431, "headers_too_large")),
        ("9 KiB of path", with_path(9 * 1024), (414, "uri_too_long")),
        ("60 KiB of path", with_path(60 * 1024), (414, "uri_too_long")),
        ("a large body", large, (413, "body_too_large")),
        (
            "a large chunk",
            post(&format!("transfer-encoding: chunked\r\n\r\n{chunk}")),
            (413, "body_too_large"),
        ),
        ("a body that stops", post("content-length: 10\r\n\r\n{\""), (504, "deadline_exceeded")),
        (
            "a strange method",
            "BREW /health HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n".into(),
            (405, "method_not_allowed"),
        ),
        (
            "a tunnel",
            "CONNECT a:1 HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n".into(),
            (404, "not_found"),
        ),
        (
            "all of us",
            "OPTIONS * HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n".into(),
            (404, "not_found"),
        ),
    ] {
        let (status, code) = outcome(&said(address, text.as_bytes()).await);
        assert_eq!((status, code.as_deref()), (expected.0, Some(expected.1)), "{what}");
    }
    let most = said(address, with_headers(98).as_bytes()).await;
    assert_eq!(outcome(&most).0, 200, "100 headers are read");
}

#[tokio::test]
async fn what_cannot_be_read_is_answered_without_a_body_and_the_connection_is_closed() {
    let (_world, _app, address) = listening(USUAL).await;
    let get = |rest: &str| format!("GET /health HTTP/1.1\r\nhost: a\r\n{rest}\r\n\r\n");
    // 0: not even a status.
    for (what, text, expected) in [
        ("no words", b"hello\r\n\r\n".to_vec(), 400),
        ("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(), 400),
        ("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(), 0),
        ("HTTP/3.0", b"GET /health HTTP/3.0\r\n\r\n".to_vec(), 400),
        ("a path with a space", b"GET /a b HTTP/1.1\r\nhost: a\r\n\r\n".to_vec(), 400),
        ("a header without a colon", get("nonsense").into_bytes(), 400),
        ("a header name with a space", get("x y: 1").into_bytes(), 400),
        ("a folded header", get("x: 1\r\n y").into_bytes(), 400),
        ("a NUL in a header", get("x: a\0b").into_bytes(), 400),
        ("a length that is none", post("content-length: x\r\n\r\n").into_bytes(), 400),
        ("two lengths", post("content-length: 1\r\ncontent-length: 2\r\n\r\nx").into_bytes(), 400),
        ("a coding that is none", post("transfer-encoding: x\r\n\r\n").into_bytes(), 400),
        ("257 headers", with_headers(257).into_bytes(), 431),
        ("200 KiB of header", with_header_of(200 * 1024).into_bytes(), 431),
        ("66 KiB of path", with_path(66 * 1024).into_bytes(), 414),
    ] {
        let answer = said(address, &text).await;
        let (status, code) = outcome(&answer);
        assert_eq!((status, code), (expected, None), "{what}: {answer:?}");
        assert!(
            answer.is_empty() || answer.contains("content-length: 0\r\n"),
            "{what}: {answer:?}"
        );
    }
    assert_eq!(outcome(&said(address, with_headers(0).as_bytes()).await).0, 200, "it lives");
}

/// The oldest trick: many connections, each a byte at a time.
#[tokio::test]
async fn a_head_that_does_not_come_and_an_idle_connection_are_closed_in_time() {
    let (_world, _app, address) = listening(USUAL).await;
    for (what, begun) in [
        ("nothing", ""),
        ("half a line", "GET /hea"),
        ("half a head", "GET /health HTTP/1.1\r\nhost: a\r\n"),
    ] {
        let started = std::time::Instant::now();
        let answer = said(address, begun.as_bytes()).await;
        assert_eq!(outcome(&answer), (0, None), "{what}: closed without a word: {answer:?}");
        assert!(started.elapsed() < HEAD * 5, "{what}: {:?}", started.elapsed());
    }
    let dripping = async {
        let mut stream = TcpStream::connect(address).await.unwrap();
        for n in 0.. {
            let byte = if n == 0 { "GET /health HTTP/1.1\r\n" } else { "x: 1\r\n" };
            if stream.write_all(byte.as_bytes()).await.is_err() {
                return;
            }
            streams::clock::pause(HEAD / 8).await;
        }
    };
    timeout(HEAD * 6, dripping).await.expect("a byte now and then does not keep it open");
    let kept = said(address, b"GET /health HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert_eq!(outcome(&kept).0, 200, "answered, and closed when nothing more came");
}

#[tokio::test]
async fn more_connections_than_are_taken_wait_and_are_served_when_others_end() {
    let (_world, _app, address) = listening(Connections { most: 2, head: HEAD * 2 }).await;
    let idle =
        [TcpStream::connect(address).await.unwrap(), TcpStream::connect(address).await.unwrap()];
    let started = std::time::Instant::now();
    let answer = said(address, with_headers(0).as_bytes()).await;
    assert_eq!(outcome(&answer).0, 200);
    assert!(started.elapsed() >= HEAD, "it waited for one of the idle ones to be closed");
    drop(idle);
}
