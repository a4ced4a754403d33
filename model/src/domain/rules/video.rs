//! Graphics cards, whatever the hypervisor is.

use super::Fault;
use crate::document::{DocumentErrorKind, YesNo};
use crate::domain::devices::video::{Video, VideoBackend, VideoDriver, VideoModel, VideoModelType};
use crate::domain::devices::{Devices, VirtioOptions};

/// Completes what can be without knowing the hypervisor's own choice of a card.
pub(super) fn prepare(devices: &mut Devices) -> Result<(), Fault> {
    for (index, video) in devices.videos.iter_mut().enumerate() {
        let place = format!("devices/video[{}]", index + 1);
        prepare_one(video).map_err(|fault| fault.within(&place))?;
    }
    order(devices)
}

/// Where there are graphics, there is a graphics card.
pub(super) fn add(devices: &mut Devices) {
    if !devices.graphics.is_empty() && devices.videos.is_empty() {
        let model = VideoModel { primary: Some(YesNo::Yes), heads: Some(1), ..VideoModel::default() };
        devices.videos.push(Video { model: Some(model), ..Video::default() });
    }
}

/// Fills in what depends on the card.
pub(super) fn complete(devices: &mut Devices, default: VideoModelType) {
    for video in &mut devices.videos {
        let model = video.model.get_or_insert_default();
        let model_type = *model.model_type.get_or_insert(default);
        if model_type == VideoModelType::None {
            *model = VideoModel { model_type: Some(model_type), ..VideoModel::default() };
            continue;
        }
        model.vram = model.vram.and_then(rounded).or(default_vram(model_type));
        if model_type == VideoModelType::Qxl {
            model.ram = model.ram.and_then(rounded).or(Some(65_536));
            model.vram64 = model.vram64.filter(|vram64| *vram64 > 0);
            model.vga_memory = model.vga_memory.filter(|memory| *memory > 0);
        }
        model.heads = model.heads.filter(|heads| *heads > 0);
    }
}

/// KiB of video memory that a card has where nothing else is said.
fn default_vram(model_type: VideoModelType) -> Option<u32> {
    use VideoModelType as T;
    match model_type {
        T::Vga | T::Cirrus | T::Vmvga | T::Bochs => Some(16_384),
        T::Xen => Some(4096),
        T::Qxl => Some(65_536),
        _ => None,
    }
}

/// The next power of two, where there is one; nothing for 0.
fn rounded(size: u32) -> Option<u32> {
    Some(size).filter(|size| *size > 0).and_then(u32::checked_next_power_of_two)
}

fn unsupported(path: &str, message: &str) -> Fault {
    Fault::new(DocumentErrorKind::Unsupported, path, message)
}

fn prepare_one(video: &mut Video) -> Result<(), Fault> {
    let model = video.model.get_or_insert_default();
    model.model_type.take_if(|model_type| *model_type == VideoModelType::Default);
    model.heads.get_or_insert(1);
    model.primary = model.primary.filter(|primary| *primary == YesNo::Yes);
    let is_qxl = model.model_type == Some(VideoModelType::Qxl);
    for (attribute, value) in [("ram", model.ram), ("vgamem", model.vga_memory), ("vram64", model.vram64)] {
        if value.is_some() && !is_qxl {
            return Err(unsupported("model", &format!("only QXL has the attribute '{attribute}'")));
        }
    }
    if let Some(driver) = &mut video.driver {
        driver.vga = None;
    }
    check_driver(video.driver.as_ref(), model)?;
    if model.resolution.as_ref().is_some_and(|resolution| resolution.width == 0 || resolution.height == 0) {
        return Err(unsupported("model/resolution", "a screen has at least one point"));
    }
    Ok(())
}

fn check_driver(driver: Option<&VideoDriver>, model: &VideoModel) -> Result<(), Fault> {
    let is_virtio = model.model_type == Some(VideoModelType::Virtio);
    let backend = driver.and_then(|driver| driver.name);
    if backend == Some(VideoBackend::VhostUser) && !is_virtio {
        return Err(unsupported(
            "driver/@name",
            "only a virtio card can have a program of its own behind it",
        ));
    }
    if driver.is_some_and(|driver| driver.virtio != VirtioOptions::default()) && !is_virtio {
        return Err(unsupported("driver", "only a virtio device has options for its path to the host"));
    }
    let Some(acceleration) = &model.acceleration else { return Ok(()) };
    if acceleration.render_node.is_some() && backend != Some(VideoBackend::VhostUser) {
        let message = "only a program of its own can use a card of the host";
        return Err(
            unsupported("model/acceleration/@rendernode", message).hint("write <driver name='vhostuser'/>")
        );
    }
    if *acceleration == Default::default() {
        return Err(unsupported("model/acceleration", "no acceleration is named"));
    }
    Ok(())
}

/// The card that the guest boots with is the first.
fn order(devices: &mut Devices) -> Result<(), Fault> {
    let is_primary = |video: &Video| video.model.as_ref().is_some_and(|model| model.primary.is_some());
    let mut primaries = devices.videos.iter().enumerate().filter(|(_, video)| is_primary(video));
    let primary = primaries.next().map(|(index, _)| index);
    if let Some((index, _)) = primaries.next() {
        let path = format!("devices/video[{}]/model/@primary", index + 1);
        return Err(unsupported(&path, "only one graphics card can be the primary one"));
    }
    if let Some(index) = primary {
        devices.videos[..=index].rotate_right(1);
    }
    if let Some(model) = devices.videos.first_mut().and_then(|video| video.model.as_mut()) {
        model.primary = Some(YesNo::Yes);
    }
    let is_none = |video: &Video| {
        video.model.as_ref().is_some_and(|model| model.model_type == Some(VideoModelType::None))
    };
    if devices.videos.len() > 1 && devices.videos.iter().any(is_none) {
        return Err(unsupported("devices/video", "a domain with a graphics card cannot also have none"));
    }
    Ok(())
}
