//! A daemon of a test's own: its sockets in a folder of its own, ended by its process id.

use std::io;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// A running `omnivirtd`.
#[derive(Debug)]
pub(crate) struct Daemon {
    process: Child,
    folder: TempDir,
}

impl Daemon {
    /// Starts it and waits until it says that it is ready. Connections are let in as long as the system lets them.
    pub(crate) fn start(arguments: &[&str]) -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        let ready = UnixDatagram::bind(folder.path().join("ready"))?;
        let process = Command::new(env!("CARGO_BIN_EXE_omnivirtd"))
            .arg("--socket-dir")
            .arg(folder.path())
            .arg("--state-dir")
            .arg(folder.path())
            .args(arguments)
            .env("NOTIFY_SOCKET", folder.path().join("ready"))
            .stdout(Stdio::null())
            .spawn()?;
        let mut daemon = Self { process, folder };
        ready.set_read_timeout(Some(std::time::Duration::from_secs(30)))?;
        let mut said = [0; 256];
        while !said.windows(7).any(|said| said == b"READY=1") {
            ready.recv(&mut said)?;
            if let Some(status) = daemon.process.try_wait()? {
                return Err(io::Error::other(format!("it has ended ({status})")));
            }
        }
        Ok(daemon)
    }

    /// The socket for all calls.
    pub(crate) fn socket(&self) -> PathBuf {
        self.folder.path().join("libvirt-sock")
    }

    /// The URI of its test driver's default host, with these parameters.
    pub(crate) fn uri(&self, parameters: &str) -> String {
        let socket = self.socket();
        let separator = if parameters.is_empty() { "" } else { "&" };
        format!("test+unix:///default?{parameters}{separator}socket={}", socket.display())
    }

    #[allow(dead_code, reason = "not every test that has a daemon needs it")]
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It may have ended already, which is what is wanted.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
