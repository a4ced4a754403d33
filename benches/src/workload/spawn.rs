//! A command, as a whole process.

use super::{duration, emit, nanoseconds};
use crate::Outcome;
use crate::statistics::quantile;
use nix::sys::resource::{UsageWho, getrusage};
use std::process::{Command, Stdio};
use std::time::Instant;

/// Runs a command several times, one after the other.
///
/// The kernel counts into a command's peak memory what the process that starts it had: this one is small.
pub(super) fn spawn(times: usize, command: &[&str]) -> Outcome {
    let (program, arguments) = command.split_first().ok_or("spawn needs a command")?;
    let (mut walls, mut cpus) = (Vec::new(), Vec::new());
    for _ in 0..=times {
        let before = getrusage(UsageWho::RUSAGE_CHILDREN)?;
        let begun = Instant::now();
        let status =
            Command::new(program).args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).status()?;
        walls.push(nanoseconds(begun) / 1e6);
        if !status.success() {
            return Err(format!("{program}: {status}").into());
        }
        let after = getrusage(UsageWho::RUSAGE_CHILDREN)?;
        let cpu = duration(&after.user_time()) + duration(&after.system_time())
            - duration(&before.user_time())
            - duration(&before.system_time());
        cpus.push(cpu.as_secs_f64() * 1e3);
    }
    // The first may have had to read the program from disk.
    emit("wall", quantile(walls.split_off(1), 0.5), "ms");
    emit("cpu", quantile(cpus.split_off(1), 0.5), "ms");
    emit("peak_rss", getrusage(UsageWho::RUSAGE_CHILDREN)?.max_rss() as f64, "KiB");
    Ok(())
}
