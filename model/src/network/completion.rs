//! What every driver makes of a network's document: defaults, and what it leaves out or refuses.

use super::{
    BootFile, DhcpHost, DhcpRange, DhcpServer, Dns, DnsService, Forward, ForwardAddress, ForwardInterface, ForwardMode,
    LeaseTime, LeaseUnit, Nat, Network, NetworkBridge, NetworkIp, PortGroup, metadata, range, route,
};
use crate::document::DocumentErrorKind::{Invalid, Malformed, Syntax, Unsupported};
use crate::document::{OnOff, Problem, TextValue, YesNo};
use crate::domain::rules::Fault;
use crate::network_parts::{Bandwidth, IpFamily, MacAddress, VirtualPort, Vlan};
use std::collections::HashSet;
use uuid::Uuid;

/// The largest number of a port.
const MOST_16_BITS: u32 = 65535;
/// The shortest lease, in seconds.
const SHORTEST_LEASE: u64 = 120;

impl Network {
    /// How packets leave the network.
    #[must_use]
    pub fn forward_mode(&self) -> ForwardMode {
        self.forward.as_ref().map_or(ForwardMode::None, |forward| forward.mode.unwrap_or(ForwardMode::Nat))
    }

    /// Makes a network as it was written into one as any driver keeps it.
    ///
    /// # Errors
    ///
    /// Something is out of its range, or contradicts something else.
    pub fn complete(&mut self) -> Result<(), Fault> {
        if self.name.contains('/') {
            return Err(Fault::new(Syntax, "name", "the name has a / in it").hint("choose a name without one"));
        }
        self.uuid.get_or_insert_with(Uuid::new_v4);
        self.connections = None;
        self.allows_ipv6 = self.allows_ipv6.filter(|allows| *allows == YesNo::Yes);
        self.metadata = self.metadata.as_ref().and_then(metadata::complete);
        self.domain.take_if(|domain| domain.name.is_none());
        complete_bandwidth(&mut self.bandwidth, "bandwidth")?;
        complete_vlan(&mut self.vlan, "vlan")?;
        if let Some(dns) = &mut self.dns {
            dns.complete()?;
        }
        complete_virtual_port(&mut self.virtual_port, true, "virtualport")?;
        for (index, group) in self.port_groups.iter_mut().enumerate() {
            group.complete(&format!("portgroup[{}]", index + 1))?;
        }
        for (index, ip) in self.ips.iter_mut().enumerate() {
            ip.complete(&format!("ip[{}]", index + 1))?;
        }
        for (index, way) in self.routes.iter().enumerate() {
            route::check(way, index + 1, &self.ips)?;
        }
        if self.mac.as_ref().and_then(|mac| mac.address).is_some_and(MacAddress::is_multicast) {
            return Err(Fault::new(Invalid, "mac/@address", "the address stands for a group of receivers"));
        }
        if let Some(forward) = &mut self.forward {
            forward.complete()?;
        }
        self.check_mode()?;
        self.complete_bridge();
        Ok(())
    }

    /// Leaves out what the test driver does not know, and a way to forward that is none.
    pub fn complete_for_test(&mut self) {
        self.dnsmasq = None;
        self.leave_out_no_forward();
    }

    pub(super) fn leave_out_no_forward(&mut self) {
        self.forward.take_if(|forward| forward.mode == Some(ForwardMode::None));
    }

