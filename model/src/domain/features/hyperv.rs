//! What Windows looks for in a hypervisor.

use crate::document::text::words;
use crate::document::{OnOff, mapped};

/// What Windows looks for in a hypervisor; each absent where it is off.
#[mapped(collected)]
pub struct HypervFeatures {
    /// Who chooses.
    #[attribute("mode")]
    pub mode: Option<HypervMode>,
    /// Timing is taken less seriously.
    #[element("relaxed")]
    pub relaxed: Option<Enlightenment>,
    /// Interrupts by shared memory.
    #[element("vapic")]
    pub apic: Option<Enlightenment>,
    /// Locks on which the guest waits without taking time.
    #[element("spinlocks")]
    pub spinlocks: Option<HypervSpinlocks>,
    /// The number of a virtual CPU.
    #[element("vpindex")]
    pub processor_index: Option<Enlightenment>,
    /// The time that a virtual CPU ran.
    #[element("runtime")]
    pub run_time: Option<Enlightenment>,
    /// The synthetic interrupt controller.
    #[element("synic")]
    pub interrupt_controller: Option<Enlightenment>,
    /// The synthetic timers.
    #[element("stimer")]
    pub timer: Option<HypervTimer>,
    /// The guest can reset itself.
    #[element("reset")]
    pub reset: Option<Enlightenment>,
    /// The name of the hypervisor's vendor.
    #[element("vendor_id")]
    pub vendor: Option<HypervVendor>,
    /// The frequencies of timers.
    #[element("frequencies")]
    pub frequencies: Option<Enlightenment>,
    /// The guest is told of a migration.
    #[element("reenlightenment")]
    pub migration_notice: Option<Enlightenment>,
    /// Flushing of translations.
    #[element("tlbflush")]
    pub translation_flush: Option<Enlightenment>,
    /// Interrupts between virtual CPUs.
    #[element("ipi")]
    pub interprocessor_interrupts: Option<Enlightenment>,
    /// Help for guests in the guest, by Intel.
    #[element("evmcs")]
    pub enlightened_vmcs: Option<Enlightenment>,
    /// Interrupts with the hardware's help.
    #[element("avic")]
    pub hardware_apic: Option<Enlightenment>,
}

words! {
    /// Who chooses the features.
    pub enum HypervMode("mode of Hyper-V features", Invalid) {
        /// The document.
        Custom = "custom",
        /// The host: all that it can.
        Passthrough = "passthrough",
    }
}

/// Whether one of them is there.
#[mapped]
pub struct Enlightenment {
    /// Whether it is.
    #[attribute("state")]
    pub state: OnOff,
}

/// Locks on which the guest waits without taking time.
#[mapped]
pub struct HypervSpinlocks {
    /// Whether they are there.
    #[attribute("state")]
    pub state: OnOff,
    /// After how many tries.
    #[attribute("retries")]
    pub retries: Option<u32>,
}

/// The synthetic timers.
#[mapped]
pub struct HypervTimer {
    /// Whether they are there.
    #[attribute("state")]
    pub state: OnOff,
    /// Whether they interrupt directly.
    #[element("direct")]
    pub direct: Option<Enlightenment>,
}

/// The name of the hypervisor's vendor.
#[mapped]
pub struct HypervVendor {
    /// Whether it is another than Microsoft's.
    #[attribute("state")]
    pub state: OnOff,
    /// The name, of up to 12 characters.
    #[attribute("value")]
    pub value: Option<String>,
}
