//! What is not shown to everybody.

use omnivirt_core::document::DocumentError;
use omnivirt_core::domain::DomainConfig;

/// A configuration without the passwords of its graphical consoles.
///
/// # Errors
///
/// None that a document which was read can have.
pub fn without_secrets(config: DomainConfig) -> Result<DomainConfig, DocumentError> {
    let secret: Vec<_> = config
        .devices()
        .map(|device| device.element())
        .filter(|device| device.attribute("passwd").is_some())
        .collect();
    if secret.is_empty() {
        return Ok(config);
    }
    config.edited(|edit| {
        for device in secret {
            edit.remove_attribute(device, "passwd");
        }
        Ok(())
    })
}
