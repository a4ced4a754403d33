//! A root with guests in it, which end with it.

use omnivirt_core::event::{Event, EventBody, EventKind};
use omnivirt_core::events::{Delivery, EventFilter, EventStream, Policy};
use omnivirt_core::*;
use omnivirt_driver_qemu::ENTRY;
use omnivirt_peers::guest::{end_all_in, running_in};
use rustix::process::Pid;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

/// How long something may take that must come, on a host that has other things to do.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A root and the connection to it.
pub(crate) struct Guests {
    folder: TempDir,
    connection: Option<Connection>,
}

impl Guests {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        omnivirt_peers::guest::build(folder.path()).expect("the guest can be built");
        let mut guests = Self { folder, connection: None };
        guests.open().await;
        guests
    }

    async fn open(&mut self) {
        let uri = format!("qemu:///embed?root={}", self.path("root").display());
        let registry = Registry::of([ENTRY]);
        self.connection = Some(registry.open(&uri, ConnectOptions::default()).await.unwrap());
    }

    /// Opens the root anew, as another process would.
    pub(crate) async fn open_again(&mut self) {
        self.connection.take().unwrap().close().await.unwrap();
        self.open().await;
    }

    pub(crate) fn connection(&self) -> &Connection {
        self.connection.as_ref().unwrap()
    }

    /// A path beside the root.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A definition as it is on disk.
    pub(crate) fn on_disk(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(&format!("root/etc/{name}.xml"))).unwrap()
    }

    /// Defines a guest of 32 MiB that has one of four virtual CPUs.
    pub(crate) async fn define(&self, name: &str, more: &str, devices: &str) -> Domain {
        let kernel = self.path("guest.elf");
        let xml = format!(
            "<domain type='qemu'><name>{name}</name><memory unit='KiB'>32768</memory>\
             <vcpu current='1'>4</vcpu>{more}<os><type arch='x86_64' machine='pc'>hvm</type>\
             <kernel>{}</kernel></os><features><acpi/></features><devices><emulator>/usr/bin/qemu-system-x86_64</emulator>{devices}</devices></domain>",
            kernel.display()
        );
        self.connection().define(&xml, DefineOptions::default()).await.unwrap()
    }

    pub(crate) async fn start(&self, name: &str, more: &str, devices: &str) -> Domain {
        let domain = self.define(name, more, devices).await;
        domain.start(StartOptions::default()).await.unwrap();
        domain
    }

    pub(crate) async fn domain(&self, name: &str) -> Domain {
        self.connection().domain_by_name(name).await.unwrap()
    }

    /// The process of a domain that runs.
    pub(crate) async fn process(&self, domain: &Domain) -> Pid {
        let id = self.domain(domain.name()).await.reference().id.unwrap();
        let folder = self.path(&format!("root/run/{id}"));
        running_in(&folder)[0]
    }

    pub(crate) async fn listen(&self, kind: EventKind) -> EventStream {
        let filter = EventFilter::all().kinds([kind]);
        self.connection().subscribe(filter, Policy::default()).await.unwrap()
    }
}

impl Drop for Guests {
    fn drop(&mut self) {
        end_all_in(self.folder.path());
    }
}

/// The next event.
pub(crate) async fn next(events: &mut EventStream) -> Arc<Event> {
    match tokio::time::timeout(PATIENCE, events.recv()).await {
        Ok(Some(Delivery::Event(event))) => event,
        other => panic!("{other:?} where an event was due"),
    }
}

/// The names and values that the next event tells.
pub(crate) async fn next_tuned(events: &mut EventStream) -> String {
    match &next(events).await.body {
        EventBody::Tunable(tuned) => format!("{:?}", tuned.parameters),
        other => panic!("{other:?}"),
    }
}

pub(crate) fn live() -> AffectOptions {
    AffectOptions::default().live(true)
}

pub(crate) fn config() -> AffectOptions {
    AffectOptions::default().config(true)
}

pub(crate) fn inactive() -> DumpxmlOptions {
    DumpxmlOptions::default().inactive(true)
}
