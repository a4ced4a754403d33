//! Statistics that travel as numbered or named values.

use super::parameters::{Given, Parameters};
use super::{ConvertError, FromWire, IntoWire};
use crate::structs::{
    DomainDiskError, DomainMemoryStat, NodeCpuStat, NodeMemoryStat, SecurityLabel as WireLabel, TypedParam,
    TypedParamValue,
};
use omnivirt_model::{DiskError, MemoryStats, NodeCpuStats, NodeMemoryStats, SecurityLabel};

/// One line a field: libvirt's number of it (`virDomainMemoryStatTags` in its public header). The largest amount of memory has none.
macro_rules! memory_stats {
    ($($field:ident = $tag:literal,)*) => {
        impl IntoWire<Vec<DomainMemoryStat>> for MemoryStats {
            fn into_wire(self) -> Result<Vec<DomainMemoryStat>, ConvertError> {
                let stats = [$(self.$field.map(|val| DomainMemoryStat { tag: $tag, val }),)*];
                Ok(stats.into_iter().flatten().collect())
            }
        }

        impl FromWire<Vec<DomainMemoryStat>> for MemoryStats {
            fn from_wire(wire: Vec<DomainMemoryStat>) -> Result<Self, ConvertError> {
                let mut stats = Self::default();
                for stat in wire {
                    match stat.tag {
                        $($tag => stats.$field = Some(stat.val),)*
                        // A newer peer knows more.
                        _ => {}
                    }
                }
                Ok(stats)
            }
        }
    };
}

memory_stats! {
    swap_in_kib = 0,
    swap_out_kib = 1,
    major_faults = 2,
    minor_faults = 3,
    unused_kib = 4,
    available_kib = 5,
    current_kib = 6,
    rss_kib = 7,
    usable_kib = 8,
    last_update_unix_s = 9,
    disk_caches_kib = 10,
    huge_pages_allocated = 11,
    huge_pages_failed = 12,
}

/// Named values of one type, as typed parameters are of several.
macro_rules! named_values {
    ($($stats:ident = $wire:ident),*) => {$(
        impl IntoWire<Vec<$wire>> for $stats {
            fn into_wire(self) -> Result<Vec<$wire>, ConvertError> {
                let values = self.to_parameters().into_iter().filter_map(|parameter| match parameter.value {
                    TypedParamValue::ULLong(value) => Some($wire { field: parameter.field, value }),
                    _ => None,
                });
                Ok(values.collect())
            }
        }

        impl FromWire<Vec<$wire>> for $stats {
            fn from_wire(wire: Vec<$wire>) -> Result<Self, ConvertError> {
                let parameter =
                    |stat: $wire| TypedParam { field: stat.field, value: TypedParamValue::ULLong(stat.value) };
                let parameters: Vec<TypedParam> = wire.into_iter().map(parameter).collect();
                let mut stats = Self::default();
                stats.read("", &Given::new(&parameters))?;
                Ok(stats)
            }
        }
    )*};
}

named_values!(NodeCpuStats = NodeCpuStat, NodeMemoryStats = NodeMemoryStat);

impl IntoWire<DomainDiskError> for DiskError {
    fn into_wire(self) -> Result<DomainDiskError, ConvertError> {
        Ok(DomainDiskError { disk: self.disk, error: self.error.number() })
    }
}

impl FromWire<DomainDiskError> for DiskError {
    fn from_wire(wire: DomainDiskError) -> Result<Self, ConvertError> {
        Ok(Self::default().disk(wire.disk).error(FromWire::from_wire(wire.error)?))
    }
}

impl IntoWire<WireLabel> for SecurityLabel {
    fn into_wire(self) -> Result<WireLabel, ConvertError> {
        Ok(WireLabel { label: self.label.into_wire()?, enforcing: self.enforcing.into() })
    }
}

impl FromWire<WireLabel> for SecurityLabel {
    fn from_wire(wire: WireLabel) -> Result<Self, ConvertError> {
        let label: String = FromWire::from_wire(wire.label)?;
        Ok(Self::default().label(label).enforcing(wire.enforcing != 0))
    }
}
