//! How a domain boots.

use crate::document::mapped;
use crate::document::text::words;
use crate::document::{Text, YesNo};

/// How a domain boots.
#[mapped(collected)]
pub struct Os {
    /// Which firmware is chosen by the driver; absent where `loader` says it.
    #[attribute("firmware")]
    pub firmware: Option<FirmwareType>,
    /// What kind of guest it is; libvirt wants it wherever there is no boot loader.
    #[element("type")]
    pub os_type: Option<OsType>,
    /// What the firmware must be able to do.
    #[list("firmware", "feature")]
    pub firmware_features: Vec<FirmwareFeature>,
    /// The program that a container starts.
    #[element("init")]
    pub init: Option<String>,
    /// Its arguments.
    #[element("initarg")]
    pub init_arguments: Vec<Text>,
    /// Its environment.
    #[element("initenv")]
    pub init_environment: Vec<InitVariable>,
    /// The directory that it starts in.
    #[element("initdir")]
    pub init_directory: Option<String>,
    /// The user that it runs as.
    #[element("inituser")]
    pub init_user: Option<String>,
    /// The group that it runs as.
    #[element("initgroup")]
    pub init_group: Option<String>,
    /// The firmware.
    #[element("loader")]
    pub loader: Option<Loader>,
    /// Where the firmware keeps its settings.
    #[element("nvram")]
    pub nvram: Option<NvramStore>,
    /// The kernel to boot.
    #[element("kernel")]
    pub kernel: Option<String>,
    /// The initial RAM disk to boot with.
    #[element("initrd")]
    pub initrd: Option<String>,
    /// The kernel's arguments.
    #[element("cmdline")]
    pub cmdline: Option<String>,
    /// The device tree to boot with.
    #[element("dtb")]
    pub dtb: Option<String>,
    /// Tables that are added to the guest's ACPI tables.
    #[list("acpi", "table")]
    pub acpi_tables: Vec<AcpiTable>,
    /// What to boot from, in that order.
    #[element("boot")]
    pub boot: Vec<BootDevice>,
    /// Whether the guest's user is asked what to boot from.
    #[element("bootmenu")]
    pub boot_menu: Option<BootMenu>,
    /// What a BIOS does.
    #[element("bios")]
    pub bios: Option<Bios>,
    /// Where the tables of the SMBIOS come from.
    #[element("smbios")]
    pub smbios: Option<Smbios>,
}

words! {
    /// A kind of firmware.
    pub enum FirmwareType("kind of firmware", Invalid) {
        /// BIOS.
        Bios = "bios",
        /// UEFI.
        Efi = "efi",
    }
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

/// Something that the firmware must be able to do, or not.
#[mapped]
pub struct FirmwareFeature {
    /// Whether it must.
    #[attribute("enabled")]
    pub enabled: YesNo,
    /// What.
    #[attribute("name")]
    pub name: FirmwareFeatureName,
}

words! {
    /// Something that firmware can do.
    pub enum FirmwareFeatureName("feature of firmware", Invalid) {
        /// It has the usual keys for secure boot.
        EnrolledKeys = "enrolled-keys",
        /// It boots only what is signed.
        SecureBoot = "secure-boot",
    }
}

/// A variable of the environment of the program that a container starts.
#[mapped]
pub struct InitVariable {
    /// Its name.
    #[attribute("name", missing = Malformed)]
    pub name: String,
    /// Its value.
    #[text]
    pub value: String,
}

/// The firmware of a guest.
#[mapped(omit_empty)]
pub struct Loader {
    /// Whether the guest may only read it.
    #[attribute("readonly")]
    pub read_only: Option<YesNo>,
    /// Whether it does secure boot.
    #[attribute("secure")]
    pub secure: Option<YesNo>,
    /// How the guest sees it; absent for the driver's choice.
    #[attribute("type")]
    pub loader_type: Option<LoaderType>,
    /// Whether it keeps no settings.
    #[attribute("stateless")]
    pub stateless: Option<YesNo>,
    /// The path of the file.
    #[text]
    pub path: String,
}

words! {
    /// How the guest sees its firmware.
    pub enum LoaderType("type of firmware", Invalid) {
        /// As a ROM.
        Rom = "rom",
        /// As flash memory.
        Pflash = "pflash",
    }
}

/// Where the firmware keeps its settings.
#[mapped]
pub struct NvramStore {
    /// The file that it is copied from where it does not exist yet.
    #[attribute("template")]
    pub template: Option<String>,
    /// What the source is, where it is written as an element of its own.
    #[attribute("type")]
    pub source_type: Option<NvramSourceType>,
    /// Where the settings are kept.
    #[element("source")]
    pub source: Option<NvramSource>,
    /// The path of the file; empty where there is a source.
    #[text]
    pub path: String,
}

words! {
    /// What the firmware's settings are kept in.
    pub enum NvramSourceType("kind of source", Invalid) {
        /// A file.
        File = "file",
        /// A block device of the host.
        Block = "block",
        /// A volume of a server.
        Network = "network",
    }
}

/// Where the firmware's settings are kept.
#[mapped]
pub struct NvramSource {
    /// The path of a file.
    #[attribute("file")]
    pub file: Option<String>,
    /// The path of a block device.
    #[attribute("dev")]
    pub device: Option<String>,
    /// The protocol of a server.
    #[attribute("protocol")]
    pub protocol: Option<String>,
    /// The volume's name on a server.
    #[attribute("name")]
    pub name: Option<String>,
    /// The server.
    #[element("host")]
    pub hosts: Vec<NvramHost>,
}

/// A server that keeps the firmware's settings.
#[mapped]
pub struct NvramHost {
    /// Its name or address.
    #[attribute("name")]
    pub name: Option<String>,
    /// Its port.
    #[attribute("port")]
    pub port: Option<u32>,
}

/// A table that is added to the guest's ACPI tables.
#[mapped]
pub struct AcpiTable {
    /// What it is; libvirt knows `slic`.
    #[attribute("type")]
    pub table_type: Option<String>,
    /// The path of the file.
    #[text]
    pub path: String,
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

/// Whether the guest's user is asked what to boot from.
#[mapped]
pub struct BootMenu {
    /// Whether it is so.
    #[attribute("enable")]
    pub enable: Option<YesNo>,
    /// How long, in milliseconds.
    #[attribute("timeout")]
    pub timeout: Option<u32>,
}

/// What a BIOS does.
#[mapped(omit_empty)]
pub struct Bios {
    /// Whether it writes to the first serial port.
    #[attribute("useserial", lenient)]
    pub use_serial: Option<YesNo>,
    /// After how many milliseconds it reboots where nothing can be booted; -1 for never.
    #[attribute("rebootTimeout")]
    pub reboot_timeout: Option<i64>,
}

/// Where the tables of the SMBIOS come from.
#[mapped(omit_empty)]
pub struct Smbios {
    /// From where.
    #[attribute("mode")]
    pub mode: Option<SmbiosMode>,
}

words! {
    /// Where the tables of the SMBIOS come from.
    pub enum SmbiosMode("mode of SMBIOS", Unsupported) {
        /// The hypervisor makes them up.
        Emulate = "emulate",
        /// They are the host's.
        Host = "host",
        /// They are those of `<sysinfo>`.
        Sysinfo = "sysinfo",
    }
}
