//! `-rtc`: what time it is in the guest.

use super::arguments::Arguments;
use super::keyed::Keyed;
use super::refusal::unsupported;
use omnivirt_core::Result;
use omnivirt_core::Timestamp;
use omnivirt_core::domain::clock::{Clock, ClockBasis, ClockOffset, TickPolicy, TimerName, TimerTrack};

/// Adds the clock, and the timers that are or are not there.
pub(super) fn add(arguments: &mut Arguments<'_>) -> Result<()> {
    let none = Clock::default();
    let clock = arguments.domain.clock.as_ref().unwrap_or(&none);
    let mut option = Keyed::default().with("base", base(clock)?);
    for timer in clock.timers.iter().filter(|timer| timer.name == TimerName::Rtc) {
        match timer.track {
            None => {}
            Some(TimerTrack::Guest) => option.push("clock", "vm"),
            Some(TimerTrack::Wall) => option.push("clock", "host"),
            Some(TimerTrack::Realtime) => option.push("clock", "rt"),
            Some(track) => {
                return Err(unsupported("clock/timer", format!("the clock cannot follow '{track}'")));
            }
        }
        match timer.tick_policy {
            None | Some(TickPolicy::Delay) => {}
            Some(TickPolicy::CatchUp) => option.push("driftfix", "slew"),
            Some(policy) => {
                return Err(unsupported("clock/timer", format!("the RTC has no policy '{policy}'")));
            }
        }
    }
    arguments.option("-rtc", option);
    super::machine::add_timers(arguments)
}

fn base(clock: &Clock) -> Result<String> {
    Ok(match clock.offset {
        Some(ClockOffset::LocalTime | ClockOffset::Timezone) => "localtime".into(),
        Some(ClockOffset::Absolute) => {
            let start = clock.start.unwrap_or(0);
            moment(i64::try_from(start).map_err(|_| unsupported("clock", "the start is too far away"))?)
        }
        Some(ClockOffset::Variable) => {
            if clock.basis == Some(ClockBasis::LocalTime) {
                let why = "a clock that differs from local time cannot be had";
                return Err(unsupported("clock/@basis", why).with_hint("use basis='utc'"));
            }
            moment(Timestamp::now().seconds().saturating_add(adjustment(clock)?))
        }
        _ => match adjustment(clock)? {
            0 => "utc".into(),
            seconds => moment(Timestamp::now().seconds().saturating_add(seconds)),
        },
    })
}

/// By how many seconds the guest's clock differs.
fn adjustment(clock: &Clock) -> Result<i64> {
    match clock.adjustment.as_deref() {
        None | Some("" | "reset") => Ok(0),
        Some(seconds) => seconds
            .trim()
            .parse()
            .map_err(|_| unsupported("clock/@adjustment", format!("'{seconds}' is no number of seconds"))),
    }
}

/// A moment as QEMU reads it: in UTC, with whole seconds.
fn moment(seconds: i64) -> String {
    Timestamp::from_seconds(seconds).to_string().trim_end_matches('Z').to_owned()
}

#[cfg(test)]
mod tests {
    #[test]
    fn moments_are_written_without_a_zone() {
        assert_eq!(super::moment(1_234_567_890), "2009-02-13T23:31:30");
    }
}
