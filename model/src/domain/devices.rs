//! The devices of a domain, one file for each kind.

pub mod address;
pub mod audio;
pub mod character_device;
pub mod controller;
pub mod crypto;
pub mod disk;
pub mod filesystem;
pub mod graphics;
pub mod hostdev;
pub mod hub;
mod info;
pub mod input;
pub mod interface;
pub mod iommu;
pub mod lease;
pub mod memory_balloon;
pub mod memory_device;
mod nvram;
pub mod panic;
pub mod random_generator;
pub mod redirected_device;
pub mod redirection_filter;
mod security_label;
pub mod shared_memory;
pub mod smartcard;
pub mod sound;
pub mod tpm;
pub mod video;
mod virtio_options;
pub mod vsock;
pub mod watchdog;

use crate::document::mapped;

pub use audio::Audio;
pub use character_device::{
    Channel, CharacterLog, CharacterSource, Console, Parallel, Reconnect, Serial, SocketMode,
};
pub use controller::Controller;
pub use crypto::Crypto;
pub use disk::Disk;
pub use filesystem::Filesystem;
pub use graphics::Graphics;
pub use hostdev::Hostdev;
pub use hub::Hub;
pub use info::{AcpiIndex, Alias, BootOrder, DeviceInfo, MasterPort, Rom};
pub use input::Input;
pub use interface::Interface;
pub use iommu::Iommu;
pub use lease::Lease;
pub use memory_balloon::MemoryBalloon;
pub use memory_device::MemoryDevice;
pub use nvram::Nvram;
pub use panic::Panic;
pub use random_generator::RandomGenerator;
pub use redirected_device::RedirectedDevice;
pub use redirection_filter::RedirectionFilter;
pub use security_label::SourceSecurityLabel;
pub use shared_memory::SharedMemory;
pub use smartcard::Smartcard;
pub use sound::{AudioReference, Sound};
pub use tpm::Tpm;
pub use video::Video;
pub use virtio_options::{VirtioModel, VirtioOptions};
pub use vsock::Vsock;
pub use watchdog::Watchdog;

/// The devices of a domain.
#[mapped(omit_empty, collected)]
pub struct Devices {
    /// The program that runs the guest; absent for the driver's choice.
    #[element("emulator")]
    pub emulator: Option<String>,
    /// `<disk>`.
    #[element("disk")]
    pub disks: Vec<Disk>,
    /// `<controller>`.
    #[element("controller")]
    pub controllers: Vec<Controller>,
    /// `<lease>`.
    #[element("lease")]
    pub leases: Vec<Lease>,
    /// `<filesystem>`.
    #[element("filesystem")]
    pub filesystems: Vec<Filesystem>,
    /// `<interface>`.
    #[element("interface")]
    pub interfaces: Vec<Interface>,
    /// `<smartcard>`.
    #[element("smartcard")]
    pub smartcards: Vec<Smartcard>,
    /// `<serial>`.
    #[element("serial")]
    pub serials: Vec<Serial>,
    /// `<parallel>`.
    #[element("parallel")]
    pub parallels: Vec<Parallel>,
    /// `<console>`.
    #[element("console")]
    pub consoles: Vec<Console>,
    /// `<channel>`.
    #[element("channel")]
    pub channels: Vec<Channel>,
    /// `<input>`.
    #[element("input")]
    pub inputs: Vec<Input>,
    /// `<tpm>`.
    #[element("tpm")]
    pub tpms: Vec<Tpm>,
    /// `<graphics>`.
    #[element("graphics")]
    pub graphics: Vec<Graphics>,
    /// `<sound>`.
    #[element("sound")]
    pub sounds: Vec<Sound>,
    /// `<audio>`.
    #[element("audio")]
    pub audios: Vec<Audio>,
    /// `<video>`.
    #[element("video")]
    pub videos: Vec<Video>,
    /// `<hostdev>`.
    #[element("hostdev")]
    pub hostdevs: Vec<Hostdev>,
    /// `<redirdev>`.
    #[element("redirdev")]
    pub redirected_devices: Vec<RedirectedDevice>,
    /// `<redirfilter>`.
    #[element("redirfilter")]
    pub redirection_filter: Option<RedirectionFilter>,
    /// `<hub>`.
    #[element("hub")]
    pub hubs: Vec<Hub>,
    /// `<watchdog>`.
    #[element("watchdog")]
    pub watchdogs: Vec<Watchdog>,
    /// `<memballoon>`; there can be one.
    #[element("memballoon")]
    pub memory_balloons: Vec<MemoryBalloon>,
    /// `<rng>`.
    #[element("rng")]
    pub random_generators: Vec<RandomGenerator>,
    /// `<nvram>`.
    #[element("nvram", once = Malformed)]
    pub nvram: Option<Nvram>,
    /// `<panic>`.
    #[element("panic")]
    pub panics: Vec<Panic>,
    /// `<shmem>`.
    #[element("shmem")]
    pub shared_memories: Vec<SharedMemory>,
    /// `<memory>`.
    #[element("memory")]
    pub memory_devices: Vec<MemoryDevice>,
    /// `<iommu>`.
    #[element("iommu", once = Invalid)]
    pub iommu: Option<Iommu>,
    /// `<vsock>`; there can be one.
    #[element("vsock")]
    pub vsocks: Vec<Vsock>,
    /// `<crypto>`.
    #[element("crypto")]
    pub cryptos: Vec<Crypto>,
}
