//! What a document asks for of the host's CPUs, memory and devices, as limits of control groups.

use crate::process::{Controller, Limit, Setting};
use omnivirt_core::document::MemorySize;
use omnivirt_core::domain::Domain;
use omnivirt_core::domain::cpu_tune::CpuTune;
use omnivirt_core::domain::memory::MemoryTune;
use omnivirt_core::domain::resources::{BlockTune, BlockTuneDevice};
use omnivirt_core::{Error, ErrorKind, Result};

/// The period in which a quota is had, where a document does not say: the kernel's own, in microseconds.
const PERIOD_US: u64 = 100_000;
/// The least that one virtual CPU can be given in a period, in microseconds: the kernel takes nothing less.
const LEAST_QUOTA_US: i64 = 1_000;

/// The limits of a document.
///
/// # Errors
///
/// `ConfigUnsupported` names what cannot be done.
pub(super) fn of(domain: &Domain) -> Result<Vec<Limit>> {
    let mut limits = Vec::new();
    if let Some(tune) = &domain.cpu_tune {
        refuse_what_is_not_done(tune)?;
        cpu(tune, domain, &mut limits)?;
    }
    if let Some(tune) = &domain.memory_tune {
        memory(tune, &mut limits);
    }
    if let Some(tune) = &domain.block_tune {
        block(tune, &mut limits)?;
    }
    Ok(limits)
}

fn unsupported(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::ConfigUnsupported, message).with_hint("leave it out of the document")
}

fn refuse_what_is_not_done(tune: &CpuTune) -> Result<()> {
    let asked = [
        ("<emulatorsched>", tune.emulator_scheduler.is_some()),
        ("<vcpusched>", !tune.vcpu_schedulers.is_empty()),
        ("<iothreadsched>", !tune.iothread_schedulers.is_empty()),
        ("<cachetune>", !tune.cache_tunes.is_empty()),
        ("<memorytune>", !tune.memory_tunes.is_empty()),
    ];
    match asked.iter().find(|(_, is_asked)| *is_asked) {
        Some((what, _)) => Err(unsupported(format!("the qemu driver cannot do <cputune>{what} yet"))),
        None => Ok(()),
    }
}

fn setting(files: &'static [&'static str], value: impl ToString) -> Setting {
    Setting { files, value: value.to_string() }
}

fn cpu(tune: &CpuTune, domain: &Domain, limits: &mut Vec<Limit>) -> Result<()> {
    if let Some(shares) = tune.shares {
        limits.push(Limit {
            asked: "<cputune><shares>".to_owned(),
            controller: Controller::Cpu,
            part: None,
            old: vec![setting(&["cpu.shares"], shares)],
            unified: vec![setting(&["cpu.weight"], shares)],
        });
    }
    let mut quota = |names: (&str, &str), period: Option<u64>, quota: Option<i64>, part: Option<String>| {
        limits.extend(time(names, period, quota, part)?);
        Ok::<_, Error>(())
    };
    quota(("global_period", "global_quota"), tune.global_period, tune.global_quota, None)?;
    let emulator = (tune.emulator_period, tune.emulator_quota);
    quota(("emulator_period", "emulator_quota"), emulator.0, emulator.1, Some("emulator".to_owned()))?;
    for number in 0..domain.vcpu.as_ref().map_or(1, |vcpu| vcpu.max) {
        quota(("period", "quota"), tune.period, tune.quota, Some(format!("vcpu{number}")))?;
    }
    for number in super::threads::io_threads(domain) {
        let (period, most) = (tune.iothread_period, tune.iothread_quota);
        quota(("iothread_period", "iothread_quota"), period, most, Some(format!("iothread{number}")))?;
    }
    Ok(())
}

