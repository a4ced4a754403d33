//! What every domain is doing now, so that the events that follow neither miss a change nor tell one twice.
//!
//! The protocol does not number events. What is known is which of them came before the answer that says how a domain is; an
//! omnivirtd has told by then of all that its answer contains. Another daemon may tell later, so a state during which nothing
//! happened is better, and is tried for first.

use super::{Events, Key};
use crate::client::{Client, Feature};
use crate::link::OnReply;
use crate::values::from_wire;
use omnivirt_core::events::{Contained, EventBus};
use omnivirt_core::{CallCx, DomainNow, DomainRef, ErrorKind, ObjectRef, Result};
use omnivirt_wire::remote;
use omnivirt_wire::structs;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How often the state is taken anew, if things keep happening meanwhile.
const TRIES: usize = 3;

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
            let (states, contained) = all(client, cx, self.bus()).await?;
            settle(client).await?;
            let after = self.bus().last_seq();
            if before == after {
                return Ok((states, Contained::up_to(after)));
            }
            if tries == TRIES {
                return Ok((states, contained));
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
async fn all(client: &Client, cx: &CallCx, bus: &EventBus) -> Result<(Vec<DomainNow>, Contained)> {
    let every = remote::ConnectListAllDomainsArgs { need_results: 1, flags: 0 };
    let persistent = remote::ConnectListAllDomainsArgs { need_results: 1, flags: PERSISTENT };
    let listed = Arc::new(AtomicU64::new(0));
    let (every, persistent) = tokio::join!(
        client
            .request::<remote::ConnectListAllDomains>(&every, Some(noted(&listed, bus, EventBus::last_seq))),
        client.call::<remote::ConnectListAllDomains>(cx, &persistent),
    );
    let persistent: HashSet<_> = persistent?.domains.into_iter().map(|domain| domain.uuid).collect();
    let domains = every?.domains;
    let mut contained = Contained::up_to(listed.load(Ordering::Acquire));
    let mut now = Vec::with_capacity(domains.len());
    // As many at a time as the wire takes, and their answers in order.
    for some in domains.chunks(AT_ONCE) {
        let asked = some.iter().map(|domain| {
            tokio::spawn(now_of(
                client.clone(),
                bus.clone(),
                domain.clone(),
                persistent.contains(&domain.uuid),
            ))
        });
        for (domain, asked) in some.iter().zip(asked.collect::<Vec<_>>()) {
            let (state, seq) = asked.await.map_err(|_| gone())??;
            let object = ObjectRef::from(from_wire::<_, DomainRef>(domain.clone())?);
            contained = contained.object(object, seq);
            now.extend(state);
        }
    }
    Ok((now, contained))
}

/// What a domain is doing, none if it is gone, and up to which of its events that holds. Its id and its state are two
/// answers: they are asked for again until nothing was told of it between them.
async fn now_of(
    client: Client,
    bus: EventBus,
    domain: structs::Domain,
    persistent: bool,
) -> Result<(Option<DomainNow>, u64)> {
    let object = ObjectRef::from(from_wire::<_, DomainRef>(domain.clone())?);
    let seq = {
        let object = object.clone();
        move |bus: &EventBus| bus.object_seq(&object)
    };
    let (first, second) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let lookup = remote::DomainLookupByUuidArgs { uuid: domain.uuid };
    let state = remote::DomainGetStateArgs { dom: domain, flags: 0 };
    let mut tries = 0;
    loop {
        tries += 1;
        let (found, state) = tokio::join!(
            client.request::<remote::DomainLookupByUuid>(&lookup, Some(noted(&first, &bus, seq.clone()))),
            client.request::<remote::DomainGetState>(&state, Some(noted(&second, &bus, seq.clone()))),
        );
        let seq = second.load(Ordering::Acquire);
        if first.load(Ordering::Acquire) != seq && tries < TRIES {
            continue;
        }
        return match found.and_then(|found| Ok((found, state?))) {
            Ok((found, state)) => Ok((Some(one(found.dom, &state, persistent)?), seq)),
            Err(error) if error.kind() == GONE => Ok((None, seq)),
            Err(error) => Err(error),
        };
    }
}

/// Takes down how far the events are at the moment when an answer comes in.
fn noted(
    place: &Arc<AtomicU64>,
    bus: &EventBus,
    seq: impl FnOnce(&EventBus) -> u64 + Send + 'static,
) -> OnReply {
    let (place, bus) = (place.clone(), bus.clone());
    Box::new(move |_| place.store(seq(&bus), Ordering::Release))
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
