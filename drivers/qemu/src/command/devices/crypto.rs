//! `<crypto>`.

use crate::command::address::{alias, placed, virtio};
use crate::command::arguments::Arguments;
use crate::command::properties::Properties;
use crate::command::refusal::unsupported;
use omnivirt_core::Result;
use omnivirt_core::domain::devices::crypto::CryptoBackendModel;

/// Adds the crypto devices.
pub(super) fn add(arguments: &mut Arguments<'_>) -> Result<()> {
    for crypto in &arguments.domain.devices.cryptos {
        let name = alias(&crypto.info, "crypto")?;
        let object = format!("obj{name}");
        let backend = match crypto.backend.model {
            CryptoBackendModel::Builtin => "cryptodev-backend-builtin",
            CryptoBackendModel::Lkcf => "cryptodev-backend-lkcf",
            model => return Err(unsupported("crypto/backend", format!("QEMU has no backend '{model}'"))),
        };
        let backend = Properties::object(backend, object.as_str());
        arguments.json("-object", backend.with_some("queues", crypto.backend.queues));
        let device = Properties::driver(virtio("virtio-crypto", &crypto.info, None)?)
            .with("cryptodev", object)
            .with("id", name)
            .and(placed(arguments.domain, &crypto.info)?);
        arguments.device(name, device);
    }
    Ok(())
}