/// A limit of the time of the host's CPUs. A period alone, or a quota of none, limits nothing.
fn time(
    (period_name, quota_name): (&str, &str),
    period: Option<u64>,
    quota: Option<i64>,
    part: Option<String>,
) -> Result<Option<Limit>> {
    let Some(quota) = quota.filter(|quota| *quota >= 0) else { return Ok(None) };
    if quota < LEAST_QUOTA_US {
        let message =
            format!("<cputune><{quota_name}> is {quota}; the least is {LEAST_QUOTA_US} microseconds");
        return Err(unsupported(message));
    }
    let period_us = period.filter(|period| *period > 0).unwrap_or(PERIOD_US);
    if !(1_000..=1_000_000).contains(&period_us) {
        let message = format!(
            "<cputune><{period_name}> is {period_us}; it has to be from 1000 to 1000000 microseconds"
        );
        return Err(unsupported(message));
    }
    Ok(Some(Limit {
        asked: format!("<cputune><{quota_name}>"),
        controller: Controller::Cpu,
        part,
        old: vec![setting(&["cpu.cfs_period_us"], period_us), setting(&["cpu.cfs_quota_us"], quota)],
        unified: vec![setting(&["cpu.max"], format!("{quota} {period_us}"))],
    }))
}

fn memory(tune: &MemoryTune, limits: &mut Vec<Limit>) {
    let bytes = |size: &Option<MemorySize>| size.map(|size| size.kib().saturating_mul(1024));
    let (hard, both) = (bytes(&tune.hard_limit), bytes(&tune.swap_hard_limit));
    let mut limit = |name: &str, old: Setting, unified: Setting| {
        limits.push(Limit {
            asked: format!("<memtune><{name}>"),
            controller: Controller::Memory,
            part: None,
            old: vec![old],
            unified: vec![unified],
        });
    };
    if let Some(hard) = hard {
        limit("hard_limit", setting(&["memory.limit_in_bytes"], hard), setting(&["memory.max"], hard));
    }
    if let Some(soft) = bytes(&tune.soft_limit) {
        limit("soft_limit", setting(&["memory.soft_limit_in_bytes"], soft), setting(&["memory.high"], soft));
    }
    if let Some(both) = both {
        // Version 2 limits the swap space alone.
        let swap = both.saturating_sub(hard.unwrap_or(0));
        limit(
            "swap_hard_limit",
            setting(&["memory.memsw.limit_in_bytes"], both),
            setting(&["memory.swap.max"], swap),
        );
    }
}

fn block(tune: &BlockTune, limits: &mut Vec<Limit>) -> Result<()> {
    if let Some(weight) = tune.weight {
        limits.push(Limit {
            asked: "<blkiotune><weight>".to_owned(),
            controller: Controller::BlockIo,
            part: None,
            old: vec![setting(&["blkio.weight", "blkio.bfq.weight"], weight)],
            unified: vec![setting(&["io.weight", "io.bfq.weight"], format!("default {weight}"))],
        });
    }
    tune.devices.iter().try_for_each(|device| block_device(device, limits))
}

fn block_device(device: &BlockTuneDevice, limits: &mut Vec<Limit>) -> Result<()> {
    let path = device.path.as_deref().unwrap_or_default();
    let numbers = block_number(path)?;
    let mut limit =
        |name: &str, old: &'static [&'static str], new: &'static [&'static str], key: &str, value: u64| {
            limits.push(Limit {
                asked: format!("<blkiotune><device><{name}> of {path}"),
                controller: Controller::BlockIo,
                part: None,
                old: vec![setting(old, format!("{numbers} {value}"))],
                unified: vec![setting(new, format!("{numbers} {key}{value}"))],
            });
        };
    const MOST: &[&str] = &["io.max"];
    if let Some(weight) = device.weight {
        let old = &["blkio.weight_device", "blkio.bfq.weight_device"];
        limit("weight", old, &["io.weight", "io.bfq.weight"], "", weight.into());
    }
    // None of these is one that is zero.
    let most = |value: Option<u64>| value.filter(|value| *value > 0);
    if let Some(value) = most(device.read_operations_per_second.map(u64::from)) {
        limit("read_iops_sec", &["blkio.throttle.read_iops_device"], MOST, "riops=", value);
    }
    if let Some(value) = most(device.write_operations_per_second.map(u64::from)) {
        limit("write_iops_sec", &["blkio.throttle.write_iops_device"], MOST, "wiops=", value);
    }
    if let Some(value) = most(device.read_bytes_per_second) {
        limit("read_bytes_sec", &["blkio.throttle.read_bps_device"], MOST, "rbps=", value);
    }
    if let Some(value) = most(device.write_bytes_per_second) {
        limit("write_bytes_sec", &["blkio.throttle.write_bps_device"], MOST, "wbps=", value);
    }
    Ok(())
}

