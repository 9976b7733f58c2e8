//! The file scripts and tests read to find a running system; its shape is in the API's sheet.
//! It must be written whole or not at all. Next: `services.rs`, where the facts come from.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::services::{Fleet, Site};

/// Where everything is and who may sign in.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Facts {
    pub(crate) ui: String,
    pub(crate) api: String,
    pub(crate) gateway: String,
    pub(crate) nats: String,
    /// The NATS server's monitoring endpoint.
    pub(crate) nats_monitor: String,
    pub(crate) fleet: String,
    /// The state folder: logs, the fleet's files, the NATS store.
    pub(crate) state: PathBuf,
    pub(crate) users: Vec<User>,
}

/// One seeded sign-in of the fleet simulator.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct User {
    pub(crate) username: String,
    pub(crate) password: String,
    pub(crate) role: String,
}

/// One running process; a pid of 0 says that it does not run now.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Process {
    pub(crate) name: String,
    pub(crate) pid: i32,
    /// A shell command that starts it again after it ended.
    pub(crate) restart: String,
}

#[derive(Serialize)]
struct Whole<'a> {
    #[serde(flatten)]
    facts: &'a Facts,
    processes: &'a [Process],
}

impl Facts {
    /// What the running fleet simulator and the chosen ports say.
    pub(crate) fn gather(site: &Site, fleet: &Fleet) -> Result<Self> {
        Ok(Self {
            ui: site.api_url(),
            api: site.api_url(),
            gateway: fleet.gateway()?.to_owned(),
            nats: site.nats_url(),
            nats_monitor: format!("http://127.0.0.1:{}", site.ports.nats_monitor),
            fleet: fleet.sim.clone(),
            state: site.folder.clone(),
            users: fleet.users()?,
        })
    }

    /// Writes the file through a neighbour, so that a reader never sees half of it.
    pub(crate) fn write(&self, file: &Path, processes: &[Process]) -> Result<()> {
        let whole = Whole { facts: self, processes };
        let text = serde_json::to_string_pretty(&whole)? + "\n";
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder)?;
        let fresh = tempfile::NamedTempFile::new_in(folder)?;
        std::fs::write(fresh.path(), text)?;
        fresh.persist(file).with_context(|| format!("cannot write {}", file.display()))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_has_exactly_the_promised_fields() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("env.json");
        let text = |text: &str| text.to_owned();
        let user = User { username: text("a"), password: text("b"), role: text("administrator") };
        let facts = Facts {
            ui: text("u"),
            api: text("a"),
            gateway: text("g"),
            nats: text("n"),
            nats_monitor: text("m"),
            fleet: text("f"),
            state: PathBuf::from("s"),
            users: vec![user],
        };
        let process = Process { name: text("job-saga-1"), pid: 7, restart: text("sh x") };
        facts.write(&file, &[process]).unwrap();
        let read: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        let mut fields: Vec<&String> = read.as_object().unwrap().keys().collect();
        fields.sort();
        let promised = [
            "api",
            "fleet",
            "gateway",
            "nats",
            "nats_monitor",
            "processes",
            "state",
            "ui",
            "users",
        ];
        assert_eq!(fields, promised);
        assert_eq!(read["processes"][0]["pid"], 7);
        assert_eq!(read["users"][0]["role"], "administrator");
    }
}
