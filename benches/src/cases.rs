//! What is measured: the programs that run, and the figures of theirs that are promised.

use crate::goal::Goal;
use crate::goal::Goal::{AtLeast, AtMost, TimesFloorAtMost, TimesLibvirtAtLeast, TimesLibvirtAtMost};

/// One thing that each side does in a process of its own.
///
/// The arguments of ours and libvirt's are those of a mode in `workload/` and `libvirt/lvbench.c`, those of the floor one
/// in `libvirt/floor.c`. Files are named as in [`crate::scratch::Scratch`]: `{small}`, `{host-10000}`, `{omnivirt}` …
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) name: &'static str,
    pub(crate) ours: &'static str,
    pub(crate) libvirt: Option<&'static str>,
    pub(crate) floor: Option<&'static str>,
    /// Whether all threads share one CPU: how long another CPU takes to wake up is the machine's affair, and often more than
    /// all the rest.
    pub(crate) one_cpu: bool,
}

/// A figure of a run.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) run: &'static str,
    pub(crate) metric: &'static str,
    pub(crate) title: &'static str,
    pub(crate) goal: Goal,
}

const fn run(name: &'static str, ours: &'static str, floor: Option<&'static str>) -> Run {
    Run { name, ours, libvirt: Some(ours), floor, one_cpu: false }
}

const fn command(name: &'static str, ours: &'static str, libvirt: &'static str) -> Run {
    Run { name, ours, libvirt: Some(libvirt), floor: Some("spawn 20 true"), one_cpu: false }
}

/// A run whose sides are daemons: `ours` and `libvirt` say the same of `omnivirtd` and `libvirtd`, `floor` of the null server.
const fn daemons(
    name: &'static str,
    ours: &'static str,
    libvirt: &'static str,
    floor: Option<&'static str>,
) -> Run {
    Run { name, ours, libvirt: Some(libvirt), floor, one_cpu: false }
}

/// A run of QEMU's guests: ours in its own process, libvirt's through a private daemon.
const fn guests(
    name: &'static str,
    ours: &'static str,
    libvirt: Option<&'static str>,
    floor: Option<&'static str>,
) -> Run {
    Run { name, ours, libvirt, floor, one_cpu: false }
}

/// Every run, in the order in which they are made.
pub(crate) const RUNS: &[Run] = &[
    run("info", "info 0.5", Some("info 0.5")),
    run("document-small", "document {small} 3000", Some("document {small} 3000")),
    run("document-virt-install", "document {virt-install} 1000", Some("document {virt-install} 1000")),
    run("scale", "scale {small} 10000", Some("list 10000")),
    run("lookups", "lookups {small} 100 10000", Some("lookups 10000")),
    run("memory-small", "memory {small} 10000", None),
    run("memory-virt-install", "memory {virt-install} 10000", None),
    run("open-host-file", "open test://{host-10000} 3", None),
    run("deliveries-1", "deliveries 1 50000", Some("deliveries 1 100000")),
    run("deliveries-100", "deliveries 100 2000", Some("deliveries 100 4000")),
    run("deliveries-1000", "deliveries 1000 300", Some("deliveries 1000 600")),
    Run {
        name: "others",
        ours: "others {small} 10000 20000",
        // It takes 300 times as long.
        libvirt: Some("others {small} 10000 1000"),
        floor: None,
        one_cpu: false,
    },
    run("register", "register 10000", None),
    run("latency", "latency 1500", Some("latency 1500")),
    Run { one_cpu: true, ..run("latency-one-cpu", "latency 1500", Some("latency 1500")) },
    run("backlog", "backlog 1000000", None),
    command(
        "command-one",
        "spawn 20 {omnivirt} --connect test://{host-1} list --all",
        "spawn 20 virsh --connect test://{host-1} list --all",
    ),
    command(
        "command-many",
        "spawn 5 {omnivirt} --connect test://{host-10000} list --all",
        "spawn 1 virsh --connect test://{host-10000} list --all",
    ),
    daemons(
        "daemon-calls",
        "daemon omnivirtd calls 20000",
        "daemon libvirtd calls 20000",
        Some("daemon {nullserver} calls 20000"),
    ),
    Run {
        one_cpu: true,
        ..daemons(
            "daemon-calls-one-cpu",
            "daemon omnivirtd calls 20000",
            "daemon libvirtd calls 20000",
            Some("daemon {nullserver} calls 20000"),
        )
    },
    daemons(
        "daemon-callers",
        "daemon omnivirtd callers 8 2",
        "daemon libvirtd callers 8 2",
        Some("daemon {nullserver} callers 8 2"),
    ),
    daemons(
        "daemon-connections",
        "daemon omnivirtd connections 8 2",
        "daemon libvirtd connections 8 2",
        Some("daemon {nullserver} connections 8 2"),
    ),
    daemons(
        "daemon-open",
        "daemon omnivirtd open 2000",
        "daemon libvirtd open 2000",
        Some("daemon {nullserver} open 2000"),
    ),
    daemons(
        "daemon-list",
        "daemon omnivirtd list test://{host-10000} 20",
        "daemon libvirtd list test://{host-10000} 20",
        None,
    ),
    daemons(
        "daemon-fan-out",
        "daemon omnivirtd fan-out 100 1000",
        "daemon libvirtd fan-out 100 1000",
        Some("daemon {nullserver} fan-out 100 1000"),
    ),
    daemons("daemon-memory", "daemon omnivirtd memory 100", "daemon libvirtd memory 100", None),
    daemons("daemon-deaf", "daemon omnivirtd deaf 50000", "daemon libvirtd deaf 10000", None),
    guests(
        "qemu-cycle",
        "qemu cycle {qemu} 15",
        Some("qemu libvirt {lvqemu} cycle {qemu} 5"),
        Some("qemu floor {qmpfloor} cycle 15"),
    ),
    guests(
        "qemu-starts",
        "qemu starts {qemu} 20 4",
        Some("qemu libvirt {lvqemu} starts {qemu} 20 4"),
        Some("qemu floor {qmpfloor} starts 20 4"),
    ),
    guests("qemu-memory", "qemu memory {qemu} 30", Some("qemu libvirt {lvqemu} memory {qemu} 10"), None),
    guests("qemu-guests", "qemu guests {qemu} 100", None, None),
    guests(
        "qemu-events",
        "qemu events {qemu} 200",
        Some("qemu libvirt {lvqemu} events {qemu} 200"),
        Some("qemu floor {qmpfloor} events 200"),
    ),
    guests(
        "qemu-bystander",
        "qemu bystander {qemu} 30",
        Some("qemu libvirt {lvqemu} bystander {qemu} 30"),
        None,
    ),
    guests("qemu-stopped", "qemu stopped {qemu} 200", None, None),
    guests(
        "qemu-capabilities",
        "qemu capabilities {qemu}",
        Some("qemu libvirt {lvqemu} capabilities {qemu} 0"),
        None,
    ),
];

