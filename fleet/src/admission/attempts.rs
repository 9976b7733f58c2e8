//! Attempts to make the control plane call what it must not, by way of a node's URL.
//!
//! Each is written into a shard entry and into a Gateway's entry, read back the way the directory
//! reads it, and called with the service token, once to read and once to change. A canary listens on
//! every address they aim at that a test can listen on; nothing may ever connect to it.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    http::{HeaderMap, StatusCode, header},
};
use bytes::Bytes;
use http::Method;
use secrecy::SecretString;
use serde_json::json;
use streams::{
    ids::{FlowIds, Revision},
    placement::PlacementMap,
};
use tokio::net::{TcpListener, TcpStream};

use super::{Admission, Lookup, Resolver};
use crate::{
    error::NodeError,
    transport::{Answer, Limits, Outbound, Transport},
};

/// The one address that is admitted; the canary is beside it.
const NODE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

/// What is tried, and the URL: `{p}` is the canary's port, `{n}` that of the admitted node.
const LITERALS: &[(&str, &str)] = &[
    ("loopback", "http://127.0.0.1:{p}"),
    ("loopback over TLS", "https://127.0.0.1:{p}"),
    ("another loopback address", "http://127.255.255.254:{p}"),
    ("two parts", "http://127.1:{p}"),
    ("three parts", "http://127.0.1:{p}"),
    ("decimal", "http://2130706433:{p}"),
    ("hexadecimal", "http://0x7f000001:{p}"),
    ("hexadecimal parts", "http://0x7f.0x0.0x0.0x1:{p}"),
    ("octal", "http://017700000001:{p}"),
    ("octal parts", "http://0177.0.0.01:{p}"),
    ("mixed parts", "http://0x7f.1:{p}"),
    ("leading zeros", "http://0000127.0.0.1:{p}"),
    ("trailing dot", "http://127.0.0.1.:{p}"),
    ("this host", "http://0.0.0.0:{p}"),
    ("zero", "http://0:{p}"),
    ("wide digits", "http://１２７.０.０.１:{p}"),
    ("circled digits", "http://①②⑦.⓪.⓪.①:{p}"),
    ("ideographic full stops", "http://127。0。0。1:{p}"),
    ("percent-encoded host", "http://%31%32%37%2e0.0.1:{p}"),
    ("soft hyphen in the host", "http://127.0.0\u{ad}.1:{p}"),
    ("IPv6 loopback", "http://[::1]:{p}"),
    ("IPv6 loopback, long", "http://[0:0:0:0:0:0:0:1]:{p}"),
    ("IPv6 unspecified", "http://[::]:{p}"),
    ("IPv4-mapped", "http://[::ffff:127.0.0.1]:{p}"),
    ("IPv4-mapped, hexadecimal", "http://[::ffff:7f00:1]:{p}"),
    ("IPv4-compatible", "http://[::127.0.0.1]:{p}"),
    ("NAT64", "http://[64:ff9b::127.0.0.1]:{p}"),
    ("6to4", "http://[2002:7f00:1::]:{p}"),
    ("zone", "http://[fe80::1%25lo]:{p}"),
    ("credentials that look like the node", "http://127.0.0.2:{n}@127.0.0.1:{p}"),
    ("name that looks like the node", "http://127.0.0.2@127.0.0.1:{p}"),
    ("credentials at the node", "http://user:password@127.0.0.2:{n}"),
    ("name at the node", "http://user@127.0.0.2:{n}"),
    ("two at signs", "http://127.0.0.2@x@127.0.0.1:{p}"),
    ("encoded at sign", "http://127.0.0.2%40127.0.0.1:{p}"),
    ("fragment before the node", "http://127.0.0.1:{p}#@127.0.0.2:{n}"),
    ("fragment after the node", "http://127.0.0.2:{n}#"),
    ("backslash before the node", "http://127.0.0.1:{p}\\@127.0.0.2:{n}"),
    ("backslashes for slashes", "http:\\\\127.0.0.1:{p}"),
    ("query that swallows the path", "http://127.0.0.2:{n}/admin/v1/drain?x="),
    ("query before the node", "http://127.0.0.1:{p}?@127.0.0.2:{n}"),
    ("one slash", "http:/127.0.0.1:{p}"),
    ("no slash", "http:127.0.0.1:{p}"),
    ("many slashes", "http://////127.0.0.1:{p}"),
    ("no scheme", "//127.0.0.1:{p}"),
    ("host and port alone", "127.0.0.1:{p}"),
    ("leading space", " http://127.0.0.1:{p}"),
    ("leading space at the node", " http://127.0.0.2:{n}"),
    ("tab in the scheme", "ht\ttp://127.0.0.1:{p}"),
    ("newline at the node", "http://127.0.0.2:{n}\n"),
    ("CR LF and a header", "http://127.0.0.2:{n}/\r\nHost: x\r\n"),
    ("NUL in the host", "http://127.0.0.2\u{0}.127.0.0.1:{p}"),
    ("upper-case scheme", "HTTP://127.0.0.1:{p}"),
    ("file", "file:///etc/passwd"),
    ("file with a host", "file://127.0.0.1:{p}/etc/passwd"),
    ("gopher", "gopher://127.0.0.1:{p}/_GET%20/"),
    ("dict", "dict://127.0.0.1:{p}/info"),
    ("ftp", "ftp://127.0.0.1:{p}/"),
    ("ldap", "ldap://127.0.0.1:{p}/"),
    ("web socket", "ws://127.0.0.1:{p}/"),
    ("unix socket", "unix:///var/run/docker.sock"),
    ("HTTP over a unix socket", "http+unix://%2Fvar%2Frun%2Fdocker.sock/info"),
    ("javascript", "javascript:alert(1)"),
    ("data", "data:text/plain,x"),
    ("blob", "blob:http://127.0.0.1:{p}/x"),
    ("jar", "jar:http://127.0.0.1:{p}!/x"),
    ("view-source", "view-source:http://127.0.0.1:{p}"),
    ("port zero", "http://127.0.0.2:0"),
    ("port too large", "http://127.0.0.2:99999"),
    ("negative port", "http://127.0.0.2:-1"),
    ("port of another service", "http://127.0.0.2:22"),
    ("metadata", "http://169.254.169.254/latest/meta-data/"),
    ("metadata, trailing dot", "http://169.254.169.254./"),
    ("metadata, decimal", "http://2852039166/"),
    ("metadata, hexadecimal", "http://0xa9fea9fe/"),
    ("metadata, octal", "http://0251.0376.0251.0376/"),
    ("metadata, IPv4-mapped", "http://[::ffff:169.254.169.254]/"),
    ("metadata, NAT64", "http://[64:ff9b::a9fe:a9fe]/"),
    ("metadata, 6to4", "http://[2002:a9fe:a9fe::]/"),
    ("metadata over IPv6", "http://[fd00:ec2::254]/"),
    ("metadata of containers", "http://169.254.170.2/v2/credentials"),
    ("public address", "http://8.8.8.8/"),
    ("broadcast", "http://255.255.255.255/"),
    ("multicast", "http://224.0.0.1/"),
    ("link-local over IPv6", "http://[fe80::1]/"),
    ("Teredo", "http://[2001:0:a9fe:a9fe::1]/"),
    ("empty host", "http://"),
    ("empty host with a port", "http://:{p}/"),
    ("nothing", ""),
    ("not a URL", "x"),
    ("invalid IPv6", "http://[::1:{p}"),
    ("letters as address", "http://127.0.0.1x:{p}:1"),
];

