//! Devices of QEMU about which there is little to say: input, TPMs, panic devices, watchdogs and the like.

use super::machine::{Machine, MachineFamily};
use crate::document::DocumentErrorKind;
use crate::domain::Domain;
use crate::domain::devices::address::Address;
use crate::domain::devices::input::{Input, InputBus, InputType};
use crate::domain::devices::memory_balloon::{MemoryBalloon, MemoryBalloonModel};
use crate::domain::devices::panic::{Panic, PanicModel};
use crate::domain::devices::tpm::{TpmBackend, TpmModel, TpmVersion};
use crate::domain::devices::watchdog::{Watchdog, WatchdogModel};
use crate::domain::devices::{Devices, VirtioModel};
use crate::domain::rules::{Fault, input};

/// Decides on what is left open.
pub(super) fn complete(domain: &mut Domain) -> Result<(), Fault> {
    let (architecture, family, has_ps2) = {
        let machine = Machine::of(domain);
        (machine.architecture, machine.family, machine.has_ps2())
    };
    if architecture.is_s390() {
        for input in domain.devices.inputs.iter_mut().filter(|input| input.input_type != InputType::Evdev) {
            input.bus.get_or_insert(InputBus::Virtio);
        }
    }
    input::complete(domain, has_ps2)?;
    let devices = &mut domain.devices;
    if let Some(index) =
        devices.memory_balloons.iter().position(|balloon| balloon.model == MemoryBalloonModel::Xen)
    {
        let path = format!("devices/memballoon[{}]/@model", index + 1);
        return Err(Fault::new(DocumentErrorKind::Malformed, path, "QEMU has no memory balloon of Xen"));
    }
    for tpm in &mut devices.tpms {
        let usual = if family == MachineFamily::Pseries { TpmModel::Spapr } else { TpmModel::Tis };
        let model = *tpm.model.get_or_insert(usual);
        if let TpmBackend::Emulator(emulator) = &mut tpm.backend {
            let is_old = model == TpmModel::Tis && family != MachineFamily::ArmVirt;
            emulator.version.get_or_insert(if is_old { TpmVersion::V1 } else { TpmVersion::V2 });
        }
    }
    for panic in &mut devices.panics {
        panic.model.get_or_insert(default_panic(family));
    }
    for vsock in &mut devices.vsocks {
        vsock.model.get_or_insert(VirtioModel::Virtio);
    }
    Ok(())
}

fn default_panic(family: MachineFamily) -> PanicModel {
    match family {
        MachineFamily::Pseries => PanicModel::Pseries,
        MachineFamily::S390Ccw => PanicModel::S390,
        _ => PanicModel::Isa,
    }
}

/// Adds the devices that the machine has in any case.
pub(super) fn add(domain: &mut Domain) {
    let machine = Machine::of(domain);
    let (has_ps2, family, has_balloon) =
        (machine.has_ps2(), machine.family, machine.has_default_memory_balloon());
    let devices = &mut domain.devices;
    if has_ps2 {
        add_input(devices, InputType::Mouse, InputBus::Ps2);
        add_input(devices, InputType::Keyboard, InputBus::Ps2);
    } else if family == MachineFamily::Pseries && !devices.graphics.is_empty() {
        add_input(devices, InputType::Keyboard, InputBus::Usb);
        add_input(devices, InputType::Mouse, InputBus::Usb);
    }
    if has_balloon && devices.memory_balloons.is_empty() {
        devices.memory_balloons.push(MemoryBalloon::new(MemoryBalloonModel::Virtio));
    }
    let own_panic = default_panic(family);
    if own_panic != PanicModel::Isa && !devices.panics.iter().any(|panic| panic.model == Some(own_panic)) {
        devices.panics.push(Panic { model: Some(own_panic), ..Panic::default() });
    }
}

fn add_input(devices: &mut Devices, input_type: InputType, bus: InputBus) {
    // A tablet does what a mouse does.
    let does = |there: InputType| {
        there == input_type || (there, input_type) == (InputType::Tablet, InputType::Mouse)
    };
    if !devices.inputs.iter().any(|input| does(input.input_type) && input.bus == Some(bus)) {
        let mut input = Input::new(input_type);
        input.bus = Some(bus);
        devices.inputs.push(input);
    }
}

fn unsupported(path: String, message: &str) -> Fault {
    Fault::new(DocumentErrorKind::Unsupported, path, message)
}

