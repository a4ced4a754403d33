//! The end of a daemon that nobody needs: no client, no running domain.

use crate::listen::Listener;
use crate::lock::{Lock, Wait};
use crate::server::Server;
use crate::starter;
use rustix::event::{PollFd, PollFlags};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// What the file of a socket is called while it is not to be found.
const HIDDEN: &str = ".ending";

/// The sockets are out of the way, and nobody starts another daemon in the meantime.
#[derive(Debug)]
pub(crate) struct Withdrawn {
    _turn: Lock,
}

/// Waits until the daemon has had nothing to do for so long, and withdraws its sockets. Without a limit it waits for ever.
pub(crate) async fn end(
    server: &Server,
    limit: Option<Duration>,
    listeners: &[Arc<Listener>],
    directory: &Path,
) -> Withdrawn {
    let Some(limit) = limit else { return std::future::pending().await };
    loop {
        server.clients.none_for(limit).await;
        if server.hosts.have_running_domains().await {
            continue;
        }
        match withdraw(server, listeners, directory) {
            Ok(Some(withdrawn)) => {
                tracing::info!(seconds = limit.as_secs(), "there was nothing to do");
                return withdrawn;
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(error, "the daemon cannot end although it has nothing to do"),
        }
    }
}

/// Takes the sockets away from those who come now; none if somebody has come already, or is just having a daemon started.
fn withdraw(
    server: &Server,
    listeners: &[Arc<Listener>],
    directory: &Path,
) -> Result<Option<Withdrawn>, String> {
    let Some(turn) = Lock::take(&starter::turn(directory), Wait::No)? else { return Ok(None) };
    let mut hidden = Hidden::default();
    for path in listeners.iter().filter_map(|listener| listener.path()) {
        hidden.hide(path)?;
    }
    // Nobody finds the way in any more: whoever is not here now does not come.
    if server.clients.count() > 0 || somebody_waits(listeners)? {
        return Ok(None);
    }
    hidden.remove();
    Ok(Some(Withdrawn { _turn: turn }))
}

fn somebody_waits(listeners: &[Arc<Listener>]) -> Result<bool, String> {
    let mut watched: Vec<_> =
        listeners.iter().map(|listener| PollFd::new(&**listener, PollFlags::IN)).collect();
    let ready = rustix::event::poll(&mut watched, Some(&rustix::event::Timespec { tv_sec: 0, tv_nsec: 0 }));
    ready.map(|ready| ready > 0).map_err(|error| format!("cannot look at the sockets: {error}"))
}

/// Files of sockets that have another name for the moment. They get theirs back unless they are removed.
#[derive(Debug, Default)]
struct Hidden(Vec<(PathBuf, PathBuf)>);

impl Hidden {
    fn hide(&mut self, path: &Path) -> Result<(), String> {
        let mut aside = path.as_os_str().to_owned();
        aside.push(HIDDEN);
        let aside = PathBuf::from(aside);
        std::fs::rename(path, &aside).map_err(|error| format!("cannot move {}: {error}", path.display()))?;
        self.0.push((path.to_owned(), aside));
        Ok(())
    }

    fn remove(mut self) {
        for (path, aside) in std::mem::take(&mut self.0) {
            if let Err(error) = std::fs::remove_file(&aside) {
                tracing::warn!(%error, socket = %path.display(), "a socket is left behind");
            }
        }
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        for (path, aside) in &self.0 {
            if let Err(error) = std::fs::rename(aside, path) {
                tracing::error!(%error, socket = %path.display(), "a socket cannot be found any more");
            }
        }
    }
}
