//! The rules of the contract, one file per group.

mod arguments;
mod claims;
mod closing;
mod definition;
mod events;
mod giving_up;
mod lifecycle;
mod lookup;
mod read_only;

use crate::case::Case;

/// Every case, in no particular order.
pub(crate) fn all() -> Vec<Case> {
    [
        arguments::cases(),
        claims::cases(),
        closing::cases(),
        definition::cases(),
        events::cases(),
        giving_up::cases(),
        lifecycle::cases(),
        lookup::cases(),
        read_only::cases(),
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
