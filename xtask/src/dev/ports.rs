//! Which ports the system listens on, and a clear word when one is taken.
//! It must not hold a port; between the check and the start another program may take it, and
//! then the service itself says so. Next: `services.rs`.

use std::net::{Ipv4Addr, TcpListener};

use anyhow::{Result, bail};

/// How many nodes the fleet simulator has: two Gateways and two of each other kind, one port each.
const NODES: u16 = 8;

/// One port for each listener, all on loopback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ports {
    pub(crate) api: u16,
    pub(crate) saga: [u16; 2],
    pub(crate) projector: u16,
    pub(crate) nats: u16,
    pub(crate) nats_monitor: u16,
    /// The fleet simulator's own.
    pub(crate) fleet: u16,
    /// The first of its nodes' ports; without it the simulator takes free ones and keeps them.
    pub(crate) nodes: Option<u16>,
}

impl Ports {
    /// The documented ones.
    pub(crate) fn usual() -> Self {
        Self {
            api: 8080,
            saga: [8081, 8083],
            projector: 8082,
            nats: 4222,
            nats_monitor: 8222,
            fleet: 8090,
            nodes: Some(8091),
        }
    }

    /// A block that starts at `base`.
    pub(crate) fn from_base(base: u16) -> Result<Self> {
        let highest = u16::MAX - 10 - NODES;
        if !(1024..=highest).contains(&base) {
            bail!("--port-base {base} leaves no room; use 1024 to {highest}");
        }
        Ok(Self {
            api: base,
            saga: [base + 1, base + 3],
            projector: base + 2,
            nats: base + 4,
            nats_monitor: base + 5,
            fleet: base + 9,
            nodes: Some(base + 10),
        })
    }

    /// Ports nobody listens on now, all different.
    pub(crate) fn free() -> Result<Self> {
        // Held together, so that no port is given twice.
        let held: Vec<TcpListener> = (0..7)
            .map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))
            .collect::<std::io::Result<_>>()?;
        let ports: Vec<u16> = held
            .iter()
            .map(|listener| Ok(listener.local_addr()?.port()))
            .collect::<std::io::Result<_>>()?;
        Ok(Self {
            api: ports[0],
            saga: [ports[1], ports[2]],
            projector: ports[3],
            nats: ports[4],
            nats_monitor: ports[5],
            fleet: ports[6],
            nodes: None,
        })
    }

    /// Every port with the name of who will listen on it.
    fn named(&self) -> Vec<(u16, &'static str)> {
        let mut named = vec![
            (self.fleet, "fleet-sim"),
            (self.api, "command-api"),
            (self.saga[0], "job-saga-1"),
            (self.saga[1], "job-saga-2"),
            (self.projector, "projector"),
            (self.nats, "nats-server"),
            (self.nats_monitor, "nats-server's monitoring"),
        ];
        let nodes = self.nodes.into_iter().flat_map(|first| first..first + NODES);
        named.extend(nodes.map(|port| (port, "a node of fleet-sim")));
        named
    }

    /// Refuses a taken port in one sentence with the way out.
    pub(crate) fn check_free(&self) -> Result<()> {
        for (port, who) in self.named() {
            if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_err() {
                bail!(
                    "port {port}, meant for {who}, is taken by another program: stop that \
                     program, or choose other ports with `--port-base 18000` or `--ports auto`"
                );
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_listeners_share_a_port() {
        for ports in [Ports::usual(), Ports::from_base(18000).unwrap(), Ports::free().unwrap()] {
            let mut all: Vec<u16> = ports.named().into_iter().map(|(port, _)| port).collect();
            let count = all.len();
            all.sort_unstable();
            all.dedup();
            assert_eq!(all.len(), count, "{ports:?}");
        }
    }

    #[test]
    fn a_taken_port_is_named_with_the_way_out() {
        let holder = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let mut ports = Ports::free().unwrap();
        ports.projector = holder.local_addr().unwrap().port();
        let error = ports.check_free().unwrap_err().to_string();
        assert!(error.contains("projector") && error.contains("--ports auto"), "{error}");
        assert!(error.contains(&ports.projector.to_string()), "{error}");
    }

    #[test]
    fn a_base_outside_the_range_is_refused() {
        assert!(Ports::from_base(80).is_err());
        assert!(Ports::from_base(65_530).is_err());
    }
}
