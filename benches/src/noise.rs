//! What else the machine does.

use crate::Outcome;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Lets this program and those that it starts go before others, where that is allowed: the kernel weighs first the groups
/// that programs were started in, then the programs of each. A goal is then judged by what the code does, and less by who
/// else was there; where it is not allowed, that has to be seen from what others used.
pub(crate) fn go_first() {
    let renice = |program: &str| {
        let arguments = ["-n", "-15", "-p", program];
        Command::new("renice").args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status()
    };
    if renice(&std::process::id().to_string()).is_ok_and(|status| status.success()) {
        // Not every kernel has groups of its own making; then there is nothing to do.
        std::fs::write("/proc/self/autogroup", "-15").unwrap_or_default();
    }
}

/// The number of a CPU that programs may run on.
pub(crate) fn a_cpu() -> Outcome<String> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let list = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
    let first = list.and_then(|list| list.trim().split([',', '-']).next());
    Ok(first.ok_or("/proc/self/status names no CPU")?.to_owned())
}

/// The CPU time of all programs so far, and the time there was, summed over the CPUs. Idle if `/proc` cannot tell.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Usage {
    busy: f64,
    all: f64,
}

impl Usage {
    /// The usage until now.
    pub(crate) fn now() -> Self {
        let stat = std::fs::read_to_string("/proc/stat").unwrap_or_default();
        let line = stat.lines().next().unwrap_or_default();
        // user nice system idle iowait irq softirq steal
        let times: Vec<f64> =
            line.split_whitespace().skip(1).take(8).filter_map(|time| time.parse().ok()).collect();
        let all: f64 = times.iter().sum();
        Self { busy: all - times.iter().skip(3).take(2).sum::<f64>(), all }
    }

    /// The share of the machine that was busy since then, less the share that `ours` of CPU time is.
    pub(crate) fn background_since(self, ours: Duration) -> f64 {
        let now = Self::now();
        // The kernel counts in hundredths of a second.
        let busy = now.busy - self.busy - ours.as_secs_f64() * 100.0;
        if now.all > self.all { (busy / (now.all - self.all)).clamp(0.0, 1.0) } else { 0.0 }
    }
}

/// Waits until others use less than a tenth of the machine, but no longer than `limit`.
pub(crate) fn wait_for_quiet(limit: Duration) {
    let begun = Instant::now();
    while begun.elapsed() < limit {
        let before = Usage::now();
        std::thread::sleep(Duration::from_millis(200));
        if before.background_since(Duration::ZERO) < 0.1 {
            return;
        }
    }
}