    /// What the way to forward needs and excludes.
    fn check_mode(&self) -> Result<(), Fault> {
        let mode = self.forward_mode();
        let fault = |path: &str, message: String| Err(Fault::new(Invalid, path, message));
        let interfaces = self.forward.as_ref().map_or(&[][..], |forward| &forward.interfaces);
        let empty = NetworkBridge::default();
        let bridge = self.bridge.as_ref().unwrap_or(&empty);
        match mode {
            ForwardMode::Nat | ForwardMode::Route | ForwardMode::Open => {
                if self.ips.is_empty() {
                    return fault("forward", format!("forwarding with mode {mode} needs an <ip>"));
                }
                if interfaces.len() > 1 {
                    return fault("forward", format!("mode {mode} takes one interface at most"));
                }
                if mode == ForwardMode::Open && !interfaces.is_empty() {
                    return fault("forward", "mode open takes no interface".to_owned());
                }
            }
            ForwardMode::Private | ForwardMode::Vepa | ForwardMode::Passthrough | ForwardMode::Hostdev => {
                if bridge.name.is_some() || bridge.zone.is_some() || bridge.mac_table_manager.is_some() {
                    return fault("bridge", format!("mode {mode} has no bridge"));
                }
            }
            ForwardMode::Bridge => {
                let has_device = self
                    .forward
                    .as_ref()
                    .is_some_and(|forward| !forward.interfaces.is_empty() || !forward.physical_functions.is_empty());
                if bridge.name.is_some() && has_device {
                    return fault("forward", "there is a bridge and an interface, of which only one can be".to_owned());
                }
            }
            ForwardMode::None => {}
        }
        if !mode.is_virtual() {
            let has_options =
                bridge.spanning_tree.is_some() || bridge.zone.is_some() || bridge.delay.is_some_and(|delay| delay > 0);
            if has_options {
                return fault("bridge", format!("mode {mode} has no stp, delay or zone of a bridge"));
            }
            if self.mtu.as_ref().is_some_and(|mtu| mtu.size.0 > 0) {
                return fault("mtu", format!("mode {mode} has no mtu"));
            }
        }
        Ok(())
    }

    fn complete_bridge(&mut self) {
        if self.forward_mode().is_virtual() {
            let bridge = self.bridge.get_or_insert_default();
            bridge.spanning_tree.get_or_insert(OnOff::On);
            bridge.delay.get_or_insert(0);
        } else if let Some(bridge) = &mut self.bridge {
            bridge.delay = None;
        }
    }
}

/// A fault with the kind and words of a problem.
fn at(path: impl Into<String>) -> impl FnOnce(Problem) -> Fault {
    move |problem| Fault::new(problem.kind, path, problem.message).hint(problem.hint)
}

fn complete_bandwidth(bandwidth: &mut Option<Bandwidth>, path: &str) -> Result<(), Fault> {
    let Some(limits) = bandwidth else { return Ok(()) };
    if limits.class_id.is_some() {
        return Err(Fault::new(Syntax, format!("{path}/@classID"), "a network gives the class itself"));
    }
    if limits.inbound.as_ref().is_some_and(|inbound| inbound.floor.is_some()) {
        let message = "only an interface has a guaranteed bandwidth";
        return Err(Fault::new(Unsupported, format!("{path}/inbound/@floor"), message));
    }
    if limits.is_empty() {
        *bandwidth = None;
        return Ok(());
    }
    limits.complete().map_err(at(path))
}

fn complete_vlan(vlan: &mut Option<Vlan>, path: &str) -> Result<(), Fault> {
    vlan.as_mut().map_or(Ok(()), |vlan| vlan.complete().map_err(at(path)))
}

fn complete_virtual_port(port: &mut Option<VirtualPort>, needs_type: bool, path: &str) -> Result<(), Fault> {
    let Some(there) = port else { return Ok(()) };
    there.check_given(needs_type).map_err(at(path))?;
    if *there == VirtualPort::default() {
        *port = None;
    }
    Ok(())
}

impl PortGroup {
    fn complete(&mut self, path: &str) -> Result<(), Fault> {
        self.is_default = self.is_default.filter(|is_default| *is_default == YesNo::Yes);
        complete_vlan(&mut self.vlan, &format!("{path}/vlan"))?;
        complete_virtual_port(&mut self.virtual_port, false, &format!("{path}/virtualport"))?;
        complete_bandwidth(&mut self.bandwidth, &format!("{path}/bandwidth"))
    }
}

