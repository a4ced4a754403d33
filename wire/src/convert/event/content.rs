//! What messages say, field by field.

use super::{ConvertError, ObjectRef};
use crate::convert::{FromWire, IntoWire};
use crate::qemu::*;
use crate::remote::*;
use crate::structs::*;
use omnivirt_model::event::*;
use omnivirt_model::event::{NodeDeviceUpdate, StoragePoolRefresh};

/// What a message says about an event, with or without the identifier of a registration before it.
pub(super) trait Content: Sized {
    /// The event.
    type Event;

    /// What there is to say; an identifier is 0.
    fn of(event: &Self::Event, object: Option<&ObjectRef>) -> Result<Self, ConvertError>;

    /// What was said, but for the identifier.
    fn read(self) -> Result<(Option<ObjectRef>, Self::Event), ConvertError>;
}

/// The object of a message as the reference that its field holds.
pub(super) trait About: Sized {
    fn about(object: Option<&ObjectRef>) -> Result<Self, ConvertError>;
    fn object(self) -> Result<ObjectRef, ConvertError>;
}

macro_rules! about {
    ($($wire:ident = $kind:ident),*) => {$(
        impl About for $wire {
            fn about(object: Option<&ObjectRef>) -> Result<Self, ConvertError> {
                match object {
                    Some(ObjectRef::$kind(reference)) => reference.into_wire(),
                    Some(other) => Err(ConvertError::new(format!("the object is another: {other}"))),
                    None => Err(ConvertError::new("the object is missing")),
                }
            }

            fn object(self) -> Result<ObjectRef, ConvertError> {
                FromWire::from_wire(self).map(ObjectRef::$kind)
            }
        }
    )*};
}

about!(
    Domain = Domain,
    Network = Network,
    StoragePool = StoragePool,
    NodeDevice = NodeDevice,
    Secret = Secret
);

/// The value of one of an event's fields. The field itself says which type that is.
fn value<E, T: FromWire<W>, W>(_: fn(&E) -> &T, name: &str, wire: W) -> Result<T, ConvertError> {
    T::from_wire(wire).map_err(|error| error.within(name))
}

/// One line a message, or several that say the same: the field of the object, then the event and all its fields in
/// their order, each with the wire's.
macro_rules! contents {
    ($($object:ident: $($wire:ident),+ = $event:ident $fields:tt;)*) => {$($(
        contents!(@one $object: $wire = $event $fields);
    )+)*};
    (@one $object:ident: $wire:ident = $event:ident { $($field:ident = $wire_field:ident),* }) => {
        impl Content for $wire {
            type Event = $event;

            #[allow(clippy::needless_update, reason = "some messages have an identifier or a detail, which is 0")]
            fn of(_event: &$event, object: Option<&ObjectRef>) -> Result<Self, ConvertError> {
                Ok(Self {
                    $object: About::about(object)?,
                    $($wire_field: (&_event.$field).into_wire().map_err(|error| error.within(stringify!($field)))?,)*
                    ..Self::default()
                })
            }

            fn read(self) -> Result<(Option<ObjectRef>, $event), ConvertError> {
                let event = $event::new(
                    $(value(|event: &$event| &event.$field, stringify!($wire_field), self.$wire_field)?),*
                );
                Ok((Some(self.$object.object()?), event))
            }
        }
    };
}

