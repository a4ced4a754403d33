//! Where a host's simulated domains are found.

use super::state::Simulated;
use omnivirt_core::{DomainFilter, DomainNow, DomainRef, DomainStateInfo};
pub(crate) use omnivirt_host::no_domain;
use omnivirt_host::{Facts, KeptDomain};

/// One domain of the table.
pub(crate) type DomainEntry = omnivirt_host::DomainEntry<Simulated>;
/// All domains of a host.
pub(crate) type DomainTable = omnivirt_host::DomainTable<Simulated>;

impl KeptDomain for Simulated {
    fn reference(&self) -> DomainRef {
        self.reference()
    }

    fn is_gone(&self) -> bool {
        self.gone
    }

    fn now(&self) -> DomainNow {
        let state = DomainStateInfo::default().state(self.state).reason(self.reason);
        DomainNow::new(self.reference(), state, self.is_persistent())
    }
}

impl Simulated {
    /// Whether the filter lets it through.
    pub(crate) fn passes(&self, filter: &DomainFilter) -> bool {
        let facts = Facts {
            state: self.state,
            is_active: self.is_active(),
            is_persistent: self.is_persistent(),
            has_autostart: self.autostart.enabled,
            has_managed_save: self.managed_save.is_some(),
            has_snapshots: self.has_snapshots(),
            has_checkpoints: self.has_checkpoints(),
        };
        omnivirt_host::passes(facts, filter)
    }
}
