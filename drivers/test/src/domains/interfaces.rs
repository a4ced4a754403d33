//! The network interfaces of a domain.

use super::activity::Activity;
use super::settings::{applied, settings};
use super::state::{Run, Simulated};
use super::values::{Base, written};
use crate::connection::TestDriver;
use omnivirt_core::domain::{Device, DomainConfig};
use omnivirt_core::*;

settings!(set_values, read_values, InterfaceBandwidth {
    inbound_average_kib_per_s: "inbound.average" at "bandwidth/inbound/@average",
    inbound_peak_kib_per_s: "inbound.peak" at "bandwidth/inbound/@peak",
    inbound_burst_kib: "inbound.burst" at "bandwidth/inbound/@burst",
    inbound_floor_kib_per_s: "inbound.floor" at "bandwidth/inbound/@floor",
    outbound_average_kib_per_s: "outbound.average" at "bandwidth/outbound/@average",
    outbound_peak_kib_per_s: "outbound.peak" at "bandwidth/outbound/@peak",
    outbound_burst_kib: "outbound.burst" at "bandwidth/outbound/@burst",
});

#[driver_ops]
impl DomainInterfaceOps for TestDriver {
    async fn interface_parameters(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        interface: &str,
        affect: &AffectOptions,
    ) -> Result<InterfaceBandwidth> {
        let entry = self.host.domain(domain)?;
        let domain = entry.lock()?;
        let interface = find(&domain.side(affect)?.config, interface)?;
        let mut limits = read_values(interface.device.element());
        for limit in [
            &mut limits.inbound_average_kib_per_s,
            &mut limits.inbound_peak_kib_per_s,
            &mut limits.inbound_burst_kib,
            &mut limits.inbound_floor_kib_per_s,
            &mut limits.outbound_average_kib_per_s,
            &mut limits.outbound_peak_kib_per_s,
            &mut limits.outbound_burst_kib,
        ] {
            limit.get_or_insert(0);
        }
        Ok(limits)
    }

    async fn set_interface_parameters(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        interface: &str,
        bandwidth: &InterfaceBandwidth,
        affect: &AffectOptions,
    ) -> Result<()> {
        let entry = self.host.domain(domain)?;
        entry.lock()?.change(affect, |config| with_bandwidth(config, interface, bandwidth))?;
        Ok(())
    }

    async fn interface_stats(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        interface: &str,
    ) -> Result<InterfaceStats> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        let run = &*domain.run()?;
        let interface = find(&run.configuration.config, interface)?;
        Ok(interface.stats(run, self.host.clock.now()))
    }

    async fn interface_addresses(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        source: AddressSource,
    ) -> Result<Vec<GuestInterface>> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        if source == AddressSource::Agent {
            return domain.guest().map(|guest| guest.interfaces());
        }
        domain.run()?;
        Ok(domain.leased_addresses(source))
    }
}

/// A network interface of a configuration.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Interface<'a> {
    /// Its place among all devices.
    place: usize,
    /// Its place among the interfaces.
    pub(crate) number: usize,
    device: Device<'a>,
}

/// The interfaces, in order.
pub(crate) fn all(config: &DomainConfig) -> impl Iterator<Item = Interface<'_>> {
    let interfaces = config.devices().enumerate().filter(|(_, device)| device.kind() == "interface");
    interfaces.enumerate().map(|(number, (place, device))| Interface { place, number, device })
}

/// The interface of that target or MAC address.
fn find<'a>(config: &'a DomainConfig, name: &str) -> Result<Interface<'a>> {
    let is_meant = |interface: &Interface<'_>| {
        interface.name() == name || interface.device.mac().is_some_and(|mac| mac.eq_ignore_ascii_case(name))
    };
    all(config).find(is_meant).ok_or_else(|| {
        Error::new(ErrorKind::DeviceMissing, format!("the domain has no network interface '{name}'"))
    })
}

