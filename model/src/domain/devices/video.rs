//! A graphics card.

use super::info::DeviceInfo;
use super::virtio_options::VirtioOptions;
use crate::document::text::words;
use crate::document::{YesNo, mapped};

/// A graphics card.
#[mapped]
pub struct Video {
    /// How the hypervisor runs it.
    #[element("driver")]
    pub driver: Option<VideoDriver>,
    /// Which card; absent for the hypervisor's choice.
    #[element("model")]
    pub model: Option<VideoModel>,
    /// What every device has.
    #[flatten]
    pub info: DeviceInfo,
}

/// How the hypervisor runs a graphics card.
#[mapped(omit_empty)]
pub struct VideoDriver {
    /// What a virtio device asks of the path to the host.
    #[flatten]
    pub virtio: VirtioOptions,
    /// Which program is behind it.
    #[attribute("name", error = Invalid)]
    pub name: Option<VideoBackend>,
    /// What bhyve does with its VGA part.
    #[attribute("vgaconf", lenient)]
    pub vga: Option<VgaConfig>,
}

/// Which graphics card.
#[mapped(collected)]
pub struct VideoModel {
    /// Its kind; absent for the hypervisor's choice.
    #[attribute("type", empty)]
    pub model_type: Option<VideoModelType>,
    /// KiB of the primary memory of QXL.
    #[attribute("ram", error = Invalid)]
    pub ram: Option<u32>,
    /// KiB of video memory.
    #[attribute("vram", error = Invalid)]
    pub vram: Option<u32>,
    /// KiB of QXL's memory with 64-bit addresses.
    #[attribute("vram64", error = Invalid)]
    pub vram64: Option<u32>,
    /// KiB of QXL's VGA memory.
    #[attribute("vgamem", error = Invalid)]
    pub vga_memory: Option<u32>,
    /// How many screens it has; absent for one.
    #[attribute("heads", error = Malformed)]
    pub heads: Option<u32>,
    /// Whether it is the one that the guest boots with.
    #[attribute("primary", lenient)]
    pub primary: Option<YesNo>,
    /// What the host's card helps with.
    #[element("acceleration")]
    pub acceleration: Option<VideoAcceleration>,
    /// The first screen.
    #[element("resolution")]
    pub resolution: Option<VideoResolution>,
}

/// What the host's graphics card helps with.
#[mapped]
pub struct VideoAcceleration {
    /// Flat drawing.
    #[attribute("accel2d")]
    pub two_dimensions: Option<YesNo>,
    /// Drawing in space.
    #[attribute("accel3d")]
    pub three_dimensions: Option<YesNo>,
    /// The host's card.
    #[attribute("rendernode")]
    pub render_node: Option<String>,
}

/// The size of a screen.
#[mapped]
pub struct VideoResolution {
    /// Points in a line.
    #[attribute("x")]
    pub width: u32,
    /// Lines.
    #[attribute("y")]
    pub height: u32,
}

words! {
    /// The kind of a graphics card.
    pub enum VideoModelType("video model", Unsupported) {
        /// The hypervisor's choice.
        Default = "default",
        /// Standard VGA.
        Vga = "vga",
        /// Cirrus Logic.
        Cirrus = "cirrus",
        /// VMware's.
        Vmvga = "vmvga",
        /// Xen's.
        Xen = "xen",
        /// VirtualBox's.
        Vbox = "vbox",
        /// QXL.
        Qxl = "qxl",
        /// That of Parallels.
        Parallels = "parallels",
        /// virtio.
        Virtio = "virtio",
        /// The firmware's frame buffer.
        Gop = "gop",
        /// None.
        None = "none",
        /// That of Bochs.
        Bochs = "bochs",
        /// A frame buffer in memory.
        Ramfb = "ramfb",
    }
}

words! {
    /// Which program is behind a graphics card.
    pub enum VideoBackend("video backend", Invalid) {
        /// The hypervisor.
        Qemu = "qemu",
        /// One of its own.
        VhostUser = "vhostuser",
    }
}

words! {
    /// What bhyve does with the VGA part of a card.
    pub enum VgaConfig("VGA configuration", Invalid) {
        /// Only its ports.
        Io = "io",
        /// All of it.
        On = "on",
        /// Nothing.
        Off = "off",
    }
}
