//! The sharing of equal pages: how a simulated host looks for them, and what it finds.

use super::hardware::Hardware;
use super::pages::PAGE_SIZES_KIB;
use omnivirt_core::{Error, ErrorKind, NodeMemoryParameters, Result};
use std::time::Duration;

/// How the host looks for equal pages. It finds none: guests have no memory that could be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PageSharing {
    pages_to_scan: u32,
    sleep_ms: u32,
    merge_across_nodes: bool,
}

impl Default for PageSharing {
    /// As Linux has it.
    fn default() -> Self {
        Self { pages_to_scan: 100, sleep_ms: 20, merge_across_nodes: true }
    }
}

impl PageSharing {
    /// What it is set to, and what it has found in so much time, of which guests' memory is `guests_kib`.
    pub(crate) fn show(&self, uptime: Duration, guests_kib: u64) -> NodeMemoryParameters {
        let pages = guests_kib / u64::from(PAGE_SIZES_KIB[0]);
        let rounds = u64::try_from(uptime.as_millis()).unwrap_or(u64::MAX) / u64::from(self.sleep_ms.max(1));
        let scanned = rounds.saturating_mul(u64::from(self.pages_to_scan));
        NodeMemoryParameters::default()
            .pages_to_scan(self.pages_to_scan)
            .sleep_ms(self.sleep_ms)
            .pages_shared(0_u64)
            .pages_sharing(0_u64)
            .pages_unshared(scanned.min(pages))
            .pages_volatile(0_u64)
            .full_scans(scanned.checked_div(pages).unwrap_or(0))
            .merge_across_nodes(u32::from(self.merge_across_nodes))
    }

    /// Changes what is present.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` for what is counted and cannot be set, and for a choice that is neither 0 nor 1.
    pub(crate) fn set(&mut self, parameters: &NodeMemoryParameters) -> Result<()> {
        let counted = [
            ("pages_shared", parameters.pages_shared),
            ("pages_sharing", parameters.pages_sharing),
            ("pages_unshared", parameters.pages_unshared),
            ("pages_volatile", parameters.pages_volatile),
            ("full_scans", parameters.full_scans),
        ];
        if let Some((name, _)) = counted.iter().find(|(_, value)| value.is_some()) {
            return Err(Error::new(
                ErrorKind::InvalidArgument,
                format!("'{name}' is counted and cannot be set"),
            ));
        }
        let merge = match parameters.merge_across_nodes {
            None => self.merge_across_nodes,
            Some(choice @ (0 | 1)) => choice == 1,
            Some(other) => {
                let message = format!("'merge_across_nodes' is {other} and has to be 0 or 1");
                return Err(Error::new(ErrorKind::InvalidArgument, message));
            }
        };
        self.merge_across_nodes = merge;
        self.pages_to_scan = parameters.pages_to_scan.unwrap_or(self.pages_to_scan);
        self.sleep_ms = parameters.sleep_ms.unwrap_or(self.sleep_ms);
        Ok(())
    }
}

/// How much of the host's memory holds blocks and files of disks after so much time, in KiB: it fills up slowly, to an
/// eighth of what is free at most.
pub(crate) fn cached_kib(hardware: &Hardware, node: u32, free_kib: u64, uptime: Duration) -> u64 {
    let most = (hardware.node_memory_kib(node) / 8).min(free_kib / 8);
    uptime.as_secs().saturating_mul(16 << 10).min(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_is_shown_and_the_rest_stays() {
        let mut sharing = PageSharing::default();
        sharing.set(&NodeMemoryParameters::default().sleep_ms(10_u32).merge_across_nodes(0_u32)).unwrap();
        let shown = sharing.show(Duration::from_secs(1), 4 * 100 * 50);
        assert_eq!(
            (shown.pages_to_scan, shown.sleep_ms, shown.merge_across_nodes),
            (Some(100), Some(10), Some(0))
        );
        assert_eq!((shown.pages_unshared, shown.full_scans), (Some(5000), Some(2)));
    }

    #[test]
    fn a_refused_change_changes_nothing() {
        let mut sharing = PageSharing::default();
        for bad in [
            NodeMemoryParameters::default().sleep_ms(1_u32).merge_across_nodes(2_u32),
            NodeMemoryParameters::default().sleep_ms(1_u32).pages_shared(1_u64),
        ] {
            assert_eq!(sharing.set(&bad).unwrap_err().kind(), ErrorKind::InvalidArgument);
            assert_eq!(sharing, PageSharing::default());
        }
    }
}
