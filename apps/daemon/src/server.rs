//! The daemon: opens its sockets, takes clients in, ends when it is told to.

use crate::access::Access;
use crate::activation::{self, Given};
use crate::cli::Directories;
use crate::client;
use crate::clients::Clients;
use crate::config::Config;
use crate::hosts::Hosts;
use crate::idle;
use crate::listen::{Listener, Listeners};
use crate::lock::{Lock, Wait};
use crate::peer::Peer;
use crate::qemu::Qemu;
use crate::starter;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// How long no client is taken in after the system refused to give one, as when there are no descriptors left.
const PAUSE_AFTER_REFUSAL: Duration = Duration::from_millis(100);

/// How a daemon begins and ends by itself.
#[derive(Debug)]
pub(crate) struct Life {
    /// After how long with nothing to do it ends.
    pub(crate) idle: Option<Duration>,
    /// A client's process has started it and waits for word.
    pub(crate) was_started: bool,
}

/// What all clients share.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) config: Config,
    pub(crate) access: Access,
    pub(crate) hosts: Arc<Hosts>,
    pub(crate) clients: Arc<Clients>,
    numbers: AtomicU64,
    /// Becomes true when clients have to end.
    ending: watch::Sender<bool>,
}

impl Server {
    /// Resolves when clients have to end.
    pub(crate) fn ending(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut ending = self.ending.subscribe();
        async move {
            let _ = ending.wait_for(|ends| *ends).await;
        }
    }
}

/// Serves until the daemon is told to end.
///
/// # Errors
///
/// For a person: why it cannot serve.
pub(crate) async fn run(
    config: Config,
    access: Access,
    qemu: Qemu,
    directories: &Directories,
    life: Life,
    given: Vec<Given>,
) -> Result<(), String> {
    let failed = |error| format!("cannot wait for signals: {error}");
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    raise_descriptor_limit();
    directories.make(&directories.state)?;
    // One that was started on demand may take the place of one that is ending.
    let wait = if life.was_started { Wait::UntilFree } else { Wait::No };
    let listeners = Listeners::open(&config.sockets, directories, wait, given)?;
    let _state = Lock::take(&directories.state.join("state.lock"), wait)?.ok_or_else(|| {
        format!(
            "another omnivirtd keeps its files in {}: choose another directory",
            directories.state.display()
        )
    })?;
    let server = Arc::new(Server {
        hosts: Arc::new(Hosts::new(config.timeouts.call.seconds(), qemu)),
        config,
        access,
        clients: Arc::default(),
        numbers: AtomicU64::new(1),
        ending: watch::Sender::new(false),
    });
    let mut accepting = tokio::task::JoinSet::new();
    for listener in &listeners.all {
        accepting.spawn(accept(server.clone(), listener.clone()));
    }
    tracing::info!(sockets = %directories.sockets.display(), version = env!("CARGO_PKG_VERSION"), "serving");
    server.hosts.qemu().log_user();
    activation::tell("READY=1");
    if life.was_started {
        starter::say_ready();
    }
    let looked_after = {
        let server = server.clone();
        tokio::spawn(async move { server.hosts.open_at_start().await })
    };
    let withdrawn = tokio::select! {
        _ = terminate.recv() => None,
        _ = interrupt.recv() => None,
        withdrawn = idle::end(&server, life.idle, &listeners.all, &directories.sockets) => Some(withdrawn),
    };
    looked_after.abort();
    tracing::info!(clients = server.clients.count(), "ending");
    activation::tell("STOPPING=1");
    accepting.shutdown().await;
    let _lock = listeners.close();
    server.ending.send_replace(true);
    server.hosts.let_go();
    let limit = server.config.timeouts.shutdown.seconds();
    if tokio::time::timeout(limit, server.hosts.all_gone(&server.clients)).await.is_err() {
        tracing::warn!(clients = server.clients.count(), "not all ended in the time that was given");
    }
    tracing::info!("ended");
    // Kept until the process has ended: only then can another begin.
    std::mem::forget(withdrawn);
    Ok(())
}

/// Each client takes a descriptor, and the usual limit on them is lower than that on clients.
fn raise_descriptor_limit() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::warn!(%error, "the limit on open files could not be raised");
    }
}

async fn accept(server: Arc<Server>, listener: Arc<Listener>) {
    loop {
        server.clients.wait_for_room(server.config.limits.max_anonymous_clients.count()).await;
        let socket = match listener.socket.accept().await {
            Ok((socket, _)) => socket,
            Err(error) => {
                tracing::warn!(%error, "no client can be taken in");
                tokio::time::sleep(PAUSE_AFTER_REFUSAL).await;
                continue;
            }
        };
        let peer = Peer::of(&socket);
        let socket = socket.into_std();
        let (Ok(peer), Ok(socket)) = (peer, socket) else { continue };
        let number = server.numbers.fetch_add(1, Ordering::Relaxed);
        let Some(place) = server.clients.take_in(number, server.config.limits.max_clients.count()) else {
            tracing::warn!(
                user = peer.user_id,
                process = peer.process_id,
                "a client too many was turned away"
            );
            continue;
        };
        tokio::spawn(client::serve(server.clone(), socket, peer, number, place, listener.read_only));
    }
}
