//! Where sound goes on the host.

use crate::document::YesNo;
use crate::document::mapped;
use crate::document::text::words;

/// Where sound goes on the host.
#[mapped]
pub struct Audio {
    /// Its number.
    #[attribute("id")]
    pub id: u32,
    /// The system that plays and records.
    #[flatten]
    pub backend: AudioBackend,
    /// Microseconds between two looks for work.
    #[attribute("timerPeriod")]
    pub timer_period: Option<u32>,
}

/// The system that plays and records.
#[mapped(tag = "type", error = Invalid, missing = Invalid)]
pub enum AudioBackend {
    /// None.
    #[value("none")]
    None(AudioPlain),
    /// ALSA.
    #[value("alsa")]
    Alsa(AudioAlsa),
    /// CoreAudio.
    #[value("coreaudio")]
    CoreAudio(AudioCore),
    /// JACK.
    #[value("jack")]
    Jack(AudioJack),
    /// OSS.
    #[value("oss")]
    Oss(AudioOss),
    /// PulseAudio.
    #[value("pulseaudio")]
    PulseAudio(AudioPulse),
    /// SDL.
    #[value("sdl")]
    Sdl(AudioSdl),
    /// The viewer of a SPICE session.
    #[value("spice")]
    Spice(AudioPlain),
    /// A file.
    #[value("file")]
    File(AudioFile),
    /// D-Bus.
    #[value("dbus")]
    Dbus(AudioPlain),
}

impl Default for AudioBackend {
    fn default() -> Self {
        Self::None(AudioPlain::default())
    }
}

/// A system without options of its own.
#[mapped]
pub struct AudioPlain {
    /// For recording.
    #[element("input")]
    pub input: Option<AudioSettings>,
    /// For playing.
    #[element("output")]
    pub output: Option<AudioSettings>,
}

/// What every system has in each direction.
#[mapped(omit_empty)]
pub struct AudioSettings {
    /// Whether the hypervisor mixes.
    #[attribute("mixingEngine")]
    pub mixing_engine: Option<YesNo>,
    /// Whether the settings are kept whatever the guest wants.
    #[attribute("fixedSettings")]
    pub fixed_settings: Option<YesNo>,
    /// How many voices there are.
    #[attribute("voices")]
    pub voices: Option<u32>,
    /// The length of the buffer in microseconds.
    #[attribute("bufferLength")]
    pub buffer_length: Option<u32>,
    /// The settings.
    #[element("settings")]
    pub settings: Option<AudioFormat>,
}

/// How sound is coded.
#[mapped]
pub struct AudioFormat {
    /// Samples a second.
    #[attribute("frequency")]
    pub frequency: Option<u32>,
    /// Channels, such as 2 for stereo.
    #[attribute("channels")]
    pub channels: Option<u32>,
    /// A sample.
    #[attribute("format")]
    pub format: Option<AudioSample>,
}

/// ALSA.
#[mapped]
pub struct AudioAlsa {
    /// For recording.
    #[element("input")]
    pub input: Option<AudioAlsaSettings>,
    /// For playing.
    #[element("output")]
    pub output: Option<AudioAlsaSettings>,
}

/// ALSA in one direction.
#[mapped(omit_empty)]
pub struct AudioAlsaSettings {
    /// What every system has.
    #[flatten]
    pub settings: AudioSettings,
    /// The device.
    #[attribute("dev", kept)]
    pub device: Option<String>,
}

/// CoreAudio.
#[mapped]
pub struct AudioCore {
    /// For recording.
    #[element("input")]
    pub input: Option<AudioBufferSettings>,
    /// For playing.
    #[element("output")]
    pub output: Option<AudioBufferSettings>,
}

/// A system with a number of buffers in one direction.
#[mapped(omit_empty)]
pub struct AudioBufferSettings {
    /// What every system has.
    #[flatten]
    pub settings: AudioSettings,
    /// How many buffers there are.
    #[attribute("bufferCount")]
    pub buffer_count: Option<u32>,
}

/// JACK.
#[mapped]
pub struct AudioJack {
    /// For recording.
    #[element("input")]
    pub input: Option<AudioJackSettings>,
    /// For playing.
    #[element("output")]
    pub output: Option<AudioJackSettings>,
}

