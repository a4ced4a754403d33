//! What the values of events can say, and what readers refuse.

use omnivirt_model::event::record::FieldMap;
use omnivirt_model::event::*;
use omnivirt_model::{ObjectKind, Timestamp, Uuid};

#[test]
fn numbers_of_a_newer_peer_are_kept() {
    for (event, detail) in [(0, 0), (5, 7), (5, 99), (42, 3), (-1, -1)] {
        assert_eq!(LifecycleChange::from_numbers(event, detail).numbers(), (event, detail));
    }
    assert_eq!(LifecycleChange::from_numbers(2, 0), LifecycleChange::Started(StartedDetail::Booted));
    assert_eq!(BlockJobStatus::from_number(9), BlockJobStatus::Other(9));
    assert_eq!("9".parse(), Ok(BlockJobStatus::Other(9)));
    assert_eq!("0".parse(), Ok(BlockJobStatus::Completed));
    assert_eq!(BlockJobStatus::Other(9).to_string(), "9");
}

#[test]
fn kinds_are_dense_and_named() {
    for (index, kind) in EventKind::ALL.iter().enumerate() {
        assert_eq!(kind.index(), index);
        assert_eq!(kind.as_str().parse(), Ok(*kind));
        for id in kind.libvirt_ids() {
            let object = kind.object_kind().expect("libvirt numbers events by object");
            assert_eq!(EventKind::from_libvirt(object, *id), Some(*kind));
        }
    }
    let error = "lifecylce".parse::<EventKind>().unwrap_err().to_string();
    assert!(error.contains("'lifecylce'") && error.contains("lifecycle"), "{error}");
}

#[test]
fn every_domain_event_of_libvirt_has_a_kind() {
    for id in 0..=29 {
        assert!(EventKind::from_libvirt(ObjectKind::Domain, id).is_some(), "{id}");
    }
    assert_eq!(EventKind::from_libvirt(ObjectKind::Domain, 4), Some(EventKind::IoError));
    assert_eq!(EventKind::from_libvirt(ObjectKind::Domain, 6), Some(EventKind::IoError));
    assert_eq!(EventKind::from_libvirt(ObjectKind::Domain, 30), None);
}

fn message<E: std::fmt::Display>(result: Result<Event, E>) -> String {
    match result {
        Ok(event) => panic!("read as {event:?}"),
        Err(error) => error.to_string(),
    }
}

fn balloon() -> Event {
    Event::new(Uuid::nil(), 1, Timestamp::from_nanoseconds(0), BalloonChange::new(1024))
}

#[test]
fn errors_name_the_field() {
    let json = serde_json::to_string(&balloon()).unwrap();
    let read = |json: String| message(serde_json::from_str::<Event>(&json));
    assert!(
        read(json.replace("1024", "\"lots\""))
            .contains("body.actual_kib is not a whole number (u64): 'lots'")
    );
    assert!(read(json.replace("actual_kib", "actual")).contains("body.actual_kib is missing"));
    assert!(
        read(json.replace("balloon_change", "baloon"))
            .contains("type is wrong: 'baloon' is not a kind of event")
    );
    assert!(read(json.replace("\"seq\":1", "\"seq\":-1")).contains("seq is not a whole number"));
    assert_eq!(EventBody::of_kind(EventKind::Reboot, &mut FieldMap::default()), Ok(Reboot::new().into()));
}

#[test]
fn fields_of_a_newer_peer_are_left_alone() {
    let json = serde_json::to_string(&balloon()).unwrap();
    let json = json.replace("\"actual_kib\"", "\"host\":{\"a\":[1,null]},\"actual_kib\"");
    assert_eq!(serde_json::from_str::<Event>(&json).unwrap(), balloon());
}

#[test]
fn xml_may_be_laid_out_for_people() {
    let xml = balloon().to_xml().replace("><", ">\n  <!-- here --><");
    assert_eq!(Event::from_xml(&format!("<?xml version='1.0'?>\n{xml}\n")).unwrap(), balloon());
    let references = balloon().to_xml().replace("1024", "&#49;<![CDATA[02]]>4");
    assert_eq!(Event::from_xml(&references).unwrap(), balloon());
}

#[test]
fn hostile_xml_is_refused_with_its_place() {
    let refused = |xml: &str| message(Event::from_xml(xml));
    assert!(refused("<!DOCTYPE event [<!ENTITY a '&a;'>]><event>&a;</event>").contains("stands for itself"));
    assert!(refused("<event>\n<body>&a;</body></event>").starts_with("line 2, column "), "entity");
    assert!(refused(&"<a>".repeat(1_000_000)).contains("16 deep"));
    assert!(refused("<event><body></event>").starts_with("line 1"));
    assert!(refused("<event>").contains("ends inside of element 'event'"));
    assert!(refused("<domain/>").contains("is not an event but 'domain'"));
    assert!(refused("<event/><event/>").contains("follows"));
    assert!(refused("text").starts_with("line 1, column 1"));
    assert!(refused("").starts_with("line 1, column 1"));
}

#[test]
fn a_cloud_event_says_what_it_holds() {
    let json = balloon().to_cloud_event("test:///default");
    let read = |json: String| message(Event::from_cloud_event(&json));
    assert!(read(json.replace("\"1.0\"", "\"2.0\"")).contains("specversion is not 1.0"));
    assert!(
        read(json.replace("omnivirt.balloon_change", "omnivirt.reboot"))
            .contains("type is not that of the data")
    );
}