/// Names, and where they lead: in turn, one answer a look-up.
const NAMES: &[(&str, &str, &[&[&str]])] = &[
    ("localhost", "http://localhost:{p}", &[&["127.0.0.1", "::1"]]),
    ("localhost, trailing dot", "http://localhost.:{p}", &[&["127.0.0.1"]]),
    ("localhost in capitals", "http://LOCALHOST:{p}", &[&["127.0.0.1"]]),
    ("a name for loopback", "http://node.example:{p}", &[&["127.0.0.1"]]),
    ("a name for IPv6 loopback", "http://node6.example:{p}", &[&["::1"]]),
    ("a name for IPv4-mapped", "http://mapped.example:{p}", &[&["::ffff:127.0.0.1"]]),
    ("a name for NAT64", "http://nat64.example:{p}", &[&["64:ff9b::7f00:1"]]),
    ("a name for any", "http://any.example:{p}", &[&["0.0.0.0"]]),
    ("an address as a label", "http://127.0.0.2.evil.example:{p}", &[&["127.0.0.1"]]),
    ("a name in punycode", "http://xn--bcher-kva.example:{p}", &[&["127.0.0.1"]]),
    ("a name for metadata", "http://metadata.google.internal/", &[&["169.254.169.254"]]),
    ("a name for IPv6 metadata", "http://meta6.example/", &[&["fd00:ec2::254"]]),
    ("a name for a public address", "http://public.example/", &[&["8.8.8.8"]]),
    ("a name for several", "http://several.example:{p}", &[&["127.0.0.1", "::1", "10.0.0.1"]]),
    ("a name for nothing", "http://nothing.example:{p}", &[&[]]),
    ("underscore", "http://_x.example:{p}", &[&["127.0.0.1"]]),
];

