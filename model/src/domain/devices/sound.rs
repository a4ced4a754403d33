//! A sound card.

use super::info::DeviceInfo;
use crate::document::mapped;
use crate::document::text::words;

/// A sound card.
#[mapped]
pub struct Sound {
    /// Which card.
    #[attribute("model")]
    pub model: SoundModel,
    /// What else is on an Intel card.
    #[element("codec")]
    pub codecs: Vec<SoundCodec>,
    /// Where its sound goes; absent for the first.
    #[element("audio")]
    pub audio: Option<AudioReference>,
    /// What every device has.
    #[flatten]
    pub info: DeviceInfo,
}

/// A chip on a sound card.
#[mapped]
pub struct SoundCodec {
    /// Which.
    #[attribute("type", missing = Unsupported)]
    pub codec_type: SoundCodecType,
}

/// Where sound goes.
#[mapped]
pub struct AudioReference {
    /// The number of the `<audio>`.
    #[attribute("id")]
    pub id: u32,
}

words! {
    /// A sound card.
    pub enum SoundModel("sound card", Invalid) {
        /// Sound Blaster 16.
        Sb16 = "sb16",
        /// Ensoniq AudioPCI.
        Es1370 = "es1370",
        /// The PC's speaker.
        PcSpeaker = "pcspk",
        /// Intel AC'97.
        Ac97 = "ac97",
        /// Intel HD Audio of ICH6.
        Ich6 = "ich6",
        /// Intel HD Audio of ICH9.
        Ich9 = "ich9",
        /// A USB card.
        Usb = "usb",
        /// Intel HD Audio of ICH7.
        Ich7 = "ich7",
    }
}

words! {
    /// A chip on a sound card.
    pub enum SoundCodecType("codec", Unsupported) {
        /// For both directions.
        Duplex = "duplex",
        /// For both directions, with a microphone.
        Micro = "micro",
        /// For output.
        Output = "output",
    }
}
