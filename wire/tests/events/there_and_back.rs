//! Every event that can be made up comes back from each of its messages, but for what is said to be lost.

use crate::any;
use omnivirt_model::event::{BlockJob, Event, EventBody, EventKind, IoError, Reboot};
use omnivirt_model::{
    DomainRef, NetworkRef, NodeDeviceRef, ObjectKind, ObjectRef, SecretRef, StoragePoolRef, Timestamp, Uuid,
};
use omnivirt_wire::convert::event::{LOSSY, Registration, event_body, messages_of, registrations};
use proptest::prelude::*;

fn object(kind: Option<ObjectKind>) -> Option<ObjectRef> {
    let uuid = Uuid::from_u128(5);
    kind.map(|kind| match kind {
        ObjectKind::Domain => DomainRef::new("web", uuid, Some(3)).into(),
        ObjectKind::Network => NetworkRef::new("net", uuid).into(),
        ObjectKind::StoragePool => StoragePoolRef::new("pool", uuid).into(),
        ObjectKind::NodeDevice => NodeDeviceRef::new("pci_0000_00_1c_1").into(),
        ObjectKind::Secret => SecretRef::new(uuid, 2, "ceph").into(),
        other => panic!("no event is of a {other}"),
    })
}

fn event(body: EventBody) -> Event {
    let mut event = Event::new(Uuid::nil(), 1, Timestamp::from_nanoseconds(0), body);
    event.object = object(event.kind().object_kind());
    event
}

/// What comes through: the body without what is lost by that way.
fn carried(body: &EventBody, registration: Registration) -> EventBody {
    let number = match registration {
        Registration::Callback(_, number) | Registration::Legacy(number) => number,
        _ => return body.clone(),
    };
    match (body, number) {
        (EventBody::IoError(error), 4) => {
            IoError::new(error.source_path.clone(), error.alias.clone(), error.action, None).into()
        }
        (EventBody::IoError(error), _) => {
            let reason = Some(error.reason.clone().unwrap_or_default());
            IoError::new(error.source_path.clone(), error.alias.clone(), error.action, reason).into()
        }
        (EventBody::BlockJob(job), 8) => {
            BlockJob::new("", job.path.clone().filter(|path| !path.is_empty()), job.job, job.status).into()
        }
        (EventBody::BlockJob(job), _) => BlockJob::new(job.target.clone(), None, job.job, job.status).into(),
        _ => body.clone(),
    }
}

fn bodies() -> impl Strategy<Value = EventBody> {
    proptest::sample::select(EventKind::ALL).prop_flat_map(any::body)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn what_happened_is_read_from_each_message(body in bodies(), id: i32) {
        let event = event(body);
        // No C string has a NUL in it, so that no reader takes one.
        prop_assume!(!format!("{:?}", event.body).contains("\\0"));
        // Rounds are counted with a sign.
        let too_many = matches!(&event.body, EventBody::MigrationIteration(round) if i32::try_from(round.iteration).is_err());
        let messages = match messages_of(&event) {
            Err(_) if too_many => return Ok(()),
            messages => messages.unwrap(),
        };
        let ways: Vec<_> = messages.iter().map(|message| message.registration).collect();
        let mut best_first: Vec<_> = registrations(event.kind()).collect();
        best_first.reverse();
        prop_assert_eq!(ways, best_first);
        for message in messages {
            let registration = message.registration;
            let told = event_body(message.program, message.procedure, &message.payload(id)).unwrap();
            prop_assert_eq!(told.callback_id, registration.has_callback_id().then_some(id));
            prop_assert_eq!(format!("{:?}", told.object), format!("{:?}", &event.object));
            prop_assert_eq!(told.body, carried(&event.body, registration));
        }
    }

    #[test]
    fn no_payload_panics(procedure in 0..460, payload: Vec<u8>) {
        let _ = event_body(0x2000_8086, procedure, &payload);
        let _ = event_body(0x2000_8087, 6, &payload);
    }
}

#[test]
fn every_number_is_of_its_kind_and_what_has_none_is_said_to_be_lost() {
    for kind in EventKind::ALL.iter().copied() {
        let told: Vec<_> = registrations(kind).collect();
        let lost = LOSSY.iter().any(|loss| loss.kind == Some(kind) && loss.fields.is_empty());
        assert_eq!(told.is_empty(), lost, "{kind}");
        for registration in &told {
            assert_eq!(registration.kind(), Some(kind));
            if let Registration::Callback(object, number) = *registration {
                assert_eq!(EventKind::from_libvirt(object, u32::try_from(number).unwrap()), Some(kind));
            }
        }
        let callbacks = told.iter().filter(|way| matches!(way, Registration::Callback(..))).count();
        assert!(lost || kind.libvirt_ids().len() == callbacks, "{kind}");
        if kind.object_kind() == Some(ObjectKind::Domain) {
            let old = |number: &&u32| **number < 16;
            let legacy = told.iter().filter(|way| matches!(way, Registration::Legacy(_))).count();
            assert_eq!(kind.libvirt_ids().iter().filter(old).count(), legacy, "{kind}");
        }
    }
    assert_eq!(Registration::Legacy(16).kind(), None);
    assert_eq!(Registration::Callback(ObjectKind::Domain, 28).kind(), None);
}

#[test]
fn the_number_that_tells_more_comes_first() {
    let first = |kind| registrations(kind).next();
    assert_eq!(first(EventKind::IoError), Some(Registration::Callback(ObjectKind::Domain, 6)));
    assert_eq!(first(EventKind::BlockJob), Some(Registration::Callback(ObjectKind::Domain, 16)));
}

#[test]
fn an_event_without_its_object_is_refused() {
    let mut event = event(Reboot::new().into());
    event.object = None;
    assert_eq!(messages_of(&event).unwrap_err().to_string(), "reboot: the object is missing");
    event.object = object(Some(ObjectKind::Network));
    assert!(messages_of(&event).unwrap_err().to_string().contains("the object is another: network 'net'"));
}

#[test]
fn what_is_no_event_is_refused() {
    let refused = |program, procedure| event_body(program, procedure, &[]).unwrap_err().to_string();
    assert_eq!(refused(0x2000_8086, 1), "message 1 of program remote tells of no event");
    assert_eq!(refused(5, 1), "message 1 of program 5 tells of no event");
    assert!(event_body(0x2000_8086, 318, &[0; 7]).is_err());
}
