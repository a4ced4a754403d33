//! Pings, so that a daemon that is gone without a word is noticed.

use super::{Ended, Link};
use crate::uri::Keepalive;
use omnivirt_core::event::CloseReason;
use omnivirt_wire::keepalive::{Ping, Pong};
use omnivirt_wire::packet::{Header, PacketType, Status};
use omnivirt_wire::procedure::Message;
use std::sync::Weak;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// When something last came from the daemon.
#[derive(Debug)]
pub(super) struct Heard {
    start: Instant,
    after_nanos: AtomicU64,
}

impl Heard {
    pub(super) fn now() -> Self {
        Self { start: Instant::now(), after_nanos: AtomicU64::new(0) }
    }

    pub(super) fn again(&self) {
        let after = u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.after_nanos.store(after, Ordering::Relaxed);
    }

    fn last(&self) -> Instant {
        self.start + Duration::from_nanos(self.after_nanos.load(Ordering::Relaxed))
    }
}

/// A ping.
fn ping() -> Header {
    Header::new(Ping::PROGRAM, Ping::PROCEDURE.number, PacketType::Message, 0, Status::Ok)
}

/// What a ping is answered with.
pub(super) fn pong() -> Header {
    Header::new(Pong::PROGRAM, Pong::PROCEDURE.number, PacketType::Message, 0, Status::Ok)
}

/// Whether it is a ping.
pub(super) fn is_ping(header: &Header) -> bool {
    *header == Header { serial: header.serial, ..ping() }
}

pub(super) async fn run(link: Weak<Link>, mut ended: watch::Receiver<Option<Ended>>, keepalive: Keepalive) {
    tokio::select! {
        _ = ended.wait_for(Option::is_some) => {}
        () = watch_over(link, keepalive) => {}
    }
}

async fn watch_over(link: Weak<Link>, keepalive: Keepalive) {
    let mut unanswered = 0;
    let mut quiet_since = None;
    loop {
        let Some(heard) = link.upgrade().map(|link| {
            if link.is_paused.load(Ordering::Relaxed) {
                link.heard.again();
            }
            link.heard.last()
        }) else {
            return;
        };
        if quiet_since != Some(heard) {
            quiet_since = Some(heard);
            unanswered = 0;
        }
        let due = heard + keepalive.interval.saturating_mul(unanswered + 1);
        if Instant::now() < due {
            tokio::time::sleep_until(due).await;
            continue;
        }
        let Some(link) = link.upgrade() else { return };
        if unanswered >= keepalive.count {
            let quiet = keepalive.interval.saturating_mul(unanswered + 1);
            return link.end(Ended::new(
                CloseReason::Keepalive,
                format!("the connection was lost: the daemon did not answer {unanswered} pings in {quiet:?}"),
            ));
        }
        link.send_bare(&ping());
        unanswered += 1;
    }
}
