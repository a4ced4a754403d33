//! What storage pools a host can have.

use super::Values;
use crate::document::{Config, DocumentError, DocumentRoot, YesNo, mapped};
use crate::xml::Element;

/// The storage pools that a host can have, as a document.
pub type PoolCapabilitiesConfig = Config<PoolCapabilities>;

/// The storage pools that a host can have.
#[mapped]
pub struct PoolCapabilities {
    /// One for each type.
    #[element("pool")]
    pub pools: Vec<PoolTypeCapabilities>,
}

/// What there is of a type of pools.
#[mapped]
pub struct PoolTypeCapabilities {
    /// The type, such as `dir`.
    #[attribute("type")]
    pub pool_type: String,
    /// Whether the host can have such pools.
    #[attribute("supported")]
    pub supported: YesNo,
    /// What the pools can be.
    #[element("poolOptions")]
    pub pool_options: Option<FormatOptions>,
    /// What their volumes can be.
    #[element("volOptions")]
    pub volume_options: Option<FormatOptions>,
}

/// What pools or volumes can be.
#[mapped]
pub struct FormatOptions {
    /// The format where none is named.
    #[element("defaultFormat")]
    pub default_format: Option<DefaultFormat>,
    /// The values that their documents can have.
    #[element("enum")]
    pub enums: Vec<Values>,
}

/// The format where none is named.
#[mapped]
pub struct DefaultFormat {
    /// Its name.
    #[attribute("type")]
    pub format: String,
}

impl DocumentRoot for PoolCapabilities {
    const ROOT: &'static str = "storagepoolCapabilities";

    fn check(&self, _root: Element<'_>) -> Result<(), DocumentError> {
        Ok(())
    }
}
