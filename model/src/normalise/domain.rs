//! Domains.

use super::{Refusal, Request};
use crate::domain::DomainConfig;
use crate::domain::rules::{Hypervisor, LxcHypervisor, QemuHypervisor, TestHypervisor};

/// The number of libvirt's part for domains.
const DOMAIN: u32 = 20;

pub(super) fn normalise(request: &Request, input: &[u8]) -> Result<String, Refusal> {
    let refusal = |error| Refusal::of(&error, DOMAIN);
    let hypervisor = hypervisor(&request.driver)?;
    let config = DomainConfig::parse_bytes(input).map_err(refusal)?;
    let completed = config.completed(&*hypervisor).map_err(refusal)?;
    DomainConfig::new(&completed).map(DomainConfig::into_string).map_err(refusal)
}

fn hypervisor(driver: &str) -> Result<Box<dyn Hypervisor>, Refusal> {
    match driver {
        "test" | "testlocal" => Ok(Box::new(TestHypervisor::default())),
        "qemu" => Ok(Box::new(QemuHypervisor::default())),
        "lxc" => Ok(Box::new(LxcHypervisor::default())),
        other => Err(Refusal::unknown("driver of domains", other)),
    }
}
