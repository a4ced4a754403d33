//! What domains have used, and how far their jobs are.

use super::{CallCx, RemoteDriver, Result, where_known};
use crate::values::{from_wire, read_parameters, to_wire};
use omnivirt_core::{
    BlockStats, CpuRange, CpuTimes, DiskError, DomainCpuStats, DomainRef, InterfaceStats, JobInfo,
    JobInfoOptions, MemoryStats,
};
use omnivirt_wire::convert::Flags;
use omnivirt_wire::remote;
use omnivirt_wire::structs::{TypedParam, TypedParamValue};

/// libvirt's flag for texts among typed parameters.
const TEXT_PARAMETERS: u32 = 4;

/// The most values that libvirt has for one disk, and more than it has for one CPU.
const VALUES: u32 = 16;

/// The most CPUs that can be asked for at once.
const CPUS: u32 = 128;

/// The most disks, and values of memory, that an answer has.
const DISKS: u32 = 256;
const MEMORY_VALUES: u32 = 1024;

/// What libvirt's old structures have for "not told" is negative.
fn told(value: i64) -> Option<u64> {
    u64::try_from(value).ok()
}

pub(crate) async fn domain_interface_stats(
    driver: &RemoteDriver,
    cx: &CallCx,
    domain: &DomainRef,
    interface: &str,
) -> Result<InterfaceStats> {
    let args = remote::DomainInterfaceStatsArgs { dom: to_wire(domain)?, device: interface.into() };
    let ret = driver.client.call::<remote::DomainInterfaceStats>(cx, &args).await?;
    let mut stats = InterfaceStats::default().name(interface);
    stats.rx_bytes = told(ret.rx_bytes);
    stats.rx_packets = told(ret.rx_packets);
    stats.rx_errors = told(ret.rx_errs);
    stats.rx_dropped = told(ret.rx_drop);
    stats.tx_bytes = told(ret.tx_bytes);
    stats.tx_packets = told(ret.tx_packets);
    stats.tx_errors = told(ret.tx_errs);
    stats.tx_dropped = told(ret.tx_drop);
    Ok(stats)
}

/// The names differ from those among the statistics of all domains. Older daemons, and drivers with less to tell, have
/// the older form only.
pub(crate) async fn domain_block_stats(
    driver: &RemoteDriver,
    cx: &CallCx,
    domain: &DomainRef,
    disk: &str,
) -> Result<BlockStats> {
    let mut stats = BlockStats::default().name(disk);
    let args = remote::DomainBlockStatsFlagsArgs {
        dom: to_wire(domain)?,
        path: disk.into(),
        nparams: to_wire(VALUES)?,
        flags: TEXT_PARAMETERS,
    };
    let ret = where_known(driver.client.call::<remote::DomainBlockStatsFlags>(cx, &args).await)?;
    if let Some(ret) = ret {
        for TypedParam { field, value } in ret.params {
            let place = match field.as_str() {
                "wr_bytes" => &mut stats.write_bytes,
                "wr_operations" => &mut stats.write_requests,
                "wr_total_times" => &mut stats.write_time_ns,
                "rd_bytes" => &mut stats.read_bytes,
                "rd_operations" => &mut stats.read_requests,
                "rd_total_times" => &mut stats.read_time_ns,
                "flush_operations" => &mut stats.flush_requests,
                "flush_total_times" => &mut stats.flush_time_ns,
                "errs" => &mut stats.errors,
                _ => continue,
            };
            *place = match value {
                TypedParamValue::LLong(value) => told(value),
                TypedParamValue::ULLong(value) => Some(value),
                _ => None,
            };
        }
        return Ok(stats);
    }
    let args = remote::DomainBlockStatsArgs { dom: to_wire(domain)?, path: disk.into() };
    let ret = driver.client.call::<remote::DomainBlockStats>(cx, &args).await?;
    stats.read_requests = told(ret.rd_req);
    stats.read_bytes = told(ret.rd_bytes);
    stats.write_requests = told(ret.wr_req);
    stats.write_bytes = told(ret.wr_bytes);
    stats.errors = told(ret.errs);
    Ok(stats)
}

