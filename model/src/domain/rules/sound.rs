//! Sound cards and where their sound goes, whatever the hypervisor is.

use super::Fault;
use crate::document::{DocumentErrorKind, YesNo};
use crate::domain::devices::Devices;
use crate::domain::devices::audio::{Audio, AudioBackend, AudioSettings};
use crate::domain::devices::graphics::Graphics;
use crate::domain::devices::sound::SoundModel;
use std::collections::HashSet;

/// Completes each by itself.
pub(super) fn complete(devices: &mut Devices) -> Result<(), Fault> {
    for sound in &mut devices.sounds {
        if !matches!(sound.model, SoundModel::Ich6 | SoundModel::Ich9) {
            sound.codecs.clear();
        }
    }
    let mut seen = HashSet::new();
    for (index, audio) in devices.audios.iter_mut().enumerate() {
        complete_audio(audio);
        let place = format!("devices/audio[{}]", index + 1);
        check_audio(audio).map_err(|fault| fault.within(&place))?;
        if !seen.insert(audio.id) {
            let message = format!("another <audio> has the number {}", audio.id);
            return Err(invalid(&format!("{place}/@id"), &message));
        }
    }
    Ok(())
}

/// PulseAudio's delay of 0 is its own choice.
fn complete_audio(audio: &mut Audio) {
    let AudioBackend::PulseAudio(pulse) = &mut audio.backend else { return };
    for direction in [&mut pulse.input, &mut pulse.output].into_iter().flatten() {
        direction.latency = direction.latency.filter(|latency| *latency > 0);
    }
}

/// Refuses what plays to an `<audio>` that is not there.
pub(super) fn check_references(devices: &Devices) -> Result<(), Fault> {
    let there: HashSet<u32> = devices.audios.iter().map(|audio| audio.id).collect();
    let sounds = devices.sounds.iter().map(|sound| ("sound", sound.audio.as_ref()));
    let graphics = devices.graphics.iter().map(|graphics| match graphics {
        Graphics::Vnc(server) => ("graphics", server.audio.as_ref()),
        _ => ("graphics", None),
    });
    for (kind, reference) in sounds.chain(graphics) {
        let Some(reference) = reference else { continue };
        if reference.id == 0 || !there.contains(&reference.id) {
            let message = format!("there is no <audio> with the number {}", reference.id);
            return Err(invalid(&format!("devices/{kind}"), &message));
        }
    }
    Ok(())
}

fn invalid(path: &str, message: &str) -> Fault {
    Fault::new(DocumentErrorKind::Invalid, path, message)
}

fn check_audio(audio: &Audio) -> Result<(), Fault> {
    let mut numbers = vec![("@id", Some(audio.id)), ("@timerPeriod", audio.timer_period)];
    let mut directions = Vec::new();
    for (name, settings, buffers) in directions_of(&audio.backend) {
        let Some(settings) = settings else { continue };
        numbers.extend([(name, buffers), (name, settings.voices), (name, settings.buffer_length)]);
        if let Some(format) = &settings.settings {
            numbers.extend([(name, format.frequency), (name, format.channels)]);
        }
        directions.push((name, settings));
    }
    if let Some((path, _)) = numbers.iter().find(|(_, number)| *number == Some(0)) {
        return Err(invalid(path, "0 is no number here"));
    }
    if let AudioBackend::Oss(oss) = &audio.backend
        && oss.dsp_policy.is_some_and(|policy| policy < 0)
    {
        return Err(invalid("@dspPolicy", "the policy is a number from 0 on"));
    }
    directions.into_iter().try_for_each(|(name, settings)| check_settings(name, settings))
}

fn check_settings(name: &str, settings: &AudioSettings) -> Result<(), Fault> {
    let is_fixed = settings.fixed_settings == Some(YesNo::Yes);
    let message = if is_fixed && settings.mixing_engine != Some(YesNo::Yes) {
        "only where the hypervisor mixes can settings be fixed"
    } else if settings.settings.is_some() && !is_fixed {
        "settings that are not fixed are given"
    } else {
        return Ok(());
    };
    Err(Fault::new(DocumentErrorKind::Unsupported, name, message))
}

type Direction<'a> = (&'static str, Option<&'a AudioSettings>, Option<u32>);

/// The settings of each direction, with a number that only some systems have.
fn directions_of(backend: &AudioBackend) -> [Direction<'_>; 2] {
    macro_rules! directions {
        ($system:expr) => {
            [("input", $system.input.as_ref(), None), ("output", $system.output.as_ref(), None)]
        };
        ($system:expr, $number:ident) => {
            [("input", &$system.input), ("output", &$system.output)].map(|(name, direction)| {
                let number = direction.as_ref().and_then(|direction| direction.$number);
                (name, direction.as_ref().map(|direction| &direction.settings), number)
            })
        };
        ($system:expr, none $none:ident) => {
            [("input", &$system.input), ("output", &$system.output)].map(|(name, direction)| {
                (name, direction.as_ref().map(|direction| &direction.settings), None)
            })
        };
    }
    match backend {
        AudioBackend::None(system) | AudioBackend::Spice(system) | AudioBackend::Dbus(system) => {
            directions!(system)
        }
        AudioBackend::File(system) => directions!(system),
        AudioBackend::Alsa(system) => directions!(system, none settings),
        AudioBackend::CoreAudio(system) => directions!(system, buffer_count),
        AudioBackend::Jack(system) => directions!(system, none settings),
        AudioBackend::Oss(system) => directions!(system, buffer_count),
        AudioBackend::PulseAudio(system) => directions!(system, none settings),
        AudioBackend::Sdl(system) => directions!(system, buffer_count),
    }
}
