//! What a domain can have: for one emulator, machine and type of domain.

use super::{Usable, Values};
use crate::document::text::words;
use crate::document::{Config, DocumentError, DocumentRoot, YesNo, mapped};
use crate::xml::Element;

/// What a domain can have, as a document.
pub type DomainCapabilitiesConfig = Config<DomainCapabilities>;

/// What a domain can have.
#[mapped]
pub struct DomainCapabilities {
    /// The path of the program that runs it.
    #[element("path")]
    pub path: String,
    /// The type of domain.
    #[element("domain")]
    pub domain_type: String,
    /// The machine.
    #[element("machine")]
    pub machine: Option<String>,
    /// The architecture.
    #[element("arch")]
    pub arch: String,
    /// How many virtual CPUs.
    #[element("vcpu")]
    pub vcpu: Option<MostVcpus>,
    /// Whether disks can have threads of their own.
    #[element("iothreads")]
    pub io_threads: Option<Support>,
    /// How it can start.
    #[element("os")]
    pub os: Option<OsCapabilities>,
    /// Which CPUs.
    #[element("cpu")]
    pub cpu: Option<CpuCapabilities>,
    /// What its memory can be made of.
    #[element("memoryBacking")]
    pub memory_backing: Option<Choices>,
    /// Which devices.
    #[element("devices")]
    pub devices: Option<DeviceCapabilities>,
    /// What else.
    #[element("features")]
    pub features: Option<FeatureCapabilities>,
}

/// How many virtual CPUs there can be.
#[mapped]
pub struct MostVcpus {
    /// The most.
    #[attribute("max")]
    pub most: u32,
}

/// Whether there is something.
#[mapped]
pub struct Support {
    /// Whether there is.
    #[attribute("supported")]
    pub supported: YesNo,
}

/// Whether there is something, and what can be chosen of it.
#[mapped]
pub struct Choices {
    /// Whether there is.
    #[attribute("supported")]
    pub supported: YesNo,
    /// What can be chosen.
    #[element("enum")]
    pub enums: Vec<Values>,
}

/// How a domain can start.
#[mapped]
pub struct OsCapabilities {
    /// Whether it can.
    #[attribute("supported")]
    pub supported: YesNo,
    /// What can be chosen.
    #[element("enum")]
    pub enums: Vec<Values>,
    /// With which programs.
    #[element("loader")]
    pub loader: Option<LoaderCapabilities>,
}

/// With which programs a domain can start.
#[mapped]
pub struct LoaderCapabilities {
    /// Whether it can.
    #[attribute("supported")]
    pub supported: YesNo,
    /// The paths of those that the host has.
    #[element("value")]
    pub paths: Vec<String>,
    /// What can be chosen.
    #[element("enum")]
    pub enums: Vec<Values>,
}

/// Which CPUs a domain can have.
#[mapped]
pub struct CpuCapabilities {
    /// One for each way to choose them.
    #[element("mode")]
    pub modes: Vec<CpuMode>,
}

/// A way to choose CPUs.
#[mapped]
pub struct CpuMode {
    /// Which.
    #[attribute("name")]
    pub name: CpuModeName,
    /// Whether there is.
    #[attribute("supported")]
    pub supported: YesNo,
    /// What can be chosen.
    #[element("enum")]
    pub enums: Vec<Values>,
    /// The model of `host-model`, or the models of `custom`.
    #[element("model")]
    pub models: Vec<CpuModel>,
    /// The maker of the model of `host-model`.
    #[element("vendor")]
    pub vendor: Option<String>,
    /// How far the guest of `host-model` can address memory.
    #[element("maxphysaddr")]
    pub address_width: Option<super::host_cpu::HostAddressWidth>,
    /// What the CPU of `host-model` has beyond its model, or has not.
    #[element("feature")]
    pub features: Vec<CpuFeature>,
}

words! {
    /// A way to choose CPUs.
    pub enum CpuModeName("mode of a CPU", Invalid) {
        /// The host's own.
        HostPassthrough = "host-passthrough",
        /// All that the hypervisor can.
        Maximum = "maximum",
        /// One like the host's.
        HostModel = "host-model",
        /// A named one.
        Custom = "custom",
    }
}

/// A model of CPU.
#[mapped]
pub struct CpuModel {
    /// Whether another model can stand for it.
    #[attribute("fallback")]
    pub fallback: Option<String>,
    /// Whether the host can run it.
    #[attribute("usable")]
    pub usable: Option<Usable>,
    /// Whether it is going away.
    #[attribute("deprecated")]
    pub deprecated: Option<YesNo>,
    /// Its maker.
    #[attribute("vendor")]
    pub vendor: Option<String>,
    /// Its name.
    #[text]
    pub name: String,
}

