//! A guest that moves the tray of its drive.

use crate::guests::{Guests, PATIENCE, next};
use omnivirt_core::event::{EventBody, EventKind, TrayChangeReason};
use omnivirt_core::*;
use std::time::{Duration, Instant};

const DEVICES: &str =
    "<serial type='pty'/><disk type='file' device='cdrom'><target dev='hdc' bus='ide'/></disk>";
/// More often than it is worth writing down each time.
const MOVES: usize = 40;

async fn shows_tray_out(domain: &Domain) -> bool {
    domain.dumpxml(DumpxmlOptions::default()).await.unwrap().contains("tray='open'")
}

#[tokio::test]
async fn each_move_is_told_and_the_last_is_known_to_whoever_comes_next() {
    let mut guests = Guests::new().await;
    let domain = guests.start("drive", "", DEVICES).await;
    let mut told = guests.listen(EventKind::TrayChange).await;
    let mut console = domain.open_console(None, ConsoleOptions::default()).await.unwrap();
    let mut said = Vec::new();
    while !said.ends_with(b"READY") {
        let mut byte = [0];
        let read = tokio::time::timeout(PATIENCE, console.read(&mut byte)).await;
        assert_eq!(read.expect("the guest says that it is ready").unwrap(), 1);
        said.extend(byte);
    }
    // Out and in, and out in the end.
    console.write(&b"!e!l".repeat(MOVES)).await.unwrap();
    console.write(b"!e").await.unwrap();
    for number in 0..=2 * MOVES {
        let event = next(&mut told).await;
        let EventBody::TrayChange(change) = &event.body else { panic!("{event:?}") };
        let out = if number % 2 == 0 { TrayChangeReason::Open } else { TrayChangeReason::Close };
        assert_eq!(change.reason, out, "move {number}");
    }
    assert!(shows_tray_out(&domain).await);
    let run = guests.domain("drive").await.reference().id.unwrap();
    let noted = guests.path(&format!("root/run/{run}.kept/devices.json"));
    let begun = Instant::now();
    while !std::fs::read_to_string(&noted).unwrap_or_default().contains("ide0-1-0") {
        assert!(begun.elapsed() < PATIENCE, "it is not written down");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    drop(console);
    guests.open_again().await;
    let mut told = guests.listen(EventKind::TrayChange).await;
    let domain = guests.domain("drive").await;
    assert!(shows_tray_out(&domain).await);
    // It is met again when it can be asked something, and nothing of the tray is news then.
    domain.suspend().await.unwrap();
    assert!(told.try_recv().is_none());
    domain.destroy(DestroyOptions::default()).await.unwrap();
    assert!(!shows_tray_out(&domain).await);
}
