//! Numbers of devices on a mainframe.

use super::attachment::{Attachment, attached};
use crate::document::{DocumentErrorKind, Hexadecimal};
use crate::domain::Domain;
use crate::domain::devices::address::{Address, CcwAddress};
use crate::domain::devices::{DeviceInfo, Devices};
use crate::domain::rules::Fault;
use crate::domain::rules::qemu::Machine;
use std::collections::BTreeSet;

/// The channel subsystem of devices that are none of the host's.
const SUBSYSTEM: u64 = 0xfe;

/// The kinds of device in the order in which they get numbers.
const ORDER: [&str; 14] = [
    "disk",
    "interface",
    "sound",
    "hostdev",
    "video",
    "controller",
    "input",
    "filesystem",
    "memballoon",
    "rng",
    "memory",
    "iommu",
    "vsock",
    "crypto",
];

/// Gives each device that stands on no other bus a number.
pub(super) fn assign(domain: &mut Domain) -> Result<(), Fault> {
    if !Machine::of(domain).has_ccw() {
        return Ok(());
    }
    let mut taken = BTreeSet::new();
    let mut without = Vec::new();
    for (path, info) in on_channels(&mut domain.devices) {
        match &info.address {
            Some(Address::Ccw(address)) => match number(address) {
                Some(number) if !taken.insert(number) => {
                    let message = format!("another device has the number {}", address_name(address));
                    return Err(Fault::new(DocumentErrorKind::Invalid, format!("{path}/address"), message));
                }
                Some(_) => {}
                None => without.push(info),
            },
            None => without.push(info),
            _ => {}
        }
    }
    let mut next = 0;
    for info in without {
        while taken.contains(&(SUBSYSTEM, 0, next)) {
            next += 1;
        }
        let mut address = CcwAddress::default();
        address.subsystem = Some(Hexadecimal(SUBSYSTEM));
        address.subchannel_set = Some(Hexadecimal(0));
        address.device_number = Some(Hexadecimal(next));
        info.address = Some(Address::Ccw(address));
        next += 1;
    }
    Ok(())
}

fn number(address: &CcwAddress) -> Option<(u64, u64, u64)> {
    Some((address.subsystem?.0, address.subchannel_set?.0, address.device_number?.0))
}

fn address_name(address: &CcwAddress) -> String {
    let number = |value: Option<u64>| value.unwrap_or(0);
    let (subsystem, set) =
        (address.subsystem.map(|value| value.0), address.subchannel_set.map(|value| value.0));
    let device = address.device_number.map(|value| value.0);
    format!("{:x}.{:x}.{:04x}", number(subsystem), number(set), number(device))
}

/// The devices that could stand on channels, in the order in which they get numbers.
fn on_channels(devices: &mut Devices) -> Vec<(String, &mut DeviceInfo)> {
    let mut all: Vec<_> = attached(devices)
        .into_iter()
        .filter(|device| matches!(device.attachment, Attachment::Virtio | Attachment::Channel))
        .map(|device| (device.path, device.info))
        .collect();
    all.sort_by_key(|(path, _)| {
        let kind = path.strip_prefix("devices/").and_then(|path| path.split('[').next());
        ORDER.iter().position(|known| Some(*known) == kind).unwrap_or(ORDER.len())
    });
    all
}
