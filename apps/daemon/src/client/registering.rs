//! The procedures by which clients register for events, of all three styles.

use super::Client;
use super::events::{Registered, Registrations};
use super::served::{Step, Stepping};
use crate::failure::{Failure, code, domain};
use omnivirt::events::EventStream;
use omnivirt::{DomainRef, NetworkRef, NodeDeviceRef, ObjectKind, ObjectRef, SecretRef, StoragePoolRef};
use omnivirt_wire::convert::event::Registration;
use omnivirt_wire::packet::Header;
use omnivirt_wire::procedure::Call;
use omnivirt_wire::qemu::*;
use omnivirt_wire::remote::*;
use omnivirt_wire::xdr::Xdr;
use std::task::Context;

/// The name of a monitor event is a regular expression.
const NAME_IS_REGEX: u32 = 1;
/// The name of a monitor event is the same in capitals.
const NAME_IGNORES_CASE: u32 = 2;
/// Old clients register for events below this number.
const LEGACY_EVENTS: i32 = 16;

/// What a client wants changed.
pub(super) enum Wanted {
    Add(Registered),
    /// Whatever has this id, and is for events of such objects; with what those are called.
    RemoveId(i32, fn(Registration) -> bool, &'static str),
    Remove(Registration),
}

/// A change that has been prepared.
pub(super) struct Watching {
    list: Vec<Registered>,
    stream: Option<EventStream>,
    /// The id of the new registration.
    added: Option<i32>,
}

macro_rules! number {
    ($call:ident) => {
        $call::PROCEDURE.number
    };
}

impl Wanted {
    /// What a call wants changed; none if it is no such call.
    pub(super) fn of(header: &Header, payload: &[u8]) -> Option<Result<Self, Failure>> {
        if header.program == ConnectDomainMonitorEventRegister::PROGRAM.number {
            return Self::of_monitor(header.procedure, payload);
        }
        if header.program != ConnectOpen::PROGRAM.number {
            return None;
        }
        let number = header.procedure;
        let wanted = match number {
            _ if number == number!(ConnectDomainEventRegister) => Ok(Self::legacy(0)),
            _ if number == number!(ConnectDomainEventDeregister) => Ok(Self::Remove(Registration::Legacy(0))),
            _ if number == number!(ConnectDomainEventRegisterAny) => {
                read::<ConnectDomainEventRegisterAny>(payload).and_then(|args| match args.event_id {
                    id @ 0..LEGACY_EVENTS => Ok(Self::legacy(id)),
                    id => Err(unknown_event(id)),
                })
            }
            _ if number == number!(ConnectDomainEventDeregisterAny) => {
                read::<ConnectDomainEventDeregisterAny>(payload)
                    .map(|args| Self::Remove(Registration::Legacy(args.event_id)))
            }
            _ if number == number!(ConnectRegisterCloseCallback) => Ok(Self::add(Registration::Close, None)),
            _ if number == number!(ConnectUnregisterCloseCallback) => Ok(Self::Remove(Registration::Close)),
            _ => return Self::of_callbacks(number, payload),
        };
        Some(wanted)
    }

