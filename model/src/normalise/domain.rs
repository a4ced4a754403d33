//! Domains.

use super::{Refusal, Request, check_file_name, refuse_taken, taken};
use crate::document::DocumentError;
use crate::domain::rules::{Hypervisor, LxcHypervisor, QemuHypervisor, TestHypervisor};
use crate::domain::{Domain, DomainConfig};
use crate::xml::{Element, NewElement, Place};

/// The number of libvirt's part for domains.
pub(super) const DOMAIN: u32 = 20;

pub(super) fn normalise(request: &Request, input: &[u8]) -> Result<String, Refusal> {
    printed(&defined(request, input)?)
}

/// The domain as the driver would have it after defining it.
pub(super) fn defined(request: &Request, input: &[u8]) -> Result<Domain, Refusal> {
    let refusal = |error| Refusal::of(&error, DOMAIN);
    let hypervisor = hypervisor(&request.driver)?;
    let config = DomainConfig::parse_bytes(input).map_err(refusal)?;
    let completed = config.completed(&*hypervisor).map_err(refusal)?;
    check_taken(request, &config, &completed)?;
    if !request.driver.starts_with("test") {
        check_file_name(&completed.name, config.root(), DOMAIN)?;
    }
    Ok(completed)
}

/// The domain's document as the driver would print it.
pub(super) fn printed(domain: &Domain) -> Result<String, Refusal> {
    let config = DomainConfig::new(domain).and_then(with_devices);
    config.map(DomainConfig::into_string).map_err(|error| Refusal::of(&error, DOMAIN))
}

/// The drivers of domains.
pub(super) const DRIVERS: &[&str] = &["test", "testlocal", "qemu", "lxc"];

pub(super) fn hypervisor(driver: &str) -> Result<Box<dyn Hypervisor>, Refusal> {
    match driver {
        "test" | "testlocal" => Ok(Box::new(TestHypervisor::default())),
        "qemu" => Ok(Box::new(QemuHypervisor::default())),
        "lxc" => Ok(Box::new(LxcHypervisor::default())),
        other => Err(Refusal::unknown("driver of domains", other, DRIVERS.iter().copied())),
    }
}

/// libvirt writes `<devices>` even where none is in it.
fn with_devices(config: DomainConfig) -> Result<DomainConfig, DocumentError> {
    if config.root().child("devices").is_some() {
        return Ok(config);
    }
    const BEHIND: [&str; 3] = ["seclabel", "keywrap", "launchSecurity"];
    let is_before = |child: &Element<'_>| child.prefix().is_none() && !BEHIND.contains(&child.name());
    config.edited(|edit| {
        let last = config.root().children().filter(is_before).last();
        edit.insert(config.root(), last.map_or(Place::First, Place::After), &NewElement::new("devices"));
        Ok(())
    })
}

/// No other domain may have the name with another UUID, or the UUID with another name.
fn check_taken(request: &Request, config: &DomainConfig, domain: &Domain) -> Result<(), Refusal> {
    for text in &request.preload {
        let other = DomainConfig::parse(text.as_str()).map_err(|error| Refusal::of(&error, DOMAIN))?;
        if let Some(what) = taken((&domain.name, domain.uuid), [(&*other.name(), other.uuid())]) {
            return Err(refuse_taken(what, config.root(), DOMAIN));
        }
    }
    Ok(())
}
