//! The host's CPUs: which there are, and what they do.

use super::{cpus, failed};
use crate::connection::QemuDriver;
use omnivirt_core::*;
use std::fs::read_to_string;
use std::path::Path;

#[driver_ops]
impl HostCpuOps for QemuDriver {
    async fn node_cpu_map(&self, _: &CallCx) -> Result<NodeCpuMap> {
        Ok(NodeCpuMap::default().cpus(cpus::present()).online(cpus::online()))
    }

    async fn node_cpu_stats(&self, _: &CallCx, cpu: Option<u32>) -> Result<NodeCpuStats> {
        let path = Path::new("/proc/stat");
        let text = read_to_string(path).map_err(|error| failed("read", path, error))?;
        let name = cpu.map_or_else(|| "cpu".to_owned(), |cpu| format!("cpu{cpu}"));
        of(&text, &name, rustix::param::clock_ticks_per_second()).ok_or_else(|| {
            let message = format!("the host has no CPU {} on line", name.trim_start_matches("cpu"));
            Error::new(ErrorKind::InvalidArgument, message)
        })
    }
}

/// What one CPU, or all, spent their time with, by the file `stat` that proc(5) describes.
fn of(text: &str, name: &str, ticks_per_second: u64) -> Option<NodeCpuStats> {
    let line = text.lines().find(|line| line.split_ascii_whitespace().next() == Some(name))?;
    let ticks: Vec<u64> = line.split_ascii_whitespace().skip(1).map_while(|tick| tick.parse().ok()).collect();
    let tick_ns = 1_000_000_000 / ticks_per_second.max(1);
    let time = |places: &[usize]| -> Option<u64> {
        let parts = places.iter().map(|place| ticks.get(*place).copied());
        parts.sum::<Option<u64>>().map(|ticks| ticks.saturating_mul(tick_ns))
    };
    let mut stats = NodeCpuStats::default();
    // Programs that are nice are programs; the kernel deals with interrupts too.
    stats.user_ns = time(&[0, 1]);
    stats.kernel_ns = time(&[2, 5, 6]);
    stats.interrupts_ns = time(&[5, 6]);
    stats.idle_ns = time(&[3]);
    stats.iowait_ns = time(&[4]);
    Some(stats)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_found_by_its_whole_name() {
        let text = "cpu  10 20 30 40 50 60 70 0 0 0\ncpu1 1 2 3 4 5 6 7 0 0 0\ncpu10 9 9 9 9 9 9 9\n";
        let one = of(text, "cpu1", 1_000_000_000).unwrap();
        assert_eq!((one.user_ns, one.kernel_ns, one.idle_ns), (Some(3), Some(16), Some(4)));
        let all = of(text, "cpu", 100).unwrap();
        assert_eq!(all.iowait_ns, Some(500_000_000));
        assert!(of(text, "cpu7", 100).is_none());
    }
}
