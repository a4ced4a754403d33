//! `<sound>`.

use crate::command::address::{alias, placed};
use crate::command::arguments::Arguments;
use crate::command::properties::Properties;
use crate::command::refusal::unsupported;
use omnivirt_core::Result;
use omnivirt_core::domain::devices::Sound;
use omnivirt_core::domain::devices::sound::{SoundCodecType, SoundModel};

/// Adds the sound cards and their codecs.
pub(super) fn add(arguments: &mut Arguments<'_>) -> Result<()> {
    for sound in &arguments.domain.devices.sounds {
        let name = alias(&sound.info, "sound")?;
        let driver = match sound.model {
            SoundModel::Sb16 => "sb16",
            SoundModel::Es1370 => "ES1370",
            SoundModel::Ac97 => "AC97",
            SoundModel::Ich6 => "intel-hda",
            SoundModel::Ich9 => "ich9-intel-hda",
            SoundModel::Usb => "usb-audio",
            SoundModel::PcSpeaker => {
                let audio = audio_of(sound);
                arguments.option("-machine", format!("pcspk-audiodev={audio}"));
                continue;
            }
            other => return Err(unsupported("sound", format!("QEMU has no sound card '{other}'"))),
        };
        let has_codecs = matches!(sound.model, SoundModel::Ich6 | SoundModel::Ich9);
        let device = Properties::driver(driver)
            .with("id", name)
            .with_some("audiodev", (!has_codecs).then(|| audio_of(sound)))
            .and(placed(arguments.domain, &sound.info)?);
        arguments.device(name, device);
        if has_codecs {
            add_codecs(arguments, sound, name)?;
        }
    }
    Ok(())
}

fn add_codecs(arguments: &mut Arguments<'_>, sound: &Sound, card: &str) -> Result<()> {
    let given: Vec<_> = sound.codecs.iter().map(|codec| codec.codec_type).collect();
    let codecs = if given.is_empty() { vec![SoundCodecType::Duplex] } else { given };
    for (number, codec) in codecs.into_iter().enumerate() {
        let driver = match codec {
            SoundCodecType::Duplex => "hda-duplex",
            SoundCodecType::Micro => "hda-micro",
            SoundCodecType::Output => "hda-output",
            other => return Err(unsupported("sound/codec", format!("QEMU has no codec '{other}'"))),
        };
        let name = format!("{card}-codec{number}");
        let device = Properties::driver(driver)
            .with("id", name.as_str())
            .with("bus", format!("{card}.0"))
            .with("cad", number)
            .with("audiodev", audio_of(sound));
        arguments.device(&name, device);
    }
    Ok(())
}

fn audio_of(sound: &Sound) -> String {
    format!("audio{}", sound.audio.as_ref().map_or(1, |audio| audio.id))
}
