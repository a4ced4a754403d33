//! Which messages tell of which kind of event.

use super::content::Content;
use super::{ConvertError, Decoded, Registration};
use crate::procedure::{Message as _, Program};
use crate::qemu::*;
use crate::remote::*;
use crate::xdr::Xdr;
use omnivirt_model::event::{EventBody, EventKind};
use omnivirt_model::{ObjectKind, ObjectRef};

/// A message that tells of a kind of event.
pub(super) struct Message {
    pub(super) kind: EventKind,
    pub(super) registration: Registration,
    pub(super) program: &'static Program,
    pub(super) procedure: i32,
    pub(super) write: fn(&EventBody, Option<&ObjectRef>) -> Result<Vec<u8>, ConvertError>,
    pub(super) read: fn(&[u8]) -> Result<Decoded, ConvertError>,
}

/// One line a number of a kind: the object and the number, or the registration by name, and the message; then the one
/// of the older way, which domains have for their first numbers.
macro_rules! messages {
    ($($kind:ident = $object:ident $number:tt : $wire:ident $(, $legacy:ident)?;)*) => {
        /// Every message that tells of an event. Of those for one kind, the better comes first.
        pub(super) static MESSAGES: &[Message] = &[
            $(
                messages!(@message $kind, messages!(@registration $object $number), $wire),
                $(messages!(@message $kind, Registration::Legacy $number, $legacy),)?
            )*
        ];
    };
    (@registration $object:ident ($number:literal)) => {
        Registration::Callback(ObjectKind::$object, $number)
    };
    (@registration $registration:ident ()) => {
        Registration::$registration
    };
    (@message $kind:ident, $registration:expr, $wire:ident) => {
        Message {
            kind: EventKind::$kind,
            registration: $registration,
            program: $wire::PROGRAM,
            procedure: $wire::PROCEDURE.number,
            write: |body, object| match body {
                EventBody::$kind(event) => {
                    $wire::of(event, object)?.to_bytes().map_err(|error| ConvertError::new(error.to_string()))
                }
                _ => Err(ConvertError::new("the body is another")),
            },
            read: |payload| {
                let wire = $wire::from_bytes(payload).map_err(|error| ConvertError::new(error.to_string()))?;
                let callback_id = callback_id($registration, payload);
                let (object, event) = wire.read()?;
                Ok(Decoded { callback_id, object, body: event.into() })
            },
        }
    };
}

