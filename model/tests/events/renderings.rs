//! JSON, XML and CloudEvents: each reads back to the same value.

use crate::any::event;
use omnivirt_model::event::record::{FieldMap, FieldTree};
use omnivirt_model::event::{Cause, Event, EventBody, EventKind, FieldDescription, FieldShape};
use omnivirt_model::{
    DomainRef, NetworkRef, NodeDeviceRef, ObjectKind, ObjectRef, SecretRef, StoragePoolRef, Timestamp, Uuid,
};
use proptest::prelude::*;
use std::fmt::Write;

/// Equal in every field: objects alone are equal when they are the same object.
fn assert_same(back: &Event, event: &Event) {
    assert_eq!(back, event);
    assert_eq!(serde_json::to_value(&back.object).unwrap(), serde_json::to_value(&event.object).unwrap());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn json_reads_back(event in event()) {
        let json = serde_json::to_string(&event).unwrap();
        assert_same(&serde_json::from_str(&json).unwrap(), &event);
        let body: EventBody = serde_json::from_str(&serde_json::to_string(&event.body).unwrap()).unwrap();
        prop_assert_eq!(body, event.body);
    }

    #[test]
    fn xml_reads_back(event in event()) {
        assert_same(&Event::from_xml(&event.to_xml()).unwrap(), &event);
    }

    #[test]
    fn cloud_events_read_back(event in event()) {
        assert_same(&Event::from_cloud_event(&event.to_cloud_event("test:///default")).unwrap(), &event);
    }

    #[test]
    fn the_object_in_an_event_is_written_as_it_is_alone(event in event()) {
        let json = serde_json::to_value(&event).unwrap();
        let object = json.get("object").cloned().unwrap_or_default();
        prop_assert_eq!(object, serde_json::to_value(&event.object).unwrap());
    }

    #[test]
    fn every_field_is_described(event in event()) {
        let json = serde_json::to_value(&event).unwrap();
        assert_described(&json, Event::FIELDS);
        assert_described(&json["body"], event.kind().fields());
    }

    #[test]
    fn no_text_makes_a_reader_panic(text in ".{0,200}") {
        let _ = Event::from_xml(&text);
        let _ = Event::from_cloud_event(&text);
    }

    #[test]
    fn no_damage_makes_a_reader_panic(event in event(), at: prop::sample::Index, with in ".") {
        let damage = |text: &str| {
            let mut characters: Vec<char> = text.chars().collect();
            let at = at.index(characters.len());
            characters.splice(at..=at, with.chars());
            characters.into_iter().collect::<String>()
        };
        let _ = Event::from_xml(&damage(&event.to_xml()));
        let _ = Event::from_cloud_event(&damage(&event.to_cloud_event("test:///default")));
    }
}

/// Descriptions without fields of their own stand for what depends on the kind.
fn assert_described(json: &serde_json::Value, descriptions: &[FieldDescription]) {
    for (name, value) in json.as_object().unwrap() {
        let field = descriptions
            .iter()
            .find(|field| field.name == name)
            .unwrap_or_else(|| panic!("{name} in {json}"));
        if let FieldShape::Record(inner) = field.shape
            && !inner.is_empty()
        {
            assert_described(value, inner);
        }
    }
    for field in descriptions.iter().filter(|field| !field.is_optional) {
        assert!(json.get(field.name).is_some(), "{} in {json}", field.name);
    }
}

/// One event of each kind in each form, as committed. `UPDATE_SNAPSHOTS=1` writes it anew.
#[test]
fn each_kind_is_written_as_it_always_was() {
    let mut now = String::new();
    for (index, kind) in EventKind::ALL.iter().enumerate() {
        let event = example(*kind, index as u64 + 1);
        writeln!(now, "{kind}\n  {}", serde_json::to_string(&event).unwrap()).unwrap();
        writeln!(now, "  {}\n  {}\n", event.to_xml(), event.to_cloud_event("test:///default")).unwrap();
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/events/renderings.snapshot");
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(path, &now).unwrap();
    }
    let before = std::fs::read_to_string(path).expect("the snapshot is committed");
    for (now, before) in now.lines().zip(before.lines()) {
        assert_eq!(now, before);
    }
    assert_eq!(now.len(), before.len());
}

fn example(kind: EventKind, seq: u64) -> Event {
    let mut fields = example_fields(kind.fields());
    if kind == EventKind::Lifecycle {
        fields = FieldMap::default();
        fields.push("change", FieldTree::Text("stopped".to_owned()));
        fields.push("detail", FieldTree::Text("destroyed".to_owned()));
    }
    let body = EventBody::of_kind(kind, &mut fields).unwrap();
    let epoch = Uuid::from_u128(0xe0);
    let mut event = Event::new(epoch, seq, Timestamp::from_nanoseconds(1_700_000_000_123_456_789), body);
    event.object = kind.object_kind().map(example_object);
    event.object_seq = if event.object.is_some() { seq } else { 0 };
    event.cause = Cause::client(42).who("root").call("Domain::destroy");
    event
}

fn example_object(kind: ObjectKind) -> ObjectRef {
    let uuid = Uuid::from_u128(1);
    match kind {
        ObjectKind::Domain => DomainRef::new("web & co", uuid, Some(3)).into(),
        ObjectKind::Network => NetworkRef::new("default", uuid).into(),
        ObjectKind::StoragePool => StoragePoolRef::new("images", uuid).into(),
        ObjectKind::NodeDevice => NodeDeviceRef::new("pci_0000_00_1c_1").into(),
        ObjectKind::Secret => SecretRef::new(uuid, 1, "/images/disk").into(),
        other => panic!("no event happens to a {other}"),
    }
}

fn example_fields(descriptions: &[FieldDescription]) -> FieldMap {
    let mut map = FieldMap::default();
    for field in descriptions {
        let value = match field.shape {
            FieldShape::Bool => FieldTree::Bool(true),
            FieldShape::Int => FieldTree::Int(-7),
            FieldShape::Uint => FieldTree::Uint(1024),
            FieldShape::Text => FieldTree::Text(format!("a <{}>", field.name)),
            FieldShape::Word(words) => FieldTree::Text(words[words.len() - 1].to_owned()),
            FieldShape::Record(inner) => FieldTree::Record(example_fields(inner)),
            FieldShape::List(inner) => FieldTree::List(vec![FieldTree::Record(example_fields(inner))]),
            FieldShape::Any => FieldTree::Text("value".to_owned()),
            other => panic!("no example for {other:?}"),
        };
        map.push(field.name, value);
    }
    map
}
