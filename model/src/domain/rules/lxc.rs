//! The rules of containers through libvirt's LXC driver.

use super::{Fault, Hypervisor};
use crate::document::DocumentErrorKind;
use crate::domain::Domain;
use crate::domain::devices::character_device::ConsoleTargetType;
use crate::domain::devices::video::Video;
use crate::domain::foreign::Foreign;

/// The program that runs a container.
const EMULATOR: &str = "/usr/lib/libvirt/libvirt_lxc";

/// The rules of containers through libvirt's LXC driver.
#[derive(Debug, Clone, Default)]
pub struct LxcHypervisor {}

impl Hypervisor for LxcHypervisor {
    fn prepare(&self, domain: &mut Domain) -> Result<(), Fault> {
        for console in &mut domain.devices.consoles {
            console.target.get_or_insert_default().target_type.get_or_insert(ConsoleTargetType::Lxc);
        }
        if let Some(os_type) = domain.os.as_mut().and_then(|os| os.os_type.as_mut()) {
            os_type.arch.get_or_insert_with(|| "x86_64".into());
        }
        domain.devices.emulator.get_or_insert_with(|| EMULATOR.into());
        domain.drop_foreign(Some(Foreign::Lxc));
        Ok(())
    }

    fn complete_devices(&self, domain: &mut Domain) -> Result<(), Fault> {
        let refused =
            |path: &str, message: &str| Err(Fault::new(DocumentErrorKind::Malformed, path, message));
        if !domain.devices.inputs.is_empty() {
            return refused("devices/input", "a container has no input devices");
        }
        let is_open = |video: &Video| video.model.as_ref().is_none_or(|model| model.model_type.is_none());
        if domain.devices.videos.iter().any(is_open) {
            return refused("devices/video", "the model of the graphics card is missing");
        }
        Ok(())
    }

    fn add_devices(&self, _domain: &mut Domain) -> Result<(), Fault> {
        Ok(())
    }

    fn assign_addresses(&self, _domain: &mut Domain) -> Result<(), Fault> {
        Ok(())
    }

    fn check(&self, _domain: &Domain) -> Result<(), Fault> {
        Ok(())
    }
}
