//! The CPUs of a host.

use super::host::NamedFeature;
use crate::document::text::words;
use crate::document::{YesNo, mapped};

/// The CPUs of a host.
#[mapped]
pub struct HostCpu {
    /// The architecture.
    #[element("arch")]
    pub arch: String,
    /// What x86 CPUs of old had or had not.
    #[element("features")]
    pub old_features: Option<OldFeatures>,
    /// The model that is nearest.
    #[element("model")]
    pub model: Option<String>,
    /// The maker.
    #[element("vendor")]
    pub vendor: Option<String>,
    /// The microcode.
    #[element("microcode")]
    pub microcode: Option<Microcode>,
    /// What an x86 CPU says it is.
    #[element("signature")]
    pub signature: Option<Signature>,
    /// The counter of cycles.
    #[element("counter")]
    pub counter: Option<CycleCounter>,
    /// How many there are.
    #[element("topology")]
    pub topology: Option<HostCpuTopology>,
    /// How far they can address memory.
    #[element("maxphysaddr")]
    pub address_width: Option<HostAddressWidth>,
    /// What they can do beyond the model.
    #[element("feature")]
    pub features: Vec<NamedFeature>,
    /// The sizes of pages.
    #[element("pages")]
    pub pages: Vec<PageSize>,
}

/// What x86 CPUs of old had or had not.
#[mapped]
pub struct OldFeatures {
    /// Whether they have PAE.
    #[flag("pae")]
    pub pae: bool,
    /// Whether they can do without PAE.
    #[flag("nonpae")]
    pub non_pae: bool,
    /// Whether they have Intel's virtualisation.
    #[flag("vmx")]
    pub vmx: bool,
    /// Whether they have AMD's virtualisation.
    #[flag("svm")]
    pub svm: bool,
}

/// Microcode.
#[mapped]
pub struct Microcode {
    /// Its version.
    #[attribute("version")]
    pub version: u32,
}

/// What an x86 CPU says it is.
#[mapped]
pub struct Signature {
    /// The family.
    #[attribute("family")]
    pub family: u32,
    /// The model in it.
    #[attribute("model")]
    pub model: u32,
    /// The version of that.
    #[attribute("stepping")]
    pub stepping: u32,
}

/// A counter of cycles.
#[mapped]
pub struct CycleCounter {
    /// Its name, such as `tsc`.
    #[attribute("name")]
    pub name: String,
    /// How fast it counts, in Hz.
    #[attribute("frequency")]
    pub frequency: u64,
    /// Whether guests can be shown another speed.
    #[attribute("scaling")]
    pub scaling: Option<YesNo>,
}

/// How many CPUs there are.
#[mapped]
pub struct HostCpuTopology {
    /// Sockets of a NUMA node.
    #[attribute("sockets")]
    pub sockets: u32,
    /// Dies of a socket.
    #[attribute("dies")]
    pub dies: Option<u32>,
    /// Cores of a die.
    #[attribute("cores")]
    pub cores: u32,
    /// Threads of a core.
    #[attribute("threads")]
    pub threads: u32,
}

/// How far CPUs can address memory.
#[mapped]
pub struct HostAddressWidth {
    /// Whether guests see the host's width or one of their own.
    #[attribute("mode")]
    pub mode: AddressWidthMode,
    /// The width in bits.
    #[attribute("bits")]
    pub bits: Option<u32>,
}

words! {
    /// Whether guests see the host's width of addresses.
    pub enum AddressWidthMode("mode of the width of addresses", Invalid) {
        /// They see one of their own.
        Emulate = "emulate",
        /// They see the host's.
        Passthrough = "passthrough",
    }
}

/// A size of pages.
#[mapped]
pub struct PageSize {
    /// The unit; absent for KiB.
    #[attribute("unit")]
    pub unit: Option<String>,
    /// The size.
    #[attribute("size")]
    pub size: u32,
}
