//! Graphical consoles, what draws on them, and sound.

use super::builder::{Builder, List, Properties, unsupported};
use omnivirt_core::Result;
use omnivirt_core::document::TextValue;
use omnivirt_core::domain::YesNo;
use omnivirt_core::domain::devices::audio::AudioBackend;
use omnivirt_core::domain::devices::graphics::{Graphics, GraphicsListen, VncGraphics};
use omnivirt_core::domain::devices::sound::{SoundCodecType, SoundModel};
use omnivirt_core::domain::devices::video::VideoModelType;
use omnivirt_core::domain::devices::{Sound, Video};
use omnivirt_core::domain::rules::qemu::MachineFamily;

pub(super) fn write(builder: &mut Builder<'_>) -> Result<()> {
    let devices = &builder.domain.devices;
    for audio in &devices.audios {
        let driver = match &audio.backend {
            AudioBackend::None(_) => "none",
            AudioBackend::Spice(_) => "spice",
            _ => return Err(unsupported("an <audio> of that type yet")),
        };
        builder.json(
            "-audiodev",
            Properties::of(driver)
                .with("id", format!("audio{}", audio.id))
                .maybe("timer-period", audio.timer_period),
        );
    }
    for graphics in &devices.graphics {
        match graphics {
            Graphics::Vnc(vnc) => write_vnc(builder, vnc)?,
            Graphics::Spice(_) => return Err(unsupported("<graphics type='spice'> yet")),
            _ => return Err(unsupported("<graphics> of that type")),
        }
    }
    let is_first = |place: usize| place == 0;
    for (place, video) in devices.videos.iter().enumerate() {
        write_video(builder, video, is_first(place))?;
    }
    devices.sounds.iter().try_for_each(|sound| write_sound(builder, sound))
}

fn write_vnc(builder: &mut Builder<'_>, vnc: &VncGraphics) -> Result<()> {
    let socket = match vnc.listens.first() {
        Some(GraphicsListen::Socket(listen)) => Some(listen.socket.clone()),
        _ => vnc.socket.clone().map(Some),
    };
    let mut list = match (socket, vnc.listens.first()) {
        (Some(path), _) => {
            let path =
                path.unwrap_or_else(|| builder.context.directory.join("vnc.sock").display().to_string());
            List::of(format!("unix:{path}"))
        }
        (None, Some(GraphicsListen::None)) => List::of("none"),
        (None, listen) => {
            let address = match listen {
                Some(GraphicsListen::Address(address)) => address.address.clone(),
                _ => vnc.listen.clone(),
            };
            let address = address.unwrap_or_else(|| "127.0.0.1".to_owned());
            let address = if address.contains(':') { format!("[{address}]") } else { address };
            match vnc.port.filter(|port| *port >= FIRST_PORT) {
                Some(port) => List::of(format!("{address}:{}", port - FIRST_PORT)),
                // QEMU takes the first that is free.
                None => List::of(format!("{address}:0")).with("to", MOST_DISPLAYS),
            }
        }
    };
    if vnc.password.is_some() {
        list = list.with("password", "on");
    }
    list = list
        .maybe("share", vnc.share_policy.map(|policy| policy.to_text().into_owned()))
        .maybe("power-control", vnc.power_control.map(|power| if power == YesNo::Yes { "on" } else { "off" }))
        .maybe(
            "websocket",
            vnc.websocket.map(|port| if port < 0 { "on".to_owned() } else { port.to_string() }),
        );
    let audio = vnc.audio.as_ref().map(|audio| audio.id);
    let audio = audio.or_else(|| builder.domain.devices.audios.first().map(|audio| audio.id));
    builder.list("-vnc", list.maybe("audiodev", audio.map(|id| format!("audio{id}"))));
    if let Some(keymap) = &vnc.keymap {
        builder.option("-k", keymap.clone());
    }
    Ok(())
}

/// The port of the display 0.
const FIRST_PORT: i32 = 5900;
/// How many displays are looked at for a free one.
const MOST_DISPLAYS: u32 = 9999;

