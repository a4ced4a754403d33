//! What the guest agent answers, as the reference of its protocol gives it, and what that is to us.

use super::disks::{Disks, GuestPlace};
use omnivirt_core::{
    GuestDisk, GuestDiskDependency, GuestFilesystem, GuestFilesystemDisk, GuestInterface, GuestOs, GuestUser,
    IpAddress, IpFamily,
};
use serde::Deserialize;

/// The guest's name.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct HostName {
    pub(super) host_name: String,
}

/// Who is logged in.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct User {
    user: String,
    domain: Option<String>,
    /// In seconds since 1970.
    login_time: f64,
}

impl From<User> for GuestUser {
    fn from(user: User) -> Self {
        // A time before 1970 becomes that of 1970.
        let told = Self::default().name(user.user).login_unix_ms((user.login_time * 1000.0) as u64);
        match user.domain {
            Some(domain) => told.domain(domain),
            None => told,
        }
    }
}

/// The guest's system. An agent of Windows leaves most out.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct System {
    id: Option<String>,
    name: Option<String>,
    pretty_name: Option<String>,
    version: Option<String>,
    version_id: Option<String>,
    kernel_release: Option<String>,
    kernel_version: Option<String>,
    machine: Option<String>,
    variant: Option<String>,
    variant_id: Option<String>,
}

impl From<System> for GuestOs {
    fn from(system: System) -> Self {
        let mut told = Self::default();
        told.id = system.id;
        told.name = system.name;
        told.pretty_name = system.pretty_name;
        told.version = system.version;
        told.version_id = system.version_id;
        told.kernel_release = system.kernel_release;
        told.kernel_version = system.kernel_version;
        told.machine = system.machine;
        told.variant = system.variant;
        told.variant_id = system.variant_id;
        told
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct TimeZone {
    pub(super) zone: Option<String>,
    /// In seconds, ahead of UTC.
    pub(super) offset: i32,
}

#[derive(Debug, Deserialize)]
pub(super) struct Load {
    pub(super) load1m: f64,
    pub(super) load5m: f64,
    pub(super) load15m: f64,
}

/// A mounted file system.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Filesystem {
    name: String,
    mountpoint: String,
    #[serde(rename = "type")]
    kind: String,
    total_bytes: Option<u64>,
    used_bytes: Option<u64>,
    #[serde(default)]
    disk: Vec<GuestPlace>,
}

impl Filesystem {
    pub(super) fn on(self, disks: &Disks) -> GuestFilesystem {
        let holds = |place: GuestPlace| {
            let mut disk = GuestFilesystemDisk::default();
            disk.target = disks.target(&place).map(Into::into);
            disk.serial = place.serial;
            disk.device = place.device;
            disk
        };
        let mut told = GuestFilesystem::default().name(self.name).mountpoint(self.mountpoint).kind(self.kind);
        told.total_bytes = self.total_bytes;
        told.used_bytes = self.used_bytes;
        told.disks = self.disk.into_iter().map(holds).collect();
        told
    }
}

/// A disk, or a part of one.
#[derive(Debug, Deserialize)]
pub(super) struct Disk {
    name: String,
    partition: bool,
    #[serde(default)]
    dependencies: Vec<String>,
    address: Option<GuestPlace>,
    alias: Option<String>,
}

impl Disk {
    pub(super) fn on(self, disks: &Disks) -> GuestDisk {
        let dependencies = self.dependencies.into_iter();
        let mut told = GuestDisk::default().name(self.name).partition(self.partition);
        told.dependencies = dependencies.map(|name| GuestDiskDependency::default().name(name)).collect();
        told.guest_alias = self.alias;
        if let Some(place) = self.address {
            told.target = disks.target(&place).map(Into::into);
            told.serial = place.serial;
            told.guest_bus = Some(place.bus_type);
        }
        told
    }
}

/// A network interface.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Interface {
    name: String,
    hardware_address: Option<String>,
    #[serde(default)]
    ip_addresses: Vec<Address>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Address {
    ip_address: String,
    ip_address_type: IpFamily,
    prefix: u32,
}

impl From<Interface> for GuestInterface {
    fn from(interface: Interface) -> Self {
        let address = |found: Address| {
            let told = IpAddress::default().family(found.ip_address_type).address(found.ip_address);
            told.prefix_bits(found.prefix)
        };
        let mut told = Self::default().name(interface.name);
        told.mac = interface.hardware_address;
        told.addresses = interface.ip_addresses.into_iter().map(address).collect();
        told
    }
}

/// What became of each file system that was trimmed.
#[derive(Debug, Deserialize)]
pub(super) struct Trimmed {
    pub(super) paths: Vec<TrimmedPath>,
}

#[derive(Debug, Deserialize)]
pub(super) struct TrimmedPath {
    pub(super) path: String,
    pub(super) error: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct SshKeys {
    pub(super) keys: Vec<String>,
}
