//! A private server that a case may kill, freeze, roll back and start again on the same port.
//!
//! The program is named by `gated::NATS_SERVER_BIN`; what is stored lies in a folder of its own and
//! goes with it. A mistake of the case, or a server that does not come up, panics: it is a test.
#![allow(clippy::missing_panics_doc)]

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use streams::{
    clock::pause,
    jetstream::{Jetstream, Options},
};
use tempfile::TempDir;

/// Nothing in these suites may take longer.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A running (or killed) server of one's own.
#[derive(Debug)]
pub struct Server {
    program: String,
    folder: TempDir,
    port: u16,
    extra: String,
    child: Option<Child>,
}

impl Server {
    /// Starts it on a free port, with an fsync for every write.
    pub async fn start(program: &str) -> Self {
        Self::start_with(program, "").await
    }

    /// With further lines of configuration.
    pub async fn start_with(program: &str, extra: &str) -> Self {
        let mut server = Self {
            program: program.to_owned(),
            folder: tempfile::tempdir().expect("a private server of a test"),
            port: free_port(),
            extra: extra.to_owned(),
            child: None,
        };
        server.run().await;
        server
    }

    /// Its port; the same after a restart.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    fn store(&self) -> PathBuf {
        self.folder.path().join("store")
    }

    /// Starts it (again) and waits until it answers.
    pub async fn run(&mut self) {
        let config = self.folder.path().join("nats.conf");
        let text = format!(
            "listen: 127.0.0.1:{}\njetstream {{ store_dir: {:?}, sync_interval: always }}\n{}\n",
            self.port,
            self.store(),
            self.extra
        );
        std::fs::write(&config, text).expect("a private server of a test");
        let child = Command::new(&self.program)
            .arg("-c")
            .arg(&config)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a private server of a test");
        self.child = Some(child);
        let up = async {
            while tokio::net::TcpStream::connect(("127.0.0.1", self.port)).await.is_err() {
                pause(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, up).await.expect("the private server starts");
    }

    /// A connection of one's own.
    pub async fn connect(&self, name: &str) -> Jetstream {
        Jetstream::connect(&Options::new(&self.url(), name))
            .await
            .expect("a private server of a test")
    }

    fn signal(&self, signal: Signal) {
        let id = self.child.as_ref().expect("a private server of a test").id();
        kill(Pid::from_raw(id.try_into().expect("a private server of a test")), signal)
            .expect("a private server of a test");
    }

    /// SIGKILL.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("a private server of a test");
            child.wait().expect("a private server of a test");
        }
    }

    /// SIGSTOP: answers nothing, keeps its connections.
    pub fn freeze(&self) {
        self.signal(Signal::SIGSTOP);
    }

    /// SIGCONT.
    pub fn thaw(&self) {
        self.signal(Signal::SIGCONT);
    }

    /// A copy of what is stored; the server must not run.
    #[must_use]
    pub fn backup(&self) -> TempDir {
        assert!(self.child.is_none(), "kill it first");
        let copy = tempfile::tempdir().expect("a private server of a test");
        copy_folder(&self.store(), copy.path());
        copy
    }

    /// Puts a copy back in place of what is stored.
    pub fn restore(&self, copy: &Path) {
        assert!(self.child.is_none(), "kill it first");
        std::fs::remove_dir_all(self.store()).expect("a private server of a test");
        copy_folder(copy, &self.store());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            // It may be frozen or gone already; nothing more can be done about it here.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A port that is free now.
#[must_use]
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .expect("a private server of a test")
        .local_addr()
        .expect("a private server of a test")
        .port()
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a private server of a test");
    for entry in std::fs::read_dir(from).expect("a private server of a test") {
        let entry = entry.expect("a private server of a test");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a private server of a test").is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a private server of a test");
        }
    }
}
