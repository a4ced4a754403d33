//! Memory that is set, and memory that is measured.

use crate::guests::{Guests, config, inactive, live, next};
use omnivirt_core::event::{EventBody, EventKind};
use omnivirt_core::*;

fn plain() -> SetMemoryOptions {
    SetMemoryOptions::default()
}

#[tokio::test]
async fn a_guest_gives_memory_back_and_who_asked_for_it_is_told() {
    let mut guests = Guests::new().await;
    let domain = guests.start("shrinks", "", "").await;
    let mut events = guests.listen(EventKind::BalloonChange).await;
    domain.set_memory(16384, live(), plain()).await.unwrap();
    let event = next(&mut events).await;
    assert!(
        matches!(&event.body, EventBody::BalloonChange(change) if change.actual_kib == 16384),
        "{event:?}"
    );
    assert_eq!(event.cause.call.as_deref(), Some("Domain::set_memory"));
    assert_eq!(domain.info().await.unwrap().memory_kib, 16384);
    let xml = domain.dumpxml(DumpxmlOptions::default()).await.unwrap();
    assert!(xml.contains("<currentMemory unit='KiB'>16384</currentMemory>"), "{xml}");
    let stats = domain.memory_stats().await.unwrap();
    assert_eq!((stats.current_kib, stats.maximum_kib), (Some(16384), Some(32768)));
    assert!(stats.rss_kib.unwrap() > 1024, "{stats:?}");
    assert!(!guests.on_disk("shrinks").contains("16384"));

    // The next who looks after it learns what the guest has.
    guests.open_again().await;
    assert_eq!(guests.domain("shrinks").await.info().await.unwrap().memory_kib, 16384);
}

#[tokio::test]
async fn a_guest_begins_with_the_memory_of_its_definition() {
    let guests = Guests::new().await;
    let domain = guests.define("begins", "<currentMemory unit='KiB'>24576</currentMemory>", "").await;
    let mut events = guests.listen(EventKind::BalloonChange).await;
    domain.start(StartOptions::default()).await.unwrap();
    let event = next(&mut events).await;
    assert!(
        matches!(&event.body, EventBody::BalloonChange(change) if change.actual_kib == 24576),
        "{event:?}"
    );
}

#[tokio::test]
async fn memory_of_a_definition_is_on_disk_before_it_counts() {
    let mut guests = Guests::new().await;
    let domain = guests.define("defined", "", "").await;
    domain.set_memory(16384, config(), plain()).await.unwrap();
    assert!(guests.on_disk("defined").contains("<currentMemory unit='KiB'>16384</currentMemory>"));
    domain.set_memory(8192, config(), plain().maximum(true)).await.unwrap();
    let info = domain.info().await.unwrap();
    assert_eq!((info.max_memory_kib, info.memory_kib), (8192, 8192));
    domain.set_memory_stats_period(5, config()).await.unwrap();
    guests.open_again().await;
    let domain = guests.domain("defined").await;
    let xml = domain.dumpxml(inactive()).await.unwrap();
    assert_eq!(xml, guests.on_disk("defined"));
    assert!(xml.contains("<stats period='5'/>"), "{xml}");
    assert_eq!(domain.info().await.unwrap().max_memory_kib, 8192);
}

#[tokio::test]
async fn what_cannot_be_is_refused_and_changes_nothing() {
    let guests = Guests::new().await;
    let domain = guests.start("limits", "", "").await;
    let before = (guests.on_disk("limits"), domain.dumpxml(DumpxmlOptions::default()).await.unwrap());
    let both = live().config(true);
    let cases = [
        (32769, both.clone(), plain(), ErrorKind::InvalidArgument),
        (0, both.clone(), plain(), ErrorKind::InvalidArgument),
        (16384, both, plain().maximum(true), ErrorKind::InvalidState),
    ];
    for (memory_kib, affect, options, kind) in cases {
        let refused = domain.set_memory(memory_kib, affect, options).await.unwrap_err();
        assert_eq!(refused.kind(), kind, "{refused}");
    }
    let bare = guests.start("bare", "", "<memballoon model='none'/>").await;
    let refused = bare.set_memory(16384, live(), plain()).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::OperationUnsupported);
    let refused = bare.set_memory_stats_period(1, live()).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::DeviceMissing);
    let after = (guests.on_disk("limits"), domain.dumpxml(DumpxmlOptions::default()).await.unwrap());
    assert_eq!(before, after);
}

#[tokio::test]
async fn a_guest_that_tells_nothing_has_no_numbers_of_its_own() {
    let guests = Guests::new().await;
    let domain =
        guests.start("silent", "", "<memballoon model='virtio'><stats period='1'/></memballoon>").await;
    let stats = domain.memory_stats().await.unwrap();
    assert_eq!((stats.unused_kib, stats.swap_in_kib, stats.last_update_unix_s), (None, None, None));
    domain.set_memory_stats_period(0, live()).await.unwrap();
    let xml = domain.dumpxml(DumpxmlOptions::default()).await.unwrap();
    assert!(!xml.contains("period="), "{xml}");
    domain.destroy(DestroyOptions::default()).await.unwrap();
    let refused = domain.memory_stats().await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidState);
}
