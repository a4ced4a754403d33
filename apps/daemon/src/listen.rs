//! The daemon's sockets: opened where nobody else serves, given by systemd, removed at the end.

use crate::access;
use crate::activation::Given;
use crate::cli::Directories;
use crate::config::Sockets;
use crate::lock::{Lock, Wait};
use rustix::fs::Mode;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A socket that clients come in by.
#[derive(Debug)]
pub(crate) struct Listener {
    pub(crate) socket: tokio::net::UnixListener,
    pub(crate) read_only: bool,
    /// What is to be removed at the end: nothing of a socket that was given.
    path: Option<PathBuf>,
}

impl Listener {
    /// The socket's own file; none of a socket that was given.
    pub(crate) fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            let _ = std::fs::remove_file(path);
        }
    }
}

/// All sockets, and what keeps others from taking their places.
#[derive(Debug)]
pub(crate) struct Listeners {
    pub(crate) all: Vec<Arc<Listener>>,
    lock: Option<Lock>,
}

impl Listeners {
    /// The sockets that were given; those of the configuration if none was.
    ///
    /// # Errors
    ///
    /// For a person: the directory cannot be used, or another daemon serves there.
    pub(crate) fn open(
        config: &Sockets,
        directories: &Directories,
        wait: Wait,
        given: Vec<Given>,
    ) -> Result<Self, String> {
        if !given.is_empty() {
            let all =
                given.into_iter().map(|given| from_given(given).map(Arc::new)).collect::<Result<_, _>>()?;
            return Ok(Self { all, lock: None });
        }
        let directory = &directories.sockets;
        directories.make(directory)?;
        // Two daemons that start at once must not both find a socket stale.
        let lock = Lock::take(&directory.join("omnivirtd.lock"), wait)?.ok_or_else(|| {
            format!("another omnivirtd serves in {}: choose another directory", directory.display())
        })?;
        let group = match config.group.as_str() {
            "" => None,
            name => Some(access::group(name).map_err(|error| format!("sockets.group: {error}"))?),
        };
        let wanted =
            [(&config.name, config.mode, false), (&config.read_only_name, config.read_only_mode, true)];
        let mut all = Vec::new();
        for (name, mode, read_only) in wanted {
            let Some(name) = name.as_str() else { continue };
            let path = directory.join(name);
            let socket = bind(&path, mode.bits(), group)
                .map_err(|error| format!("cannot open the socket {}: {error}", path.display()))?;
            all.push(Arc::new(Listener { socket, read_only, path: Some(path) }));
        }
        if all.is_empty() {
            return Err(
                "there is no socket to serve: give one of sockets.name and sockets.read_only_name".into()
            );
        }
        Ok(Self { all, lock: Some(lock) })
    }
}

impl Listeners {
    /// Removes the sockets. As long as what is given back is there, no other daemon takes their places.
    pub(crate) fn close(self) -> Option<Lock> {
        self.lock
    }
}

fn from_given(Given { listener, name }: Given) -> Result<Listener, String> {
    // libvirt's units call theirs libvirtd.socket and libvirtd-ro.socket.
    let name = name.strip_suffix(".socket").unwrap_or(&name);
    let read_only = name.ends_with("-ro") || name.ends_with("read-only");
    let socket = listener
        .set_nonblocking(true)
        .and_then(|()| tokio::net::UnixListener::from_std(listener))
        .map_err(|error| format!("cannot use the socket {name} that systemd gave: {error}"))?;
    Ok(Listener { socket, read_only, path: None })
}

fn bind(path: &Path, mode: u32, group: Option<u32>) -> std::io::Result<tokio::net::UnixListener> {
    remove_stale(path)?;
    // Nobody can connect before the permissions are those that were asked for.
    let former = rustix::process::umask(Mode::from_raw_mode(0o777));
    let bound = UnixListener::bind(path);
    rustix::process::umask(former);
    let listener = bound?;
    std::os::unix::fs::chown(path, None, group)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))?;
    // As many may wait as the system lets wait.
    rustix::net::listen(&listener, 4_096)?;
    listener.set_nonblocking(true)?;
    tokio::net::UnixListener::from_std(listener)
}

/// Removes a socket that nobody serves any more; one that somebody serves, and anything else, stays.
fn remove_stale(path: &Path) -> std::io::Result<()> {
    let metadata = match std::fs::symlink_metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    if !metadata.file_type().is_socket() {
        return Err(std::io::Error::other("something that is no socket has that name: move it away"));
    }
    match UnixStream::connect(path) {
        Ok(_) => {
            Err(std::io::Error::other("another daemon serves it: end that one, or choose another directory"))
        }
        Err(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => std::fs::remove_file(path),
        Err(error) => Err(error),
    }
}
