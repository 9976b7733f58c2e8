//! Where a request comes from: the peer of the connection, or what proxies that an operator named
//! say about it.
//!
//! `X-Forwarded-For` is read from its end, and only as far as each hop that wrote it is trusted; what
//! anybody else wrote into it is not believed.

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::ConnectInfo,
    http::{Extensions, HeaderMap},
};
use ipnet::IpNet;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// The source address of a request, as an extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source(pub IpAddr);

/// The source address, when it is known.
#[must_use]
pub fn of(extensions: &Extensions) -> Option<IpAddr> {
    extensions.get::<Source>().map(|source| source.0)
}

/// Finds the source address of a request that has just come in.
#[must_use]
pub fn find(extensions: &Extensions, headers: &HeaderMap, trusted: &[IpNet]) -> Option<Source> {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>()?.0.ip();
    Some(Source(behind(peer, headers, trusted)))
}

fn behind(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let trusts = |address: IpAddr| trusted.iter().any(|network| network.contains(&address));
    let mut address = peer.to_canonical();
    let lines: Vec<_> = headers.get_all(FORWARDED_FOR).iter().collect();
    let hops = lines.iter().rev().flat_map(|line| {
        let text = line.to_str().unwrap_or("?");
        text.rsplit(',').map(|hop| hop.trim().parse::<IpAddr>().ok())
    });
    for hop in hops {
        match hop {
            Some(hop) if trusts(address) => address = hop.to_canonical(),
            _ => break,
        }
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(peer: &str, forwarded: &[&'static str]) -> String {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append(FORWARDED_FOR, line.parse().unwrap());
        }
        let trusted = ["10.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()];
        behind(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn the_last_hop_that_is_no_proxy_of_ours_is_the_source() {
        for (peer, forwarded, expected) in [
            ("192.0.2.1", &[][..], "192.0.2.1"),
            ("192.0.2.1", &["203.0.113.9"][..], "192.0.2.1"),
            ("10.0.0.1", &["203.0.113.9"][..], "203.0.113.9"),
            ("10.0.0.1", &["198.51.100.7, 203.0.113.9"][..], "203.0.113.9"),
            ("10.0.0.1", &["198.51.100.7,203.0.113.9, 10.0.0.2"][..], "203.0.113.9"),
            ("10.0.0.1", &["198.51.100.7", "203.0.113.9", "10.0.0.2"][..], "203.0.113.9"),
            ("10.0.0.1", &["10.0.0.3, 10.0.0.2"][..], "10.0.0.3"),
            ("10.0.0.1", &["198.51.100.7, unknown, 10.0.0.2"][..], "10.0.0.2"),
            ("10.0.0.1", &["203.0.113.9:4711"][..], "10.0.0.1"),
            ("10.0.0.1", &[""][..], "10.0.0.1"),
            ("::1", &["2001:db8::7"][..], "2001:db8::7"),
            ("::ffff:10.0.0.1", &["::ffff:203.0.113.9"][..], "203.0.113.9"),
        ] {
            assert_eq!(source(peer, forwarded), expected, "{peer} {forwarded:?}");
        }
    }
}
