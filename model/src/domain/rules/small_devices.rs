//! Devices about which there is little to say, whatever the hypervisor is: watchdogs, TPMs, sources of random numbers and
//! the like.

use super::Fault;
use super::character_devices::complete_source;
use crate::document::{DocumentErrorKind, YesNo};
use crate::domain::devices::Devices;
use crate::domain::devices::character_device::SocketMode;
use crate::domain::devices::memory_balloon::MemoryBalloonModel;
use crate::domain::devices::panic::PanicModel;
use crate::domain::devices::random_generator::{RandomBackend, RandomGenerator};
use crate::domain::devices::tpm::{Tpm, TpmBackend, TpmDevice, TpmExternal, TpmVersion};
use crate::domain::devices::vsock::Vsock;
use crate::domain::devices::watchdog::WatchdogAction;

/// The smallest address of a guest for sockets between it and the host.
const FIRST_CONTEXT: u32 = 3;

/// Completes each by itself.
pub(super) fn complete(devices: &mut Devices) -> Result<(), Fault> {
    at_most_one("memballoon", devices.memory_balloons.len(), DocumentErrorKind::Malformed)?;
    at_most_one("watchdog", devices.watchdogs.len(), DocumentErrorKind::Malformed)?;
    at_most_one("vsock", devices.vsocks.len(), DocumentErrorKind::Invalid)?;
    for watchdog in &mut devices.watchdogs {
        watchdog.action.get_or_insert(WatchdogAction::Reset);
    }
    for balloon in &mut devices.memory_balloons {
        balloon.statistics.take_if(|statistics| statistics.period.is_none_or(|period| period <= 0));
        balloon.info.address.take_if(|_| balloon.model == MemoryBalloonModel::None);
    }
    let place = |kind: &str, index: usize| format!("devices/{kind}[{}]", index + 1);
    for (index, generator) in devices.random_generators.iter_mut().enumerate() {
        complete_generator(generator).map_err(|fault| fault.within(&place("rng", index)))?;
    }
    for (index, tpm) in devices.tpms.iter_mut().enumerate() {
        complete_tpm(tpm).map_err(|fault| fault.within(&place("tpm", index)))?;
    }
    for panic in &mut devices.panics {
        panic.model.take_if(|model| *model == PanicModel::Default);
    }
    for vsock in &mut devices.vsocks {
        complete_vsock(vsock)?;
    }
    Ok(())
}

fn at_most_one(kind: &str, count: usize, error: DocumentErrorKind) -> Result<(), Fault> {
    if count > 1 {
        let message = format!("a domain has at most one <{kind}>");
        return Err(Fault::new(error, format!("devices/{kind}[2]"), message));
    }
    Ok(())
}

fn complete_generator(generator: &mut RandomGenerator) -> Result<(), Fault> {
    generator.rate.take_if(|rate| rate.bytes.is_none_or(|bytes| bytes == 0));
    if let Some(rate) = &mut generator.rate {
        rate.period = rate.period.filter(|period| *period > 0);
    }
    match &mut generator.backend {
        RandomBackend::Device(device) => {
            if device.path.is_empty() {
                device.path = "/dev/random".to_owned();
            }
        }
        RandomBackend::Daemon(daemon) => {
            let Some(source) = &mut daemon.source else {
                let message = "how the daemon is reached is missing";
                return Err(Fault::new(DocumentErrorKind::Invalid, "backend/@type", message));
            };
            complete_source(source).map_err(|fault| fault.within("backend"))?;
        }
        RandomBackend::Hypervisor => {}
    }
    Ok(())
}

fn complete_tpm(tpm: &mut Tpm) -> Result<(), Fault> {
    match &mut tpm.backend {
        TpmBackend::Passthrough(host) => {
            let path = &mut host.device.get_or_insert_with(TpmDevice::default).path;
            path.get_or_insert_with(|| "/dev/tpm0".to_owned());
            Ok(())
        }
        TpmBackend::Emulator(emulator) => {
            emulator.persistent_state.take_if(|persistent| *persistent == YesNo::No);
            Ok(())
        }
        TpmBackend::External(external) => {
            complete_external(external).map_err(|fault| fault.within("backend"))
        }
    }
}

fn complete_external(external: &mut TpmExternal) -> Result<(), Fault> {
    let invalid = |path: &str, message: &str| Err(Fault::new(DocumentErrorKind::Invalid, path, message));
    let Some((source, source_type)) = external
        .source
        .as_mut()
        .and_then(|source| source.source_type.clone().map(|source_type| (source, source_type)))
    else {
        return invalid("source/@type", "the kind of socket is missing");
    };
    if source_type != "unix" {
        return invalid("source/@type", "only a UNIX socket leads to a TPM that runs already");
    }
    if source.path.is_none() {
        return invalid("source/@path", "the socket is missing");
    }
    if *source.mode.get_or_insert(SocketMode::Connect) == SocketMode::Bind {
        return invalid("source/@mode", "a TPM that runs already listens itself");
    }
    Ok(())
}

/// Refuses banks of registers of a TPM that is older, a second panic device of the same model, and options of virtio for
/// sockets that are not known to be virtio.
pub(super) fn check(devices: &Devices) -> Result<(), Fault> {
    if devices.vsocks.iter().any(|vsock| vsock.model.is_none() && vsock.driver.is_some()) {
        let message = "only a virtio device has options for its path to the host";
        return Err(Fault::new(DocumentErrorKind::Unsupported, "devices/vsock/driver", message)
            .hint("write model='virtio'"));
    }
    for (index, tpm) in devices.tpms.iter().enumerate() {
        let TpmBackend::Emulator(emulator) = &tpm.backend else { continue };
        if emulator.active_banks.is_some() && emulator.version != Some(TpmVersion::V2) {
            let path = format!("devices/tpm[{}]/backend/active_pcr_banks", index + 1);
            let message = "only a TPM 2.0 has banks of registers to choose from";
            return Err(Fault::new(DocumentErrorKind::Invalid, path, message).hint("write version='2.0'"));
        }
    }
    for (index, panic) in devices.panics.iter().enumerate().skip(1) {
        // There are as many models as can stand before the first double one.
        if devices.panics[..index].iter().any(|before| before.model == panic.model) {
            let path = format!("devices/panic[{}]", index + 1);
            return Err(Fault::new(
                DocumentErrorKind::Invalid,
                path,
                "there are two panic devices of a model",
            ));
        }
    }
    Ok(())
}

fn complete_vsock(vsock: &mut Vsock) -> Result<(), Fault> {
    let context = vsock.context_id.get_or_insert_default();
    let is_given = context.address.is_some();
    if context.address == Some(0) {
        let message = "a guest's address is not 0";
        return Err(Fault::new(DocumentErrorKind::Invalid, "devices/vsock/cid/@address", message));
    }
    context.auto.get_or_insert(if is_given { YesNo::No } else { YesNo::Yes });
    if context.address.is_some_and(|address| address < FIRST_CONTEXT) {
        let message = "a guest's address is at least 3";
        return Err(Fault::new(DocumentErrorKind::Unsupported, "devices/vsock/cid/@address", message));
    }
    Ok(())
}
