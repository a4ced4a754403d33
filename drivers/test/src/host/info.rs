//! What the simulated host and its hypervisor are.

use super::{capabilities, cpu_models, emulator};
use crate::connection::TestDriver;
use omnivirt_core::xml::{Document, NewElement};
use omnivirt_core::*;
use std::time::Duration;

/// The security model of the host, which labels guests and does nothing else.
pub(crate) const SECURITY_MODEL: &str = "testSecurity";
pub(crate) const SEV_C_BIT_POSITION: u32 = 51;
pub(crate) const SEV_REDUCED_PHYSICAL_BITS: u32 = 1;

/// Of libvirt's interface that the calls are made after.
const LIBRARY_VERSION: (u32, u32, u32) = (12, 0, 0);

#[driver_ops]
impl HostInfoOps for TestDriver {
    async fn capabilities(&self, _: &CallCx) -> Result<String> {
        let machine = &self.host.machine;
        let pages = machine.pages.lock().clone();
        let count = |node, size| pages.count(&machine.hardware, node, size);
        Ok(written(&capabilities::of_host(&machine.hardware, machine.uuid, count)))
    }

    async fn domain_capabilities(
        &self,
        _: &CallCx,
        emulator: &EmulatorChoice,
        _: &DomainCapabilitiesOptions,
    ) -> Result<String> {
        let hardware = &self.host.machine.hardware;
        let emulator = emulator::choose(hardware, emulator)?;
        Ok(written(&capabilities::of_domains(hardware, emulator, has_sev(hardware.arch()))))
    }

    async fn version(&self, _: &CallCx) -> Result<VersionInfo> {
        Ok(VersionInfo::default()
            .hypervisor("TEST")
            .hypervisor_version(Version::default().release(2_u32))
            .library_version(version(LIBRARY_VERSION)))
    }

    async fn hostname(&self, _: &CallCx) -> Result<String> {
        Ok(self.host.machine.hostname.clone())
    }

    async fn node_info(&self, _: &CallCx) -> Result<NodeInfo> {
        Ok(self.host.machine.hardware.info())
    }

    async fn sysinfo(&self, _: &CallCx) -> Result<String> {
        let entry = |name: &str, value: &str| NewElement::new("entry").attribute("name", name).text(value);
        let bios = NewElement::new("bios")
            .child(entry("vendor", "Omnivirt"))
            .child(entry("version", env!("CARGO_PKG_VERSION")));
        let system = NewElement::new("system")
            .child(entry("manufacturer", "Omnivirt"))
            .child(entry("product", "Simulated host"))
            .child(entry("uuid", &self.host.machine.uuid.to_string()));
        Ok(written(&NewElement::new("sysinfo").attribute("type", "smbios").child(bios).child(system)))
    }

    async fn max_vcpus(&self, _: &CallCx, domain_type: Option<&str>) -> Result<u32> {
        match domain_type {
            Some(other) if other != emulator::DOMAIN_TYPE => Err(Error::new(
                ErrorKind::InvalidArgument,
                format!("the simulated host has no domains of type '{other}'"),
            )
            .with_hint("its domains are of type 'test'")),
            _ => Ok(emulator::MOST_VCPUS),
        }
    }

    async fn is_secure(&self, _: &CallCx) -> Result<bool> {
        // All is in this process.
        Ok(true)
    }

    async fn security_model(&self, _: &CallCx) -> Result<SecurityModel> {
        Ok(SecurityModel::default().model(SECURITY_MODEL))
    }

    async fn sev_info(&self, _: &CallCx) -> Result<SevInfo> {
        let arch = self.host.machine.hardware.arch();
        if !has_sev(arch) {
            let message = format!("the simulated {arch} host has no CPU with AMD SEV");
            return Err(Error::new(ErrorKind::OperationUnsupported, message));
        }
        // "simulated key", "simulated certificates" and "simulated cpu 0": nothing is encrypted with them.
        Ok(SevInfo::default()
            .platform_key("c2ltdWxhdGVkIGtleQ==")
            .certificate_chain("c2ltdWxhdGVkIGNlcnRpZmljYXRlcw==")
            .cpu0_id("c2ltdWxhdGVkIGNwdSAw")
            .c_bit_position(SEV_C_BIT_POSITION)
            .reduced_physical_bits(SEV_REDUCED_PHYSICAL_BITS)
            .max_guests(15_u32)
            .max_es_guests(0_u32))
    }

    async fn node_suspend(&self, _: &CallCx, _: SuspendTarget, wake_after_seconds: u64) -> Result<()> {
        if wake_after_seconds == 0 {
            return Err(Error::new(ErrorKind::InvalidArgument, "the host needs a time after which it wakes"));
        }
        let now = self.host.clock.now();
        let mut asleep_until = self.host.machine.asleep_until.lock();
        if *asleep_until > now {
            return Err(Error::new(ErrorKind::ResourceBusy, "the host is about to sleep, or asleep"));
        }
        *asleep_until = now.saturating_add(Duration::from_secs(wake_after_seconds));
        Ok(())
    }
}

fn has_sev(arch: &str) -> bool {
    cpu_models::of_host(arch).0.vendor == Some("AMD")
}

fn version((major, minor, release): (u32, u32, u32)) -> Version {
    Version::default().major(major).minor(minor).release(release)
}

/// The text of a document of our own making.
pub(crate) fn written(root: &NewElement) -> String {
    Document::try_from(root).expect("names and values of our own are well-formed").as_str().to_owned()
}
