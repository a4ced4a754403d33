//! Devices of the host as the devices that they are.

use crate::document::text::words;
use crate::document::{Hexadecimal, OnOff, YesNo, mapped};
use crate::domain::devices::address::PciAddress;
use crate::domain::devices::disk::ScsiCommands;
use crate::domain::devices::interface::Teaming;
use crate::domain::devices::virtio_options::VirtioModel;
use crate::network_parts::DecimalOrHexadecimal;
use crate::storage::Authentication;
use crate::storage_source::{Initiator, SourceHost, StartupPolicy};
use uuid::Uuid;

/// A device of the host as the device that it is.
#[mapped]
pub struct SubsystemHostdev {
    /// Whether the driver takes it from the host and gives it back.
    #[attribute("managed", lenient)]
    pub managed: Option<YesNo>,
    /// Whether raw commands of the guest are filtered, of a SCSI unit.
    #[attribute("sgio")]
    pub scsi_commands: Option<ScsiCommands>,
    /// Whether the guest's process may send raw commands to it, of a SCSI unit.
    #[attribute("rawio")]
    pub raw_io: Option<YesNo>,
    /// Which device.
    #[flatten]
    pub device: HostdevDevice,
}

/// A device of the host.
#[mapped(tag = "type", error = Unsupported)]
pub enum HostdevDevice {
    /// A USB device.
    #[value("usb")]
    Usb(UsbHostdev),
    /// A PCI device.
    #[value("pci")]
    Pci(PciHostdev),
    /// A unit of a SCSI target.
    #[value("scsi")]
    Scsi(ScsiHostdev),
    /// A SCSI host adapter, through the host's kernel.
    #[value("scsi_host")]
    ScsiHost(FibreHostdev),
    /// A part of a device that many share.
    #[value("mdev")]
    Mediated(MediatedHostdev),
}

/// Where nothing is said, a USB device.
impl Default for HostdevDevice {
    fn default() -> Self {
        Self::Usb(UsbHostdev::default())
    }
}

/// A USB device of the host.
#[mapped]
pub struct UsbHostdev {
    /// Which.
    #[element("source")]
    pub source: Option<UsbHostdevSource>,
}

/// A USB device, by what it is or where it is.
#[mapped]
pub struct UsbHostdevSource {
    /// What to do when it is missing.
    #[attribute("startupPolicy")]
    pub startup_policy: Option<StartupPolicy>,
    /// Whether the guest can reset it.
    #[attribute("guestReset")]
    pub guest_reset: Option<GuestReset>,
    /// Its vendor.
    #[element("vendor")]
    pub vendor: Option<UsbId>,
    /// Its product.
    #[element("product")]
    pub product: Option<UsbId>,
    /// Where it is.
    #[element("address")]
    pub address: Option<UsbSourceAddress>,
}

/// A number of a vendor or a product.
#[mapped]
pub struct UsbId {
    /// The number.
    #[attribute("id")]
    pub id: Option<Hexadecimal<4>>,
}

/// Where a USB device of the host is.
#[mapped]
pub struct UsbSourceAddress {
    /// The bus.
    #[attribute("bus")]
    pub bus: DecimalOrHexadecimal,
    /// Its number on the bus.
    #[attribute("device")]
    pub device: DecimalOrHexadecimal,
}

/// A PCI device of the host.
#[mapped]
#[order("driver", "source", "teaming")]
pub struct PciHostdev {
    /// Who gives it to the guest.
    #[element("driver")]
    pub driver: Option<PciDriver>,
    /// Which.
    #[element("source")]
    pub source: Option<PciHostdevSource>,
    /// The interface that takes its place while the guest moves.
    #[element("teaming")]
    pub teaming: Option<Teaming>,
}

/// Who gives a PCI device to a guest.
#[mapped(omit_empty)]
pub struct PciDriver {
    /// Who.
    #[attribute("name")]
    pub name: Option<PciDriverName>,
}

/// Where a PCI device of the host is.
#[mapped]
pub struct PciHostdevSource {
    /// What to do when it is missing.
    #[attribute("startupPolicy")]
    pub startup_policy: Option<StartupPolicy>,
    /// Whether what the guest writes to its configuration is filtered.
    #[attribute("writeFiltering")]
    pub write_filtering: Option<YesNo>,
    /// Where it is.
    #[element("address")]
    pub address: Option<PciAddress>,
}

