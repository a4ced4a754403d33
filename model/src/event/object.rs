//! The objects of events as fields, in the same form as their JSON.

use super::description::{FieldDescription, FieldShape};
use super::record::{Field, FieldError, FieldMap, FieldRef, FieldVisitor, ReadRecord, Record};
use crate::id::*;

/// The fields that references have; which of them depends on the kind.
pub(super) const OBJECT_FIELDS: &[FieldDescription] = &[
    FieldDescription::new("kind", FieldShape::Text),
    FieldDescription::new("name", FieldShape::Text).optional(),
    FieldDescription::new("uuid", FieldShape::Text).optional(),
    FieldDescription::new("id", FieldShape::Uint).optional(),
    FieldDescription::new("domain", FieldShape::Record(DOMAIN_FIELDS)).optional(),
    FieldDescription::new("pool", FieldShape::Text).optional(),
    FieldDescription::new("key", FieldShape::Text).optional(),
    FieldDescription::new("usage_type", FieldShape::Int).optional(),
    FieldDescription::new("usage_id", FieldShape::Text).optional(),
    FieldDescription::new("port_device", FieldShape::Text).optional(),
    FieldDescription::new("filter_name", FieldShape::Text).optional(),
    FieldDescription::new("mac", FieldShape::Text).optional(),
];

const DOMAIN_FIELDS: &[FieldDescription] = &[
    FieldDescription::new("name", FieldShape::Text),
    FieldDescription::new("uuid", FieldShape::Text),
    FieldDescription::new("id", FieldShape::Uint).optional(),
];

/// References whose fields are written by their names.
macro_rules! reference_records {
    ($($kind:ident($reference:ident): $($field:ident),+;)*) => {
        $(
            impl Record for $reference {
                fn visit(&self, visitor: &mut dyn FieldVisitor) {
                    $(self.$field.show(stringify!($field), visitor);)+
                }
            }

            impl ReadRecord for $reference {
                fn from_fields(fields: &mut FieldMap) -> Result<Self, FieldError> {
                    Ok(Self { $($field: fields.take(stringify!($field))?),+ })
                }
            }
        )*

        impl Record for ObjectRef {
            fn visit(&self, visitor: &mut dyn FieldVisitor) {
                visitor.field("kind", FieldRef::Text(self.kind().as_str()));
                match self { $(Self::$kind(reference) => reference.visit(visitor)),* }
            }
        }

        impl ReadRecord for ObjectRef {
            fn from_fields(fields: &mut FieldMap) -> Result<Self, FieldError> {
                let word: String = fields.take("kind")?;
                match ObjectKind::ALL.iter().find(|kind| kind.as_str() == word) {
                    $(Some(ObjectKind::$kind) => $reference::from_fields(fields).map(Self::$kind),)*
                    None => Err(FieldError::new(format!("names no kind of object: '{word}'")).within("kind")),
                }
            }
        }
    };
}

reference_records! {
    Domain(DomainRef): name, uuid, id;
    Snapshot(SnapshotRef): domain, name;
    Checkpoint(CheckpointRef): domain, name;
    Network(NetworkRef): name, uuid;
    StoragePool(StoragePoolRef): name, uuid;
    StorageVolume(StorageVolumeRef): pool, name, key;
    NodeDevice(NodeDeviceRef): name;
    Secret(SecretRef): uuid, usage_type, usage_id;
    NwFilter(NwFilterRef): name, uuid;
    NwFilterBinding(NwFilterBindingRef): port_device, filter_name;
    Interface(InterfaceRef): name, mac;
}