impl Interface<'_> {
    /// The host's name of it; its place where the document names none.
    pub(crate) fn name(self) -> String {
        self.device.target().map_or_else(|| format!("net{}", self.number), Into::into)
    }

    /// Its MAC address; one made of its place where the document names none.
    pub(crate) fn mac(self) -> String {
        self.device
            .mac()
            .map_or_else(|| format!("52:54:00:00:00:{:02x}", self.number % 256), |mac| mac.to_lowercase())
    }

    /// The address that the guest has got on it: the last byte comes from the MAC address.
    pub(crate) fn address(self) -> IpAddress {
        let mac = self.mac();
        let last = mac.rsplit(':').next().and_then(|byte| u8::from_str_radix(byte, 16).ok()).unwrap_or(0);
        let last = 2 + u32::from(last) % 252;
        IpAddress::default()
            .family(IpFamily::Ipv4)
            .address(format!("192.168.{}.{last}", 122 + self.number % 100))
            .prefix_bits(24_u32)
    }

    /// What went through it. The host counts the other way round: what comes in to the guest is sent by the host.
    pub(crate) fn stats(self, run: &Run, now: Timestamp) -> InterfaceStats {
        let activity = Activity { cpu_time_ns: run.cpu_time_ns(now) }.interface(self.number);
        InterfaceStats::default()
            .name(self.name())
            .rx_bytes(activity.outbound_bytes)
            .rx_packets(activity.outbound_packets)
            .rx_errors(0_u64)
            .rx_dropped(0_u64)
            .tx_bytes(activity.inbound_bytes)
            .tx_packets(activity.inbound_packets)
            .tx_errors(0_u64)
            .tx_dropped(0_u64)
    }

    /// Whether a virtual network of the host gives it its address.
    pub(crate) fn is_on_network(self) -> bool {
        self.device.element().attribute_value("type").is_some_and(|kind| kind == "network")
    }
}

impl Simulated {
    /// What the host knows of the guest's addresses: leases of its own networks, or all that it has talked to.
    fn leased_addresses(&self, source: AddressSource) -> Vec<GuestInterface> {
        all(&self.current().config)
            .filter(|interface| source == AddressSource::Arp || interface.is_on_network())
            .map(|interface| {
                GuestInterface::default()
                    .name(interface.name())
                    .mac(interface.mac())
                    .addresses(vec![interface.address()])
            })
            .collect()
    }
}

fn with_bandwidth(
    config: &DomainConfig,
    interface: &str,
    bandwidth: &InterfaceBandwidth,
) -> Result<DomainConfig> {
    let base = Base::Device(find(config, interface)?.place);
    let config =
        set_values(bandwidth).into_iter().try_fold(config.clone(), |config, setting| {
            match setting.number() {
                Some(0) => written(&config, base, setting.way, None),
                _ => applied(&config, base, &[setting]),
            }
        })?;
    let left = read_values(find(&config, interface)?.device.element());
    for (direction, average, others) in [
        (
            "inbound",
            left.inbound_average_kib_per_s.or(left.inbound_floor_kib_per_s),
            [left.inbound_peak_kib_per_s, left.inbound_burst_kib],
        ),
        (
            "outbound",
            left.outbound_average_kib_per_s,
            [left.outbound_peak_kib_per_s, left.outbound_burst_kib],
        ),
    ] {
        if average.is_none() && others.iter().any(Option::is_some) {
            let message = format!("a peak or a burst of {direction} traffic needs an average");
            return Err(Error::new(ErrorKind::InvalidArgument, message));
        }
    }
    let config = without_empty(&config, base, "bandwidth/inbound")?;
    let config = without_empty(&config, base, "bandwidth/outbound")?;
    without_empty(&config, base, "bandwidth")
}

/// Takes an element away in which nothing is left.
fn without_empty(config: &DomainConfig, base: Base, way: &str) -> Result<DomainConfig> {
    let Some(mut element) = base.of(config) else { return Ok(config.clone()) };
    for step in way.split('/') {
        let Some(child) = element.child(step) else { return Ok(config.clone()) };
        element = child;
    }
    let is_empty = element.attributes().next().is_none() && element.children().next().is_none();
    if is_empty { written(config, base, way, None) } else { Ok(config.clone()) }
}
