//! The seeded fleet as data: which nodes and shards there are, their addresses, the tenants.
//!
//! No I/O but the choice of free ports. Writing it to the buckets is [`crate::seed`].

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
};

use fleet::contract::NodeKind;
use serde::{Deserialize, Serialize};
use streams::ids::{NodeId, ServiceKind, ShardId, TenantId};

/// One node of the simulated fleet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeSpec {
    /// The node.
    pub node_id: NodeId,
    /// What it is.
    pub kind: NodeKind,
    /// Its shard; none for a Gateway.
    pub shard: Option<ShardId>,
    /// Where it listens, for admin and data alike.
    pub addr: SocketAddr,
}

impl NodeSpec {
    /// Base URL of the node.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }
}

/// Node id, kind and shard of every node, in the order of their ports.
const NODES: [(&str, NodeKind, Option<&str>); 8] = [
    ("gw-1", NodeKind::Gateway, None),
    ("gw-2", NodeKind::Gateway, None),
    ("agg-01a", NodeKind::Aggregate, Some("agg-01")),
    ("agg-02a", NodeKind::Aggregate, Some("agg-02")),
    ("prj-01a", NodeKind::Projection, Some("prj-01")),
    ("prj-02a", NodeKind::Projection, Some("prj-02")),
    ("run-01a", NodeKind::Runner, Some("run-01")),
    ("run-02a", NodeKind::Runner, Some("run-02")),
];

/// Which ports the nodes listen on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ports {
    /// From this one on, one a node.
    From(u16),
    /// Whatever is free; remembered in the state directory.
    Auto,
}

/// The nodes, on the given address and ports. `remembered` are the addresses of an earlier start: with
/// [`Ports::Auto`] a node keeps its own while it is free, and the sockets that hold the chosen ports
/// come along, one a node: a port that is let go may be anybody's a moment later.
///
/// # Errors
/// When no port is free, or the range leaves the port space.
pub fn nodes(
    ip: IpAddr,
    ports: Ports,
    remembered: &BTreeMap<NodeId, SocketAddr>,
) -> anyhow::Result<(Vec<NodeSpec>, Vec<std::net::TcpListener>)> {
    let mut reserved = Vec::new();
    let mut specs = Vec::new();
    for (index, (id, kind, shard)) in (0_u16..).zip(NODES) {
        let node_id: NodeId = id.parse()?;
        let addr = match ports {
            Ports::From(base) => {
                let port = base.checked_add(index);
                let port = port.ok_or_else(|| anyhow::anyhow!("--port-base {base} is too high"))?;
                SocketAddr::new(ip, port)
            }
            Ports::Auto => {
                let listener = remembered
                    .get(&node_id)
                    .filter(|addr| addr.ip() == ip)
                    .and_then(|addr| std::net::TcpListener::bind(addr).ok())
                    .map_or_else(|| std::net::TcpListener::bind((ip, 0)), Ok)?;
                let addr = listener.local_addr()?;
                reserved.push(listener);
                addr
            }
        };
        let shard = shard.map(str::parse).transpose()?;
        specs.push(NodeSpec { node_id, kind, shard, addr });
    }
    Ok((specs, reserved))
}

/// Start of the shard names of a kind, as in `agg-01`.
#[must_use]
pub fn shards(nodes: &[NodeSpec], kind: ServiceKind) -> Vec<ShardId> {
    let of_kind = nodes.iter().filter(|n| n.kind == NodeKind::from(kind));
    let mut shards: Vec<_> = of_kind.filter_map(|n| n.shard.clone()).collect();
    shards.dedup();
    shards
}

const NAMES: [&str; 36] = [
    "acme",
    "globex",
    "initech",
    "umbrella",
    "hooli",
    "stark-industries",
    "wayne-enterprises",
    "wonka",
    "tyrell",
    "cyberdyne",
    "soylent",
    "massive-dynamic",
    "aperture",
    "black-mesa",
    "oscorp",
    "dunder-mifflin",
    "vandelay",
    "sterling-cooper",
    "pied-piper",
    "gringotts",
    "monsters-inc",
    "bluth",
    "prestige-worldwide",
    "nakatomi",
    "weyland-yutani",
    "virtucon",
    "rekall",
    "paper-street",
    "los-pollos",
    "entertainment-720",
    "genco",
    "mom-corp",
    "planet-express",
    "spacely",
    "cogswell",
    "slate-rock",
];

/// `count` tenants, `acme` first.
#[must_use]
pub fn tenants(count: usize) -> Vec<TenantId> {
    let name =
        |i: usize| NAMES.get(i).map_or_else(|| format!("tenant-{i:03}"), |n| (*n).to_owned());
    (0..count).filter_map(|i| name(i).parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCAL: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    #[test]
    fn there_are_two_gateways_and_two_shards_of_each_kind() {
        let (nodes, _) = nodes(LOCAL, Ports::From(18_000), &BTreeMap::new()).unwrap();
        assert_eq!(nodes.iter().filter(|n| n.kind == NodeKind::Gateway).count(), 2);
        for kind in ServiceKind::DRAIN_ORDER {
            assert_eq!(shards(&nodes, kind).len(), 2, "{kind}");
        }
        assert_eq!(nodes[7].addr.port(), 18_007);
        assert!(super::nodes(LOCAL, Ports::From(65_530), &BTreeMap::new()).is_err());
    }

    #[test]
    fn a_free_port_is_held_from_the_moment_it_is_chosen() {
        let (nodes, sockets) = nodes(LOCAL, Ports::Auto, &BTreeMap::new()).unwrap();
        assert_eq!(sockets.len(), nodes.len());
        for node in &nodes {
            assert!(std::net::TcpListener::bind(node.addr).is_err(), "{}", node.addr);
        }
    }

    #[test]
    fn every_tenant_name_is_valid_and_distinct() {
        let names: std::collections::BTreeSet<_> = tenants(60).into_iter().collect();
        assert_eq!(names.len(), 60);
    }
}
