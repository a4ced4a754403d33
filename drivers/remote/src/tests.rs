//! The engine, by itself: a daemon that is scripted says what a real one cannot be made to say.

mod calls;
mod daemon;
mod figures;
mod listening;
mod losing;
mod streams;

use crate::client::Client;
use crate::link::Listener;
use crate::opening;
use crate::uri::Target;
use daemon::Daemon;
use omnivirt_core::{CallCx, CallSettings, ConnectOptions, Connection, Registry, Result};
use omnivirt_wire::packet::Header;
use std::sync::Arc;

/// Hears nothing.
struct Deaf;

impl Listener for Deaf {
    fn message(&self, _: &Header, _: &[u8]) {}
}

async fn open(uri: &str) -> Result<Client> {
    let target = Target::of(&uri.parse().unwrap(), false)?;
    Ok(Client::new(opening::open(&target, false, Arc::new(Deaf), &|_| ()).await?))
}

/// A client of a scripted daemon, and the daemon's end.
async fn client_of(daemon: &Daemon) -> (Client, daemon::Peer) {
    let uri = daemon.uri("");
    let (client, peer) = tokio::join!(open(&uri), daemon.greet());
    (client.unwrap(), peer)
}

/// The same through the front door, with more parameters in the URI.
async fn connection_to(daemon: &Daemon, parameters: &str) -> (Connection, daemon::Peer) {
    let registry = Registry::of([crate::ENTRY]);
    let uri = daemon.uri(parameters);
    let (connection, peer) = tokio::join!(registry.open(&uri, ConnectOptions::default()), daemon.greet());
    (connection.unwrap(), peer)
}

fn cx() -> CallCx {
    CallCx::new(omnivirt_core::calls::ALL[0], "remote", Arc::new(CallSettings::default()))
}
