//! QEMU's monitor from outside: asked while nobody else does, and closed under whoever uses it.

use rustix::fd::OwnedFd;
use rustix::process::{Pid, PidfdFlags, PidfdGetfdFlags};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

/// Has commands done by a QEMU that nobody looks after, and returns the last answer.
pub(crate) fn ask(run: &Path, commands: &[&str]) -> Value {
    let stream = UnixStream::connect(run.join("monitor.sock")).unwrap();
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    lines.next().unwrap().unwrap();
    let mut last = Value::Null;
    for command in ["qmp_capabilities"].iter().chain(commands) {
        writeln!(&stream, "{}", json!({"execute": command})).unwrap();
        last = loop {
            let line: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
            if line.get("event").is_none() {
                break line["return"].clone();
            }
        };
    }
    last
}

/// What it is doing.
pub(crate) fn status(run: &Path) -> String {
    ask(run, &["query-status"])["status"].as_str().unwrap().to_owned()
}

/// Closes the connection to a QEMU's monitor under both sides: its descriptor is borrowed for that.
pub(crate) fn close(pid: i32) -> Result<(), String> {
    let failed = |error: rustix::io::Errno| format!("the descriptors of QEMU cannot be borrowed: {error}");
    let process = Pid::from_raw(pid).unwrap();
    let process = rustix::process::pidfd_open(process, PidfdFlags::empty()).map_err(failed)?;
    let known = std::fs::read_to_string("/proc/net/unix").unwrap();
    // Connected sockets of the monitor: those have the state 03.
    let monitors: Vec<&str> = known
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .filter(|fields| fields.len() == 8 && fields[5] == "03" && fields[7].ends_with("/monitor.sock"))
        .map(|fields| fields[6])
        .collect();
    for entry in std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap().filter_map(Result::ok) {
        let target = std::fs::read_link(entry.path()).unwrap_or_default().display().to_string();
        let inode = target.strip_prefix("socket:[").and_then(|rest| rest.strip_suffix(']'));
        if inode.is_some_and(|inode| monitors.contains(&inode)) {
            let number = entry.file_name().to_str().unwrap().parse().unwrap();
            let socket: OwnedFd =
                rustix::process::pidfd_getfd(&process, number, PidfdGetfdFlags::empty()).map_err(failed)?;
            return rustix::net::shutdown(&socket, rustix::net::Shutdown::Both).map_err(failed);
        }
    }
    Err("QEMU has no monitor open".to_owned())
}
