//! systemd's two protocols: sockets that it opened for the daemon, and word of when the daemon is ready.

use std::os::fd::{FromRawFd, OwnedFd};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram, UnixListener};

/// The first descriptor that systemd gives.
const FIRST: i32 = 3;

/// A socket that is given, and its name there.
#[derive(Debug)]
pub(crate) struct Given {
    pub(crate) listener: UnixListener,
    pub(crate) name: String,
}

/// The sockets that systemd gives to this process.
///
/// # Errors
///
/// For a person: something else than a listening socket was given.
pub(crate) fn sockets() -> Result<Vec<Given>, String> {
    let is_meant = std::env::var("LISTEN_PID").is_ok_and(|pid| pid == std::process::id().to_string());
    if !is_meant {
        return Ok(Vec::new());
    }
    let count: i32 = std::env::var("LISTEN_FDS").ok().and_then(|count| count.parse().ok()).unwrap_or(0);
    let names = std::env::var("LISTEN_FDNAMES").unwrap_or_default();
    let mut names = names.split(':');
    (FIRST..FIRST.saturating_add(count.clamp(0, 16)))
        .map(|descriptor| {
            let name = names.next().unwrap_or_default().to_owned();
            listener(descriptor).map(|listener| Given { listener, name }).map_err(|error| {
                format!("descriptor {descriptor} from systemd is no listening socket: {error}")
            })
        })
        .collect()
}

fn listener(descriptor: i32) -> std::io::Result<UnixListener> {
    // SAFETY: systemd's protocol says, with LISTEN_PID, that these descriptors are open and are this process's; it is called
    // once, before anything else could have taken them.
    #[allow(unsafe_code, reason = "that is how descriptors are handed to a process")]
    let owned = unsafe { OwnedFd::from_raw_fd(descriptor) };
    rustix::io::fcntl_setfd(&owned, rustix::io::FdFlags::CLOEXEC)?;
    if !rustix::net::sockopt::socket_acceptconn(&owned)? {
        return Err(std::io::ErrorKind::InvalidInput.into());
    }
    Ok(owned.into())
}

/// Tells systemd how the daemon stands, if it wants to know.
pub(crate) fn tell(state: &str) {
    let Ok(path) = std::env::var("NOTIFY_SOCKET") else { return };
    let told = UnixDatagram::unbound().and_then(|socket| {
        let address = match path.strip_prefix('@') {
            Some(name) => SocketAddr::from_abstract_name(name)?,
            None => SocketAddr::from_pathname(&path)?,
        };
        socket.send_to_addr(state.as_bytes(), &address)
    });
    if let Err(error) = told {
        tracing::warn!(%error, "systemd could not be told");
    }
}
