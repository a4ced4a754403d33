//! Events: what the daemon is asked to tell, and what it tells, put into the connection's bus.
//!
//! What several registrations want is asked for once. What nobody wants any more is given back when its last registration
//! ends. All of it is done by tasks, so that a caller that goes away leaves nothing half done.

mod asking;
mod snapshot;

use crate::client::{Client, Feature};
use crate::link::{Ended, Link, Listener};
use crate::values::from_wire;
use asking::Way;
use omnivirt_core::event::{Cause, CloseReason, EventBody, EventKind, LifecycleChange};
use omnivirt_core::events::{EventBus, EventFilter};
use omnivirt_core::{Error, ErrorKind, ObjectRef, Result};
use omnivirt_wire::convert::event::{Decoded, event_body};
use omnivirt_wire::packet::Header;
use omnivirt_wire::remote;
use omnivirt_wire::xdr::Xdr;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::{Arc, Weak};
use tokio::sync::watch;

/// The message that the daemon has lost the hypervisor.
const CONNECTION_CLOSED: i32 = 362;

/// What can be asked for by itself: a kind of event, of one object or of all.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    kind: EventKind,
    object: Option<ObjectRef>,
}

/// How far asking has come.
#[derive(Debug)]
enum Asked {
    /// There is no answer yet.
    Waiting,
    /// The daemon tells.
    Active(Way, Option<i32>),
    /// The daemon does not.
    Refused(Arc<Error>),
    /// It is being given back.
    Ending,
}

/// Whether a kind of event came to be told.
enum Outcome {
    Told,
    Refused(Arc<Error>),
    /// It was being given back: ask again.
    Gone,
}

#[derive(Default)]
struct Table {
    asked: HashMap<Key, Asked>,
    /// Keys of registrations that are being made: they are not given back, though nobody is registered yet.
    pinned: HashMap<Key, usize>,
    /// By the identifiers that messages begin with. The daemon numbers some kinds of objects by themselves.
    by_id: HashMap<(EventKind, i32), Key>,
    /// Rises with each link, so that an answer on an earlier one is known for what it is.
    generation: u64,
    /// A new link is being asked for everything: a gap will tell of all until then.
    is_muted: bool,
}

/// What one connection knows of its events.
pub(crate) struct Events {
    bus: EventBus,
    table: Mutex<Table>,
    /// The link whose messages these are, to end it when the hypervisor is lost.
    link: Mutex<Weak<Link>>,
    /// Changes whenever an answer has come.
    answers: watch::Sender<u64>,
}

