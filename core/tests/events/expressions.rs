//! Filter expressions: what they let through, and what is refused before the first event.

use crate::support::{domain, due, seqs};
use omnivirt_core::event::*;
use omnivirt_core::events::{EventBus, EventFilter, Policy};
use omnivirt_core::{DomainRef, ErrorKind, ParameterValue, TypedParameters, Uuid};

fn bus_with(filter: EventFilter) -> (EventBus, omnivirt_core::events::EventStream) {
    let bus = EventBus::new();
    let stream = bus.subscribe(filter, Policy::default()).unwrap();
    (bus, stream)
}

fn emit_some(bus: &EventBus) {
    let stopped = LifecycleChange::Stopped(StoppedDetail::Crashed);
    let started = LifecycleChange::Started(StartedDetail::Booted);
    bus.emit(
        DomainRef::new("web1", Uuid::from_u128(1), Some(1)),
        Cause::hypervisor(),
        Lifecycle::new(stopped),
    );
    bus.emit(
        DomainRef::new("web2", Uuid::from_u128(2), Some(2)),
        Cause::client(7).who("root"),
        Lifecycle::new(started),
    );
    bus.emit(domain(3), Cause::guest(), BalloonChange::new(u64::MAX));
    bus.emit(domain(3), Cause::guest(), BalloonChange::new(1024));
    let mut parameters = TypedParameters::default();
    parameters.push("cputune.cpu_shares", ParameterValue::Ullong(2048));
    bus.emit(domain(3), Cause::client(8), Tunable::new(parameters));
    bus.emit(
        domain(3),
        Cause::guest(),
        IoError::new("/disk", "virtio0", IoErrorAction::Pause, Some("enospc".to_owned())),
    );
    bus.emit(domain(3), Cause::guest(), IoError::new("/disk", "virtio0", IoErrorAction::Other(9), None));
}

#[track_caller]
fn lets_through(expression: &str, expected: &[u64]) {
    let (bus, mut stream) = bus_with(EventFilter::all().expression(expression));
    emit_some(&bus);
    assert_eq!(seqs(&due(&mut stream)), expected, "{expression}");
}

#[test]
fn they_see_every_field_by_its_name_in_json() {
    lets_through("true", &[1, 2, 3, 4, 5, 6, 7]);
    lets_through("type == 'lifecycle' && body.change == 'stopped'", &[1]);
    lets_through("type == 'lifecycle' && body.detail in ['crashed', 'booted']", &[1, 2]);
    lets_through("object.name.startsWith('web') && object.id > 1", &[2]);
    lets_through("has(cause.who) && cause.who == 'root' && cause.request_id == 7", &[2]);
    lets_through("has(body.actual_kib) && body.actual_kib <= 1024", &[4]);
    lets_through(
        "type == 'tunable' && body.parameters.exists(p, p.name == 'cputune.cpu_shares' && p.value == 2048)",
        &[5],
    );
    lets_through("has(body.reason) && body.reason == 'enospc'", &[6]);
    lets_through("type == 'io_error' && body.action == '9'", &[7]);
    lets_through("seq > 2 && seq <= 3 && object_seq > 0 && size(epoch) == 36 && size(time) > 19", &[3]);
}

#[test]
fn an_expression_that_fails_lets_nothing_through_and_is_counted() {
    let (bus, mut stream) = bus_with(EventFilter::all().expression("body.actual_kib == 1024"));
    emit_some(&bus);
    assert_eq!(seqs(&due(&mut stream)), [4]);
    let stats = stream.stats();
    assert_eq!((stats.filtered, stats.expression_errors), (1, 5));
    let (bus, mut stream) = bus_with(EventFilter::all().expression("seq"));
    emit_some(&bus);
    assert_eq!((due(&mut stream).len(), stream.stats().expression_errors), (0, 7), "a number is no answer");
}

#[test]
fn they_are_only_evaluated_for_kinds_and_objects_that_match() {
    let filter =
        EventFilter::of(domain(3)).kinds([EventKind::BalloonChange]).expression("body.actual_kib == 1024");
    let (bus, mut stream) = bus_with(filter);
    emit_some(&bus);
    assert_eq!(seqs(&due(&mut stream)), [4]);
    assert_eq!((stream.stats().filtered, stream.stats().expression_errors), (1, 0));
}

#[track_caller]
fn refused_for(filter: EventFilter) -> String {
    let error = EventBus::new().subscribe(filter, Policy::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert!(error.context("expression").is_some());
    error.message().to_owned()
}

#[track_caller]
fn refused(expression: impl Into<String>) -> String {
    refused_for(EventFilter::all().expression(expression))
}

#[test]
fn what_is_wrong_is_refused_with_its_place() {
    let message = refused("type == 'reboot' &&\n  (seq > 1");
    assert!(message.contains("line 2, column "), "{message}");
    assert!(refused("").contains("line 1, column 1"));
    let message = refused("type == 'reboot' &&\n kind == 'x'");
    assert!(message.contains("line 2, column 2: there is no 'kind'"), "{message}");
    let message = refused("'äöü' != body.detial");
    assert!(
        message.contains("line 1, column 14: there is no field 'detial'") && message.contains("detail"),
        "{message}"
    );
    assert!(refused("lower(type) == 'x'").contains("column 6: there is no function 'lower'"));
    assert!(refused("object.name.matches('x')").contains("no function 'matches'"));
    assert!(refused("cause.who.name == 'x'").contains("no field 'name' here, nor any other"));
    assert!(refused("type == 'lifecylce'").contains("'lifecylce' never comes here"));
    assert!(refused("body.change == 'stoped'").contains("'stoped' never comes here"));
    assert!(refused("Type{}").contains("no types"));
}

#[test]
fn fields_are_those_of_the_kinds_that_are_let_through() {
    let lifecycle = EventFilter::all().kinds([EventKind::Lifecycle]);
    assert!(refused_for(lifecycle.clone().expression("body.actual_kib > 1")).contains("only change, detail"));
    assert!(refused_for(lifecycle.expression("body.change == 'created'")).contains("never comes here"));
    let (_bus, _stream) = bus_with(EventFilter::all().expression("body.change == 'created'"));
}

#[test]
fn what_costs_too_much_is_refused() {
    assert!(refused(format!("seq > {}", "1".repeat(3_000))).contains("bytes long"));
    assert!(refused(format!("{}true{}", "(".repeat(100), ")".repeat(100))).contains("brackets"));
    assert!(refused("[1].all(a, [1].all(b, a == b))").contains("inside of another"));
    assert!(refused(format!("seq > 1{}", "+1".repeat(500))).contains("levels deep"));
    assert!(
        refused(format!("seq{}", ".a".repeat(900))).contains("levels deep")
            || refused("seq.a").contains("no field")
    );
    for hostile in
        ["!", "-", "a.", "a?", "a||", "a&&", "[", "{", "'", "\"", "\\", "\u{0}", "a in ", "1==", "a[0]"]
    {
        let expression: String = hostile.repeat(2_000 / hostile.len());
        drop(refused(expression.clone()));
        drop(refused(expression + "a"));
    }
}
