//! The handles: an object of a connection, on which calls are made. The calls themselves are generated.

pub use crate::connection::Connection;
use omnivirt_model::*;

macro_rules! handles {
    ($($(#[$doc:meta])* $name:ident($reference:ident);)*) => {$(
        $(#[$doc])*
        ///
        /// Cheap to clone. It names the object; it does not keep it alive.
        #[derive(Debug, Clone)]
        pub struct $name {
            connection: Connection,
            reference: $reference,
        }

        impl $name {
            /// The handle of an object that is known by its reference. Nothing is asked of the driver.
            #[must_use]
            pub fn new(connection: Connection, reference: $reference) -> Self {
                Self { connection, reference }
            }

            /// The connection that the object belongs to.
            #[must_use]
            pub fn connection(&self) -> &Connection {
                &self.connection
            }

            /// What names the object, apart from any connection.
            #[must_use]
            pub fn reference(&self) -> &$reference {
                &self.reference
            }

            /// The same object, with calls made another way.
            #[must_use]
            pub fn with_settings(&self, settings: crate::CallSettings) -> Self {
                Self::new(self.connection.with_settings(settings), self.reference.clone())
            }

            /// The same object, with a limit on every call, jobs too.
            #[must_use]
            pub fn with_timeout(&self, timeout: std::time::Duration) -> Self {
                Self::new(self.connection.with_timeout(timeout), self.reference.clone())
            }
        }
    )*};
}

handles! {
    /// A virtual machine or a container.
    Domain(DomainRef);
    /// A snapshot of a domain.
    Snapshot(SnapshotRef);
    /// A checkpoint of a domain's disks, from which backups are taken.
    Checkpoint(CheckpointRef);
    /// A virtual network.
    Network(NetworkRef);
    /// A pool of storage volumes.
    StoragePool(StoragePoolRef);
    /// A storage volume.
    StorageVolume(StorageVolumeRef);
    /// A device of the host.
    NodeDevice(NodeDeviceRef);
    /// A secret kept for others, such as a disk's passphrase.
    Secret(SecretRef);
    /// A network filter.
    NwFilter(NwFilterRef);
    /// A network filter on one port.
    NwFilterBinding(NwFilterBindingRef);
    /// A network interface of the host.
    Interface(InterfaceRef);
}

/// The references behind handles, for a driver's method that takes a list.
pub(crate) fn references(domains: &[Domain]) -> Vec<DomainRef> {
    domains.iter().map(|domain| domain.reference.clone()).collect()
}

impl Domain {
    /// The domain's name when the handle was made.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.reference.name
    }

    /// The domain's UUID, by which every driver finds it.
    #[must_use]
    pub fn uuid(&self) -> Uuid {
        self.reference.uuid
    }

    /// The domain's number among the running ones when the handle was made; none if it was not running.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.reference.id
    }
}
