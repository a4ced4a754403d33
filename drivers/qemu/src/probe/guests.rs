//! The guests that a host can have, as its document says it and as documents of domains are completed by it.

use super::program::Program;
use super::search::word_size;
use omnivirt_core::capabilities::Guest;
use omnivirt_core::capabilities::guest::{
    FeatureToggle, GuestArch, GuestDomain, GuestFeatures, GuestMachine, GuestType,
};
use omnivirt_core::document::{OnOff, YesNo};
use omnivirt_core::domain::rules::qemu::{
    Architecture, EmulatedArchitecture, EmulatedDomain, EmulatedMachine, GuestCapabilities,
};

/// The types of domain that a program runs.
pub(super) fn domain_types(
    program: &Program,
    architecture: Architecture,
    has_kvm: bool,
) -> Vec<&'static str> {
    let kvm = has_kvm && program.basics.has_kvm && super::kvm::suits(architecture);
    if kvm { vec!["qemu", "kvm"] } else { vec!["qemu"] }
}

/// One machine under one of its names.
struct NamedMachine<'a> {
    name: &'a str,
    canonical: Option<&'a str>,
    machine: &'a super::answers::Machine,
}

/// The machines with their other names: first the one that is meant where a domain names none.
fn machines(program: &Program) -> Vec<NamedMachine<'_>> {
    let all = &program.basics.machines;
    let ordered = all.iter().filter(|one| one.is_default).chain(all.iter().filter(|one| !one.is_default));
    let named = ordered.flat_map(|machine| {
        let own = NamedMachine { name: &machine.name, canonical: None, machine };
        let other = machine.alias.as_deref();
        let other = other.map(|name| NamedMachine { name, canonical: Some(&machine.name), machine });
        std::iter::once(own).chain(other)
    });
    named.collect()
}

/// What a program emulates, for the rules by which domains are completed.
pub(super) fn emulated(program: &Program, architecture: Architecture, has_kvm: bool) -> GuestCapabilities {
    let emulator = program.path().to_string_lossy().into_owned();
    let mut emulated = EmulatedArchitecture::new(architecture, emulator);
    emulated.machines = machines(program)
        .into_iter()
        .map(|one| {
            let mut machine = EmulatedMachine::new(one.name.to_owned());
            machine.canonical = one.canonical.map(str::to_owned);
            machine.most_vcpus = Some(one.machine.most_cpus).filter(|most| *most > 0);
            machine.default_cpu = one.machine.default_cpu().map(str::to_owned);
            machine
        })
        .collect();
    let types = domain_types(program, architecture, has_kvm);
    emulated.domain_types = types.into_iter().map(|name| EmulatedDomain::new(name.to_owned())).collect();
    GuestCapabilities::new("hvm".to_owned(), emulated)
}

/// What a program emulates, for the host's document.
pub(super) fn guest(program: &Program, architecture: Architecture, has_kvm: bool) -> Guest {
    let mut arch = GuestArch::new(architecture.as_str().to_owned(), word_size(architecture));
    arch.emulator = Some(program.path().to_string_lossy().into_owned());
    arch.machines = machines(program)
        .into_iter()
        .map(|one| {
            let mut machine = GuestMachine::new(one.name.to_owned());
            machine.canonical = one.canonical.map(str::to_owned);
            machine.most_vcpus = Some(one.machine.most_cpus).filter(|most| *most > 0);
            machine.deprecated = one.machine.deprecated.then_some(YesNo::Yes);
            machine
        })
        .collect();
    let types = domain_types(program, architecture, has_kvm);
    arch.domains = types.into_iter().map(|name| GuestDomain::new(name.to_owned())).collect();
    let mut guest = Guest::new(GuestType::Hvm, arch);
    guest.features = Some(features(architecture));
    guest
}

fn features(architecture: Architecture) -> GuestFeatures {
    let toggle = |can: YesNo| {
        let mut toggle = FeatureToggle::default();
        toggle.default_state = Some(OnOff::On);
        toggle.toggle = Some(can);
        Some(toggle)
    };
    let mut features = GuestFeatures::default();
    features.pae = architecture == Architecture::I686;
    features.non_pae = features.pae;
    if architecture.is_x86() || architecture == Architecture::Aarch64 {
        features.acpi = toggle(YesNo::Yes);
    }
    if architecture.is_x86() {
        features.apic = toggle(YesNo::No);
    }
    features.cpu_selection = true;
    features.device_boot = true;
    features.disk_snapshot = toggle(YesNo::No);
    features
}
