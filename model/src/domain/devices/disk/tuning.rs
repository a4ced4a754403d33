//! Limits of a disk's throughput.

use crate::document::mapped;

/// Limits of a disk's throughput; 0 is none.
#[mapped(omit_empty)]
pub struct IoTuning {
    /// Both ways: bytes in a second.
    #[element("total_bytes_sec", default)]
    pub total_bytes_per_second: u64,
    /// Reading: bytes in a second.
    #[element("read_bytes_sec", default)]
    pub read_bytes_per_second: u64,
    /// Writing: bytes in a second.
    #[element("write_bytes_sec", default)]
    pub write_bytes_per_second: u64,
    /// Both ways: requests in a second.
    #[element("total_iops_sec", default)]
    pub total_requests_per_second: u64,
    /// Reading: requests in a second.
    #[element("read_iops_sec", default)]
    pub read_requests_per_second: u64,
    /// Writing: requests in a second.
    #[element("write_iops_sec", default)]
    pub write_requests_per_second: u64,
    /// Both ways: bytes in a second of a burst.
    #[element("total_bytes_sec_max", default)]
    pub total_bytes_burst: u64,
    /// Reading: bytes in a second of a burst.
    #[element("read_bytes_sec_max", default)]
    pub read_bytes_burst: u64,
    /// Writing: bytes in a second of a burst.
    #[element("write_bytes_sec_max", default)]
    pub write_bytes_burst: u64,
    /// Both ways: requests in a second of a burst.
    #[element("total_iops_sec_max", default)]
    pub total_requests_burst: u64,
    /// Reading: requests in a second of a burst.
    #[element("read_iops_sec_max", default)]
    pub read_requests_burst: u64,
    /// Writing: requests in a second of a burst.
    #[element("write_iops_sec_max", default)]
    pub write_requests_burst: u64,
    /// How many bytes count as one request.
    #[element("size_iops_sec", default)]
    pub request_size: u64,
    /// The group of disks that share the limits.
    #[element("group_name")]
    pub group_name: Option<String>,
    /// Both ways: seconds that a burst of bytes can last.
    #[element("total_bytes_sec_max_length", default)]
    pub total_bytes_burst_length: u64,
    /// Reading: seconds that a burst of bytes can last.
    #[element("read_bytes_sec_max_length", default)]
    pub read_bytes_burst_length: u64,
    /// Writing: seconds that a burst of bytes can last.
    #[element("write_bytes_sec_max_length", default)]
    pub write_bytes_burst_length: u64,
    /// Both ways: seconds that a burst of requests can last.
    #[element("total_iops_sec_max_length", default)]
    pub total_requests_burst_length: u64,
    /// Reading: seconds that a burst of requests can last.
    #[element("read_iops_sec_max_length", default)]
    pub read_requests_burst_length: u64,
    /// Writing: seconds that a burst of requests can last.
    #[element("write_iops_sec_max_length", default)]
    pub write_requests_burst_length: u64,
}

impl IoTuning {
    /// Whether nothing is limited, whatever the group.
    #[must_use]
    pub fn has_no_limit(&self) -> bool {
        Self { group_name: None, ..self.clone() } == Self::default()
    }
}
