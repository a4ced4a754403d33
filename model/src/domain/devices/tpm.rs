//! A trusted platform module.

use super::character_device::SocketMode;
use super::info::DeviceInfo;
use crate::document::text::words;
use crate::document::{YesNo, mapped};
use uuid::Uuid;

/// A trusted platform module.
#[mapped]
pub struct Tpm {
    /// What the guest sees; absent for the hypervisor's choice.
    #[attribute("model")]
    pub model: Option<TpmModel>,
    /// Where it is.
    #[element("backend", once = Invalid)]
    pub backend: TpmBackend,
    /// What every device has.
    #[flatten]
    pub info: DeviceInfo,
}

/// Where a trusted platform module is.
#[mapped(tag = "type", error = Invalid, missing = Invalid)]
pub enum TpmBackend {
    /// In the host.
    #[value("passthrough")]
    Passthrough(TpmPassthrough),
    /// In a program that the driver starts.
    #[value("emulator")]
    Emulator(TpmEmulator),
    /// In a program that runs already.
    #[value("external")]
    External(TpmExternal),
}

/// The host's trusted platform module.
#[mapped]
pub struct TpmPassthrough {
    /// The device.
    #[element("device")]
    pub device: Option<TpmDevice>,
}

/// A device of the host.
#[mapped(omit_empty)]
pub struct TpmDevice {
    /// Its path.
    #[attribute("path")]
    pub path: Option<String>,
}

/// An emulated trusted platform module.
#[mapped]
pub struct TpmEmulator {
    /// The version of the specification; absent for the hypervisor's choice.
    #[attribute("version")]
    pub version: Option<TpmVersion>,
    /// Whether its state outlives the domain's definition.
    #[attribute("persistent_state", error = Malformed)]
    pub persistent_state: Option<YesNo>,
    /// How its state is encrypted.
    #[element("encryption")]
    pub encryption: Option<TpmEncryption>,
    /// The banks of registers that are active; absent for the emulator's choice.
    #[element("active_pcr_banks")]
    pub active_banks: Option<TpmBanks>,
}

/// How the state of a trusted platform module is encrypted.
#[mapped(omit_empty)]
pub struct TpmEncryption {
    /// The secret with the key.
    #[attribute("secret", error = Malformed)]
    pub secret: Option<Uuid>,
}

/// The banks of registers that are active.
#[mapped(omit_empty)]
pub struct TpmBanks {
    /// That of SHA-1.
    #[flag("sha1")]
    pub sha1: bool,
    /// That of SHA-256.
    #[flag("sha256")]
    pub sha256: bool,
    /// That of SHA-384.
    #[flag("sha384")]
    pub sha384: bool,
    /// That of SHA-512.
    #[flag("sha512")]
    pub sha512: bool,
}

/// A trusted platform module in a program that runs already.
#[mapped]
pub struct TpmExternal {
    /// Where it listens.
    #[element("source", once = Invalid)]
    pub source: Option<TpmSocket>,
}

/// Where a trusted platform module listens.
#[mapped]
pub struct TpmSocket {
    /// The kind of socket: `unix`.
    #[attribute("type")]
    pub source_type: Option<String>,
    /// Who calls; absent for the hypervisor.
    #[attribute("mode")]
    pub mode: Option<SocketMode>,
    /// The socket.
    #[attribute("path")]
    pub path: Option<String>,
}

words! {
    /// What the guest sees of a trusted platform module.
    pub enum TpmModel("model of a TPM", Invalid) {
        /// The interface of a PC.
        Tis = "tpm-tis",
        /// The command and response buffer.
        Crb = "tpm-crb",
        /// That of a pseries machine.
        Spapr = "tpm-spapr",
        /// A pseries machine's way to the host's own.
        SpaprProxy = "spapr-tpm-proxy",
    }
}

words! {
    /// A version of the specification.
    pub enum TpmVersion("version of a TPM", Invalid) {
        /// 1.2.
        V1 = "1.2",
        /// 2.0.
        V2 = "2.0",
    }
}
