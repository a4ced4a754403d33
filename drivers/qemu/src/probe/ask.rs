//! A QEMU that runs no machine and only answers.

use crate::process::{Bounds, Credentials, Launch, Process, spawn};
use crate::qmp::{Greeting, Listener, Monitor, MonitorEvent};
use omnivirt_core::{Error, ErrorKind, Result};
use rustix::fd::OwnedFd;
use rustix::fs::MemfdFlags;
use rustix::process::Signal;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Duration;
use tokio::net::UnixStream;

/// How much of what a program says goes into an error.
const SAID_BYTES: usize = 2048;

/// What runs guests' CPUs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Accelerator {
    Tcg,
    Kvm,
}

impl Accelerator {
    /// As QEMU calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Tcg => "tcg",
            Self::Kvm => "kvm",
        }
    }
}

/// A program that is ready to be asked.
pub(super) struct Asked {
    pub(super) monitor: Monitor,
    pub(super) greeting: Greeting,
}

/// Starts a program, asks it and ends it. Given up half-way, the program ends too.
///
/// # Errors
///
/// `System` if it cannot be started, `HypervisorError` with what the program said, `Timeout`.
pub(super) async fn ask<T>(
    program: &Path,
    accelerator: Accelerator,
    credentials: Option<Credentials>,
    deadline: Duration,
    questions: impl AsyncFnOnce(&Asked) -> Result<T>,
) -> Result<T> {
    let (running, stream, said) = start(program, accelerator, credentials).await?;
    let answered = tokio::time::timeout(deadline, async {
        let (monitor, greeting) = Monitor::negotiate(stream, Unheard).await?;
        questions(&Asked { monitor, greeting }).await
    })
    .await;
    drop(running);
    let name = program.display();
    match answered {
        Ok(Ok(answers)) => Ok(answers),
        Ok(Err(error)) => {
            let said = read(&said);
            let reason = if said.is_empty() { error.message() } else { said.as_str() };
            let message = format!("the program '{name}' does not say what it can do: {reason}");
            Err(Error::new(ErrorKind::HypervisorError, message).with_source(error))
        }
        Err(_) => {
            let message = format!("the program '{name}' has not said in {deadline:?} what it can do");
            Err(Error::new(ErrorKind::Timeout, message)
                .with_hint("start it by hand with -M none -S to see where it hangs"))
        }
    }
}

/// A program that ends when nobody asks it any more.
struct Running(Option<Process>);

impl Drop for Running {
    fn drop(&mut self) {
        let Some(process) = self.0.take() else { return };
        if let Err(error) = process.signal(Signal::KILL) {
            tracing::warn!(%error, "a QEMU that was asked what it can do runs on");
        }
        // Whoever asks need not wait until the kernel has taken it apart.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { process.ended().await });
        }
    }
}

async fn start(
    program: &Path,
    accelerator: Accelerator,
    credentials: Option<Credentials>,
) -> Result<(Running, UnixStream, OwnedFd)> {
    let failed = |error: std::io::Error| {
        Error::new(ErrorKind::System, format!("cannot ask a QEMU program: {error}")).with_source(error)
    };
    let (near, far) = std::os::unix::net::UnixStream::pair().map_err(failed)?;
    near.set_nonblocking(true).map_err(failed)?;
    let near = UnixStream::from_std(near).map_err(failed)?;
    let said = rustix::fs::memfd_create("omnivirt-probe", MemfdFlags::CLOEXEC)
        .map_err(|error| failed(error.into()))?;
    let output = said.try_clone().map_err(failed)?;
    let program = program.to_string_lossy().into_owned();
    // Made on that thread: nobody may wait for it any more.
    let running = crate::blocking(move || {
        let process = spawn(Launch {
            program: &program,
            arguments: &arguments(accelerator).map(str::to_owned),
            environment: &environment(),
            directory: Path::new("/"),
            files: vec![far.into()],
            output,
            credentials,
            bounds: Bounds::default(),
        })?;
        Ok(Running(Some(process)))
    })
    .await?;
    Ok((running, near, said))
}

fn arguments(accelerator: Accelerator) -> [&'static str; 13] {
    [
        "-S",
        "-no-user-config",
        "-nodefaults",
        "-display",
        "none",
        "-machine",
        "none",
        "-accel",
        accelerator.name(),
        "-chardev",
        "socket,id=monitor,fd=3",
        "-mon",
        "chardev=monitor,mode=control",
    ]
}

/// A program is asked in no language but its own, and with no sound.
fn environment() -> Vec<(String, String)> {
    let path = std::env::var("PATH").unwrap_or_else(|_| super::search::USUAL_PATH.to_owned());
    [("LC_ALL", "C"), ("PATH", path.as_str()), ("QEMU_AUDIO_DRV", "none")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
}

/// The end of what a program said, in one line.
fn read(said: &OwnedFd) -> String {
    let Ok(said) = said.try_clone().map(std::fs::File::from) else { return String::new() };
    let length = said.metadata().map_or(0, |metadata| metadata.len());
    let mut bytes = vec![0; SAID_BYTES];
    let from = length.saturating_sub(SAID_BYTES as u64);
    let count = said.read_at(&mut bytes, from).unwrap_or(0);
    let text = String::from_utf8_lossy(&bytes[..count]);
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ")
}

/// Nothing happens where nothing runs, and whoever asks sees that the monitor is closed.
struct Unheard;

impl Listener for Unheard {
    fn event(&mut self, _: MonitorEvent) {}

    fn closed(&mut self, _: &str) {}
}
