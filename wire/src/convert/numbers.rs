//! Numbers and truth values. Each number fits where its value does, whatever the width and sign of its type.

use super::{ConvertError, FromWire, IntoWire};

/// Every pair of the two lists, both ways.
macro_rules! numbers {
    ($($ty:ident),* => $wires:tt) => {$(
        numbers!(@one $ty $wires);
    )*};
    (@one $ty:ident [$($wire:ident),*]) => {$(
        impl FromWire<$wire> for $ty {
            fn from_wire(wire: $wire) -> Result<Self, ConvertError> {
                Self::try_from(wire).map_err(|_| out_of_range(&wire, stringify!($ty)))
            }
        }

        impl IntoWire<$wire> for $ty {
            fn into_wire(self) -> Result<$wire, ConvertError> {
                $wire::try_from(self).map_err(|_| out_of_range(&self, stringify!($wire)))
            }
        }

        impl IntoWire<$wire> for &$ty {
            fn into_wire(self) -> Result<$wire, ConvertError> {
                (*self).into_wire()
            }
        }
    )*};
}

numbers!(u8, u16, u32, u64, usize, i32, i64 => [u8, u16, u32, u64, i32, i64]);

fn out_of_range(value: &dyn std::fmt::Display, target: &str) -> ConvertError {
    ConvertError::new(format!("{value} is out of range ({target})"))
}

/// What is the same on both sides.
macro_rules! same {
    ($($ty:ty),*) => {$(
        impl FromWire<$ty> for $ty {
            fn from_wire(wire: $ty) -> Result<Self, ConvertError> {
                Ok(wire)
            }
        }

        impl IntoWire<$ty> for $ty {
            fn into_wire(self) -> Result<$ty, ConvertError> {
                Ok(self)
            }
        }

        impl IntoWire<$ty> for &$ty {
            fn into_wire(self) -> Result<$ty, ConvertError> {
                Ok(self.clone())
            }
        }
    )*};
}
pub(super) use same;

same!(f64, bool, uuid::Uuid);

macro_rules! truth {
    ($($wire:ident),*) => {$(
        impl FromWire<$wire> for bool {
            fn from_wire(wire: $wire) -> Result<Self, ConvertError> {
                Ok(wire != 0)
            }
        }

        impl IntoWire<$wire> for bool {
            fn into_wire(self) -> Result<$wire, ConvertError> {
                Ok(self.into())
            }
        }
    )*};
}

truth!(i32, u32);

/// A number that may be missing is negative on the wire when it is, as the number of a domain that does not run.
impl FromWire<i32> for Option<u32> {
    fn from_wire(wire: i32) -> Result<Self, ConvertError> {
        Ok(u32::try_from(wire).ok())
    }
}

impl IntoWire<i32> for Option<u32> {
    fn into_wire(self) -> Result<i32, ConvertError> {
        self.map_or(Ok(-1), IntoWire::into_wire)
    }
}

impl IntoWire<i32> for &Option<u32> {
    fn into_wire(self) -> Result<i32, ConvertError> {
        (*self).into_wire()
    }
}

/// A truth value that is always told on the wire, and need not be here.
impl FromWire<i32> for Option<bool> {
    fn from_wire(wire: i32) -> Result<Self, ConvertError> {
        Ok(Some(wire != 0))
    }
}

/// A number that is 0 on the wire where there is none, as a time after which nothing happens.
impl FromWire<u64> for Option<u64> {
    fn from_wire(wire: u64) -> Result<Self, ConvertError> {
        Ok((wire > 0).then_some(wire))
    }
}

impl IntoWire<u64> for Option<u64> {
    fn into_wire(self) -> Result<u64, ConvertError> {
        Ok(self.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_number_arrives_whole_or_not_at_all(signed: i64, unsigned: u64, small: i32) {
            for number in [signed, i64::from(small)] {
                let fits = u32::try_from(number).is_ok();
                prop_assert_eq!(u32::from_wire(number).is_ok(), fits);
                let wire: Result<i32, _> = number.into_wire();
                prop_assert_eq!(wire.ok().map(i64::from), Some(number).filter(|number| i32::try_from(*number).is_ok()));
            }
            let wire: Result<i64, _> = unsigned.into_wire();
            prop_assert_eq!(wire.ok().and_then(|wire| u64::from_wire(wire).ok()), Some(unsigned).filter(|number| i64::try_from(*number).is_ok()));
            let wire: i32 = bool::from_wire(small).and_then(bool::into_wire).unwrap();
            prop_assert_eq!(wire, i32::from(small != 0));
        }
    }

    #[test]
    fn an_error_tells_the_number_and_the_range() {
        let error = u32::from_wire(-3_i32).unwrap_err().within("nvcpus");
        assert_eq!(error.to_string(), "nvcpus: -3 is out of range (u32)");
    }

    #[test]
    fn a_missing_number_is_negative() {
        assert_eq!(Option::<u32>::from_wire(-1), Ok(None));
        assert_eq!(Option::<u32>::from_wire(0), Ok(Some(0)));
        let wire: i32 = None::<u32>.into_wire().unwrap();
        assert_eq!(wire, -1);
        let wire: Result<i32, _> = Some(u32::MAX).into_wire();
        assert!(wire.is_err());
    }
}
