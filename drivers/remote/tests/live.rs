//! Against a real libvirtd, where `OMNIVIRT_LIBVIRTD_SOCKET` names the socket of one. Without it these do nothing, and say
//! so.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use omnivirt_core::event::{EventBody, EventKind};
use omnivirt_core::events::{Delivery, EventFilter, EventStream, Policy};
use omnivirt_core::*;
use std::time::Duration;

const DOMAIN: &str = "<domain type='test'><name>NAME</name><memory unit='MiB'>64</memory><vcpu>2</vcpu>\
                      <os><type>hvm</type></os></domain>";

async fn connect() -> Option<Connection> {
    let Ok(socket) = std::env::var("OMNIVIRT_LIBVIRTD_SOCKET") else {
        eprintln!("skipped: OMNIVIRT_LIBVIRTD_SOCKET names no libvirtd");
        return None;
    };
    let registry = Registry::of([omnivirt_driver_remote::ENTRY]);
    let uri = format!("test+unix:///default?socket={socket}");
    Some(registry.open(&uri, ConnectOptions::default()).await.unwrap())
}

async fn next(stream: &mut EventStream) -> EventBody {
    let delivery = tokio::time::timeout(Duration::from_secs(10), stream.recv()).await.unwrap();
    match delivery {
        Some(Delivery::Event(event)) => event.body.clone(),
        other => panic!("{other:?} where an event was due"),
    }
}

#[tokio::test]
async fn a_domain_goes_through_its_life_and_its_events_are_told() {
    let Some(connection) = connect().await else { return };
    let name = format!("life{}", std::process::id());
    let lifecycle = EventFilter::all().kinds([EventKind::Lifecycle]);
    let mut events = connection.subscribe(lifecycle, Policy::default()).await.unwrap();
    let domain = connection.define(&DOMAIN.replace("NAME", &name), DefineOptions::default()).await.unwrap();
    domain.start(StartOptions::default()).await.unwrap();
    assert_eq!(domain.state().await.unwrap().state, DomainState::Running);
    assert_eq!(domain.vcpus().await.unwrap().len(), 2);
    assert!(domain.status().await.unwrap().persistent);
    let own = EventFilter::of(domain.reference().clone()).kinds([EventKind::Lifecycle]);
    let mut of_it = connection.subscribe(own, Policy::default()).await.unwrap();
    domain.destroy(DestroyOptions::default()).await.unwrap();
    domain.undefine(UndefineOptions::default()).await.unwrap();
    for told in ["defined", "started", "stopped", "undefined"] {
        loop {
            let delivery =
                tokio::time::timeout(Duration::from_secs(10), events.recv()).await.unwrap().unwrap();
            let event = delivery.event().unwrap().clone();
            if event.object.as_ref().unwrap().name() != name {
                continue;
            }
            let json = serde_json::to_string(&*event).unwrap();
            assert!(json.contains(told), "{json}: {told}");
            break;
        }
    }
    // Told once each, though the daemon was asked for all domains and for this one.
    next(&mut of_it).await;
    next(&mut of_it).await;
    assert!(of_it.try_recv().is_none());
    connection.close().await.unwrap();
    assert!(matches!(next(&mut of_it).await, EventBody::ConnectionClosed(_)));
}

#[tokio::test]
async fn every_kind_can_be_asked_for() {
    let Some(connection) = connect().await else { return };
    let stream = connection.subscribe(EventFilter::all(), Policy::default()).await.unwrap();
    drop(stream);
    let error = connection
        .subscribe(EventFilter::all().kinds([EventKind::MonitorEvent]), Policy::default())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    let pending = connection.on_event_pending(EventFilter::all(), Policy::default(), |_| {}).await.unwrap();
    connection.event_deregister(pending).await.unwrap();
    let snapshot = connection.snapshot_then_stream(EventFilter::all(), Policy::default()).await.unwrap();
    assert!(snapshot.state.iter().any(|now| &*now.domain.name == "test" && now.persistent));
    println!("{}", connection.version().await.unwrap().hypervisor);
    println!("{:?}", connection.node_cpu_map().await.map(|map| map.cpus));
    println!("{:?}", connection.free_memory().await);
    println!("{:?}", connection.node_cpu_stats(None).await);
}

#[tokio::test]
async fn a_screenshot_comes_as_a_stream() {
    let Some(connection) = connect().await else { return };
    let test = connection.domain_by_name("test").await.unwrap();
    match test.screenshot(0).await {
        Ok(mut stream) => {
            let bytes = stream.read_to_end(1 << 24).await.unwrap();
            println!("{} bytes of {:?}", bytes.len(), stream.content_type());
        }
        Err(error) => println!("{error}"),
    }
    println!("{:?}", test.cpu_stats(CpuRange::default()).await);
    println!("{:?}", test.vcpu_pins(AffectOptions::default()).await);
    println!("{:?}", test.block_stats("vda").await.map_err(|error| error.to_string()));
    println!("{:?}", test.job_info(JobInfoOptions::default()).await.map_err(|error| error.to_string()));
    println!("{:?}", test.current_snapshot().await.map_err(|error| error.to_string()));
}
