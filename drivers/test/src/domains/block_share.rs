//! A domain's share of the host's block devices, as it stands in its document.

use super::values::{self, place};
use omnivirt_core::domain::DomainConfig;
use omnivirt_core::xml::{Element, NewElement};
use omnivirt_core::{BlkioDeviceValue, BlkioParameters, Error, ErrorKind, Result};

type List = fn(&mut BlkioParameters) -> &mut Vec<BlkioDeviceValue>;

/// Each list of values for devices, with the name under which a value stands in a device's element.
const LISTS: [(&str, List); 5] = [
    ("weight", |parameters| &mut parameters.device_weights),
    ("read_iops_sec", |parameters| &mut parameters.device_read_iops_per_s),
    ("write_iops_sec", |parameters| &mut parameters.device_write_iops_per_s),
    ("read_bytes_sec", |parameters| &mut parameters.device_read_bytes_per_s),
    ("write_bytes_sec", |parameters| &mut parameters.device_write_bytes_per_s),
];

const WEIGHTS: std::ops::RangeInclusive<u64> = 100..=1000;

/// The share that a document gives.
pub(crate) fn read(config: &DomainConfig) -> BlkioParameters {
    let mut parameters = BlkioParameters::default();
    let Some(element) = config.root().child("blkiotune") else { return parameters };
    parameters.weight = values::parsed(element, "weight");
    for device in element.children().filter(|child| child.name() == "device") {
        let Some(path) = values::read(device, "path") else { continue };
        for (name, list) in LISTS {
            if let Some(value) = values::parsed::<u64>(device, name) {
                list(&mut parameters).push(BlkioDeviceValue::default().device(&*path).value(value));
            }
        }
    }
    parameters
}

/// The configuration after a change of the share. A value of 0 for a device removes it.
///
/// # Errors
///
/// `InvalidArgument` for weights out of range and devices without a path.
pub(crate) fn changed(config: &DomainConfig, change: &BlkioParameters) -> Result<DomainConfig> {
    check(change)?;
    let mut share = read(config);
    share.weight = change.weight.or(share.weight);
    let mut change = change.clone();
    for (_, list) in LISTS {
        for new in list(&mut change).drain(..) {
            let old = list(&mut share);
            old.retain(|value| value.device != new.device);
            if new.value > 0 {
                old.push(new);
            }
        }
    }
    let new = element(&mut share);
    config
        .edited(|edit| {
            match config.root().child("blkiotune") {
                Some(old) => edit.replace(old, &new),
                None => edit.insert(config.root(), place(config.root()), &new),
            }
            Ok(())
        })
        .map_err(Error::from)
}

fn check(change: &BlkioParameters) -> Result<()> {
    let refuse = |message: String| Err(Error::new(ErrorKind::InvalidArgument, message));
    let out_of_range = |weight: u64| !WEIGHTS.contains(&weight);
    let weights = change.device_weights.iter().map(|value| value.value).filter(|weight| *weight > 0);
    if let Some(weight) =
        change.weight.map(u64::from).into_iter().chain(weights).find(|weight| out_of_range(*weight))
    {
        return refuse(format!(
            "the weight {weight} has to be from {} to {}",
            WEIGHTS.start(),
            WEIGHTS.end()
        ));
    }
    let mut change = change.clone();
    let no_path = |value: &BlkioDeviceValue| !value.device.starts_with('/') || value.device.contains(',');
    for (name, list) in LISTS {
        if let Some(value) = list(&mut change).iter().find(|value| no_path(value)) {
            return refuse(format!("'{}' is no path of a device for '{name}'", value.device));
        }
    }
    Ok(())
}

fn element(share: &mut BlkioParameters) -> NewElement {
    let mut element = NewElement::new("blkiotune");
    if let Some(weight) = share.weight {
        element = element.child(NewElement::new("weight").text(weight.to_string()));
    }
    let mut devices: Vec<(String, NewElement)> = Vec::new();
    for (name, list) in LISTS {
        for value in list(share) {
            let child = NewElement::new(name).text(value.value.to_string());
            match devices.iter_mut().find(|(device, _)| *device == value.device) {
                Some((_, device)) => *device = device.clone().child(child),
                None => {
                    let path = NewElement::new("path").text(&value.device);
                    devices.push((value.device.clone(), NewElement::new("device").child(path).child(child)));
                }
            }
        }
    }
    devices.into_iter().fold(element, |element, (_, device)| element.child(device))
}

/// The throttle group of that name.
pub(crate) fn throttle_group<'a>(config: &'a DomainConfig, name: &str) -> Option<Element<'a>> {
    values::picked(config.root().child("throttlegroups")?, "throttlegroup", "group_name", name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(device: &str, value: u64) -> BlkioDeviceValue {
        BlkioDeviceValue::default().device(device).value(value)
    }

    #[test]
    fn a_share_is_read_back_and_zero_removes() {
        let xml = "<domain type='test'><name>a</name><memory>1024</memory><os><type>hvm</type></os></domain>";
        let config = DomainConfig::parse(xml).unwrap();
        let change = BlkioParameters::default()
            .weight(500_u32)
            .device_weights(vec![value("/dev/sda", 200), value("/dev/sdb", 300)])
            .device_read_bytes_per_s(vec![value("/dev/sda", 7)]);
        let config = changed(&config, &change).unwrap();
        assert_eq!(read(&config), change);
        let config =
            changed(&config, &BlkioParameters::default().device_weights(vec![value("/dev/sda", 0)])).unwrap();
        let left = read(&config);
        assert_eq!(left.device_weights, [value("/dev/sdb", 300)]);
        assert_eq!(left.device_read_bytes_per_s, [value("/dev/sda", 7)]);
    }

    #[test]
    fn weights_out_of_range_are_refused() {
        let xml = "<domain type='test'><name>a</name><memory>1024</memory><os><type>hvm</type></os></domain>";
        let config = DomainConfig::parse(xml).unwrap();
        for change in [
            BlkioParameters::default().weight(99_u32),
            BlkioParameters::default().device_weights(vec![value("/dev/sda", 1001)]),
            BlkioParameters::default().device_weights(vec![value("", 500)]),
        ] {
            assert_eq!(changed(&config, &change).unwrap_err().kind(), ErrorKind::InvalidArgument);
        }
    }
}
