//! What a URI's parameters and the calls of `SimulatorOps` do to a host: latency, faults, virtual time, events.

#![allow(clippy::unwrap_used, reason = "a test that fails here says where")]

use omnivirt_core::event::*;
use omnivirt_core::events::{Delivery, EventFilter, Policy};
use omnivirt_core::*;
use serde_json::{Value, json};
use std::time::Duration;

async fn open(parameters: &str) -> Result<Connection> {
    Registry::of([omnivirt_driver_test::ENTRY])
        .open(&format!("test:///default?{parameters}"), ConnectOptions::default())
        .await
}

async fn test_domain(connection: &Connection) -> Domain {
    connection.domain_by_name("test").await.unwrap()
}

#[tokio::test]
async fn parameters_that_make_no_sense_are_refused_by_name() {
    for (parameters, says) in [
        ("speed=11", "speed"),
        ("latency_ms=fast", "latency_ms"),
        ("latency_ms=-1", "latency_ms"),
        ("seed=", "seed"),
        ("host=", "host"),
        ("time=soon", "time"),
        ("faults=", "faults"),
        ("faults=Domain::start:resource_busy", "faults"),
        ("faults=Domain::start:resource_busy:2", "faults"),
        ("faults=Domain::start:resource_busy:NaN", "faults"),
        ("faults=Domain::start:no_such_kind:0.5", "no_such_kind"),
        ("faults=Domain::fly:resource_busy:0.5", "Domain::fly"),
    ] {
        let error = open(parameters).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidUri, "{parameters}: {error}");
        assert!(error.message().contains(says), "{parameters}: {error}");
    }
}

/// Which of a hundred calls fail.
async fn failed(parameters: &str) -> Vec<bool> {
    let connection = open(parameters).await.unwrap();
    let mut failed = Vec::new();
    for _ in 0..100 {
        match connection.hostname().await {
            Ok(_) => failed.push(false),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::ResourceBusy, "{error}");
                failed.push(true);
            }
        }
        // What goes on beside does not change what is hit.
        let _ = connection.version().await;
    }
    failed
}

#[tokio::test]
async fn faults_hit_as_often_as_they_are_asked_to_and_the_same_calls_again() {
    let half = failed("seed=7&faults=Connection::hostname:resource_busy:0.5,*:internal:0").await;
    let count = half.iter().filter(|failed| **failed).count();
    assert!((30..70).contains(&count), "{count}");
    assert_eq!(failed("seed=7&faults=Connection::hostname:resource_busy:0.5").await, half);
    assert_ne!(failed("seed=8&faults=Connection::hostname:resource_busy:0.5").await, half);
    assert_eq!(failed("faults=Connection::hostname:resource_busy:1").await, vec![true; 100]);
    assert_eq!(failed("faults=Connection::hostname:resource_busy:0").await, vec![false; 100]);
}

#[tokio::test]
async fn faults_are_set_for_one_domain_and_a_number_of_times() {
    let connection = open("").await.unwrap();
    let domain = test_domain(&connection).await;
    let rule = FaultRule::default().call("Domain::info").domain("test").times(2_u32).error("timeout");
    connection.inject_faults(&[rule.clone().domain("other"), rule], FaultOptions::default()).await.unwrap();
    for expected in [Some(ErrorKind::Timeout), Some(ErrorKind::Timeout), None] {
        assert_eq!(domain.info().await.err().map(|error| error.kind()), expected);
    }
    connection
        .inject_faults(&[FaultRule::default().error("timeout")], FaultOptions::default())
        .await
        .unwrap();
    assert!(domain.info().await.is_err());
    // The one call that always gets through is the one that ends it.
    connection.inject_faults(&[], FaultOptions::default()).await.unwrap();
    assert!(domain.info().await.is_ok());
}

#[tokio::test]
async fn virtual_time_stands_still_until_it_is_told_to_go_on() {
    let connection = open("time=virtual").await.unwrap();
    let domain = test_domain(&connection).await;
    let before = domain.info().await.unwrap().cpu_time_ns;
    assert_eq!(domain.info().await.unwrap().cpu_time_ns, before);
    let start = connection.advance_time(0).await.unwrap();
    let end = connection.advance_time(1_500).await.unwrap();
    assert_eq!(end.since(start), Duration::from_millis(1_500));
    assert_eq!(domain.info().await.unwrap().cpu_time_ns - before, 2 * 1_500_000_000);
    let error = open("").await.unwrap().advance_time(1).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidState);
}

#[tokio::test]
async fn latency_is_waited_for_by_the_hosts_clock() {
    let connection = open("time=virtual&latency_ms=50").await.unwrap();
    let call = tokio::spawn({
        let connection = connection.clone();
        async move { connection.hostname().await }
    });
    tokio::task::yield_now().await;
    connection.advance_time(49).await.unwrap();
    tokio::task::yield_now().await;
    assert!(!call.is_finished());
    connection.advance_time(1).await.unwrap();
    call.await.unwrap().unwrap();
}

