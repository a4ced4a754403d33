//! What every driver makes of a network's document: defaults, and what it leaves out or refuses.

mod addresses;
mod dns;
mod forward;

use super::{ForwardMode, Network, NetworkBridge, PortGroup, metadata, route};
use crate::document::DocumentErrorKind::{Invalid, Syntax, Unsupported};
use crate::document::{OnOff, Problem, YesNo};
use crate::domain::rules::Fault;
use crate::network_parts::{Bandwidth, MacAddress, VirtualPort, Vlan};
use uuid::Uuid;

/// The largest number of a port.
const MOST_16_BITS: u32 = 65535;

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
            return Err(
                Fault::new(Syntax, "name", "the name has a / in it").hint("choose a name without one")
            );
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
                let has_device = self.forward.as_ref().is_some_and(|forward| {
                    !forward.interfaces.is_empty() || !forward.physical_functions.is_empty()
                });
                if bridge.name.is_some() && has_device {
                    return fault(
                        "forward",
                        "there is a bridge and an interface, of which only one can be".to_owned(),
                    );
                }
            }
            ForwardMode::None => {}
        }
        if !mode.is_virtual() {
            let has_options = bridge.spanning_tree.is_some()
                || bridge.zone.is_some()
                || bridge.delay.is_some_and(|delay| delay > 0);
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
