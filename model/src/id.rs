//! What names an object: plain values that outlive connections, handles and the objects themselves.

pub use crate::cpu_map::{CpuMap, CpuMapError};
pub use crate::parameters::{ParameterValue, TypedParameter, TypedParameters};
pub use crate::timestamp::{Timestamp, TimestampError};
pub use uuid::Uuid;

use serde::{Deserialize, Serialize};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// Equality and hashing by what identifies an object; the other fields only describe it.
macro_rules! identified_by {
    ($($name:ident: $($field:ident),+;)*) => {$(
        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                $(self.$field == other.$field)&&+
            }
        }

        impl Eq for $name {}

        impl Hash for $name {
            fn hash<H: Hasher>(&self, state: &mut H) {
                $(self.$field.hash(state);)+
            }
        }
    )*};
}

/// Names a domain.
///
/// Two references are equal when their UUIDs are: that is how every driver finds a domain. The name can be changed and
/// the number differs from run to run, so both only say what was true when the reference was made.
///
/// ```
/// use omnivirt_model::{DomainRef, Uuid};
///
/// let uuid = Uuid::from_u128(1);
/// assert_eq!(DomainRef::new("web", uuid, None), DomainRef::new("renamed", uuid, Some(3)));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DomainRef {
    /// The domain's name.
    pub name: Arc<str>,
    /// What identifies the domain.
    pub uuid: Uuid,
    /// The domain's number among the running ones; none when it is not running.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<u32>,
}

impl DomainRef {
    /// A reference of these parts.
    #[must_use]
    pub fn new(name: impl Into<Arc<str>>, uuid: Uuid, id: Option<u32>) -> Self {
        Self { name: name.into(), uuid, id }
    }
}

impl Default for DomainRef {
    fn default() -> Self {
        Self::new("", Uuid::nil(), None)
    }
}

/// References of a name, and what else belongs to them.
macro_rules! references {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $ty:ty),+ })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Default, Serialize, Deserialize)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $ty),+
        }

        impl $name {
            /// A reference of these parts.
            #[must_use]
            pub fn new($($field: impl Into<$ty>),+) -> Self {
                Self { $($field: $field.into()),+ }
            }
        }
    )*};
}

references! {
    /// Names a virtual network; equal by UUID.
    NetworkRef {
        /// The network's name.
        name: Arc<str>,
        /// What identifies the network.
        uuid: Uuid
    }
    /// Names a storage pool; equal by UUID.
    StoragePoolRef {
        /// The pool's name.
        name: Arc<str>,
        /// What identifies the pool.
        uuid: Uuid
    }
    /// Names a storage volume; equal by key.
    StorageVolumeRef {
        /// The name of the pool that holds the volume.
        pool: Arc<str>,
        /// The volume's name in its pool.
        name: Arc<str>,
        /// What identifies the volume among those of all pools, such as its path.
        key: Arc<str>
    }
    /// Names a device of the host; equal by name.
    NodeDeviceRef {
        /// The device's name, such as `pci_0000_00_1c_1`.
        name: Arc<str>
    }
    /// Names a secret; equal by UUID.
    SecretRef {
        /// What identifies the secret.
        uuid: Uuid,
        /// What it is for, by libvirt's number (1 volume, 2 ceph, 3 iscsi, 4 tls, 5 vtpm).
        usage_type: i32,
        /// Which one of that use, such as a volume's path.
        usage_id: Arc<str>
    }
    /// Names a network filter; equal by UUID.
    NwFilterRef {
        /// The filter's name.
        name: Arc<str>,
        /// What identifies the filter.
        uuid: Uuid
    }
    /// Names the binding of a filter to a port; equal by port.
    NwFilterBindingRef {
        /// The network device whose traffic is filtered.
        port_device: Arc<str>,
        /// The filter that is bound to it.
        filter_name: Arc<str>
    }
    /// Names a network interface of the host; equal by name.
    InterfaceRef {
        /// The interface's name, such as `eth0`.
        name: Arc<str>,
        /// Its hardware address; empty when it has none.
        mac: Arc<str>
    }
    /// Names a snapshot; equal by domain and name.
    SnapshotRef {
        /// The domain that it is of.
        domain: DomainRef,
        /// The snapshot's name among those of its domain.
        name: Arc<str>
    }
    /// Names a checkpoint; equal by domain and name.
    CheckpointRef {
        /// The domain that it is of.
        domain: DomainRef,
        /// The checkpoint's name among those of its domain.
        name: Arc<str>
    }
}

identified_by! {
    DomainRef: uuid;
    NetworkRef: uuid;
    StoragePoolRef: uuid;
    StorageVolumeRef: key;
    NodeDeviceRef: name;
    SecretRef: uuid;
    NwFilterRef: uuid;
    NwFilterBindingRef: port_device;
    InterfaceRef: name;
    SnapshotRef: domain, name;
    CheckpointRef: domain, name;
}