messages! {
    Lifecycle = Domain(0): DomainEventCallbackLifecycle, DomainEventLifecycle;
    Reboot = Domain(1): DomainEventCallbackReboot, DomainEventReboot;
    RtcChange = Domain(2): DomainEventCallbackRtcChange, DomainEventRtcChange;
    Watchdog = Domain(3): DomainEventCallbackWatchdog, DomainEventWatchdog;
    IoError = Domain(6): DomainEventCallbackIoErrorReason, DomainEventIoErrorReason;
    IoError = Domain(4): DomainEventCallbackIoError, DomainEventIoError;
    Graphics = Domain(5): DomainEventCallbackGraphics, DomainEventGraphics;
    ControlError = Domain(7): DomainEventCallbackControlError, DomainEventControlError;
    BlockJob = Domain(16): DomainEventBlockJob2;
    BlockJob = Domain(8): DomainEventCallbackBlockJob, DomainEventBlockJob;
    DiskChange = Domain(9): DomainEventCallbackDiskChange, DomainEventDiskChange;
    TrayChange = Domain(10): DomainEventCallbackTrayChange, DomainEventTrayChange;
    PmWakeup = Domain(11): DomainEventCallbackPmwakeup, DomainEventPmwakeup;
    PmSuspend = Domain(12): DomainEventCallbackPmsuspend, DomainEventPmsuspend;
    BalloonChange = Domain(13): DomainEventCallbackBalloonChange, DomainEventBalloonChange;
    PmSuspendDisk = Domain(14): DomainEventCallbackPmsuspendDisk, DomainEventPmsuspendDisk;
    DeviceRemoved = Domain(15): DomainEventCallbackDeviceRemoved, DomainEventDeviceRemoved;
    Tunable = Domain(17): DomainEventCallbackTunable;
    AgentLifecycle = Domain(18): DomainEventCallbackAgentLifecycle;
    DeviceAdded = Domain(19): DomainEventCallbackDeviceAdded;
    MigrationIteration = Domain(20): DomainEventCallbackMigrationIteration;
    JobCompleted = Domain(21): DomainEventCallbackJobCompleted;
    DeviceRemovalFailed = Domain(22): DomainEventCallbackDeviceRemovalFailed;
    MetadataChange = Domain(23): DomainEventCallbackMetadataChange;
    BlockThreshold = Domain(24): DomainEventBlockThreshold;
    MemoryFailure = Domain(25): DomainEventMemoryFailure;
    MemoryDeviceSizeChange = Domain(26): DomainEventMemoryDeviceSizeChange;
    NicMacChange = Domain(27): DomainEventNicMacChange;
    NetworkLifecycle = Network(0): NetworkEventLifecycle;
    NetworkMetadataChange = Network(1): NetworkEventCallbackMetadataChange;
    StoragePoolLifecycle = StoragePool(0): StoragePoolEventLifecycle;
    StoragePoolRefresh = StoragePool(1): StoragePoolEventRefresh;
    NodeDeviceLifecycle = NodeDevice(0): NodeDeviceEventLifecycle;
    NodeDeviceUpdate = NodeDevice(1): NodeDeviceEventUpdate;
    SecretLifecycle = Secret(0): SecretEventLifecycle;
    SecretValueChanged = Secret(1): SecretEventValueChanged;
    ConnectionClosed = Close(): ConnectEventConnectionClosed;
    MonitorEvent = Monitor(): DomainMonitorEvent;
}

/// The identifier that a message begins with.
fn callback_id(registration: Registration, payload: &[u8]) -> Option<i32> {
    let word = payload.first_chunk().filter(|_| registration.has_callback_id())?;
    Some(i32::from_be_bytes(*word))
}

/// The ways to register for a kind of event, the best first: a client tries them until the server knows one. Several
/// at once would tell it of each event more than once.
pub fn registrations(kind: EventKind) -> impl Iterator<Item = Registration> {
    MESSAGES.iter().filter(move |message| message.kind == kind).map(|message| message.registration)
}

/// Something of events that does not come through to the other side.
#[derive(Debug, Clone, Copy)]
pub struct Loss {
    /// The kind of event; all kinds where there is none.
    pub kind: Option<EventKind>,
    /// By which registration it is lost; by any where there is none.
    pub registration: Option<Registration>,
    /// The fields that are lost; the whole event where there are none.
    pub fields: &'static [&'static str],
}

/// All that libvirt's messages, as of its version 11.3, cannot tell of events.
pub const LOSSY: &[Loss] = &[
    Loss { kind: None, registration: None, fields: &["epoch", "seq", "object_seq", "time", "cause"] },
    Loss { kind: Some(EventKind::VcpuRemoved), registration: None, fields: &[] },
    Loss { kind: Some(EventKind::ChannelLifecycle), registration: None, fields: &[] },
    Loss {
        kind: Some(EventKind::IoError),
        registration: Some(Registration::Callback(ObjectKind::Domain, 4)),
        fields: &["reason"],
    },
    Loss { kind: Some(EventKind::IoError), registration: Some(Registration::Legacy(4)), fields: &["reason"] },
    Loss {
        kind: Some(EventKind::BlockJob),
        registration: Some(Registration::Callback(ObjectKind::Domain, 16)),
        fields: &["path"],
    },
    Loss {
        kind: Some(EventKind::BlockJob),
        registration: Some(Registration::Callback(ObjectKind::Domain, 8)),
        fields: &["target"],
    },
    Loss {
        kind: Some(EventKind::BlockJob),
        registration: Some(Registration::Legacy(8)),
        fields: &["target"],
    },
];