    fn of_callbacks(number: i32, payload: &[u8]) -> Option<Result<Self, Failure>> {
        let wanted = match number {
            _ if number == number!(ConnectDomainEventCallbackRegisterAny) => {
                read::<ConnectDomainEventCallbackRegisterAny>(payload).and_then(|args| {
                    let object = args.dom.map(|dom| DomainRef::new(dom.name, dom.uuid, None));
                    Self::callback(ObjectKind::Domain, args.event_id, object)
                })
            }
            _ if number == number!(ConnectNetworkEventRegisterAny) => {
                read::<ConnectNetworkEventRegisterAny>(payload).and_then(|args| {
                    let object = args.net.map(|net| NetworkRef::new(net.name, net.uuid));
                    Self::callback(ObjectKind::Network, args.event_id, object)
                })
            }
            _ if number == number!(ConnectStoragePoolEventRegisterAny) => {
                read::<ConnectStoragePoolEventRegisterAny>(payload).and_then(|args| {
                    let object = args.pool.map(|pool| StoragePoolRef::new(pool.name, pool.uuid));
                    Self::callback(ObjectKind::StoragePool, args.event_id, object)
                })
            }
            _ if number == number!(ConnectNodeDeviceEventRegisterAny) => {
                read::<ConnectNodeDeviceEventRegisterAny>(payload).and_then(|args| {
                    let object = args.dev.map(|dev| NodeDeviceRef::new(dev.name));
                    Self::callback(ObjectKind::NodeDevice, args.event_id, object)
                })
            }
            _ if number == number!(ConnectSecretEventRegisterAny) => {
                read::<ConnectSecretEventRegisterAny>(payload).and_then(|args| {
                    // A secret is known by its UUID alone.
                    let object =
                        args.secret.map(|secret| SecretRef { uuid: secret.uuid, ..SecretRef::default() });
                    Self::callback(ObjectKind::Secret, args.event_id, object)
                })
            }
            _ if number == number!(ConnectDomainEventCallbackDeregisterAny) => {
                removed::<ConnectDomainEventCallbackDeregisterAny>(
                    payload,
                    |args| args.callback_id,
                    is_domain,
                    "domain",
                )
            }
            _ if number == number!(ConnectNetworkEventDeregisterAny) => {
                removed::<ConnectNetworkEventDeregisterAny>(
                    payload,
                    |args| args.callback_id,
                    is_network,
                    "network",
                )
            }
            _ if number == number!(ConnectStoragePoolEventDeregisterAny) => {
                removed::<ConnectStoragePoolEventDeregisterAny>(
                    payload,
                    |args| args.callback_id,
                    is_pool,
                    "storage pool",
                )
            }
            _ if number == number!(ConnectNodeDeviceEventDeregisterAny) => {
                removed::<ConnectNodeDeviceEventDeregisterAny>(
                    payload,
                    |args| args.callback_id,
                    is_device,
                    "node device",
                )
            }
            _ if number == number!(ConnectSecretEventDeregisterAny) => {
                removed::<ConnectSecretEventDeregisterAny>(
                    payload,
                    |args| args.callback_id,
                    is_secret,
                    "secret",
                )
            }
            _ => return None,
        };
        Some(wanted)
    }

    fn of_monitor(number: i32, payload: &[u8]) -> Option<Result<Self, Failure>> {
        match number {
            _ if number == number!(ConnectDomainMonitorEventRegister) => {
                Some(read::<ConnectDomainMonitorEventRegister>(payload).and_then(|args| {
                    let object = args.dom.map(|dom| DomainRef::new(dom.name, dom.uuid, None).into());
                    let name = args.event.map(|name| pattern(&name, args.flags)).transpose()?;
                    let mut wanted = Self::add(Registration::Monitor, object);
                    if let Self::Add(registered) = &mut wanted {
                        registered.name = name;
                    }
                    Ok(wanted)
                }))
            }
            _ if number == number!(ConnectDomainMonitorEventDeregister) => {
                Some(removed::<ConnectDomainMonitorEventDeregister>(
                    payload,
                    |args| args.callback_id,
                    |what| what == Registration::Monitor,
                    "qemu monitor",
                ))
            }
            _ => None,
        }
    }

    fn callback(kind: ObjectKind, event: i32, object: Option<impl Into<ObjectRef>>) -> Result<Self, Failure> {
        let what = Registration::Callback(kind, event);
        match what.kind() {
            Some(_) => Ok(Self::add(what, object.map(Into::into))),
            None => Err(unknown_event(event)),
        }
    }

    fn legacy(event: i32) -> Self {
        Self::add(Registration::Legacy(event), None)
    }

    fn add(what: Registration, object: Option<ObjectRef>) -> Self {
        Self::Add(Registered { id: 0, what, object, name: None })
    }
}

fn read<C: Call>(payload: &[u8]) -> Result<C::Args, Failure> {
    Ok(C::Args::from_bytes(payload)?)
}

fn removed<C: Call>(
    payload: &[u8],
    id: fn(C::Args) -> i32,
    is_meant: fn(Registration) -> bool,
    about: &'static str,
) -> Result<Wanted, Failure> {
    read::<C>(payload).map(|args| Wanted::RemoveId(id(args), is_meant, about))
}

fn is_domain(what: Registration) -> bool {
    matches!(what, Registration::Callback(ObjectKind::Domain, _))
}

fn is_network(what: Registration) -> bool {
    matches!(what, Registration::Callback(ObjectKind::Network, _))
}

fn is_pool(what: Registration) -> bool {
    matches!(what, Registration::Callback(ObjectKind::StoragePool, _))
}

fn is_device(what: Registration) -> bool {
    matches!(what, Registration::Callback(ObjectKind::NodeDevice, _))
}

fn is_secret(what: Registration) -> bool {
    matches!(what, Registration::Callback(ObjectKind::Secret, _))
}

fn unknown_event(id: i32) -> Failure {
    Failure::internal(format!("unsupported event ID {id}"))
}

/// What matches the names of monitor events.
fn pattern(name: &str, flags: u32) -> Result<regex_lite::Regex, Failure> {
    let expression =
        if flags & NAME_IS_REGEX != 0 { name.to_owned() } else { format!("^{}$", regex_lite::escape(name)) };
    regex_lite::RegexBuilder::new(&expression)
        .case_insensitive(flags & NAME_IGNORES_CASE != 0)
        .size_limit(1 << 20)
        .build()
        .map_err(|error| {
            Failure::new(code::INVALID_ARGUMENT, domain::NONE, format!("invalid argument: event: {error}"))
        })
}

impl Client {
    /// Changes what the client is told. Everything after it waits, so that its answer comes before the first event.
    pub(super) fn change_registrations(&mut self, header: Header, wanted: Wanted, task: &mut Context<'_>) {
        let changed = self.changed(wanted);
        let (connection, (list, added)) = match (self.session().connection(), changed) {
            (Some(connection), Ok(changed)) => (connection, changed),
            (None, _) => return self.fail(&header, Failure::not_open()),
            (_, Err(failure)) => return self.fail(&header, failure),
        };
        let policy = self.registrations.policy();
        let step = Stepping::new(header, async move {
            let stream = if list.is_empty() {
                None
            } else {
                match connection.subscribe(Registrations::filter(&list), policy).await {
                    Ok(stream) => Some(stream),
                    Err(error) => return Step::Watching(Err(error.into())),
                }
            };
            Step::Watching(Ok(Watching { list, stream, added }))
        });
        self.begin_step(step, task);
    }

