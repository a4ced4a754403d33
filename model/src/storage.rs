//! The documents of storage: pools, volumes, and what they have in common with disks of domains.
//!
//! ```
//! use omnivirt_model::storage::{PoolConfig, PoolType};
//!
//! let config = PoolConfig::parse("<pool type='dir'><name>images</name><target><path>/srv//images/</path></target></pool>")?;
//! assert_eq!(config.typed().pool_type, PoolType::Directory);
//! let completed = config.completed()?;
//! assert_eq!(completed.target.and_then(|target| target.path), Some("/srv/images".to_owned()));
//! # Ok::<(), omnivirt_model::document::DocumentError>(())
//! ```

mod authentication;
mod encryption;
mod permissions;
pub mod pool;
pub mod volume;

pub use authentication::{Authentication, AuthenticationType, SecretReference};
pub use encryption::{
    Cipher, Encryption, EncryptionEngine, EncryptionFormat, EncryptionSecret, EncryptionSecretType,
    InitialVectors,
};
pub use permissions::{FileMode, OwnerId, Permissions};
pub use pool::{Pool, PoolConfig, PoolType};
pub use volume::{Volume, VolumeConfig, VolumeType};
