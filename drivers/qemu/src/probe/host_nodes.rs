//! The NUMA nodes of the host. It blocks.

use super::host::{line, number};
use omnivirt_core::CpuMap;
use omnivirt_core::capabilities::host_cpu::PageSize;
use omnivirt_core::capabilities::topology::{
    CellCpu, CellCpus, CellPages, HostCell, HostCells, HostTopology,
};
use omnivirt_core::document::MemorySize;
use omnivirt_core::domain::cpu::NumaDistance;
use std::path::{Path, PathBuf};

const NODES: &str = "/sys/devices/system/node";
const CPUS: &str = "/sys/devices/system/cpu";

/// The nodes with their memory and CPUs; one node where the kernel knows of none.
pub(super) fn topology() -> HostTopology {
    let mut nodes: Vec<u32> = match std::fs::read_dir(NODES) {
        Ok(entries) => entries.flatten().filter_map(|entry| node_number(&entry.path())).collect(),
        Err(_) => Vec::new(),
    };
    nodes.sort_unstable();
    if nodes.is_empty() {
        nodes.push(0);
    }
    let cells: Vec<HostCell> = nodes.iter().map(|node| cell(*node, &nodes)).collect();
    let mut all = HostCells::new(u32::try_from(cells.len()).unwrap_or(u32::MAX));
    all.cells = cells;
    HostTopology::new(all)
}

fn node_number(path: &Path) -> Option<u32> {
    path.file_name()?.to_str()?.strip_prefix("node")?.parse().ok()
}

fn cell(node: u32, nodes: &[u32]) -> HostCell {
    let folder = Path::new(NODES).join(format!("node{node}"));
    let mut cell = HostCell::new(node);
    let memory = memory_kib(&folder);
    cell.memory = memory.map(MemorySize::from_kib);
    cell.pages = pages(&folder, memory);
    let distances = line(folder.join("distance")).unwrap_or_else(|| "10".to_owned());
    let distances = distances.split_whitespace().zip(nodes);
    cell.distances = distances
        .filter_map(|(distance, other)| Some(NumaDistance::new(*other, distance.parse().ok()?)))
        .collect();
    let cpus: Vec<CellCpu> = cpu_list(&folder).iter().map(cpu).collect();
    let mut all = CellCpus::new(u32::try_from(cpus.len()).unwrap_or(u32::MAX));
    all.cpus = cpus;
    cell.cpus = Some(all);
    cell
}

/// The node's CPUs that are in use.
fn cpu_list(folder: &Path) -> CpuMap {
    let own = line(folder.join("cpulist")).or_else(|| line(Path::new(CPUS).join("online")));
    own.and_then(|list| list.parse().ok()).unwrap_or_default()
}

fn cpu(number_of_cpu: u32) -> CellCpu {
    let folder = cpu_folder(number_of_cpu).join("topology");
    let mut cpu = CellCpu::new(number_of_cpu);
    cpu.socket = number(folder.join("physical_package_id"));
    cpu.die = Some(number(folder.join("die_id")).unwrap_or(0));
    cpu.core = number(folder.join("core_id"));
    cpu.siblings = line(folder.join("thread_siblings_list")).and_then(|list| list.parse().ok());
    cpu
}

pub(super) fn cpu_folder(number_of_cpu: u32) -> PathBuf {
    Path::new(CPUS).join(format!("cpu{number_of_cpu}"))
}

/// The node's memory, or the host's where it is all one.
fn memory_kib(folder: &Path) -> Option<u64> {
    let text = std::fs::read_to_string(folder.join("meminfo"))
        .or_else(|_| std::fs::read_to_string("/proc/meminfo"))
        .ok()?;
    let line = text.lines().find(|line| line.contains("MemTotal:"))?;
    line.split_whitespace().rev().nth(1)?.parse().ok()
}

/// The pages of each size: those of the usual size are what huge ones leave.
fn pages(folder: &Path, memory_kib: Option<u64>) -> Vec<CellPages> {
    let own = folder.join("hugepages");
    let huge = if own.is_dir() { own } else { PathBuf::from(HUGE_PAGES) };
    let counts: Vec<(u32, u64)> = huge_sizes_kib()
        .into_iter()
        .map(|size| (size, number(huge.join(format!("hugepages-{size}kB/nr_hugepages"))).unwrap_or(0)))
        .collect();
    let usual = page_size_kib();
    let taken: u64 = counts.iter().map(|(size, count)| u64::from(*size).saturating_mul(*count)).sum();
    let rest = memory_kib.unwrap_or(0).saturating_sub(taken) / u64::from(usual);
    let all = std::iter::once((usual, rest)).chain(counts);
    let of_size = |(size, count)| {
        let mut pages = CellPages::new(count);
        pages.size = page_size(size);
        pages
    };
    all.map(of_size).collect()
}

const HUGE_PAGES: &str = "/sys/kernel/mm/hugepages";

/// A size of pages.
pub(super) fn page_size(kib: u32) -> PageSize {
    let mut size = PageSize::new(kib);
    size.unit = Some("KiB".to_owned());
    size
}

/// The usual size of pages.
pub(super) fn page_size_kib() -> u32 {
    u32::try_from(rustix::param::page_size() / 1024).unwrap_or(4)
}

/// The sizes of huge pages, the smallest first.
pub(super) fn huge_sizes_kib() -> Vec<u32> {
    let entries = std::fs::read_dir(HUGE_PAGES)
        .map(|entries| entries.flatten().collect())
        .unwrap_or_else(|_| Vec::new());
    let name = |entry: &std::fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
    let size = |name: String| name.strip_prefix("hugepages-")?.strip_suffix("kB")?.parse().ok();
    let mut sizes: Vec<u32> = entries.iter().filter_map(|entry| size(name(entry))).collect();
    sizes.sort_unstable();
    sizes
}
