//! Which programs have images, and what each image says of its program.
//! It must hold data only. Next: `archive.rs`, which writes it into the image's configuration.

use anyhow::{Context, Result};

/// One program as an image.
#[derive(Debug)]
pub(crate) struct Service {
    /// Of the package, the program and the image alike.
    pub(crate) name: &'static str,
    /// One sentence for people who look at the image.
    pub(crate) about: &'static str,
    /// Variables that a container needs to differ from a shell.
    pub(crate) env: &'static [&'static str],
    /// Where it listens, if it does.
    pub(crate) port: Option<u16>,
    /// The one folder that it writes to: it belongs to the user and is a volume.
    pub(crate) state: Option<&'static str>,
    /// It runs until it is stopped, so that `healthcheck` says something about it.
    pub(crate) stays: bool,
    /// The console is compiled into it.
    pub(crate) embeds_ui: bool,
}

/// A container's loopback is nobody's, and its log is read by a program.
const LOGS: &str = "CONTROL_LOG_FORMAT=json";

/// Every program that is deployed, and the two that a trial needs besides.
pub(crate) const SERVICES: [Service; 5] = [
    Service {
        name: "command-api",
        about: "The operators' API of the control plane, with the console",
        env: &["CONTROL_API_LISTEN=0.0.0.0:8080", LOGS],
        port: Some(8080),
        state: None,
        stays: true,
        embeds_ui: true,
    },
    Service {
        name: "job-saga",
        about: "Decides and drives every job of the control plane",
        env: &["CONTROL_SAGA_LISTEN=0.0.0.0:8081", LOGS],
        port: Some(8081),
        state: None,
        stays: true,
        embeds_ui: false,
    },
    Service {
        name: "projector",
        about: "Folds the logs of the control plane into what people see",
        env: &["CONTROL_PROJECTOR_LISTEN=0.0.0.0:8082", LOGS],
        port: Some(8082),
        state: None,
        stays: true,
        embeds_ui: false,
    },
    Service {
        name: "control-log",
        about: "The operators' tool for the control plane's log; provisions its streams",
        env: &[],
        port: None,
        state: None,
        stays: false,
        embeds_ui: false,
    },
    Service {
        name: "fleet-sim",
        about: "A simulated fleet to try the control plane on",
        env: &["FLEET_SIM_STATE_DIR=/var/lib/fleet", LOGS],
        port: None,
        state: Some("/var/lib/fleet"),
        stays: true,
        embeds_ui: false,
    },
];

/// The names, as the command line takes them.
pub(crate) fn names() -> [&'static str; SERVICES.len()] {
    SERVICES.each_ref().map(|service| service.name)
}

/// The service of this name.
pub(crate) fn named(name: &str) -> Result<&'static Service> {
    let found = SERVICES.iter().find(|service| service.name == name);
    found.with_context(|| format!("there is no image of `{name}`, only of {}", names().join(", ")))
}

impl Service {
    /// Where the program lies in its image.
    pub(crate) fn program(&self) -> String {
        format!("/usr/local/bin/{}", self.name)
    }
}
