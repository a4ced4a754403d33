//! What the host and its QEMU are and can do.

use crate::connection::QemuDriver;
use crate::probe;
use omnivirt_core::capabilities::{CapabilitiesConfig, DomainCapabilitiesConfig, DomainQuestion};
use omnivirt_core::*;

/// Of libvirt's interface that the calls are made after.
const LIBRARY_VERSION: (u32, u32, u32) = (12, 0, 0);

#[driver_ops]
impl HostInfoOps for QemuDriver {
    async fn capabilities(&self, _: &CallCx) -> Result<String> {
        let capabilities = self.host.programs.capabilities().await?;
        Ok(CapabilitiesConfig::new(&capabilities)?.into_string())
    }

    async fn domain_capabilities(
        &self,
        _: &CallCx,
        emulator: &EmulatorChoice,
        _: &DomainCapabilitiesOptions,
    ) -> Result<String> {
        let mut question = DomainQuestion::default();
        question.emulator.clone_from(&emulator.emulator);
        question.arch.clone_from(&emulator.arch);
        question.machine.clone_from(&emulator.machine);
        question.domain_type.clone_from(&emulator.domain_type);
        // Nothing is to be left out for the options: no feature that QEMU calls deprecated is told.
        let capabilities = self.host.programs.domain_capabilities(&question).await?;
        Ok(DomainCapabilitiesConfig::new(&capabilities)?.into_string())
    }

    async fn version(&self, _: &CallCx) -> Result<VersionInfo> {
        let program = self.host.programs.for_domain(None, None).await?;
        let info = VersionInfo::default().hypervisor("QEMU").library_version(version(LIBRARY_VERSION));
        Ok(info.hypervisor_version(version(program.basics.version)))
    }

    async fn hostname(&self, _: &CallCx) -> Result<String> {
        Ok(rustix::system::uname().nodename().to_string_lossy().into_owned())
    }

    async fn node_info(&self, _: &CallCx) -> Result<NodeInfo> {
        crate::blocking(|| Ok(probe::node_info())).await
    }

    async fn max_vcpus(&self, _: &CallCx, domain_type: Option<&str>) -> Result<u32> {
        let question =
            DomainQuestion { domain_type: domain_type.map(str::to_owned), ..DomainQuestion::default() };
        self.host.programs.most_vcpus(&question).await
    }

    async fn is_secure(&self, _: &CallCx) -> Result<bool> {
        // All is on this host, behind sockets that have an owner.
        Ok(true)
    }

    async fn security_model(&self, _: &CallCx) -> Result<SecurityModel> {
        // Guests are kept apart by users and groups, and by no labels.
        Ok(SecurityModel::default().model("none").doi("0"))
    }
}

fn version((major, minor, release): (u32, u32, u32)) -> Version {
    Version::default().major(major).minor(minor).release(release)
}
