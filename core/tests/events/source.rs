//! What a driver needs whose events come from elsewhere.

use crate::support::{domain, emit};
use omnivirt_core::event::EventKind;
use omnivirt_core::events::{Delivery, EventBus, EventFilter, Gap, Policy};

fn seqs(deliveries: impl IntoIterator<Item = Delivery>) -> Vec<String> {
    deliveries
        .into_iter()
        .map(|delivery| match delivery {
            Delivery::Event(event) => event.seq.to_string(),
            Delivery::Gap(Gap { from, to, lost }) => format!("{from}-{to}:{lost}"),
        })
        .collect()
}

#[test]
fn what_the_source_lost_is_told_at_its_place() {
    let bus = EventBus::new();
    let mut stream = bus.subscribe(EventFilter::all(), Policy::default()).unwrap();
    bus.lost();
    bus.lost();
    emit(&bus, 1);
    bus.lost();
    emit(&bus, 1);
    let told: Vec<_> = std::iter::from_fn(|| stream.try_recv()).collect();
    assert_eq!(seqs(told), ["1-2:0", "3", "4-4:0", "5"]);
}

#[test]
fn what_the_source_lost_and_what_the_queue_lost_are_one_gap() {
    let bus = EventBus::new();
    let mut stream = bus.subscribe(EventFilter::all(), Policy::drop_oldest().capacity(1)).unwrap();
    bus.lost();
    emit(&bus, 1);
    bus.lost();
    emit(&bus, 1);
    emit(&bus, 1);
    let told: Vec<_> = std::iter::from_fn(|| stream.try_recv()).collect();
    assert_eq!(seqs(told), ["1-4:2", "5"]);
}

#[tokio::test]
async fn what_is_wanted_follows_the_registrations() {
    let bus = EventBus::new();
    let reboot = EventFilter::of(domain(1)).kinds([EventKind::Reboot]);
    let stream = bus.subscribe(reboot, Policy::default()).unwrap();
    assert!(bus.wants(EventKind::Reboot, Some(&domain(1).into())));
    assert!(!bus.wants(EventKind::Reboot, None));
    assert_eq!(bus.wanted(), [(EventKind::Reboot, Some(domain(1).into()))]);
    drop(stream);
    bus.registrations_ended().await;
    assert!(bus.wanted().is_empty());
}
