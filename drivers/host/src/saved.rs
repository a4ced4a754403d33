//! What options of saving and restoring mean.

use omnivirt_core::domain::DomainConfig;
use omnivirt_core::{Error, ErrorKind, Result};

/// Other XML for a domain that was saved.
///
/// # Errors
///
/// `XmlInvalid` if it is another domain's; what the guest sees of the rest is not compared.
pub fn with_other_xml(saved: &DomainConfig, xml: &str) -> Result<DomainConfig> {
    let config = DomainConfig::parse(xml)?;
    if config.name() != saved.name() || config.uuid().is_some_and(|uuid| Some(uuid) != saved.uuid()) {
        return Err(Error::new(ErrorKind::XmlInvalid, "the XML is of another domain than the saved one"));
    }
    if config.uuid().is_some() {
        return Ok(config);
    }
    config.with(|domain| domain.uuid = saved.uuid()).map_err(Error::from)
}

/// Whether a domain is to be paused when it is restored; none if nothing is said.
///
/// # Errors
///
/// `InvalidArgument` if both is said.
pub fn is_to_be_paused(running: bool, paused: bool) -> Result<Option<bool>> {
    match (running, paused) {
        (true, true) => {
            Err(Error::new(ErrorKind::InvalidArgument, "the domain cannot be both running and paused"))
        }
        (false, false) => Ok(None),
        (_, paused) => Ok(Some(paused)),
    }
}
