//! What a process and its threads have used of the host, as the kernel counts it; the files are described in proc(5).

use super::Process;

/// Times of a process or a thread, and where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Usage {
    /// Whether it is on a CPU, or waits for one.
    pub(crate) is_running: bool,
    /// Outside the kernel.
    pub(crate) user_ns: u64,
    /// In the kernel.
    pub(crate) system_ns: u64,
    /// The CPU that it was on last.
    pub(crate) cpu: Option<u32>,
}

impl Usage {
    /// Reads the contents of a file `stat`.
    fn parse(text: &str, ticks_per_second: u64) -> Option<Self> {
        // The second field is the program's name in parentheses, with whatever is in it.
        let fields: Vec<&str> = text.rsplit_once(')')?.1.split_ascii_whitespace().collect();
        // Counted from 1 in the manual, and the third is the first of these.
        let field = |number: usize| fields.get(number - 3).copied();
        let tick_ns = 1_000_000_000 / ticks_per_second.max(1);
        let time = |number| Some(field(number)?.parse::<u64>().ok()?.saturating_mul(tick_ns));
        Some(Self {
            is_running: field(3)? == "R",
            user_ns: time(14)?,
            system_ns: time(15)?,
            cpu: field(39).and_then(|cpu| cpu.parse().ok()),
        })
    }
}

/// What the scheduler keeps of a thread, in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Scheduled {
    /// Time on a CPU.
    pub(crate) on_cpu_ns: u64,
    /// Time that it waited for one.
    pub(crate) delay_ns: u64,
}

impl Scheduled {
    /// Reads the contents of a file `schedstat`.
    fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.split_ascii_whitespace().map(str::parse);
        Some(Self { on_cpu_ns: numbers.next()?.ok()?, delay_ns: numbers.next()?.ok()? })
    }
}

/// Everything that is read of one thread.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ThreadUsage {
    pub(crate) usage: Usage,
    /// None where the kernel does not keep it.
    scheduled: Option<Scheduled>,
}

impl ThreadUsage {
    /// Time on CPUs, as exactly as the kernel tells it.
    pub(crate) fn cpu_time_ns(&self) -> u64 {
        let ticks = self.usage.user_ns.saturating_add(self.usage.system_ns);
        self.scheduled.map_or(ticks, |scheduled| scheduled.on_cpu_ns)
    }

    /// Time that it waited for a CPU.
    pub(crate) fn delay_ns(&self) -> Option<u64> {
        self.scheduled.map(|scheduled| scheduled.delay_ns)
    }
}

impl Process {
    /// The times of all its threads; none once it has ended.
    pub(crate) fn usage(&self) -> Option<Usage> {
        read(&format!("/proc/{}/stat", self.identity.pid))
    }

    /// The times of one of its threads; none once that has ended.
    pub(crate) fn thread_usage(&self, thread: i32) -> Option<ThreadUsage> {
        let folder = format!("/proc/{}/task/{thread}", self.identity.pid);
        let usage = read(&format!("{folder}/stat"))?;
        let scheduled = std::fs::read_to_string(format!("{folder}/schedstat")).ok();
        Some(ThreadUsage { usage, scheduled: scheduled.and_then(|text| Scheduled::parse(&text)) })
    }

    /// The host's memory that it holds, in KiB; none once it has ended.
    pub(crate) fn resident_kib(&self) -> Option<u64> {
        let text = std::fs::read_to_string(format!("/proc/{}/statm", self.identity.pid)).ok()?;
        let pages: u64 = text.split_ascii_whitespace().nth(1)?.parse().ok()?;
        Some(pages.saturating_mul(rustix::param::page_size() as u64 / 1024))
    }

    /// The numbers of its threads.
    pub(crate) fn threads(&self) -> Vec<i32> {
        let entries = std::fs::read_dir(format!("/proc/{}/task", self.identity.pid)).into_iter().flatten();
        entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).collect()
    }
}

fn read(path: &str) -> Option<Usage> {
    Usage::parse(&std::fs::read_to_string(path).ok()?, rustix::param::clock_ticks_per_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_parentheses_is_no_field() {
        let text =
            "7 (a) R (b) S 1 2 3 4 5 6 7 8 9 10 150 50 0 0 20 0 1 0 99 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 17 3 0";
        let usage = Usage::parse(text, 100).unwrap();
        assert_eq!((usage.user_ns, usage.system_ns, usage.cpu), (1_500_000_000, 500_000_000, Some(3)));
        assert!(!usage.is_running);
        assert_eq!(Usage::parse("7 (a", 100), None);
    }

    #[test]
    fn what_the_scheduler_keeps_is_in_nanoseconds() {
        assert_eq!(Scheduled::parse("12 34 5\n"), Some(Scheduled { on_cpu_ns: 12, delay_ns: 34 }));
        assert_eq!(Scheduled::parse("12"), None);
    }
}
