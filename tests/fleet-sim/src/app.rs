//! Puts a fleet together and runs it: state directory, seed, nodes, checker, traffic, its API.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, bail};
use fleet::contract::NodeKind;
use rand::{Rng, distr::Alphanumeric};
use serde::{Deserialize, Serialize};
use streams::{
    clock::Clock,
    ids::{IdSource, NodeId, TenantId},
};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::{
    calls::Calls,
    checker::Checker,
    config::RunArgs,
    durable,
    fault::Params,
    gateway::{
        documents::Documents,
        iam::{Iam, IamSettings},
        journal::Journal,
    },
    node::runner::read_ledger,
    seed::Seed,
    sim_api::{self, Sim},
    slot::Slot,
    substrate::Substrate,
    topology::{self, NodeSpec},
    traffic::Traffic,
    world::{World, http_client},
};

/// What a person or a script is told when everything is up.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Ready {
    /// Always true.
    pub ready: bool,
    /// The simulator's own API.
    pub sim: String,
    /// Base URLs of the Gateways.
    pub gateways: Vec<String>,
    /// Every node.
    pub nodes: Vec<ReadyNode>,
    /// Who can sign in.
    pub users_file: PathBuf,
    /// Bearer token of the nodes' admin side.
    pub node_token_file: PathBuf,
    /// `iss` of the access tokens.
    pub issuer: String,
}

/// One node in [`Ready`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReadyNode {
    /// The node.
    pub node_id: NodeId,
    /// What it is.
    pub kind: NodeKind,
    /// Where it listens, for admin and data alike.
    pub url: String,
}

/// Identity of the fleet and its addresses, in the state directory.
#[derive(Debug, Default, Serialize, Deserialize)]
struct FleetFile {
    fleet_id: String,
    addresses: BTreeMap<NodeId, SocketAddr>,
}

/// A running fleet.
#[derive(Debug)]
pub struct App {
    /// Where it is.
    pub ready: Ready,
    /// Its inside, for tests in the same process.
    pub sim: Arc<Sim>,
    stop: CancellationToken,
    supervisors: Vec<JoinHandle<()>>,
}

/// Time and ids of a fleet, and which build it is.
#[derive(Debug, Clone)]
pub struct Sources {
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Arc<dyn IdSource>,
    /// Commit of the program.
    pub git_sha: &'static str,
}

impl App {
    /// Starts a fleet.
    ///
    /// # Errors
    /// One sentence about what is in the way: a taken port, a foreign state directory, a bucket.
    pub async fn start(
        args: &RunArgs,
        substrate: Substrate,
        sources: Sources,
    ) -> anyhow::Result<Self> {
        let dir = &args.state_dir;
        std::fs::create_dir_all(dir).with_context(|| format!("cannot make {}", dir.display()))?;
        let sim_socket = listen(args.listen, "the simulator's API", "--listen").await?;
        let Place { file, nodes, sockets, remembers } = place(args, &sources).await?;
        let tenants = topology::tenants(usize::from(args.tenants));
        let seed = Seed {
            kv: &substrate.kv,
            nodes: &nodes,
            tenants: &tenants,
            fleet_id: &file.fleet_id,
            remembers,
            now: sources.clock.now(),
        };
        seed.sow().await?;
        let world = Arc::new(world(args, &substrate, &sources, &tenants)?);
        load_effects(&world, &nodes)?;
        world.checker.load_history(&substrate.kv, &tenants).await?;

        let stop = CancellationToken::new();
        let slots: BTreeMap<_, _> =
            nodes.iter().map(|n| (n.node_id.clone(), Arc::new(Slot::new(n.clone())))).collect();
        for broken in &args.break_rules {
            let slot = slots.get(&broken.node_id);
            let slot = slot.with_context(|| format!("there is no node {}", broken.node_id))?;
            slot.faults.set(broken.rule, Params::default());
        }
        let supervisors = nodes.iter().zip(sockets).map(|(node, socket)| {
            let slot = slots[&node.node_id].clone();
            tokio::spawn(slot.supervise(world.clone(), socket, stop.clone()))
        });
        let supervisors = supervisors.collect();
        let ready = ready(args, sim_socket.local_addr()?, &nodes);
        let rps = watch::Sender::new(args.rps);
        let traffic = Traffic {
            world: world.clone(),
            gateways: ready.gateways.clone(),
            tenants,
            rps: rps.subscribe(),
        };
        let sim = Arc::new(Sim { world, slots, rps });
        let app = Self { ready, sim, stop, supervisors };
        app.wait_until_up().await?;
        app.run_side(sim_socket, traffic);
        Ok(app)
    }

    /// Checker, traffic and the simulator's API.
    fn run_side(&self, socket: TcpListener, traffic: Traffic) {
        let World { checker, log, kv, http, .. } = &*self.sim.world;
        self.side(checker.clone().follow_placement(kv.clone()));
        self.side(checker.clone().follow_log(log.clone()));
        self.side(checker.clone().patrol(log.clone(), http.clone()));
        self.side(traffic.run());
        let router = sim_api::router(self.sim.clone());
        self.side(async move {
            if let Err(error) = axum::serve(socket, router).await {
                tracing::error!(%error, "the simulator's API serves no more");
            }
        });
    }

