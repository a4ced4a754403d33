//! Which CPUs this host has.

use omnivirt_core::CpuMap;
use std::fs::read_to_string;

/// How many CPUs the host has, on line or not.
pub(crate) fn present() -> u32 {
    list("present").iter().last().map_or(1, |last| last + 1)
}

/// All CPUs that the host has.
pub(crate) fn all() -> CpuMap {
    CpuMap::first(present())
}

/// The CPUs that are on line.
pub(crate) fn online() -> CpuMap {
    list("online")
}

/// A list of CPUs in the kernel's words; where there is none, the CPUs that this process may count on.
fn list(name: &str) -> CpuMap {
    let text = read_to_string(format!("/sys/devices/system/cpu/{name}")).ok();
    text.and_then(|text| text.trim().parse().ok()).unwrap_or_else(|| {
        let count = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        CpuMap::first(u32::try_from(count).unwrap_or(u32::MAX))
    })
}
