//! What a guest has: virtual CPUs, I/O threads, filesystems and network interfaces.

use super::{ConvertError, FromWire, IntoWire};
use crate::structs::{DomainFsinfo, DomainInterface, DomainIothreadInfo, DomainIpAddr, VcpuInfo as WireVcpu};
use omnivirt_model::{
    GuestFilesystem, GuestFilesystemDisk, GuestInterface, IothreadInfo, IpAddress, VcpuInfo,
};

/// Which CPUs of the host it may run on travels apart from it.
impl IntoWire<WireVcpu> for VcpuInfo {
    fn into_wire(self) -> Result<WireVcpu, ConvertError> {
        Ok(WireVcpu {
            number: self.number,
            state: self.state.number(),
            cpu_time: self.cpu_time_ns,
            cpu: self.cpu.into_wire()?,
        })
    }
}

impl FromWire<WireVcpu> for VcpuInfo {
    fn from_wire(wire: WireVcpu) -> Result<Self, ConvertError> {
        let mut vcpu = Self::default().number(wire.number).state(FromWire::from_wire(wire.state)?);
        vcpu.cpu_time_ns = wire.cpu_time;
        vcpu.cpu = FromWire::from_wire(wire.cpu)?;
        Ok(vcpu)
    }
}

impl IntoWire<DomainIothreadInfo> for IothreadInfo {
    fn into_wire(self) -> Result<DomainIothreadInfo, ConvertError> {
        Ok(DomainIothreadInfo { iothread_id: self.id, cpumap: self.affinity.into_wire()? })
    }
}

impl FromWire<DomainIothreadInfo> for IothreadInfo {
    fn from_wire(wire: DomainIothreadInfo) -> Result<Self, ConvertError> {
        Ok(Self::default().id(wire.iothread_id).affinity(FromWire::from_wire(wire.cpumap)?))
    }
}

/// libvirt tells the target names of the disks, and neither sizes nor what the guest calls the disks.
impl IntoWire<DomainFsinfo> for GuestFilesystem {
    fn into_wire(self) -> Result<DomainFsinfo, ConvertError> {
        Ok(DomainFsinfo {
            mountpoint: self.mountpoint,
            name: self.name,
            fstype: self.kind,
            dev_aliases: self.disks.into_iter().filter_map(|disk| disk.target).collect(),
        })
    }
}

impl FromWire<DomainFsinfo> for GuestFilesystem {
    fn from_wire(wire: DomainFsinfo) -> Result<Self, ConvertError> {
        let disks = wire.dev_aliases.into_iter().map(|target| GuestFilesystemDisk::default().target(target));
        Ok(Self::default()
            .mountpoint(wire.mountpoint)
            .name(wire.name)
            .kind(wire.fstype)
            .disks(disks.collect()))
    }
}

impl IntoWire<DomainInterface> for GuestInterface {
    fn into_wire(self) -> Result<DomainInterface, ConvertError> {
        Ok(DomainInterface { name: self.name, hwaddr: self.mac, addrs: self.addresses.into_wire()? })
    }
}

impl FromWire<DomainInterface> for GuestInterface {
    fn from_wire(wire: DomainInterface) -> Result<Self, ConvertError> {
        let mut interface = Self::default().name(wire.name).addresses(FromWire::from_wire(wire.addrs)?);
        interface.mac = wire.hwaddr;
        Ok(interface)
    }
}

impl IntoWire<DomainIpAddr> for IpAddress {
    fn into_wire(self) -> Result<DomainIpAddr, ConvertError> {
        Ok(DomainIpAddr { r#type: self.family.number(), addr: self.address, prefix: self.prefix_bits })
    }
}

impl FromWire<DomainIpAddr> for IpAddress {
    fn from_wire(wire: DomainIpAddr) -> Result<Self, ConvertError> {
        let family = FromWire::from_wire(wire.r#type)?;
        Ok(Self::default().family(family).address(wire.addr).prefix_bits(wire.prefix))
    }
}
