//! Virtual CPUs, and the CPUs of the host that they may run on.

use super::prelude::*;
use crate::request::{many, room};
use omnivirt_wire::convert::join_maps;

pub(crate) fn domain_get_vcpus(mut request: Request) -> Answering {
    Box::pin(async move {
        let args = request.args::<remote::DomainGetVcpus>()?;
        let room = room::<remote::DomainGetVcpus>(args.maxinfo)?;
        let length = many::<remote::DomainGetVcpus>(args.maplen, room)?;
        let mut vcpus = domain(&request, args.dom)?.vcpus().await?;
        vcpus.truncate(room);
        let maps: Vec<CpuMap> = vcpus.iter().map(|vcpu| vcpu.affinity.clone()).collect();
        let ret = remote::DomainGetVcpusRet { cpumaps: join_maps(&maps, length), info: vcpus.into_wire()? };
        request.reply::<remote::DomainGetVcpus>(&ret)
    })
}

pub(crate) fn domain_get_vcpu_pin_info(mut request: Request) -> Answering {
    Box::pin(async move {
        let args = request.args::<remote::DomainGetVcpuPinInfo>()?;
        let affect: AffectOptions = flags(args.flags, "virDomainGetVcpuPinInfo")?;
        let room = room::<remote::DomainGetVcpuPinInfo>(args.ncpumaps)?;
        let length = many::<remote::DomainGetVcpuPinInfo>(args.maplen, room)?;
        let mut pins = domain(&request, args.dom)?.vcpu_pins(affect).await?;
        pins.truncate(room);
        let num = u32::try_from(pins.len()).unwrap_or(u32::MAX).into_wire()?;
        let ret = remote::DomainGetVcpuPinInfoRet { cpumaps: join_maps(&pins, length), num };
        request.reply::<remote::DomainGetVcpuPinInfo>(&ret)
    })
}

pub(crate) fn domain_get_emulator_pin_info(mut request: Request) -> Answering {
    Box::pin(async move {
        let args = request.args::<remote::DomainGetEmulatorPinInfo>()?;
        let affect: AffectOptions = flags(args.flags, "virDomainGetEmulatorPinInfo")?;
        let length = many::<remote::DomainGetEmulatorPinInfo>(args.maplen, 1)?;
        let pin = domain(&request, args.dom)?.emulator_pin(affect).await?;
        let ret = remote::DomainGetEmulatorPinInfoRet { cpumaps: join_maps(&[pin], length), ret: 1 };
        request.reply::<remote::DomainGetEmulatorPinInfo>(&ret)
    })
}

pub(crate) fn node_get_cpu_map(mut request: Request) -> Answering {
    Box::pin(async move {
        let args = request.args::<remote::NodeGetCpuMap>()?;
        no_flags(args.flags, "virNodeGetCPUMap")?;
        let map = request.connection()?.node_cpu_map().await?;
        let bytes = usize::try_from(map.cpus).unwrap_or(usize::MAX).div_ceil(8);
        let online = u32::try_from(map.online.len()).unwrap_or(u32::MAX);
        let ret = remote::NodeGetCpuMapRet {
            cpumap: if args.need_map == 0 { Vec::new() } else { join_maps(&[map.online], bytes) },
            online: if args.need_online == 0 { 0 } else { online },
            ret: map.cpus.into_wire()?,
        };
        request.reply::<remote::NodeGetCpuMap>(&ret)
    })
}
