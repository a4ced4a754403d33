//! Virtual networks.

use super::{Refusal, Request, check_file_name, refuse_taken, taken};
use crate::document::DocumentErrorKind;
use crate::network::{Network, NetworkConfig};
use std::collections::HashSet;

/// The number of libvirt's part for networks.
const NETWORK: u32 = 19;

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
        "test" => network.complete_for_test(),
        _ => complete_for_driver(&config, &mut network, there)?,
    }
    match taken((&network.name, network.uuid), there.iter().map(|other| (&*other.name, other.uuid))) {
        Some(what) => Err(refuse_taken(what, config.root(), NETWORK)),
        None => Ok(network),
    }
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
        let code = DocumentErrorKind::Unsupported.libvirt_code();
        return Err(Refusal::new(code, NETWORK, "the host has no such virtual function of a device"));
    }
    check_file_name(&network.name, config.root(), NETWORK)
}
