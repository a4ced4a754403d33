//! What few domains have, kept out of the way of the many that have none of it.

/// Rarely used state of a domain.
#[derive(Debug, Default)]
pub(crate) struct Extras {}

/// Rarely used state of a run, which ends with it.
#[derive(Debug, Default)]
pub(crate) struct RunExtras {}

impl super::state::Simulated {
    pub(crate) fn has_snapshots(&self) -> bool {
        false
    }

    pub(crate) fn has_checkpoints(&self) -> bool {
        false
    }
}
