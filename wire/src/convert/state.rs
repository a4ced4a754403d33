//! Why a domain is in its state: here one number for state and reason, on the wire a reason of that state alone.

use super::{ConvertError, FromWire, IntoWire};
use crate::remote::DomainGetStateRet;
use omnivirt_model::{DomainState, DomainStateInfo, DomainStateReason};

/// How far the state is shifted.
const STATE: u32 = 8;
const REASON: i32 = 0xff;

/// The reason of that number in a state; of a number that is not known, that no reason is known.
pub(super) fn reason(state: DomainState, reason: i32) -> DomainStateReason {
    let state = state.number() << STATE;
    let known = (0..=REASON).contains(&reason).then(|| DomainStateReason::from_number(state | reason));
    known.flatten().or_else(|| DomainStateReason::from_number(state)).unwrap_or_default()
}

/// The number of a reason in its state.
pub(super) fn reason_number(reason: DomainStateReason) -> i32 {
    reason.number() & REASON
}

impl FromWire<DomainGetStateRet> for DomainStateInfo {
    fn from_wire(wire: DomainGetStateRet) -> Result<Self, ConvertError> {
        let state = DomainState::from_wire(wire.state)?;
        Ok(Self::default().state(state).reason(reason(state, wire.reason)))
    }
}

impl IntoWire<DomainGetStateRet> for DomainStateInfo {
    fn into_wire(self) -> Result<DomainGetStateRet, ConvertError> {
        Ok(DomainGetStateRet { state: self.state.number(), reason: reason_number(self.reason) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_of_its_state() {
        for known in DomainStateReason::ALL {
            let state = DomainState::from_number(known.number() >> STATE).unwrap();
            let info = DomainStateInfo::default().state(state).reason(*known);
            let wire: DomainGetStateRet = info.clone().into_wire().unwrap();
            assert!(wire.reason < 0x20, "{known}");
            assert_eq!(DomainStateInfo::from_wire(wire), Ok(info));
        }
    }

    #[test]
    fn a_new_reason_is_not_known() {
        for number in [99, -1, 0x100, i32::MAX] {
            assert_eq!(reason(DomainState::Paused, number), DomainStateReason::PausedUnknown);
        }
        assert!(DomainStateInfo::from_wire(DomainGetStateRet { state: 99, reason: 0 }).is_err());
    }
}
