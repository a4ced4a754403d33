//! Asking the daemon for a kind of event, in the best way that it knows, and giving it back.

use super::{Asked, Events, Key, has_callbacks, not_told};
use crate::client::Client;
use crate::link::{OnReply, Reply};
use crate::values::to_wire;
use omnivirt_core::event::EventKind;
use omnivirt_core::{Error, ErrorKind, ObjectKind, ObjectRef, Result};
use omnivirt_wire::convert::event::{Registration, registrations};
use omnivirt_wire::procedure::Call;
use omnivirt_wire::{qemu, remote};
use std::sync::Arc;

/// How an event was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Way(Registration);

/// Whether there is a way at all.
pub(super) fn can_be_asked_for(kind: EventKind) -> bool {
    registrations(kind).any(|way| !matches!(way, Registration::Close))
}

/// The error of a registration that the daemon refused.
pub(super) fn refusal(kind: EventKind, error: &Arc<Error>) -> Error {
    let is_unknown = error.kind() == ErrorKind::Unsupported
        || error.libvirt().is_some() && error.message().contains("unsupported event ID");
    let ours = if is_unknown {
        not_told(kind)
    } else {
        Error::new(error.kind(), error.message()).with_retry(error.retry())
    };
    ours.with_source(error.clone())
}

/// Asks for one key, and notes the answer.
pub(super) async fn ask(events: Arc<Events>, client: Client, key: Key, generation: u64) {
    let result = try_ways(&events, &client, &key, generation).await;
    if let Err(error) = result {
        let mut table = events.table.lock();
        if table.generation == generation {
            table.asked.insert(key, Asked::Refused(Arc::new(error)));
        }
    }
    events.answered();
}

async fn try_ways(events: &Arc<Events>, client: &Client, key: &Key, generation: u64) -> Result<()> {
    let has_callbacks = has_callbacks(client).await?;
    let mut refusal = not_told(key.kind);
    for way in registrations(key.kind) {
        match way {
            Registration::Legacy(_) if has_callbacks => continue,
            Registration::Callback(ObjectKind::Domain, _) if !has_callbacks => continue,
            Registration::Close => continue,
            _ => {}
        }
        match try_way(events, client, key, way, generation).await {
            Ok(()) => return Ok(()),
            // Something else than that this way is not known does not get better by another.
            Err(error) if error.libvirt().is_none() => return Err(error),
            Err(error) => refusal = error,
        }
    }
    Err(refusal)
}

/// The way in which one object is named; none if it cannot be.
fn named<T, W>(object: Option<&ObjectRef>, pick: impl Fn(&ObjectRef) -> Option<&T>) -> Result<Option<W>>
where
    for<'a> &'a T: omnivirt_wire::convert::IntoWire<W>,
    T: 'static,
{
    object.and_then(pick).map(to_wire).transpose()
}

macro_rules! pick {
    ($kind:ident) => {
        |object| match object {
            ObjectRef::$kind(reference) => Some(reference),
            _ => None,
        }
    };
}

async fn try_way(
    events: &Arc<Events>,
    client: &Client,
    key: &Key,
    way: Registration,
    generation: u64,
) -> Result<()> {
    let note = Note { events: events.clone(), key: key.clone(), way, generation };
    let object = key.object.as_ref();
    match way {
        Registration::Callback(ObjectKind::Domain, event_id) => {
            let args = remote::ConnectDomainEventCallbackRegisterAnyArgs {
                event_id,
                dom: named(object, pick!(Domain))?,
            };
            note.ask::<remote::ConnectDomainEventCallbackRegisterAny>(client, &args, |ret| {
                Some(ret.callback_id)
            })
            .await
        }
        Registration::Callback(ObjectKind::Network, event_id) => {
            let args =
                remote::ConnectNetworkEventRegisterAnyArgs { event_id, net: named(object, pick!(Network))? };
            note.ask::<remote::ConnectNetworkEventRegisterAny>(client, &args, |ret| Some(ret.callback_id))
                .await
        }
        Registration::Callback(ObjectKind::StoragePool, event_id) => {
            let args = remote::ConnectStoragePoolEventRegisterAnyArgs {
                event_id,
                pool: named(object, pick!(StoragePool))?,
            };
            note.ask::<remote::ConnectStoragePoolEventRegisterAny>(client, &args, |ret| Some(ret.callback_id))
                .await
        }
        Registration::Callback(ObjectKind::NodeDevice, event_id) => {
            let args = remote::ConnectNodeDeviceEventRegisterAnyArgs {
                event_id,
                dev: named(object, pick!(NodeDevice))?,
            };
            note.ask::<remote::ConnectNodeDeviceEventRegisterAny>(client, &args, |ret| Some(ret.callback_id))
                .await
        }
        Registration::Callback(ObjectKind::Secret, event_id) => {
            let args =
                remote::ConnectSecretEventRegisterAnyArgs { event_id, secret: named(object, pick!(Secret))? };
            note.ask::<remote::ConnectSecretEventRegisterAny>(client, &args, |ret| Some(ret.callback_id))
                .await
        }
        Registration::Monitor => {
            let args = qemu::ConnectDomainMonitorEventRegisterArgs {
                dom: named(object, pick!(Domain))?,
                event: None,
                flags: 0,
            };
            note.ask::<qemu::ConnectDomainMonitorEventRegister>(client, &args, |ret| Some(ret.callback_id))
                .await
        }
        // The oldest ways know no objects: all are told, and the bus lets through what is wanted.
        Registration::Legacy(0) => {
            note.ask::<remote::ConnectDomainEventRegister>(client, &(), |_| None).await
        }
        Registration::Legacy(event_id) => {
            let args = remote::ConnectDomainEventRegisterAnyArgs { event_id };
            note.ask::<remote::ConnectDomainEventRegisterAny>(client, &args, |()| None).await
        }
        _ => Err(not_told(key.kind)),
    }
}

