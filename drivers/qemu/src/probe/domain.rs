//! What a domain can have, for one program, machine and type of domain.

use super::answers::{Abilities, Accelerated};
use super::ask::Accelerator;
use super::cpu_mode::{modes, values, yes};
use super::devices::{devices, if_any, there};
use super::firmware::Firmware;
use super::program::Program;
use super::{guests, search};
use omnivirt_core::capabilities::DomainQuestion;
use omnivirt_core::capabilities::domain::{
    Choices, DomainCapabilities, FeatureCapabilities, LoaderCapabilities, MostVcpus, OsCapabilities,
    SevCapabilities, SgxCapabilities, Support,
};
use omnivirt_core::domain::rules::qemu::{Architecture, Machine, MachineFamily};
use omnivirt_core::{Error, ErrorKind, Result};
use std::path::Path;

/// What a question means on this host.
#[derive(Debug)]
pub(super) struct Choice {
    architecture: Architecture,
    domain_type: &'static str,
    machine: String,
    pub(super) most_cpus: u32,
}

impl Choice {
    /// # Errors
    ///
    /// `InvalidArgument` if the program has no such architecture, machine or type of domain.
    pub(super) fn of(
        program: &Program,
        question: &DomainQuestion,
        asked: Option<Architecture>,
        has_kvm: bool,
    ) -> Result<Self> {
        let refuse = |message: String| Err(Error::new(ErrorKind::InvalidArgument, message));
        let emulator = program.path().display();
        let target = &program.basics.target;
        let own = search::architecture_of(target);
        let Some(architecture) = asked.or(own) else {
            return refuse(format!(
                "the program '{emulator}' emulates {target}, for which there are no documents"
            ));
        };
        if !search::emulates(target, architecture) {
            return refuse(format!(
                "the program '{emulator}' emulates {target}, not {}",
                architecture.as_str()
            ));
        }
        let types = guests::domain_types(program, architecture, has_kvm);
        let best = types.last().copied().unwrap_or("qemu");
        let domain_type = match question.domain_type.as_deref() {
            None => best,
            Some(wanted) => match types.iter().find(|one| **one == wanted) {
                Some(one) => one,
                None => {
                    let known = types.join(", ");
                    let message =
                        format!("the program '{emulator}' runs no domains of the type '{wanted}' here");
                    return Err(Error::new(ErrorKind::InvalidArgument, message)
                        .with_hint(format!("those that it runs: {known}")));
                }
            },
        };
        let machines = &program.basics.machines;
        let machine = match question.machine.as_deref() {
            Some(wanted) => {
                machines.iter().find(|one| one.name == wanted || one.alias.as_deref() == Some(wanted))
            }
            None => machines.iter().find(|one| one.is_default).or_else(|| machines.first()),
        };
        let Some(machine) = machine else {
            let wanted = question.machine.as_deref().unwrap_or_default();
            return refuse(format!("the machine '{wanted}' is not one of the program '{emulator}'"));
        };
        Ok(Self { architecture, domain_type, machine: machine.name.clone(), most_cpus: machine.most_cpus })
    }

    pub(super) fn accelerator(&self) -> Accelerator {
        if self.domain_type == "kvm" { Accelerator::Kvm } else { Accelerator::Tcg }
    }
}

/// What a domain can have. It blocks.
pub(super) fn capabilities(
    program: &Program,
    choice: &Choice,
    abilities: &Abilities,
    accelerated: &Accelerated,
) -> DomainCapabilities {
    let machine = Machine::new(choice.architecture, &choice.machine);
    let path = program.path().to_string_lossy().into_owned();
    let arch = choice.architecture.as_str().to_owned();
    let mut all = DomainCapabilities::new(path, choice.domain_type.to_owned(), arch);
    all.machine = Some(choice.machine.clone());
    all.vcpu = Some(choice.most_cpus).filter(|most| *most > 0).map(MostVcpus::new);
    all.io_threads = Some(support(abilities.has("iothread")));
    all.os = Some(os(choice));
    all.cpu = Some(modes(choice.architecture, choice.accelerator(), accelerated));
    let memory = ["file", "anonymous", "memfd"].into_iter();
    let has_memfd = abilities.has("memory-backend-memfd");
    all.memory_backing =
        Some(there(vec![values("sourceType", memory.filter(|one| *one != "memfd" || has_memfd))]));
    all.devices = Some(devices(machine, abilities));
    all.features = Some(features(machine, choice, abilities, accelerated));
    all
}

fn support(is_there: bool) -> Support {
    Support::new(yes(is_there))
}

