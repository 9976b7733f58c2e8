//! `cargo xtask dev`: the whole system on this machine, from nothing, stopped by Ctrl-C.
//! It must not decide anything the services decide; it only starts, watches and stops them.
//! Next: `dev/services.rs` for what runs, `dev/supervisor.rs` for how it is watched.

mod env_file;
mod open;
mod ports;
mod process;
mod ready;
mod screen;
mod script;
mod services;
mod state;
mod supervisor;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::sh::{cargo, run, say};
use env_file::Facts;
use ports::Ports;
use services::{Fleet, Site, Spec};
use state::State;
use supervisor::Supervisor;

/// How long the processes of one step get to become ready.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where and how the system runs.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Use ports from this one on instead of the usual ones (8080, 4222, …)
    #[arg(long, value_name = "PORT", conflicts_with = "ports")]
    port_base: Option<u16>,
    /// `auto` takes whatever ports are free
    #[arg(long, value_name = "HOW", value_parser = ["default", "auto"], default_value = "default")]
    ports: String,
    /// Keep the state (NATS store, logs) here; it survives a restart
    #[arg(long, value_name = "FOLDER")]
    state_dir: Option<PathBuf>,
    /// Once everything is ready, write its addresses, sign-ins and processes here as JSON
    #[arg(long, value_name = "FILE")]
    env_file: Option<PathBuf>,
    /// Do not open a browser
    #[arg(long)]
    no_open: bool,
    /// Run the optimised build
    #[arg(long)]
    release: bool,
    /// Tenants of the simulated fleet
    #[arg(long, value_name = "COUNT")]
    tenants: Option<u32>,
    /// Requests per second of the simulated traffic
    #[arg(long, value_name = "RATE")]
    rps: Option<u32>,
}

impl Options {
    fn profile(&self) -> &'static str {
        if self.release { "release" } else { "debug" }
    }

    fn choose_ports(&self) -> Result<Ports> {
        match (self.ports.as_str(), self.port_base) {
            ("auto", _) => Ports::free(),
            (_, Some(base)) => Ports::from_base(base),
            _ => Ok(Ports::usual()),
        }
    }
}

/// Builds, starts, waits until everything is ready, watches until Ctrl-C, stops everything.
pub(crate) fn dev(options: &Options) -> Result<()> {
    let begin = Instant::now();
    let state = State::open(options.state_dir.as_deref())?;
    // After the leftovers of an earlier run are gone, so that their ports are free again.
    let ports = options.choose_ports()?;
    ports.check_free()?;
    let nats_server = crate::tools::nats_server::current()?;
    crate::ui::bundle()?;
    build_binaries(options)?;

    // From here on a signal means: stop every child, then end.
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    let site = Site { ports, folder: state.folder().to_path_buf(), profile: options.profile() };
    let supervisor = Supervisor::new(state);
    let mut system = System { site, supervisor, signals: &mut signals };
    let outcome = system.start(options, &nats_server).and_then(|started| {
        let Some(facts) = started else { return Ok(()) };
        system.supervisor.announce(options.env_file.as_deref(), &facts)?;
        screen::ready(&facts, &system.supervisor, begin.elapsed());
        if !options.no_open {
            open::browser(&facts.ui);
        }
        system.supervisor.watch(system.signals, &facts)
    });
    say("stopping");
    let stopped = system.supervisor.stop_all();
    outcome.and(stopped)
}

/// A system that is being started.
struct System<'a> {
    site: Site,
    supervisor: Supervisor,
    signals: &'a mut Signals,
}

impl System<'_> {
    /// Starts everything, each once what it needs is ready; none when a signal came first.
    fn start(&mut self, options: &Options, nats_server: &Path) -> Result<Option<Facts>> {
        let site = self.site.clone();
        let nats = site.nats(nats_server, &site.write_nats_config()?);
        if !self.bring_up(&[nats])? {
            return Ok(None);
        }
        run(&mut site.provision()).context("the log could not be provisioned")?;
        let fleet_log = self.supervisor.state().log("fleet-sim");
        if !self.bring_up(&[site.fleet(fleet_log.clone(), options)])? {
            return Ok(None);
        }
        let said =
            ready::said(&fleet_log).context("the fleet simulator did not say where it is")?;
        let fleet: Fleet = serde_json::from_value(said)
            .context("the fleet simulator's ready line is not what it was")?;
        let facts = Facts::gather(&site, &fleet)?;
        let rest =
            [site.projector(), site.saga(&fleet, 0), site.saga(&fleet, 1), site.api(&fleet)?];
        Ok(self.bring_up(&rest)?.then_some(facts))
    }

    /// Starts some processes together and waits until each is ready; false when a signal came.
    fn bring_up(&mut self, specs: &[Spec]) -> Result<bool> {
        for spec in specs {
            self.supervisor.start(spec)?;
        }
        let deadline = Instant::now() + PATIENCE;
        for spec in specs {
            while !ready::is_ready(&spec.ready) {
                if self.signals.pending().next().is_some() {
                    return Ok(false);
                }
                self.supervisor.demand_alive(&spec.name)?;
                if Instant::now() > deadline {
                    return Err(self.supervisor.not_ready(&spec.name));
                }
                std::thread::sleep(Duration::from_millis(40));
            }
            say(format!("{} is ready", spec.name));
        }
        Ok(true)
    }
}

/// One cargo call for every program, so that the progress is one.
fn build_binaries(options: &Options) -> Result<()> {
    say("building the services");
    let mut build = cargo();
    build.args(["build", "--locked"]);
    if options.release {
        build.arg("--release");
    }
    for (package, bin) in services::BINARIES {
        build.args(["--package", package, "--bin", bin]);
    }
    run(&mut build)
}
