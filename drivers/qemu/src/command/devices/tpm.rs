//! `<tpm>`.

use crate::command::address::{alias, placed};
use crate::command::arguments::{Arguments, text};
use crate::command::keyed::Keyed;
use crate::command::line::{HELPER_SOCKET, Helper};
use crate::command::properties::Properties;
use crate::command::refusal::unsupported;
use crate::host::tpm_of;
use omnivirt_core::Result;
use omnivirt_core::domain::devices::Tpm;
use omnivirt_core::domain::devices::tpm::{TpmBackend, TpmEmulator, TpmModel, TpmVersion};

/// Adds the TPMs. An emulated one runs in a process of its own.
pub(super) fn add(arguments: &mut Arguments<'_>) -> Result<()> {
    for tpm in &arguments.domain.devices.tpms {
        let name = alias(&tpm.info, "tpm")?;
        let backend = format!("tpm-{name}");
        match &tpm.backend {
            TpmBackend::Passthrough(passed) => {
                let path = passed.device.as_ref().and_then(|device| device.path.as_deref());
                let path = path.unwrap_or("/dev/tpm0");
                let option = Keyed::new("passthrough").with("id", &backend).with("path", path);
                arguments.option("-tpmdev", option.with("cancel-path", cancel_path(path)));
            }
            TpmBackend::Emulator(emulator) => {
                let socket = help(arguments, emulator, name)?;
                let chardev = match arguments.is_shown() {
                    true => Keyed::new("null").with("id", "chrtpm"),
                    false => Keyed::new("socket").with("id", "chrtpm").with("path", socket),
                };
                add_emulator(arguments, chardev, &backend);
            }
            TpmBackend::External(external) => {
                let path = external.source.as_ref().and_then(|source| source.path.as_deref());
                let path =
                    path.ok_or_else(|| unsupported("tpm/backend", "it is not said where its socket is"))?;
                add_emulator(
                    arguments,
                    Keyed::new("socket").with("id", "chrtpm").with("path", path),
                    &backend,
                );
            }
            _ => return Err(unsupported("tpm/backend", "QEMU does not know it")),
        }
        let device = Properties::driver(driver(arguments, tpm)).with("tpmdev", backend).with("id", name);
        let device = device.and(placed(arguments.domain, &tpm.info)?);
        arguments.device(name, device);
    }
    Ok(())
}

fn driver(arguments: &Arguments<'_>, tpm: &Tpm) -> &'static str {
    match tpm.model {
        // The boards of ARM have it on their own bus.
        Some(TpmModel::Tis) if arguments.machine.architecture.is_arm() => "tpm-tis-device",
        Some(model) => model.as_str(),
        None => "tpm-tis",
    }
}

fn add_emulator(arguments: &mut Arguments<'_>, chardev: Keyed, backend: &str) {
    arguments.option("-chardev", chardev);
    arguments.option("-tpmdev", Keyed::new("emulator").with("id", backend).with("chardev", "chrtpm"));
}

/// Has the emulator started. The answer is its socket.
fn help(arguments: &mut Arguments<'_>, emulator: &TpmEmulator, name: &str) -> Result<String> {
    if emulator.encryption.is_some() {
        arguments.refuse_start("tpm/backend/encryption", "there is no secret to encrypt its state with")?;
    }
    if emulator.active_banks.is_some() {
        arguments.refuse_start("tpm/backend/active_pcr_banks", "they cannot be chosen yet")?;
    }
    let socket = arguments.path(&format!("{name}.sock"));
    let folder = match emulator.version {
        Some(TpmVersion::V1) => "tpm1.2",
        _ => "tpm2",
    };
    let uuid = arguments.domain.uuid.unwrap_or_default();
    let state = tpm_of(arguments.context.library, uuid).join(folder);
    let mut call = vec!["socket".to_owned(), "--ctrl".to_owned()];
    call.push(Keyed::default().with("type", "unixio").with("fd", HELPER_SOCKET).into());
    call.push("--tpmstate".to_owned());
    call.push(Keyed::default().with("dir", text(&state)).with("mode", "0600").into());
    if folder == "tpm2" {
        call.push("--tpm2".to_owned());
    }
    call.push("--terminate".to_owned());
    let shown = text(&socket);
    arguments.help(Helper {
        alias: name.to_owned(),
        program: "/usr/bin/swtpm".to_owned(),
        arguments: call,
        socket,
        state: Some(state),
    });
    Ok(shown)
}

/// Where the kernel is told to break off what the TPM does.
fn cancel_path(device: &str) -> String {
    let name = device.rsplit('/').next().unwrap_or(device);
    format!("/sys/class/tpm/{name}/device/cancel")
}
