//! The engine, by itself: a daemon that is scripted says what a real one cannot be made to say.

mod live;

use crate::client::Client;
use crate::link::Listener;
use crate::opening;
use crate::uri::Target;
use omnivirt_core::{CallCx, CallSettings, Result};
use omnivirt_wire::packet::Header;
use std::sync::Arc;

/// Hears nothing.
struct Deaf;

impl Listener for Deaf {
    fn message(&self, _: &Header, _: &[u8]) {}
}

async fn open(uri: &str) -> Result<Client> {
    let target = Target::of(&uri.parse().unwrap(), false)?;
    Ok(Client::new(opening::open(&target, false, Arc::new(Deaf)).await?))
}

fn cx() -> CallCx {
    CallCx::new(&omnivirt_core::calls::ALL[0], "remote", Arc::new(CallSettings::default()))
}
