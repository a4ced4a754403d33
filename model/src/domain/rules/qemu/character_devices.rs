//! Serial ports, consoles and channels of QEMU.

use super::machine::{Machine, MachineFamily};
use crate::document::DocumentErrorKind;
use crate::domain::Domain;
use crate::domain::devices::Devices;
use crate::domain::devices::address::Address;
use crate::domain::devices::character_device::{
    Channel, ChannelTarget, CharacterSource, ConsoleTargetType, Serial, SerialModel, SerialModelName,
    SerialTargetType,
};
use crate::domain::devices::graphics::Graphics;
use crate::domain::devices::random_generator::RandomBackend;
use crate::domain::devices::smartcard::SmartcardSource;
use crate::domain::rules::Fault;
use crate::domain::rules::character_devices::console_of;

/// Where the driver makes the sockets of channels that name none.
const CHANNEL_SOCKETS: &str = "/var/lib/libvirt/qemu/channel/target/";

/// Decides on the buses and chips of serial ports, and leaves out sockets that the driver made.
pub(super) fn complete(domain: &mut Domain) {
    let (serial_type, is_x86, family) = {
        let machine = Machine::of(domain);
        (default_type(machine), machine.architecture.is_x86(), machine.family)
    };
    let devices = &mut domain.devices;
    for serial in &mut devices.serials {
        let target = serial.target.get_or_insert_default();
        // Older documents have that of a PC whatever the machine is.
        target.target_type.take_if(|given| *given == SerialTargetType::IsaSerial && !is_x86);
        target.target_type = target.target_type.or(serial_type);
        let chip = target.target_type.and_then(|target_type| default_model(target_type, family));
        target.model = target.model.take().or(chip.map(|name| SerialModel { name: Some(name) }));
    }
    for channel in &mut devices.channels {
        leave_out_made_socket(channel);
    }
}

fn default_type(machine: Machine<'_>) -> Option<SerialTargetType> {
    match machine.family {
        MachineFamily::Pseries => Some(SerialTargetType::SpaprVioSerial),
        MachineFamily::ArmVirt | MachineFamily::RiscvVirt => Some(SerialTargetType::SystemSerial),
        _ if machine.architecture.is_x86() => Some(SerialTargetType::IsaSerial),
        _ if machine.architecture.is_s390() => Some(SerialTargetType::SclpSerial),
        _ => None,
    }
}

fn default_model(target_type: SerialTargetType, family: MachineFamily) -> Option<SerialModelName> {
    use SerialModelName as M;
    use SerialTargetType as T;
    match (target_type, family) {
        (T::IsaSerial, _) => Some(M::IsaSerial),
        (T::UsbSerial, _) => Some(M::UsbSerial),
        (T::PciSerial, _) => Some(M::PciSerial),
        (T::SpaprVioSerial, _) => Some(M::SpaprVty),
        (T::SclpSerial, _) => Some(M::SclpConsole),
        (T::IsaDebug, _) => Some(M::IsaDebugConsole),
        (T::SystemSerial, MachineFamily::ArmVirt) => Some(M::Pl011),
        (T::SystemSerial, MachineFamily::RiscvVirt) => Some(M::Uart16550a),
        (T::SystemSerial, _) => None,
    }
}

fn type_of(model: SerialModelName) -> SerialTargetType {
    use SerialModelName as M;
    use SerialTargetType as T;
    match model {
        M::IsaSerial => T::IsaSerial,
        M::UsbSerial => T::UsbSerial,
        M::PciSerial => T::PciSerial,
        M::SpaprVty => T::SpaprVioSerial,
        M::Pl011 | M::Uart16550a => T::SystemSerial,
        M::SclpConsole | M::SclpLineModeConsole => T::SclpSerial,
        M::IsaDebugConsole => T::IsaDebug,
    }
}

fn leave_out_made_socket(channel: &mut Channel) {
    let (ChannelTarget::Virtio(target), CharacterSource::Unix(unix)) = (&channel.target, &mut channel.source)
    else {
        return;
    };
    let Some(name) = &target.name else { return };
    let path = unix.source.as_ref().and_then(|source| source.path.as_deref());
    let made = path.and_then(|path| path.strip_prefix(CHANNEL_SOCKETS)).is_some_and(|made| {
        let own_directory = made
            .split_once('/')
            .is_some_and(|(directory, file)| directory.starts_with("domain-") && file == name);
        own_directory
            || (!made.contains('/')
                && made.strip_suffix(name.as_str()).is_some_and(|rest| rest.ends_with('.')))
    });
    if made {
        unix.source = None;
    }
}

/// The first console follows the serial port that it is.
pub(super) fn update_console(devices: &mut Devices) {
    let is_serial = devices.consoles.first().and_then(|console| console.target.as_ref()?.target_type)
        == Some(ConsoleTargetType::Serial);
    if let (true, Some(serial)) = (is_serial, devices.serials.first()) {
        devices.consoles[0] = console_of(serial);
    }
}

