//! Cases that QEMU cannot start, and why.

use std::collections::BTreeMap;

/// The reason of each case that cannot start.
pub(crate) fn read() -> BTreeMap<String, String> {
    toml::from_str(include_str!("reasons.toml")).unwrap()
}
