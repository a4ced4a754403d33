//! The features of the guest's machine.

use super::Fault;
use super::memory::in_largest_unit;
use crate::document::{ByteSize, DocumentErrorKind, OnOff};
use crate::domain::Domain;
use crate::domain::features::{
    Capability, Features, HypervFeatures, HypervMode, KvmFeatures, Switch, SystemManagement, XenFeatures,
};

/// Fills in what the features leave open, and drops those that say nothing.
pub(super) fn complete(domain: &mut Domain) -> Result<(), Fault> {
    let Some(features) = &mut domain.features else { return Ok(()) };
    for switch in [
        &mut features.hap,
        &mut features.paravirtual_spinlocks,
        &mut features.performance_counters,
        &mut features.vmware_port,
        &mut features.vmcore_info,
    ] {
        complete_switch(switch.as_mut());
    }
    features.io_apic = features.io_apic.take().filter(|apic| apic.driver.is_some());
    features.cache_flush = features.cache_flush.take().filter(|flush| flush.value.is_some());
    features.bounds_check_barrier =
        features.bounds_check_barrier.take().filter(|barrier| barrier.value.is_some());
    features.indirect_branches =
        features.indirect_branches.take().filter(|branches| branches.value.is_some());
    if let Some(smm) = &mut features.system_management {
        complete_system_management(smm)?;
    }
    if let Some(hyperv) = &mut features.hyperv {
        complete_hyperv(hyperv)?;
    }
    if let Some(kvm) = &mut features.kvm {
        complete_kvm(kvm)?;
    }
    if let Some(xen) = &mut features.xen {
        complete_xen(xen);
    }
    complete_capabilities(features);
    domain.features = domain.features.take().filter(|features| *features != Features::default());
    Ok(())
}

fn complete_switch(switch: Option<&mut Switch>) {
    if let Some(switch) = switch {
        switch.state.get_or_insert(OnOff::On);
    }
}

fn complete_system_management(smm: &mut SystemManagement) -> Result<(), Fault> {
    if *smm.state.get_or_insert(OnOff::On) == OnOff::Off {
        smm.memory = None;
    }
    if let Some(memory) = &mut smm.memory {
        let size = ByteSize::parse(&memory.size.to_string(), memory.unit.as_deref().unwrap_or("MiB"))
            .map_err(|problem| Fault::of(problem, "features/smm/tseg"))?;
        let (amount, unit) = in_largest_unit(size);
        (memory.size, memory.unit) = (amount, Some(unit.into()));
    }
    Ok(())
}

/// The least retries of a lock that Windows understands, and the longest name of a vendor.
const LEAST_RETRIES: u32 = 4095;
const LONGEST_VENDOR: usize = 12;

fn complete_hyperv(hyperv: &mut HypervFeatures) -> Result<(), Fault> {
    let fault = |element: &str, message: &str| {
        Fault::new(DocumentErrorKind::Invalid, format!("features/hyperv/{element}"), message)
    };
    hyperv.mode.get_or_insert(HypervMode::Custom);
    if let Some(locks) = &mut hyperv.spinlocks {
        match locks.state {
            OnOff::Off => locks.retries = None,
            OnOff::On if locks.retries.is_none_or(|retries| retries < LEAST_RETRIES) => {
                return Err(fault("spinlocks", "a lock is tried at least 4095 times"));
            }
            OnOff::On => {}
        }
    }
    if let Some(timer) = hyperv.timer.as_mut().filter(|timer| timer.state == OnOff::Off) {
        timer.direct = None;
    }
    if let Some(vendor) = &mut hyperv.vendor {
        match &vendor.value {
            _ if vendor.state == OnOff::Off => vendor.value = None,
            Some(value) if value.len() <= LONGEST_VENDOR && !value.contains(',') => {}
            _ => {
                return Err(fault(
                    "vendor_id",
                    "the vendor has no name of up to 12 characters, without a comma",
                ));
            }
        }
    }
    Ok(())
}

fn complete_kvm(kvm: &mut KvmFeatures) -> Result<(), Fault> {
    let Some(ring) = &mut kvm.dirty_ring else { return Ok(()) };
    if ring.state == OnOff::Off {
        ring.size = None;
        return Ok(());
    }
    match ring.size {
        Some(size) if size.is_power_of_two() && (1024..=65536).contains(&size) => Ok(()),
        _ => {
            let message = "the ring's size is no power of two from 1024 to 65536";
            Err(Fault::new(DocumentErrorKind::Invalid, "features/kvm/dirty-ring", message))
        }
    }
}

fn complete_xen(xen: &mut XenFeatures) {
    if let Some(passthrough) = xen.passthrough.as_mut().filter(|passthrough| passthrough.state == OnOff::Off)
    {
        passthrough.mode = None;
    }
}

fn complete_capabilities(features: &mut Features) {
    let Some(capabilities) = &mut features.capabilities else { return };
    let fill = |capability: &mut Option<Capability>| {
        if let Some(capability) = capability {
            capability.state.get_or_insert(OnOff::On);
        }
    };
    capabilities.for_each(fill);
    if capabilities.policy.is_none() {
        features.capabilities = None;
    }
}
