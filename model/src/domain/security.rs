//! What protects a domain from others, and its guest from the host.

use crate::document::text::words;
use crate::document::{AlwaysHexadecimal, OnOff, YesNo, mapped};

/// What the host's security driver knows a domain by.
#[mapped]
pub struct SecurityLabel {
    /// Who makes the label.
    #[attribute("type")]
    pub label_type: Option<SecurityLabelType>,
    /// The security driver.
    #[attribute("model")]
    pub model: Option<String>,
    /// Whether resources get the label too.
    #[attribute("relabel")]
    pub relabel: Option<YesNo>,
    /// The label.
    #[element("label")]
    pub label: Option<String>,
    /// The label of resources; only ever told.
    #[element("imagelabel")]
    pub image_label: Option<String>,
    /// What a label is made from.
    #[element("baselabel")]
    pub base_label: Option<String>,
}

words! {
    /// Who makes a security label.
    pub enum SecurityLabelType("type of security label", Invalid) {
        /// There is none.
        None = "none",
        /// The driver.
        Dynamic = "dynamic",
        /// The user.
        Static = "static",
    }
}

/// Which of a mainframe's keys the guest can use.
#[mapped(omit_empty, collected)]
pub struct KeyWrap {
    /// The kinds of keys.
    #[element("cipher")]
    pub ciphers: Vec<Cipher>,
}

/// Whether the guest can use a kind of keys.
#[mapped]
pub struct Cipher {
    /// The kind.
    #[attribute("name")]
    pub name: CipherName,
    /// Whether it can.
    #[attribute("state")]
    pub state: OnOff,
}

words! {
    /// A kind of keys.
    pub enum CipherName("kind of keys", Invalid) {
        /// AES.
        Aes = "aes",
        /// DEA.
        Dea = "dea",
    }
}

/// How the guest's memory is hidden from the host.
#[mapped(tag = "type")]
pub enum LaunchSecurity {
    /// By AMD's encryption.
    #[value("sev")]
    Sev(Sev),
    /// By a mainframe's firmware.
    #[value("s390-pv")]
    S390Pv,
}

/// AMD's encryption of a guest's memory.
#[mapped]
pub struct Sev {
    /// Whether the hashes of kernel, initial RAM disk and arguments are part of what is measured.
    #[attribute("kernelHashes")]
    pub kernel_hashes: Option<YesNo>,
    /// The bit of a page's address that says that it is encrypted; absent for the host's.
    #[element("cbitpos")]
    pub encryption_bit: Option<u32>,
    /// How many bits of physical addresses are lost; absent for the host's.
    #[element("reducedPhysBits")]
    pub reduced_physical_bits: Option<u32>,
    /// What the guest's owner allows.
    #[element("policy")]
    pub policy: AlwaysHexadecimal<4>,
    /// The owner's certificate.
    #[element("dhCert")]
    pub owner_certificate: Option<String>,
    /// What the owner sends with it.
    #[element("session")]
    pub session: Option<String>,
}
