//! The statistics of a domain among those of all.

use super::{ConvertError, FromWire, IntoWire, Parameters};
use crate::structs::DomainStatsRecord;
use omnivirt_model::DomainStats;

impl FromWire<DomainStatsRecord> for DomainStats {
    fn from_wire(wire: DomainStatsRecord) -> Result<Self, ConvertError> {
        let mut stats = Self::from_parameters(&wire.params)?;
        stats.domain = FromWire::from_wire(wire.dom)?;
        Ok(stats)
    }
}

/// How old the statistics are stays here: libvirt has no word for it.
impl IntoWire<DomainStatsRecord> for DomainStats {
    fn into_wire(self) -> Result<DomainStatsRecord, ConvertError> {
        Ok(DomainStatsRecord { params: self.to_parameters(), dom: self.domain.into_wire()? })
    }
}
