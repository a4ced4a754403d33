//! The guests that a host can have.

use crate::document::text::words;
use crate::document::{OnOff, YesNo, mapped};

/// Guests of a kind.
#[mapped]
pub struct Guest {
    /// The kind.
    #[element("os_type")]
    pub os_type: GuestType,
    /// For which machines.
    #[element("arch")]
    pub arch: GuestArch,
    /// What documents of them can say.
    #[element("features")]
    pub features: Option<GuestFeatures>,
}

words! {
    /// A kind of guest.
    pub enum GuestType("type of guest", Invalid) {
        /// One that knows of Xen.
        Xen = "xen",
        /// One that knows of Xen, as it was called before.
        Linux = "linux",
        /// One for a whole machine.
        Hvm = "hvm",
        /// A container.
        Exe = "exe",
        /// User Mode Linux.
        Uml = "uml",
        /// One that knows of Xen and uses the CPU's virtualisation.
        Xenpvh = "xenpvh",
    }
}

/// The machines of an architecture.
#[mapped]
pub struct GuestArch {
    /// The architecture.
    #[attribute("name")]
    pub name: String,
    /// The bits of a word: 31, 32 or 64.
    #[element("wordsize")]
    pub word_size: u32,
    /// The path of the program that runs a guest.
    #[element("emulator")]
    pub emulator: Option<String>,
    /// The path of the program with which a guest starts.
    #[element("loader")]
    pub loader: Option<String>,
    /// The machines; the first is used where a domain names none.
    #[element("machine")]
    pub machines: Vec<GuestMachine>,
    /// The types of domain.
    #[element("domain")]
    pub domains: Vec<GuestDomain>,
}

/// A machine.
#[mapped]
pub struct GuestMachine {
    /// The machine that is meant, where this is another name for it.
    #[attribute("canonical")]
    pub canonical: Option<String>,
    /// The most virtual CPUs.
    #[attribute("maxCpus")]
    pub most_vcpus: Option<u32>,
    /// Whether it is going away.
    #[attribute("deprecated")]
    pub deprecated: Option<YesNo>,
    /// Its name.
    #[text]
    pub name: String,
}

/// A type of domain.
#[mapped]
pub struct GuestDomain {
    /// The type, such as `kvm`.
    #[attribute("type")]
    pub domain_type: String,
    /// The path of its program, where it has one of its own.
    #[element("emulator")]
    pub emulator: Option<String>,
    /// Its machines, where it has machines of its own.
    #[element("machine")]
    pub machines: Vec<GuestMachine>,
}

/// What documents of guests can say.
#[mapped]
pub struct GuestFeatures {
    /// Whether a guest can have PAE.
    #[flag("pae")]
    pub pae: bool,
    /// Whether a guest can do without PAE.
    #[flag("nonpae")]
    pub non_pae: bool,
    /// Whether an Itanium guest can be big-endian.
    #[flag("ia64_be")]
    pub big_endian: bool,
    /// Whether ACPI is on, and can be turned.
    #[element("acpi")]
    pub acpi: Option<FeatureToggle>,
    /// Whether the APIC is on, and can be turned.
    #[element("apic")]
    pub apic: Option<FeatureToggle>,
    /// Whether the CPU can be chosen.
    #[flag("cpuselection")]
    pub cpu_selection: bool,
    /// Whether devices can be given an order in which they are booted from.
    #[flag("deviceboot")]
    pub device_boot: bool,
    /// Whether there are snapshots outside of disks.
    #[element("disksnapshot")]
    pub disk_snapshot: Option<FeatureToggle>,
    /// Whether the CPU helps with a guest's memory.
    #[element("hap")]
    pub hardware_paging: Option<FeatureToggle>,
}

/// Whether something is on, and can be turned.
#[mapped]
pub struct FeatureToggle {
    /// Whether it is on.
    #[attribute("default")]
    pub default_state: Option<OnOff>,
    /// Whether it can be turned.
    #[attribute("toggle")]
    pub toggle: Option<YesNo>,
}
