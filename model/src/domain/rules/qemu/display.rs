//! What QEMU shows and plays: graphics, graphics cards and sound.

use super::machine::{Machine, MachineFamily};
use crate::document::{DocumentErrorKind, YesNo};
use crate::domain::Domain;
use crate::domain::devices::Devices;
use crate::domain::devices::audio::{Audio, AudioBackend, AudioPlain};
use crate::domain::devices::graphics::Graphics;
use crate::domain::devices::video::{VideoModel, VideoModelType};
use crate::domain::rules::{Fault, video};

/// The longest password of VNC.
const LONGEST_VNC_PASSWORD: usize = 8;

/// The least memory of a VGA card in KiB.
const LEAST_VGA_MEMORY: u32 = 1024;

/// The least of QXL's VGA memory in KiB, and what it has where nothing is said.
const QXL_VGA_MEMORY: (u32, u32) = (1024, 16_384);

/// Decides on what is left open.
pub(super) fn complete(domain: &mut Domain) {
    let machine = Machine::of(domain);
    let card = match machine.family {
        MachineFamily::Pseries => VideoModelType::Vga,
        MachineFamily::ArmVirt | MachineFamily::RiscvVirt => VideoModelType::Virtio,
        _ if machine.architecture.is_s390() => VideoModelType::Virtio,
        _ => VideoModelType::Cirrus,
    };
    video::complete(&mut domain.devices, card);
    for model in domain.devices.videos.iter_mut().filter_map(|video| video.model.as_mut()) {
        if model.model_type == Some(VideoModelType::Qxl) {
            model.vga_memory.get_or_insert(QXL_VGA_MEMORY.1);
        }
    }
}

/// Sound goes to the viewers of a SPICE session, else nowhere; a window of SDL plays it by itself. The last of the graphics
/// decides.
pub(super) fn add_audio(devices: &mut Devices) {
    if !devices.audios.is_empty() {
        return;
    }
    let nowhere = || Some(AudioBackend::None(AudioPlain::default()));
    let mut backend = if devices.graphics.is_empty() { nowhere() } else { None };
    for graphics in &devices.graphics {
        match graphics {
            Graphics::Vnc(_) => backend = nowhere(),
            Graphics::Spice(_) => backend = Some(AudioBackend::Spice(AudioPlain::default())),
            Graphics::Sdl(_) => backend = None,
            _ => {}
        }
    }
    devices.audios.extend(backend.map(|backend| Audio { id: 1, backend, timer_period: None }));
}

fn unsupported(path: String, message: &str) -> Fault {
    Fault::new(DocumentErrorKind::Unsupported, path, message)
}

/// Refuses what QEMU cannot do.
pub(super) fn check(domain: &Domain) -> Result<(), Fault> {
    let machine = Machine::of(domain);
    let devices = &domain.devices;
    for (index, graphics) in devices.graphics.iter().enumerate() {
        check_graphics(graphics)
            .map_err(|fault| fault.within(&format!("devices/graphics[{}]", index + 1)))?;
    }
    for (index, model) in devices.videos.iter().filter_map(|video| video.model.as_ref()).enumerate() {
        check_model(model, machine)
            .map_err(|fault| fault.within(&format!("devices/video[{}]/model", index + 1)))?;
    }
    let has_spice = devices.graphics.iter().any(|graphics| matches!(graphics, Graphics::Spice(_)));
    for (index, audio) in devices.audios.iter().enumerate() {
        if matches!(audio.backend, AudioBackend::Spice(_)) && !has_spice {
            let path = format!("devices/audio[{}]/@type", index + 1);
            return Err(unsupported(path, "sound goes to the viewers of a SPICE session that there is not"));
        }
    }
    Ok(())
}

fn check_graphics(graphics: &Graphics) -> Result<(), Fault> {
    match graphics {
        Graphics::Rdp(_) | Graphics::Desktop(_) => {
            Err(unsupported("@type".to_owned(), "QEMU has no such graphics").hint("use vnc or spice"))
        }
        Graphics::Vnc(server)
            if server.password.as_ref().is_some_and(|password| password.len() > LONGEST_VNC_PASSWORD) =>
        {
            Err(unsupported("@passwd".to_owned(), "a VNC password has at most 8 characters"))
        }
        Graphics::Spice(server) if server.tls_port.is_some_and(|port| port > 0) => {
            Err(unsupported("@tlsPort".to_owned(), "the host has no certificates for SPICE"))
        }
        _ => Ok(()),
    }
}

fn check_model(model: &VideoModel, machine: Machine<'_>) -> Result<(), Fault> {
    use VideoModelType as T;
    let Some(model_type) = model.model_type else { return Ok(()) };
    let refuse = |attribute: &str, message: &str| Err(unsupported(attribute.to_owned(), message));
    if !has_card(machine, model_type) {
        return refuse("@type", "the machine has no such graphics card");
    }
    let can_be_second = matches!(model_type, T::Qxl | T::Virtio | T::None);
    if model.primary.is_none() && !can_be_second {
        return refuse("@type", "only QXL and virtio can be further graphics cards");
    }
    if model.heads != Some(1) && !can_be_second {
        return refuse("@heads", "only QXL and virtio can have more than one screen");
    }
    if let Some(acceleration) = &model.acceleration {
        if acceleration.two_dimensions == Some(YesNo::Yes) {
            return refuse("acceleration/@accel2d", "QEMU has no help for flat drawing");
        }
        if acceleration.three_dimensions == Some(YesNo::Yes) && model_type != T::Virtio {
            return refuse("acceleration/@accel3d", "only virtio has help for drawing in space");
        }
    }
    if matches!(model_type, T::Vga | T::Vmvga) && model.vram.is_some_and(|vram| vram < LEAST_VGA_MEMORY) {
        return refuse("@vram", "the card has at least 1024 KiB of memory");
    }
    if model_type == T::Qxl {
        check_qxl(model)?;
    }
    if model.resolution.is_some() && !matches!(model_type, T::Vga | T::Qxl | T::Virtio | T::Bochs) {
        let message = "the card starts with a size of its own";
        return Err(Fault::new(DocumentErrorKind::Invalid, "resolution", message));
    }
    Ok(())
}

fn check_qxl(model: &VideoModel) -> Result<(), Fault> {
    let Some(memory) = model.vga_memory else { return Ok(()) };
    if memory < QXL_VGA_MEMORY.0 {
        return Err(unsupported("@vgamem".to_owned(), "QXL has at least 1024 KiB of VGA memory"));
    }
    if !memory.is_power_of_two() {
        return Err(unsupported("@vgamem".to_owned(), "QXL's VGA memory is a power of two"));
    }
    Ok(())
}

fn has_card(machine: Machine<'_>, model_type: VideoModelType) -> bool {
    use VideoModelType as T;
    let architecture = machine.architecture;
    match model_type {
        T::None | T::Virtio => true,
        T::Vga | T::Cirrus | T::Vmvga | T::Bochs => !architecture.is_s390(),
        T::Qxl => architecture.is_x86(),
        T::Ramfb => architecture.is_x86() || architecture.is_arm() || architecture.is_riscv(),
        T::Default | T::Xen | T::Vbox | T::Parallels | T::Gop => false,
    }
}
