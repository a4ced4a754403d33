//! A keyboard, a mouse or the like.

use super::info::DeviceInfo;
use super::virtio_options::{VirtioModel, VirtioOptions};
use crate::document::text::words;
use crate::document::{OnOff, mapped};

/// A keyboard, a mouse or the like.
#[mapped]
pub struct Input {
    /// What it is.
    #[attribute("type", missing = Malformed)]
    pub input_type: InputType,
    /// The bus it is on; absent for the hypervisor's choice.
    #[attribute("bus")]
    pub bus: Option<InputBus>,
    /// Which virtio device it is; absent for the usual one.
    #[attribute("model")]
    pub model: Option<VirtioModel>,
    /// What it asks of the path to the host.
    #[element("driver")]
    pub driver: Option<VirtioOptions>,
    /// The device of the host that it passes on.
    #[element("source")]
    pub source: Option<InputSource>,
    /// What every device has.
    #[flatten]
    pub info: DeviceInfo,
}

/// An input device of the host.
#[mapped]
pub struct InputSource {
    /// Of a device that is passed through: its path.
    #[attribute("evdev")]
    pub passed_through: Option<String>,
    /// Of a device whose events are read: its path.
    #[attribute("dev")]
    pub device: Option<String>,
    /// What is grabbed with it.
    #[attribute("grab")]
    pub grab: Option<InputGrab>,
    /// The keys that give it to the guest and take it back.
    #[attribute("grabToggle")]
    pub grab_toggle: Option<InputGrabToggle>,
    /// Whether a key that is held down repeats.
    #[attribute("repeat")]
    pub repeat: Option<OnOff>,
}

words! {
    /// What an input device is.
    pub enum InputType("type of an input device", Unsupported) {
        /// A mouse.
        Mouse = "mouse",
        /// A tablet, which tells absolute places.
        Tablet = "tablet",
        /// A keyboard.
        Keyboard = "keyboard",
        /// Whatever the host's device is.
        Passthrough = "passthrough",
        /// Whatever events the host's device has.
        Evdev = "evdev",
    }
}

words! {
    /// The bus of an input device.
    pub enum InputBus("bus of an input device", Unsupported) {
        /// The PC's own ports.
        Ps2 = "ps2",
        /// USB.
        Usb = "usb",
        /// Xen's.
        Xen = "xen",
        /// That of Parallels.
        Parallels = "parallels",
        /// virtio.
        Virtio = "virtio",
        /// None.
        None = "none",
    }
}

words! {
    /// What is grabbed with an input device.
    pub enum InputGrab("grab", Invalid) {
        /// All input devices.
        All = "all",
    }
}

words! {
    /// The keys that give an input device to the guest and take it back.
    pub enum InputGrabToggle("grab toggle", Invalid) {
        /// Both control keys.
        Ctrl = "ctrl-ctrl",
        /// Both alt keys.
        Alt = "alt-alt",
        /// Both shift keys.
        Shift = "shift-shift",
        /// Both meta keys.
        Meta = "meta-meta",
        /// The scroll lock key.
        ScrollLock = "scrolllock",
        /// The control and the scroll lock key.
        CtrlScrollLock = "ctrl-scrolllock",
    }
}
