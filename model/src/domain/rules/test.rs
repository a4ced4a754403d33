//! The rules of the test driver, which takes nearly everything and adds nearly nothing.

use super::{Fault, Hypervisor, input, small_devices, sound, video};
use crate::domain::Domain;
use crate::domain::devices::Devices;
use crate::domain::devices::video::VideoModelType;
use std::collections::HashSet;

/// The rules of the test driver, which takes nearly everything and adds nearly nothing.
#[derive(Debug, Clone, Default)]
pub struct TestHypervisor {}

impl Hypervisor for TestHypervisor {
    fn prepare(&self, _domain: &mut Domain) -> Result<(), Fault> {
        Ok(())
    }

    fn complete_devices(&self, domain: &mut Domain) -> Result<(), Fault> {
        input::complete(domain, true)?;
        name_interfaces(&mut domain.devices);
        video::complete(&mut domain.devices, VideoModelType::Cirrus);
        domain.devices.panics.retain(|panic| panic.model.is_some());
        Ok(())
    }

    fn add_devices(&self, _domain: &mut Domain) -> Result<(), Fault> {
        Ok(())
    }

    fn assign_addresses(&self, _domain: &mut Domain) -> Result<(), Fault> {
        Ok(())
    }

    fn check(&self, domain: &Domain) -> Result<(), Fault> {
        sound::check_references(&domain.devices)?;
        small_devices::check(&domain.devices)
    }
}

/// The host's side of each interface has a name: the first that is free.
fn name_interfaces(devices: &mut Devices) {
    let given = devices.interfaces.iter().filter_map(|interface| interface.target.as_ref()?.device.clone());
    let taken: HashSet<String> = given.collect();
    let mut free = (0_u32..).map(|number| format!("testnet{number}")).filter(|name| !taken.contains(name));
    for interface in &mut devices.interfaces {
        let target = interface.target.get_or_insert_default();
        if target.device.is_none() {
            target.device = free.next();
        }
    }
}
