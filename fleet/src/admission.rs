//! Which URLs may be called at all: lists of schemes, ports and networks.
//!
//! A node's URL comes from a placement entry, that is from data. It is checked twice: as written
//! ([`Admission::url`]), and on every address its name resolves to, at the moment of connecting
//! ([`Resolver`]), so that a name cannot lead elsewhere later. Some addresses are never called,
//! whatever the lists say: link-local ones and those of cloud metadata among them. What has been
//! tried against this is in `attempts`.

#[cfg(test)]
mod attempts;

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    ops::RangeInclusive,
    sync::Arc,
};

use ipnet::IpNet;
use reqwest::{
    Url,
    dns::{Addrs, Name, Resolve, Resolving},
};

/// Longest base URL that is looked at, bytes.
const MAX_BASE_BYTES: usize = 2048;

/// The admitted lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admission {
    schemes: Vec<String>,
    ports: Vec<RangeInclusive<u16>>,
    networks: Vec<IpNet>,
}

/// Why a configured list cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{item:?} in the admitted {list} is not valid: expected {expected}")]
pub struct InvalidAdmission {
    /// `schemes`, `ports` or `networks`.
    pub list: &'static str,
    /// The offending item.
    pub item: String,
    /// What it should look like.
    pub expected: &'static str,
}

impl Default for Admission {
    /// `http` and `https`, any port, loopback and private networks.
    fn default() -> Self {
        let networks =
            ["127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"];
        Self {
            schemes: vec!["http".to_owned(), "https".to_owned()],
            ports: vec![1..=u16::MAX],
            networks: networks.iter().map(|n| n.parse().expect("a constant network")).collect(),
        }
    }
}

impl Admission {
    /// The lists as configured: schemes `http`/`https`; ports `8080` or `9000-9999`; networks in
    /// CIDR form. An empty list admits nothing.
    ///
    /// # Errors
    /// [`InvalidAdmission`] naming the first bad item.
    pub fn parse<S: AsRef<str>>(
        schemes: &[S],
        ports: &[S],
        networks: &[S],
    ) -> Result<Self, InvalidAdmission> {
        let scheme = |item: &S| match item.as_ref() {
            known @ ("http" | "https") => Ok(known.to_owned()),
            other => Err(invalid("schemes", other, "http or https")),
        };
        let port = |item: &S| {
            let text = item.as_ref();
            let (low, high) = text.split_once('-').unwrap_or((text, text));
            match (low.trim().parse::<u16>(), high.trim().parse::<u16>()) {
                (Ok(low), Ok(high)) if (1..=high).contains(&low) => Ok(low..=high),
                _ => Err(invalid("ports", text, "a port or low-high, from 1 on")),
            }
        };
        let network = |item: &S| {
            let text = item.as_ref();
            text.parse().map_err(|_| invalid("networks", text, "a network such as 10.0.0.0/8"))
        };
        Ok(Self {
            schemes: schemes.iter().map(scheme).collect::<Result<_, _>>()?,
            ports: ports.iter().map(port).collect::<Result<_, _>>()?,
            networks: networks.iter().map(network).collect::<Result<_, _>>()?,
        })
    }

    /// Whether an address is in an admitted network and not one that is never called. An IPv4
    /// address in IPv6 clothes counts as what it is.
    #[must_use]
    pub fn address(&self, address: IpAddr) -> bool {
        let address = meant(address);
        !never(address) && self.networks.iter().any(|network| network.contains(&address))
    }

    /// The base URL of a node or a Gateway. A query in it would swallow the path that is added.
    ///
    /// # Errors
    /// As [`Self::url`].
    pub fn base(&self, text: &str) -> Result<Url, String> {
        if text.len() > MAX_BASE_BYTES {
            return Err(format!("longer than {MAX_BASE_BYTES} bytes"));
        }
        match self.url(text)? {
            url if url.query().is_some() => Err("a base URL has no query".to_owned()),
            url => Ok(url),
        }
    }

    /// Parses a URL and checks everything that can be without resolving its name. It must be
    /// written as it is called: what a parser would drop or turn into something else is refused.
    ///
    /// # Errors
    /// Why it is not admitted, as a sentence.
    pub fn url(&self, text: &str) -> Result<Url, String> {
        if !text.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'\\' | b'#')) {
            return Err("a URL is visible ASCII without backslash and fragment".to_owned());
        }
        let url = Url::parse(text).map_err(|e| format!("not a URL: {e}"))?;
        if !self.schemes.iter().any(|s| s == url.scheme()) {
            return Err(format!("scheme {} is not on the list", url.scheme()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("a URL with credentials is never called".to_owned());
        }
        let port = url.port_or_known_default().unwrap_or_default();
        if !self.ports.iter().any(|range| range.contains(&port)) {
            return Err(format!("port {port} is not on the list"));
        }
        let host = url.host_str().unwrap_or_default();
        let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        match literal {
            Ok(address) if !self.address(address) => Err(outside(address)),
            _ => Ok(url),
        }
    }
}

/// The address a packet would go to: out of IPv4-mapped, IPv4-compatible, NAT64 and 6to4 clothes.
fn meant(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address.to_canonical() else { return address.to_canonical() };
    let [a, b, c, d, e, f, g, h] = v6.segments();
    let v4 = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)).into();
    match [a, b, c, d, e, f] {
        [0x64, 0xff9b, 0, 0, 0, 0] => v4(g, h),
        [0, 0, 0, 0, 0, 0] if (g, h) != (0, 0) && (g, h) != (0, 1) => v4(g, h),
        [0x2002, high, low, ..] => v4(high, low),
        _ => v6.into(),
    }
}

