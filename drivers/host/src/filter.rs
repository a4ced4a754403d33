//! Which domains a list is asked for.

use omnivirt_core::{DomainFilter, DomainState};

/// What a filter asks of a domain.
#[derive(Debug, Clone, Copy)]
pub struct Facts {
    /// What it is doing.
    pub state: DomainState,
    /// Whether it has a number.
    pub is_active: bool,
    /// Whether it has a definition.
    pub is_persistent: bool,
    /// Whether it starts with the host.
    pub has_autostart: bool,
    /// Whether its run was put into a managed save image.
    pub has_managed_save: bool,
    /// Whether it has snapshots.
    pub has_snapshots: bool,
    /// Whether it has checkpoints.
    pub has_checkpoints: bool,
}

/// Whether the filter lets a domain through: each group of properties of which one is asked for.
#[must_use]
pub fn passes(facts: Facts, filter: &DomainFilter) -> bool {
    let Facts { state, is_active, is_persistent, has_autostart, .. } = facts;
    let Facts { has_managed_save, has_snapshots, has_checkpoints, .. } = facts;
    let other = !matches!(state, DomainState::Running | DomainState::Paused | DomainState::Shutoff);
    group(&[(filter.active, is_active), (filter.inactive, !is_active)])
        && group(&[(filter.persistent, is_persistent), (filter.transient, !is_persistent)])
        && group(&[
            (filter.running, state == DomainState::Running),
            (filter.paused, state == DomainState::Paused),
            (filter.shutoff, state == DomainState::Shutoff),
            (filter.other, other),
        ])
        && group(&[(filter.managed_save, has_managed_save), (filter.no_managed_save, !has_managed_save)])
        && group(&[(filter.autostart, has_autostart), (filter.no_autostart, !has_autostart)])
        && group(&[(filter.has_snapshot, has_snapshots), (filter.no_snapshot, !has_snapshots)])
        && group(&[(filter.has_checkpoint, has_checkpoints), (filter.no_checkpoint, !has_checkpoints)])
}

/// Properties, as (asked for, had): one that is asked for is had, or none is asked for.
#[must_use]
pub fn group(properties: &[(bool, bool)]) -> bool {
    properties.iter().any(|(wanted, had)| *wanted && *had) || !properties.iter().any(|(wanted, _)| *wanted)
}
