//! What the host is, as far as guests are concerned. It blocks.

use super::{host_cpu, host_nodes};
use crate::process::Credentials;
use omnivirt_core::capabilities::Host;
use omnivirt_core::capabilities::host::{
    BaseLabel, IommuSupport, MigrationFeatures, PowerManagement, SecurityModel,
};
use omnivirt_core::document::{MemorySize, YesNo};
use omnivirt_core::{NodeInfo, Uuid};
use std::path::Path;

/// What the host is, but for the name of its CPUs.
pub(super) fn host(credentials: Option<&Credentials>) -> Host {
    let mut host = Host::default();
    host.uuid = uuid();
    host.cpu = Some(host_cpu::cpu());
    host.power_management = Some(power_management());
    host.iommu = Some(iommu());
    let mut migration = MigrationFeatures::default();
    migration.live = true;
    migration.transports = ["tcp", "unix"].map(str::to_owned).into();
    host.migration = Some(migration);
    host.topology = Some(host_nodes::topology());
    host.cache = Some(host_cpu::caches());
    host.security_models = security(credentials);
    host
}

/// The host in numbers.
pub(crate) fn node_info() -> NodeInfo {
    let topology = host_nodes::topology();
    let cpus =
        topology.cells.cells.iter().filter_map(|cell| cell.cpus.as_ref()).map(|cpus| cpus.number).sum();
    let memory = topology.cells.cells.iter().filter_map(|cell| cell.memory).map(MemorySize::kib).sum();
    let of = host_cpu::topology();
    let nodes = topology.cells.number.max(1);
    let info = NodeInfo::default()
        .cpu_model(std::env::consts::ARCH)
        .memory_kib(memory)
        .cpus(cpus)
        .cpu_mhz(host_cpu::mhz())
        .threads_per_core(of.threads);
    // Sockets that are spread evenly are told for each node, others for all.
    if of.sockets.is_multiple_of(nodes) {
        let cores = of.cores * of.dies.unwrap_or(1);
        return info.numa_nodes(nodes).sockets_per_node(of.sockets / nodes).cores_per_socket(cores);
    }
    info.numa_nodes(1).sockets_per_node(1).cores_per_socket(of.sockets * of.cores * of.dies.unwrap_or(1))
}

/// A file of one line.
pub(super) fn line(path: impl AsRef<Path>) -> Option<String> {
    Some(std::fs::read_to_string(path).ok()?.trim().to_owned())
}

/// A file of a number.
pub(super) fn number<T: std::str::FromStr>(path: impl AsRef<Path>) -> Option<T> {
    line(path)?.parse().ok()
}

/// That of the board, where it has one of its own; else that of the installed system.
fn uuid() -> Option<Uuid> {
    let board = line("/sys/class/dmi/id/product_uuid").and_then(|text| text.parse::<Uuid>().ok());
    // Some makers give all of their boards the same.
    let board = board.filter(|uuid| !uuid.is_nil() && !uuid.is_max());
    board.or_else(|| Uuid::parse_str(&line("/etc/machine-id")?).ok())
}

/// Guests are kept apart by users and groups alone.
fn security(credentials: Option<&Credentials>) -> Vec<SecurityModel> {
    let model = |name: &str| {
        let mut model = SecurityModel::new(name.to_owned());
        model.interpretation = Some("0".to_owned());
        model
    };
    let own = Credentials::own();
    let (user, group) = credentials.unwrap_or(&own).numbers();
    let label = |domain_type: &str| BaseLabel::new(domain_type.to_owned(), format!("+{user}:+{group}"));
    let mut users = model("dac");
    users.base_labels = ["kvm", "qemu"].map(label).into();
    vec![model("none"), users]
}

fn power_management() -> PowerManagement {
    let states = line("/sys/power/state").unwrap_or_default();
    let disk = line("/sys/power/disk").unwrap_or_default();
    let has = |state: &str| states.split_whitespace().any(|one| one == state);
    let mut power = PowerManagement::default();
    power.suspend_to_memory = has("mem");
    power.suspend_to_disk = has("disk") && !disk.contains("[disabled]");
    power.suspend_hybrid = power.suspend_to_memory && power.suspend_to_disk && disk.contains("suspend");
    power
}

fn iommu() -> IommuSupport {
    let groups =
        std::fs::read_dir("/sys/kernel/iommu_groups").is_ok_and(|mut groups| groups.next().is_some());
    let mut iommu = IommuSupport::default();
    iommu.support = Some(if groups { YesNo::Yes } else { YesNo::No });
    iommu
}