/// No node lives there, whatever a list says: unspecified, multicast, broadcast, link-local, Teredo,
/// and the addresses at which clouds hand out a machine's credentials.
fn never(address: IpAddr) -> bool {
    const METADATA_V4: [Ipv4Addr; 3] = [
        Ipv4Addr::new(100, 100, 100, 200),
        Ipv4Addr::new(168, 63, 129, 16),
        Ipv4Addr::new(192, 0, 0, 192),
    ];
    const METADATA_V6: [Ipv6Addr; 2] = [
        Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),
        Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254),
    ];
    match address {
        IpAddr::V4(v4) => {
            v4.octets()[0] == 0
                || v4.is_multicast()
                || v4.is_broadcast()
                || v4.is_link_local()
                || METADATA_V4.contains(&v4)
        }
        IpAddr::V6(v6) => {
            let [first, second, ..] = v6.segments();
            v6.is_unspecified()
                || v6.is_multicast()
                || v6.is_unicast_link_local()
                || (first, second) == (0x2001, 0)
                || METADATA_V6.contains(&v6)
        }
    }
}

/// A URL as it may be shown: a name and a password in it are not told.
#[must_use]
pub fn shown(text: &str) -> String {
    match Url::parse(text) {
        Ok(url) if url.username().is_empty() && url.password().is_none() => text.to_owned(),
        Ok(mut url) => {
            // Fails only for URLs that cannot have credentials, which were told above.
            let gone = url.set_username("").and_then(|()| url.set_password(None));
            gone.map_or_else(|()| "a URL with credentials".to_owned(), |()| url.to_string())
        }
        Err(_) if text.contains('@') => "a text with @ that is not a URL".to_owned(),
        Err(_) => text.to_owned(),
    }
}

fn invalid(list: &'static str, item: &str, expected: &'static str) -> InvalidAdmission {
    InvalidAdmission { list, item: item.to_owned(), expected }
}

fn outside(address: IpAddr) -> String {
    format!("address {address} is in no admitted network")
}

/// Raised by [`Resolver`] when a name leads only outside; found again in the transport's error.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Outside(pub(crate) String);

/// Looks names up one address at a time.
pub(crate) type Lookup = Arc<
    dyn Fn(String) -> futures::future::BoxFuture<'static, std::io::Result<Vec<SocketAddr>>>
        + Send
        + Sync,
>;

/// Resolves names to admitted addresses only; the connector connects to nothing else.
pub(crate) struct Resolver {
    admission: Arc<Admission>,
    lookup: Lookup,
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resolver").field("admission", &self.admission).finish_non_exhaustive()
    }
}

impl Resolver {
    /// The operating system's resolver behind the lists.
    pub(crate) fn system(admission: Arc<Admission>) -> Self {
        let lookup: Lookup = Arc::new(|name| {
            Box::pin(async move { Ok(tokio::net::lookup_host((name, 0)).await?.collect()) })
        });
        Self { admission, lookup }
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let admission = Arc::clone(&self.admission);
        let found = (self.lookup)(name.as_str().to_owned());
        Box::pin(async move {
            let all = found.await?;
            let (inside, out): (Vec<_>, Vec<_>) =
                all.into_iter().partition(|a| admission.address(a.ip()));
            match (inside.is_empty(), out.first()) {
                (true, Some(first)) => Err(Outside(outside(first.ip())).into()),
                _ => Ok(Box::new(inside.into_iter()) as Addrs),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_admit_loopback_and_private_and_nothing_else() {
        let admission = Admission::default();
        for good in ["http://127.0.0.1:9", "https://10.1.2.3", "http://[::1]:1", "http://node-a:80"]
        {
            assert!(admission.url(good).is_ok(), "{good}");
        }
        for bad in [
            "ftp://10.0.0.1",
            "http://169.254.169.254/latest",
            "http://8.8.8.8",
            "http://[::ffff:8.8.8.8]",
            "http://0x8080808",
            "http://user:pw@10.0.0.1",
            "10.0.0.1",
            "file:///etc/passwd",
        ] {
            assert!(admission.url(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_bad_item_of_a_list_is_named() {
        let error = Admission::parse(&["http"], &["0-5"], &["10.0.0.0/8"]).unwrap_err();
        assert_eq!((error.list, error.item.as_str()), ("ports", "0-5"));
        assert!(Admission::parse(&["gopher"], &[], &[]).is_err());
        let narrow = Admission::parse(&["https"], &["8443-8444"], &["10.0.0.0/8"]).unwrap();
        assert!(narrow.url("https://10.0.0.1:8444").is_ok());
        assert!(narrow.url("https://10.0.0.1").is_err());
    }

    #[tokio::test]
    async fn a_name_that_leads_outside_is_refused_and_a_mixed_one_keeps_its_inside_addresses() {
        let lookup: Lookup = Arc::new(|name| {
            let addresses = match name.as_str() {
                "mixed" => vec!["8.8.8.8:0".parse().unwrap(), "10.0.0.7:0".parse().unwrap()],
                _ => vec!["169.254.169.254:0".parse().unwrap()],
            };
            Box::pin(async move { Ok(addresses) })
        });
        let resolver = Resolver { admission: Arc::new(Admission::default()), lookup };
        let kept: Vec<_> = resolver.resolve("mixed".parse().unwrap()).await.unwrap().collect();
        assert_eq!(kept, ["10.0.0.7:0".parse().unwrap()]);
        let error = resolver.resolve("evil".parse().unwrap()).await.err().unwrap();
        assert!(error.downcast_ref::<Outside>().is_some());
    }
}