impl Events {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            bus: EventBus::new(),
            table: Mutex::default(),
            link: Mutex::default(),
            answers: watch::Sender::new(0),
        })
    }

    pub(crate) fn bus(&self) -> &EventBus {
        &self.bus
    }

    /// Says which link tells now.
    pub(crate) fn follow(&self, link: &Arc<Link>) {
        *self.link.lock() = Arc::downgrade(link);
    }

    /// Has the daemon tell what the filter lets through. It goes on for as long as what is returned is kept, and then for
    /// as long as somebody is registered for it.
    ///
    /// # Errors
    ///
    /// `Unsupported` if the daemon tells none of the kinds that are asked for by name, and what else it answers.
    pub(crate) async fn want(self: &Arc<Self>, client: &Client, filter: &EventFilter) -> Result<Pinned> {
        let keys = keys(filter);
        let mut refusals = Vec::new();
        let pinned = self.pin(keys.clone());
        self.ask(client, &keys);
        for key in &keys {
            if let Some(refusal) = self.answer(client, key).await {
                refusals.push((key.kind, refusal));
            }
        }
        let lost = refusals.iter().find(|(_, error)| error.libvirt().is_none());
        if let Some((kind, error)) = lost {
            return Err(asking::refusal(*kind, error));
        }
        match refusals.first() {
            Some((kind, error)) if refusals.len() == keys.len() && !filter.kinds.is_empty() => {
                Err(asking::refusal(*kind, error))
            }
            _ => {
                for (kind, error) in &refusals {
                    tracing::debug!(%kind, %error, "the daemon does not tell of a kind of event");
                }
                Ok(pinned)
            }
        }
    }

    /// Begins to ask for what was not asked for yet.
    fn ask(self: &Arc<Self>, client: &Client, keys: &[Key]) {
        let mut table = self.table.lock();
        let generation = table.generation;
        for key in keys {
            if !table.asked.contains_key(key) {
                table.asked.insert(key.clone(), Asked::Waiting);
                tokio::spawn(asking::ask(self.clone(), client.clone(), key.clone(), generation));
            }
        }
    }

    /// Waits for an answer.
    async fn answer(self: &Arc<Self>, client: &Client, key: &Key) -> Option<Arc<Error>> {
        let mut answers = self.answers.subscribe();
        loop {
            let outcome = {
                let mut table = self.table.lock();
                match table.asked.get(key) {
                    Some(Asked::Active(..)) => Some(Outcome::Told),
                    Some(Asked::Refused(error)) => {
                        let error = error.clone();
                        // Whoever asks next may have a better answer.
                        table.asked.remove(key);
                        Some(Outcome::Refused(error))
                    }
                    Some(Asked::Waiting | Asked::Ending) => None,
                    None => Some(Outcome::Gone),
                }
            };
            match outcome {
                Some(Outcome::Told) => return None,
                Some(Outcome::Refused(error)) => return Some(error),
                Some(Outcome::Gone) => self.ask(client, std::slice::from_ref(key)),
                // It fails only if there are no more answers, and this one is held by `self`.
                None => drop(answers.changed().await),
            }
        }
    }

    fn pin(self: &Arc<Self>, keys: Vec<Key>) -> Pinned {
        let mut table = self.table.lock();
        for key in &keys {
            *table.pinned.entry(key.clone()).or_default() += 1;
        }
        drop(table);
        Pinned { events: self.clone(), keys }
    }

    fn answered(&self) {
        self.answers.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Gives back what nobody wants.
    fn sweep(self: &Arc<Self>, client: &Client) {
        let mut table = self.table.lock();
        let generation = table.generation;
        let Table { asked, pinned, by_id, .. } = &mut *table;
        for (key, state) in asked.iter_mut() {
            let Asked::Active(way, id) = state else { continue };
            if pinned.contains_key(key) || self.bus.wants(key.kind, key.object.as_ref()) {
                continue;
            }
            if let Some(id) = id {
                by_id.remove(&(key.kind, *id));
            }
            let (way, id) = (*way, *id);
            *state = Asked::Ending;
            tokio::spawn(asking::give_back(self.clone(), client.clone(), key.clone(), (way, id), generation));
        }
    }

    /// Asks a new link for everything that the former one told, then says that events were lost.
    pub(crate) async fn ask_again(self: &Arc<Self>, client: &Client) {
        let keys: Vec<Key> = {
            let mut table = self.table.lock();
            table.generation += 1;
            table.by_id.clear();
            table
                .asked
                .drain()
                .filter(|(_, state)| !matches!(state, Asked::Ending))
                .map(|(key, _)| key)
                .collect()
        };
        self.answered();
        self.ask(client, &keys);
        for key in &keys {
            if let Some(error) = self.answer(client, key).await {
                tracing::warn!(kind = %key.kind, %error, "events are not told any more since the connection was made again");
            }
        }
        self.table.lock().is_muted = false;
        self.bus.lost();
    }

    /// Lets events go until [`Events::ask_again`] has told that some were lost.
    pub(crate) fn mute(&self) {
        self.table.lock().is_muted = true;
    }

    /// Whether an event is to be passed on: somebody asked for it, and no other registration tells it as well.
    fn is_due(&self, kind: EventKind, callback_id: Option<i32>) -> bool {
        let table = self.table.lock();
        if table.is_muted {
            return false;
        }
        let Some(id) = callback_id else {
            let every = Key { kind, object: None };
            return matches!(table.asked.get(&every), Some(Asked::Active(..)));
        };
        match table.by_id.get(&(kind, id)) {
            None => false,
            Some(Key { object: None, .. }) => true,
            // Asked for of all objects too, it comes twice.
            Some(Key { object: Some(_), .. }) => {
                let every = Key { kind, object: None };
                !matches!(table.asked.get(&every), Some(Asked::Active(..)))
            }
        }
    }
}

