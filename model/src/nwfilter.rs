//! The network filter document: rules for the packets of guests.
//!
//! ```
//! use omnivirt_model::nwfilter::FilterConfig;
//!
//! let config = FilterConfig::parse("<filter name='no-ssh'>
//!   <rule action='drop' direction='in'><tcp dstportstart='22'/></rule>
//! </filter>")?;
//! assert_eq!(config.typed().name, "no-ssh");
//! # Ok::<(), omnivirt_model::document::DocumentError>(())
//! ```

mod address;
mod binding;
mod completion;
mod flags;
mod frames;
mod named_number;
mod negation;
mod number;
mod packets;
mod reference;
mod rule;
mod traffic;
mod variable;

pub use address::{Ipv4Bits, Ipv6Bits, MacMask, RuleIpv4, RuleIpv6};
pub use binding::{BindingDevice, BindingMac, BindingOwner, FilterBinding, FilterBindingConfig};
pub use flags::{ConnectionStates, IpSetFlags, IpSetName, TcpFlags};
pub use frames::{ArpRule, FrameAddresses, MacRule, StpRule, VlanRule};
pub use named_number::{ArpOperation, EncapsulatedType, EtherType, IpProtocol, Truth};
pub use number::{Decimal16, Number8, Number16, Number32, RuleNumber};
pub use packets::{Ipv4Rule, Ipv6Rule, Ports};
pub use reference::{FilterParameter, FilterReference};
pub use rule::{Rule, RuleAction, RuleDirection, RuleProtocol};
pub use traffic::{
    IcmpIpv4Rule, IcmpIpv6Rule, Ipv4Traffic, Ipv6Traffic, PortsIpv4Rule, PortsIpv6Rule, TcpIpv4Rule,
    TcpIpv6Rule, TrafficIpv4Rule, TrafficIpv6Rule,
};
pub use variable::{OrVariable, Variable, VariableAccess};

use crate::document::{Config, DocumentError, DocumentRoot, mapped};
use crate::xml::Element;
use uuid::Uuid;

/// A filter's document.
pub type FilterConfig = Config<Filter>;

/// A filter: rules, and other filters that it is made of.
#[mapped]
pub struct Filter {
    /// Its name.
    #[attribute("name", missing = Malformed)]
    pub name: String,
    /// The list of rules that its own are put into; absent for `root`.
    #[attribute("chain")]
    pub chain: Option<String>,
    /// Lists of lower numbers come first, from -1000 to 1000; absent for what the list's name says.
    #[attribute("priority", error = InvalidArgument, empty)]
    pub priority: Option<i32>,
    /// Its UUID; absent when one is to be made.
    #[element("uuid", error = Invalid)]
    pub uuid: Option<Uuid>,
    /// What it is made of.
    #[choice]
    pub entries: Vec<FilterEntry>,
}

/// A part of a filter.
#[mapped(by_name)]
pub enum FilterEntry {
    /// Another filter.
    #[value("filterref")]
    Reference(FilterReference),
    /// A rule.
    #[value("rule")]
    Rule(Rule),
}

impl DocumentRoot for Filter {
    const ROOT: &'static str = "filter";

    fn check(&self, _root: Element<'_>) -> Result<(), DocumentError> {
        Ok(())
    }
}
