//! The host's CPUs. It blocks.

use super::answers::{Accelerated, CpuContents};
use super::cpu_mode::{self, closest};
use super::host::{line, number};
use super::host_nodes::{cpu_folder, huge_sizes_kib, page_size, page_size_kib};
use omnivirt_core::CpuMap;
use omnivirt_core::capabilities::host::{CacheBank, CacheType, HostCache, NamedFeature};
use omnivirt_core::capabilities::host_cpu::{
    AddressWidthMode, HostAddressWidth, HostCpu, HostCpuTopology, Microcode, Signature,
};
use std::collections::{BTreeMap, BTreeSet};

/// The CPUs, but for the name of their model.
pub(super) fn cpu() -> HostCpu {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let first: BTreeMap<&str, &str> = text
        .lines()
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_once(':').map(|(name, value)| (name.trim(), value.trim())))
        .collect();
    let mut cpu = HostCpu::new(std::env::consts::ARCH.to_owned());
    cpu.vendor = first.get("vendor_id").and_then(|vendor| cpu_mode::vendor(vendor)).map(str::to_owned);
    cpu.microcode = first.get("microcode").and_then(|text| number_of(text)).map(Microcode::new);
    let part = |name: &str| first.get(name).and_then(|text| number_of(text));
    if let (Some(family), Some(model), Some(stepping)) = (part("cpu family"), part("model"), part("stepping"))
    {
        cpu.signature = Some(Signature::new(family, model, stepping));
    }
    cpu.topology = Some(topology());
    let bits = first.get("address sizes").and_then(|sizes| sizes.split_whitespace().next()?.parse().ok());
    cpu.address_width = bits.map(|bits| {
        let mut width = HostAddressWidth::new(AddressWidthMode::Emulate);
        width.bits = Some(bits);
        width
    });
    let sizes = std::iter::once(page_size_kib()).chain(huge_sizes_kib());
    cpu.pages = sizes.map(page_size).collect();
    cpu
}

fn number_of(text: &str) -> Option<u32> {
    text.strip_prefix("0x").map_or_else(|| text.parse().ok(), |text| u32::from_str_radix(text, 16).ok())
}

/// Names the closest model that a guest can have here, and what the host's CPUs have beyond it, as far as QEMU knows it.
pub(super) fn name(cpu: &mut HostCpu, models: Option<&Accelerated>) {
    let host = models.and_then(|models| Some((models, models.find("host")?.contents.as_ref()?)));
    let Some((models, host)) = host else { return };
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let flags = text.lines().find_map(|line| line.strip_prefix("flags")?.split_once(':'));
    let flags = flags.map(|(_, flags)| flags.split_whitespace()).into_iter().flatten().map(feature);
    let known = flags.filter(|name| host.features.contains(name) || host.absent.contains(name));
    let features = known.chain(host.features.iter().cloned()).collect();
    let own = CpuContents { vendor: host.vendor.clone(), features, absent: BTreeSet::new() };
    if let Some(closest) = closest(models, &own, true) {
        cpu.model = Some(closest.model.to_owned());
        cpu.features = closest.more.into_iter().map(|name| NamedFeature::new(name.to_owned())).collect();
    }
}

/// The kernel's names of features that documents spell otherwise.
const SPELLINGS: [(&str, &str); 13] = [
    ("avx512_bf16", "avx512-bf16"),
    ("avx512_bitalg", "avx512bitalg"),
    ("avx512_vbmi2", "avx512vbmi2"),
    ("avx512_vnni", "avx512vnni"),
    ("avx512_vpopcntdq", "avx512-vpopcntdq"),
    ("cr8_legacy", "cr8legacy"),
    ("nonstop_tsc", "invtsc"),
    ("pclmulqdq", "pclmuldq"),
    ("sha_ni", "sha-ni"),
    ("sse4_1", "sse4.1"),
    ("sse4_2", "sse4.2"),
    ("tsc_deadline_timer", "tsc-deadline"),
    ("arch_capabilities", "arch-capabilities"),
];

/// The name that documents have for a feature of the kernel's.
fn feature(flag: &str) -> String {
    SPELLINGS.iter().find(|(theirs, _)| *theirs == flag).map_or(flag, |(_, ours)| ours).to_owned()
}

/// How many sockets, cores and threads there are, if they are all alike.
pub(super) fn topology() -> HostCpuTopology {
    let online: CpuMap =
        line("/sys/devices/system/cpu/online").and_then(|list| list.parse().ok()).unwrap_or_default();
    let place = |cpu: u32| {
        let folder = cpu_folder(cpu).join("topology");
        let part = |name: &str| number::<i64>(folder.join(name)).unwrap_or(0);
        (part("physical_package_id"), part("die_id"), part("core_id"))
    };
    let cores: BTreeSet<(i64, i64, i64)> = online.iter().map(place).collect();
    let dies: BTreeSet<(i64, i64)> = cores.iter().map(|(socket, die, _)| (*socket, *die)).collect();
    let sockets: BTreeSet<i64> = dies.iter().map(|(socket, _)| *socket).collect();
    let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX).max(1);
    let (all, cores, dies, sockets) =
        (count(online.len()), count(cores.len()), count(dies.len()), count(sockets.len()));
    if all % cores == 0 && cores % dies == 0 && dies % sockets == 0 {
        let mut topology = HostCpuTopology::new(sockets, cores / dies, all / cores);
        topology.dies = Some(dies / sockets);
        return topology;
    }
    // Where they are not alike, each is told as a core of one socket.
    let mut topology = HostCpuTopology::new(1, all, 1);
    topology.dies = Some(1);
    topology
}

/// The clock rate of the first CPU; 0 if that is not known.
pub(super) fn mhz() -> u32 {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("cpu MHz")?.split_once(':'));
    let whole = line.and_then(|(_, rate)| rate.trim().split('.').next()?.parse().ok());
    let khz = || number::<u32>(cpu_folder(0).join("cpufreq/cpuinfo_max_freq"));
    whole.or_else(|| Some(khz()? / 1000)).unwrap_or(0)
}

/// The caches of the last level, which can be shared out.
pub(super) fn caches() -> HostCache {
    let online: CpuMap =
        line("/sys/devices/system/cpu/online").and_then(|list| list.parse().ok()).unwrap_or_default();
    let mut banks: BTreeMap<u32, CacheBank> = BTreeMap::new();
    for cpu in online.iter() {
        let folder = cpu_folder(cpu).join("cache/index3");
        let Some(level) = number(folder.join("level")) else { continue };
        let id = number(folder.join("id")).unwrap_or(0);
        let kib: Option<u32> =
            line(folder.join("size")).and_then(|size| size.strip_suffix('K')?.parse().ok());
        let cpus: Option<CpuMap> = line(folder.join("shared_cpu_list")).and_then(|list| list.parse().ok());
        let (Some(kib), Some(cpus)) = (kib, cpus) else { continue };
        let (size, unit) = if kib % 1024 == 0 { (kib / 1024, "MiB") } else { (kib, "KiB") };
        banks
            .entry(id)
            .or_insert_with(|| CacheBank::new(id, level, CacheType::Both, size, unit.to_owned(), cpus));
    }
    let mut cache = HostCache::default();
    cache.banks = banks.into_values().collect();
    cache
}
