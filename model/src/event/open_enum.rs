//! What the enums of events have in common: they are open. A number that a newer peer sends and this version has no
//! name for is kept, written as its digits, and read back as the same number.

/// Fills an enum that has an `Other(i32)` beside the named values, each given as (value, number, name).
macro_rules! open_enum {
    ($name:ident, $noun:literal, [$(($value:ident, $number:literal, $word:literal)),* $(,)?]) => {
        impl $name {
            /// Every value that has a name.
            pub const ALL: &'static [Self] = &[$(Self::$value),*];

            /// Their names.
            pub const NAMES: &'static [&'static str] = &[$($word),*];

            /// The value's name in JSON, XML and at the shell; [`Self::Other`] has none and is written as its number.
            #[must_use]
            pub fn name(self) -> Option<&'static str> {
                match self { $(Self::$value => Some($word),)* Self::Other(_) => None }
            }

            /// The value's number on the wire.
            #[must_use]
            pub fn number(self) -> i32 {
                match self { $(Self::$value => $number,)* Self::Other(number) => number }
            }

            /// The value with this number on the wire.
            #[must_use]
            pub fn from_number(number: i32) -> Self {
                match number { $($number => Self::$value,)* other => Self::Other(other) }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self.name() {
                    Some(name) => formatter.pad(name),
                    None => formatter.pad(&self.number().to_string()),
                }
            }
        }

        impl std::str::FromStr for $name {
            type Err = crate::check::UnknownName;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($word => Ok(Self::$value),)*
                    digits => match digits.parse() {
                        Ok(number) => Ok(Self::from_number(number)),
                        Err(_) => Err(crate::check::UnknownName::new($noun, text, Self::NAMES)),
                    },
                }
            }
        }

        crate::event::record::word_fields!($name);
    };
}
pub(crate) use open_enum;
