//! What every domain is doing now, so that the events that follow neither miss a change nor tell one twice.
//!
//! The protocol does not number events, so a state is only trusted when nothing happened while it was taken: what
//! happened has been told by the time that a call made after it is answered.

use super::{Events, Key};
use crate::client::{Client, Feature};
use crate::values::from_wire;
use omnivirt_core::events::Contained;
use omnivirt_core::{CallCx, DomainNow, DomainRef, ErrorKind, Result};
use omnivirt_wire::remote;
use omnivirt_wire::structs;
use std::collections::HashSet;
use std::sync::Arc;

/// How often the state is taken anew, if things keep happening meanwhile.
const TRIES: usize = 8;

/// libvirt's flag for domains with a definition.
const PERSISTENT: u32 = 4;

/// The daemon's answers for domains that are gone.
const GONE: ErrorKind = ErrorKind::NotFound;

impl Events {
    /// What every domain is doing, and which events that contains.
    pub(crate) async fn domain_states(
        self: &Arc<Self>,
        client: &Client,
        cx: &CallCx,
    ) -> Result<(Vec<DomainNow>, Contained)> {
        // Whoever takes the state has registered in this process already; the daemon must tell before it is asked.
        let wanted = self.bus().wanted();
        let keys: Vec<Key> = wanted
            .into_iter()
            .filter(|(kind, _)| super::asking::can_be_asked_for(*kind))
            .map(|(kind, object)| Key { kind, object })
            .collect();
        let _pinned = self.pin(keys.clone());
        self.ask(client, &keys);
        for key in &keys {
            if let Some(error) = self.answer(client, key).await.filter(|error| error.libvirt().is_none()) {
                return Err(super::asking::refusal(key.kind, &error));
            }
        }
        let mut tries = 0;
        loop {
            tries += 1;
            let before = self.bus().last_seq();
            let states = all(client, cx).await?;
            settle(client).await?;
            let after = self.bus().last_seq();
            if before == after || tries == TRIES {
                return Ok((states, Contained::up_to(after)));
            }
        }
    }
}

/// Returns when everything that happened before has been told: a daemon tells of events before it answers calls that
/// came after them.
async fn settle(client: &Client) -> Result<()> {
    let args = remote::ConnectSupportsFeatureArgs { feature: Feature::EventCallbacks as i32 };
    match client.request::<remote::ConnectSupportsFeature>(&args, None).await {
        Ok(_) => Ok(()),
        Err(error) if error.libvirt().is_some() => Ok(()),
        Err(error) => Err(error),
    }
}

/// One by one: older daemons, and some drivers, have no call for the states of all.
async fn all(client: &Client, cx: &CallCx) -> Result<Vec<DomainNow>> {
    let every = remote::ConnectListAllDomainsArgs { need_results: 1, flags: 0 };
    let persistent = remote::ConnectListAllDomainsArgs { need_results: 1, flags: PERSISTENT };
    let (every, persistent) = tokio::join!(
        client.call::<remote::ConnectListAllDomains>(cx, &every),
        client.call::<remote::ConnectListAllDomains>(cx, &persistent),
    );
    let persistent: HashSet<_> = persistent?.domains.into_iter().map(|domain| domain.uuid).collect();
    let domains = every?.domains;
    let mut now = Vec::with_capacity(domains.len());
    // As many at a time as the wire takes, and their answers in order.
    for some in domains.chunks(AT_ONCE) {
        let asked: Vec<_> = some
            .iter()
            .map(|domain| {
                let (client, dom) = (client.clone(), domain.clone());
                tokio::spawn(async move {
                    let args = remote::DomainGetStateArgs { dom, flags: 0 };
                    client.request::<remote::DomainGetState>(&args, None).await
                })
            })
            .collect();
        for (domain, state) in some.iter().zip(asked) {
            match state.await.map_err(|_| gone()).and_then(|state| state) {
                Ok(state) => now.push(one(domain.clone(), &state, persistent.contains(&domain.uuid))?),
                Err(error) if error.kind() == GONE => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(now)
}

/// How many states are asked for together.
const AT_ONCE: usize = 64;

fn gone() -> omnivirt_core::Error {
    omnivirt_core::Error::new(ErrorKind::Internal, "a task that asked for a domain's state ended early")
}

fn one(domain: structs::Domain, state: &remote::DomainGetStateRet, persistent: bool) -> Result<DomainNow> {
    let domain: DomainRef = from_wire(domain)?;
    let info = from_wire(state.clone())?;
    Ok(DomainNow::new(domain, info, persistent))
}
