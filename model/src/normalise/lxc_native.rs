//! Configurations of LXC's own tools.

use super::Refusal;
use crate::document::{Config, DocumentErrorKind};
use crate::domain::DomainConfig;

/// The number of libvirt's part for configuration files.
const CONFIGURATION: u32 = 28;

pub(super) fn normalise(input: &[u8]) -> Result<String, Refusal> {
    let text = std::str::from_utf8(input).map_err(|_| {
        let code = DocumentErrorKind::NativeSyntax.libvirt_code();
        Refusal::new(code, CONFIGURATION, "the configuration is no UTF-8 text".to_owned())
    })?;
    DomainConfig::from_lxc_native(text)
        .map(Config::into_string)
        .map_err(|error| Refusal::of(&error, CONFIGURATION))
}