contents! {
    dom: DomainEventRebootMsg, DomainEventReboot = Reboot {};
    dom: DomainEventRtcChangeMsg, DomainEventRtcChange = RtcChange { offset_seconds = offset };
    dom: DomainEventWatchdogMsg, DomainEventWatchdog = Watchdog { action = action };
    dom: DomainEventGraphicsMsg, DomainEventGraphics = Graphics {
        phase = phase, local = local, remote = remote, auth_scheme = auth_scheme, identities = subject
    };
    dom: DomainEventControlErrorMsg, DomainEventControlError = ControlError {};
    dom: DomainEventDiskChangeMsg, DomainEventDiskChange = DiskChange {
        alias = dev_alias, old_source_path = old_src_path, new_source_path = new_src_path, reason = reason
    };
    dom: DomainEventTrayChangeMsg, DomainEventTrayChange = TrayChange { alias = dev_alias, reason = reason };
    dom: DomainEventPmwakeupMsg, DomainEventPmwakeup = PmWakeup {};
    dom: DomainEventPmsuspendMsg, DomainEventPmsuspend = PmSuspend {};
    dom: DomainEventPmsuspendDiskMsg, DomainEventPmsuspendDisk = PmSuspendDisk {};
    dom: DomainEventBalloonChangeMsg, DomainEventBalloonChange = BalloonChange { actual_kib = actual };
    dom: DomainEventDeviceRemovedMsg, DomainEventDeviceRemoved = DeviceRemoved { alias = dev_alias };
    dom: DomainEventCallbackTunable = Tunable { parameters = params };
    dom: DomainEventCallbackAgentLifecycle = AgentLifecycle { state = state, reason = reason };
    dom: DomainEventCallbackDeviceAdded = DeviceAdded { alias = dev_alias };
    dom: DomainEventCallbackMigrationIteration = MigrationIteration { iteration = iteration };
    dom: DomainEventCallbackJobCompleted = JobCompleted { parameters = params };
    dom: DomainEventCallbackDeviceRemovalFailed = DeviceRemovalFailed { alias = dev_alias };
    dom: DomainEventCallbackMetadataChange = MetadataChange { metadata = r#type, namespace_uri = nsuri };
    dom: DomainEventBlockThreshold = BlockThreshold {
        target = dev, path = path, threshold_bytes = threshold, excess_bytes = excess
    };
    dom: DomainEventMemoryDeviceSizeChange = MemoryDeviceSizeChange { alias = alias, size_kib = size };
    dom: DomainEventNicMacChange = NicMacChange { alias = alias, old_mac = old_mac, new_mac = new_mac };
    dom: DomainMonitorEvent = MonitorEvent {
        event = event, seconds = seconds, microseconds = micros, details = details
    };
    net: NetworkEventLifecycle = NetworkLifecycle { change = event };
    net: NetworkEventCallbackMetadataChange = NetworkMetadataChange { metadata = r#type, namespace_uri = nsuri };
    pool: StoragePoolEventLifecycle = StoragePoolLifecycle { change = event };
    pool: StoragePoolEventRefresh = StoragePoolRefresh {};
    dev: NodeDeviceEventLifecycle = NodeDeviceLifecycle { change = event };
    dev: NodeDeviceEventUpdate = NodeDeviceUpdate {};
    secret: SecretEventLifecycle = SecretLifecycle { change = event };
    secret: SecretEventValueChanged = SecretValueChanged {};
}

/// Messages that are an identifier and what an older message says; some have a reason between, which is always 0.
macro_rules! wrapped {
    ($($wire:ident($msg:ident)),* $(,)?) => {$(
        impl Content for $wire {
            type Event = <$msg as Content>::Event;

            #[allow(clippy::needless_update, reason = "some have a reason")]
            fn of(event: &Self::Event, object: Option<&ObjectRef>) -> Result<Self, ConvertError> {
                Ok(Self { callback_id: 0, msg: Content::of(event, object)?, ..Self::default() })
            }

            fn read(self) -> Result<(Option<ObjectRef>, Self::Event), ConvertError> {
                self.msg.read()
            }
        }
    )*};
}

wrapped! {
    DomainEventCallbackLifecycle(DomainEventLifecycleMsg),
    DomainEventCallbackReboot(DomainEventRebootMsg),
    DomainEventCallbackRtcChange(DomainEventRtcChangeMsg),
    DomainEventCallbackWatchdog(DomainEventWatchdogMsg),
    DomainEventCallbackIoError(DomainEventIoErrorMsg),
    DomainEventCallbackIoErrorReason(DomainEventIoErrorReasonMsg),
    DomainEventCallbackGraphics(DomainEventGraphicsMsg),
    DomainEventCallbackControlError(DomainEventControlErrorMsg),
    DomainEventCallbackBlockJob(DomainEventBlockJobMsg),
    DomainEventCallbackDiskChange(DomainEventDiskChangeMsg),
    DomainEventCallbackTrayChange(DomainEventTrayChangeMsg),
    DomainEventCallbackPmwakeup(DomainEventPmwakeupMsg),
    DomainEventCallbackPmsuspend(DomainEventPmsuspendMsg),
    DomainEventCallbackPmsuspendDisk(DomainEventPmsuspendDiskMsg),
    DomainEventCallbackBalloonChange(DomainEventBalloonChangeMsg),
    DomainEventCallbackDeviceRemoved(DomainEventDeviceRemovedMsg),
}

/// Parts of events that are structures on both sides.
macro_rules! parts {
    ($($part:ident = $wire:ident { $($field:ident = $wire_field:ident),* };)*) => {$(
        impl FromWire<$wire> for $part {
            fn from_wire(wire: $wire) -> Result<Self, ConvertError> {
                Ok(Self::new($(value(|part: &$part| &part.$field, stringify!($wire_field), wire.$wire_field)?),*))
            }
        }

        impl IntoWire<$wire> for &$part {
            fn into_wire(self) -> Result<$wire, ConvertError> {
                Ok($wire { $($wire_field: (&self.$field).into_wire()?),* })
            }
        }
    )*};
}

parts! {
    GraphicsAddress = DomainEventGraphicsAddress { family = family, node = node, service = service };
    GraphicsIdentity = DomainEventGraphicsIdentity { kind = r#type, name = name };
}
