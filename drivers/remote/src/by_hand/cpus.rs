//! Virtual CPUs, and the CPUs of the host that they may run on.

use super::{CallCx, RemoteDriver, Result};
use crate::values::{from_wire, senseless, to_wire};
use omnivirt_core::{AffectOptions, CpuMap, DomainRef, NodeCpuMap, VcpuInfo};
use omnivirt_wire::convert::{Flags, split_maps};
use omnivirt_wire::remote;

/// libvirt's flag for "as many as there can be".
const MAXIMUM: u32 = 4;

/// How many bytes a set of host CPUs has. Every set of an answer has as many as were asked for.
async fn map_bytes(driver: &RemoteDriver, cx: &CallCx) -> Result<usize> {
    let args = remote::NodeGetCpuMapArgs { need_map: 0, need_online: 0, flags: 0 };
    let cpus = driver.client.call::<remote::NodeGetCpuMap>(cx, &args).await?.ret;
    Ok(from_wire::<_, u32>(cpus)?.div_ceil(8).max(1) as usize)
}

/// The sets that were told, of those that there was room for.
fn maps(joined: &[u8], length: usize) -> Result<Vec<CpuMap>> {
    split_maps(joined, joined.len() / length, length).map_err(senseless)
}

pub(crate) async fn domain_vcpus(
    driver: &RemoteDriver,
    cx: &CallCx,
    domain: &DomainRef,
) -> Result<Vec<VcpuInfo>> {
    let info = remote::DomainGetInfoArgs { dom: to_wire(domain)? };
    let (length, info) =
        tokio::join!(map_bytes(driver, cx), driver.client.call::<remote::DomainGetInfo>(cx, &info));
    let length = length?;
    let args = remote::DomainGetVcpusArgs {
        dom: to_wire(domain)?,
        maxinfo: i32::from(info?.nr_virt_cpu).max(1),
        maplen: to_wire(length as u64)?,
    };
    let ret = driver.client.call::<remote::DomainGetVcpus>(cx, &args).await?;
    let maps = maps(&ret.cpumaps, length)?;
    let vcpus: Vec<VcpuInfo> = from_wire(ret.info)?;
    Ok(vcpus
        .into_iter()
        .zip(maps.into_iter().chain(std::iter::repeat_with(CpuMap::default)))
        .map(|(vcpu, map)| vcpu.affinity(map))
        .collect())
}

pub(crate) async fn domain_vcpu_pins(
    driver: &RemoteDriver,
    cx: &CallCx,
    domain: &DomainRef,
    affect: &AffectOptions,
) -> Result<Vec<CpuMap>> {
    let count = remote::DomainGetVcpusFlagsArgs { dom: to_wire(domain)?, flags: affect.bits() | MAXIMUM };
    let (length, count) =
        tokio::join!(map_bytes(driver, cx), driver.client.call::<remote::DomainGetVcpusFlags>(cx, &count));
    let length = length?;
    let args = remote::DomainGetVcpuPinInfoArgs {
        dom: to_wire(domain)?,
        ncpumaps: count?.num,
        maplen: to_wire(length as u64)?,
        flags: affect.bits(),
    };
    let ret = driver.client.call::<remote::DomainGetVcpuPinInfo>(cx, &args).await?;
    let mut pins = maps(&ret.cpumaps, length)?;
    pins.truncate(from_wire::<_, u32>(ret.num)? as usize);
    Ok(pins)
}

pub(crate) async fn domain_emulator_pin(
    driver: &RemoteDriver,
    cx: &CallCx,
    domain: &DomainRef,
    affect: &AffectOptions,
) -> Result<CpuMap> {
    let length = map_bytes(driver, cx).await?;
    let args = remote::DomainGetEmulatorPinInfoArgs {
        dom: to_wire(domain)?,
        maplen: to_wire(length as u64)?,
        flags: affect.bits(),
    };
    let ret = driver.client.call::<remote::DomainGetEmulatorPinInfo>(cx, &args).await?;
    from_wire(ret.cpumaps)
}

pub(crate) async fn connection_node_cpu_map(driver: &RemoteDriver, cx: &CallCx) -> Result<NodeCpuMap> {
    let args = remote::NodeGetCpuMapArgs { need_map: 1, need_online: 1, flags: 0 };
    let ret = driver.client.call::<remote::NodeGetCpuMap>(cx, &args).await?;
    Ok(NodeCpuMap::default().cpus(from_wire(ret.ret)?).online(from_wire(ret.cpumap)?))
}