const fn case(run: &'static str, metric: &'static str, title: &'static str, goal: Goal) -> Case {
    Case { run, metric, title, goal }
}

/// Linear work: the last tenth of it costs no more than this many times the first.
const LINEAR: Goal = AtMost(1.5);

/// Every figure that is promised.
pub(crate) const CASES: &[Case] = &[
    case("info", "info", "Domain::info, one thread", TimesLibvirtAtMost(1.0 / 8.0)),
    case("document-small", "dump", "dump of a small domain", TimesLibvirtAtMost(1.0 / 5.0)),
    case(
        "document-virt-install",
        "define",
        "define of 2.7 KB as virt-install writes them",
        TimesLibvirtAtMost(1.0 / 8.0),
    ),
    case("document-virt-install", "dump", "dump of the same", TimesLibvirtAtMost(1.0 / 4.0)),
    case("document-virt-install", "parse", "reading of the same, tree and types", TimesFloorAtMost(2.0)),
    case("scale", "define_all", "define 10,000 small domains", TimesLibvirtAtMost(1.0 / 8.0)),
    case("scale", "define_growth", "… the last 1,000 against the first", LINEAR),
    case("scale", "list_all", "list 10,000", TimesLibvirtAtMost(1.0 / 5.0)),
    case("lookups", "lookup_id", "look up by id among 10,000", TimesLibvirtAtMost(1.0 / 1000.0)),
    case("lookups", "lookup_id_growth", "… against among 100", AtMost(3.0)),
    case("lookups", "lookup_name", "look up by name among 10,000", TimesLibvirtAtMost(1.0 / 4.0)),
    case("lookups", "lookup_name_growth", "… against among 100", AtMost(3.0)),
    case("lookups", "lookup_uuid", "look up by UUID among 10,000", TimesLibvirtAtMost(1.0 / 4.0)),
    case("lookups", "lookup_uuid_growth", "… against among 100", AtMost(3.0)),
    case("memory-small", "per_domain", "memory a small domain, of 10,000", TimesLibvirtAtMost(1.0 / 2.0)),
    case("memory-small", "peak", "peak memory with 10,000 small domains", TimesLibvirtAtMost(1.0 / 2.0)),
    case(
        "memory-virt-install",
        "per_domain",
        "memory a 2.7 KB domain, of 10,000",
        TimesLibvirtAtMost(1.0 / 2.0),
    ),
    case("memory-virt-install", "peak", "peak memory with 10,000 of 2.7 KB", TimesLibvirtAtMost(1.0 / 2.0)),
    case("open-host-file", "open", "open a host file of 10,000", TimesLibvirtAtMost(1.0 / 8.0)),
    case("deliveries-1", "callbacks_per_s", "callbacks delivered, 1 that matches", TimesLibvirtAtLeast(5.0)),
    case(
        "deliveries-100",
        "callbacks_per_s",
        "callbacks delivered, 100 that match",
        TimesLibvirtAtLeast(5.0),
    ),
    case(
        "deliveries-1000",
        "callbacks_per_s",
        "callbacks delivered, 1,000 that match",
        TimesLibvirtAtLeast(5.0),
    ),
    case("others", "cpu_many", "CPU an event, 10,000 registered for others", TimesLibvirtAtMost(1.0 / 100.0)),
    case("others", "growth", "… against without the 10,000", AtMost(1.1)),
    case("register", "register_all", "register 10,000 callbacks", TimesLibvirtAtMost(1.0 / 30.0)),
    case("register", "register_growth", "… the last 1,000 against the first", LINEAR),
    case("latency", "p50", "call to callback, p50", TimesLibvirtAtMost(1.0 / 3.0)),
    case("latency", "p99", "call to callback, p99", TimesLibvirtAtMost(1.0 / 3.0)),
    case("latency-one-cpu", "p50", "call to callback, all on one CPU, p50", TimesLibvirtAtMost(1.0 / 3.0)),
    case("latency-one-cpu", "p99", "call to callback, all on one CPU, p99", TimesLibvirtAtMost(1.0 / 3.0)),
    case("backlog", "growth", "memory of a reader that never reads, 1,000,000 events", AtMost(8_000.0)),
    case("backlog", "told", "… the share of its losses that it is told of", AtLeast(1.0)),
    case("command-one", "wall", "`list` of one domain, whole process", AtMost(4.0)),
    case("command-one", "cpu", "… its CPU", TimesLibvirtAtMost(1.0 / 3.0)),
    case("command-one", "peak_rss", "… its peak memory", AtMost(8_192.0)),
    case("command-many", "wall", "`list` of 10,000 from a host file", TimesLibvirtAtMost(1.0 / 20.0)),
    case("command-many", "cpu", "… its CPU", TimesLibvirtAtMost(1.0 / 20.0)),
    case("command-many", "peak_rss", "… its peak memory", TimesLibvirtAtMost(1.0 / 2.0)),
    case("daemon-calls", "p50", "through a daemon: a small call, p50", TimesLibvirtAtMost(1.0 / 3.0)),
    case("daemon-calls", "p50", "… against the null server", TimesFloorAtMost(1.5)),
    case("daemon-calls-one-cpu", "p50", "… all on one CPU", TimesLibvirtAtMost(1.0 / 3.0)),
    case("daemon-calls-one-cpu", "p50", "… against the null server", TimesFloorAtMost(1.5)),
    case("daemon-callers", "calls_per_s", "… 8 callers on one connection", TimesLibvirtAtLeast(7.0)),
    case("daemon-connections", "calls_per_s", "… 8 connections", TimesLibvirtAtLeast(4.0)),
    case("daemon-open", "p50", "… open and close, p50", TimesLibvirtAtMost(1.0 / 2.0)),
    case("daemon-list", "p50", "… list 10,000", TimesLibvirtAtMost(1.0 / 5.0)),
    case("daemon-fan-out", "delivered_per_s", "… events to 100 clients", TimesLibvirtAtLeast(4.0)),
    case("daemon-memory", "idle", "the daemon's memory, idle", AtMost(10_240.0)),
    case("daemon-memory", "with_clients", "… with 100 clients", AtMost(14_336.0)),
    case("daemon-deaf", "growth", "… for a client that does not read, 100,000 events", AtMost(8_192.0)),
    case("qemu-cycle", "start", "start of a QEMU guest", TimesFloorAtMost(1.5)),
    case("qemu-cycle", "start", "… against libvirt", TimesLibvirtAtMost(1.0 / 8.0)),
    case("qemu-cycle", "destroy", "destroy of one", TimesFloorAtMost(3.0)),
    case("qemu-cycle", "destroy", "… against libvirt", TimesLibvirtAtMost(1.0 / 20.0)),
    case("qemu-starts", "all", "20 starts, 4 at a time", TimesLibvirtAtMost(1.0 / 6.0)),
    case("qemu-memory", "per_guest", "memory a guest, of 30", AtMost(100.0)),
    case("qemu-guests", "list", "list 100 guests", AtMost(20_000.0)),
    case("qemu-guests", "stats", "bulk stats of 100 guests", AtMost(20_000.0)),
    case("qemu-events", "p50", "QEMU's event to callback", TimesLibvirtAtMost(1.0 / 5.0)),
    case("qemu-bystander", "info_growth", "info while 30 others are destroyed, against idle", AtMost(1.2)),
    case("qemu-bystander", "monitor_growth", "… suspend and resume", AtMost(1.2)),
    case("qemu-stopped", "info_growth", "info while another's QEMU is stopped", AtMost(1.05)),
    case("qemu-stopped", "monitor_growth", "… suspend and resume", AtMost(1.05)),
    case("qemu-capabilities", "cold", "capabilities, QEMU never asked before", TimesLibvirtAtMost(1.0 / 4.0)),
    case("qemu-capabilities", "warm", "… asked before", TimesLibvirtAtMost(1.0 / 4.0)),
];

#[cfg(test)]
mod tests {
    use super::{CASES, RUNS};

    #[test]
    fn every_case_has_its_run_and_every_run_its_case() {
        for case in CASES {
            assert!(RUNS.iter().any(|run| run.name == case.run), "{}", case.title);
        }
        for run in RUNS {
            assert!(CASES.iter().any(|case| case.run == run.name), "{}", run.name);
        }
    }
}
