//! How the hypervisor runs an interface.

use crate::document::text::words;
use crate::document::{OnOff, mapped};
use crate::domain::devices::VirtioOptions;

/// How the hypervisor runs an interface.
#[mapped(omit_empty)]
pub struct InterfaceDriver {
    /// What runs it: `qemu` or `vhost` for a virtio device, `kvm`, `vfio` or `xen` for a device of the host.
    #[attribute("name")]
    pub name: Option<String>,
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

/// The devices and files behind an interface.
#[mapped(omit_empty)]
pub struct InterfaceBackend {
    /// The program behind it; libvirt 9.0.0 knows none.
    #[attribute("type")]
    pub backend_type: Option<String>,
    /// The device that makes taps.
    #[attribute("tap")]
    pub tap: Option<String>,
    /// The device for virtio in the host's kernel.
    #[attribute("vhost")]
    pub vhost: Option<String>,
    /// The file for what a program behind it tells.
    #[attribute("logFile")]
    pub log_file: Option<String>,
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
