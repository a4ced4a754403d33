//! A daemon of our own, in a folder of its own.

use crate::Result;
use crate::program::{self, not_started};
use rustix::process::{Pid, Signal, kill_process};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long a daemon may take until it can be connected to.
const READY: Duration = Duration::from_secs(60);

/// A daemon that runs. Dropped, it is stopped and its folder removed.
#[derive(Debug)]
pub struct Daemon {
    child: Child,
    socket: PathBuf,
    folder: TempDir,
    ends_at: Signal,
    /// The name of its program.
    program: &'static str,
}

impl Daemon {
    /// Starts a program whose socket is `socket` in `folder`, and waits until it can be connected to. What it says goes
    /// to the file `output` there. The signal `ends_at` is what it ends at, and
    /// `program` the name of the process that is the daemon, which may be a child of what is started.
    ///
    /// # Errors
    ///
    /// It cannot be started, ended by itself, or takes too long.
    pub fn start(
        mut command: Command,
        folder: TempDir,
        socket: &str,
        ends_at: Signal,
        program: &'static str,
    ) -> Result<Self> {
        let output = folder.path().join("output");
        let open = || std::fs::File::options().create(true).append(true).open(&output);
        let (out, err) =
            (open().map_err(|error| error.to_string())?, open().map_err(|error| error.to_string())?);
        command.stdin(Stdio::null()).stdout(out).stderr(err);
        let child = command.spawn().map_err(|error| not_started(&command, &error))?;
        let socket = folder.path().join(socket);
        let mut daemon = Self { child, socket, folder, ends_at, program };
        daemon.wait_until_ready().map_err(|error| format!("{command:?} {error}: {}", daemon.output()))?;
        Ok(daemon)
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        let end = Instant::now() + READY;
        while UnixStream::connect(&self.socket).is_err() {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(format!("ended ({status})"));
            }
            if Instant::now() > end {
                return Err(format!("does not listen after {} s", READY.as_secs()));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// Its socket for all calls.
    #[must_use]
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// Its own folder, for whatever belongs to it.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The pid of what was started. Of libvirtd it is that of the program around it.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The URI under which C clients and ours reach a driver in it, such as `test` and `/default`.
    #[must_use]
    pub fn uri(&self, driver: &str, path: &str) -> String {
        format!("{driver}+unix://{path}?socket={}", self.socket.display())
    }

    /// What it wrote so far.
    #[must_use]
    pub fn output(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("output")).unwrap_or_default()
    }

    /// Whether it still runs.
    pub fn runs(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// The pid of the daemon's own process: what was started, or the program of that name that it started in turn.
    fn server_pid(&self) -> u32 {
        let name = |pid: u32| std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
        let mut processes = vec![self.child.id()];
        while let Some(pid) = processes.pop() {
            if name(pid).trim() == self.program {
                return pid;
            }
            let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
            processes.extend(
                children.unwrap_or_default().split_whitespace().filter_map(|pid| pid.parse::<u32>().ok()),
            );
        }
        self.child.id()
    }

    /// The memory that it has resident, in bytes.
    ///
    /// # Errors
    ///
    /// It does not run any more.
    pub fn resident_bytes(&self) -> Result<u64> {
        self.status_bytes("VmRSS:")
    }

    /// The most memory that it has had resident since [`Self::forget_peak`], in bytes.
    ///
    /// # Errors
    ///
    /// It does not run any more.
    pub fn peak_resident_bytes(&self) -> Result<u64> {
        self.status_bytes("VmHWM:")
    }

    /// Lets the peak of its memory be what it has now.
    ///
    /// # Errors
    ///
    /// It does not run any more.
    pub fn forget_peak(&self) -> Result<()> {
        std::fs::write(self.proc_path("clear_refs"), "5").map_err(|error| error.to_string())
    }

    fn status_bytes(&self, key: &str) -> Result<u64> {
        let path = self.proc_path("status");
        let status =
            std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let line = status.lines().find_map(|line| line.strip_prefix(key));
        let kib =
            line.and_then(|line| line.trim().strip_suffix(" kB")).and_then(|kib| kib.parse::<u64>().ok());
        Ok(kib.ok_or_else(|| format!("{}: no {key}", path.display()))? * 1024)
    }

    /// How many files it has open.
    ///
    /// # Errors
    ///
    /// It does not run any more.
    pub fn open_files(&self) -> Result<usize> {
        Ok(std::fs::read_dir(self.proc_path("fd")).map_err(|error| error.to_string())?.count())
    }

    fn proc_path(&self, file: &str) -> PathBuf {
        Path::new("/proc").join(self.server_pid().to_string()).join(file)
    }

    /// Asks it to end, as a service manager does, and waits for that.
    ///
    /// # Errors
    ///
    /// It did not end, or not well.
    pub fn stop(mut self) -> Result<()> {
        let status = self.end()?;
        if status.success() {
            Ok(())
        } else {
            Err(format!("the daemon ended with {status}: {}", self.output()))
        }
    }

    fn end(&mut self) -> Result<std::process::ExitStatus> {
        if let (Ok(None), Some(pid)) = (self.child.try_wait(), pid(&self.child)) {
            kill_process(pid, self.ends_at).map_err(|error| error.to_string())?;
        }
        program::wait(&mut self.child, Duration::from_secs(20))
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // A test that failed has said more than this could.
        let _ = self.end();
    }
}

/// The pid of a program that was started.
pub fn pid(child: &Child) -> Option<Pid> {
    i32::try_from(child.id()).ok().and_then(Pid::from_raw)
}