impl Forward {
    fn complete(&mut self) -> Result<(), Fault> {
        let mode = *self.mode.get_or_insert(ForwardMode::Nat);
        let is_managed = self.is_managed.take() == Some(YesNo::Yes);
        self.is_managed = (mode == ForwardMode::Hostdev).then_some(YesNo::from(is_managed));
        for (name, count) in [("nat", self.nat.len()), ("pf", self.physical_functions.len())] {
            if count > 1 {
                return Err(Fault::new(Invalid, format!("forward/{name}[2]"), format!("there is more than one <{name}>")));
            }
        }
        if mode != ForwardMode::Nat && !self.nat.is_empty() {
            return Err(Fault::new(Invalid, "forward/nat", format!("mode {mode} changes no addresses"))
                .hint("choose mode='nat', or leave <nat> out"));
        }
        self.complete_interfaces()?;
        self.complete_addresses()?;
        for nat in &mut self.nat {
            nat.complete()?;
        }
        self.nat.retain(|nat| *nat != Nat::default());
        if !(self.interfaces.is_empty() && self.addresses.is_empty()) {
            self.physical_functions.clear();
        }
        if mode == ForwardMode::Hostdev && !self.interfaces.is_empty() {
            self.addresses.clear();
        }
        Ok(())
    }

    /// The device is the first of the interfaces, and each is there once.
    fn complete_interfaces(&mut self) -> Result<(), Fault> {
        let device = self.device.take();
        if device.is_some() && !(self.physical_functions.is_empty() && self.addresses.is_empty()) {
            return Err(Fault::new(Invalid, "forward/@dev", "dev is only for interfaces, not for devices"));
        }
        match (&device, self.interfaces.first()) {
            (Some(device), Some(first)) if *device != first.device => {
                let message = format!("dev is {device}, but the first interface is {}", first.device);
                return Err(Fault::new(Invalid, "forward/@dev", message));
            }
            (Some(device), None) => self.interfaces.push(ForwardInterface::new(device.clone())),
            _ => {}
        }
        let mut seen = HashSet::new();
        for (index, interface) in self.interfaces.iter_mut().enumerate() {
            interface.connections = None;
            if !seen.insert(&interface.device) {
                let path = format!("forward/interface[{}]/@dev", index + 1);
                return Err(Fault::new(Invalid, path, format!("{} is there twice", interface.device)));
            }
        }
        self.device = self.interfaces.first().map(|interface| interface.device.clone());
        Ok(())
    }

    fn complete_addresses(&mut self) -> Result<(), Fault> {
        let mut seen = HashSet::new();
        for (index, ForwardAddress::Pci(location)) in self.addresses.iter_mut().enumerate() {
            let path = format!("forward/address[{}]", index + 1);
            location.complete(&path)?;
            if location.function.is_some_and(|function| function.0 > 7) {
                return Err(Fault::new(Invalid, format!("{path}/@function"), "the function is above 7"));
            }
            if !seen.insert((location.domain, location.bus, location.slot, location.function)) {
                return Err(Fault::new(Invalid, path, "the device is there twice"));
            }
        }
        Ok(())
    }
}

impl Nat {
    fn complete(&mut self) -> Result<(), Fault> {
        for (name, count) in [("address", self.addresses.len()), ("port", self.ports.len())] {
            if count > 1 {
                let path = format!("forward/nat/{name}[2]");
                return Err(Fault::new(Invalid, path, format!("there is more than one <{name}>")));
            }
        }
        for addresses in &self.addresses {
            let path = "forward/nat/address";
            for (name, address) in [("start", addresses.start), ("end", addresses.end)] {
                if !address.is_ipv4() {
                    let message = format!("{address} is no address of IPv4");
                    return Err(Fault::new(Invalid, format!("{path}/@{name}"), message));
                }
            }
            range::check_order(addresses.start, addresses.end)
                .map_err(|message| Fault::new(Malformed, path, message))?;
        }
        for ports in &self.ports {
            let fault = |name: &str, message: String| {
                Err(Fault::new(Syntax, format!("forward/nat/port/@{name}"), message))
            };
            if ports.start > MOST_16_BITS {
                return fault("start", format!("{} is above 65535", ports.start));
            }
            if ports.end > MOST_16_BITS || ports.end < ports.start {
                return fault("end", format!("{} is not within {} to 65535", ports.end, ports.start));
            }
        }
        self.ports.retain(|ports| ports.end > 0);
        Ok(())
    }
}

