//! What is known of a domain by type: what its lifecycle needs.

use super::devices::Devices;
use crate::CpuMap;
use crate::document::mapped;
use crate::document::text::words;
use crate::document::{DocumentErrorKind, MemorySize, Problem, TextValue};
use crate::xml::quoted;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;
use uuid::Uuid;

/// What is known of a domain by type. Everything else of its document is kept, and stays when this is written.
#[mapped]
#[order(
    "name",
    "uuid",
    "genid",
    "title",
    "description",
    "metadata",
    "maxMemory",
    "memory",
    "currentMemory",
    "blkiotune",
    "memtune",
    "memoryBacking",
    "vcpu",
    "vcpus",
    "iothreads",
    "iothreadids",
    "defaultiothread",
    "cputune",
    "numatune",
    "resource",
    "sysinfo",
    "bootloader",
    "bootloader_args",
    "os",
    "idmap",
    "features",
    "cpu",
    "clock",
    "on_poweroff",
    "on_reboot",
    "on_crash",
    "on_lockfailure",
    "pm",
    "perf",
    "devices",
    "seclabel",
    "keywrap",
    "launchSecurity"
)]
pub struct Domain {
    /// The domain's name.
    #[element("name")]
    pub name: DomainName,
    /// Which kind of hypervisor it is for.
    #[attribute("type")]
    pub domain_type: DomainType,
    /// Its number among the running domains; absent when it does not run.
    #[attribute("id")]
    pub id: Option<u32>,
    /// What identifies it; absent when one is to be made.
    #[element("uuid")]
    pub uuid: Option<Uuid>,
    /// What tells its guest that it was copied or reverted.
    #[element("genid")]
    pub generation_id: Option<GenerationId>,
    /// A short text for people, on one line.
    #[element("title")]
    pub title: Option<String>,
    /// A text for people.
    #[element("description")]
    pub description: Option<String>,
    /// How far memory can grow by plugging it in.
    #[element("maxMemory")]
    pub max_memory: Option<MaxMemory>,
    /// Memory at boot; absent when NUMA cells tell it.
    #[element("memory")]
    pub memory: Option<MemorySize>,
    /// Memory that the guest has; absent when it has all of it.
    #[element("currentMemory")]
    pub current_memory: Option<MemorySize>,
    /// Its virtual CPUs; absent for one.
    #[element("vcpu")]
    pub vcpu: Option<Vcpu>,
    /// The boot loader of a paravirtual guest.
    #[element("bootloader")]
    pub bootloader: Option<String>,
    /// How it boots.
    #[element("os")]
    pub os: Option<Os>,
    /// What to do when the guest powers off; absent for destroying the domain.
    #[element("on_poweroff")]
    pub on_poweroff: Option<LifecycleAction>,
    /// What to do when the guest reboots; absent for restarting the domain.
    #[element("on_reboot")]
    pub on_reboot: Option<LifecycleAction>,
    /// What to do when the guest crashes; absent for destroying the domain.
    #[element("on_crash")]
    pub on_crash: Option<CrashAction>,
    /// Its devices.
    #[element("devices", default)]
    pub devices: Devices,
}

/// How far memory can grow.
#[mapped]
pub struct MaxMemory {
    /// How much memory there can be.
    #[text]
    pub size: MemorySize,
    /// How many memory devices can be plugged in.
    #[attribute("slots")]
    pub slots: Option<u32>,
}

/// Virtual CPUs.
#[mapped]
pub struct Vcpu {
    /// Where they run.
    #[attribute("placement")]
    pub placement: Option<VcpuPlacement>,
    /// The host's CPUs on which they run; absent for all.
    #[attribute("cpuset")]
    pub cpuset: Option<CpuMap>,
    /// How many are there at boot; absent for all.
    #[attribute("current")]
    pub current: Option<u32>,
    /// The most that there can be.
    #[text]
    pub max: u32,
}

/// How a domain boots.
#[mapped]
#[order(
    "type",
    "acpi",
    "firmware",
    "init",
    "initarg",
    "initenv",
    "initdir",
    "inituser",
    "initgroup",
    "loader",
    "nvram",
    "kernel",
    "initrd",
    "cmdline",
    "dtb",
    "boot",
    "bootmenu",
    "bios",
    "smbios"
)]
pub struct Os {
    /// What kind of guest it is; libvirt wants it wherever there is no boot loader.
    #[element("type")]
    pub os_type: Option<OsType>,
    /// The program that a container starts.
    #[element("init")]
    pub init: Option<String>,
    /// Its arguments.
    #[element("initarg")]
    pub init_arguments: Vec<String>,
    /// The kernel to boot.
    #[element("kernel")]
    pub kernel: Option<String>,
    /// The initial RAM disk to boot with.
    #[element("initrd")]
    pub initrd: Option<String>,
    /// The kernel's arguments.
    #[element("cmdline")]
    pub cmdline: Option<String>,
    /// What to boot from, in that order.
    #[element("boot")]
    pub boot: Vec<BootDevice>,
}

/// What kind of guest it is, and for which machine.
#[mapped]
pub struct OsType {
    /// The CPU architecture, such as `x86_64`; absent for the host's.
    #[attribute("arch")]
    pub arch: Option<String>,
    /// The machine, such as `q35`; absent for the hypervisor's own choice.
    #[attribute("machine")]
    pub machine: Option<String>,
    /// The kind, such as `hvm`; checked by [`DomainConfig`](super::DomainConfig).
    #[text]
    pub name: String,
}