    /// The registrations after the change, and the id of the new one.
    fn changed(&mut self, wanted: Wanted) -> Result<(Vec<Registered>, Option<i32>), Failure> {
        let mut list = self.registrations.list().to_vec();
        let before = list.len();
        match wanted {
            Wanted::Add(mut registered) => {
                let is_known = list.iter().any(|known| known.what == registered.what);
                if is_known && registered.what == Registration::Close {
                    return Err(Failure::internal("a close callback is already registered"));
                }
                if is_known && !registered.what.has_callback_id() {
                    // Nothing would tell the events of the one from those of the other.
                    let message = "invalid argument: event callback already tracked";
                    return Err(Failure::new(code::INVALID_ARGUMENT, domain::NONE, message));
                }
                if registered.what.has_callback_id() {
                    registered.id = self.registrations.next_id();
                }
                let id = registered.id;
                list.push(registered);
                return Ok((list, Some(id)));
            }
            Wanted::RemoveId(id, is_meant, about) => {
                list.retain(|known| known.id != id || !is_meant(known.what));
                if list.len() == before {
                    return Err(Failure::internal(format!("{about} event callback {id} not registered")));
                }
            }
            Wanted::Remove(what) => {
                list.retain(|known| known.what != what);
                if list.len() == before {
                    let about = match what {
                        Registration::Legacy(event) => format!("domain event {event} not registered"),
                        _ => "close callback not registered".to_owned(),
                    };
                    return Err(Failure::internal(about));
                }
            }
        }
        Ok((list, None))
    }

    /// The change is prepared: it holds from here on.
    pub(super) fn watch(&mut self, header: &Header, watching: Watching) {
        if let Err(end) = self.drain_events() {
            // The next thing that the client's task does is to find that out again.
            tracing::debug!(client = self.session().number, reason = %end, "events were lost");
        }
        self.registrations.replace(watching.list, watching.stream);
        let number = header.procedure;
        if header.program == ConnectDomainMonitorEventRegister::PROGRAM.number {
            return match watching.added {
                Some(callback_id) => self.send_reply::<ConnectDomainMonitorEventRegister>(
                    header,
                    &ConnectDomainMonitorEventRegisterRet { callback_id },
                ),
                None => self.send_reply::<ConnectDomainMonitorEventDeregister>(header, &()),
            };
        }
        match watching.added {
            _ if number == number!(ConnectDomainEventRegister) => self
                .send_reply::<ConnectDomainEventRegister>(
                    header,
                    &ConnectDomainEventRegisterRet { cb_registered: 0 },
                ),
            _ if number == number!(ConnectDomainEventDeregister) => self
                .send_reply::<ConnectDomainEventDeregister>(
                    header,
                    &ConnectDomainEventDeregisterRet { cb_registered: 0 },
                ),
            // The answers of all kinds of objects are the same: the id.
            Some(callback_id)
                if number != number!(ConnectDomainEventRegisterAny)
                    && number != number!(ConnectRegisterCloseCallback) =>
            {
                self.send_reply::<ConnectDomainEventCallbackRegisterAny>(
                    header,
                    &ConnectDomainEventCallbackRegisterAnyRet { callback_id },
                );
            }
            _ => self.send_reply::<ConnectClose>(header, &()),
        }
    }
}