impl NetworkIp {
    fn complete(&mut self, path: &str) -> Result<(), Fault> {
        let unsupported =
            |name: &str, message: String| Err(Fault::new(Unsupported, format!("{path}/{name}"), message));
        let is_ipv6 = self.family == Some(IpFamily::Ipv6);
        if self.address.is_ipv6() != is_ipv6 {
            return unsupported("@address", format!("{} is of another family than is said", self.address));
        }
        if self.netmask.is_some() && (is_ipv6 || self.prefix.is_some()) {
            return unsupported("@netmask", "a mask is only for IPv4, and not with a prefix".to_owned());
        }
        if self.netmask.is_some_and(|mask| mask.is_ipv6()) {
            return Err(Fault::new(Invalid, format!("{path}/@netmask"), "the mask is none of IPv4"));
        }
        let most = if is_ipv6 { 128 } else { 32 };
        if self.prefix.is_some_and(|prefix| prefix > most) {
            return unsupported("@prefix", format!("the prefix is above {most}"));
        }
        self.prefix = self.prefix.filter(|prefix| *prefix > 0);
        if is_ipv6 && self.tftp.is_some() {
            return unsupported("tftp", "files to start from are only served over IPv4".to_owned());
        }
        let Some(mut dhcp) = self.dhcp.take() else { return Ok(()) };
        dhcp.complete(self, &format!("{path}/dhcp"))?;
        self.dhcp = Some(dhcp).filter(DhcpServer::serves);
        Ok(())
    }
}

impl DhcpServer {
    /// Whether any guest gets an address.
    #[must_use]
    pub fn serves(&self) -> bool {
        !(self.ranges.is_empty() && self.hosts.is_empty())
    }

    fn complete(&mut self, ip: &NetworkIp, path: &str) -> Result<(), Fault> {
        for (index, range) in self.ranges.iter_mut().enumerate() {
            range.complete(ip, &format!("{path}/range[{}]", index + 1))?;
        }
        for (index, host) in self.hosts.iter_mut().enumerate() {
            host.complete(ip.address.is_ipv6(), &format!("{path}/host[{}]", index + 1))?;
        }
        if ip.address.is_ipv6() {
            self.boot_file = None;
        }
        self.boot_file.take_if(|BootFile { file, .. }| file.is_none());
        Ok(())
    }
}

impl DhcpRange {
    fn complete(&mut self, ip: &NetworkIp, path: &str) -> Result<(), Fault> {
        range::Subnet::of(ip)
            .and_then(|subnet| subnet.check_range(self.start, self.end))
            .map_err(|message| Fault::new(Malformed, path, message))?;
        complete_lease(&mut self.lease, path)
    }
}

impl DhcpHost {
    fn complete(&mut self, is_ipv6: bool, path: &str) -> Result<(), Fault> {
        let fault = |name: &str, message: String| Err(Fault::new(Invalid, format!("{path}/@{name}"), message));
        if let Some(mac) = &self.mac {
            if is_ipv6 {
                return fault("mac", "a host is known by id or name with IPv6".to_owned());
            }
            let address = MacAddress::from_text(mac).map_err(at(format!("{path}/@mac")))?;
            if address.is_multicast() {
                return fault("mac", format!("{mac} stands for a group of receivers"));
            }
        }
        let is_id_letter = |letter: char| letter.is_ascii_hexdigit() || letter == ':';
        if self.id.as_ref().is_some_and(|id| !id.chars().all(is_id_letter)) {
            return fault("id", "the id has other characters than hexadecimal digits and :".to_owned());
        }
        if self.name.as_ref().is_some_and(|name| !name.starts_with(|letter: char| letter.is_ascii_alphanumeric())) {
            return fault("name", "the name begins neither with a letter nor with a digit".to_owned());
        }
        let known_by = if is_ipv6 { &self.id } else { &self.mac };
        if known_by.is_none() && self.name.is_none() {
            let known_by = if is_ipv6 { "id" } else { "mac" };
            return fault("name", format!("the host has neither {known_by} nor name"));
        }
        complete_lease(&mut self.lease, path)
    }
}

