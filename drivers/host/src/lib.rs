//! What the drivers of one host's domains have in common, and no driver itself: the table in which domains are found, who
//! is told of their events, what a filter lets through, and what is asked and answered in the same way.
//!
//! Locks: a domain's own lock comes first. The locks in here are taken last, for one look-up or one entry each, and nothing
//! else is taken while one is held. No lock is held across an `.await`.

mod connections;
mod filter;
mod hash;
mod metadata;
mod progress;
mod saved;
mod secrets;
mod sessions;
mod states;
mod table;

pub use connections::Connections;
pub use filter::{Facts, group, passes};
pub use metadata::{metadata, with_lifecycle_action, with_metadata};
pub use progress::{ended, progress};
pub use saved::{is_to_be_paused, with_other_xml};
pub use secrets::without_secrets;
pub use sessions::{Session, Sessions, spawn};
pub use table::{DomainEntry, DomainTable, KeptDomain, Taken, name_taken, no_domain};
