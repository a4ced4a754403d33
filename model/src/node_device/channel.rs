//! The channel devices of IBM mainframes.

use super::mediated::MediatedCapability;
use super::number::BaseSixteen;
use crate::document::{Hexadecimal, mapped};

/// A place in the channel subsystem.
#[mapped]
pub struct ChannelAddress {
    /// The channel subsystem.
    #[element("cssid", error = Unsupported)]
    pub subsystem: Hexadecimal<1>,
    /// The subchannel set.
    #[element("ssid", error = Unsupported)]
    pub subchannel_set: Hexadecimal<1>,
    /// The device's number.
    #[element("devno", error = Unsupported)]
    pub device_number: BaseSixteen<4>,
}

/// A subchannel.
#[mapped]
pub struct CssDevice {
    /// The channel subsystem.
    #[element("cssid", error = Unsupported)]
    pub subsystem: Hexadecimal<1>,
    /// The subchannel set.
    #[element("ssid", error = Unsupported)]
    pub subchannel_set: Hexadecimal<1>,
    /// The subchannel's number.
    #[element("devno", error = Unsupported)]
    pub device_number: BaseSixteen<4>,
    /// The device behind it.
    #[element("channel_dev_addr")]
    pub device: Option<ChannelAddress>,
    /// What else it can do.
    #[element("capability")]
    pub capabilities: Vec<MediatedCapability>,
}