fn unsupported(path: String, message: &str) -> Fault {
    Fault::new(DocumentErrorKind::Unsupported, path, message)
}

/// Refuses what QEMU cannot do.
pub(super) fn check(domain: &Domain) -> Result<(), Fault> {
    let machine = Machine::of(domain);
    let devices = &domain.devices;
    for (index, serial) in devices.serials.iter().enumerate() {
        check_serial(serial, machine)
            .map_err(|fault| fault.within(&format!("devices/serial[{}]", index + 1)))?;
    }
    if !devices.parallels.is_empty() && (machine.architecture.is_s390() || machine.architecture.is_ppc64()) {
        return Err(unsupported("devices/parallel".to_owned(), "the machine has no parallel ports"));
    }
    for (index, console) in devices.consoles.iter().enumerate() {
        use ConsoleTargetType as T;
        let can_be = match console.target.as_ref().and_then(|target| target.target_type) {
            None | Some(T::Serial | T::Virtio) => true,
            Some(T::Sclp | T::SclpLineMode) => machine.architecture.is_s390(),
            Some(T::Xen | T::Uml | T::Lxc | T::OpenVz) => false,
        };
        if !can_be {
            let path = format!("devices/console[{}]/target/@type", index + 1);
            return Err(unsupported(path, "the machine has no such console").hint("use serial or virtio"));
        }
    }
    check_spice(devices)
}

fn check_serial(serial: &Serial, machine: Machine<'_>) -> Result<(), Fault> {
    use SerialTargetType as T;
    let Some(target) = &serial.target else { return Ok(()) };
    let model = target.model.as_ref().and_then(|model| model.name);
    if model.is_some_and(|model| Some(type_of(model)) != target.target_type) {
        return Err(unsupported("target/model".to_owned(), "the chip is not one for this bus"));
    }
    let can_be = match (target.target_type, model) {
        (Some(T::SclpSerial), _) => machine.architecture.is_s390(),
        (Some(T::SpaprVioSerial), _) => machine.family == MachineFamily::Pseries,
        (Some(T::IsaSerial | T::IsaDebug), _) => machine.architecture.is_x86(),
        (_, Some(SerialModelName::Pl011)) => machine.family == MachineFamily::ArmVirt,
        (_, Some(SerialModelName::Uart16550a)) => machine.family == MachineFamily::RiscvVirt,
        _ => true,
    };
    if !can_be {
        return Err(unsupported("target/@type".to_owned(), "the machine has no such serial port"));
    }
    let is_on_bus = match (target.target_type, &serial.info.address) {
        (Some(T::IsaSerial | T::IsaDebug), Some(address)) => matches!(address, Address::Isa(_)),
        (Some(T::UsbSerial), Some(address)) => matches!(address, Address::Usb(_)),
        (Some(T::PciSerial), Some(address)) => matches!(address, Address::Pci(_)),
        (Some(T::SpaprVioSerial), Some(address)) => matches!(address, Address::SpaprVio(_)),
        _ => true,
    };
    if is_on_bus {
        Ok(())
    } else {
        Err(unsupported("address/@type".to_owned(), "the address is not one on the port's bus"))
    }
}

/// Channels into a SPICE session need one.
fn check_spice(devices: &Devices) -> Result<(), Fault> {
    if devices.graphics.iter().any(|graphics| matches!(graphics, Graphics::Spice(_))) {
        return Ok(());
    }
    let serials = devices.serials.iter().map(|serial| ("serial", &serial.source));
    let parallels = devices.parallels.iter().map(|parallel| ("parallel", &parallel.source));
    let consoles = devices.consoles.iter().map(|console| ("console", &console.source));
    let channels = devices.channels.iter().map(|channel| ("channel", &channel.source));
    let generators = devices.random_generators.iter().filter_map(|generator| match &generator.backend {
        RandomBackend::Daemon(daemon) => daemon.source.as_ref().map(|source| ("rng", source)),
        _ => None,
    });
    let redirected = devices.redirected_devices.iter();
    let redirected = redirected.filter_map(|device| Some(("redirdev", device.source.as_ref()?)));
    let cards = devices.smartcards.iter().filter_map(|card| match &card.card {
        SmartcardSource::Passthrough(card) => Some(("smartcard", card.source.as_ref()?)),
        SmartcardSource::Host | SmartcardSource::Certificates(_) => None,
    });
    let ports = serials.chain(parallels).chain(consoles).chain(channels);
    for (kind, source) in ports.chain(generators).chain(redirected).chain(cards) {
        if matches!(source, CharacterSource::SpiceChannel | CharacterSource::SpicePort(_)) {
            let message = "a channel into a SPICE session needs graphics of that type";
            return Err(unsupported(format!("devices/{kind}"), message).hint("add <graphics type='spice'/>"));
        }
    }
    Ok(())
}
