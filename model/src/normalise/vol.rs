//! Storage volumes, each in a pool of a directory.

use super::pool::{TEST_CAPACITY, refusal};
use super::{Refusal, Request};
use crate::Timestamp;
use crate::document::{ByteSize, Config};
use crate::storage::volume::{Keeping, VolumeKeeper};
use crate::storage::{Volume, VolumeConfig};

/// The directory of the pool.
const DIRECTORY: &str = "/var/lib/libvirt/images/golden";

pub(super) fn normalise(request: &Request, input: &[u8]) -> Result<String, Refusal> {
    let mut volumes: Vec<Volume> = Vec::new();
    for earlier in &request.preload {
        let keeper = keeper(request, &volumes);
        let earlier = VolumeConfig::parse(earlier.as_str()).and_then(|earlier| earlier.completed(&keeper));
        volumes.push(earlier.map_err(refusal)?);
    }
    let config = VolumeConfig::parse_bytes(input).map_err(refusal)?;
    let volume = config.completed(&keeper(request, &volumes)).map_err(refusal)?;
    VolumeConfig::new(&volume).map(Config::into_string).map_err(refusal)
}

fn keeper<'a>(request: &Request, volumes: &'a [Volume]) -> VolumeKeeper<'a> {
    let taken: u64 = volumes.iter().filter_map(|volume| volume.allocation.map(ByteSize::bytes)).sum();
    let keeping = match request.driver.as_str() {
        "test" => Keeping::Noted { free: TEST_CAPACITY.saturating_sub(taken) },
        _ => Keeping::Files,
    };
    VolumeKeeper { directory: DIRECTORY, volumes, keeping, now: Timestamp::now() }
}