fn write_video(builder: &mut Builder<'_>, video: &Video, is_first: bool) -> Result<()> {
    let Some(model) = &video.model else { return Err(unsupported("a <video> without a model")) };
    let sort = model.model_type.unwrap_or(VideoModelType::Default);
    let is_primary = model.primary != Some(YesNo::No) && is_first;
    let name = match sort {
        VideoModelType::None => return Ok(()),
        VideoModelType::Vga => if is_primary { "VGA" } else { "secondary-vga" }.to_owned(),
        VideoModelType::Cirrus => "cirrus-vga".to_owned(),
        VideoModelType::Vmvga => "vmware-svga".to_owned(),
        VideoModelType::Qxl => if is_primary { "qxl-vga" } else { "qxl" }.to_owned(),
        VideoModelType::Bochs => "bochs-display".to_owned(),
        VideoModelType::Ramfb => "ramfb".to_owned(),
        VideoModelType::Virtio => {
            let is_accelerated = model
                .acceleration
                .as_ref()
                .is_some_and(|acceleration| acceleration.three_dimensions == Some(YesNo::Yes));
            let has_vga = is_primary && builder.machine.architecture.is_x86() && builder.machine.has_pci();
            let name = if has_vga { "virtio-vga".to_owned() } else { builder.virtio("gpu", &video.info) };
            if is_accelerated {
                name.replace("virtio-vga", "virtio-vga-gl").replace("virtio-gpu-", "virtio-gpu-gl-")
            } else {
                name
            }
        }
        other => return Err(unsupported(format!("a <video> of the model {}", other.to_text()))),
    };
    let mut properties = Properties::of(name).with("id", builder.id(&video.info)?);
    properties = match sort {
        VideoModelType::Vga | VideoModelType::Vmvga => {
            properties.maybe("vgamem_mb", model.vram.map(|kib| kib / 1024))
        }
        VideoModelType::Bochs => properties.maybe("vgamem", model.vram.map(|kib| u64::from(kib) * 1024)),
        VideoModelType::Qxl => properties
            .maybe("max_outputs", model.heads)
            .maybe("ram_size", model.ram.map(|kib| u64::from(kib) * 1024))
            .maybe("vram_size", model.vram.map(|kib| u64::from(kib) * 1024))
            .maybe("vram64_size_mb", model.vram64.map(|kib| kib / 1024))
            .maybe("vgamem_mb", model.vga_memory.map(|kib| kib / 1024)),
        VideoModelType::Virtio => properties.maybe("max_outputs", model.heads),
        _ => properties,
    };
    if let Some(resolution) = &model.resolution {
        properties = properties.with("xres", resolution.width).with("yres", resolution.height);
    }
    let properties = builder.placed(properties, &video.info)?;
    builder.device(properties)
}

fn write_sound(builder: &mut Builder<'_>, sound: &Sound) -> Result<()> {
    let id = builder.id(&sound.info)?;
    let audio = sound.audio.as_ref().map(|audio| audio.id);
    let audio = audio
        .or_else(|| builder.domain.devices.audios.first().map(|audio| audio.id))
        .map(|id| format!("audio{id}"));
    let (device, has_codecs) = match sound.model {
        SoundModel::Sb16 => ("sb16", false),
        SoundModel::Es1370 => ("ES1370", false),
        SoundModel::Ac97 => ("AC97", false),
        SoundModel::Usb => ("usb-audio", false),
        SoundModel::Ich6 => ("intel-hda", true),
        SoundModel::Ich9 => ("ich9-intel-hda", true),
        SoundModel::PcSpeaker if builder.machine.family != MachineFamily::Microvm => {
            builder.option("-machine", format!("pcspk-audiodev={}", audio.unwrap_or_default()));
            return Ok(());
        }
        other => return Err(unsupported(format!("a <sound> of the model {}", other.to_text()))),
    };
    let properties = Properties::of(device).with("id", id);
    let properties = if has_codecs { properties } else { properties.maybe("audiodev", audio.clone()) };
    let properties = builder.placed(properties, &sound.info)?;
    builder.device(properties)?;
    if !has_codecs {
        return Ok(());
    }
    let duplex = [SoundCodecType::Duplex];
    let codecs: Vec<SoundCodecType> = sound.codecs.iter().map(|codec| codec.codec_type).collect();
    let codecs = if codecs.is_empty() { &duplex[..] } else { &codecs[..] };
    for (place, codec) in codecs.iter().enumerate() {
        builder.device(
            Properties::of(format!("hda-{}", codec.to_text()))
                .with("id", format!("{id}-codec{place}"))
                .with("bus", format!("{id}.0"))
                .with("cad", place)
                .maybe("audiodev", audio.clone()),
        )?;
    }
    Ok(())
}
