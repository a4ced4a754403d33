//! What the host's QEMU programs can do.

use super::machine::Architecture;
use crate::document::mapped;
use crate::document::{Config, DocumentError, DocumentRoot};
use crate::xml::Element;
use std::sync::{Arc, LazyLock};

/// What the host's QEMU programs can do, as a part of the host's capabilities document.
#[mapped]
pub struct QemuCapabilities {
    /// What each program emulates.
    #[element("guest")]
    pub guests: Vec<GuestCapabilities>,
}

/// What one program emulates.
#[mapped]
pub struct GuestCapabilities {
    /// The type of guest, which is `hvm`.
    #[element("os_type")]
    pub os_type: String,
    /// The machines that it emulates.
    #[element("arch")]
    pub arch: EmulatedArchitecture,
}

/// The machines that a program emulates.
#[mapped]
pub struct EmulatedArchitecture {
    /// The architecture.
    #[attribute("name")]
    pub name: Architecture,
    /// The path of the program.
    #[element("emulator")]
    pub emulator: String,
    /// The machines; the first is used where a domain names none.
    #[element("machine")]
    pub machines: Vec<EmulatedMachine>,
    /// The types of domain.
    #[element("domain")]
    pub domain_types: Vec<EmulatedDomain>,
}

/// A machine that can be emulated.
#[mapped]
pub struct EmulatedMachine {
    /// The machine that is meant, where this is another name for it.
    #[attribute("canonical")]
    pub canonical: Option<String>,
    /// The most virtual CPUs.
    #[attribute("maxCpus")]
    pub most_vcpus: Option<u32>,
    /// The model of CPU where a domain names none.
    #[attribute("cpu")]
    pub default_cpu: Option<String>,
    /// Its name.
    #[text]
    pub name: String,
}

/// A type of domain that a program runs.
#[mapped]
pub struct EmulatedDomain {
    /// The type, such as `kvm`.
    #[attribute("type")]
    pub domain_type: String,
}

impl DocumentRoot for QemuCapabilities {
    const ROOT: &'static str = "capabilities";

    fn check(&self, _root: Element<'_>) -> Result<(), DocumentError> {
        Ok(())
    }
}

impl QemuCapabilities {
    /// Those of QEMU 7.2 as Debian 12 has it, on a host with x86 CPUs.
    #[must_use]
    pub fn debian_12() -> Arc<Self> {
        static CAPABILITIES: LazyLock<Arc<QemuCapabilities>> = LazyLock::new(|| {
            let document = Config::parse(include_str!("capabilities-7.2.xml"));
            Arc::new(document.expect("the document is part of this crate").typed())
        });
        CAPABILITIES.clone()
    }

    /// What is emulated of an architecture.
    #[must_use]
    pub fn architecture(&self, name: Architecture) -> Option<&EmulatedArchitecture> {
        self.guests.iter().map(|guest| &guest.arch).find(|arch| arch.name == name)
    }

    /// What the program of that path emulates.
    #[must_use]
    pub fn emulator(&self, path: &str) -> Option<&EmulatedArchitecture> {
        self.guests.iter().map(|guest| &guest.arch).find(|arch| arch.emulator == path)
    }
}

impl EmulatedArchitecture {
    /// The machine of that name.
    #[must_use]
    pub fn machine(&self, name: &str) -> Option<&EmulatedMachine> {
        self.machines.iter().find(|machine| machine.name == name)
    }

    /// The name of the machine where a domain names none.
    #[must_use]
    pub fn default_machine(&self) -> Option<&str> {
        self.machines.first().map(|machine| machine.name.as_str())
    }

    /// Whether domains of that type can be run.
    #[must_use]
    pub fn runs(&self, domain_type: &str) -> bool {
        self.domain_types.iter().any(|runs| runs.domain_type == domain_type)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_ones_can_be_read() {
        let capabilities = QemuCapabilities::debian_12();
        let pc = capabilities.architecture(Architecture::X86_64).unwrap();
        assert_eq!(pc.default_machine(), Some("pc-i440fx-7.2"));
        assert_eq!(pc.machine("q35").unwrap().canonical.as_deref(), Some("pc-q35-7.2"));
        assert!(pc.runs("kvm") && !capabilities.architecture(Architecture::Aarch64).unwrap().runs("kvm"));
    }
}