/// A lease is for ever, or at least two minutes.
fn complete_lease(lease: &mut Option<LeaseTime>, path: &str) -> Result<(), Fault> {
    let Some(LeaseTime { expiry: Some(expiry), unit }) = lease else {
        *lease = None;
        return Ok(());
    };
    if *expiry == 0 {
        *unit = None;
        return Ok(());
    }
    let seconds = match unit.get_or_insert(LeaseUnit::Minutes) {
        LeaseUnit::Seconds => 1,
        LeaseUnit::Minutes => 60,
        LeaseUnit::Hours => 3600,
    };
    if expiry.saturating_mul(seconds) < SHORTEST_LEASE {
        return Err(Fault::new(Unsupported, format!("{path}/lease/@expiry"), "the lease is shorter than two minutes"));
    }
    Ok(())
}

impl Dns {
    fn complete(&mut self) -> Result<(), Fault> {
        for (index, forwarder) in self.forwarders.iter().enumerate() {
            if forwarder.address.is_none() && forwarder.domain.is_none() {
                let path = format!("dns/forwarder[{}]", index + 1);
                return Err(Fault::new(Invalid, path, "the server has neither addr nor domain"));
            }
        }
        for (index, text) in self.texts.iter().enumerate() {
            if text.name.contains([' ', ',']) {
                let path = format!("dns/txt[{}]/@name", index + 1);
                return Err(Fault::new(Syntax, path, "the name has a blank or a comma in it"));
            }
        }
        for (index, service) in self.services.iter_mut().enumerate() {
            service.complete(&format!("dns/srv[{}]", index + 1))?;
        }
        for (index, host) in self.hosts.iter().enumerate() {
            if host.names.is_empty() {
                return Err(Fault::new(Syntax, format!("dns/host[{}]", index + 1), "the address has no name"));
            }
        }
        let serves =
            !(self.forwarders.is_empty() && self.texts.is_empty() && self.services.is_empty() && self.hosts.is_empty());
        if self.is_enabled == Some(YesNo::No) && serves {
            return Err(Fault::new(Invalid, "dns", "the name server is off, but there is something that it should serve"));
        }
        Ok(())
    }
}

impl DnsService {
    fn complete(&mut self, path: &str) -> Result<(), Fault> {
        let fault = |name: &str, message: String| Err(Fault::new(Syntax, format!("{path}/@{name}"), message));
        let is_good = |text: &str| text.chars().all(|letter| letter.is_ascii_alphanumeric() || "_-".contains(letter));
        for (name, text) in [("service", &self.service), ("protocol", &self.protocol)] {
            if !is_good(text) {
                return fault(name, format!("the {name} has other characters than letters, digits, - and _"));
            }
        }
        let numbers = [
            ("port", &mut self.port, 1),
            ("priority", &mut self.priority, 0),
            ("weight", &mut self.weight, 0),
        ];
        for (name, number, least) in numbers {
            let Some(value) = *number else { continue };
            if self.target.is_none() {
                return fault(name, format!("there is a {name} without a target"));
            }
            if !(least..=MOST_16_BITS).contains(&value) {
                return fault(name, format!("the {name} is not within {least} to 65535"));
            }
            *number = Some(value).filter(|value| *value > 0);
        }
        Ok(())
    }
}
