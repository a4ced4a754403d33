//! Faults that a simulated host shall have.

use super::{ConvertError, FromWire, IntoWire};
use crate::structs;
use omnivirt_model::FaultRule;

impl FromWire<structs::FaultRule> for FaultRule {
    fn from_wire(wire: structs::FaultRule) -> Result<Self, ConvertError> {
        let mut rule = Self::default().call(wire.call).delay_ms(wire.delay_ms);
        rule.domain = wire.domain;
        rule.per_million = FromWire::from_wire(wire.per_million)?;
        rule.times = FromWire::from_wire(wire.times)?;
        rule.error = wire.error;
        Ok(rule)
    }
}

impl IntoWire<structs::FaultRule> for FaultRule {
    fn into_wire(self) -> Result<structs::FaultRule, ConvertError> {
        Ok(structs::FaultRule {
            call: self.call,
            domain: self.domain,
            per_million: self.per_million.into_wire()?,
            times: self.times.into_wire()?,
            delay_ms: self.delay_ms,
            error: self.error,
        })
    }
}