#[tokio::test]
async fn what_is_due_happens_at_its_time_before_time_has_gone_on() {
    let connection = open("time=virtual").await.unwrap();
    let domain = test_domain(&connection).await;
    let mut events = connection
        .subscribe(EventFilter::all().kinds([EventKind::PmWakeup]), Policy::default())
        .await
        .unwrap();
    let start = connection.advance_time(0).await.unwrap();
    domain
        .pm_suspend(SuspendTarget::Memory, PmSuspendOptions::default().wake_after_seconds(60_u64))
        .await
        .unwrap();
    connection.advance_time(59_999).await.unwrap();
    assert_eq!(domain.state().await.unwrap().state, DomainState::PmSuspended);
    connection.advance_time(100_000).await.unwrap();
    assert_eq!(domain.state().await.unwrap().state, DomainState::Running);
    let Some(Delivery::Event(woken)) = events.try_recv() else { panic!("the guest woke up") };
    assert_eq!(woken.time.since(start), Duration::from_secs(60));
    assert_eq!(woken.cause.initiator, Initiator::Guest);
}

#[tokio::test]
async fn a_job_takes_ten_times_the_latency_and_can_be_aborted() {
    let connection = open("time=virtual&latency_ms=10").await.unwrap();
    let at_once = async |future: tokio::task::JoinHandle<Result<()>>, ms| {
        tokio::task::yield_now().await;
        connection.advance_time(ms).await.unwrap();
        future.await.unwrap()
    };
    let domain = Domain::new(
        connection.clone(),
        DomainRef::new("test", "6695eb01-f6a4-8304-79aa-97f2502e193f".parse().unwrap(), None),
    );
    let save = |path: &'static str| {
        let domain = domain.clone();
        tokio::spawn(async move { domain.save(path, SaveOptions::default()).await })
    };
    let mut saving = save("/saved");
    tokio::task::yield_now().await;
    connection.advance_time(50).await.unwrap();
    assert!(!saving.is_finished());
    let abort = tokio::spawn({
        let domain = domain.clone();
        async move { domain.abort_job(AbortJobOptions::default()).await }
    });
    at_once(abort, 10).await.unwrap();
    let error = (&mut saving).await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Aborted);

    at_once(save("/saved"), 110).await.unwrap();
    let restore = tokio::spawn({
        let connection = connection.clone();
        async move { connection.restore("/saved", RestoreOptions::default()).await }
    });
    at_once(restore, 200).await.unwrap();
}

#[tokio::test]
async fn every_kind_of_event_can_be_injected() {
    let connection = open("").await.unwrap();
    for kind in EventKind::ALL.iter().filter(|kind| **kind != EventKind::ConnectionClosed) {
        let mut events =
            connection.subscribe(EventFilter::all().kinds([*kind]), Policy::default()).await.unwrap();
        let json = example(*kind);
        connection.inject_event(&json).await.unwrap_or_else(|error| panic!("{kind}: {json}: {error}"));
        let Some(Delivery::Event(event)) = events.try_recv() else { panic!("{kind} was not raised") };
        assert_eq!(event.cause.initiator, Initiator::Hypervisor, "{kind}");
    }
    let mut events = connection.subscribe(EventFilter::all(), Policy::default()).await.unwrap();
    connection.inject_event(&example(EventKind::ConnectionClosed)).await.unwrap();
    let Some(Delivery::Event(closed)) = events.recv().await else { panic!("the events have ended") };
    assert_eq!(closed.kind(), EventKind::ConnectionClosed);
    assert!(events.recv().await.is_none());
}

/// An event of that kind about an object of the default host, as a person would write it.
fn example(kind: EventKind) -> String {
    let object = match kind.object_kind() {
        Some(ObjectKind::Domain) => r#""object": {"kind": "domain", "name": "test"},"#,
        Some(ObjectKind::Network) => {
            r#""object": {"kind": "network", "name": "default", "uuid": "dd8fe884-6c02-601e-7551-cca97df1c5df"},"#
        }
        Some(ObjectKind::StoragePool) => {
            r#""object": {"kind": "storage_pool", "name": "default-pool", "uuid": "dfe224cb-28fb-8dd0-c4b2-64eb3f0f4566"},"#
        }
        Some(ObjectKind::NodeDevice) => r#""object": {"kind": "node_device", "name": "computer"},"#,
        Some(ObjectKind::Secret) => {
            r#""object": {"kind": "secret", "uuid": "00000000-0000-0000-0000-000000000001", "usage_type": 1, "usage_id": "/a"},"#
        }
        _ => "",
    };
    format!(r#"{{"type": "{kind}", {object} "body": {}}}"#, body(kind))
}

/// The least that an event of that kind says.
fn body(kind: EventKind) -> Value {
    match kind {
        // A detail depends on the change, which the description of single fields does not say.
        EventKind::Lifecycle => json!({"change": "suspended", "detail": "io_error"}),
        _ => least(kind.fields()),
    }
}

fn least(fields: &[FieldDescription]) -> Value {
    let needed = fields.iter().filter(|field| !field.is_optional);
    needed.map(|field| (field.name.to_owned(), value(field.shape))).collect::<serde_json::Map<_, _>>().into()
}

fn value(shape: FieldShape) -> Value {
    match shape {
        FieldShape::Bool => json!(false),
        FieldShape::Int | FieldShape::Uint => json!(0),
        FieldShape::Word(words) => json!(words[0]),
        FieldShape::Record(fields) => least(fields),
        FieldShape::List(_) => json!([]),
        _ => json!("a"),
    }
}
