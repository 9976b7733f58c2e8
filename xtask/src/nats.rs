//! Starting a private nats-server from `deploy/nats/nats.conf.tmpl` and asking it what it obeys.
//! It must not touch streams: `control-log provision` does.
//! Next: `tools/nats_server.rs` for which server, `dev/` and `test/` for who starts one.

use std::fs::File;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

const TEMPLATE: &str = include_str!("../../deploy/nats/nats.conf.tmpl");

/// What the template needs to know.
pub(crate) struct Settings<'a> {
    pub(crate) name: &'a str,
    pub(crate) port: u16,
    pub(crate) monitor_port: u16,
    pub(crate) store: &'a Path,
}

/// The server's configuration file.
pub(crate) fn config(settings: &Settings<'_>) -> Result<String> {
    let values = [
        ("name", settings.name.to_owned()),
        ("port", settings.port.to_string()),
        ("monitor_port", settings.monitor_port.to_string()),
        ("store_dir", settings.store.display().to_string()),
        ("max_file_store", "20GB".to_owned()),
    ];
    let mut text = TEMPLATE.to_owned();
    for (key, value) in values {
        text = text.replace(&format!("{{{{{key}}}}}"), &value);
    }
    match text.find("{{") {
        Some(at) => bail!("the NATS template has an unknown placeholder: {}", &text[at..at + 20]),
        None => Ok(text),
    }
}

/// A port nobody listens on at this moment.
pub(crate) fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// What the running server says of itself, once it is well: refuses one that does not sync.
pub(crate) fn verify(monitor_port: u16) -> Result<()> {
    let health = crate::http::get(monitor_port, "/healthz")?;
    if health.status != 200 {
        bail!("nats-server is not healthy: {}", health.body.trim());
    }
    let told = crate::http::get(monitor_port, "/jsz")?;
    let told: serde_json::Value =
        serde_json::from_str(&told.body).context("/jsz did not answer JSON")?;
    if told["config"]["sync_always"] != true {
        bail!(
            "this nats-server does not obey `sync_interval: always`, so an acknowledged append \
             could be lost: use 2.10.23 or newer"
        );
    }
    Ok(())
}

/// A server of one's own, gone (with its data) when dropped.
pub(crate) struct Private {
    child: Child,
    folder: tempfile::TempDir,
    port: u16,
}

impl Private {
    /// Starts the given program on free ports with an empty store and waits until it is ready.
    pub(crate) fn start(program: &Path) -> Result<Self> {
        // A free port can be taken between asking and listening; another try gets another one.
        let mut last = None;
        for _ in 0..5 {
            match Self::start_once(program) {
                Ok(server) => return Ok(server),
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(|| anyhow::anyhow!("nats-server did not start")))
    }

    fn start_once(program: &Path) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("control-nats-").tempdir()?;
        let (port, monitor_port) = (free_port()?, free_port()?);
        let store = folder.path().join("store");
        let settings = Settings { name: "private", port, monitor_port, store: &store };
        let file = folder.path().join("nats.conf");
        std::fs::write(&file, config(&settings)?)?;
        let log = folder.path().join("nats.log");
        let child = Command::new(program)
            .arg("--config")
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(File::create(&log)?)
            .stderr(File::options().append(true).open(&log)?)
            .spawn()
            .with_context(|| format!("{} could not be started", program.display()))?;
        let mut server = Self { child, folder, port };
        server.wait_ready(monitor_port)?;
        Ok(server)
    }

    fn wait_ready(&mut self, monitor_port: u16) -> Result<()> {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            let error = match verify(monitor_port) {
                Ok(()) => return Ok(()),
                Err(error) => error,
            };
            let ended = self.child.try_wait()?;
            if ended.is_some() || Instant::now() > deadline {
                let log = std::fs::read_to_string(self.log()).unwrap_or_default();
                return Err(error.context(format!("nats-server is not ready; it said:\n{log}")));
            }
            std::thread::sleep(Duration::from_millis(30));
        }
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("nats.log")
    }

    /// Where clients reach it.
    pub(crate) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        // Its data goes with it, so there is nothing to end gracefully for.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_renders_without_a_placeholder_left() {
        let store = Path::new("/var/lib/nats");
        let settings = Settings { name: "dev", port: 4222, monitor_port: 8222, store };
        let text = config(&settings).unwrap();
        assert!(text.contains("listen: \"127.0.0.1:4222\""), "{text}");
        assert!(text.contains("store_dir: \"/var/lib/nats\""), "{text}");
        assert!(text.contains("sync_interval: always"), "{text}");
    }

    #[test]
    fn a_server_that_is_not_there_is_not_verified() {
        let port = free_port().unwrap();
        assert!(verify(port).is_err());
    }
}
