//! Why a domain is in its state: on the wire, the reasons of each state have numbers of their own, from 0.

use super::{ConvertError, FromWire};
use omnivirt_model::{DomainStateInfo, DomainStateReason};

/// In one number, the state stands above the reason.
const STATE_SHIFT: u32 = 8;

/// The reason's number among those of its state.
#[must_use]
pub fn reason_number(reason: DomainStateReason) -> i32 {
    reason.number() & ((1 << STATE_SHIFT) - 1)
}

/// A state and its reason, by their numbers. A reason that is not known, as newer peers have them, is the state's "not
/// known".
///
/// # Errors
///
/// There is no such state.
pub fn state_info(state: i32, reason: i32) -> Result<DomainStateInfo, ConvertError> {
    let unknown = state.checked_mul(1 << STATE_SHIFT).unwrap_or(-1);
    let known = Some(reason).filter(|reason| (0..1 << STATE_SHIFT).contains(reason));
    let known = known.and_then(|reason| DomainStateReason::from_number(unknown | reason));
    let mut info = DomainStateInfo::default();
    info.state = FromWire::from_wire(state)?;
    info.reason = known.or_else(|| DomainStateReason::from_number(unknown)).unwrap_or_default();
    Ok(info)
}

#[cfg(test)]
mod tests {
    use super::*;
    use omnivirt_model::DomainState;

    #[test]
    fn a_reason_is_one_of_its_state() {
        let info = state_info(1, 1).unwrap();
        assert_eq!((info.state, info.reason), (DomainState::Running, DomainStateReason::RunningBooted));
        assert_eq!(reason_number(info.reason), 1);
        for unknown in [200, 300, -1] {
            assert_eq!(state_info(1, unknown).unwrap().reason, DomainStateReason::RunningUnknown);
        }
        assert!(state_info(i32::MAX, 0).is_err());
    }
}
