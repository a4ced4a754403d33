//! The documents in which a simulated host says what it has and what guests can have on it.

use super::cpu_models::{self, MODELS};
use super::emulator::{self, Emulator};
use super::hardware::Hardware;
use super::pages::PAGE_SIZES_KIB;
use omnivirt_core::xml::NewElement;

fn new(name: &str) -> NewElement {
    NewElement::new(name)
}

fn with_text(name: &str, text: impl ToString) -> NewElement {
    new(name).text(text.to_string())
}

fn with_children(element: NewElement, children: impl IntoIterator<Item = NewElement>) -> NewElement {
    children.into_iter().fold(element, NewElement::child)
}

/// What the host has, and what guests it can run. `pages` says how many pages of a size a node has.
pub(crate) fn of_host(
    hardware: &Hardware,
    uuid: omnivirt_core::Uuid,
    pages: impl Fn(u32, u32) -> u64,
) -> NewElement {
    let host = new("host")
        .child(with_text("uuid", uuid))
        .child(host_cpu(hardware))
        .child(
            new("power_management")
                .child(new("suspend_mem"))
                .child(new("suspend_disk"))
                .child(new("suspend_hybrid")),
        )
        .child(new("iommu").attribute("support", "no"))
        .child(new("migration_features").child(new("live")))
        .child(topology(hardware, pages))
        .child(new("secmodel").child(with_text("model", super::info::SECURITY_MODEL)).child(new("doi")));
    let guests =
        emulator::archs(hardware).iter().flat_map(|arch| ["hvm", "xen"].map(|os_type| guest(os_type, arch)));
    with_children(new("capabilities").child(host), guests)
}

fn host_cpu(hardware: &Hardware) -> NewElement {
    let (model, more) = cpu_models::of_host(hardware.arch());
    let cpu = new("cpu").child(with_text("arch", hardware.arch())).child(with_text("model", model.name));
    let cpu = with_children(cpu, model.vendor.map(|vendor| with_text("vendor", vendor)));
    let cpu = cpu.child(
        new("topology")
            .attribute("sockets", hardware.sockets_per_node.to_string())
            .attribute("dies", "1")
            .attribute("cores", hardware.cores_per_socket.to_string())
            .attribute("threads", hardware.threads_per_core.to_string()),
    );
    let cpu = with_children(cpu, more.iter().map(|feature| new("feature").attribute("name", feature)));
    with_children(cpu, PAGE_SIZES_KIB.iter().map(|size| page_size(*size)))
}

fn page_size(kib: u32) -> NewElement {
    new("pages").attribute("unit", "KiB").attribute("size", kib.to_string())
}

fn topology(hardware: &Hardware, pages: impl Fn(u32, u32) -> u64) -> NewElement {
    let cells = (0..hardware.nodes).map(|node| {
        let memory = with_text("memory", hardware.node_memory_kib(node)).attribute("unit", "KiB");
        let pages = PAGE_SIZES_KIB.iter().map(|size| page_size(*size).text(pages(node, *size).to_string()));
        let cell = new("cell").attribute("id", node.to_string()).child(memory);
        let distances = (0..hardware.nodes).map(|other| {
            let far = if other == node { "10" } else { "20" };
            new("sibling").attribute("id", other.to_string()).attribute("value", far)
        });
        let cpus = hardware.node_cpus(node).map(|cpu| {
            new("cpu")
                .attribute("id", cpu.number.to_string())
                .attribute("socket_id", cpu.socket.to_string())
                .attribute("die_id", "0")
                .attribute("core_id", cpu.core.to_string())
                .attribute("siblings", hardware.siblings(cpu).to_string())
        });
        with_children(cell, pages)
            .child(with_children(new("distances"), distances))
            .child(with_children(new("cpus").attribute("num", hardware.cpus_per_node().to_string()), cpus))
    });
    new("topology").child(with_children(new("cells").attribute("num", hardware.nodes.to_string()), cells))
}

