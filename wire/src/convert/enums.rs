//! Enums, which are numbers on the wire.

/// Makes enums of the API numbers on the wire, `i32` and `u32`.
///
/// Those of `api/` are generated. An enum has `number(self) -> i32`, and `from_number(i32)` that gives `Option<Self>`. A number without a name is an
/// error. Enums of events, which keep any number, are written after `open`:
///
/// ```text
/// enum_number!(DomainState, VcpuState; open WatchdogAction);
/// ```
macro_rules! enum_number {
    ($($name:ty),* $(; open $($open:ty),+)?) => {
        $($crate::convert::enum_number!(@one $name, |number| {
            <$name>::from_number(number).ok_or_else(|| $crate::convert::ConvertError::new(
                format!("{number} is no number of {}", stringify!($name)),
            ))
        });
        $crate::convert::enum_number!(@scalar $name);)*
        $($($crate::convert::enum_number!(@one $open, |number| Ok(<$open>::from_number(number)));)+)?
    };
    (@scalar $name:ty) => {
        impl $crate::convert::parameters::Scalar for $name {
            fn to_value(&self, kind: $crate::convert::parameters::Kind) -> $crate::structs::TypedParamValue {
                match kind {
                    $crate::convert::parameters::Kind::String => {
                        $crate::structs::TypedParamValue::String(self.as_str().to_owned())
                    }
                    kind => $crate::convert::parameters::of_whole(self.number().into(), kind),
                }
            }

            fn from_value(value: &$crate::structs::TypedParamValue) -> Option<Self> {
                if let $crate::structs::TypedParamValue::String(name) = value {
                    return name.parse().ok();
                }
                let number = <i32 as $crate::convert::parameters::Scalar>::from_value(value)?;
                <Self as $crate::convert::FromWire<i32>>::from_wire(number).ok()
            }
        }
    };
    (@one $name:ty, |$number:ident| $value:expr) => {
        impl $crate::convert::FromWire<i32> for $name {
            fn from_wire($number: i32) -> Result<Self, $crate::convert::ConvertError> {
                $value
            }
        }

        impl $crate::convert::FromWire<u8> for $name {
            fn from_wire(wire: u8) -> Result<Self, $crate::convert::ConvertError> {
                <Self as $crate::convert::FromWire<i32>>::from_wire(wire.into())
            }
        }

        impl $crate::convert::IntoWire<u8> for $name {
            fn into_wire(self) -> Result<u8, $crate::convert::ConvertError> {
                self.number().try_into().map_err(|_| $crate::convert::ConvertError::new("the number is too large"))
            }
        }

        impl $crate::convert::FromWire<u32> for $name {
            fn from_wire(wire: u32) -> Result<Self, $crate::convert::ConvertError> {
                <Self as $crate::convert::FromWire<i32>>::from_wire($crate::convert::FromWire::from_wire(wire)?)
            }
        }

        impl $crate::convert::IntoWire<i32> for $name {
            fn into_wire(self) -> Result<i32, $crate::convert::ConvertError> {
                Ok(self.number())
            }
        }

        impl $crate::convert::IntoWire<u32> for $name {
            fn into_wire(self) -> Result<u32, $crate::convert::ConvertError> {
                $crate::convert::IntoWire::into_wire(self.number())
            }
        }

        impl $crate::convert::IntoWire<i32> for &$name {
            fn into_wire(self) -> Result<i32, $crate::convert::ConvertError> {
                Ok(self.number())
            }
        }

        impl $crate::convert::IntoWire<u32> for &$name {
            fn into_wire(self) -> Result<u32, $crate::convert::ConvertError> {
                $crate::convert::IntoWire::into_wire(self.number())
            }
        }
    };
}
pub(crate) use enum_number;

use omnivirt_model::event::{
    BlockJobStatus, BlockJobType, CloseReason, CrashedDetail, DefinedDetail, DiskChangeReason,
    GraphicsAddressFamily, GraphicsPhase, GuestChannelReason, GuestChannelState, IoErrorAction,
    MemoryFailureAction, MemoryFailureRecipient, MetadataType, NetworkChange, NodeDeviceChange,
    PmSuspendedDetail, ResumedDetail, SecretChange, ShutdownDetail, StartedDetail, StoppedDetail,
    StoragePoolChange, SuspendedDetail, TrayChangeReason, UndefinedDetail, WatchdogAction,
};
enum_number!(; open BlockJobStatus, BlockJobType, CloseReason, CrashedDetail, DefinedDetail, DiskChangeReason, GraphicsAddressFamily, GraphicsPhase, GuestChannelReason, GuestChannelState, IoErrorAction, MemoryFailureAction, MemoryFailureRecipient, MetadataType, NetworkChange, NodeDeviceChange, PmSuspendedDetail, ResumedDetail, SecretChange, ShutdownDetail, StartedDetail, StoppedDetail, StoragePoolChange, SuspendedDetail, TrayChangeReason, UndefinedDetail, WatchdogAction);

#[cfg(test)]
mod tests {
    use crate::convert::{FromWire, IntoWire};
    use omnivirt_model::DomainState;
    use omnivirt_model::event::WatchdogAction;

    #[test]
    fn a_number_without_a_name_is_kept_where_the_enum_is_open_and_refused_elsewhere() {
        for state in DomainState::ALL {
            let (signed, unsigned): (i32, u32) = (state.into_wire().unwrap(), state.into_wire().unwrap());
            assert_eq!(DomainState::from_wire(signed), Ok(*state));
            assert_eq!(DomainState::from_wire(unsigned), Ok(*state));
        }
        let error = DomainState::from_wire(99).unwrap_err();
        assert_eq!(error.to_string(), "99 is no number of DomainState");
        assert!(DomainState::from_wire(u32::MAX).is_err());
        assert_eq!(WatchdogAction::from_wire(99), Ok(WatchdogAction::Other(99)));
    }
}