/// Answers of the admitted node that point at the canary.
const POINTERS: &[(&str, u16, header::HeaderName)] = &[
    ("300", 300, header::LOCATION),
    ("301", 301, header::LOCATION),
    ("302", 302, header::LOCATION),
    ("303", 303, header::LOCATION),
    ("307", 307, header::LOCATION),
    ("308", 308, header::LOCATION),
    ("refresh", 200, header::REFRESH),
    ("content-location", 200, header::CONTENT_LOCATION),
    ("link", 200, header::LINK),
    ("alt-svc", 200, header::ALT_SVC),
];

/// What must never be connected to.
struct Canary {
    port: u16,
    connections: Arc<AtomicUsize>,
}

impl Canary {
    async fn listen() -> Self {
        let first = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = first.local_addr().unwrap().port();
        // Where there is no IPv6, nothing can connect by it either.
        let second = TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await.ok();
        let connections = Arc::new(AtomicUsize::new(0));
        for listener in [Some(first), second].into_iter().flatten() {
            let connections = Arc::clone(&connections);
            tokio::spawn(async move {
                while listener.accept().await.is_ok() {
                    connections.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        Self { port, connections }
    }

    /// Shows that it would have noticed, and how often it did.
    async fn noticed(&self) -> usize {
        TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).await.unwrap();
        let deadline = tokio::time::Instant::now() + Duration::from_secs(5);
        while self.connections.load(Ordering::SeqCst) == 0 {
            assert!(tokio::time::Instant::now() < deadline, "the canary notices nothing");
            tokio::task::yield_now().await;
        }
        self.connections.load(Ordering::SeqCst) - 1
    }
}

/// The admitted node. What it answers is `answer`; how often it was asked is counted.
async fn node(answer: (StatusCode, HeaderMap)) -> (u16, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let router = Router::new().fallback(move || {
        counter.fetch_add(1, Ordering::SeqCst);
        let (status, mut headers) = answer.clone();
        // So that each call connects, and resolves, anew.
        headers.insert(header::CONNECTION, "close".parse().unwrap());
        async move { (status, headers, "{}") }
    });
    let listener = TcpListener::bind((NODE, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move { axum::serve(listener, router).await });
    (port, asked)
}

fn fine() -> (StatusCode, HeaderMap) {
    (StatusCode::OK, HeaderMap::new())
}

/// A transport that admits the node's address alone; names lead where `turns` say.
fn transport(ports: &[&str], turns: &'static [&'static [&'static str]]) -> Transport {
    let admission = Admission::parse(&["http", "https"], ports, &["127.0.0.2/32"]).unwrap();
    let looked_up = Arc::new(AtomicUsize::new(0));
    let lookup: Lookup = Arc::new(move |_| {
        let turn = looked_up.fetch_add(1, Ordering::SeqCst).min(turns.len().saturating_sub(1));
        let all = turns.get(turn).copied().unwrap_or_default();
        let all = all.iter().map(|a| SocketAddr::new(a.parse::<IpAddr>().unwrap(), 0)).collect();
        Box::pin(async move { Ok(all) })
    });
    let limits = Limits {
        admission: admission.clone(),
        total: Duration::from_secs(2),
        connect: Duration::from_secs(1),
        ..Limits::default()
    };
    Transport::over(&limits, Resolver { admission: Arc::new(admission), lookup }).unwrap()
}

fn flow() -> FlowIds {
    FlowIds {
        request_id: "req_test-1".parse().unwrap(),
        correlation_id: "cor_test-1".parse().unwrap(),
        trace_id: "0af7651916cd43dd8448eb211c80319c".parse().unwrap(),
    }
}

/// The URL as the directory gives it: through a shard's entry, and a Gateway's.
fn placed(url: &str) -> [String; 2] {
    let shard = json!({"v": 1, "state": "active",
        "nodes": [{"node_id": "n-1", "data_url": url, "admin_url": url}]});
    let mut map = PlacementMap::default();
    map.apply("shard.s-1", Some(shard.to_string().as_bytes()), Revision(1)).unwrap();
    let node = &map.shards.values().next().unwrap().value.nodes[0];
    let gateway = json!({"v": 1, "admin_url": url, "data_url": url}).to_string();
    let gateway: streams::placement::GatewayEntry = serde_json::from_str(&gateway).unwrap();
    [node.admin_url.clone(), gateway.admin_url]
}

/// A read and a change, both with the token.
async fn calls(transport: &Transport, base: &str) -> Vec<Result<Answer, NodeError>> {
    let (ids, token) = (flow(), SecretString::from("service-token-canary"));
    let mut all = Vec::new();
    for method in [Method::GET, Method::PUT] {
        let mut call = Outbound::new(method.clone(), base, "/admin/v1/drain", &ids);
        call.bearer = Some(&token);
        call.body = (method == Method::PUT).then(|| (Bytes::from("{}"), "application/json"));
        all.push(transport.call(call).await);
    }
    all
}

/// Refused before anything is connected to, and without telling a password.
async fn must_be_refused(transport: &Transport, name: &str, url: &str) {
    for base in placed(url) {
        for outcome in calls(transport, &base).await {
            let error = outcome.expect_err(name);
            // A name without an address is not found rather than outside.
            let nowhere = matches!(error, NodeError::NotConnected { .. })
                && matches!(name, "a name for nothing");
            assert!(matches!(error, NodeError::NotAdmitted { .. }) || nowhere, "{name}: {error}");
            assert!(error.had_no_effect(), "{name}: {error}");
            assert!(!error.to_string().contains("password"), "{name}: {error}");
        }
    }
}

/// 0 of over a hundred attempts get through (issue: ≥ 60).
#[tokio::test]
async fn no_url_of_a_placement_entry_makes_us_call_what_is_not_admitted() {
    let canary = Canary::listen().await;
    let (port, asked) = node(fine()).await;
    let filled =
        |url: &str| url.replace("{p}", &canary.port.to_string()).replace("{n}", &port.to_string());
    let ports = [port.to_string(), canary.port.to_string(), "80".to_owned(), "443".to_owned()];
    let ports: Vec<&str> = ports.iter().map(String::as_str).collect();
    let literal = transport(&ports, &[&["127.0.0.1"]]);
    for (name, url) in LITERALS {
        must_be_refused(&literal, name, &filled(url)).await;
    }
    for (name, url, turns) in NAMES {
        must_be_refused(&transport(&ports, turns), name, &filled(url)).await;
    }
    let long = format!("http://{}127.0.0.1:{}", "a.".repeat(4000), canary.port);
    must_be_refused(&literal, "a very long name", &long).await;
    assert_eq!(canary.noticed().await, 0);
    assert_eq!(asked.load(Ordering::SeqCst), 0, "nor was the node asked by a URL that is refused");
    // The node itself can be called, so that a refusal above means something.
    let good = calls(&literal, &filled("http://127.0.0.2:{n}")).await;
    assert!(good.iter().all(Result::is_ok), "{good:?}");
    let tried = LITERALS.len() + NAMES.len() + POINTERS.len() + 1;
    assert!(tried >= 60, "{tried} attempts");
}

#[tokio::test]
async fn a_name_that_changes_where_it_leads_is_checked_at_each_connection() {
    let canary = Canary::listen().await;
    let (port, asked) = node(fine()).await;
    let any = transport(&["1-65535"], &[&["127.0.0.2"], &["127.0.0.1"]]);
    let outcomes = calls(&any, &format!("http://rebound.example:{port}")).await;
    assert!(outcomes[0].is_ok(), "{outcomes:?}");
    assert!(matches!(outcomes[1], Err(NodeError::NotAdmitted { .. })), "{outcomes:?}");
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    // Of several addresses only the admitted one is ever tried: nobody listens there.
    let mixed = transport(&["1-65535"], &[&["127.0.0.1", "127.0.0.2"]]);
    let closed = calls(&mixed, &format!("http://mixed.example:{}", canary.port)).await;
    assert!(closed.iter().all(|o| matches!(o, Err(NodeError::NotConnected { .. }))), "{closed:?}");
    assert_eq!(canary.noticed().await, 0);
}

#[tokio::test]
async fn no_answer_of_a_node_makes_us_call_another() {
    let canary = Canary::listen().await;
    for (name, status, pointer) in POINTERS {
        let to = format!("http://127.0.0.1:{}/", canary.port);
        let value = match pointer.as_str() {
            "refresh" => format!("0; url={to}"),
            "link" => format!("<{to}>; rel=preconnect"),
            "alt-svc" => format!("h2=\"127.0.0.1:{}\"; persist=1", canary.port),
            _ => to,
        };
        let headers = HeaderMap::from_iter([(pointer.clone(), value.parse().unwrap())]);
        let (port, asked) = node((StatusCode::from_u16(*status).unwrap(), headers)).await;
        let any = transport(&["1-65535"], &[&["127.0.0.2"]]);
        let outcomes = calls(&any, &format!("http://node.example:{port}")).await;
        for outcome in outcomes {
            let followed = matches!(outcome, Err(NodeError::Redirect { .. }));
            assert_eq!(followed, *status >= 300, "{name}: {outcome:?}");
        }
        assert_eq!(asked.load(Ordering::SeqCst), 2, "{name}");
    }
    assert_eq!(canary.noticed().await, 0);
}

#[test]
fn what_is_never_called_is_on_no_list_however_wide() {
    let wide = Admission::parse(&["http"], &["1-65535"], &["0.0.0.0/0", "::/0"]).unwrap();
    for never in [
        "0.0.0.0",
        "169.254.169.254",
        "169.254.170.2",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "fe80::1",
        "ff02::1",
        "fd00:ec2::254",
        "fd20:ce::254",
        "::ffff:169.254.169.254",
        "::169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::1",
        "2001:0:53aa:64c::1",
    ] {
        assert!(!wide.address(never.parse().unwrap()), "{never}");
    }
    for node in ["10.0.0.1", "127.0.0.1", "8.8.8.8", "::1", "fd00::1", "2a00:1450::1"] {
        assert!(wide.address(node.parse().unwrap()), "{node}");
    }
}