/// A reference of any kind, with one variant a kind.
macro_rules! objects {
    ($($(#[$doc:meta])* $kind:ident($reference:ident) = $word:literal, $noun:literal, |$object:ident| $name:expr, $uuid:expr;)*) => {
        /// The kinds of object.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum ObjectKind {
            $($(#[$doc])* $kind),*
        }

        impl ObjectKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$kind),*];

            /// The kind's name in snake case, which is its JSON form too.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$kind => $word),* }
            }

            /// The kind as people call it, such as `storage pool`.
            #[must_use]
            pub fn noun(self) -> &'static str {
                match self { $(Self::$kind => $noun),* }
            }

            /// The name of the type of its handle, such as `StoragePool`.
            #[must_use]
            pub fn handle(self) -> &'static str {
                match self { $(Self::$kind => stringify!($kind)),* }
            }
        }

        /// Names an object of any kind. Equal, and hashed, as the reference in it.
        ///
        /// ```
        /// use omnivirt_model::{DomainRef, ObjectRef, Uuid};
        ///
        /// let object = ObjectRef::from(DomainRef::new("web", Uuid::nil(), None));
        /// assert_eq!(object.to_string(), "domain 'web' (00000000-0000-0000-0000-000000000000)");
        /// ```
        #[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(tag = "kind", rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum ObjectRef {
            $($(#[$doc])* $kind($reference)),*
        }

        impl ObjectRef {
            /// What kind of object it is.
            #[must_use]
            pub fn kind(&self) -> ObjectKind {
                match self { $(Self::$kind(_) => ObjectKind::$kind),* }
            }

            /// The object's name. A secret has none: what it is for stands in.
            #[must_use]
            pub fn name(&self) -> &str {
                match self { $(Self::$kind($object) => $name),* }
            }

            /// The object's UUID, or that of the domain which it belongs to.
            #[must_use]
            pub fn uuid(&self) -> Option<Uuid> {
                match self { $(Self::$kind($object) => $uuid),* }
            }
        }

        $(
            impl From<$reference> for ObjectRef {
                fn from(reference: $reference) -> Self {
                    Self::$kind(reference)
                }
            }

            impl fmt::Display for $reference {
                fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                    let $object = self;
                    describe(formatter, ObjectKind::$kind, $name, $uuid)
                }
            }
        )*
    };
}

objects! {
    /// A virtual machine or a container.
    Domain(DomainRef) = "domain", "domain", |object| &object.name, Some(object.uuid);
    /// A snapshot of a domain.
    Snapshot(SnapshotRef) = "snapshot", "snapshot", |object| &object.name, Some(object.domain.uuid);
    /// A checkpoint of a domain's disks.
    Checkpoint(CheckpointRef) = "checkpoint", "checkpoint", |object| &object.name, Some(object.domain.uuid);
    /// A virtual network.
    Network(NetworkRef) = "network", "network", |object| &object.name, Some(object.uuid);
    /// A pool of storage volumes.
    StoragePool(StoragePoolRef) = "storage_pool", "storage pool", |object| &object.name, Some(object.uuid);
    /// A storage volume.
    StorageVolume(StorageVolumeRef) = "storage_volume", "storage volume", |object| &object.name, no_uuid(object);
    /// A device of the host.
    NodeDevice(NodeDeviceRef) = "node_device", "node device", |object| &object.name, no_uuid(object);
    /// A secret.
    Secret(SecretRef) = "secret", "secret", |object| &object.usage_id, Some(object.uuid);
    /// A network filter.
    NwFilter(NwFilterRef) = "nw_filter", "network filter", |object| &object.name, Some(object.uuid);
    /// The binding of a network filter to a port.
    NwFilterBinding(NwFilterBindingRef) = "nw_filter_binding", "network filter binding", |object| &object.port_device, no_uuid(object);
    /// A network interface of the host.
    Interface(InterfaceRef) = "interface", "interface", |object| &object.name, no_uuid(object);
}

fn no_uuid<T>(_: &T) -> Option<Uuid> {
    None
}

fn describe(
    formatter: &mut fmt::Formatter<'_>,
    kind: ObjectKind,
    name: &str,
    uuid: Option<Uuid>,
) -> fmt::Result {
    write!(formatter, "{} '{name}'", kind.noun())?;
    match (kind, uuid) {
        (ObjectKind::Snapshot | ObjectKind::Checkpoint, Some(uuid)) => write!(formatter, " of domain {uuid}"),
        (_, Some(uuid)) => write!(formatter, " ({uuid})"),
        (_, None) => Ok(()),
    }
}

impl fmt::Display for ObjectKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl fmt::Display for ObjectRef {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        describe(formatter, self.kind(), self.name(), self.uuid())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_read_back_from_json_with_all_its_fields() {
        let snapshot = SnapshotRef::new(DomainRef::new("web", Uuid::from_u128(7), Some(4)), "before");
        let object = ObjectRef::from(snapshot);
        let json = serde_json::to_string(&object).unwrap();
        assert!(json.starts_with(r#"{"kind":"snapshot","#), "{json}");
        let ObjectRef::Snapshot(back) = serde_json::from_str(&json).unwrap() else { panic!("{json}") };
        assert_eq!((&*back.name, &*back.domain.name, back.domain.id), ("before", "web", Some(4)));
    }

    #[test]
    fn kinds_have_the_same_name_in_json_and_in_words() {
        for kind in ObjectKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
    }

    #[test]
    fn people_read_which_object_it_is() {
        let domain = DomainRef::new("web", Uuid::nil(), None);
        let nil = Uuid::nil();
        assert_eq!(domain.to_string(), format!("domain 'web' ({nil})"));
        assert_eq!(CheckpointRef::new(domain, "c1").to_string(), format!("checkpoint 'c1' of domain {nil}"));
        assert_eq!(InterfaceRef::new("eth0", "").to_string(), "interface 'eth0'");
    }
}
