//! How an image is encrypted.

use super::authentication::one_name;
use crate::document::text::words;
use crate::document::{DocumentError, Problem, Text, mapped};
use crate::xml::Element;
use uuid::Uuid;

/// How an image is encrypted.
#[mapped]
pub struct Encryption {
    /// The format.
    #[attribute("format")]
    pub format: EncryptionFormat,
    /// Who decrypts; absent for QEMU.
    #[attribute("engine")]
    pub engine: Option<EncryptionEngine>,
    /// The passphrases.
    #[element("secret")]
    pub secrets: Vec<EncryptionSecret>,
    /// The cipher of a new image; absent for the format's own choice. Only LUKS has one.
    #[element("cipher")]
    pub cipher: Option<Cipher>,
    /// How initial vectors are made for a new image; absent for the format's own choice.
    #[element("ivgen")]
    pub initial_vectors: Option<InitialVectors>,
}

words! {
    /// A format of encrypted images.
    pub enum EncryptionFormat("format of encryption", Unsupported, blank) {
        /// The usual one of the volume's format.
        Default = "default",
        /// The one built into QCOW images.
        Qcow = "qcow",
        /// LUKS.
        Luks = "luks",
        /// LUKS, version 2.
        Luks2 = "luks2",
    }
}

words! {
    /// Who decrypts an image.
    pub enum EncryptionEngine("engine of encryption", Invalid) {
        /// QEMU.
        Qemu = "qemu",
        /// The client library of Ceph's block devices.
        Librbd = "librbd",
    }
}

words! {
    /// What sort of secret it is.
    pub enum EncryptionSecretType("type of secret", Unsupported, blank) {
        /// A passphrase.
        Passphrase = "passphrase",
    }
}

/// A passphrase.
#[mapped]
pub struct EncryptionSecret {
    /// What sort of secret it is.
    #[attribute("type")]
    pub secret_type: EncryptionSecretType,
    /// Its UUID.
    #[attribute("uuid", error = Invalid)]
    pub uuid: Option<Uuid>,
    /// What it is for.
    #[attribute("usage")]
    pub usage: Option<Text>,
}

/// The cipher of an image.
#[mapped]
pub struct Cipher {
    /// Its name, such as `aes`.
    #[attribute("name")]
    pub name: Text,
    /// The size of the key in bits.
    #[attribute("size")]
    pub size: u32,
    /// The mode, such as `cbc`.
    #[attribute("mode")]
    pub mode: Option<Text>,
    /// The hash, such as `sha256`.
    #[attribute("hash")]
    pub hash: Option<Text>,
}

/// How initial vectors are made.
#[mapped]
pub struct InitialVectors {
    /// The way, such as `plain64`.
    #[attribute("name")]
    pub name: Text,
    /// The hash, such as `sha256`.
    #[attribute("hash")]
    pub hash: Option<Text>,
}

impl Encryption {
    fn is_luks(&self) -> bool {
        matches!(self.format, EncryptionFormat::Luks | EncryptionFormat::Luks2)
    }

    /// Refuses secrets that are named in no way or in two, and initial vectors without a cipher.
    ///
    /// # Errors
    ///
    /// As it says.
    pub(crate) fn check(&self, element: Element<'_>) -> Result<(), DocumentError> {
        let secrets = element.children().filter(|child| child.name() == "secret");
        for (secret, place) in self.secrets.iter().zip(secrets) {
            one_name(secret.uuid.is_some(), secret.usage.is_some(), place)?;
        }
        if self.is_luks() && self.initial_vectors.is_some() && self.cipher.is_none() {
            let problem = Problem::invalid("initial vectors are for a cipher, and there is none");
            return Err(problem.at(element));
        }
        Ok(())
    }

    /// Leaves out what the format does not have.
    pub(crate) fn complete(&mut self) {
        if !self.is_luks() {
            self.cipher = None;
            self.initial_vectors = None;
        }
    }
}