fn guest(os_type: &str, arch: &str) -> NewElement {
    let word_size = if arch == "i686" { 32 } else { 64 };
    let machines = emulator::MACHINES
        .iter()
        .map(|machine| with_text("machine", machine).attribute("maxCpus", emulator::MOST_VCPUS.to_string()));
    let arch_element = new("arch")
        .attribute("name", arch)
        .child(with_text("wordsize", word_size))
        .child(with_text("emulator", emulator::PATH));
    let arch_element =
        with_children(arch_element, machines).child(new("domain").attribute("type", emulator::DOMAIN_TYPE));
    let features = new("features").child(new("acpi").attribute("default", "on").attribute("toggle", "yes"));
    let features = if arch == "i686" { features.child(new("pae")).child(new("nonpae")) } else { features };
    new("guest").child(with_text("os_type", os_type)).child(arch_element).child(features)
}

/// What domains of one emulator can have.
pub(crate) fn of_domains(hardware: &Hardware, emulator: Emulator, with_sev: bool) -> NewElement {
    new("domainCapabilities")
        .child(with_text("path", emulator::PATH))
        .child(with_text("domain", emulator::DOMAIN_TYPE))
        .child(with_text("machine", emulator.machine))
        .child(with_text("arch", emulator.arch))
        .child(new("vcpu").attribute("max", emulator::MOST_VCPUS.to_string()))
        .child(new("iothreads").attribute("supported", "yes"))
        .child(
            supported("os", true).child(values("firmware", &["bios", "efi"])).child(
                supported("loader", true)
                    .child(values("type", &["rom", "pflash"]))
                    .child(values("secure", &["no"])),
            ),
        )
        .child(guest_cpu(hardware, emulator))
        .child(supported("memoryBacking", true).child(values("sourceType", &["file", "anonymous", "memfd"])))
        .child(devices())
        .child(features(with_sev))
}

fn supported(name: &str, is: bool) -> NewElement {
    new(name).attribute("supported", if is { "yes" } else { "no" })
}

fn values(name: &str, values: &[&str]) -> NewElement {
    with_children(new("enum").attribute("name", name), values.iter().map(|value| with_text("value", value)))
}

fn guest_cpu(hardware: &Hardware, emulator: Emulator) -> NewElement {
    let (host, more) = cpu_models::of_host(hardware.arch());
    let mode = |name: &str| new("mode").attribute("name", name).attribute("supported", "yes");
    let host_model = mode("host-model").child(with_text("model", host.name).attribute("fallback", "forbid"));
    let host_model = with_children(host_model, host.vendor.map(|vendor| with_text("vendor", vendor)));
    let host_model = with_children(
        host_model,
        more.iter().map(|feature| new("feature").attribute("policy", "require").attribute("name", feature)),
    );
    let all = host.features().union(&more).cloned().collect();
    let models = MODELS.iter().filter(|model| model.suits(emulator.arch)).map(|model| {
        let usable = if model.features().is_subset(&all) { "yes" } else { "no" };
        with_text("model", model.name)
            .attribute("usable", usable)
            .attribute("vendor", model.vendor.unwrap_or("unknown"))
    });
    new("cpu")
        .child(mode("host-passthrough").child(values("hostPassthroughMigratable", &["on", "off"])))
        .child(mode("maximum"))
        .child(host_model)
        .child(with_children(mode("custom"), models))
}

