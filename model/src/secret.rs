//! The secret document.
//!
//! ```
//! use omnivirt_model::secret::SecretConfig;
//!
//! let config = SecretConfig::parse("<secret private='yes'><usage type='ceph'><name>admin</name></usage></secret>")?;
//! assert_eq!(config.typed().usage.map(|usage| usage.as_str()), Some("ceph"));
//! # Ok::<(), omnivirt_model::document::DocumentError>(())
//! ```

use crate::document::text::words;
use crate::document::{Config, DocumentError, DocumentRoot, mapped};
use crate::xml::Element;
use uuid::Uuid;

/// A secret's document. It says what the secret is for; it never holds the secret itself.
pub type SecretConfig = Config<Secret>;

/// A secret.
#[mapped]
pub struct Secret {
    /// Whether it is kept in memory only; absent for no.
    #[attribute("ephemeral")]
    pub ephemeral: Option<SecretSwitch>,
    /// Whether it is told to nobody; absent for no.
    #[attribute("private")]
    pub private: Option<SecretSwitch>,
    /// What identifies it; absent when one is to be made.
    #[element("uuid")]
    pub uuid: Option<Uuid>,
    /// A text for people.
    #[element("description")]
    pub description: Option<String>,
    /// What it is for; absent for nothing that anybody looks for.
    #[element("usage")]
    pub usage: Option<SecretUsage>,
}

words! {
    /// Yes or no.
    pub enum SecretSwitch("yes or no", Invalid, blank) {
        /// Yes.
        Yes = "yes",
        /// No.
        No = "no",
    }
}

/// What a secret is for.
#[mapped(tag = "type", error = Unsupported)]
pub enum SecretUsage {
    /// Nothing that anybody looks for.
    #[value("none")]
    None,
    /// To decrypt a volume.
    #[value("volume")]
    Volume(VolumeUsage),
    /// To be known to Ceph.
    #[value("ceph")]
    Ceph(NamedUsage),
    /// To be known to an iSCSI server.
    #[value("iscsi")]
    Iscsi(TargetUsage),
    /// To decrypt the key of a TLS certificate.
    #[value("tls")]
    Tls(NamedUsage),
    /// To decrypt the state of a TPM.
    #[value("vtpm")]
    Vtpm(NamedUsage),
}

/// Which volume a secret decrypts.
#[mapped]
pub struct VolumeUsage {
    /// Its path.
    #[element("volume", missing = Malformed)]
    pub volume: String,
}

/// What a secret is for, by a name of the user's choice.
#[mapped]
pub struct NamedUsage {
    /// The name.
    #[element("name", missing = Malformed)]
    pub name: String,
}

/// For which target of an iSCSI server a secret is.
#[mapped]
pub struct TargetUsage {
    /// A name of the user's choice.
    #[element("target", missing = Malformed)]
    pub target: String,
}

impl SecretUsage {
    /// The name by which it is looked for.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::None => "",
            Self::Volume(usage) => &usage.volume,
            Self::Ceph(usage) | Self::Tls(usage) | Self::Vtpm(usage) => &usage.name,
            Self::Iscsi(usage) => &usage.target,
        }
    }
}

impl DocumentRoot for Secret {
    const ROOT: &'static str = "secret";

    fn check(&self, _root: Element<'_>) -> Result<(), DocumentError> {
        Ok(())
    }
}

impl SecretConfig {
    /// The secret with everything that the document leaves open.
    #[must_use]
    pub fn completed(&self) -> Secret {
        let mut secret = self.typed();
        secret.ephemeral.get_or_insert(SecretSwitch::No);
        secret.private.get_or_insert(SecretSwitch::No);
        secret.usage.take_if(|usage| *usage == SecretUsage::None);
        secret
    }
}
