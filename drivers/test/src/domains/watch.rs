//! Who comes and goes: taking down what all domains do, and ending what lives as long as a connection.

use crate::host::Host;
use omnivirt_core::event::{Cause, StoppedDetail};
use omnivirt_core::*;

impl Host {
    /// Ends a connection, and the domains that were started to live as long as it.
    pub(crate) fn disconnect(&self, connection: u64) {
        if !self.connections.detach(connection) {
            return;
        }
        for entry in self.domains.active() {
            let Ok(mut domain) = entry.lock() else { continue };
            if domain.run.as_ref().is_some_and(|run| run.auto_destroy == Some(connection)) {
                domain.abort_any_job();
                domain.end(
                    self,
                    &Cause::host(),
                    DomainStateReason::ShutoffDestroyed,
                    StoppedDetail::Destroyed,
                );
            }
        }
    }
}