/// Gives back what nobody wants, whenever a registration has ended.
pub(crate) async fn sweep_up(events: Weak<Events>, client: Client, mut closing: watch::Receiver<bool>) {
    loop {
        let Some(bus) = events.upgrade().map(|events| events.bus().clone()) else { return };
        tokio::select! {
            _ = closing.wait_for(|closing| *closing) => return,
            () = bus.registrations_ended() => {}
        }
        let Some(events) = events.upgrade() else { return };
        events.sweep(&client);
    }
}

/// Keys that are not given back.
pub(crate) struct Pinned {
    events: Arc<Events>,
    keys: Vec<Key>,
}

impl Drop for Pinned {
    fn drop(&mut self) {
        let mut table = self.events.table.lock();
        for key in &self.keys {
            if let Some(count) = table.pinned.get_mut(key) {
                *count -= 1;
                if *count == 0 {
                    table.pinned.remove(key);
                }
            }
        }
    }
}

/// What a filter lets through, as it can be asked for.
fn keys(filter: &EventFilter) -> Vec<Key> {
    let kinds = if filter.kinds.is_empty() { EventKind::ALL } else { &filter.kinds };
    let mut keys = Vec::new();
    for kind in kinds.iter().copied().filter(|kind| asking::can_be_asked_for(*kind)) {
        if filter.objects.is_empty() {
            keys.push(Key { kind, object: None });
        }
        let objects = filter.objects.iter().filter(|object| kind.object_kind() == Some(object.kind()));
        keys.extend(objects.map(|object| Key { kind, object: Some(object.clone()) }));
    }
    keys
}

impl Listener for Events {
    fn message(&self, header: &Header, payload: &[u8]) {
        if header.program == remote::PROGRAM.number && header.procedure == CONNECTION_CLOSED {
            return self.hypervisor_lost(payload);
        }
        let Decoded { callback_id, object, body } = match event_body(
            header.program,
            header.procedure,
            payload,
        ) {
            Ok(decoded) => decoded,
            Err(error) => {
                tracing::warn!(%error, procedure = header.procedure, "the daemon told of an event that cannot be read");
                return self.bus.lost();
            }
        };
        let Some(object) = object else { return };
        if !self.is_due(body.kind(), callback_id) {
            return;
        }
        let is_gone = matches!(&body, EventBody::Lifecycle(lifecycle) if matches!(lifecycle.change, LifecycleChange::Undefined(_)));
        let gone = is_gone.then(|| object.clone());
        self.bus.emit(object, Cause::default(), body);
        if let Some(object) = gone {
            self.bus.forget_object(&object);
        }
    }
}

impl Events {
    fn hypervisor_lost(&self, payload: &[u8]) {
        let message = remote::ConnectEventConnectionClosed::from_bytes(payload).ok();
        let reason = message.and_then(|message| from_wire(message.reason).ok()).unwrap_or(CloseReason::Error);
        let link = self.link.lock().upgrade();
        if let Some(link) = link {
            link.end(Ended::new(reason, "the connection was lost: the daemon has lost the hypervisor"));
        }
    }
}

impl std::fmt::Debug for Events {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let table = self.table.lock();
        formatter
            .debug_struct("Events")
            .field("bus", &self.bus)
            .field("asked", &table.asked)
            .finish_non_exhaustive()
    }
}

/// Whether the daemon gives registrations identifiers.
async fn has_callbacks(client: &Client) -> Result<bool> {
    client.supports(Feature::EventCallbacks).await
}

/// An error that says that a kind is not told at all.
fn not_told(kind: EventKind) -> Error {
    Error::new(ErrorKind::Unsupported, format!("the daemon does not tell of {kind} events"))
}
