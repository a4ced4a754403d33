//! `<redirdev>` and `<redirfilter>`.

use super::character;
use crate::command::address::{alias, bootable};
use crate::command::arguments::Arguments;
use crate::command::properties::Properties;
use crate::command::refusal::unsupported;
use omnivirt_core::Result;
use omnivirt_core::domain::YesNo;
use omnivirt_core::domain::devices::{CharacterSource, RedirectionFilter};

/// Adds USB devices that come over a socket.
pub(super) fn add(arguments: &mut Arguments<'_>) -> Result<()> {
    let filter = arguments.domain.devices.redirection_filter.as_ref().map(filter_text);
    for redirected in &arguments.domain.devices.redirected_devices {
        let name = alias(&redirected.info, "redirdev")?;
        let chardev = match &redirected.source {
            None => return Err(unsupported("redirdev", "it is not said where the device comes from")),
            Some(CharacterSource::SpiceChannel) => character::add_spice(arguments, name, "usbredir"),
            Some(source) => character::add(arguments, source, name, redirected.log.as_ref(), "redirdev")?,
        };
        let device = Properties::driver("usb-redir")
            .with("chardev", chardev)
            .with("id", name)
            .with_some("filter", filter.clone())
            .and(bootable(arguments.domain, &redirected.info)?);
        arguments.device(name, device);
    }
    Ok(())
}

/// The rules as QEMU reads them: class, vendor, product, version and verdict, -1 for any.
fn filter_text(filter: &RedirectionFilter) -> String {
    let rules = filter.devices.iter().map(|device| {
        let id = |id: &Option<String>, digits: usize| match id.as_deref() {
            None | Some("-1") => "-1".to_owned(),
            Some(text) => {
                let hexadecimal = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
                let number = match hexadecimal {
                    Some(number) => u32::from_str_radix(number, 16).ok(),
                    None => text.parse().ok(),
                };
                number.map_or_else(|| text.to_owned(), |number| format!("0x{number:0digits$X}"))
            }
        };
        let version = device.version.as_deref().map_or_else(|| "-1".to_owned(), version);
        let verdict = u32::from(device.allow == YesNo::Yes);
        format!(
            "{}:{}:{}:{version}:{verdict}",
            id(&device.class, 2),
            id(&device.vendor, 4),
            id(&device.product, 4)
        )
    });
    rules.collect::<Vec<_>>().join("|")
}

/// A version such as 1.10, as the number that devices have: 0x0110.
fn version(text: &str) -> String {
    let (major, minor) = text.split_once('.').unwrap_or((text, "0"));
    match (major.parse::<u32>(), minor.parse::<u32>()) {
        (Ok(major), Ok(minor)) => {
            let digits = |number: u32| ((number / 10 % 10) << 4) | (number % 10);
            format!("0x{:04x}", (digits(major) << 8) | digits(minor))
        }
        _ => text.to_owned(),
    }
}
