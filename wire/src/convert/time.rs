//! Moments, which are seconds and a part of one on the wire.

use super::{ConvertError, FromWire, IntoWire};
use crate::structs;
use omnivirt_model::Timestamp;

const NANOSECONDS: i64 = 1_000_000_000;

/// A moment's seconds since 1970, rounded down, and the nanoseconds that are left.
#[must_use]
pub fn seconds_and_nanoseconds(moment: Timestamp) -> (i64, u32) {
    let nanoseconds = moment.nanoseconds().rem_euclid(NANOSECONDS);
    // A remainder of 1,000,000,000 fits.
    (moment.seconds(), nanoseconds as u32)
}

/// The moment so many seconds and nanoseconds after the start of 1970.
///
/// # Errors
///
/// It is before 1677 or after 2262.
pub fn moment(seconds: i64, nanoseconds: u32) -> Result<Timestamp, ConvertError> {
    let whole = seconds.checked_mul(NANOSECONDS);
    whole
        .and_then(|whole| whole.checked_add(nanoseconds.into()))
        .map(Timestamp::from_nanoseconds)
        .ok_or_else(|| ConvertError::new(format!("{seconds} seconds after 1970 are too far away to be told")))
}

impl FromWire<structs::Timestamp> for Timestamp {
    fn from_wire(wire: structs::Timestamp) -> Result<Self, ConvertError> {
        moment(wire.seconds, wire.nseconds)
    }
}

impl IntoWire<structs::Timestamp> for Timestamp {
    fn into_wire(self) -> Result<structs::Timestamp, ConvertError> {
        let (seconds, nseconds) = seconds_and_nanoseconds(self);
        Ok(structs::Timestamp { seconds, nseconds })
    }
}

/// Whole seconds since 1970.
impl FromWire<i64> for Timestamp {
    fn from_wire(wire: i64) -> Result<Self, ConvertError> {
        moment(wire, 0)
    }
}

impl IntoWire<i64> for Timestamp {
    fn into_wire(self) -> Result<i64, ConvertError> {
        Ok(self.seconds())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_moment_is_read_back(nanoseconds in i64::MIN + NANOSECONDS..) {
            let timestamp = Timestamp::from_nanoseconds(nanoseconds);
            let (seconds, rest) = seconds_and_nanoseconds(timestamp);
            prop_assert_eq!(moment(seconds, rest).unwrap(), timestamp);
        }

        #[test]
        fn no_time_panics(seconds: i64, nanoseconds: u32) {
            let _ = moment(seconds, nanoseconds);
        }
    }

    #[test]
    fn a_time_that_cannot_be_told_is_refused() {
        assert!(moment(i64::MAX, 0).is_err());
        assert_eq!(Timestamp::from_wire(5), Ok(Timestamp::from_seconds(5)));
    }
}
