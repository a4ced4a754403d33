//! The objects of events as fields, in the same form as their JSON.

use super::record::{Field, FieldError, FieldMap, FieldRef, FieldVisitor, ReadRecord, Record};
use crate::id::*;

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
