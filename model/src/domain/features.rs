//! The features of the guest's machine.

use crate::document::text::words;
use crate::document::{MemorySize, OnOff, mapped};

mod capabilities;
mod hyperv;
mod paravirtual;

pub use capabilities::{Capabilities, CapabilitiesPolicy, Capability};
pub use hyperv::{Enlightenment, HypervFeatures, HypervMode, HypervSpinlocks, HypervTimer, HypervVendor};
pub use paravirtual::{DirtyRing, KvmFeatures, TcgFeatures, XenFeatures, XenPassthrough, XenPassthroughMode};

/// The features of the guest's machine, each absent where the driver decides.
#[mapped(collected)]
pub struct Features {
    /// Tables by which the guest finds the machine's parts.
    #[flag("acpi")]
    pub acpi: bool,
    /// The programmable interrupt controller of x86.
    #[element("apic")]
    pub apic: Option<Apic>,
    /// Physical addresses of more than 32 bits.
    #[flag("pae")]
    pub pae: bool,
    /// Paging with the hardware's help.
    #[element("hap")]
    pub hap: Option<Switch>,
    /// What Windows looks for, in Xen.
    #[flag("viridian")]
    pub viridian: bool,
    /// A network of its own for a container.
    #[flag("privnet")]
    pub private_network: bool,
    /// What Windows looks for.
    #[element("hyperv")]
    pub hyperv: Option<HypervFeatures>,
    /// Features of KVM.
    #[element("kvm")]
    pub kvm: Option<KvmFeatures>,
    /// Locks on which the guest waits without taking time.
    #[element("pvspinlock")]
    pub paravirtual_spinlocks: Option<Switch>,
    /// What a container's superuser may do.
    #[element("capabilities")]
    pub capabilities: Option<Capabilities>,
    /// Counters of the CPU.
    #[element("pmu")]
    pub performance_counters: Option<Switch>,
    /// The port by which VMware's tools talk.
    #[element("vmport")]
    pub vmware_port: Option<Switch>,
    /// The interrupt controller of ARM.
    #[element("gic")]
    pub gic: Option<Gic>,
    /// System management mode.
    #[element("smm")]
    pub system_management: Option<SystemManagement>,
    /// Who has the I/O interrupt controller.
    #[element("ioapic")]
    pub io_apic: Option<IoApic>,
    /// The page table of pseries machines.
    #[element("hpt")]
    pub hash_page_table: Option<HashPageTable>,
    /// Information for a dump of the guest's memory.
    #[element("vmcoreinfo")]
    pub vmcore_info: Option<Switch>,
    /// Transactional memory.
    #[element("htm")]
    pub transactional_memory: Option<Enlightenment>,
    /// Guests in the guest, on pseries machines.
    #[element("nested-hv")]
    pub nested_guests: Option<Enlightenment>,
    /// What happens with unknown registers.
    #[element("msrs")]
    pub unknown_registers: Option<UnknownRegisters>,
    /// The help of counting against an attack on caches.
    #[element("ccf-assist")]
    pub count_cache_flush: Option<Enlightenment>,
    /// Features of Xen.
    #[element("xen")]
    pub xen: Option<XenFeatures>,
    /// Cleaning of the cache when privileges change.
    #[element("cfpc")]
    pub cache_flush: Option<CacheFlush>,
    /// Whether speculation stops at checks of bounds.
    #[element("sbbc")]
    pub bounds_check_barrier: Option<BoundsCheckBarrier>,
    /// Whether indirect branches are speculated on.
    #[element("ibs")]
    pub indirect_branches: Option<IndirectBranches>,
    /// Features of emulation.
    #[element("tcg")]
    pub tcg: Option<TcgFeatures>,
}

/// Whether a feature is there.
#[mapped]
pub struct Switch {
    /// Whether it is; absent for yes.
    #[attribute("state")]
    pub state: Option<OnOff>,
}

/// The programmable interrupt controller of x86.
#[mapped]
pub struct Apic {
    /// Whether the guest can tell the end of an interrupt without help.
    #[attribute("eoi")]
    pub end_of_interrupt: Option<OnOff>,
}

