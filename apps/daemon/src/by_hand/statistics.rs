//! What domains have used, and how far their jobs are.

use super::prelude::*;
use crate::request::counted;
use omnivirt_wire::structs::{TypedParam, TypedParamValue};

/// What libvirt's old structures have for "not told".
const UNKNOWN: i64 = -1;

fn old(value: Option<u64>) -> i64 {
    value.map_or(UNKNOWN, |value| i64::try_from(value).unwrap_or(i64::MAX))
}

pub(crate) fn domain_interface_stats(mut request: Request) -> Answering {
    Box::pin(async move {
        let args = request.args::<remote::DomainInterfaceStats>()?;
        let stats = domain(&request, args.dom)?.interface_stats(&args.device).await?;
        let ret = remote::DomainInterfaceStatsRet {
            rx_bytes: old(stats.rx_bytes),
            rx_packets: old(stats.rx_packets),
            rx_errs: old(stats.rx_errors),
            rx_drop: old(stats.rx_dropped),
            tx_bytes: old(stats.tx_bytes),
            tx_packets: old(stats.tx_packets),
            tx_errs: old(stats.tx_errors),
            tx_drop: old(stats.tx_dropped),
        };
        request.reply::<remote::DomainInterfaceStats>(&ret)
    })
}

pub(crate) fn domain_block_stats(mut request: Request) -> Answering {
    Box::pin(async move {
        let args = request.args::<remote::DomainBlockStats>()?;
        let stats = domain(&request, args.dom)?.block_stats(&args.path).await?;
        let ret = remote::DomainBlockStatsRet {
            rd_req: old(stats.read_requests),
            rd_bytes: old(stats.read_bytes),
            wr_req: old(stats.write_requests),
            wr_bytes: old(stats.write_bytes),
            errs: old(stats.errors),
        };
        request.reply::<remote::DomainBlockStats>(&ret)
    })
}

/// The names differ from those among the statistics of all domains.
pub(crate) fn domain_block_stats_flags(mut request: Request) -> Answering {
    Box::pin(async move {
        let args = request.args::<remote::DomainBlockStatsFlags>()?;
        let stats = domain(&request, args.dom)?.block_stats(&args.path).await?;
        let values = [
            ("wr_bytes", stats.write_bytes),
            ("wr_operations", stats.write_requests),
            ("rd_bytes", stats.read_bytes),
            ("rd_operations", stats.read_requests),
            ("flush_operations", stats.flush_requests),
            ("wr_total_times", stats.write_time_ns),
            ("rd_total_times", stats.read_time_ns),
            ("flush_total_times", stats.flush_time_ns),
            ("errs", stats.errors),
        ];
        let told = values.into_iter().filter_map(|(name, value)| {
            let value = TypedParamValue::LLong(i64::try_from(value?).unwrap_or(i64::MAX));
            Some(TypedParam { field: name.to_owned(), value })
        });
        let (params, nparams) = counted(args.nparams, told.collect());
        request.reply::<remote::DomainBlockStatsFlags>(&remote::DomainBlockStatsFlagsRet { params, nparams })
    })
}

pub(crate) fn domain_memory_stats(mut request: Request) -> Answering {
    Box::pin(async move {
        let args = request.args::<remote::DomainMemoryStats>()?;
        no_flags(args.flags, "virDomainMemoryStats")?;
        let mut stats: Vec<structs::DomainMemoryStat> =
            domain(&request, args.dom)?.memory_stats().await?.into_wire()?;
        stats.truncate(usize::try_from(args.max_stats).unwrap_or(usize::MAX));
        request.reply::<remote::DomainMemoryStats>(&remote::DomainMemoryStatsRet { stats })
    })
}

pub(crate) fn domain_get_disk_errors(mut request: Request) -> Answering {
    Box::pin(async move {
        let args = request.args::<remote::DomainGetDiskErrors>()?;
        no_flags(args.flags, "virDomainGetDiskErrors")?;
        let mut errors: Vec<structs::DomainDiskError> =
            domain(&request, args.dom)?.disk_errors().await?.into_wire()?;
        let nerrors = u32::try_from(errors.len()).unwrap_or(u32::MAX).into_wire()?;
        errors.truncate(usize::try_from(args.maxerrors).unwrap_or(usize::MAX));
        request.reply::<remote::DomainGetDiskErrors>(&remote::DomainGetDiskErrorsRet { errors, nerrors })
    })
}

