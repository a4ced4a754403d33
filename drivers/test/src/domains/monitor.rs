//! A monitor in QEMU's words: a few commands of QMP, and of the text form that people type.

use super::disks;
use super::state::Simulated;
use crate::host::Host;
use omnivirt_core::event::*;
use omnivirt_core::*;
use serde_json::{Map, Value, json};

/// The commands of QMP that are known.
const COMMANDS: [&str; 14] = [
    "query-status",
    "query-name",
    "query-uuid",
    "query-version",
    "query-commands",
    "query-cpus-fast",
    "query-block",
    "query-balloon",
    "query-kvm",
    "stop",
    "cont",
    "system_powerdown",
    "system_reset",
    "quit",
];

/// The version of QEMU whose form the answers have.
const VERSION: (u32, u32, u32) = (9, 0, 0);

/// Reads a command: its name and its arguments.
///
/// # Errors
///
/// `InvalidArgument` for text that is no command.
pub(super) fn read(command: &str) -> Result<(String, Map<String, Value>)> {
    let refuse = |why: String| {
        Error::new(ErrorKind::InvalidArgument, why).with_hint(r#"write it as in {"execute": "query-status"}"#)
    };
    let value: Value = serde_json::from_str(command)
        .map_err(|error| refuse(format!("the command is not in JSON: {error}")))?;
    let name = value
        .get("execute")
        .and_then(Value::as_str)
        .ok_or_else(|| refuse("the command names nothing to execute".into()))?;
    let arguments = match value.get("arguments") {
        None => Map::new(),
        Some(Value::Object(arguments)) => arguments.clone(),
        Some(_) => return Err(refuse("the command's arguments are no object".into())),
    };
    Ok((name.to_owned(), arguments))
}

/// Runs a command in JSON. What the monitor refuses is an answer too.
///
/// # Errors
///
/// `InvalidArgument` for text that is no command.
pub(super) fn run(domain: &mut Simulated, host: &Host, cause: &Cause, command: &str) -> Result<String> {
    let (name, _) = read(command)?;
    let answer = match execute(domain, host, cause, &name) {
        Some(value) => json!({"return": value}),
        None => {
            json!({"error": {"class": "CommandNotFound", "desc": format!("The command {name} has not been found")}})
        }
    };
    Ok(answer.to_string())
}

/// Runs a command as people type it.
///
/// # Errors
///
/// None: what the monitor refuses is an answer.
pub(super) fn typed(domain: &mut Simulated, host: &Host, cause: &Cause, command: &str) -> Result<String> {
    let words: Vec<&str> = command.split_whitespace().collect();
    let answer = match words.as_slice() {
        ["info", "status"] => format!("VM status: {}\r\n", status(domain)),
        ["info", "name"] => format!("{}\r\n", domain.name),
        ["info", "uuid"] => format!("{}\r\n", domain.uuid),
        ["info", "version"] => format!("{}.{}.{}\r\n", VERSION.0, VERSION.1, VERSION.2),
        [name] if COMMANDS[9..].contains(name) => {
            execute(domain, host, cause, name);
            String::new()
        }
        [] => String::new(),
        [name, ..] => format!("unknown command: '{name}'\r\n"),
    };
    Ok(answer)
}

fn execute(domain: &mut Simulated, host: &Host, cause: &Cause, name: &str) -> Option<Value> {
    let vcpus = domain.current().sizes.vcpus;
    Some(match name {
        "query-status" => json!({"status": status(domain), "running": domain.state == DomainState::Running}),
        "query-name" => json!({"name": &*domain.name}),
        "query-uuid" => json!({"UUID": domain.uuid}),
        "query-version" => {
            let (major, minor, micro) = VERSION;
            json!({"qemu": {"major": major, "minor": minor, "micro": micro}, "package": "omnivirt"})
        }
        "query-commands" => COMMANDS.iter().map(|name| json!({"name": name})).collect(),
        "query-cpus-fast" => (0..vcpus)
            .map(|number| json!({"cpu-index": number, "thread-id": number + 1, "target": "x86_64"}))
            .collect(),
        "query-block" => disks::all(&domain.current().config)
            .map(|disk| {
                let image = disk.source().map(|path| {
                    let size = host.images.get(&path).capacity_bytes;
                    json!({"file": path, "ro": !disk.is_writable(), "image": {"virtual-size": size}})
                });
                json!({"device": disk.target(), "locked": false, "inserted": image})
            })
            .collect(),
        "query-balloon" => json!({"actual": domain.current().sizes.memory_kib.saturating_mul(1024)}),
        "query-kvm" => json!({"present": false, "enabled": false}),
        "stop" => {
            if domain.state == DomainState::Running {
                tell(domain, host, "STOP");
                domain.pause(host, cause, DomainStateReason::PausedUnknown, SuspendedDetail::Paused);
            }
            json!({})
        }
        "cont" => {
            if domain.state == DomainState::Paused {
                tell(domain, host, "RESUME");
                domain.unpause(host, cause, DomainStateReason::RunningUnpaused, ResumedDetail::Unpaused);
            }
            json!({})
        }
        "system_powerdown" => {
            if domain.state == DomainState::Running {
                tell(domain, host, "POWERDOWN");
                domain.guest_powers_off(host, cause);
            }
            json!({})
        }
        "system_reset" => {
            tell(domain, host, "RESET");
            domain.restart(host, cause);
            json!({})
        }
        "quit" => {
            tell(domain, host, "SHUTDOWN");
            domain.end(host, cause, DomainStateReason::ShutoffShutdown, StoppedDetail::Shutdown);
            json!({})
        }
        _ => return None,
    })
}

/// What the monitor tells by itself.
fn tell(domain: &Simulated, host: &Host, event: &str) {
    let now = host.clock.now();
    let microseconds = (now.nanoseconds().rem_euclid(1_000_000_000) / 1000) as u32;
    domain.emit_body(host, &Cause::hypervisor(), MonitorEvent::new(event, now.seconds(), microseconds, None));
}

fn status(domain: &Simulated) -> &'static str {
    match domain.state {
        DomainState::Running => "running",
        DomainState::PmSuspended => "suspended",
        DomainState::Crashed => "guest-panicked",
        _ if domain.reason == DomainStateReason::PausedMigration => "postmigrate",
        _ => "paused",
    }
}
