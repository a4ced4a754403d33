//! Domains.

use super::{Refusal, Request};
use crate::document::DocumentError;
use crate::domain::DomainConfig;
use crate::domain::rules::{Hypervisor, LxcHypervisor, QemuHypervisor, TestHypervisor};
use crate::xml::{Element, NewElement, Place};

/// The number of libvirt's part for domains.
const DOMAIN: u32 = 20;

pub(super) fn normalise(request: &Request, input: &[u8]) -> Result<String, Refusal> {
    let refusal = |error| Refusal::of(&error, DOMAIN);
    let hypervisor = hypervisor(&request.driver)?;
    let config = DomainConfig::parse_bytes(input).map_err(refusal)?;
    let completed = config.completed(&*hypervisor).map_err(refusal)?;
    let config = DomainConfig::new(&completed).map_err(refusal)?;
    with_devices(config).map(DomainConfig::into_string).map_err(refusal)
}

fn hypervisor(driver: &str) -> Result<Box<dyn Hypervisor>, Refusal> {
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