    fn side(&self, task: impl Future<Output = ()> + Send + 'static) {
        let stop = self.stop.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = task => {}
            }
        });
    }

    /// Until every node has loaded its placement and read the end of the log.
    async fn wait_until_up(&self) -> anyhow::Result<()> {
        for slot in self.sim.slots.values() {
            let up = async {
                loop {
                    if let Some(life) = slot.life() {
                        let loaded = life.routing.borrow().is_some();
                        if loaded && (life.kind().is_none() || life.lock().feeding) {
                            return;
                        }
                    }
                    streams::clock::pause(Duration::from_millis(10)).await;
                }
            };
            if tokio::time::timeout(Duration::from_secs(30), up).await.is_err() {
                bail!("{} did not come up within 30 s; see the log", slot.spec.node_id);
            }
        }
        Ok(())
    }

    /// Stops every node as a service manager does: positions are made durable.
    pub async fn stop(self) {
        self.stop.cancel();
        for supervisor in self.supervisors {
            let _ = supervisor.await;
        }
    }
}

async fn listen(addr: SocketAddr, what: &str, flag: &str) -> anyhow::Result<TcpListener> {
    let socket = TcpListener::bind(addr).await;
    socket.with_context(|| format!("{what} cannot listen on {addr}; choose another with {flag}"))
}

/// Where a fleet lives.
struct Place {
    file: FleetFile,
    nodes: Vec<NodeSpec>,
    /// One a node.
    sockets: Vec<TcpListener>,
    /// Nodes have been here before.
    remembers: bool,
}

/// Identity and addresses, as remembered or new; every node's port is taken before anybody is told.
async fn place(args: &RunArgs, sources: &Sources) -> anyhow::Result<Place> {
    let dir = &args.state_dir;
    let path = dir.join("fleet.json");
    let mut file: FleetFile = durable::read(&path)?.unwrap_or_default();
    if file.fleet_id.is_empty() {
        file.fleet_id = format!("fleet-{}", sources.ids.uuid().simple());
    }
    let (nodes, held) = topology::nodes(args.nodes_ip(), args.ports(), &file.addresses)?;
    let mut sockets = Vec::with_capacity(nodes.len());
    for socket in held {
        socket.set_nonblocking(true)?;
        sockets.push(TcpListener::from_std(socket)?);
    }
    for node in nodes.iter().skip(sockets.len()) {
        let hint = "--port-base, or --ports auto";
        sockets.push(listen(node.addr, &format!("node {}", node.node_id), hint).await?);
    }
    file.addresses = nodes.iter().map(|n| (n.node_id.clone(), n.addr)).collect();
    durable::write(&path, &file, true)?;
    Ok(Place { file, nodes, sockets, remembers: dir.join("nodes").exists() })
}

fn world(
    args: &RunArgs,
    substrate: &Substrate,
    sources: &Sources,
    tenants: &[TenantId],
) -> anyhow::Result<World> {
    let dir = &args.state_dir;
    let settings = IamSettings {
        issuer: args.token_issuer.clone(),
        token_ttl_s: args.token_ttl_s,
        fixed_passwords: args.fixed_passwords,
        shared_secret: args.shared_secret()?,
    };
    Ok(World {
        state_dir: dir.clone(),
        buffer: Duration::from_millis(args.buffer_ms),
        git_sha: sources.git_sha,
        log: substrate.log.clone(),
        kv: substrate.kv.clone(),
        clock: sources.clock.clone(),
        ids: sources.ids.clone(),
        http: http_client()?,
        node_token: node_token(dir)?,
        checker: Arc::new(Checker::open(dir, sources.clock.clone())?),
        calls: Calls::default(),
        iam: Iam::open(dir, settings, sources.clock.clone(), tenants)?,
        changes: Journal::open(dir)?,
        documents: Documents::open(dir, sources.clock.clone(), tenants)?,
    })
}

/// The service token of the nodes' admin side: one line in `node-token`.
fn node_token(dir: &Path) -> anyhow::Result<String> {
    let path = dir.join("node-token");
    if let Ok(token) = std::fs::read_to_string(&path) {
        return Ok(token.trim().to_owned());
    }
    let token: String = rand::rng().sample_iter(Alphanumeric).take(43).map(char::from).collect();
    durable::write_bytes(&path, format!("{token}\n").as_bytes(), true)?;
    Ok(token)
}

/// Tells the checker which effects earlier lives of the program have run.
fn load_effects(world: &World, nodes: &[NodeSpec]) -> anyhow::Result<()> {
    for node in nodes.iter().filter(|n| n.kind == NodeKind::Runner) {
        let folder = world.state_dir.join("nodes").join(node.node_id.as_str());
        if folder.exists() {
            for effect in read_ledger(&folder)?.1 {
                world.checker.effect_known(&node.node_id, &effect.tenant_id, effect.seq);
            }
        }
    }
    Ok(())
}

fn ready(args: &RunArgs, sim: SocketAddr, nodes: &[NodeSpec]) -> Ready {
    let gateways = nodes.iter().filter(|n| n.kind == NodeKind::Gateway);
    let shown = |n: &NodeSpec| ReadyNode { node_id: n.node_id.clone(), kind: n.kind, url: n.url() };
    let absolute = |name: &str| {
        let path = args.state_dir.join(name);
        std::path::absolute(&path).unwrap_or(path)
    };
    Ready {
        ready: true,
        sim: format!("http://{sim}"),
        gateways: gateways.map(NodeSpec::url).collect(),
        nodes: nodes.iter().map(shown).collect(),
        users_file: absolute("users.json"),
        node_token_file: absolute("node-token"),
        issuer: args.token_issuer.clone(),
    }
}
