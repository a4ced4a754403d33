//! Limits of a disk's traffic, which QEMU is told before the guest runs.

use crate::command::address::alias;
use crate::command::arguments::Arguments;
use omnivirt_core::Result;
use omnivirt_core::domain::devices::Disk;
use serde_json::json;

/// Has the limits set.
pub(super) fn add(arguments: &mut Arguments<'_>, disk: &Disk) -> Result<()> {
    let Some(tuning) = disk.io_tuning.as_ref().filter(|tuning| !tuning.has_no_limit()) else { return Ok(()) };
    let name = alias(&disk.info, "disk")?;
    let mut limits = json!({
        "id": name,
        "bps": tuning.total_bytes_per_second,
        "bps_rd": tuning.read_bytes_per_second,
        "bps_wr": tuning.write_bytes_per_second,
        "iops": tuning.total_requests_per_second,
        "iops_rd": tuning.read_requests_per_second,
        "iops_wr": tuning.write_requests_per_second,
    });
    let more = [
        ("bps_max", tuning.total_bytes_burst),
        ("bps_rd_max", tuning.read_bytes_burst),
        ("bps_wr_max", tuning.write_bytes_burst),
        ("iops_max", tuning.total_requests_burst),
        ("iops_rd_max", tuning.read_requests_burst),
        ("iops_wr_max", tuning.write_requests_burst),
        ("bps_max_length", tuning.total_bytes_burst_length),
        ("bps_rd_max_length", tuning.read_bytes_burst_length),
        ("bps_wr_max_length", tuning.write_bytes_burst_length),
        ("iops_max_length", tuning.total_requests_burst_length),
        ("iops_rd_max_length", tuning.read_requests_burst_length),
        ("iops_wr_max_length", tuning.write_requests_burst_length),
        ("iops_size", tuning.request_size),
    ];
    for (name, value) in more.into_iter().filter(|(_, value)| *value > 0) {
        limits[name] = json!(value);
    }
    if let Some(group) = &tuning.group_name {
        limits["group"] = json!(group);
    }
    arguments.command("block_set_io_throttle", limits);
    Ok(())
}
