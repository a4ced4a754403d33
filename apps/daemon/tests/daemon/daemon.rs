//! A running daemon.

use crate::client::Client;
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long anything may take before a test fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// The program.
pub(crate) fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_omnivirtd"))
}

pub(crate) struct Daemon {
    directory: TempDir,
    child: Child,
    notified: UnixDatagram,
}

impl Daemon {
    pub(crate) fn start() -> Self {
        Self::with("")
    }

    /// A daemon with this configuration; it has said that it is ready.
    pub(crate) fn with(config: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("omnivirtd.toml"), config).unwrap();
        Self::in_directory(directory)
    }

    /// The same once more, after its end.
    pub(crate) fn again(mut self) -> Self {
        let directory = std::mem::replace(&mut self.directory, tempfile::tempdir().unwrap());
        std::fs::remove_file(directory.path().join("notify")).unwrap();
        Self::in_directory(directory)
    }

    fn in_directory(directory: TempDir) -> Self {
        let path = directory.path();
        let notified = UnixDatagram::bind(path.join("notify")).unwrap();
        notified.set_read_timeout(Some(PATIENCE)).unwrap();
        let log = std::fs::File::create(path.join("log")).unwrap();
        let child = program()
            .arg("--config")
            .arg(path.join("omnivirtd.toml"))
            .arg("--socket-dir")
            .arg(path)
            .arg("--state-dir")
            .arg(path.join("state"))
            .env("NOTIFY_SOCKET", path.join("notify"))
            .stdin(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let daemon = Self { directory, child, notified };
        daemon.wait_for("READY=1");
        daemon
    }

    /// Waits until the daemon says that to its supervisor.
    pub(crate) fn wait_for(&self, word: &str) {
        let mut buffer = [0; 256];
        let length =
            self.notified.recv(&mut buffer).unwrap_or_else(|error| panic!("{error}: {}", self.log()));
        assert_eq!(std::str::from_utf8(&buffer[..length]).unwrap(), word);
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.path("log")).unwrap()
    }

    /// A client that has said nothing yet.
    pub(crate) fn client(&self) -> Client {
        Client::connect(&self.path("libvirt-sock"))
    }

    /// A client that has opened the default host.
    pub(crate) fn opened(&self) -> Client {
        let mut client = self.client();
        client.open("test:///default").unwrap();
        client
    }

    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, signal).unwrap();
    }

    /// Waits for the daemon's end.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < until, "the daemon does not end: {}", self.log());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// The memory that the daemon has, in KiB.
    pub(crate) fn memory_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    /// How many descriptors the daemon has open.
    pub(crate) fn descriptors(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.child.id())).unwrap().count()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