/// JACK in one direction.
#[mapped(omit_empty)]
pub struct AudioJackSettings {
    /// What every system has.
    #[flatten]
    pub settings: AudioSettings,
    /// The server.
    #[attribute("serverName", kept)]
    pub server_name: Option<String>,
    /// What the server calls the guest.
    #[attribute("clientName")]
    pub client_name: Option<String>,
    /// The ports to connect with.
    #[attribute("connectPorts")]
    pub connect_ports: Option<String>,
    /// Whether the name must be free.
    #[attribute("exactName")]
    pub exact_name: Option<YesNo>,
}

/// OSS.
#[mapped]
pub struct AudioOss {
    /// Whether memory is mapped where that is possible.
    #[attribute("tryMMap")]
    pub try_map: Option<YesNo>,
    /// Whether no other program may use the device.
    #[attribute("exclusive")]
    pub exclusive: Option<YesNo>,
    /// What matters more, delay (small) or smoothness (large).
    #[attribute("dspPolicy")]
    pub dsp_policy: Option<i32>,
    /// For recording.
    #[element("input")]
    pub input: Option<AudioOssSettings>,
    /// For playing.
    #[element("output")]
    pub output: Option<AudioOssSettings>,
}

/// OSS in one direction.
#[mapped(omit_empty)]
pub struct AudioOssSettings {
    /// What every system has.
    #[flatten]
    pub settings: AudioSettings,
    /// The device.
    #[attribute("dev", kept)]
    pub device: Option<String>,
    /// How many buffers there are.
    #[attribute("bufferCount")]
    pub buffer_count: Option<u32>,
    /// Whether the device is polled where that is possible.
    #[attribute("tryPoll")]
    pub try_poll: Option<YesNo>,
}

/// PulseAudio.
#[mapped]
pub struct AudioPulse {
    /// The server.
    #[attribute("serverName", kept)]
    pub server_name: Option<String>,
    /// For recording.
    #[element("input")]
    pub input: Option<AudioPulseSettings>,
    /// For playing.
    #[element("output")]
    pub output: Option<AudioPulseSettings>,
}

/// PulseAudio in one direction.
#[mapped(omit_empty)]
pub struct AudioPulseSettings {
    /// What every system has.
    #[flatten]
    pub settings: AudioSettings,
    /// The sink or the source.
    #[attribute("name", kept)]
    pub name: Option<String>,
    /// What the server calls the stream.
    #[attribute("streamName")]
    pub stream_name: Option<String>,
    /// The wanted delay in microseconds.
    #[attribute("latency")]
    pub latency: Option<u32>,
}

/// SDL.
#[mapped]
pub struct AudioSdl {
    /// What SDL uses.
    #[attribute("driver")]
    pub driver: Option<AudioSdlDriver>,
    /// For recording.
    #[element("input")]
    pub input: Option<AudioBufferSettings>,
    /// For playing.
    #[element("output")]
    pub output: Option<AudioBufferSettings>,
}

/// A file.
#[mapped]
pub struct AudioFile {
    /// The file.
    #[attribute("path", kept)]
    pub path: Option<String>,
    /// For recording.
    #[element("input")]
    pub input: Option<AudioSettings>,
    /// For playing.
    #[element("output")]
    pub output: Option<AudioSettings>,
}

words! {
    /// What SDL uses.
    pub enum AudioSdlDriver("driver of SDL", Invalid) {
        /// The Enlightened Sound Daemon.
        Esd = "esd",
        /// ALSA.
        Alsa = "alsa",
        /// aRts.
        Arts = "arts",
        /// PulseAudio.
        PulseAudio = "pulseaudio",
    }
}

words! {
    /// A sample of sound.
    pub enum AudioSample("format of samples", Invalid) {
        /// 8 bits, signed.
        S8 = "s8",
        /// 8 bits, unsigned.
        U8 = "u8",
        /// 16 bits, signed.
        S16 = "s16",
        /// 16 bits, unsigned.
        U16 = "u16",
        /// 32 bits, signed.
        S32 = "s32",
        /// 32 bits, unsigned.
        U32 = "u32",
        /// 32 bits, floating point.
        F32 = "f32",
    }
}
