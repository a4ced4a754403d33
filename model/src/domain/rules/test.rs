//! The rules of the test driver, which takes nearly everything and adds nearly nothing.

use super::{Fault, Hypervisor, input, small_devices, sound, video};
use crate::document::DocumentErrorKind;
use crate::domain::Domain;
use crate::domain::devices::Devices;
use crate::domain::devices::video::VideoModelType;
use std::collections::HashSet;

/// The architecture of the host that the test driver makes up.
const HOST: &str = "i686";

/// The rules of the test driver, which takes nearly everything and adds nearly nothing.
#[derive(Debug, Clone, Default)]
pub struct TestHypervisor {}

impl Hypervisor for TestHypervisor {
    fn prepare(&self, domain: &mut Domain) -> Result<(), Fault> {
        check_type(domain)?;
        domain.drop_foreign(None);
        if let Some(os_type) = domain.os.as_mut().and_then(|os| os.os_type.as_mut()) {
            os_type.arch.get_or_insert_with(|| HOST.into());
        }
        Ok(())
    }

    fn complete_devices(&self, domain: &mut Domain) -> Result<(), Fault> {
        input::complete(domain, true)?;
        name_interfaces(&mut domain.devices);
        let os_type = domain.os.as_ref().and_then(|os| os.os_type.as_ref());
        let is_xen = os_type.is_some_and(|os_type| os_type.name.as_str() == "xen");
        let card = if is_xen { VideoModelType::Xen } else { VideoModelType::Cirrus };
        video::complete(&mut domain.devices, card);
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

/// Any hypervisor that there is will do.
fn check_type(domain: &Domain) -> Result<(), Fault> {
    const KNOWN: [&str; 15] = [
        "qemu", "kqemu", "kvm", "xen", "lxc", "uml", "openvz", "test", "vmware", "hyperv", "vbox", "phyp",
        "vz", "bhyve", "hvf",
    ];
    if KNOWN.contains(&&*domain.domain_type) {
        return Ok(());
    }
    let message = format!("'{}' is no type of domain: it is one of {}", domain.domain_type, KNOWN.join(", "));
    Err(Fault::new(DocumentErrorKind::Unsupported, "@type", message))
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
