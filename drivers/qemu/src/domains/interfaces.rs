//! The network interfaces of a domain: what went through them, as the host counts.

use crate::connection::QemuDriver;
use omnivirt_core::domain::{Device, DomainConfig};
use omnivirt_core::*;
use std::collections::HashMap;

#[driver_ops]
impl DomainInterfaceOps for QemuDriver {
    async fn interface_stats(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        interface: &str,
    ) -> Result<InterfaceStats> {
        let entry = self.host.domain(domain)?;
        let interface = find(&entry.lock()?.run()?.configuration.config, interface)?;
        interface.stats()
    }

    async fn interface_addresses(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        source: AddressSource,
    ) -> Result<Vec<GuestInterface>> {
        let entry = self.host.domain(domain)?;
        let interfaces = all(&entry.lock()?.run()?.configuration.config);
        match source {
            AddressSource::Agent => super::guest::interfaces(&entry).await,
            AddressSource::Arp => {
                let table = crate::blocking(neighbours).await?;
                Ok(interfaces.iter().filter_map(|interface| interface.found_in(&table)).collect())
            }
            // No interface is on a virtual network of the host: none of them has a lease.
            _ => Ok(Vec::new()),
        }
    }
}

/// The host's table of who has which address, by hardware address in lower case: `/proc/net/arp`.
fn neighbours() -> Result<HashMap<String, Vec<String>>> {
    let path = "/proc/net/arp";
    let text = std::fs::read_to_string(path).map_err(|error| {
        Error::new(ErrorKind::System, format!("cannot read {path}: {error}")).with_source(error)
    })?;
    let mut table: HashMap<String, Vec<String>> = HashMap::new();
    for line in text.lines().skip(1) {
        let mut words = line.split_whitespace();
        if let (Some(address), Some(hardware)) = (words.next(), words.nth(2)) {
            table.entry(hardware.to_ascii_lowercase()).or_default().push(address.to_owned());
        }
    }
    Ok(table)
}

/// A network interface of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Interface {
    /// The host's name of it; QEMU's where the host has none.
    name: String,
    mac: Option<String>,
    /// What it is connected to, such as `user` or `bridge`.
    kind: String,
    /// The host's network device, if there is one.
    device: Option<String>,
}

impl Interface {
    fn of(place: usize, device: Device<'_>) -> Self {
        let target = device.target().filter(|target| !target.is_empty()).map(String::from);
        let alias = device.alias().map(String::from);
        Self {
            name: target.clone().or(alias).unwrap_or_else(|| format!("net{place}")),
            mac: device.mac().map(Into::into),
            kind: device.element().attribute_value("type").unwrap_or_default().into_owned(),
            device: target,
        }
    }

    /// It with its addresses, if the host knows some.
    fn found_in(&self, neighbours: &HashMap<String, Vec<String>>) -> Option<GuestInterface> {
        let mac = self.mac.as_ref()?.to_ascii_lowercase();
        let addresses = neighbours.get(&mac)?.iter();
        let mut found = GuestInterface::default().name(&*self.name).mac(mac);
        found.addresses = addresses.map(|address| IpAddress::default().address(address.as_str())).collect();
        Some(found)
    }

    /// What went through it.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if the host does not count that, `DeviceMissing` if the host has no such device.
    fn stats(&self) -> Result<InterfaceStats> {
        let Some(device) = &self.device else {
            let message = format!(
                "the host does not count what goes through '{}': it is of the type '{}' and no device of the host",
                self.name, self.kind
            );
            return Err(Error::new(ErrorKind::InvalidArgument, message)
                .with_hint("interfaces of the types bridge, network, ethernet and direct are counted"));
        };
        let stats = self.counted();
        if stats.rx_bytes.is_none() {
            let message = format!("the host has no network device '{device}'");
            return Err(Error::new(ErrorKind::DeviceMissing, message));
        }
        Ok(stats)
    }

    /// What went through it, as far as the host counts.
    pub(super) fn counted(&self) -> InterfaceStats {
        let mut stats = InterfaceStats::default().name(&*self.name);
        // A name with a slash in it is a path, and no name of a device.
        let Some(device) = self.device.as_ref().filter(|device| !device.contains('/')) else { return stats };
        let count = |name: &str| -> Option<u64> {
            let path = format!("/sys/class/net/{device}/statistics/{name}");
            std::fs::read_to_string(path).ok()?.trim().parse().ok()
        };
        stats.rx_bytes = count("rx_bytes");
        if stats.rx_bytes.is_none() {
            return stats;
        }
        stats.rx_packets = count("rx_packets");
        stats.rx_errors = count("rx_errors");
        stats.rx_dropped = count("rx_dropped");
        stats.tx_bytes = count("tx_bytes");
        stats.tx_packets = count("tx_packets");
        stats.tx_errors = count("tx_errors");
        stats.tx_dropped = count("tx_dropped");
        stats
    }
}

/// The interfaces, in order.
pub(super) fn all(config: &DomainConfig) -> Vec<Interface> {
    let interfaces = config.devices().filter(|device| device.kind() == "interface");
    interfaces.enumerate().map(|(place, device)| Interface::of(place, device)).collect()
}

/// The interface of that name or MAC address.
fn find(config: &DomainConfig, name: &str) -> Result<Interface> {
    let is_meant = |interface: &Interface| {
        interface.name == name || interface.mac.as_ref().is_some_and(|mac| mac.eq_ignore_ascii_case(name))
    };
    all(config).into_iter().find(is_meant).ok_or_else(|| {
        Error::new(ErrorKind::DeviceMissing, format!("the domain has no network interface '{name}'"))
            .with_hint("name it by its target or its MAC address")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_counts_its_own_devices_only() {
        let config = DomainConfig::parse(
            "<domain type='qemu'><name>a</name><memory>1024</memory><os><type>hvm</type></os><devices>\
             <interface type='user'><mac address='52:54:00:00:00:01'/><alias name='net0'/></interface>\
             <interface type='ethernet'><target dev='lo'/></interface>\
             <interface type='ethernet'><target dev='../lo'/></interface></devices></domain>",
        )
        .unwrap();
        assert_eq!(find(&config, "52:54:00:00:00:01").unwrap(), find(&config, "net0").unwrap());
        let refused = find(&config, "net0").unwrap().stats().unwrap_err();
        assert!(refused.message().contains("'user'"), "{refused}");
        assert!(find(&config, "lo").unwrap().stats().unwrap().tx_packets.is_some());
        assert_eq!(find(&config, "../lo").unwrap().stats().unwrap_err().kind(), ErrorKind::DeviceMissing);
        assert_eq!(find(&config, "vnet7").unwrap_err().kind(), ErrorKind::DeviceMissing);
    }
}
