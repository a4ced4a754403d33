//! Devices that carry characters, whatever the hypervisor is.

mod source;

pub(super) use source::complete as complete_source;

use super::Fault;
use crate::document::DocumentErrorKind;
use crate::domain::Domain;
use crate::domain::devices::Devices;
use crate::domain::devices::character_device::{
    Channel, ChannelTarget, CharacterLog, CharacterSource, Console, ConsoleTarget, ConsoleTargetType,
    GuestForwardTarget, Parallel, Serial, SerialTarget, SerialTargetType,
};

/// Completes each device by itself and numbers the ports.
pub(super) fn complete(devices: &mut Devices) -> Result<(), Fault> {
    let place = |kind: &str, index: usize| format!("devices/{kind}[{}]", index + 1);
    let mut next = 0;
    for (index, parallel) in devices.parallels.iter_mut().enumerate() {
        complete_parallel(parallel, &mut next).map_err(|fault| fault.within(&place("parallel", index)))?;
    }
    next = 0;
    for (index, serial) in devices.serials.iter_mut().enumerate() {
        complete_serial(serial, &mut next).map_err(|fault| fault.within(&place("serial", index)))?;
    }
    for (index, console) in devices.consoles.iter_mut().enumerate() {
        complete_console(console, index);
    }
    for (index, channel) in devices.channels.iter_mut().enumerate() {
        complete_channel(channel).map_err(|fault| fault.within(&place("channel", index)))?;
    }
    Ok(())
}

fn complete_parallel(parallel: &mut Parallel, next: &mut i32) -> Result<(), Fault> {
    complete_parts(&mut parallel.source, &mut parallel.log)?;
    number(&mut parallel.target.get_or_insert_default().port, next);
    Ok(())
}

fn complete_serial(serial: &mut Serial, next: &mut i32) -> Result<(), Fault> {
    complete_parts(&mut serial.source, &mut serial.log)?;
    number(&mut serial.target.get_or_insert_default().port, next);
    Ok(())
}

fn complete_console(console: &mut Console, index: usize) {
    // Where it is the first serial port, what that has counts: the source is checked once that is known.
    complete_log(&mut console.log);
    let target = console.target.get_or_insert_default();
    target.port = i32::try_from(index).ok();
}

fn complete_channel(channel: &mut Channel) -> Result<(), Fault> {
    let has_own_socket = matches!(&channel.source, CharacterSource::Unix(unix)
        if unix.source.as_ref().is_none_or(|source| source.path.is_none()));
    match &channel.target {
        ChannelTarget::Virtio(_) | ChannelTarget::Xen(_) if has_own_socket => {
            if let CharacterSource::Unix(unix) = &mut channel.source {
                unix.source = None;
            }
            complete_log(&mut channel.log);
        }
        ChannelTarget::Virtio(_) if matches!(channel.source, CharacterSource::SpiceChannel) => {
            complete_log(&mut channel.log);
        }
        _ => complete_parts(&mut channel.source, &mut channel.log)?,
    }
    match &mut channel.target {
        ChannelTarget::GuestForward(target) => check_forward(target),
        ChannelTarget::Virtio(target) | ChannelTarget::Xen(target) => {
            target.state = None;
            Ok(())
        }
    }
}

fn complete_parts(source: &mut CharacterSource, log: &mut Option<CharacterLog>) -> Result<(), Fault> {
    complete_log(log);
    complete_source(source)?;
    if matches!(source, CharacterSource::SpiceChannel) {
        let message = "only a virtio channel goes into the SPICE session by itself";
        return Err(Fault::new(DocumentErrorKind::Unsupported, "@type", message));
    }
    Ok(())
}

/// A log without a file is none.
pub(super) fn complete_log(log: &mut Option<CharacterLog>) {
    log.take_if(|log| log.file.is_none());
}

/// A port that is not given is one more than the largest before it.
fn number(port: &mut Option<i32>, next: &mut i32) {
    let number = port.filter(|port| *port != -1).unwrap_or(*next);
    *port = Some(number);
    *next = (*next).max(number.saturating_add(1));
}

fn check_forward(target: &mut GuestForwardTarget) -> Result<(), Fault> {
    let invalid = |path: &str, message: &str| Fault::new(DocumentErrorKind::Invalid, path, message);
    let Some(address) = &target.address else {
        return Err(invalid("target/@address", "the address in the guest's network is missing"));
    };
    if address.is_ipv6() {
        let message = "only an IPv4 address of the guest's network can be forwarded";
        return Err(Fault::new(DocumentErrorKind::Unsupported, "target/@address", message));
    }
    let Some(port) = &mut target.port else {
        return Err(invalid("target/@port", "the port in the guest's network is missing"));
    };
    // libvirt keeps a port in 16 bits.
    *port &= u32::from(u16::MAX);
    Ok(())
}

/// The first serial port and the first console of a virtual machine are one and the same.
pub(super) fn match_console_and_serial(domain: &mut Domain) -> Result<(), Fault> {
    let name = domain.os.as_ref().and_then(|os| os.os_type.as_ref()).map(|os_type| os_type.name.as_str());
    let devices = &mut domain.devices;
    let is_serial = |console: &Console| {
        let target_type = console.target.as_ref().and_then(|target| target.target_type);
        target_type.is_none_or(|target_type| target_type == ConsoleTargetType::Serial)
    };
    let written = devices.consoles.len();
    if name == Some("hvm") {
        if devices.consoles.first().is_some_and(is_serial) {
            if devices.serials.is_empty() {
                let console = devices.consoles[0].clone();
                devices.serials.push(serial_of(console));
            }
            devices.consoles[0] = console_of(&devices.serials[0]);
        } else if devices.serials.first().is_some_and(can_be_console) {
            devices.consoles.insert(0, console_of(&devices.serials[0]));
        }
    }
    // An added one stands before those of the document.
    let added = devices.consoles.len() - written;
    let place = |index: usize| format!("devices/console[{}]", index + 1 - added.min(index));
    for console in &mut devices.consoles {
        console.target.get_or_insert_default().target_type.get_or_insert(ConsoleTargetType::Serial);
    }
    if let Some(index) = devices.consoles.iter().skip(1).position(is_serial) {
        let message = "only the first console can be a serial port";
        return Err(Fault::new(DocumentErrorKind::Unsupported, place(index + 1), message));
    }
    for (index, console) in devices.consoles.iter_mut().enumerate() {
        complete_parts(&mut console.source, &mut console.log).map_err(|fault| fault.within(&place(index)))?;
    }
    // It can have been made of the first console.
    if let (Some(serial), Some(console)) = (devices.serials.first_mut(), devices.consoles.first())
        && is_serial(console)
    {
        serial.source.clone_from(&console.source);
    }
    Ok(())
}

fn can_be_console(serial: &Serial) -> bool {
    use SerialTargetType as T;
    let target_type = serial.target.as_ref().and_then(|target| target.target_type);
    !matches!(target_type, Some(T::UsbSerial | T::PciSerial | T::IsaDebug))
}

fn serial_of(console: Console) -> Serial {
    let Console { source, log, info, .. } = console;
    let target = SerialTarget { port: Some(0), ..SerialTarget::default() };
    Serial { source, log, target: Some(target), info }
}

/// The console that a serial port is.
pub(super) fn console_of(serial: &Serial) -> Console {
    let Serial { source, log, target, info } = serial.clone();
    let port = target.and_then(|target| target.port);
    let target = ConsoleTarget { target_type: Some(ConsoleTargetType::Serial), port };
    Console { source, log, target: Some(target), info }
}
