//! The documents in which hosts and drivers say what they can do.
//!
//! ```
//! use omnivirt_model::capabilities::CapabilitiesConfig;
//!
//! let config = CapabilitiesConfig::parse("<capabilities><host><cpu><arch>x86_64</arch></cpu></host><guest>
//!   <os_type>hvm</os_type>
//!   <arch name='x86_64'><wordsize>64</wordsize><domain type='test'/></arch>
//! </guest></capabilities>")?;
//! let capabilities = config.typed();
//! assert_eq!(capabilities.guests[0].arch.domains[0].domain_type, "test");
//! # Ok::<(), omnivirt_model::document::DocumentError>(())
//! ```

pub mod domain;
pub mod guest;
pub mod host;
pub mod host_cpu;
mod known;
pub mod pool;
pub mod topology;

use crate::document::text::words;
use crate::document::{Config, DocumentError, DocumentRoot, mapped};
use crate::xml::Element;
pub use domain::{DomainCapabilities, DomainCapabilitiesConfig};
pub use guest::Guest;
pub use host::Host;
pub use known::DomainQuestion;
pub use pool::{PoolCapabilities, PoolCapabilitiesConfig};

/// A host's capabilities as a document.
pub type CapabilitiesConfig = Config<Capabilities>;

/// What a host is, and which guests it can have.
#[mapped]
pub struct Capabilities {
    /// The host.
    #[element("host")]
    pub host: Host,
    /// The guests that it can have.
    #[element("guest")]
    pub guests: Vec<Guest>,
}

impl DocumentRoot for Capabilities {
    const ROOT: &'static str = "capabilities";

    fn check(&self, _root: Element<'_>) -> Result<(), DocumentError> {
        Ok(())
    }
}

/// The values that something can have.
#[mapped]
pub struct Values {
    /// What can have them.
    #[attribute("name")]
    pub name: String,
    /// The values.
    #[element("value")]
    pub values: Vec<String>,
}

words! {
    /// Whether there is something; the host need not know.
    pub enum Usable("yes, no or unknown", Invalid) {
        /// There is.
        Yes = "yes",
        /// There is not.
        No = "no",
        /// That is not known.
        Unknown = "unknown",
    }
}