/// A kind of device to boot from.
#[mapped]
pub struct BootDevice {
    /// Which.
    #[attribute("dev")]
    pub dev: BootTarget,
}

impl From<BootTarget> for BootDevice {
    fn from(dev: BootTarget) -> Self {
        Self { dev }
    }
}

words! {
    /// What a domain can boot from.
    pub enum BootTarget("boot device", Invalid) {
        /// A floppy disk.
        Floppy = "fd",
        /// A hard disk.
        HardDisk = "hd",
        /// A CD-ROM.
        CdRom = "cdrom",
        /// A network.
        Network = "network",
    }
}

words! {
    /// How virtual CPUs are placed on the host.
    pub enum VcpuPlacement("placement of virtual CPUs", Invalid) {
        /// As the document says.
        Static = "static",
        /// As a daemon of the host advises.
        Auto = "auto",
    }
}

words! {
    /// What to do when a guest powers off or reboots.
    pub enum LifecycleAction("action", Unsupported) {
        /// End the domain.
        Destroy = "destroy",
        /// End the domain and start it again.
        Restart = "restart",
        /// End the domain and start it again under another name.
        RenameRestart = "rename-restart",
        /// Stop the guest and keep what it has.
        Preserve = "preserve",
    }
}

words! {
    /// What to do when a guest crashes.
    pub enum CrashAction("action", Unsupported) {
        /// End the domain.
        Destroy = "destroy",
        /// End the domain and start it again.
        Restart = "restart",
        /// End the domain and start it again under another name.
        RenameRestart = "rename-restart",
        /// Stop the guest and keep what it has.
        Preserve = "preserve",
        /// Write the guest's memory to a file and end the domain.
        CoredumpDestroy = "coredump-destroy",
        /// Write the guest's memory to a file, end the domain and start it again.
        CoredumpRestart = "coredump-restart",
    }
}

/// A text with a rule of its own.
macro_rules! text_type {
    ($(#[$meta:meta])* $name:ident, absent $absent:ident, $check:expr) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(feature = "json", derive(schemars::JsonSchema))]
        #[cfg_attr(feature = "json", schemars(with = "String"))]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        #[cfg(feature = "arbitrary")]
        impl crate::document::Generate for $name {
            fn generate(source: &mut arbitrary::Unstructured<'_>) -> arbitrary::Result<Self> {
                let number: u32 = source.arbitrary()?;
                Ok(Self(format!("x {number} <é&>")))
            }
        }

        impl $name {
            /// Checks the text.
            ///
            /// # Errors
            ///
            /// The text is not allowed.
            pub fn new(text: impl Into<String>) -> Result<Self, Problem> {
                let text = text.into();
                let check: fn(&str) -> Result<(), Problem> = $check;
                if text.is_empty() {
                    return Err(Problem::new(Self::ABSENT, "the text is empty"));
                }
                check(&text)?;
                Ok(Self(text))
            }
        }

        impl TextValue for $name {
            const ABSENT: DocumentErrorKind = DocumentErrorKind::$absent;
            const EMPTY_IS_ABSENT: bool = true;

            fn from_text(text: &str) -> Result<Self, Problem> {
                Self::new(text)
            }

            fn to_text(&self) -> Cow<'_, str> {
                Cow::Borrowed(&self.0)
            }
        }

        impl Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.pad(&self.0)
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = Problem;

            fn try_from(text: String) -> Result<Self, Problem> {
                Self::new(text)
            }
        }
    };
}

text_type! {
    /// A domain's name: any text but an empty one, without `/` and line feeds.
    DomainName, absent MissingName, |name| {
        if name.contains('\n') {
            let message = format!("the name {} has a line feed in it", quoted(name));
            return Err(Problem::new(DocumentErrorKind::Syntax, message).hint("write it on one line"));
        }
        match name.contains('/') {
            true => Err(Problem::invalid(format!("the name {} has a '/' in it", quoted(name))).hint("leave the '/' out")),
            false => Ok(()),
        }
    }
}

text_type! {
    /// Which kind of hypervisor a domain is for, such as `kvm`. Which there are, the drivers say.
    DomainType, absent Malformed, |_| Ok(())
}

/// The number that tells a guest that it was copied or reverted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "json", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum GenerationId {
    /// One is to be made.
    Generate,
    /// This one.
    Fixed(Uuid),
}

impl TextValue for GenerationId {
    fn from_text(text: &str) -> Result<Self, Problem> {
        if text.is_empty() { Ok(Self::Generate) } else { Uuid::from_text(text).map(Self::Fixed) }
    }

    fn to_text(&self) -> Cow<'_, str> {
        match self {
            Self::Generate => Cow::Borrowed(""),
            Self::Fixed(uuid) => Cow::Owned(uuid.hyphenated().to_string()),
        }
    }
}

#[cfg(feature = "arbitrary")]
impl crate::document::Generate for GenerationId {
    fn generate(source: &mut arbitrary::Unstructured<'_>) -> arbitrary::Result<Self> {
        let fixed: bool = source.arbitrary()?;
        if fixed { crate::document::Generate::generate(source).map(Self::Fixed) } else { Ok(Self::Generate) }
    }
}
