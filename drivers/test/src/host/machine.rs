//! The computer that a simulated host is.

use super::hardware::Hardware;
use super::page_sharing::PageSharing;
use super::pages::Pages;
use omnivirt_core::{Timestamp, Uuid};
use parking_lot::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// The computer that a host is: what it is made of, and what changes of it apart from its guests.
#[derive(Debug)]
pub(crate) struct Machine {
    pub(crate) uuid: Uuid,
    pub(crate) hostname: String,
    pub(crate) hardware: Hardware,
    /// When it was switched on.
    pub(crate) booted: Timestamp,
    pub(crate) pages: Mutex<Pages>,
    pub(crate) page_sharing: Mutex<PageSharing>,
    /// Until when it has been put to sleep; in the past when it is awake.
    pub(crate) asleep_until: Mutex<Timestamp>,
    /// How many ports were given to domains that arrive.
    ports_given: AtomicU32,
}

impl Machine {
    /// A computer of that hardware and name, switched on at that moment.
    pub(crate) fn new(hardware: Hardware, hostname: impl Into<String>, booted: Timestamp) -> Self {
        Self {
            uuid: Uuid::new_v4(),
            hostname: hostname.into(),
            booted,
            pages: Mutex::new(Pages::new(&hardware)),
            page_sharing: Mutex::default(),
            asleep_until: Mutex::new(booted),
            ports_given: AtomicU32::new(0),
            hardware,
        }
    }

    /// Which port in turn the next domain that arrives is given.
    pub(crate) fn next_port(&self) -> u32 {
        self.ports_given.fetch_add(1, Ordering::Relaxed)
    }

    /// How long it has been on.
    pub(crate) fn uptime(&self, now: Timestamp) -> Duration {
        now.since(self.booted)
    }
}
