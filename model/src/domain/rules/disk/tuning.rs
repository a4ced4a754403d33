//! Limits of throughput.

use crate::domain::devices::disk::{Disk, IoTuning};
use std::collections::HashMap;

/// A disk that only names a group has the limits of the first disk of the group.
pub(super) fn share(disks: &mut [Disk]) {
    let mut groups: HashMap<String, IoTuning> = HashMap::new();
    for tuning in disks.iter_mut().filter_map(|disk| disk.io_tuning.as_mut()) {
        let Some(name) = tuning.group_name.clone() else { continue };
        match groups.get(&name) {
            Some(first) if tuning.has_no_limit() => *tuning = first.clone(),
            Some(_) => {}
            None => {
                groups.insert(name, tuning.clone());
            }
        }
    }
}
