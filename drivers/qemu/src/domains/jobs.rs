//! The job of a domain.

use omnivirt_core::jobs::JobSlot;

/// The place of a domain's job.
#[derive(Debug, Default)]
pub(crate) struct Jobs {
    pub(crate) slot: JobSlot,
}
