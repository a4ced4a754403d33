//! `<audio>`: where sound goes and comes from.

use crate::command::arguments::Arguments;
use crate::command::properties::Properties;
use crate::command::refusal::unsupported;
use omnivirt_core::Result;
use omnivirt_core::domain::YesNo;
use omnivirt_core::domain::devices::audio::{
    AudioAlsaSettings, AudioBackend, AudioBufferSettings, AudioJackSettings, AudioOssSettings,
    AudioPulseSettings, AudioSettings,
};
use serde_json::Value;

/// Adds the host's sides of sound.
pub(super) fn add(arguments: &mut Arguments<'_>) -> Result<()> {
    for audio in &arguments.domain.devices.audios {
        let device = Properties::default().with("id", format!("audio{}", audio.id));
        let period = audio.timer_period;
        let backend = backend(&audio.backend)?;
        arguments.json("-audiodev", device.and(backend).with_some("timer-period", period));
    }
    Ok(())
}

fn backend(backend: &AudioBackend) -> Result<Properties> {
    Ok(match backend {
        AudioBackend::None(plain) => {
            both("none", plain.input.as_ref().map(common), plain.output.as_ref().map(common))
        }
        AudioBackend::Spice(plain) => {
            both("spice", plain.input.as_ref().map(common), plain.output.as_ref().map(common))
        }
        AudioBackend::Dbus(plain) => {
            both("dbus", plain.input.as_ref().map(common), plain.output.as_ref().map(common))
        }
        AudioBackend::Alsa(alsa) => {
            both("alsa", alsa.input.as_ref().map(of_alsa), alsa.output.as_ref().map(of_alsa))
        }
        AudioBackend::CoreAudio(core) => {
            both("coreaudio", core.input.as_ref().map(of_buffers), core.output.as_ref().map(of_buffers))
        }
        AudioBackend::Sdl(sdl) => {
            both("sdl", sdl.input.as_ref().map(of_buffers), sdl.output.as_ref().map(of_buffers))
        }
        AudioBackend::Jack(jack) => {
            both("jack", jack.input.as_ref().map(of_jack), jack.output.as_ref().map(of_jack))
        }
        AudioBackend::Oss(oss) => {
            both("oss", oss.input.as_ref().map(of_oss), oss.output.as_ref().map(of_oss))
                .with_some("try-mmap", oss.try_map.map(is_yes))
                .with_some("exclusive", oss.exclusive.map(is_yes))
                .with_some("dsp-policy", oss.dsp_policy)
        }
        AudioBackend::PulseAudio(pulse) => {
            both("pa", pulse.input.as_ref().map(of_pulse), pulse.output.as_ref().map(of_pulse))
                .with_some("server", pulse.server_name.as_deref())
        }
        AudioBackend::File(file) => {
            both("wav", file.input.as_ref().map(common), file.output.as_ref().map(common))
                .with_some("path", file.path.as_deref())
        }
        _ => return Err(unsupported("audio", "QEMU does not know this kind of sound")),
    })
}

/// A backend with what is set for its two directions.
fn both(driver: &str, input: Option<Properties>, output: Option<Properties>) -> Properties {
    let value =
        |settings: Option<Properties>| settings.filter(|one| *one != Properties::default()).map(Value::from);
    Properties::driver(driver).with_some("in", value(input)).with_some("out", value(output))
}

fn common(settings: &AudioSettings) -> Properties {
    let format = settings.settings.as_ref();
    Properties::default()
        .with_some("mixing-engine", settings.mixing_engine.map(is_yes))
        .with_some("fixed-settings", settings.fixed_settings.map(is_yes))
        .with_some("voices", settings.voices)
        .with_some("buffer-length", settings.buffer_length)
        .with_some("frequency", format.and_then(|format| format.frequency))
        .with_some("channels", format.and_then(|format| format.channels))
        .with_some("format", format.and_then(|format| format.format).map(|format| format.as_str()))
}

fn of_alsa(alsa: &AudioAlsaSettings) -> Properties {
    common(&alsa.settings).with_some("dev", alsa.device.as_deref())
}

fn of_buffers(buffers: &AudioBufferSettings) -> Properties {
    common(&buffers.settings).with_some("buffer-count", buffers.buffer_count)
}

fn of_jack(jack: &AudioJackSettings) -> Properties {
    common(&jack.settings)
        .with_some("server-name", jack.server_name.as_deref())
        .with_some("client-name", jack.client_name.as_deref())
        .with_some("connect-ports", jack.connect_ports.as_deref())
        .with_some("exact-name", jack.exact_name.map(is_yes))
}

fn of_oss(oss: &AudioOssSettings) -> Properties {
    common(&oss.settings)
        .with_some("dev", oss.device.as_deref())
        .with_some("buffer-count", oss.buffer_count)
        .with_some("try-poll", oss.try_poll.map(is_yes))
}

fn of_pulse(pulse: &AudioPulseSettings) -> Properties {
    common(&pulse.settings)
        .with_some("name", pulse.name.as_deref())
        .with_some("stream-name", pulse.stream_name.as_deref())
        .with_some("latency", pulse.latency)
}

fn is_yes(answer: YesNo) -> bool {
    answer == YesNo::Yes
}
