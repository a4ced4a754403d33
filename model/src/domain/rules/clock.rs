//! The guest's clocks.

use super::Fault;
use crate::document::DocumentErrorKind;
use crate::domain::Domain;
use crate::domain::clock::{CatchUp, Clock, ClockBasis, ClockOffset, TickPolicy, Timer, TimerName};

/// Fills in what the clock leaves open.
pub(super) fn complete(domain: &mut Domain) -> Result<(), Fault> {
    let clock = domain.clock.get_or_insert_with(Clock::default);
    complete_offset(clock)?;
    clock.timers.iter_mut().enumerate().try_for_each(|(index, timer)| complete_timer(timer, index))
}

fn complete_offset(clock: &mut Clock) -> Result<(), Fault> {
    let offset = *clock.offset.get_or_insert(ClockOffset::Utc);
    let adjustment = clock.adjustment.take();
    let basis = clock.basis.take();
    let timezone = clock.timezone.take();
    let start = clock.start.take();
    let seconds = adjustment.as_deref().and_then(|text| text.trim_start().parse::<i64>().ok());
    match offset {
        ClockOffset::Utc | ClockOffset::LocalTime => match (adjustment.as_deref(), seconds) {
            (None, _) => {}
            (Some("reset"), _) => clock.adjustment = adjustment,
            (Some(_), Some(seconds)) => {
                let basis = if offset == ClockOffset::Utc { ClockBasis::Utc } else { ClockBasis::LocalTime };
                (clock.offset, clock.basis) = (Some(ClockOffset::Variable), Some(basis));
                clock.adjustment = Some(seconds.to_string());
            }
            (Some(other), None) => {
                let message = format!("'{other}' is no adjustment: it is a number of seconds, or reset");
                return Err(Fault::new(DocumentErrorKind::Invalid, "clock/@adjustment", message));
            }
        },
        ClockOffset::Variable => {
            clock.adjustment = Some(seconds.unwrap_or_default().to_string());
            clock.basis = Some(basis.unwrap_or(ClockBasis::Utc));
        }
        ClockOffset::Timezone => {
            if timezone.is_none() {
                let message = "the clock has no time zone";
                return Err(Fault::new(DocumentErrorKind::Malformed, "clock", message)
                    .hint("write it as timezone='Europe/Berlin'"));
            }
            clock.timezone = timezone;
        }
        ClockOffset::Absolute => {
            if start.is_none() {
                let message = "the clock has no time to start with";
                return Err(Fault::new(DocumentErrorKind::Malformed, "clock", message)
                    .hint("write it as start='0', in seconds since the start of 1970"));
            }
            clock.start = start;
        }
    }
    Ok(())
}

fn complete_timer(timer: &mut Timer, index: usize) -> Result<(), Fault> {
    let path = format!("clock/timer[{}]", index + 1);
    if timer.name != TimerName::Tsc && timer.frequency.is_some_and(|frequency| frequency > 0) {
        let message = format!("the timer {} has no frequency that can be set", timer.name);
        return Err(Fault::new(DocumentErrorKind::Unsupported, path, message));
    }
    check_settings(timer, &path)?;
    timer.frequency = timer.frequency.filter(|frequency| *frequency > 0);
    if let Some(catch_up) = &mut timer.catch_up {
        for value in [&mut catch_up.threshold, &mut catch_up.slew, &mut catch_up.limit] {
            *value = value.filter(|value| *value > 0);
        }
    }
    timer.catch_up = timer.catch_up.take().filter(|catch_up| *catch_up != CatchUp::default());
    if timer.catch_up.is_some() && timer.tick_policy != Some(TickPolicy::CatchUp) {
        let message = "how ticks are made up for is only said with tickpolicy='catchup'";
        return Err(Fault::new(DocumentErrorKind::Invalid, path, message));
    }
    Ok(())
}

/// Each timer has settings that only some have.
fn check_settings(timer: &Timer, path: &str) -> Result<(), Fault> {
    let name = timer.name;
    let settings = [
        (
            "tickpolicy",
            timer.tick_policy.is_some(),
            !matches!(name, TimerName::KvmClock | TimerName::HypervClock),
        ),
        ("track", timer.track.is_some(), matches!(name, TimerName::Rtc | TimerName::Platform)),
        ("mode", timer.mode.is_some(), name == TimerName::Tsc),
    ];
    match settings.into_iter().find(|(_, wanted, possible)| *wanted && !possible) {
        Some((setting, ..)) => {
            let message = format!("the timer {name} has no {setting} that can be set");
            Err(Fault::new(DocumentErrorKind::Unsupported, format!("{path}/@{setting}"), message))
        }
        None => Ok(()),
    }
}