/// What is to be noted when the daemon agrees.
struct Note {
    events: Arc<Events>,
    key: Key,
    way: Registration,
    generation: u64,
}

impl Note {
    /// The reader notes it, before it looks at the first event.
    async fn ask<C: Call>(
        self,
        client: &Client,
        args: &C::Args,
        callback_id: fn(C::Ret) -> Option<i32>,
    ) -> Result<()>
    where
        C::Ret: 'static,
    {
        let on_reply: OnReply = Box::new(move |reply: &Reply| {
            if let Ok(ret) = reply.result::<C>() {
                self.note(callback_id(ret));
            }
        });
        client.request::<C>(args, Some(on_reply)).await.map(drop)
    }

    fn note(self, callback_id: Option<i32>) {
        let mut table = self.events.table.lock();
        if table.generation != self.generation {
            return;
        }
        if let Some(id) = callback_id {
            table.by_id.insert((self.key.kind, id), self.key.clone());
        }
        table.asked.insert(self.key, Asked::Active(Way(self.way), callback_id));
        drop(table);
        self.events.answered();
    }
}

/// Gives a registration back.
pub(super) async fn give_back(
    events: Arc<Events>,
    client: Client,
    key: Key,
    (way, id): (Way, Option<i32>),
    generation: u64,
) {
    let is_current = events.table.lock().generation == generation;
    if is_current && let Err(error) = deregister(&client, way.0, id).await {
        tracing::debug!(kind = %key.kind, %error, "the daemon did not take back a registration");
    }
    let mut table = events.table.lock();
    if table.generation == generation && matches!(table.asked.get(&key), Some(Asked::Ending)) {
        table.asked.remove(&key);
    }
    drop(table);
    events.answered();
}

async fn deregister(client: &Client, way: Registration, id: Option<i32>) -> Result<()> {
    let callback_id = id.unwrap_or_default();
    match way {
        Registration::Callback(ObjectKind::Domain, _) => {
            let args = remote::ConnectDomainEventCallbackDeregisterAnyArgs { callback_id };
            client.request::<remote::ConnectDomainEventCallbackDeregisterAny>(&args, None).await
        }
        Registration::Callback(ObjectKind::Network, _) => {
            let args = remote::ConnectNetworkEventDeregisterAnyArgs { callback_id };
            client.request::<remote::ConnectNetworkEventDeregisterAny>(&args, None).await
        }
        Registration::Callback(ObjectKind::StoragePool, _) => {
            let args = remote::ConnectStoragePoolEventDeregisterAnyArgs { callback_id };
            client.request::<remote::ConnectStoragePoolEventDeregisterAny>(&args, None).await
        }
        Registration::Callback(ObjectKind::NodeDevice, _) => {
            let args = remote::ConnectNodeDeviceEventDeregisterAnyArgs { callback_id };
            client.request::<remote::ConnectNodeDeviceEventDeregisterAny>(&args, None).await
        }
        Registration::Callback(ObjectKind::Secret, _) => {
            let args = remote::ConnectSecretEventDeregisterAnyArgs { callback_id };
            client.request::<remote::ConnectSecretEventDeregisterAny>(&args, None).await
        }
        Registration::Monitor => {
            let args = qemu::ConnectDomainMonitorEventDeregisterArgs { callback_id };
            client.request::<qemu::ConnectDomainMonitorEventDeregister>(&args, None).await
        }
        Registration::Legacy(0) => {
            client.request::<remote::ConnectDomainEventDeregister>(&(), None).await.map(drop)
        }
        Registration::Legacy(event_id) => {
            let args = remote::ConnectDomainEventDeregisterAnyArgs { event_id };
            client.request::<remote::ConnectDomainEventDeregisterAny>(&args, None).await
        }
        _ => Ok(()),
    }
}
