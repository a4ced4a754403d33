//! What is known of a domain by type: what its lifecycle needs.

use crate::CpuMap;
use crate::document::mapping::mapped;
use crate::document::text::words;
use crate::document::{DocumentErrorKind, MemorySize, Problem, TextValue};
use crate::xml::quoted;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;
use uuid::Uuid;

/// The children of `<domain>` in the order in which libvirt writes them.
const CHILDREN: &[&str] = &[
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
    "launchSecurity",
];

mapped! {
    /// What is known of a domain by type. Everything else of its document is kept, and stays when this is written.
    pub struct Domain {
        /// The domain's name.
        name: DomainName = element "name",
        /// Which kind of hypervisor it is for.
        domain_type: DomainType = attribute "type",
        /// Its number among the running domains; absent when it does not run.
        id: Option<u32> = attribute "id",
        /// What identifies it; absent when one is to be made.
        uuid: Option<Uuid> = element "uuid",
        /// What tells its guest that it was copied or reverted.
        generation_id: Option<GenerationId> = element "genid",
        /// A short text for people, on one line.
        title: Option<String> = element "title",
        /// A text for people.
        description: Option<String> = element "description",
        /// How far memory can grow by plugging it in.
        max_memory: Option<MaxMemory> = element "maxMemory",
        /// Memory at boot; absent when NUMA cells tell it.
        memory: Option<MemorySize> = element "memory",
        /// Memory that the guest has; absent when it has all of it.
        current_memory: Option<MemorySize> = element "currentMemory",
        /// Its virtual CPUs; absent for one.
        vcpu: Option<Vcpu> = element "vcpu",
        /// The boot loader of a paravirtual guest.
        bootloader: Option<String> = element "bootloader",
        /// How it boots.
        os: Option<Os> = element "os",
        /// What to do when the guest powers off; absent for destroying the domain.
        on_poweroff: Option<LifecycleAction> = element "on_poweroff",
        /// What to do when the guest reboots; absent for restarting the domain.
        on_reboot: Option<LifecycleAction> = element "on_reboot",
        /// What to do when the guest crashes; absent for destroying the domain.
        on_crash: Option<CrashAction> = element "on_crash",
    }
    order CHILDREN;
}

mapped! {
    /// How far memory can grow.
    #[derive(Default)]
    pub struct MaxMemory {
        /// How much memory there can be.
        size: MemorySize = text,
        /// How many memory devices can be plugged in.
        slots: Option<u32> = attribute "slots",
    }
}

mapped! {
    /// Virtual CPUs.
    pub struct Vcpu {
        /// Where they run.
        placement: Option<VcpuPlacement> = attribute "placement",
        /// The host's CPUs on which they run; absent for all.
        cpuset: Option<CpuMap> = attribute "cpuset",
        /// How many are there at boot; absent for all.
        current: Option<u32> = attribute "current",
        /// The most that there can be.
        max: u32 = text,
    }
}

impl Vcpu {
    /// So many, all of them there at boot.
    #[must_use]
    pub fn new(max: u32) -> Self {
        Self { placement: None, cpuset: None, current: None, max }
    }
}

mapped! {
    /// How a domain boots.
    #[derive(Default)]
    pub struct Os {
        /// What kind of guest it is; libvirt wants it wherever there is no boot loader.
        os_type: Option<OsType> = element "type",
        /// The program that a container starts.
        init: Option<String> = element "init",
        /// Its arguments.
        init_arguments: Vec<String> = element "initarg",
        /// The kernel to boot.
        kernel: Option<String> = element "kernel",
        /// The initial RAM disk to boot with.
        initrd: Option<String> = element "initrd",
        /// The kernel's arguments.
        cmdline: Option<String> = element "cmdline",
        /// What to boot from, in that order.
        boot: Vec<BootDevice> = element "boot",
    }
    order &[
        "type", "acpi", "firmware", "init", "initarg", "initenv", "initdir", "inituser", "initgroup", "loader", "nvram",
        "kernel", "initrd", "cmdline", "dtb", "boot", "bootmenu", "bios", "smbios",
    ];
}

mapped! {
    /// What kind of guest it is, and for which machine.
    #[derive(Default)]
    pub struct OsType {
        /// The CPU architecture, such as `x86_64`; absent for the host's.
        arch: Option<String> = attribute "arch",
        /// The machine, such as `q35`; absent for the hypervisor's own choice.
        machine: Option<String> = attribute "machine",
        /// The kind, such as `hvm`; checked by [`DomainConfig`](super::DomainConfig).
        name: String = text,
    }
}

mapped! {
    /// A kind of device to boot from.
    pub struct BootDevice {
        /// Which.
        dev: BootTarget = attribute "dev",
    }
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
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

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
