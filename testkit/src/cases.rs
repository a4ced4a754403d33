//! The rules of the contract, one file per group.

mod arguments;
mod checkpoints;
mod claims;
mod closing;
mod definition;
mod devices;
mod dropped;
mod events;
mod giving_up;
mod jobs;
mod lifecycle;
mod lookup;
mod metadata;
mod migration;
mod random;
mod read_only;
mod save;
mod simulator;
mod sizes;
mod snapshots;
mod waiting;

use crate::case::Case;

/// Every case, in no particular order.
pub(crate) fn all() -> Vec<Case> {
    [
        arguments::cases(),
        checkpoints::cases(),
        claims::cases(),
        closing::cases(),
        definition::cases(),
        devices::cases(),
        dropped::cases(),
        events::cases(),
        giving_up::cases(),
        jobs::cases(),
        lifecycle::cases(),
        lookup::cases(),
        metadata::cases(),
        migration::cases(),
        random::cases(),
        read_only::cases(),
        save::cases(),
        simulator::cases(),
        sizes::cases(),
        snapshots::cases(),
        waiting::cases(),
    ]
    .concat()
}

/// A list of cases of one group: the function that checks, the calls that it needs, and the rule.
macro_rules! rules {
    ($group:literal: $($check:ident [$($call:ident),* $(,)?] $rule:literal),* $(,)?) => {
        vec![$(crate::case::Case::new($group, stringify!($check), $rule, [$(&omnivirt_core::calls::$call),*], $check)),*]
    };
}

pub(crate) use rules;
