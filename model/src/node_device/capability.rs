//! What a device can do.

use super::adjunct::{CryptoCard, CryptoMatrix, CryptoQueue};
use super::channel::{ChannelAddress, CssDevice};
use super::mediated::MediatedDevice;
use super::net::NetDevice;
use super::pci::PciDevice;
use super::scsi::{ScsiDevice, ScsiHost, ScsiTarget};
use super::storage::StorageDevice;
use super::system::SystemDevice;
use super::usb::{UsbDevice, UsbInterface};
use crate::document::mapped;
use crate::document::text::words;

/// What a device can do, with all that is known of it.
#[mapped(tag = "type")]
pub enum Capability {
    /// It is the host itself.
    #[value("system")]
    System(SystemDevice),
    /// It stands on a PCI bus.
    #[value("pci")]
    Pci(PciDevice),
    /// It stands on a USB bus.
    #[value("usb_device")]
    UsbDevice(UsbDevice),
    /// It is an interface of a USB device.
    #[value("usb")]
    UsbInterface(UsbInterface),
    /// It is a network interface.
    #[value("net")]
    Net(NetDevice),
    /// It is a SCSI host adapter.
    #[value("scsi_host")]
    ScsiHost(ScsiHost),
    /// It is a target of a SCSI host adapter.
    #[value("scsi_target")]
    ScsiTarget(ScsiTarget),
    /// It is a unit of a SCSI target.
    #[value("scsi")]
    Scsi(ScsiDevice),
    /// It stores data.
    #[value("storage")]
    Storage(StorageDevice),
    /// Programs talk to a SCSI device through it.
    #[value("scsi_generic")]
    ScsiGeneric(CharacterDevice),
    /// It draws.
    #[value("drm")]
    Drm(Drm),
    /// It is a part of another device that is given to a guest.
    #[value("mdev")]
    Mediated(MediatedDevice),
    /// It stands on the bus of a mainframe.
    #[value("ccw")]
    Ccw(ChannelAddress),
    /// It is a subchannel of a mainframe.
    #[value("css")]
    Css(CssDevice),
    /// It moves a guest's data.
    #[value("vdpa")]
    Vdpa(Vdpa),
    /// It is a cryptographic card.
    #[value("ap_card")]
    CryptoCard(CryptoCard),
    /// It is a queue of a cryptographic card.
    #[value("ap_queue")]
    CryptoQueue(CryptoQueue),
    /// Guests get cryptographic cards from it.
    #[value("ap_matrix")]
    CryptoMatrix(CryptoMatrix),
}

/// A file through which programs talk to a device.
#[mapped]
pub struct CharacterDevice {
    /// The file.
    #[element("char", error = Malformed)]
    pub path: String,
}

/// A device that draws.
#[mapped]
pub struct Drm {
    /// What it is for.
    #[element("type", missing = Unsupported)]
    pub drm_type: DrmType,
}

words! {
    /// What a device that draws is for.
    pub enum DrmType("sort of drawing device", Unsupported) {
        /// Drawing and setting modes.
        Primary = "primary",
        /// Setting modes.
        Control = "control",
        /// Drawing.
        Render = "render",
    }
}

/// A device that moves a guest's data.
#[mapped]
pub struct Vdpa {
    /// The file through which it is used.
    #[element("chardev", error = Malformed)]
    pub path: String,
}
