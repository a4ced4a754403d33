//! The devices of a domain.

use super::alias::Aliases;
use super::state::{Side, Simulated};
use super::values;
use crate::connection::TestDriver;
use crate::host::Host;
use omnivirt_core::Error;
use omnivirt_core::document::MemorySize;
use omnivirt_core::domain::{Device, DomainConfig};
use omnivirt_core::event::*;
use omnivirt_core::xml::{Document, Element, NewElement, Place};
use omnivirt_core::*;
use std::os::fd::OwnedFd;

#[driver_ops]
impl DomainDeviceOps for TestDriver {
    async fn attach_device(
        &self,
        cx: &CallCx,
        domain: &DomainRef,
        xml: &str,
        affect: &AffectOptions,
    ) -> Result<()> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        let mut added = None;
        domain.change_each(affect, |side, config| match side {
            Side::Live => {
                // Looked at as it was given first, so that places in errors are those in what was given.
                config.attach(xml)?;
                let (named, alias) = named(config, xml)?;
                added = Some(alias);
                config.attach(&named).map_err(Error::from)
            }
            Side::Config => config.attach(xml).map_err(Error::from),
        })?;
        if let Some(alias) = added {
            domain.emit_body(&self.host, &cx.cause(), DeviceAdded::new(alias));
        }
        Ok(())
    }

    async fn detach_device(
        &self,
        cx: &CallCx,
        domain: &DomainRef,
        xml: &str,
        affect: &AffectOptions,
    ) -> Result<()> {
        let entry = self.host.domain(domain)?;
        entry.lock()?.detach(cx, &self.host, affect, |config| config.find_device(xml).map_err(Error::from))
    }

    async fn detach_device_alias(
        &self,
        cx: &CallCx,
        domain: &DomainRef,
        alias: &str,
        affect: &AffectOptions,
    ) -> Result<()> {
        let entry = self.host.domain(domain)?;
        entry.lock()?.detach(cx, &self.host, affect, |config| by_alias(config, alias))
    }

    async fn update_device(
        &self,
        cx: &CallCx,
        domain: &DomainRef,
        xml: &str,
        affect: &AffectOptions,
        _: &UpdateDeviceOptions,
    ) -> Result<()> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        let mut told = Vec::new();
        domain.change_each(affect, |side, config| {
            let old = config.find_device(xml)?;
            let updated = config.update(&with_alias_of(xml, old)?)?;
            if side == Side::Live {
                told = noticed(old, updated.find_device(xml)?);
            }
            Ok(updated)
        })?;
        for body in told {
            domain.emit_body(&self.host, &cx.cause(), body);
        }
        Ok(())
    }

    async fn associate_files(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        group: &str,
        files: Vec<OwnedFd>,
        _: &AssociateFilesOptions,
    ) -> Result<()> {
        self.host.domain(domain)?.check()?;
        if group.is_empty() || files.is_empty() {
            return Err(Error::new(ErrorKind::InvalidArgument, "a group of files needs a name and a file"));
        }
        // A simulated domain opens nothing: that its XML names the group is all that comes of it.
        Ok(())
    }
}

impl Simulated {
    /// Takes out the device that `find` finds on each side. The guest lets go of it at once.
    fn detach(
        &mut self,
        cx: &CallCx,
        host: &Host,
        affect: &AffectOptions,
        find: impl Fn(&DomainConfig) -> Result<Device<'_>>,
    ) -> Result<()> {
        let mut removed = None;
        self.change_each(affect, |side, config| {
            let device = find(config)?;
            if side == Side::Live {
                removed = device.alias().map(String::from);
            }
            without(config, device)
        })?;
        if let Some(alias) = removed {
            self.emit_body(host, &cx.cause(), DeviceRemoved::new(alias));
        }
        Ok(())
    }

    /// The guest has let go of a device without having been asked.
    pub(crate) fn lose_device(&mut self, alias: &str) {
        let Ok(run) = self.run() else { return };
        let config = &run.configuration.config;
        if let Ok(rest) = by_alias(config, alias).and_then(|device| without(config, device)) {
            run.configuration.set(rest);
        }
    }
}

fn by_alias<'a>(config: &'a DomainConfig, alias: &str) -> Result<Device<'a>> {
    let mut devices = config.devices();
    let found = devices.find(|device| device.alias().is_some_and(|own| own == alias));
    found.ok_or_else(|| {
        Error::new(ErrorKind::DeviceMissing, format!("the domain has no device with the alias '{alias}'"))
    })
}

fn without(config: &DomainConfig, device: Device<'_>) -> Result<DomainConfig> {
    let place = config.devices().position(|other| other == device);
    let changed = config.edited(|edit| {
        if let Some(device) = place.and_then(|place| config.devices().nth(place)) {
            edit.remove(device.element());
        }
        Ok(())
    });
    changed.map_err(Error::from)
}

/// A device's document with an alias, one that is free if it has none; and the alias.
fn named(config: &DomainConfig, xml: &str) -> Result<(String, String)> {
    let document = read(xml)?;
    let Some(device) = Device::of(document.root()) else { return Ok((xml.to_owned(), String::new())) };
    if let Some(alias) = device.alias() {
        return Ok((xml.to_owned(), alias.into_owned()));
    }
    let alias = Aliases::of(config).name(device);
    Ok((with_alias(&document, &alias)?, alias))
}

/// A device's document with the alias of the device in whose place it comes, unless it has one.
fn with_alias_of(xml: &str, old: Device<'_>) -> Result<String> {
    let document = read(xml)?;
    match old.alias() {
        Some(alias) if document.root().child("alias").is_none() => with_alias(&document, &alias),
        _ => Ok(xml.to_owned()),
    }
}

fn with_alias(document: &Document, alias: &str) -> Result<String> {
    let mut edit = document.edit();
    edit.insert(document.root(), Place::Last, &NewElement::new("alias").attribute("name", alias));
    edit.finish().map(Document::into_string).map_err(Error::from)
}

fn read(xml: &str) -> Result<Document> {
    Document::parse(xml).map_err(Error::from)
}

/// What the guest, or the hypervisor for it, tells when a device changes: that a tray opened and closed for another
/// medium, that a memory device has another size.
fn noticed(old: Device<'_>, new: Device<'_>) -> Vec<EventBody> {
    let Some(alias) = old.alias() else { return Vec::new() };
    let source =
        |device: Device<'_>| device.element().child("source").map(|source| source.source().to_owned());
    let is_removable =
        old.element().attribute_value("device").is_some_and(|kind| kind == "cdrom" || kind == "floppy");
    if is_removable && source(old) != source(new) {
        let tray = |reason| TrayChange::new(alias.clone(), reason).into();
        return vec![tray(TrayChangeReason::Open), tray(TrayChangeReason::Close)];
    }
    match (memory_kib(old.element()), memory_kib(new.element())) {
        (Some(before), Some(now)) if before != now => vec![MemoryDeviceSizeChange::new(alias, now).into()],
        _ => Vec::new(),
    }
}

/// How much of a memory device the guest is asked to have.
fn memory_kib(device: Element<'_>) -> Option<u64> {
    let number = values::read(device, "target/requested").or_else(|| values::read(device, "target/size"))?;
    let unit =
        values::read(device, "target/requested/@unit").or_else(|| values::read(device, "target/size/@unit"));
    MemorySize::parse(&number, &unit.unwrap_or_default()).ok().map(MemorySize::kib)
}
