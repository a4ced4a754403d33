//! Events of every kind with any values, made from the description of their fields.

use omnivirt_model::event::record::{FieldMap, FieldTree};
use omnivirt_model::event::{Cause, Event, EventBody, EventKind, FieldDescription, FieldShape, Initiator};
use omnivirt_model::event::{Lifecycle, LifecycleChange};
use omnivirt_model::{
    DomainRef, NetworkRef, NodeDeviceRef, ObjectRef, SecretRef, SnapshotRef, Timestamp, Uuid,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

/// Texts with everything that formats must escape.
pub(crate) fn text() -> impl Strategy<Value = String> + Clone {
    prop_oneof![
        any::<String>(),
        "[ \t\r\n<>&\"'\\\\u{}0-9\u{0}\u{1}\u{7f}\u{fffe}\u{ffff}]{0,12}",
        Just("\\u{41}".to_owned()),
        Just(String::new()),
    ]
}

pub(crate) fn body(kind: EventKind) -> BoxedStrategy<EventBody> {
    if kind == EventKind::Lifecycle {
        // The detail depends on the change, which the description of single fields does not say.
        let numbers = (prop_oneof![0..12, any::<i32>()], prop_oneof![0..12, any::<i32>()]);
        return numbers
            .prop_map(|(event, detail)| Lifecycle::new(LifecycleChange::from_numbers(event, detail)).into())
            .boxed();
    }
    fields(kind.fields())
        .prop_map(move |mut fields| EventBody::of_kind(kind, &mut fields).expect("the description is true"))
        .boxed()
}

fn fields(descriptions: &'static [FieldDescription]) -> BoxedStrategy<FieldMap> {
    let typed_parameter = descriptions.iter().any(|field| matches!(field.shape, FieldShape::Any));
    if typed_parameter {
        return parameter().boxed();
    }
    let values: Vec<_> = descriptions
        .iter()
        .map(|field| {
            if field.is_optional {
                option::of(value(field)).boxed()
            } else {
                value(field).prop_map(Some).boxed()
            }
        })
        .collect();
    values
        .prop_map(|values| {
            let mut map = FieldMap::default();
            for (field, value) in descriptions.iter().zip(values) {
                if let Some(value) = value {
                    map.push(field.name, value);
                }
            }
            map
        })
        .boxed()
}

fn value(field: &FieldDescription) -> BoxedStrategy<FieldTree> {
    match field.shape {
        FieldShape::Bool => any::<bool>().prop_map(FieldTree::Bool).boxed(),
        FieldShape::Int => any::<i64>().prop_map(FieldTree::Int).boxed(),
        FieldShape::Uint if ["iteration", "vcpu", "microseconds"].contains(&field.name) => {
            any::<u32>().prop_map(|number| FieldTree::Uint(number.into())).boxed()
        }
        FieldShape::Uint => any::<u64>().prop_map(FieldTree::Uint).boxed(),
        FieldShape::Text => text().prop_map(FieldTree::Text).boxed(),
        FieldShape::Word(words) => {
            let known = proptest::sample::select(words).prop_map(str::to_owned);
            prop_oneof![known, any::<i32>().prop_map(|number| number.to_string())]
                .prop_map(FieldTree::Text)
                .boxed()
        }
        FieldShape::Record(inner) => fields(inner).prop_map(FieldTree::Record).boxed(),
        FieldShape::List(inner) => vec(fields(inner), 0..4)
            .prop_map(|items| FieldTree::List(items.into_iter().map(FieldTree::Record).collect()))
            .boxed(),
        other => panic!("no strategy for {other:?}"),
    }
}

fn parameter() -> impl Strategy<Value = FieldMap> {
    let value = prop_oneof![
        any::<i32>().prop_map(|value| ("int", FieldTree::Int(value.into()))),
        any::<u32>().prop_map(|value| ("uint", FieldTree::Uint(value.into()))),
        any::<i64>().prop_map(|value| ("llong", FieldTree::Int(value))),
        any::<u64>().prop_map(|value| ("ullong", FieldTree::Uint(value))),
        any::<f64>().prop_map(|value| ("double", FieldTree::Double(value))),
        Just(("double", FieldTree::Double(f64::INFINITY))),
        any::<bool>().prop_map(|value| ("boolean", FieldTree::Bool(value))),
        text().prop_map(|value| ("string", FieldTree::Text(value))),
    ];
    (text(), value).prop_map(|(name, (ty, value))| {
        let mut map = FieldMap::default();
        map.push("name", FieldTree::Text(name));
        map.push("type", FieldTree::Text(ty.to_owned()));
        map.push("value", value);
        map
    })
}

fn object() -> impl Strategy<Value = ObjectRef> {
    let domain = (text(), any::<u128>(), option::of(any::<u32>()))
        .prop_map(|(name, uuid, id)| DomainRef::new(name, Uuid::from_u128(uuid), id));
    prop_oneof![
        domain.clone().prop_map(ObjectRef::from),
        (domain, text()).prop_map(|(domain, name)| SnapshotRef::new(domain, name).into()),
        (text(), any::<u128>()).prop_map(|(name, uuid)| NetworkRef::new(name, Uuid::from_u128(uuid)).into()),
        text().prop_map(|name| NodeDeviceRef::new(name).into()),
        (any::<u128>(), any::<i32>(), text()).prop_map(|(uuid, ty, id)| SecretRef::new(
            Uuid::from_u128(uuid),
            ty,
            id
        )
        .into()),
    ]
}

fn cause() -> impl Strategy<Value = Cause> {
    let initiator = proptest::sample::select(Initiator::ALL);
    (initiator, option::of(any::<u64>()), option::of(text()), option::of(text())).prop_map(
        |(initiator, request_id, who, call)| {
            let mut cause = Cause::from(initiator);
            cause.request_id = request_id;
            cause.who = who.map(Into::into);
            cause.call = call.map(Into::into);
            cause
        },
    )
}

pub(crate) fn event() -> impl Strategy<Value = Event> {
    let body = proptest::sample::select(EventKind::ALL).prop_flat_map(body);
    (any::<u128>(), any::<u64>(), any::<u64>(), any::<i64>(), option::of(object()), cause(), body).prop_map(
        |(epoch, seq, object_seq, time, object, cause, body)| {
            let mut event = Event::new(Uuid::from_u128(epoch), seq, Timestamp::from_nanoseconds(time), body);
            event.object_seq = object_seq;
            event.object = object;
            event.cause = cause;
            event
        },
    )
}