/// The interrupt controller of ARM.
#[mapped]
pub struct Gic {
    /// Its version; absent for the driver's choice.
    #[attribute("version")]
    pub version: Option<GicVersion>,
}

words! {
    /// A version of the interrupt controller of ARM.
    pub enum GicVersion("version of the GIC", Invalid) {
        /// Version 2.
        V2 = "2",
        /// Version 3.
        V3 = "3",
        /// That of the host.
        Host = "host",
    }
}

/// System management mode.
#[mapped]
pub struct SystemManagement {
    /// Whether it is there; absent for yes.
    #[attribute("state")]
    pub state: Option<OnOff>,
    /// How much memory it has.
    #[element("tseg")]
    pub memory: Option<SystemManagementMemory>,
}

/// How much memory system management mode has.
#[mapped]
pub struct SystemManagementMemory {
    /// The unit; absent for MiB.
    #[attribute("unit")]
    pub unit: Option<String>,
    /// How much.
    #[text]
    pub size: u64,
}

/// Who has the I/O interrupt controller.
#[mapped]
pub struct IoApic {
    /// Who.
    #[attribute("driver")]
    pub driver: Option<IoApicDriver>,
}

words! {
    /// Who has the I/O interrupt controller.
    pub enum IoApicDriver("owner of the I/O APIC", Invalid) {
        /// The kernel of the host.
        Kvm = "kvm",
        /// QEMU.
        Qemu = "qemu",
    }
}

/// The page table of pseries machines.
#[mapped(omit_empty)]
pub struct HashPageTable {
    /// Whether its size can change.
    #[attribute("resizing")]
    pub resizing: Option<HashPageTableResizing>,
    /// The largest pages.
    #[element("maxpagesize")]
    pub largest_page: Option<MemorySize>,
}

words! {
    /// Whether the page table's size can change.
    pub enum HashPageTableResizing("resizing of the page table", Invalid) {
        /// It can where guest and host know how.
        Enabled = "enabled",
        /// It cannot.
        Disabled = "disabled",
        /// Guest and host must know how.
        Required = "required",
    }
}

/// What happens when the guest uses registers that nobody knows.
#[mapped]
pub struct UnknownRegisters {
    /// What happens.
    #[attribute("unknown")]
    pub action: UnknownRegisterAction,
}

words! {
    /// What happens when the guest uses registers that nobody knows.
    pub enum UnknownRegisterAction("action for unknown registers", Invalid) {
        /// Nothing.
        Ignore = "ignore",
        /// The guest gets a fault.
        Fault = "fault",
    }
}

/// Cleaning of the cache when privileges change.
#[mapped]
pub struct CacheFlush {
    /// How it is.
    #[attribute("value")]
    pub value: Option<Mitigation>,
}

/// Whether speculation stops at checks of bounds.
#[mapped]
pub struct BoundsCheckBarrier {
    /// How it is.
    #[attribute("value")]
    pub value: Option<Mitigation>,
}

words! {
    /// What there is against an attack by speculation.
    pub enum Mitigation("state of a mitigation", Invalid) {
        /// Nothing.
        Broken = "broken",
        /// A way around it.
        Workaround = "workaround",
        /// It cannot happen.
        Fixed = "fixed",
    }
}

/// Whether indirect branches are speculated on.
#[mapped]
pub struct IndirectBranches {
    /// How it is.
    #[attribute("value")]
    pub value: Option<IndirectBranchMitigation>,
}

words! {
    /// What there is against an attack by indirect branches.
    pub enum IndirectBranchMitigation("state of a mitigation", Invalid) {
        /// Nothing.
        Broken = "broken",
        /// A way around it.
        Workaround = "workaround",
        /// They are done one after the other.
        FixedSerial = "fixed-ibs",
        /// The cache of counts is off.
        FixedCache = "fixed-ccd",
        /// It cannot happen.
        FixedNa = "fixed-na",
    }
}
