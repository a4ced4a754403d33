//! The guest agent in its own words: commands and answers in JSON, in the form of QEMU's guest agent.

use super::guest_system::Guest;
use super::state::Simulated;
use crate::host::Host;
use omnivirt_core::event::Cause;
use omnivirt_core::*;
use serde_json::{Value, json};

/// The commands that are known, and those of them that work while file systems are frozen.
const COMMANDS: [&str; 18] = [
    "guest-ping",
    "guest-sync",
    "guest-sync-delimited",
    "guest-info",
    "guest-fsfreeze-status",
    "guest-fsfreeze-thaw",
    "guest-fsfreeze-freeze",
    "guest-get-fsinfo",
    "guest-get-host-name",
    "guest-get-osinfo",
    "guest-get-time",
    "guest-get-timezone",
    "guest-get-users",
    "guest-network-get-interfaces",
    "guest-get-disks",
    "guest-shutdown",
    "guest-get-load",
    "guest-get-vcpus",
];
const WHILE_FROZEN: usize = 6;

/// Runs a command. None is the answer of one that gives none.
///
/// # Errors
///
/// As [`Simulated::guest`]; `InvalidArgument` for text that is no command, `AgentError` for one that is not known.
pub(crate) fn run(domain: &mut Simulated, host: &Host, command: &str) -> Result<Option<String>> {
    let (name, arguments) = super::monitor::read(command)?;
    let Some(place) = COMMANDS.iter().position(|known| *known == name) else {
        domain.guest_though_frozen()?;
        return Err(Error::new(ErrorKind::AgentError, format!("the command {name} has not been found")));
    };
    let vcpus = domain.current().sizes.vcpus;
    let mut guest = if place < WHILE_FROZEN { domain.guest_though_frozen()? } else { domain.guest()? };
    let value = match name.as_str() {
        "guest-ping" => json!({}),
        "guest-sync" | "guest-sync-delimited" => arguments.get("id").cloned().unwrap_or(json!(0)),
        "guest-info" => {
            let known = |name: &&str| {
                let answers = *name != "guest-shutdown";
                json!({"name": name, "enabled": true, "success-response": answers})
            };
            let commands: Value = COMMANDS.iter().map(known).collect();
            json!({"version": env!("CARGO_PKG_VERSION"), "supported_commands": commands})
        }
        "guest-fsfreeze-status" => json!(if guest.memory().frozen.is_empty() { "thawed" } else { "frozen" }),
        "guest-fsfreeze-freeze" => json!(guest.freeze(&[])?),
        "guest-fsfreeze-thaw" => json!(guest.thaw(&[])?),
        "guest-get-fsinfo" => Value::Array(filesystems(&guest, host)),
        "guest-get-host-name" => json!({"host-name": guest.hostname()}),
        "guest-get-osinfo" => os(&guest.os()),
        "guest-get-time" => json!(guest.time(host).nanoseconds()),
        "guest-get-timezone" => json!({"zone": "UTC", "offset": 0}),
        "guest-get-users" => {
            let user = |user: GuestUser| json!({"user": user.name, "login-time": user.login_unix_ms.unwrap_or(0) as f64 / 1000.0});
            guest.users().into_iter().map(user).collect()
        }
        "guest-network-get-interfaces" => guest.interfaces().into_iter().map(interface).collect(),
        "guest-get-disks" => guest.disks().into_iter().map(disk).collect(),
        "guest-get-load" => {
            json!({"load1m": f64::from(vcpus), "load5m": f64::from(vcpus), "load15m": f64::from(vcpus)})
        }
        "guest-get-vcpus" => {
            let vcpu = |number: u32| json!({"logical-id": number, "online": true, "can-offline": number > 0});
            (0..vcpus).map(vcpu).collect()
        }
        _ => {
            shut_down(domain, host, arguments.get("mode").and_then(Value::as_str))?;
            return Ok(None);
        }
    };
    Ok(Some(json!({"return": value}).to_string()))
}

fn shut_down(domain: &mut Simulated, host: &Host, mode: Option<&str>) -> Result<()> {
    match mode {
        None | Some("powerdown" | "halt") => domain.guest_powers_off(host, &Cause::guest()),
        Some("reboot") => domain.guest_reboots(host, &Cause::guest()),
        Some(other) => {
            return Err(Error::new(
                ErrorKind::AgentError,
                format!("mode '{other}' is none of halt, powerdown and reboot"),
            ));
        }
    }
    Ok(())
}

fn filesystems(guest: &Guest<'_>, host: &Host) -> Vec<Value> {
    let filesystem = |filesystem: GuestFilesystem| {
        let disk = |disk: GuestFilesystemDisk| json!({"dev": disk.device, "serial": disk.serial});
        json!({
            "name": filesystem.name,
            "mountpoint": filesystem.mountpoint,
            "type": filesystem.kind,
            "total-bytes": filesystem.total_bytes,
            "used-bytes": filesystem.used_bytes,
            "disk": filesystem.disks.into_iter().map(disk).collect::<Vec<_>>(),
        })
    };
    guest.filesystems(host).into_iter().map(filesystem).collect()
}

fn os(os: &GuestOs) -> Value {
    json!({
        "id": os.id,
        "name": os.name,
        "pretty-name": os.pretty_name,
        "version": os.version,
        "version-id": os.version_id,
        "kernel-release": os.kernel_release,
        "kernel-version": os.kernel_version,
        "machine": os.machine,
    })
}

fn interface(interface: GuestInterface) -> Value {
    let address = |address: IpAddress| json!({"ip-address-type": address.family, "ip-address": address.address, "prefix": address.prefix_bits});
    json!({
        "name": interface.name,
        "hardware-address": interface.mac,
        "ip-addresses": interface.addresses.into_iter().map(address).collect::<Vec<_>>(),
    })
}

fn disk(disk: GuestDisk) -> Value {
    let dependencies: Vec<String> = disk.dependencies.into_iter().map(|dependency| dependency.name).collect();
    json!({"name": disk.name, "partition": disk.partition, "dependencies": dependencies})
}