/// `start_cpu` -1 asks for the total; `ncpus` 0 for how many CPUs there are; no room for how many values each has.
pub(crate) fn domain_get_cpu_stats(mut request: Request) -> Answering {
    Box::pin(async move {
        let args = request.args::<remote::DomainGetCpuStats>()?;
        no_flags(args.flags & !4, "virDomainGetCPUStats")?;
        let first = u32::try_from(args.start_cpu).ok();
        let mut range = CpuRange::default();
        range.first = first;
        range.count = first.map(|_| args.ncpus).filter(|count| *count > 0);
        let stats = domain(&request, args.dom)?.cpu_stats(range).await?;
        let room = usize::try_from(args.nparams).unwrap_or(usize::MAX);
        let ret = if first.is_none() {
            let (params, nparams) = counted(args.nparams, stats.total.to_parameters());
            let nparams = if room == 0 { nparams } else { count(params.len()) };
            remote::DomainGetCpuStatsRet { params, nparams }
        } else if args.ncpus == 0 {
            remote::DomainGetCpuStatsRet { params: Vec::new(), nparams: count(stats.per_cpu.len()) }
        } else {
            let each = stats.per_cpu.iter().map(|times| times.to_parameters()).collect::<Vec<_>>();
            let nparams = count(each.first().map_or(0, Vec::len));
            let params = each.into_iter().flat_map(|times| times.into_iter().take(room)).collect();
            remote::DomainGetCpuStatsRet { params, nparams }
        };
        request.reply::<remote::DomainGetCpuStats>(&ret)
    })
}

fn count(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

pub(crate) fn domain_get_job_stats(mut request: Request) -> Answering {
    Box::pin(async move {
        let args = request.args::<remote::DomainGetJobStats>()?;
        let options: JobInfoOptions = flags(args.flags & !4, "virDomainGetJobStats")?;
        let job = domain(&request, args.dom)?.job_info(options).await?;
        let params = if job.status == JobStatus::None { Vec::new() } else { job.to_parameters() };
        let ret = remote::DomainGetJobStatsRet { r#type: job.status.number(), params };
        request.reply::<remote::DomainGetJobStats>(&ret)
    })
}

pub(crate) fn domain_get_job_info(mut request: Request) -> Answering {
    Box::pin(async move {
        let args = request.args::<remote::DomainGetJobInfo>()?;
        let job = domain(&request, args.dom)?.job_info(JobInfoOptions::default()).await?;
        let ret = remote::DomainGetJobInfoRet {
            r#type: job.status.number(),
            time_elapsed: job.time_elapsed_ms.unwrap_or_default(),
            time_remaining: job.time_remaining_ms.unwrap_or_default(),
            data_total: job.data_total_bytes.unwrap_or_default(),
            data_processed: job.data_processed_bytes.unwrap_or_default(),
            data_remaining: job.data_remaining_bytes.unwrap_or_default(),
            mem_total: job.memory_total_bytes.unwrap_or_default(),
            mem_processed: job.memory_processed_bytes.unwrap_or_default(),
            mem_remaining: job.memory_remaining_bytes.unwrap_or_default(),
            file_total: job.disk_total_bytes.unwrap_or_default(),
            file_processed: job.disk_processed_bytes.unwrap_or_default(),
            file_remaining: job.disk_remaining_bytes.unwrap_or_default(),
        };
        request.reply::<remote::DomainGetJobInfo>(&ret)
    })
}

/// The type, and how many parameters there are.
pub(crate) fn domain_get_scheduler_type(mut request: Request) -> Answering {
    Box::pin(async move {
        let args = request.args::<remote::DomainGetSchedulerType>()?;
        let domain = domain(&request, args.dom)?;
        let scheduler = domain.scheduler_type().await?;
        let parameters = domain.scheduler_parameters(AffectOptions::default()).await?;
        let ret = remote::DomainGetSchedulerTypeRet {
            r#type: scheduler,
            nparams: count(parameters.to_parameters().len()),
        };
        request.reply::<remote::DomainGetSchedulerType>(&ret)
    })
}
