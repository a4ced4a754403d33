//! A whole domain document.

use super::device::Device;
use super::features::Features;
use super::root::Domain;
use crate::document::{
    Config, DocumentError, DocumentErrorKind, DocumentRoot, ElementValue, Problem, Shape, Unknown,
};
use crate::xml::{Element, quoted};
use std::borrow::Cow;
use uuid::Uuid;

/// A domain's configuration.
pub type DomainConfig = Config<Domain>;

impl DomainConfig {
    /// What is known of the domain by type: [`Config::typed`].
    #[must_use]
    pub fn domain(&self) -> Domain {
        self.typed()
    }

    /// The domain's name.
    #[must_use]
    pub fn name(&self) -> Cow<'_, str> {
        self.root().child("name").map(Element::text).unwrap_or_default()
    }

    /// The domain's UUID, if it has one yet.
    #[must_use]
    pub fn uuid(&self) -> Option<Uuid> {
        self.root()
            .child("uuid")
            .filter(|element| !Uuid::is_absent(*element))
            .and_then(|element| Uuid::read(element).ok())
    }

    /// The devices, in order.
    pub fn devices(&self) -> impl Iterator<Item = Device<'_>> {
        let devices = self.root().children().filter(|child| child.name() == "devices");
        devices.flat_map(Element::children).filter_map(Device::of)
    }
}

impl DocumentRoot for Domain {
    const ROOT: &'static str = "domain";

    fn check(&self, root: Element<'_>) -> Result<(), DocumentError> {
        check_features(root)?;
        check_register_banks(root)?;
        let at = |name: &str| root.child(name).unwrap_or(root);
        if self.title.as_ref().is_some_and(|title| title.contains('\n')) {
            return Err(Problem::invalid("the title has a line feed in it")
                .hint("write it on one line")
                .at(at("title")));
        }
        let numa = root.descendant(&["cpu", "numa", "cell"]).is_some();
        if self.memory_size().is_none_or(|memory| memory.kib() == 0) && !numa {
            let problem = Problem::invalid("the domain has no memory")
                .hint("write it as <memory unit='MiB'>1024</memory>");
            return Err(problem.at(at("memory")));
        }
        if let Some(vcpu) = &self.vcpu {
            if vcpu.max == 0 {
                return Err(Problem::new(DocumentErrorKind::Malformed, "the domain has no virtual CPU")
                    .at(at("vcpu")));
            }
            if vcpu.current.is_some_and(|current| current > vcpu.max) {
                let message =
                    format!("more virtual CPUs are there at boot than there can be, which is {}", vcpu.max);
                return Err(
                    Problem::new(DocumentErrorKind::Unsupported, message).at_attribute(at("vcpu"), "current")
                );
            }
        }
        check_os_type(self, at("os"))
    }
}

/// A bank of registers of a TPM that is not known cannot be left out.
fn check_register_banks(root: Element<'_>) -> Result<(), DocumentError> {
    const KNOWN: [&str; 4] = ["sha1", "sha256", "sha384", "sha512"];
    let tpms = root.child("devices").into_iter().flat_map(|devices| devices.children());
    let banks = tpms.filter(|device| device.name() == "tpm").filter_map(|tpm| {
        let backend = tpm.child("backend")?;
        let is_emulator = backend.attribute_value("type").is_some_and(|name| name == "emulator");
        backend.child("active_pcr_banks").filter(|_| is_emulator)
    });
    match banks.flat_map(|banks| banks.children()).find(|bank| !KNOWN.contains(&bank.name())) {
        Some(unknown) => {
            let message = format!(
                "{} is no bank of registers: it is one of {}",
                quoted(unknown.name()),
                KNOWN.join(", ")
            );
            Err(Problem::new(DocumentErrorKind::Unsupported, message).at(unknown))
        }
        None => Ok(()),
    }
}

fn check_os_type(domain: &Domain, os: Element<'_>) -> Result<(), DocumentError> {
    const KNOWN: [&str; 6] = ["hvm", "xen", "linux", "xenpvh", "exe", "uml"];
    let os_type = domain.os.as_ref().and_then(|os| os.os_type.as_ref());
    match os_type.map(|os_type| os_type.name.as_str()).filter(|name| !name.is_empty()) {
        Some(name) if KNOWN.contains(&name) => Ok(()),
        Some(name) => {
            let message = format!("{} is no type of guest: it is one of {}", quoted(name), KNOWN.join(", "));
            Err(Problem::new(DocumentErrorKind::Unsupported, message).at(os.child("type").unwrap_or(os)))
        }
        None if domain.bootloader.is_some() => Ok(()),
        None => {
            let problem = Problem::invalid("the domain has no type of guest");
            Err(problem.hint("write it as <os><type>hvm</type></os>").at(os))
        }
    }
}

/// libvirt takes no feature that it does not know, nor one of those that have features of their own.
fn check_features(root: Element<'_>) -> Result<(), DocumentError> {
    const WITH_OWN: [&str; 4] = ["hyperv", "kvm", "xen", "capabilities"];
    let features = root.children().filter(|child| child.name() == "features");
    let mut unknown = Vec::new();
    features.for_each(|features| Shape::of::<Features>().unknown(features, &mut unknown));
    let is_feature = |element: &Element<'_>| {
        let parent = element.parent().map(Element::name);
        parent.is_some_and(|parent| parent == "features" || WITH_OWN.contains(&parent))
    };
    let unknown = unknown.into_iter().find_map(|unknown| match unknown {
        Unknown::Element(element) => Some(element).filter(is_feature),
        Unknown::Attribute(..) => None,
    });
    match unknown {
        Some(element) => {
            let message = format!("{} is no feature of a domain", quoted(element.name()));
            Err(Problem::new(DocumentErrorKind::Unsupported, message).at(element))
        }
        None => Ok(()),
    }
}