/// A list of what there is, and its name.
type List = (&'static str, &'static [&'static str]);

/// Each kind of device with the lists of what there is of it.
const DEVICES: &[(&str, &[List])] = &[
    (
        "disk",
        &[
            ("diskDevice", &["disk", "cdrom", "floppy", "lun"]),
            ("bus", &["ide", "fdc", "scsi", "virtio", "usb", "sata"]),
            ("model", &["virtio", "virtio-transitional", "virtio-non-transitional"]),
        ],
    ),
    ("graphics", &[("type", &["sdl", "vnc", "spice", "dbus"])]),
    ("video", &[("modelType", &["vga", "cirrus", "qxl", "virtio", "none", "bochs", "ramfb"])]),
    (
        "hostdev",
        &[
            ("mode", &["subsystem"]),
            ("startupPolicy", &["default", "mandatory", "requisite", "optional"]),
            ("subsysType", &["usb", "pci", "scsi"]),
        ],
    ),
    ("rng", &[("model", &["virtio"]), ("backendModel", &["random", "egd", "builtin"])]),
    ("filesystem", &[("driverType", &["path", "handle", "virtiofs"])]),
    (
        "tpm",
        &[
            ("model", &["tpm-tis", "tpm-crb"]),
            ("backendModel", &["passthrough", "emulator"]),
            ("backendVersion", &["1.2", "2.0"]),
        ],
    ),
    ("redirdev", &[("bus", &["usb"])]),
    ("channel", &[("type", &["pty", "unix", "spicevmc"])]),
    ("console", &[("type", &["pty", "unix"])]),
];

fn devices() -> NewElement {
    let devices = DEVICES.iter().map(|(name, lists)| {
        with_children(supported(name, true), lists.iter().map(|(list, items)| values(list, items)))
    });
    with_children(new("devices"), devices)
}

/// The types of storage pools that there can be.
pub(crate) const POOL_TYPES: &[&str] = &[
    "dir",
    "fs",
    "netfs",
    "logical",
    "disk",
    "iscsi",
    "scsi",
    "mpath",
    "rbd",
    "sheepdog",
    "gluster",
    "zfs",
    "vstorage",
    "iscsi-direct",
];

/// Which storage pools there can be, and what volumes can be in them.
pub(crate) fn of_storage_pools() -> String {
    let pools = POOL_TYPES.iter().map(|kind| {
        let volumes = match *kind {
            "dir" | "fs" | "netfs" | "gluster" | "vstorage" => &["raw", "qcow2", "vmdk", "vdi", "iso"][..],
            _ => &["raw"],
        };
        let volumes = new("volOptions")
            .child(new("defaultFormat").attribute("type", "raw"))
            .child(values("targetFormatType", volumes));
        new("pool").attribute("type", *kind).attribute("supported", "yes").child(volumes)
    });
    super::info::written(&with_children(new("storagepoolCapabilities"), pools))
}

fn features(with_sev: bool) -> NewElement {
    let sev = if with_sev {
        supported("sev", true)
            .child(with_text("cbitpos", super::info::SEV_C_BIT_POSITION))
            .child(with_text("reducedPhysBits", super::info::SEV_REDUCED_PHYSICAL_BITS))
    } else {
        supported("sev", false)
    };
    new("features")
        .child(supported("gic", false))
        .child(supported("vmcoreinfo", true))
        .child(supported("genid", true))
        .child(supported("backingStoreInput", true))
        .child(supported("backup", true))
        .child(supported("async-teardown", false))
        .child(sev)
}

#[cfg(test)]
mod tests {
    use super::*;
    use omnivirt_core::Uuid;
    use omnivirt_core::xml::Document;

    #[test]
    fn the_host_lists_each_cpu_once_and_all_its_memory() {
        let hardware = Hardware::default();
        let document = Document::try_from(&of_host(&hardware, Uuid::nil(), |_, _| 0)).unwrap();
        let cells = document.root().descendant(&["host", "topology", "cells"]).unwrap();
        let memory: u64 =
            cells.children().map(|cell| cell.child("memory").unwrap().text().parse::<u64>().unwrap()).sum();
        assert_eq!(memory, hardware.memory_kib);
        let cpus: Vec<u32> = cells
            .children()
            .flat_map(|cell| cell.child("cpus").unwrap().children())
            .map(|cpu| cpu.attribute_value("id").unwrap().parse().unwrap())
            .collect();
        assert_eq!(cpus, (0..16).collect::<Vec<_>>());
    }

    #[test]
    fn domains_can_use_the_models_that_the_host_can_run() {
        let emulator = Emulator { arch: "x86_64", machine: "q35" };
        let document = Document::try_from(&of_domains(&Hardware::default(), emulator, true)).unwrap();
        let text = document.as_str();
        assert!(text.contains("<model usable='yes' vendor='AMD'>EPYC</model>"), "{text}");
        assert!(text.contains("<model usable='no' vendor='Intel'>Skylake-Client</model>"), "{text}");
        assert!(text.contains("<cbitpos>"), "{text}");
    }
}
