//! The locks of [`lane`](super::lane), which the loom test replaces with its own.

pub(super) use parking_lot::Mutex;
pub(super) use std::sync::atomic::{AtomicBool, Ordering};
