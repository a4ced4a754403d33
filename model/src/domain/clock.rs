//! The guest's clocks.

use crate::document::text::words;
use crate::document::{YesNo, mapped};

/// The guest's clock.
#[mapped(collected)]
pub struct Clock {
    /// What it starts with.
    #[attribute("offset", error = Unsupported)]
    pub offset: Option<ClockOffset>,
    /// How many seconds it is ahead of its basis, or `reset`; absent for none.
    #[attribute("adjustment")]
    pub adjustment: Option<String>,
    /// What the adjustment is from.
    #[attribute("basis", error = Unsupported)]
    pub basis: Option<ClockBasis>,
    /// The zone of the time.
    #[attribute("timezone")]
    pub timezone: Option<String>,
    /// What it starts with, in seconds since the start of 1970.
    #[attribute("start", lenient)]
    pub start: Option<u64>,
    /// The guest's timers.
    #[element("timer")]
    pub timers: Vec<Timer>,
}

words! {
    /// What a clock starts with.
    pub enum ClockOffset("offset of a clock", Unsupported) {
        /// Universal time.
        Utc = "utc",
        /// The host's local time.
        LocalTime = "localtime",
        /// A time of its own.
        Variable = "variable",
        /// The time of a zone.
        Timezone = "timezone",
        /// A fixed time.
        Absolute = "absolute",
    }
}

words! {
    /// What a clock's adjustment is from.
    pub enum ClockBasis("basis of a clock", Unsupported) {
        /// Universal time.
        Utc = "utc",
        /// The host's local time.
        LocalTime = "localtime",
    }
}

/// A timer of the guest.
#[mapped]
pub struct Timer {
    /// Which.
    #[attribute("name")]
    pub name: TimerName,
    /// Whether it is there.
    #[attribute("present")]
    pub present: Option<YesNo>,
    /// What happens with ticks that the guest did not get in time.
    #[attribute("tickpolicy")]
    pub tick_policy: Option<TickPolicy>,
    /// What it follows.
    #[attribute("track")]
    pub track: Option<TimerTrack>,
    /// The ticks per second.
    #[attribute("frequency")]
    pub frequency: Option<u64>,
    /// How the guest reads it.
    #[attribute("mode")]
    pub mode: Option<TimerMode>,
    /// How missed ticks are made up for.
    #[element("catchup")]
    pub catch_up: Option<CatchUp>,
}

words! {
    /// A timer of a guest.
    pub enum TimerName("timer", Invalid) {
        /// The platform's.
        Platform = "platform",
        /// The programmable interval timer.
        Pit = "pit",
        /// The real-time clock.
        Rtc = "rtc",
        /// The high-precision event timer.
        Hpet = "hpet",
        /// The counter of the CPU's cycles.
        Tsc = "tsc",
        /// The clock of KVM.
        KvmClock = "kvmclock",
        /// The clock of Hyper-V.
        HypervClock = "hypervclock",
        /// The timer of ARM CPUs.
        ArmVtimer = "armvtimer",
    }
}

words! {
    /// What happens with ticks that a guest did not get in time.
    pub enum TickPolicy("policy of ticks", Invalid) {
        /// It gets them later.
        Delay = "delay",
        /// It gets them faster.
        CatchUp = "catchup",
        /// Some become one.
        Merge = "merge",
        /// It does not get them.
        Discard = "discard",
    }
}

words! {
    /// What a timer follows.
    pub enum TimerTrack("track of a timer", Invalid) {
        /// The time since the guest's start.
        Boot = "boot",
        /// The time that the guest runs.
        Guest = "guest",
        /// The host's time.
        Wall = "wall",
        /// Real time.
        Realtime = "realtime",
    }
}

words! {
    /// How a guest reads a timer.
    pub enum TimerMode("mode of a timer", Invalid) {
        /// As the host can do best.
        Auto = "auto",
        /// Directly.
        Native = "native",
        /// Through the hypervisor.
        Emulate = "emulate",
        /// Directly, with the hypervisor's help.
        Paravirtual = "paravirt",
        /// As it was where the guest was before.
        SmpSafe = "smpsafe",
    }
}

/// How missed ticks are made up for.
#[mapped(omit_empty)]
pub struct CatchUp {
    /// From how many missed ticks on.
    #[attribute("threshold")]
    pub threshold: Option<u64>,
    /// How fast.
    #[attribute("slew")]
    pub slew: Option<u64>,
    /// How many are made up for at most.
    #[attribute("limit")]
    pub limit: Option<u64>,
}