pub(crate) async fn domain_memory_stats(
    driver: &RemoteDriver,
    cx: &CallCx,
    domain: &DomainRef,
) -> Result<MemoryStats> {
    let args = remote::DomainMemoryStatsArgs { dom: to_wire(domain)?, max_stats: MEMORY_VALUES, flags: 0 };
    from_wire(driver.client.call::<remote::DomainMemoryStats>(cx, &args).await?.stats)
}

pub(crate) async fn domain_disk_errors(
    driver: &RemoteDriver,
    cx: &CallCx,
    domain: &DomainRef,
) -> Result<Vec<DiskError>> {
    let args = remote::DomainGetDiskErrorsArgs { dom: to_wire(domain)?, maxerrors: DISKS, flags: 0 };
    from_wire(driver.client.call::<remote::DomainGetDiskErrors>(cx, &args).await?.errors)
}

/// `start_cpu` -1 asks for the total, and `ncpus` 0 for how many CPUs there are.
pub(crate) async fn domain_cpu_stats(
    driver: &RemoteDriver,
    cx: &CallCx,
    domain: &DomainRef,
    range: &CpuRange,
) -> Result<DomainCpuStats> {
    let dom: omnivirt_wire::structs::Domain = to_wire(domain)?;
    let ask = |start_cpu: i32, ncpus: u32, nparams: u32| {
        let args = remote::DomainGetCpuStatsArgs { dom: dom.clone(), nparams, start_cpu, ncpus, flags: 0 };
        async move { driver.client.call::<remote::DomainGetCpuStats>(cx, &args).await }
    };
    let (total, cpus) = tokio::join!(ask(-1, 1, VALUES), ask(0, 0, 0));
    let total: CpuTimes = read_parameters(&total?.params)?;
    let cpus: u32 = from_wire(cpus?.nparams)?;
    let first = range.first.unwrap_or(0);
    let end = range.count.map_or(cpus, |count| first.saturating_add(count).min(cpus));
    let mut per_cpu = Vec::new();
    let mut next = first;
    while next < end {
        let count = (end - next).min(CPUS);
        let ret = ask(to_wire(next)?, count, VALUES).await?;
        let each = from_wire::<_, u32>(ret.nparams)?.max(1) as usize;
        for times in ret.params.chunks(each).take(count as usize) {
            per_cpu.push(read_parameters(times)?);
        }
        next += count;
    }
    Ok(DomainCpuStats::default().total(total).per_cpu(per_cpu))
}

pub(crate) async fn domain_job_info(
    driver: &RemoteDriver,
    cx: &CallCx,
    domain: &DomainRef,
    options: &JobInfoOptions,
) -> Result<JobInfo> {
    let args = remote::DomainGetJobStatsArgs { dom: to_wire(domain)?, flags: options.bits() };
    let told = where_known(driver.client.call::<remote::DomainGetJobStats>(cx, &args).await)?;
    if let Some(ret) = told {
        return Ok(read_parameters::<JobInfo>(&ret.params)?.status(from_wire(ret.r#type)?));
    }
    let args = remote::DomainGetJobInfoArgs { dom: to_wire(domain)? };
    let ret = driver.client.call::<remote::DomainGetJobInfo>(cx, &args).await?;
    let mut info = JobInfo::default().status(from_wire(ret.r#type)?);
    info.time_elapsed_ms = Some(ret.time_elapsed);
    info.time_remaining_ms = Some(ret.time_remaining);
    info.data_total_bytes = Some(ret.data_total);
    info.data_processed_bytes = Some(ret.data_processed);
    info.data_remaining_bytes = Some(ret.data_remaining);
    info.memory_total_bytes = Some(ret.mem_total);
    info.memory_processed_bytes = Some(ret.mem_processed);
    info.memory_remaining_bytes = Some(ret.mem_remaining);
    info.disk_total_bytes = Some(ret.file_total);
    info.disk_processed_bytes = Some(ret.file_processed);
    info.disk_remaining_bytes = Some(ret.file_remaining);
    Ok(info)
}
