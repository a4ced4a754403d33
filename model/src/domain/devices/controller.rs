//! A bus to which other devices are connected.

use super::info::DeviceInfo;
use crate::document::mapped;
use crate::document::text::words;
use crate::document::{MemorySize, OnOff};

/// A bus to which other devices are connected.
#[mapped]
pub struct Controller {
    /// Its number among those of its type; absent for the next that is free.
    #[attribute("index")]
    pub index: Option<u32>,
    /// Which sort of bus it is.
    #[flatten]
    pub bus: ControllerBus,
    /// How the host serves it.
    #[element("driver")]
    pub driver: Option<ControllerDriver>,
    /// What every device has.
    #[flatten]
    pub info: DeviceInfo,
}

impl Controller {
    /// One with nothing but its sort and its number.
    #[must_use]
    pub fn of(bus: ControllerBus, index: u32) -> Self {
        Self { index: Some(index), bus, ..Self::default() }
    }

    /// What it has as a PCI controller.
    #[must_use]
    pub fn pci(&self) -> Option<&PciController> {
        match &self.bus {
            ControllerBus::Pci(pci) => Some(pci),
            _ => None,
        }
    }
}

/// Which sort of bus a controller has.
#[mapped(tag = "type")]
pub enum ControllerBus {
    /// Of IDE disks.
    #[value("ide")]
    #[default]
    Ide(IdeController),
    /// Of floppy disks.
    #[value("fdc")]
    Floppy(ModellessController),
    /// Of SCSI disks.
    #[value("scsi")]
    Scsi(ScsiController),
    /// Of SATA disks.
    #[value("sata")]
    Sata(ModellessController),
    /// Of ports between guest and host.
    #[value("virtio-serial")]
    VirtioSerial(VirtioSerialController),
    /// Of smart cards.
    #[value("ccid")]
    Ccid(ModellessController),
    /// Of USB devices.
    #[value("usb")]
    Usb(UsbController),
    /// Of PCI devices.
    #[value("pci")]
    Pci(PciController),
    /// Of Xen's own devices.
    #[value("xenbus")]
    XenBus(XenBusController),
    /// Of ISA devices.
    #[value("isa")]
    Isa(ModellessController),
}

/// A controller of a sort of which there are no models.
#[mapped]
pub struct ModellessController {
    /// A model that is named all the same: it is refused.
    #[attribute("model")]
    pub model: Option<String>,
}

/// A controller of IDE disks.
#[mapped]
pub struct IdeController {
    /// Which one; absent for the machine's own.
    #[attribute("model")]
    pub model: Option<IdeModel>,
}

words! {
    /// A controller of IDE disks.
    pub enum IdeModel("IDE controller", Unsupported) {
        /// Intel's of 1996.
        Piix3 = "piix3",
        /// Intel's of 1997.
        Piix4 = "piix4",
        /// Intel's of 2003.
        Ich6 = "ich6",
    }
}

/// A controller of SCSI disks.
#[mapped]
pub struct ScsiController {
    /// Which one; absent for the machine's usual one.
    #[attribute("model")]
    pub model: Option<ScsiModel>,
}

words! {
    /// A controller of SCSI disks.
    pub enum ScsiModel("SCSI controller", Unsupported) {
        /// The machine's usual one.
        Auto = "auto",
        /// BusLogic's.
        BusLogic = "buslogic",
        /// LSI's 53c895a.
        LsiLogic = "lsilogic",
        /// LSI's SAS1068.
        LsiSas1068 = "lsisas1068",
        /// VMware's paravirtual one.
        Vmpvscsi = "vmpvscsi",
        /// IBM's of pseries machines.
        IbmVscsi = "ibmvscsi",
        /// virtio's.
        VirtioScsi = "virtio-scsi",
        /// LSI's SAS1078.
        LsiSas1078 = "lsisas1078",
        /// virtio's, that old guests know too.
        VirtioTransitional = "virtio-transitional",
        /// virtio's, without what old guests need.
        VirtioNonTransitional = "virtio-non-transitional",
        /// NCR's 53C90, part of some machines.
        Ncr53c90 = "ncr53c90",
        /// Tekram's DC-390.
        Dc390 = "dc390",
        /// AMD's Am53C974.
        Am53c974 = "am53c974",
    }
}

