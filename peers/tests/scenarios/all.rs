//! The scenarios: what is done to a guest, and who has brought its end about.

use omnivirt::event::Initiator::{self, Client, Guest, Host};

/// A guest, what is done with it, and what it comes to.
#[derive(Debug)]
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    /// What its document has beside the usual: elements of the domain, and devices.
    pub(crate) elements: &'static str,
    pub(crate) devices: &'static str,
    pub(crate) steps: &'static [Step],
    /// An event that is told, and who brought it about.
    pub(crate) cause: (&'static str, Initiator),
}

/// Something that is done.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step {
    /// Starts it, and waits until its guest is there.
    Boot,
    /// Has the guest do what the letter stands for.
    Do(u8),
    Shutdown,
    Reboot,
    Reset,
    Suspend,
    Resume,
    Destroy,
    DestroyGracefully,
    Save,
    ManagedSave,
    Dump,
    DumpAndCrash,
    Undefine,
    Wakeup,
    /// Asks for so much memory that the guest keeps, in KiB.
    Memory(u64),
    /// A command of QEMU's own.
    Monitor(&'static str),
    /// Sends QEMU's process a signal.
    Signal(i32),
    /// Waits until this is told.
    Told(&'static str),
    /// A client of the graphical console comes and goes.
    View,
}

use Step::*;

const KILL: i32 = 9;
const TERM: i32 = 15;

const PANIC: &str = "<panic model='isa'/>";
const IDE_DISK: &str = "<disk type='file' device='disk'><driver name='qemu' type='raw' error_policy='stop'/>\
    <source file='FULL/disk.img'/><target dev='hda' bus='ide'/></disk>";
const REPORTED_DISK: &str = "<disk type='file' device='disk'><driver name='qemu' type='raw' error_policy='report'/>\
    <source file='FULL/disk.img'/><target dev='hda' bus='ide'/></disk>";
const CDROM: &str = "<disk type='file' device='cdrom'><target dev='hdc' bus='ide'/></disk>";
const SLEEP: &str = "<pm><suspend-to-mem enabled='yes'/><suspend-to-disk enabled='yes'/></pm>";

macro_rules! scenario {
    ($name:literal, $elements:expr, $devices:expr, [$($step:expr),* $(,)?], $line:literal by $initiator:expr) => {
        Scenario {
            name: $name,
            elements: $elements,
            devices: $devices,
            steps: &[$($step),*],
            cause: ($line, $initiator),
        }
    };
}

pub(crate) const SCENARIOS: &[Scenario] = &[
    // Ways to stop a guest: by a client.
    scenario!("destroy", "", "", [Boot, Destroy], "lifecycle stopped destroyed" by Client),
    scenario!("destroy gracefully", "", "", [Boot, DestroyGracefully], "lifecycle stopped destroyed" by Client),
    scenario!("destroy while paused", "", "", [Boot, Suspend, Destroy], "lifecycle stopped destroyed" by Client),
    scenario!("shutdown by the power button", "", "", [Boot, Shutdown, Told("lifecycle stopped")], "lifecycle stopped shutdown" by Client),
    scenario!("reboot by the power button", "", "", [Boot, Reboot, Told("reboot"), Destroy], "reboot" by Client),
    scenario!("save", "", "", [Boot, Save], "lifecycle stopped saved" by Client),
    scenario!("managed save", "", "", [Boot, ManagedSave], "lifecycle stopped saved" by Client),
    scenario!("dump and crash", "", "", [Boot, DumpAndCrash, Told("lifecycle stopped")], "lifecycle stopped crashed" by Client),
    scenario!("dump and go on", "", "", [Boot, Dump, Destroy], "lifecycle suspended paused" by Client),
    scenario!("undefined while it runs, then destroyed", "", "", [Boot, Undefine, Destroy], "lifecycle stopped destroyed" by Client),
    scenario!("quit on its monitor", "", "", [Boot, Monitor(r#"{"execute":"quit"}"#), Told("lifecycle stopped")], "lifecycle stopped shutdown" by Client),
    scenario!("stop and cont on its monitor", "", "", [Boot, Monitor(r#"{"execute":"stop"}"#), Told("lifecycle suspended"), Monitor(r#"{"execute":"cont"}"#), Told("lifecycle resumed"), Destroy], "lifecycle suspended paused" by Client),
    // By the guest.
    scenario!("the guest powers off", "", "", [Boot, Do(b'q'), Told("lifecycle stopped")], "lifecycle stopped shutdown" by Guest),
    scenario!("the guest powers off, restarted", "<on_poweroff>restart</on_poweroff>", "", [Boot, Do(b'q'), Told("reboot"), Destroy], "lifecycle stopped destroyed" by Client),
    scenario!("the guest resets by its keyboard", "", "", [Boot, Do(b'r'), Told("reboot"), Destroy], "reboot" by Guest),
    scenario!("the guest resets by its chipset", "", "", [Boot, Do(b'f'), Told("reboot"), Destroy], "reboot" by Guest),
    scenario!("the guest faults three times", "", "", [Boot, Do(b't'), Told("reboot"), Destroy], "reboot" by Guest),
    scenario!("the guest resets and is destroyed", "<on_reboot>destroy</on_reboot>", "", [Boot, Do(b'f'), Told("lifecycle stopped")], "lifecycle stopped shutdown" by Guest),
    scenario!("panic", "", PANIC, [Boot, Do(b'x'), Told("lifecycle stopped")], "lifecycle stopped crashed" by Guest),
    scenario!("panic, preserved", "<on_crash>preserve</on_crash>", PANIC, [Boot, Do(b'x'), Told("lifecycle crashed"), Destroy], "lifecycle crashed panicked" by Guest),
    scenario!("panic, restarted", "<on_crash>restart</on_crash>", PANIC, [Boot, Do(b'x'), Told("reboot"), Destroy], "lifecycle crashed panicked" by Guest),
    scenario!("panic, dumped and destroyed", "<on_crash>coredump-destroy</on_crash>", PANIC, [Boot, Do(b'x'), Told("lifecycle stopped")], "lifecycle stopped crashed" by Guest),
    scenario!("crash kernel loaded", "", PANIC, [Boot, Do(b'c'), Told("lifecycle crashed"), Destroy], "lifecycle crashed crashloaded" by Guest),
    scenario!("sleep on disk", SLEEP, "", [Boot, Do(b'S'), Told("lifecycle stopped")], "lifecycle stopped shutdown" by Guest),
    scenario!("sleep in memory, and awake", SLEEP, "", [Boot, Do(b's'), Told("pm_suspend"), Wakeup, Told("pm_wakeup"), Destroy], "pm_suspend" by Guest),
    scenario!("watchdog pauses", "", "<watchdog model='ib700' action='pause'/>", [Boot, Do(b'w'), Told("lifecycle suspended"), Destroy], "lifecycle suspended watchdog" by Guest),
    scenario!("watchdog resets", "", "<watchdog model='ib700' action='reset'/>", [Boot, Do(b'w'), Told("reboot"), Destroy], "watchdog reset" by Guest),
    scenario!("watchdog powers off", "", "<watchdog model='ib700' action='poweroff'/>", [Boot, Do(b'w'), Told("lifecycle stopped")], "watchdog poweroff" by Guest),
    scenario!("watchdog shuts down", "", "<watchdog model='ib700' action='shutdown'/>", [Boot, Do(b'w'), Told("lifecycle stopped")], "watchdog shutdown" by Guest),
    scenario!("watchdog does nothing", "", "<watchdog model='ib700' action='none'/>", [Boot, Do(b'w'), Told("watchdog"), Destroy], "watchdog none" by Guest),
    // By the host.
    scenario!("QEMU is killed", "", "", [Boot, Signal(KILL), Told("lifecycle stopped")], "lifecycle stopped failed" by Host),
    scenario!("QEMU is asked to end", "", "", [Boot, Signal(TERM), Told("lifecycle stopped")], "lifecycle stopped shutdown" by Host),
    scenario!("a full disk stops it", "", IDE_DISK, [Boot, Do(b'h'), Told("lifecycle suspended"), Destroy], "lifecycle suspended io_error" by Host),
    scenario!("a full disk is reported to it", "", REPORTED_DISK, [Boot, Do(b'h'), Told("io_error"), Destroy], "io_error report " by Host),
    scenario!("a corrected memory error", "", "", [Boot, Monitor(r#"{"execute":"human-monitor-command","arguments":{"command-line":"mce -b 0 1 0x9400000000000000 0x4 0x1000 0x8c"}}"#), Told("memory_failure"), Destroy], "memory_failure guest inject" by Host),
    // What is told beside.
    scenario!("suspend and resume", "", "", [Boot, Suspend, Resume, Destroy], "lifecycle resumed unpaused" by Client),
    scenario!("reset", "", "", [Boot, Reset, Told("reboot"), Destroy], "reboot" by Client),
    scenario!("the clock is set", "", "", [Boot, Do(b'R'), Told("rtc_change"), Destroy], "rtc_change" by Guest),
    scenario!("the balloon takes pages", "", "", [Boot, Memory(8192), Told("balloon_change"), Destroy], "balloon_change" by Client),
    scenario!("the tray opens and closes", "", CDROM, [Boot, Do(b'e'), Told("tray_change"), Do(b'l'), Told("tray_change"), Destroy], "tray_change ide0-1-0 open" by Guest),
    scenario!("a viewer comes and goes", "", "<graphics type='vnc'><listen type='socket' socket='FOLDER/viewers/vnc.sock'/></graphics><video><model type='vga'/></video>", [Boot, View, Told("graphics disconnect"), Destroy], "graphics connect" by Host),
];
