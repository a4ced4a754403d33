//! What domains can have on a host with QEMU 7.2, as Debian 12 has it.

use super::domain::{DomainCapabilities, MostVcpus};
use crate::document::{Config, DocumentError, DocumentErrorKind, DocumentRoot, Problem, mapped};
use crate::domain::rules::qemu::{EmulatedArchitecture, QemuCapabilities};
use crate::xml::{Element, quoted};
use std::sync::LazyLock;

/// What domains can have, for machines that do not differ in it.
#[mapped]
struct KnownDomains {
    /// One for each architecture, type of domain and family of machines.
    #[element("machines")]
    families: Vec<Family>,
}

/// Machines of a family.
#[mapped]
struct Family {
    /// Their names.
    #[element("machine")]
    machines: Vec<String>,
    /// What domains can have, without the machine and the number of its CPUs.
    #[element("domainCapabilities")]
    capabilities: DomainCapabilities,
}

impl DocumentRoot for KnownDomains {
    const ROOT: &'static str = "qemu";

    fn check(&self, _root: Element<'_>) -> Result<(), DocumentError> {
        Ok(())
    }
}

/// Which domains are meant; what is absent, the host chooses.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Deserialize)]
pub struct DomainQuestion {
    /// The path of the program.
    pub emulator: Option<String>,
    /// The architecture.
    pub arch: Option<String>,
    /// The machine.
    pub machine: Option<String>,
    /// The type of domain.
    #[serde(rename = "virttype")]
    pub domain_type: Option<String>,
}

/// The types of domain that libvirt knows.
const DOMAIN_TYPES: [&str; 18] = [
    "qemu",
    "kqemu",
    "kvm",
    "xen",
    "lxc",
    "uml",
    "openvz",
    "test",
    "vmware",
    "hyperv",
    "vbox",
    "phyp",
    "parallels",
    "bhyve",
    "vz",
    "hvf",
    "none",
    "lkvm",
];

/// Architectures that libvirt knows, and no program of Debian's emulates.
const OTHER_ARCHITECTURES: [&str; 16] = [
    "armv7b",
    "ia64",
    "lm32",
    "mips",
    "mipsel",
    "mips64",
    "mips64el",
    "openrisc",
    "parisc",
    "parisc64",
    "ppcemb",
    "s390",
    "sparc",
    "sparc64",
    "unicore32",
    "loongarch64",
];

impl DomainCapabilities {
    /// What domains can have on a host of Debian 12 with AMD CPUs and KVM.
    ///
    /// # Errors
    ///
    /// There are no such domains.
    pub fn debian_12(question: &DomainQuestion) -> Result<Self, Problem> {
        static KNOWN: LazyLock<KnownDomains> = LazyLock::new(|| {
            let document = Config::parse(include_str!("domains-7.2.xml"));
            document.expect("the document is part of this crate").typed()
        });
        let host = QemuCapabilities::debian_12();
        let emulated = emulated(&host, question)?;
        let domain_type = domain_type(emulated, question)?;
        let machine = question.machine.as_deref().or_else(|| emulated.default_machine()).unwrap_or_default();
        let machine = emulated.machine(machine).ok_or_else(|| none("machine", machine))?;
        let name = machine.canonical.as_ref().unwrap_or(&machine.name);
        let family = KNOWN.families.iter().find(|family| {
            family.capabilities.arch == emulated.name.as_str()
                && family.capabilities.domain_type == domain_type
                && family.machines.contains(name)
        });
        let mut capabilities = family.ok_or_else(|| none("machine", name))?.capabilities.clone();
        capabilities.machine = Some(name.clone());
        capabilities.vcpu = machine.most_vcpus.map(MostVcpus::new);
        Ok(capabilities)
    }
}

fn none(what: &str, name: &str) -> Problem {
    Problem::new(DocumentErrorKind::InvalidArgument, format!("there is no {what} {} here", quoted(name)))
}

fn emulated<'a>(
    host: &'a QemuCapabilities,
    question: &DomainQuestion,
) -> Result<&'a EmulatedArchitecture, Problem> {
    let arch = question.arch.as_deref().unwrap_or("x86_64");
    let all = || host.guests.iter().map(|guest| &guest.arch);
    let emulated = all().find(|emulated| emulated.name.as_str() == arch);
    match &question.emulator {
        Some(path) if !all().any(|emulated| emulated.emulator == *path) => {
            let message = format!("there is no program {}", quoted(path));
            Err(Problem::new(DocumentErrorKind::System, message))
        }
        Some(path) => {
            let same = |emulated: &&EmulatedArchitecture| emulated.emulator == *path;
            emulated.filter(same).ok_or_else(|| none("architecture of this program", arch))
        }
        None if OTHER_ARCHITECTURES.contains(&arch) => {
            let message = format!("no program emulates {arch}");
            Err(Problem::new(DocumentErrorKind::Unsupported, message))
        }
        None => emulated.ok_or_else(|| none("architecture", arch)),
    }
}

fn domain_type(emulated: &EmulatedArchitecture, question: &DomainQuestion) -> Result<&'static str, Problem> {
    match question.domain_type.as_deref() {
        None if emulated.runs("kvm") => Ok("kvm"),
        None => Ok("qemu"),
        Some(wanted) => {
            let known = DOMAIN_TYPES.iter().find(|known| **known == wanted);
            known.copied().filter(|known| emulated.runs(known)).ok_or_else(|| none("type of domain", wanted))
        }
    }
}