/// The numbers of a block device of the host, as control groups take them.
fn block_number(path: &str) -> Result<String> {
    let wrong = |why: String| unsupported(format!("<blkiotune><device> names '{path}': {why}"));
    let facts = rustix::fs::stat(path).map_err(|error| wrong(std::io::Error::from(error).to_string()))?;
    if !rustix::fs::FileType::from_raw_mode(facts.st_mode).is_block_device() {
        return Err(wrong("that is no block device".to_owned()));
    }
    Ok(format!("{}:{}", rustix::fs::major(facts.st_rdev), rustix::fs::minor(facts.st_rdev)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use omnivirt_core::domain::DomainConfig;

    fn limits(inner: &str) -> Result<Vec<Limit>> {
        let xml = format!(
            "<domain type='qemu'><name>a</name><memory>1024</memory><vcpu>2</vcpu>{inner}<os><type>hvm</type></os></domain>"
        );
        of(&DomainConfig::parse(xml.as_str()).unwrap().domain())
    }

    fn written(limits: &[Limit], is_unified: bool) -> Vec<String> {
        let all = limits.iter().flat_map(|limit| {
            let part = limit.part.as_ref().map(|part| format!("{part}/")).unwrap_or_default();
            let settings = if is_unified { &limit.unified } else { &limit.old };
            settings.iter().map(move |setting| format!("{part}{} {}", setting.files[0], setting.value))
        });
        all.collect()
    }

    #[test]
    fn a_document_that_asks_for_nothing_needs_no_group() {
        assert!(limits("").unwrap().is_empty());
        assert!(limits("<cputune><period>100000</period><quota>-1</quota></cputune>").unwrap().is_empty());
    }

    #[test]
    fn each_limit_is_said_as_each_version_takes_it() {
        let asked = "<memtune><hard_limit unit='MiB'>100</hard_limit><swap_hard_limit unit='MiB'>150</swap_hard_limit></memtune>\
             <cputune><shares>512</shares><period>50000</period><quota>25000</quota></cputune>";
        let limits = limits(asked).unwrap();
        assert_eq!(
            written(&limits, false),
            [
                "cpu.shares 512",
                "vcpu0/cpu.cfs_period_us 50000",
                "vcpu0/cpu.cfs_quota_us 25000",
                "vcpu1/cpu.cfs_period_us 50000",
                "vcpu1/cpu.cfs_quota_us 25000",
                "memory.limit_in_bytes 104857600",
                "memory.memsw.limit_in_bytes 157286400",
            ]
        );
        assert_eq!(
            written(&limits, true),
            [
                "cpu.weight 512",
                "vcpu0/cpu.max 25000 50000",
                "vcpu1/cpu.max 25000 50000",
                "memory.max 104857600",
                "memory.swap.max 52428800",
            ]
        );
    }

    #[test]
    fn what_cannot_be_done_is_named() {
        for (inner, named) in [
            ("<cputune><vcpusched vcpus='0' scheduler='fifo' priority='1'/></cputune>", "<vcpusched>"),
            ("<cputune><quota>10</quota></cputune>", "<quota> is 10"),
            (
                "<blkiotune><device><path>/dev/null</path><weight>200</weight></device></blkiotune>",
                "no block device",
            ),
        ] {
            let error = limits(inner).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ConfigUnsupported);
            assert!(error.message().contains(named), "{error}");
        }
    }
}
