//! Domains.

use super::{Refusal, Request};
use crate::document::{DocumentError, DocumentErrorKind};
use crate::domain::rules::{Fault, Hypervisor, LxcHypervisor, QemuHypervisor, TestHypervisor};
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
    check_name(&request.driver, &config, &completed)?;
    Ok(completed)
}

/// The domain's document as the driver would print it.
pub(super) fn printed(domain: &Domain) -> Result<String, Refusal> {
    let config = DomainConfig::new(domain).and_then(with_devices);
    config.map(DomainConfig::into_string).map_err(|error| Refusal::of(&error, DOMAIN))
}

pub(super) fn hypervisor(driver: &str) -> Result<Box<dyn Hypervisor>, Refusal> {
    match driver {
        "test" | "testlocal" => Ok(Box::new(TestHypervisor::default())),
        "qemu" => Ok(Box::new(QemuHypervisor::default())),
        "lxc" => Ok(Box::new(LxcHypervisor::default())),
        other => Err(Refusal::unknown("driver of domains", other)),
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
        let same_name = *other.name() == *domain.name;
        let same_uuid = other.uuid().is_some() && other.uuid() == domain.uuid;
        if same_name != same_uuid {
            let what = if same_name { "name" } else { "uuid" };
            let fault = Fault::new(DocumentErrorKind::Failed, what, format!("another domain has the {what}"));
            return Err(Refusal::of(&fault.in_document(config.root()), DOMAIN));
        }
    }
    Ok(())
}

/// The longest name of which a driver can make that of a file, in bytes.
const LONGEST_NAME: usize = 247;

/// Drivers keep a domain in a file of its name.
fn check_name(driver: &str, config: &DomainConfig, domain: &Domain) -> Result<(), Refusal> {
    if driver.starts_with("test") || domain.name.len() <= LONGEST_NAME {
        return Ok(());
    }
    let message = format!("the name is longer than that of a file can be, {LONGEST_NAME} bytes");
    let fault = Fault::new(DocumentErrorKind::System, "name", message);
    Err(Refusal::of(&fault.in_document(config.root()), DOMAIN))
}
