//! A private server that a case may kill, freeze, roll back and start again on the same port.

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
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A running (or killed) server of one's own.
#[derive(Debug)]
pub(crate) struct Server {
    program: String,
    folder: TempDir,
    port: u16,
    extra: String,
    child: Option<Child>,
}

impl Server {
    pub(crate) async fn start(program: &str) -> Self {
        Self::start_with(program, "").await
    }

    /// With further lines of configuration.
    pub(crate) async fn start_with(program: &str, extra: &str) -> Self {
        let mut server = Self {
            program: program.to_owned(),
            folder: tempfile::tempdir().unwrap(),
            port: free_port(),
            extra: extra.to_owned(),
            child: None,
        };
        server.run().await;
        server
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    fn store(&self) -> PathBuf {
        self.folder.path().join("store")
    }

    /// Starts it (again) and waits until it answers.
    pub(crate) async fn run(&mut self) {
        let config = self.folder.path().join("nats.conf");
        let text = format!(
            "listen: 127.0.0.1:{}\njetstream {{ store_dir: {:?}, sync_interval: always }}\n{}\n",
            self.port,
            self.store(),
            self.extra
        );
        std::fs::write(&config, text).unwrap();
        let child = Command::new(&self.program)
            .arg("-c")
            .arg(&config)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        self.child = Some(child);
        let up = async {
            while tokio::net::TcpStream::connect(("127.0.0.1", self.port)).await.is_err() {
                pause(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, up).await.expect("the private server starts");
    }

    pub(crate) async fn connect(&self, name: &str) -> Jetstream {
        Jetstream::connect(&Options::new(&self.url(), name)).await.unwrap()
    }

    fn signal(&self, signal: Signal) {
        let id = self.child.as_ref().unwrap().id();
        kill(Pid::from_raw(id.try_into().unwrap()), signal).unwrap();
    }

    /// SIGKILL.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// SIGSTOP: answers nothing, keeps its connections.
    pub(crate) fn freeze(&self) {
        self.signal(Signal::SIGSTOP);
    }

    /// SIGCONT.
    pub(crate) fn thaw(&self) {
        self.signal(Signal::SIGCONT);
    }

    /// A copy of what is stored; the server must not run.
    pub(crate) fn backup(&self) -> TempDir {
        assert!(self.child.is_none(), "kill it first");
        let copy = tempfile::tempdir().unwrap();
        copy_folder(&self.store(), copy.path());
        copy
    }

    /// Puts a copy back in place of what is stored.
    pub(crate) fn restore(&self, copy: &Path) {
        assert!(self.child.is_none(), "kill it first");
        std::fs::remove_dir_all(self.store()).unwrap();
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

pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
