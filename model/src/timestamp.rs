//! A moment in time.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

/// A moment, in nanoseconds since the start of 1970 in UTC: from the year 1677 to 2262.
///
/// It is written, also in JSON, in the form of RFC 3339.
///
/// ```
/// use omnivirt_model::Timestamp;
///
/// let moment = Timestamp::from_seconds(1_700_000_000);
/// assert_eq!(moment.to_string(), "2023-11-14T22:13:20Z");
/// assert_eq!("2023-11-14T23:13:20+01:00".parse(), Ok(moment));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Timestamp(i64);

impl Timestamp {
    /// This moment by the host's clock.
    #[must_use]
    pub fn now() -> Self {
        let nanoseconds = match SystemTime::now().duration_since(SystemTime::UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_nanos()),
            Err(before) => i64::try_from(before.duration().as_nanos()).map(|nanoseconds| -nanoseconds),
        };
        Self(nanoseconds.unwrap_or(i64::MAX))
    }

    /// The moment so many nanoseconds after the start of 1970.
    #[must_use]
    pub const fn from_nanoseconds(nanoseconds: i64) -> Self {
        Self(nanoseconds)
    }

    /// The moment so many seconds after the start of 1970, or the nearest that can be told.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000_000_000))
    }

    /// Nanoseconds since the start of 1970.
    #[must_use]
    pub const fn nanoseconds(self) -> i64 {
        self.0
    }

    /// Whole seconds since the start of 1970, rounded down.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1_000_000_000)
    }

    /// The moment that much later, or the last that can be told.
    #[must_use]
    pub fn saturating_add(self, later: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(later.as_nanos()).unwrap_or(i64::MAX)))
    }

    /// How long after `earlier` this is; zero if it is not.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(u64::try_from(i128::from(self.0) - i128::from(earlier.0)).unwrap_or(0))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = jiff::Timestamp::from_nanosecond(i128::from(self.0))
            .expect("64 bits of nanoseconds are in range");
        fmt::Display::fmt(&moment, formatter)
    }
}

impl From<Timestamp> for String {
    fn from(timestamp: Timestamp) -> Self {
        timestamp.to_string()
    }
}

/// A text that is no moment in the form of RFC 3339, or one too far away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimestampError(String);

impl fmt::Display for TimestampError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "'{}' is no time between 1677 and 2262 such as 2023-11-14T22:13:20Z", self.0)
    }
}

impl std::error::Error for TimestampError {}

impl FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, TimestampError> {
        text.parse()
            .ok()
            .and_then(|moment: jiff::Timestamp| i64::try_from(moment.as_nanosecond()).ok())
            .map(Self)
            .ok_or_else(|| TimestampError(text.chars().take(64).collect()))
    }
}

impl TryFrom<String> for Timestamp {
    type Error = TimestampError;

    fn try_from(text: String) -> Result<Self, TimestampError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_moment_is_read_back(nanoseconds: i64) {
            let moment = Timestamp::from_nanoseconds(nanoseconds);
            prop_assert_eq!(moment.to_string().parse(), Ok(moment));
            let json = serde_json::to_string(&moment).unwrap();
            prop_assert_eq!(serde_json::from_str::<Timestamp>(&json).unwrap(), moment);
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in ["", "yesterday", "2023-11-14", "2023-11-14T22:13:20", "9999-01-01T00:00:00Z"] {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
    }

    #[test]
    fn differences_and_seconds_are_rounded_down() {
        let (early, late) = (Timestamp::from_nanoseconds(-1), Timestamp::from_seconds(2));
        assert_eq!((early.seconds(), late.since(early).as_nanos()), (-1, 2_000_000_001));
        assert_eq!(early.since(late), Duration::ZERO);
        assert_eq!(early.saturating_add(Duration::MAX).nanoseconds(), i64::MAX - 1);
    }
}