/// A unit of a SCSI target.
#[mapped]
pub struct ScsiHostdev {
    /// Which.
    #[element("source")]
    pub source: Option<ScsiHostdevSource>,
}

/// A unit of a SCSI target, of the host or of a server.
#[mapped(tag = "protocol", error = Unsupported, default)]
pub enum ScsiHostdevSource {
    /// On an adapter of the host.
    #[default]
    #[value("adapter")]
    Adapter(ScsiUnitSource),
    /// On a server.
    #[value("iscsi")]
    Iscsi(IscsiHostdevSource),
}

/// A unit on an adapter of the host.
#[mapped]
pub struct ScsiUnitSource {
    /// The adapter.
    #[element("adapter")]
    pub adapter: Option<ScsiAdapter>,
    /// Where on it the unit is.
    #[element("address")]
    pub address: Option<ScsiAddress>,
}

/// An adapter of the host.
#[mapped]
pub struct ScsiAdapter {
    /// Its name, such as `scsi_host0`.
    #[attribute("name")]
    pub name: Option<String>,
}

/// Where on an adapter a unit is.
#[mapped]
pub struct ScsiAddress {
    /// The bus.
    #[attribute("bus")]
    pub bus: Option<u32>,
    /// The target.
    #[attribute("target")]
    pub target: Option<u32>,
    /// The unit.
    #[attribute("unit")]
    pub unit: Option<u64>,
}

/// A unit on an iSCSI server.
#[mapped]
pub struct IscsiHostdevSource {
    /// What the server calls it.
    #[attribute("name")]
    pub name: Option<String>,
    /// The servers.
    #[element("host")]
    pub hosts: Vec<SourceHost>,
    /// How the server knows its client.
    #[element("auth")]
    pub authentication: Option<Authentication>,
    /// The initiator.
    #[element("initiator")]
    pub initiator: Option<Initiator>,
}

/// A SCSI host adapter.
#[mapped]
pub struct FibreHostdev {
    /// Which device of the virtio family.
    #[attribute("model")]
    pub model: Option<VirtioModel>,
    /// Which.
    #[element("source")]
    pub source: Option<FibreSource>,
}

/// A port of a Fibre Channel target.
#[mapped]
pub struct FibreSource {
    /// The way to it.
    #[attribute("protocol", error = Unsupported)]
    pub protocol: Option<FibreSourceProtocol>,
    /// Its World Wide Port Name, with `naa.` before it.
    #[attribute("wwpn")]
    pub port_name: Option<String>,
}

/// A part of a device that many share.
#[mapped]
pub struct MediatedHostdev {
    /// How the guest sees it.
    #[attribute("model")]
    pub model: MediatedModel,
    /// Whether the guest's screen is shown.
    #[attribute("display")]
    pub display: Option<OnOff>,
    /// Whether the guest's firmware has a screen there too.
    #[attribute("ramfb")]
    pub firmware_screen: Option<OnOff>,
    /// Which.
    #[element("source")]
    pub source: Option<MediatedSource>,
}

/// Which part of a device that many share.
#[mapped]
pub struct MediatedSource {
    /// Where it is.
    #[element("address")]
    pub address: Option<MediatedAddress>,
}

/// Which part of a device that many share.
#[mapped]
pub struct MediatedAddress {
    /// Its UUID.
    #[attribute("uuid")]
    pub uuid: Option<Uuid>,
}

words! {
    /// Whether a guest can reset a USB device.
    pub enum GuestReset("way to reset", Invalid) {
        /// It cannot.
        Off = "off",
        /// Until it has set it up.
        Uninitialized = "uninitialized",
        /// Always.
        On = "on",
    }
}

words! {
    /// Who gives a PCI device to a guest.
    pub enum PciDriverName("driver of a PCI device", Invalid) {
        /// The old way of KVM.
        Kvm = "kvm",
        /// VFIO.
        Vfio = "vfio",
        /// Xen.
        Xen = "xen",
    }
}

words! {
    /// The way to a SCSI host adapter.
    pub enum FibreSourceProtocol("protocol", Invalid) {
        /// Through the host's kernel.
        Vhost = "vhost",
    }
}

words! {
    /// How a guest sees a part of a device.
    pub enum MediatedModel("model of a mediated device", Invalid) {
        /// As a PCI device.
        VfioPci = "vfio-pci",
        /// As a device of a mainframe.
        VfioCcw = "vfio-ccw",
        /// As a cryptographic processor of a mainframe.
        VfioAp = "vfio-ap",
    }
}
