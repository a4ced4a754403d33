//! How the hypervisor runs an interface.

use crate::document::text::words;
use crate::document::{OnOff, mapped};
use crate::domain::devices::VirtioOptions;

/// How the hypervisor runs an interface.
#[mapped(omit_empty)]
pub struct InterfaceDriver {
    /// What runs it.
    #[attribute("name")]
    pub name: Option<InterfaceDriverName>,
    /// When it sends.
    #[attribute("txmode")]
    pub transmit_mode: Option<TransmitMode>,
    /// Whether a thread of its own handles requests.
    #[attribute("ioeventfd")]
    pub io_event: Option<OnOff>,
    /// Whether events are counted instead of told.
    #[attribute("event_idx")]
    pub event_index: Option<OnOff>,
    /// How many queues it has.
    #[attribute("queues")]
    pub queues: Option<u32>,
    /// The length of the queue for receiving.
    #[attribute("rx_queue_size")]
    pub receive_queue_size: Option<u32>,
    /// The length of the queue for sending.
    #[attribute("tx_queue_size")]
    pub transmit_queue_size: Option<u32>,
    /// Whether it spreads packets over the queues.
    #[attribute("rss")]
    pub receive_side_scaling: Option<OnOff>,
    /// Whether it tells the guest by what it spreads them.
    #[attribute("rss_hash_report")]
    pub scaling_hash_report: Option<OnOff>,
    /// What a virtio device asks of the path to the host.
    #[flatten]
    pub virtio: VirtioOptions,
    /// What the host takes off the guest's hands.
    #[element("host")]
    pub host: Option<HostOffloads>,
    /// What the guest takes off the host's hands.
    #[element("guest")]
    pub guest: Option<GuestOffloads>,
}

/// What the host takes off the guest's hands.
#[mapped(omit_empty)]
pub struct HostOffloads {
    /// Checksums.
    #[attribute("csum")]
    pub checksum: Option<OnOff>,
    /// Cutting any packets.
    #[attribute("gso")]
    pub segmentation: Option<OnOff>,
    /// Cutting TCP over IPv4.
    #[attribute("tso4")]
    pub tcp4: Option<OnOff>,
    /// Cutting TCP over IPv6.
    #[attribute("tso6")]
    pub tcp6: Option<OnOff>,
    /// Marks of congestion.
    #[attribute("ecn")]
    pub congestion: Option<OnOff>,
    /// Cutting UDP.
    #[attribute("ufo")]
    pub udp: Option<OnOff>,
    /// Putting receive buffers together.
    #[attribute("mrg_rxbuf")]
    pub merge_buffers: Option<OnOff>,
}

/// What the guest takes off the host's hands.
#[mapped(omit_empty)]
pub struct GuestOffloads {
    /// Checksums.
    #[attribute("csum")]
    pub checksum: Option<OnOff>,
    /// Cutting TCP over IPv4.
    #[attribute("tso4")]
    pub tcp4: Option<OnOff>,
    /// Cutting TCP over IPv6.
    #[attribute("tso6")]
    pub tcp6: Option<OnOff>,
    /// Marks of congestion.
    #[attribute("ecn")]
    pub congestion: Option<OnOff>,
    /// Cutting UDP.
    #[attribute("ufo")]
    pub udp: Option<OnOff>,
}

/// The devices or programs behind an interface.
#[mapped(omit_empty)]
pub struct InterfaceBackend {
    /// The program; absent for the hypervisor.
    #[attribute("type")]
    pub backend_type: Option<InterfaceBackendType>,
    /// The device that makes taps.
    #[attribute("tap")]
    pub tap: Option<String>,
    /// The device for virtio in the host's kernel.
    #[attribute("vhost")]
    pub vhost: Option<String>,
    /// The file for what the program tells.
    #[attribute("logFile")]
    pub log_file: Option<String>,
}

words! {
    /// What runs an interface.
    pub enum InterfaceDriverName("driver of an interface", Invalid) {
        /// The hypervisor.
        Qemu = "qemu",
        /// The host's kernel.
        Vhost = "vhost",
        /// Of a host's device: KVM.
        Kvm = "kvm",
        /// Of a host's device: VFIO.
        Vfio = "vfio",
        /// Of a host's device: Xen.
        Xen = "xen",
    }
}

words! {
    /// When an interface sends.
    pub enum TransmitMode("transmission mode", Invalid) {
        /// At once, in a thread of its own.
        IoThread = "iothread",
        /// After a time.
        Timer = "timer",
    }
}

words! {
    /// The program behind an interface.
    pub enum InterfaceBackendType("backend of an interface", Invalid) {
        /// The hypervisor.
        Default = "default",
        /// passt.
        Passt = "passt",
    }
}
