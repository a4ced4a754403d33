//! What names objects.

use super::{ConvertError, FromWire, IntoWire};
use crate::structs;
use omnivirt_model::{
    CheckpointRef, DomainRef, InterfaceRef, NetworkRef, NodeDeviceRef, NwFilterBindingRef, NwFilterRef,
    SecretRef, SnapshotRef, StoragePoolRef, StorageVolumeRef,
};

/// One line a reference: its fields, and those of the wire in the same order.
macro_rules! references {
    ($($reference:ident { $($field:ident = $wire_field:ident),* } = $wire:ident;)*) => {$(
        impl FromWire<structs::$wire> for $reference {
            fn from_wire(wire: structs::$wire) -> Result<Self, ConvertError> {
                Ok(Self { $($field: field(stringify!($wire_field), FromWire::from_wire(wire.$wire_field))?),* })
            }
        }

        impl IntoWire<structs::$wire> for &$reference {
            fn into_wire(self) -> Result<structs::$wire, ConvertError> {
                Ok(structs::$wire {
                    $($wire_field: field(stringify!($wire_field), (&self.$field).into_wire())?),*
                })
            }
        }

        impl IntoWire<structs::$wire> for $reference {
            fn into_wire(self) -> Result<structs::$wire, ConvertError> {
                (&self).into_wire()
            }
        }
    )*};
}

references! {
    DomainRef { name = name, uuid = uuid, id = id } = Domain;
    SnapshotRef { name = name, domain = dom } = DomainSnapshot;
    CheckpointRef { name = name, domain = dom } = DomainCheckpoint;
    NetworkRef { name = name, uuid = uuid } = Network;
    StoragePoolRef { name = name, uuid = uuid } = StoragePool;
    StorageVolumeRef { pool = pool, name = name, key = key } = StorageVol;
    NodeDeviceRef { name = name } = NodeDevice;
    SecretRef { uuid = uuid, usage_type = usage_type, usage_id = usage_id } = Secret;
    NwFilterRef { name = name, uuid = uuid } = Nwfilter;
    NwFilterBindingRef { port_device = portdev, filter_name = filtername } = NwfilterBinding;
    InterfaceRef { name = name, mac = mac } = Interface;
}

fn field<T>(name: &str, value: Result<T, ConvertError>) -> Result<T, ConvertError> {
    value.map_err(|error| error.within(name))
}

/// What old lists, which are of texts, have of an object: its name; of a secret its UUID.
pub trait LegacyName {
    /// The text.
    fn legacy_name(&self) -> String;
}

macro_rules! by_name {
    ($($reference:ident),*) => {$(
        impl LegacyName for $reference {
            fn legacy_name(&self) -> String {
                self.name.to_string()
            }
        }
    )*};
}

by_name!(DomainRef, SnapshotRef, NetworkRef, StoragePoolRef, NodeDeviceRef, NwFilterRef, InterfaceRef);

impl LegacyName for SecretRef {
    fn legacy_name(&self) -> String {
        self.uuid.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use omnivirt_model::Uuid;
    use std::fmt::Debug;

    fn there_and_back<R, W>(reference: &R)
    where
        R: FromWire<W> + Debug,
        for<'a> &'a R: IntoWire<W>,
    {
        let back = R::from_wire(reference.into_wire().unwrap()).unwrap();
        // Equality is by what identifies an object; here every field counts.
        assert_eq!(format!("{back:?}"), format!("{reference:?}"));
    }

    #[test]
    fn references_are_read_back_with_all_their_fields() {
        let uuid = Uuid::from_u128(0x1234);
        let domain = DomainRef::new("web", uuid, Some(7));
        there_and_back::<_, structs::Domain>(&domain);
        there_and_back::<_, structs::Domain>(&DomainRef::new("web", uuid, None));
        there_and_back::<_, structs::DomainSnapshot>(&SnapshotRef::new(domain.clone(), "s"));
        there_and_back::<_, structs::DomainCheckpoint>(&CheckpointRef::new(domain, "c"));
        there_and_back::<_, structs::Network>(&NetworkRef::new("net", uuid));
        there_and_back::<_, structs::StoragePool>(&StoragePoolRef::new("pool", uuid));
        there_and_back::<_, structs::StorageVol>(&StorageVolumeRef::new("pool", "vol", "/key"));
        there_and_back::<_, structs::NodeDevice>(&NodeDeviceRef::new("pci_0000_00_1c_1"));
        there_and_back::<_, structs::Secret>(&SecretRef::new(uuid, 2, "ceph"));
        there_and_back::<_, structs::Nwfilter>(&NwFilterRef::new("filter", uuid));
        there_and_back::<_, structs::NwfilterBinding>(&NwFilterBindingRef::new("vnet0", "filter"));
        there_and_back::<_, structs::Interface>(&InterfaceRef::new("eth0", "52:54:00:00:00:01"));
    }

    #[test]
    fn a_number_that_the_wire_has_not_is_refused() {
        let wire: Result<structs::Domain, _> = DomainRef::new("web", Uuid::nil(), Some(u32::MAX)).into_wire();
        assert_eq!(wire.unwrap_err().field(), "id");
    }
}
