//! What a QEMU program says of itself, as it is kept.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What every question about guests needs, and what is quickly asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Basics {
    /// Major, minor and micro.
    pub(crate) version: (u32, u32, u32),
    /// The package that the program is of; empty where it was built by hand.
    pub(crate) package: String,
    /// The architecture, in QEMU's words.
    pub(crate) target: String,
    /// Whether it was built with KVM.
    pub(crate) has_kvm: bool,
    /// The machines, in QEMU's order.
    pub(crate) machines: Vec<Machine>,
}

/// A machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Machine {
    pub(crate) name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) alias: Option<String>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) is_default: bool,
    #[serde(rename = "cpu-max")]
    pub(crate) most_cpus: u32,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) deprecated: bool,
    /// The type of its CPUs where none is named, such as `qemu64-x86_64-cpu`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) default_cpu_type: Option<String>,
}

fn is_false(is: &bool) -> bool {
    !is
}

impl Machine {
    /// The model of its CPUs where none is named.
    pub(crate) fn default_cpu(&self) -> Option<&str> {
        // The type is the model, the architecture and `cpu`.
        let of_architecture = self.default_cpu_type.as_deref()?.strip_suffix("-cpu")?;
        of_architecture.rsplit_once('-').map(|(model, _)| model)
    }
}

/// What a document and a command line are checked against.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Abilities {
    /// The types of devices, backends and whatever else there is.
    pub(crate) types: BTreeSet<String>,
    pub(crate) commands: BTreeSet<String>,
    /// The options of the command line with their parameters, where QEMU tells them.
    pub(crate) options: BTreeMap<String, BTreeSet<String>>,
    /// The values of `-display`.
    pub(crate) displays: BTreeSet<String>,
    /// The display where none is named.
    pub(crate) default_display: Option<String>,
    /// The backends of character devices.
    pub(crate) character_devices: BTreeSet<String>,
    /// The drivers of `-audiodev`, where QEMU tells them.
    pub(crate) audio_drivers: BTreeSet<String>,
    pub(crate) tpm_models: BTreeSet<String>,
    pub(crate) tpm_backends: BTreeSet<String>,
    /// The events that it tells of.
    pub(crate) events: BTreeSet<String>,
}

impl Abilities {
    /// Whether there is a type of that name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.types.contains(name)
    }
}

/// What depends on what runs guests' CPUs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Accelerated {
    /// The models of CPU, in QEMU's order.
    pub(crate) models: Vec<CpuModel>,
    /// What Windows guests can be told, in QEMU's words without `hv-`.
    pub(crate) hyperv: BTreeSet<String>,
    /// AMD's encryption of memory, if there is.
    pub(crate) sev: Option<Sev>,
    /// The versions of ARM's interrupt controller.
    pub(crate) gic_versions: BTreeSet<u32>,
}

/// A model of CPU.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct CpuModel {
    pub(crate) name: String,
    /// Whether it can be had on this host; none where QEMU does not say.
    pub(crate) is_usable: Option<bool>,
    pub(crate) deprecated: bool,
    /// What it consists of, where it was asked.
    pub(crate) contents: Option<CpuContents>,
}

impl CpuModel {
    /// Whether it is a version of a model: documents name models only.
    pub(crate) fn is_version(&self) -> bool {
        let version = self.name.rsplit_once("-v").map(|(_, version)| version);
        version
            .is_some_and(|version| !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit()))
    }
}

impl Accelerated {
    /// The model of that name.
    pub(crate) fn find(&self, name: &str) -> Option<&CpuModel> {
        self.models.iter().find(|model| model.name == name)
    }
}

/// What a model of CPU consists of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct CpuContents {
    /// The maker, as the CPU says it.
    pub(crate) vendor: Option<String>,
    /// What it has.
    pub(crate) features: BTreeSet<String>,
    /// What QEMU knows and it has not; kept of the host's own only.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) absent: BTreeSet<String>,
}

/// AMD's encryption of memory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Sev {
    /// The bit of an address that says that memory is encrypted.
    #[serde(rename = "cbitpos")]
    pub(crate) encryption_bit: u32,
    /// By how many bits addresses are shorter.
    #[serde(rename = "reduced-phys-bits")]
    pub(crate) reduced_bits: u32,
}
