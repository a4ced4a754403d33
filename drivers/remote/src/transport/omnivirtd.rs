//! The omnivirtd of this host: the one that serves all users, or the user's own, which is started when it is not there.

use super::{Carrier, unix};
use crate::uri::Daemon;
use omnivirt_core::daemon::PROGRAM;
use omnivirt_core::{Error, ErrorKind, Result};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::process::Command;

/// The environment variable that names the program of the user's daemon.
const PROGRAM_VARIABLE: &str = "OMNIVIRTD";

/// How much of what the program says about its failure goes into a message.
const LAST_WORDS_BYTES: usize = 1024;

pub(super) async fn connect(daemon: &Daemon) -> Result<Carrier> {
    let is_absent = |error: &io::Error| {
        matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused)
    };
    match unix::reach(&daemon.socket).await {
        Ok(carrier) => Ok(carrier),
        Err(error) if daemon.is_session && is_absent(&error) => {
            start(daemon).await?;
            unix::connect(&daemon.socket).await
        }
        Err(error) if is_absent(&error) => {
            let hint = format!(
                "no omnivirtd serves this host: start it (systemctl enable --now omnivirtd.socket){}",
                libvirtd(daemon)
            );
            Err(unix::unreachable(&daemon.socket, error).with_hint(hint))
        }
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied && !daemon.is_session => {
            let hint = "the daemon's socket is not open to this user: see sockets.mode and sockets.group in its configuration, or use the user's own daemon at qemu:///session";
            Err(unix::unreachable(&daemon.socket, error).with_hint(hint))
        }
        Err(error) => Err(unix::unreachable(&daemon.socket, error)),
    }
}

/// What to say of a libvirtd that is there instead. It is not used unasked: what it has is not what an omnivirtd has.
fn libvirtd(daemon: &Daemon) -> String {
    let (sockets, uri) = &daemon.libvirt;
    match sockets.iter().find(|socket| Path::exists(socket)) {
        Some(socket) => {
            format!("; a libvirtd's socket is there ({}): what it has is at {uri}", socket.display())
        }
        None => String::new(),
    }
}

/// Has the user's daemon start, and waits until it serves. Whoever comes at the same time gets the same daemon.
async fn start(daemon: &Daemon) -> Result<()> {
    let program = program().ok_or_else(|| {
        let hint = format!(
            "install {PROGRAM} beside this program or into a folder of PATH, or name it with the environment variable {PROGRAM_VARIABLE}{}",
            libvirtd(daemon)
        );
        Error::new(
            ErrorKind::ConnectFailed,
            format!("the user's daemon is not there, and no {PROGRAM} was found to start"),
        )
        .with_context("socket", daemon.socket.display())
        .with_hint(hint)
    })?;
    tracing::debug!(program = %program.display(), "starting the user's daemon");
    let failed = |message: String| {
        Error::new(ErrorKind::ConnectFailed, message).with_context("program", program.display())
    };
    // It starts the daemon as a process of its own, waits until that serves, and ends.
    let starter = Command::new(&program)
        .args(["--session", "--start"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn();
    let output = match starter {
        Ok(starter) => starter.wait_with_output().await,
        Err(error) => Err(error),
    };
    let output = output.map_err(|error| {
        failed(format!("cannot run {}: {error}", program.display()))
            .with_hint(format!(
                "check the program, or name another with the environment variable {PROGRAM_VARIABLE}"
            ))
            .with_source(error)
    })?;
    if output.status.success() {
        return Ok(());
    }
    let said = &output.stderr[..output.stderr.len().min(LAST_WORDS_BYTES)];
    let said = String::from_utf8_lossy(said);
    let said = said.trim();
    let said = said.strip_prefix("omnivirtd: ").unwrap_or(said);
    let told = if said.is_empty() { output.status.to_string() } else { said.to_owned() };
    Err(failed(format!("the user's daemon did not start: {told}"))
        .with_hint(format!("try it by hand: {} --session", program.display())))
}

/// The daemon's program: the one that the environment names, else the one beside this program, else the one in `PATH`.
fn program() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os(PROGRAM_VARIABLE).filter(|named| !named.is_empty()) {
        return Some(named.into());
    }
    let beside = std::env::current_exe().ok().and_then(|own| Some(own.parent()?.to_owned()));
    let path = std::env::var_os("PATH").unwrap_or_default();
    // An empty entry of PATH is the working folder, where anything may be.
    let in_path = std::env::split_paths(&path).filter(|folder| folder.is_absolute());
    beside.into_iter().chain(in_path).map(|folder| folder.join(PROGRAM)).find(|program| is_program(program))
}

fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn daemon(folder: &Path, is_session: bool) -> Daemon {
        let libvirt = ["virtqemud-sock", "libvirt-sock"].map(|name| folder.join("libvirt").join(name));
        Daemon { socket: folder.join("socket"), is_session, libvirt: (libvirt, "qemu+unix:///system".into()) }
    }

    #[tokio::test]
    async fn a_libvirtd_is_named_where_there_is_one_and_no_omnivirtd() {
        let folder = tempfile::tempdir().unwrap();
        let daemon = daemon(folder.path(), false);
        let hint = |error: Error| error.hint().unwrap_or_default().to_owned();
        let told = hint(connect(&daemon).await.unwrap_err());
        assert_eq!(told, "no omnivirtd serves this host: start it (systemctl enable --now omnivirtd.socket)");
        std::fs::create_dir(folder.path().join("libvirt")).unwrap();
        let _libvirtd = std::os::unix::net::UnixListener::bind(&daemon.libvirt.0[1]).unwrap();
        let told = hint(connect(&daemon).await.unwrap_err());
        assert!(told.ends_with("libvirt-sock): what it has is at qemu+unix:///system"), "{told}");
    }

    #[tokio::test]
    async fn one_that_listens_is_used() {
        let folder = tempfile::tempdir().unwrap();
        for is_session in [true, false] {
            let daemon = daemon(folder.path(), is_session);
            let _listener = std::os::unix::net::UnixListener::bind(&daemon.socket).unwrap();
            connect(&daemon).await.unwrap();
            std::fs::remove_file(&daemon.socket).unwrap();
        }
    }
}
