//! What a document says to one hypervisor only, each in a namespace of its own.

use super::Domain;
use crate::document::mapped;
use crate::document::text::words;

/// What is added to QEMU's command line.
#[mapped(collected)]
pub struct QemuCommandLine {
    /// Arguments.
    #[element("qemu:arg")]
    pub arguments: Vec<QemuArgument>,
    /// Variables of the environment.
    #[element("qemu:env")]
    pub environment: Vec<QemuVariable>,
}

/// An argument of a program.
#[mapped]
pub struct QemuArgument {
    /// The argument.
    #[attribute("value")]
    pub value: Option<String>,
}

/// A variable of a program's environment.
#[mapped]
pub struct QemuVariable {
    /// Its name.
    #[attribute("name")]
    pub name: Option<String>,
    /// Its value; absent for an empty one.
    #[attribute("value")]
    pub value: Option<String>,
}

/// What QEMU is said to be able to do beyond what it tells, or not.
#[mapped(collected)]
pub struct QemuCapabilityChanges {
    /// What it can do.
    #[element("qemu:add")]
    pub added: Vec<QemuCapability>,
    /// What it cannot do.
    #[element("qemu:del")]
    pub removed: Vec<QemuCapability>,
}

/// Something that QEMU can do.
#[mapped]
pub struct QemuCapability {
    /// libvirt's name for it.
    #[attribute("capability")]
    pub capability: Option<String>,
}

/// Properties of QEMU's devices that are set.
#[mapped]
pub struct QemuOverride {
    /// The devices.
    #[element("qemu:device")]
    pub devices: Vec<QemuDeviceOverride>,
}

/// Properties of a device that are set.
#[mapped]
pub struct QemuDeviceOverride {
    /// The device's alias.
    #[attribute("alias")]
    pub alias: Option<String>,
    /// The properties of what the guest sees.
    #[element("qemu:frontend")]
    pub frontend: Option<QemuFrontend>,
}

/// Properties of what the guest sees of a device.
#[mapped]
pub struct QemuFrontend {
    /// The properties.
    #[element("qemu:property")]
    pub properties: Vec<QemuProperty>,
}

/// A property of a device that is set.
#[mapped]
pub struct QemuProperty {
    /// Its name.
    #[attribute("name")]
    pub name: Option<String>,
    /// The type of its value.
    #[attribute("type")]
    pub property_type: Option<QemuPropertyType>,
    /// Its value.
    #[attribute("value")]
    pub value: Option<String>,
}

words! {
    /// The type of a property's value.
    pub enum QemuPropertyType("type of a property", Invalid) {
        /// A text.
        String = "string",
        /// A whole number.
        Signed = "signed",
        /// A whole number from 0 on.
        Unsigned = "unsigned",
        /// True or false.
        Bool = "bool",
        /// What QEMU takes by default.
        Remove = "remove",
    }
}

/// What QEMU does with what will go away.
#[mapped]
pub struct QemuDeprecation {
    /// What it does.
    #[attribute("behavior")]
    pub behavior: Option<String>,
}

/// Which namespaces a container shares with others.
#[mapped]
pub struct LxcNamespaces {
    /// That of the network.
    #[element("lxc:sharenet")]
    pub network: Option<LxcNamespace>,
    /// That of communication between processes.
    #[element("lxc:shareipc")]
    pub ipc: Option<LxcNamespace>,
    /// That of the host's name.
    #[element("lxc:shareuts")]
    pub uts: Option<LxcNamespace>,
}

/// With whom a container shares a namespace.
#[mapped]
pub struct LxcNamespace {
    /// How the other is named: `none`, `name`, `pid` or `netns`.
    #[attribute("type")]
    pub source_type: Option<String>,
    /// The other's name.
    #[attribute("value")]
    pub value: Option<String>,
}

/// What is added to the command line of Xen's device model.
#[mapped(collected)]
pub struct XenCommandLine {
    /// Arguments.
    #[element("xen:arg")]
    pub arguments: Vec<QemuArgument>,
}

/// What is added to bhyve's command line.
#[mapped(collected)]
pub struct BhyveCommandLine {
    /// Arguments.
    #[element("bhyve:arg")]
    pub arguments: Vec<QemuArgument>,
    /// Variables of the environment.
    #[element("bhyve:env")]
    pub environment: Vec<QemuVariable>,
}

/// A hypervisor that has elements of its own in a domain's document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Foreign {
    Qemu,
    Lxc,
}

impl Domain {
    /// Leaves out what is for other hypervisors than the one that is kept.
    pub(super) fn drop_foreign(&mut self, kept: Option<Foreign>) {
        if kept != Some(Foreign::Qemu) {
            (self.qemu_command_line, self.qemu_capabilities) = (None, None);
            (self.qemu_override, self.qemu_deprecation) = (None, None);
        }
        if kept != Some(Foreign::Lxc) {
            self.lxc_namespaces = None;
        }
        (self.xen_command_line, self.bhyve_command_line) = (None, None);
    }
}
