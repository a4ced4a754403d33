//! Attaching and detaching devices.

use super::rules;
use crate::case::Case;
use crate::failure::{Outcome, ensure, ensure_eq, refused};
use crate::life::Life;
use crate::rig::Rig;
use crate::watch::Watch;
use omnivirt_core::event::EventKind;
use omnivirt_core::xml::Document;
use omnivirt_core::*;
use std::sync::Arc;

pub(super) fn cases() -> Vec<Case> {
    rules!["devices":
        a_device_is_attached_to_a_run [CONNECTION_DEFINE, DOMAIN_START, DOMAIN_DUMPXML, DOMAIN_ATTACH_DEVICE]
            "a device that is attached to a running domain is there, is told, and is not in the definition",
        a_device_is_detached_from_a_run [CONNECTION_DEFINE, DOMAIN_START, DOMAIN_DUMPXML, DOMAIN_ATTACH_DEVICE, DOMAIN_DETACH_DEVICE]
            "a device that is detached from a running domain is gone, and that is told",
        a_device_is_attached_to_a_definition [CONNECTION_DEFINE, DOMAIN_DUMPXML, DOMAIN_ATTACH_DEVICE]
            "a device that is attached to a definition is in it, and nothing is told of a run",
        a_device_is_attached_once [CONNECTION_DEFINE, DOMAIN_START, DOMAIN_ATTACH_DEVICE]
            "a device in the place of one that is there is refused as invalid_state",
        a_missing_device_is_not_detached [CONNECTION_DEFINE, DOMAIN_START, DOMAIN_DETACH_DEVICE]
            "detaching a device that is not there is refused as device_missing",
        what_is_no_device_is_refused [CONNECTION_DEFINE, DOMAIN_START, DOMAIN_ATTACH_DEVICE]
            "what is not XML is refused as xml_syntax",
    ]
}

fn here() -> AffectOptions {
    AffectOptions::default()
}

/// How many devices the run, or the definition, has of the kind that the fixture names.
async fn devices(rig: &Rig, domain: &Domain, inactive: bool) -> Outcome<usize> {
    let xml = domain.dumpxml(DumpxmlOptions::default().inactive(inactive)).await?;
    let parse =
        |text: String| Document::parse(text).map_err(|error| crate::failure::Failure::new(error.to_string()));
    let (document, device) = (parse(xml)?, parse(rig.fixture().device_xml())?);
    let kind = device.root().name();
    Ok(document
        .root()
        .child("devices")
        .map_or(0, |devices| devices.children().filter(|child| child.name() == kind).count()))
}

/// Fails unless one event of that kind, and none of the other, was told.
async fn told(rig: &Rig, watch: &mut Watch, domain: &Domain, expected: &[EventKind]) -> Outcome {
    if watch.is_on() {
        let about_devices =
            [EventKind::DeviceAdded, EventKind::DeviceRemoved, EventKind::DeviceRemovalFailed];
        let events = watch.of_until_now(rig, domain).await?;
        let kinds: Vec<EventKind> =
            events.iter().map(|event| event.kind()).filter(|kind| about_devices.contains(kind)).collect();
        ensure_eq!(kinds, expected, "what is told of devices");
    }
    Ok(())
}

async fn a_device_is_attached_to_a_run(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::Running).await?;
    let mut watch = Watch::all(rig.connection()).await?;
    let before = (devices(&rig, &domain, false).await?, devices(&rig, &domain, true).await?);
    domain.attach_device(&rig.fixture().device_xml(), here().live(true)).await?;
    let after = (devices(&rig, &domain, false).await?, devices(&rig, &domain, true).await?);
    ensure_eq!(after, (before.0 + 1, before.1), "the devices of the run and of the definition");
    told(&rig, &mut watch, &domain, &[EventKind::DeviceAdded]).await
}

async fn a_device_is_detached_from_a_run(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::Running).await?;
    let before = devices(&rig, &domain, false).await?;
    domain.attach_device(&rig.fixture().device_xml(), here().live(true)).await?;
    let mut watch = Watch::all(rig.connection()).await?;
    rig.drive(domain.detach_device(&rig.fixture().device_xml(), here().live(true))).await?;
    if watch.is_on() {
        // The guest lets go when it can.
        while watch.next().await?.kind() != EventKind::DeviceRemoved {}
    }
    ensure_eq!(devices(&rig, &domain, false).await?, before, "the devices of the run");
    Ok(())
}

async fn a_device_is_attached_to_a_definition(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::ShutOff).await?;
    let mut watch = Watch::all(rig.connection()).await?;
    let before = devices(&rig, &domain, true).await?;
    domain.attach_device(&rig.fixture().device_xml(), here()).await?;
    ensure_eq!(devices(&rig, &domain, true).await?, before + 1, "the devices of the definition");
    told(&rig, &mut watch, &domain, &[]).await
}

async fn a_device_is_attached_once(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::Running).await?;
    domain.attach_device(&rig.fixture().device_xml(), here().live(true)).await?;
    let answer = domain.attach_device(&rig.fixture().device_xml(), here().live(true)).await;
    refused(answer, ErrorKind::InvalidState, "the same device again")
}

async fn a_missing_device_is_not_detached(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::Running).await?;
    let answer = domain.detach_device(&rig.fixture().device_xml(), here().live(true)).await;
    refused(answer, ErrorKind::DeviceMissing, "a device that is not there")
}

async fn what_is_no_device_is_refused(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::Running).await?;
    for xml in ["", "a device", "<disk>"] {
        let answer = domain.attach_device(xml, here()).await;
        refused(answer, ErrorKind::XmlSyntax, &format!("'{xml}'"))?;
    }
    ensure!(rig.life(&domain).await? == Life::Running, "the domain does not run any more");
    Ok(())
}
