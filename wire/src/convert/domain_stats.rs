//! The statistics of a domain among those of all.

use super::state::{reason, reason_number};
use super::{ConvertError, FromWire, IntoWire, Parameters};
use crate::structs::{DomainStatsRecord, TypedParamValue};
use omnivirt_model::{DomainState, DomainStateReason, DomainStats};

const STATE: &str = "state.state";
const REASON: &str = "state.reason";

impl FromWire<DomainStatsRecord> for DomainStats {
    fn from_wire(mut wire: DomainStatsRecord) -> Result<Self, ConvertError> {
        let state = wire.params.iter().find(|parameter| parameter.field == STATE);
        if let Some(TypedParamValue::Int(state)) = state.map(|parameter| parameter.value.clone()) {
            let state = DomainState::from_wire(state).map_err(|error| error.within(STATE))?;
            each_reason(&mut wire, |number| reason(state, number).number());
        }
        let mut stats = Self::from_parameters(&wire.params)?;
        stats.domain = FromWire::from_wire(wire.dom)?;
        Ok(stats)
    }
}

/// How old the statistics are stays here: libvirt has no word for it.
impl IntoWire<DomainStatsRecord> for DomainStats {
    fn into_wire(self) -> Result<DomainStatsRecord, ConvertError> {
        let mut wire = DomainStatsRecord { params: self.to_parameters(), dom: self.domain.into_wire()? };
        each_reason(&mut wire, |number| DomainStateReason::from_number(number).map_or(0, reason_number));
        Ok(wire)
    }
}

fn each_reason(record: &mut DomainStatsRecord, change: impl Fn(i32) -> i32) {
    for parameter in record.params.iter_mut().filter(|parameter| parameter.field == REASON) {
        if let TypedParamValue::Int(number) = &mut parameter.value {
            *number = change(*number);
        }
    }
}
