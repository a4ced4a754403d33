//! `<video>`.

use crate::command::address::{alias, placed, virtio, virtio_options};
use crate::command::arguments::Arguments;
use crate::command::properties::Properties;
use crate::command::refusal::unsupported;
use omnivirt_core::Result;
use omnivirt_core::domain::YesNo;
use omnivirt_core::domain::devices::Video;
use omnivirt_core::domain::devices::video::{VideoBackend, VideoModel, VideoModelType};

/// Adds the video cards; the first is the one that the firmware uses.
pub(super) fn add(arguments: &mut Arguments<'_>) -> Result<()> {
    for (index, video) in arguments.domain.devices.videos.iter().enumerate() {
        let Some(model) = &video.model else { continue };
        if model.model_type == Some(VideoModelType::None) {
            continue;
        }
        let is_primary = index == 0 || model.primary == Some(YesNo::Yes);
        add_one(arguments, video, model, is_primary)?;
    }
    Ok(())
}

fn add_one(arguments: &mut Arguments<'_>, video: &Video, model: &VideoModel, is_primary: bool) -> Result<()> {
    let name = alias(&video.info, "video")?;
    let driver = video.driver.as_ref();
    if driver.and_then(|driver| driver.name) == Some(VideoBackend::VhostUser) {
        return Err(unsupported(
            "video/driver",
            "video cards in a process of their own cannot be started yet",
        ));
    }
    let device = Properties::driver(driver_name(arguments, video, model, is_primary)?)
        .and(virtio_options(driver.map(|driver| &driver.virtio)))
        .with("id", name)
        .and(memory(model))
        .and(resolution(model))
        .and(placed(arguments.domain, &video.info)?);
    arguments.device(name, device);
    Ok(())
}

fn driver_name(
    arguments: &Arguments<'_>,
    video: &Video,
    model: &VideoModel,
    is_primary: bool,
) -> Result<String> {
    let accelerated = model.acceleration.as_ref().and_then(|acceleration| acceleration.three_dimensions);
    Ok(match model.model_type {
        Some(VideoModelType::Vga) if is_primary => "VGA".into(),
        Some(VideoModelType::Vga) => "secondary-vga".into(),
        Some(VideoModelType::Cirrus) => "cirrus-vga".into(),
        Some(VideoModelType::Vmvga) => "vmware-svga".into(),
        Some(VideoModelType::Qxl) if is_primary => "qxl-vga".into(),
        Some(VideoModelType::Qxl) => "qxl".into(),
        Some(VideoModelType::Bochs) => "bochs-display".into(),
        Some(VideoModelType::Ramfb) => "ramfb".into(),
        Some(VideoModelType::Virtio) => {
            let with_vga = is_primary && arguments.machine.architecture.is_x86();
            let gl = if accelerated == Some(YesNo::Yes) { "-gl" } else { "" };
            if with_vga {
                format!("virtio-vga{gl}")
            } else {
                virtio(&format!("virtio-gpu{gl}"), &video.info, None)?
            }
        }
        Some(other) => return Err(unsupported("video/model", format!("QEMU has no video card '{other}'"))),
        None => return Err(unsupported("video/model", "it is not said which model it is")),
    })
}

/// How much memory the card has, in the units that each asks for.
fn memory(model: &VideoModel) -> Properties {
    let bytes = |kib: Option<u32>| kib.map(|kib| u64::from(kib) << 10);
    let mebibytes = |kib: Option<u32>| kib.map(|kib| kib.div_ceil(1024));
    let properties = Properties::default();
    match model.model_type {
        Some(VideoModelType::Qxl) => properties
            .with_some("max_outputs", model.heads)
            .with_some("ram_size", bytes(model.ram))
            .with_some("vram_size", bytes(model.vram))
            .with("vram64_size_mb", mebibytes(model.vram64).unwrap_or(0))
            .with_some("vgamem_mb", mebibytes(model.vga_memory)),
        Some(VideoModelType::Virtio) => properties.with_some("max_outputs", model.heads),
        Some(VideoModelType::Vga | VideoModelType::Vmvga) => {
            properties.with_some("vgamem_mb", mebibytes(model.vram))
        }
        Some(VideoModelType::Bochs) => properties.with_some("vgamem", bytes(model.vram)),
        _ => properties,
    }
}

fn resolution(model: &VideoModel) -> Properties {
    let Some(resolution) = &model.resolution else { return Properties::default() };
    Properties::default().with("xres", resolution.width).with("yres", resolution.height)
}