/// Refuses what QEMU cannot do.
pub(super) fn check(domain: &Domain) -> Result<(), Fault> {
    let machine = Machine::of(domain);
    check_inputs(&domain.devices, machine)?;
    check_tpms(&domain.devices, machine)?;
    check_panics(&domain.devices, machine)?;
    for (index, watchdog) in domain.devices.watchdogs.iter().enumerate() {
        let place = format!("devices/watchdog[{}]", index + 1);
        check_watchdog(watchdog, machine).map_err(|fault| fault.within(&place))?;
    }
    if domain.devices.nvram.is_some() && !machine.architecture.is_ppc64() {
        return Err(unsupported(
            "devices/nvram".to_owned(),
            "the machine keeps no settings in such a device",
        ));
    }
    Ok(())
}

fn check_watchdog(watchdog: &Watchdog, machine: Machine<'_>) -> Result<(), Fault> {
    if watchdog.model == WatchdogModel::Diag288 && !machine.architecture.is_s390() {
        return Err(unsupported("@model".to_owned(), "only a mainframe has such a watchdog"));
    }
    let has_good_address = match (watchdog.model, &watchdog.info.address) {
        (_, None) => true,
        (WatchdogModel::I6300esb, Some(address)) => matches!(address, Address::Pci(_)),
        (WatchdogModel::Ib700 | WatchdogModel::Diag288, Some(_)) => false,
    };
    if has_good_address {
        Ok(())
    } else {
        Err(unsupported("address".to_owned(), "the watchdog has no such address").hint("leave it out"))
    }
}

fn check_inputs(devices: &Devices, machine: Machine<'_>) -> Result<(), Fault> {
    let architecture = machine.architecture;
    let without_ps2 = architecture.is_arm() || architecture.is_s390() || architecture.is_riscv();
    for (index, input) in devices.inputs.iter().enumerate() {
        let path = || format!("devices/input[{}]", index + 1);
        if input.bus == Some(InputBus::Ps2) && without_ps2 {
            return Err(unsupported(path(), "the machine has no PS/2 ports").hint("write bus='virtio'"));
        }
        if input.model.is_some_and(|model| model != VirtioModel::Virtio) {
            return Err(unsupported(path(), "QEMU has only the usual virtio model of such a device"));
        }
    }
    Ok(())
}

fn check_tpms(devices: &Devices, machine: Machine<'_>) -> Result<(), Fault> {
    let (mut proxies, mut without_proxies) = (0, 0);
    for (index, tpm) in devices.tpms.iter().enumerate() {
        let path = format!("devices/tpm[{}]", index + 1);
        let model = tpm.model.unwrap_or(TpmModel::Tis);
        let can_be = match model {
            TpmModel::Tis => machine.architecture.is_x86() || machine.architecture.is_arm(),
            TpmModel::Crb => machine.architecture.is_x86(),
            TpmModel::Spapr | TpmModel::SpaprProxy => machine.architecture.is_ppc64(),
        };
        if !can_be {
            return Err(unsupported(path, "the machine has no such TPM"));
        }
        if let TpmBackend::Emulator(emulator) = &tpm.backend {
            let is_new = matches!(model, TpmModel::Crb | TpmModel::Spapr);
            if emulator.version == Some(TpmVersion::V1) && (is_new || machine.architecture.is_arm()) {
                return Err(unsupported(path, "the model needs version 2.0"));
            }
        }
        if model == TpmModel::SpaprProxy && !matches!(tpm.backend, TpmBackend::Passthrough(_)) {
            return Err(unsupported(path, "a proxy is the way to the host's own TPM")
                .hint("write <backend type='passthrough'>"));
        }
        *(if model == TpmModel::SpaprProxy { &mut proxies } else { &mut without_proxies }) += 1;
        if proxies > 1 || without_proxies > 1 {
            return Err(unsupported(path, "a domain has at most one proxy and one TPM beside it"));
        }
    }
    Ok(())
}

fn check_panics(devices: &Devices, machine: Machine<'_>) -> Result<(), Fault> {
    for (index, panic) in devices.panics.iter().enumerate() {
        let path = || format!("devices/panic[{}]", index + 1);
        let model = panic.model.unwrap_or(PanicModel::Isa);
        let can_be = match model {
            PanicModel::Default | PanicModel::Isa | PanicModel::HyperV => machine.architecture.is_x86(),
            PanicModel::Pseries => machine.family == MachineFamily::Pseries,
            PanicModel::S390 => machine.architecture.is_s390(),
        };
        if !can_be {
            return Err(unsupported(path(), "the machine has no such panic device"));
        }
        let has_good_address = match &panic.info.address {
            None => true,
            Some(address) => model == PanicModel::Isa && matches!(address, Address::Isa(_)),
        };
        if !has_good_address {
            return Err(unsupported(path(), "only a panic device on ISA has an address, one there")
                .hint("leave it out"));
        }
    }
    Ok(())
}