/// What a CPU has beyond its model, or has not.
#[mapped]
pub struct CpuFeature {
    /// Whether it has.
    #[attribute("policy")]
    pub policy: Option<String>,
    /// Its name.
    #[attribute("name")]
    pub name: String,
}

/// Which devices a domain can have.
#[mapped]
pub struct DeviceCapabilities {
    /// Disks.
    #[element("disk")]
    pub disk: Option<Choices>,
    /// Ways to see its screen.
    #[element("graphics")]
    pub graphics: Option<Choices>,
    /// Video devices.
    #[element("video")]
    pub video: Option<Choices>,
    /// Devices of the host.
    #[element("hostdev")]
    pub hostdev: Option<Choices>,
    /// Sources of random numbers.
    #[element("rng")]
    pub random_generator: Option<Choices>,
    /// Directories of the host.
    #[element("filesystem")]
    pub filesystem: Option<Choices>,
    /// TPMs.
    #[element("tpm")]
    pub tpm: Option<Choices>,
    /// Devices of a client.
    #[element("redirdev")]
    pub redirected_device: Option<Choices>,
    /// Channels between host and guest.
    #[element("channel")]
    pub channel: Option<Choices>,
}

/// What else a domain can have.
#[mapped]
pub struct FeatureCapabilities {
    /// Versions of ARM's interrupt controller.
    #[element("gic")]
    pub gic: Option<Choices>,
    /// Whether a guest can say what a dump needs.
    #[element("vmcoreinfo")]
    pub vmcoreinfo: Option<Support>,
    /// Whether a guest can be told that it was copied.
    #[element("genid")]
    pub generation_id: Option<Support>,
    /// Whether the images behind a disk can be named.
    #[element("backingStoreInput")]
    pub backing_store_input: Option<Support>,
    /// Whether there are backups of changes only.
    #[element("backup")]
    pub backup: Option<Support>,
    /// Whether a mainframe's guest can be hidden from the host.
    #[element("s390-pv")]
    pub protected_virtualisation: Option<Support>,
    /// AMD's encryption of memory.
    #[element("sev")]
    pub sev: Option<SevCapabilities>,
    /// Intel's enclaves.
    #[element("sgx")]
    pub sgx: Option<SgxCapabilities>,
    /// What Windows guests can be told.
    #[element("hyperv")]
    pub hyperv: Option<Choices>,
}

/// AMD's encryption of memory.
#[mapped]
pub struct SevCapabilities {
    /// Whether there is.
    #[attribute("supported")]
    pub supported: YesNo,
    /// The bit of an address that says that memory is encrypted.
    #[element("cbitpos")]
    pub encryption_bit: Option<u32>,
    /// By how many bits addresses are shorter.
    #[element("reducedPhysBits")]
    pub reduced_bits: Option<u32>,
    /// The most guests.
    #[element("maxGuests")]
    pub most_guests: Option<u32>,
    /// The most guests whose registers are encrypted too.
    #[element("maxESGuests")]
    pub most_es_guests: Option<u32>,
}

/// Intel's enclaves.
#[mapped]
pub struct SgxCapabilities {
    /// Whether there are.
    #[attribute("supported")]
    pub supported: YesNo,
    /// Whether the key of who may launch one can be set.
    #[element("flc")]
    pub flexible_launch: Option<YesNo>,
    /// Whether there is the first version.
    #[element("sgx1")]
    pub version_1: Option<YesNo>,
    /// Whether there is the second version.
    #[element("sgx2")]
    pub version_2: Option<YesNo>,
    /// How much memory there is for them.
    #[element("section_size")]
    pub section_size: Option<crate::document::MemorySize>,
    /// Where that memory is.
    #[list("sections", "section")]
    pub sections: Vec<SgxSection>,
}

/// Memory for enclaves on a NUMA node.
#[mapped]
pub struct SgxSection {
    /// The node.
    #[attribute("node")]
    pub node: u32,
    /// How much, in `unit`.
    #[attribute("size")]
    pub size: u64,
    /// The unit.
    #[attribute("unit")]
    pub unit: String,
}

impl DocumentRoot for DomainCapabilities {
    const ROOT: &'static str = "domainCapabilities";

    fn check(&self, _root: Element<'_>) -> Result<(), DocumentError> {
        Ok(())
    }
}