/// A controller of ports between guest and host.
#[mapped]
pub struct VirtioSerialController {
    /// Which virtio it is; absent for the usual one.
    #[attribute("model")]
    pub model: Option<VirtioSerialModel>,
    /// How many ports it has; absent for 31.
    #[attribute("ports")]
    pub ports: Option<u32>,
    /// How many interrupts it has; absent for the hypervisor's choice.
    #[attribute("vectors")]
    pub vectors: Option<u32>,
}

words! {
    /// A controller of ports between guest and host.
    pub enum VirtioSerialModel("virtio-serial controller", Unsupported) {
        /// The usual one.
        Virtio = "virtio",
        /// One that old guests know too.
        Transitional = "virtio-transitional",
        /// One without what old guests need.
        NonTransitional = "virtio-non-transitional",
    }
}

/// A controller of USB devices.
#[mapped]
pub struct UsbController {
    /// Which one; absent for the machine's usual one.
    #[attribute("model")]
    pub model: Option<UsbModel>,
    /// How many ports it has; absent for as many as the model has.
    #[attribute("ports")]
    pub ports: Option<u32>,
}

words! {
    /// A controller of USB devices.
    pub enum UsbModel("USB controller", Unsupported) {
        /// Intel's of 1996, USB 1.
        Piix3Uhci = "piix3-uhci",
        /// Intel's of 1997, USB 1.
        Piix4Uhci = "piix4-uhci",
        /// A plain one for USB 2.
        Ehci = "ehci",
        /// Intel's of 2007, USB 2.
        Ich9Ehci1 = "ich9-ehci1",
        /// The first that works together with Intel's of 2007, USB 1.
        Ich9Uhci1 = "ich9-uhci1",
        /// The second that works together with Intel's of 2007, USB 1.
        Ich9Uhci2 = "ich9-uhci2",
        /// The third that works together with Intel's of 2007, USB 1.
        Ich9Uhci3 = "ich9-uhci3",
        /// VIA's, USB 1.
        Vt82c686bUhci = "vt82c686b-uhci",
        /// A plain one for USB 1.
        PciOhci = "pci-ohci",
        /// NEC's, USB 3.
        NecXhci = "nec-xhci",
        /// Xen's paravirtual one, USB 1.
        Qusb1 = "qusb1",
        /// Xen's paravirtual one, USB 2.
        Qusb2 = "qusb2",
        /// QEMU's own, USB 3.
        QemuXhci = "qemu-xhci",
        /// The guest has no USB.
        None = "none",
    }
}

/// A controller of PCI devices: a root, a bridge or a port.
#[mapped]
pub struct PciController {
    /// What it is to the guest.
    #[attribute("model")]
    pub model: Option<PciModel>,
    /// Which device of the hypervisor it is; absent for the usual one of the model.
    #[element("model")]
    pub implementation: Option<PciImplementation>,
    /// What the guest sees of it.
    #[element("target")]
    pub target: Option<PciTarget>,
    /// Room for devices with 64-bit addresses, of a root; absent for the hypervisor's choice.
    #[element("pcihole64")]
    pub hole64: Option<MemorySize>,
}

impl From<PciModel> for ControllerBus {
    fn from(model: PciModel) -> Self {
        Self::Pci(PciController { model: Some(model), ..PciController::default() })
    }
}

words! {
    /// What a PCI controller is to the guest.
    pub enum PciModel("PCI controller", Unsupported) {
        /// The root of a PCI machine.
        PciRoot = "pci-root",
        /// The root of a PCI Express machine.
        PcieRoot = "pcie-root",
        /// A bridge from PCI to PCI.
        PciBridge = "pci-bridge",
        /// A bridge from a PCI Express root to PCI, as old machines have it.
        DmiToPciBridge = "dmi-to-pci-bridge",
        /// A bridge from PCI Express to PCI.
        PcieToPciBridge = "pcie-to-pci-bridge",
        /// A port of a PCI Express root.
        PcieRootPort = "pcie-root-port",
        /// The port of a PCI Express switch towards the root.
        PcieSwitchUpstreamPort = "pcie-switch-upstream-port",
        /// A port of a PCI Express switch for a device.
        PcieSwitchDownstreamPort = "pcie-switch-downstream-port",
        /// A further root of a PCI machine.
        PciExpanderBus = "pci-expander-bus",
        /// A further root of a PCI Express machine.
        PcieExpanderBus = "pcie-expander-bus",
    }
}

