//! What the calls on simulated hosts and domains answer, family by family.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod backups;
mod block_jobs;
mod guests;
mod host;
mod migration;
mod snapshots;
mod statistics;
mod streams;
mod tuning;

use omnivirt_core::event::{Event, EventBody};
use omnivirt_core::events::{Delivery, EventFilter, EventStream, Policy};
use omnivirt_core::*;

/// A guest that has one of everything.
const RICH: &str = "<domain type='test'>
  <name>rich</name>
  <uuid>4dea22b3-1d52-d8f3-2516-782e98ab3fa0</uuid>
  <memory unit='MiB'>512</memory>
  <vcpu>2</vcpu>
  <os><type arch='x86_64'>hvm</type></os>
  <devices>
    <disk type='file'><source file='/images/system.qcow2'/><target dev='vda' bus='virtio'/></disk>
    <disk type='file'><source file='/images/data.qcow2'/><target dev='vdb' bus='virtio'/><serial>S1</serial></disk>
    <disk type='file' device='cdrom'><target dev='sda' bus='sata'/><readonly/></disk>
    <interface type='network'><mac address='52:54:00:00:00:07'/><source network='default'/><target dev='vnet7'/></interface>
    <serial type='pty'/>
    <console type='pty'/>
    <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
    <channel type='unix'><target type='virtio' name='com.example.echo'/></channel>
    <graphics type='vnc'/>
    <graphics type='spice'/>
    <memballoon model='virtio'/>
  </devices>
</domain>";

/// A connection to a host of its own, whose time stands still.
async fn open() -> Connection {
    open_uri("test:///default?time=virtual").await
}

async fn open_uri(uri: &str) -> Connection {
    Registry::of([omnivirt_driver_test::ENTRY]).open(uri, ConnectOptions::default()).await.unwrap()
}

/// The rich guest, defined and running.
async fn rich(connection: &Connection) -> Domain {
    let domain = defined(connection, RICH).await;
    domain.start(StartOptions::default()).await.unwrap();
    domain
}

async fn defined(connection: &Connection, xml: &str) -> Domain {
    connection.define(xml, DefineOptions::default()).await.unwrap()
}

async fn xml(domain: &Domain) -> String {
    domain.dumpxml(DumpxmlOptions::default()).await.unwrap()
}

fn live() -> AffectOptions {
    AffectOptions::default().live(true)
}

fn config() -> AffectOptions {
    AffectOptions::default().config(true)
}

/// Everything that the connection tells from now on.
async fn watch(connection: &Connection) -> EventStream {
    connection.subscribe(EventFilter::all(), Policy::default()).await.unwrap()
}

/// What has been told so far.
fn told(stream: &mut EventStream) -> Vec<Event> {
    let mut events = Vec::new();
    while let Some(delivery) = stream.try_recv() {
        match delivery {
            Delivery::Event(event) => events.push((*event).clone()),
            other => panic!("{other:?}"),
        }
    }
    events
}

/// What has been told so far, by its words.
fn words(stream: &mut EventStream) -> Vec<String> {
    told(stream).iter().map(|event| word(&event.body)).collect()
}

fn word(body: &EventBody) -> String {
    match body {
        EventBody::Lifecycle(event) => format!("{:?}", event.change),
        EventBody::BlockJob(event) => format!("{:?}/{:?} {}", event.job, event.status, event.target),
        EventBody::AgentLifecycle(event) => format!("Agent{:?}", event.state),
        EventBody::ChannelLifecycle(event) => format!("Channel{:?}", event.state),
        EventBody::Graphics(event) => format!("Graphics{:?}", event.phase),
        other => format!("{:?}", other.kind()),
    }
}

fn kind<T: std::fmt::Debug>(result: Result<T>) -> ErrorKind {
    result.unwrap_err().kind()
}
