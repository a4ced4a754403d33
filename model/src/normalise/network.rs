//! Virtual networks.

use super::{LONGEST_FILE_NAME, Refusal, Request};
use crate::network::{Network, NetworkConfig};
use std::collections::HashSet;

/// The number of libvirt's part for networks.
const NETWORK: u32 = 19;
/// The code of an operation that is not possible as things are.
const OPERATION_FAILED: u32 = 9;
/// The code of something that is asked for and not there.
const UNSUPPORTED: u32 = 67;
/// The code of an error of the system.
const SYSTEM_ERROR: u32 = 38;

pub(super) fn normalise(request: &Request, input: &[u8]) -> Result<String, Refusal> {
    let there = request
        .preload
        .iter()
        .map(|text| defined(&request.driver, text.as_bytes(), &[]))
        .collect::<Result<Vec<_>, _>>()?;
    let network = defined(&request.driver, input, &there)?;
    NetworkConfig::new(&network).map(NetworkConfig::into_string).map_err(|error| Refusal::of(&error, NETWORK))
}

/// The network that a driver makes of a document, beside those that are there.
fn defined(driver: &str, input: &[u8], there: &[Network]) -> Result<Network, Refusal> {
    let refusal = |error| Refusal::of(&error, NETWORK);
    let config = NetworkConfig::parse_bytes(input).map_err(refusal)?;
    let mut network = config.typed();
    network.complete().map_err(|fault| refusal(fault.in_document(config.root())))?;
    match driver {
        "network" => complete_for_driver(&config, &mut network, there)?,
        "test" => network.complete_for_test(),
        other => return Err(Refusal::unknown("driver of networks", other)),
    }
    check_taken(&network, there)?;
    Ok(network)
}

fn complete_for_driver(
    config: &NetworkConfig,
    network: &mut Network,
    there: &[Network],
) -> Result<(), Refusal> {
    let bridges = there.iter().filter(|other| other.uuid != network.uuid);
    let taken: HashSet<String> = bridges.filter_map(|other| other.bridge.as_ref()?.name.clone()).collect();
    network
        .complete_for_driver(&taken)
        .map_err(|fault| Refusal::of(&fault.in_document(config.root()), NETWORK))?;
    if network.forward.as_ref().is_some_and(|forward| !forward.addresses.is_empty()) {
        // Without a host to look at there is none.
        return Err(Refusal::new(UNSUPPORTED, NETWORK, "the host has no such virtual function of a device"));
    }
    if network.name.len() > LONGEST_FILE_NAME {
        return Err(Refusal::new(SYSTEM_ERROR, NETWORK, "the name is longer than that of a file can be"));
    }
    Ok(())
}

/// A name and a UUID go together.
fn check_taken(network: &Network, there: &[Network]) -> Result<(), Refusal> {
    let clash = there.iter().find(|other| (other.name == network.name) != (other.uuid == network.uuid));
    match clash {
        Some(other) => {
            let message = format!("a network {} has this name or UUID already", other.name);
            Err(Refusal::new(OPERATION_FAILED, NETWORK, message))
        }
        None => Ok(()),
    }
}