/// Firmware that is looked for where nothing describes any for the machine.
const USUAL_FIRMWARE: [&str; 4] = [
    "/usr/share/OVMF/OVMF_CODE.fd",
    "/usr/share/OVMF/OVMF_CODE.secboot.fd",
    "/usr/share/AAVMF/AAVMF_CODE.fd",
    "/usr/share/AAVMF/AAVMF32_CODE.fd",
];

fn os(choice: &Choice) -> OsCapabilities {
    let all = Firmware::all();
    let suits = |firmware: &&Firmware| firmware.suits(choice.architecture, &choice.machine);
    let own: Vec<&Firmware> = all.iter().filter(suits).collect();
    let has = |interface: &str| own.iter().any(|one| one.interface_types.iter().any(|has| has == interface));
    let kinds = [("bios", has("bios")), ("efi", has("uefi"))];
    let kinds = kinds.into_iter().filter(|(_, is_there)| *is_there).map(|(name, _)| name);
    let mut paths: Vec<String> = Vec::new();
    let programs = own.iter().filter_map(|one| one.program());
    for path in programs.filter(|path| Path::new(path).exists()) {
        // Several descriptors can be of one program.
        if !paths.iter().any(|known| known == path) {
            paths.push(path.to_owned());
        }
    }
    if own.is_empty() {
        paths = USUAL_FIRMWARE
            .iter()
            .filter(|path| Path::new(path).exists())
            .map(|path| (*path).to_owned())
            .collect();
    }
    let mut loader = LoaderCapabilities::new(yes(true));
    loader.paths = paths;
    let has_secure = own.iter().any(|one| one.has("secure-boot") && one.has("requires-smm"));
    let secure = [Some("yes").filter(|_| has_secure), Some("no")];
    loader.enums = vec![
        values("type", ["rom", "pflash"]),
        values("readonly", ["yes", "no"]),
        values("secure", secure.into_iter().flatten()),
    ];
    let mut os = OsCapabilities::new(yes(true));
    os.enums = vec![values("firmware", kinds)];
    os.loader = Some(loader);
    os
}

fn features(
    machine: Machine<'_>,
    choice: &Choice,
    abilities: &Abilities,
    accelerated: &Accelerated,
) -> FeatureCapabilities {
    let mut features = FeatureCapabilities::default();
    features.gic = Some(gic(machine, choice, accelerated));
    features.vmcoreinfo = Some(support(abilities.has("vmcoreinfo")));
    features.generation_id = Some(support(abilities.has("vmgenid")));
    features.backing_store_input = Some(support(true));
    features.backup = Some(support(true));
    if choice.architecture.is_s390() {
        features.protected_virtualisation = Some(support(abilities.has("s390-pv-guest")));
    }
    features.sev = Some(match &accelerated.sev {
        None => SevCapabilities::new(yes(false)),
        Some(sev) => {
            let mut there = SevCapabilities::new(yes(true));
            there.encryption_bit = Some(sev.encryption_bit);
            there.reduced_bits = Some(sev.reduced_bits);
            there
        }
    });
    features.sgx = Some(SgxCapabilities::new(yes(false)));
    features.hyperv = choice.architecture.is_x86().then(|| hyperv(accelerated));
    features
}

/// Versions of ARM's interrupt controller: QEMU's own, or those of the host's kernel.
fn gic(machine: Machine<'_>, choice: &Choice, accelerated: &Accelerated) -> Choices {
    if machine.family != MachineFamily::ArmVirt {
        return if_any(false, Vec::new());
    }
    let versions: Vec<String> = match choice.accelerator() {
        Accelerator::Tcg => vec!["2".to_owned(), "3".to_owned()],
        Accelerator::Kvm => accelerated.gic_versions.iter().map(ToString::to_string).collect(),
    };
    if_any(!versions.is_empty(), vec![values("version", versions.iter().map(String::as_str))])
}

/// What Windows guests can be told, in the order of documents, with QEMU's name; those without one need no help of the kernel's.
const HYPERV: [(&str, Option<&str>); 14] = [
    ("relaxed", Some("relaxed")),
    ("vapic", Some("vapic")),
    ("spinlocks", None),
    ("vpindex", Some("vpindex")),
    ("runtime", Some("runtime")),
    ("synic", Some("synic")),
    ("stimer", Some("stimer")),
    ("reset", Some("reset")),
    ("vendor_id", None),
    ("frequencies", Some("frequencies")),
    ("reenlightenment", Some("reenlightenment")),
    ("tlbflush", Some("tlbflush")),
    ("ipi", Some("ipi")),
    ("evmcs", Some("evmcs")),
];

fn hyperv(accelerated: &Accelerated) -> Choices {
    let has = |name: &Option<&str>| name.is_none_or(|name| accelerated.hyperv.contains(name));
    let names = HYPERV.iter().filter(|(_, own)| has(own)).map(|(name, _)| *name);
    there(vec![values("features", names)])
}