/// Which device of the hypervisor a PCI controller is.
#[mapped(omit_empty)]
pub struct PciImplementation {
    /// Its name.
    #[attribute("name")]
    pub name: Option<PciImplementationName>,
}

impl From<PciImplementationName> for PciImplementation {
    fn from(name: PciImplementationName) -> Self {
        Self { name: Some(name) }
    }
}

words! {
    /// The name of a hypervisor's PCI controller.
    pub enum PciImplementationName("device of a PCI controller", Invalid) {
        /// A root of a pseries machine.
        SpaprPciHostBridge = "spapr-pci-host-bridge",
        /// A bridge from PCI to PCI.
        PciBridge = "pci-bridge",
        /// Intel's bridge from a root to PCI.
        I82801b11Bridge = "i82801b11-bridge",
        /// A bridge from PCI Express to PCI.
        PciePciBridge = "pcie-pci-bridge",
        /// Intel's port of a root.
        Ioh3420 = "ioh3420",
        /// TI's port of a switch towards the root.
        X3130Upstream = "x3130-upstream",
        /// TI's port of a switch for a device.
        Xio3130Downstream = "xio3130-downstream",
        /// A further root of a PCI machine.
        Pxb = "pxb",
        /// A further root of a PCI Express machine.
        PxbPcie = "pxb-pcie",
        /// QEMU's own port of a root.
        PcieRootPort = "pcie-root-port",
    }
}

/// What the guest sees of a PCI controller.
#[mapped(omit_empty)]
pub struct PciTarget {
    /// The number of a bridge, unique in the machine.
    #[attribute("chassisNr")]
    pub chassis_number: Option<u32>,
    /// The number of a port's chassis, unique in the machine.
    #[attribute("chassis")]
    pub chassis: Option<u32>,
    /// The number of a port in its chassis.
    #[attribute("port")]
    pub port: Option<PciPort>,
    /// The number of the first bus behind a further root.
    #[attribute("busNr")]
    pub bus_number: Option<u32>,
    /// The number of a root of a pseries machine.
    #[attribute("index")]
    pub index: Option<u32>,
    /// Whether devices can be plugged in while the guest runs.
    #[attribute("hotplug")]
    pub hotplug: Option<OnOff>,
    /// The NUMA node that it is close to.
    #[element("node")]
    pub node: Option<u32>,
}

/// The number of a port.
pub type PciPort = crate::document::Hexadecimal<1>;

/// A controller of Xen's own devices.
#[mapped]
pub struct XenBusController {
    /// A model that is named though there are none: it is refused.
    #[attribute("model")]
    pub model: Option<String>,
    /// The most pages that the guest shares at once.
    #[attribute("maxGrantFrames")]
    pub max_grant_frames: Option<u32>,
    /// The most channels that the guest has for events.
    #[attribute("maxEventChannels")]
    pub max_event_channels: Option<u32>,
}

/// How the host serves a controller.
#[mapped(omit_empty)]
pub struct ControllerDriver {
    /// How many queues of requests there are.
    #[attribute("queues")]
    pub queues: Option<u32>,
    /// The most requests at once to a disk.
    #[attribute("cmd_per_lun")]
    pub commands_per_unit: Option<u32>,
    /// The most sectors in a request.
    #[attribute("max_sectors")]
    pub max_sectors: Option<u32>,
    /// Whether another thread than the virtual CPU's handles what the guest notifies.
    #[attribute("ioeventfd")]
    pub io_event_descriptor: Option<OnOff>,
    /// The I/O thread that serves it.
    #[attribute("iothread")]
    pub io_thread: Option<u32>,
    /// Whether its memory accesses go through the IOMMU.
    #[attribute("iommu")]
    pub iommu: Option<OnOff>,
    /// Whether it may cache translations of addresses.
    #[attribute("ats")]
    pub address_translation: Option<OnOff>,
    /// Whether its queues have the packed form.
    #[attribute("packed")]
    pub packed: Option<OnOff>,
    /// Whether each queue has a page for notifications to itself.
    #[attribute("page_per_vq")]
    pub page_per_queue: Option<OnOff>,
}
