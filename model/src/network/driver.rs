//! What the driver of virtual networks adds and refuses.

use super::{ForwardMode, Network, NetworkMac, PortGroup};
use crate::document::DocumentErrorKind::{Syntax, Unsupported};
use crate::domain::rules::Fault;
use crate::network_parts::{MacAddress, VirtualPort, VirtualPortType};
use std::collections::HashSet;

/// What names of bridges are made of where none is given.
const BRIDGE_TEMPLATE: &str = "virbr%d";
/// What made-up hardware addresses begin with.
const MAC_PREFIX: [u8; 3] = [0x52, 0x54, 0x00];

impl Network {
    /// Makes a completed network into one as the driver of virtual networks keeps it. `taken` says which names of
    /// bridges are.
    ///
    /// # Errors
    ///
    /// The driver cannot have such a network.
    pub fn complete_for_driver(&mut self, taken: &HashSet<String>) -> Result<(), Fault> {
        if self.name.contains('\n') {
            return Err(Fault::new(Syntax, "name", "the name has a line feed in it"));
        }
        let mode = self.forward_mode();
        if mode.is_virtual() {
            self.name_bridge(taken);
            let mac = self.mac.get_or_insert_with(NetworkMac::default);
            mac.address.get_or_insert_with(|| MacAddress::random(MAC_PREFIX));
        } else {
            self.check_not_virtual(mode)?;
        }
        self.check_devices(mode)?;
        self.leave_out_no_forward();
        self.check_dhcp()?;
        self.check_port_groups()?;
        self.check_features(mode)
    }

    /// Gives the bridge a name, or puts a free number into that which it has.
    fn name_bridge(&mut self, taken: &HashSet<String>) {
        let bridge = self.bridge.get_or_insert_default();
        let is_usable = |name: &str| name.matches('%').count() <= 1 || !name.contains("%d");
        let template =
            bridge.name.take().filter(|name| is_usable(name)).unwrap_or_else(|| BRIDGE_TEMPLATE.to_owned());
        let name = match template.split_once("%d") {
            Some((before, behind)) => {
                // One of so many is free.
                let mut names = (0..=taken.len()).map(|number| format!("{before}{number}{behind}"));
                names.find(|name| !taken.contains(name)).unwrap_or_default()
            }
            None => template,
        };
        bridge.name = Some(name);
    }

    /// The host has no part in such networks, so that it serves nothing there.
    fn check_not_virtual(&self, mode: ForwardMode) -> Result<(), Fault> {
        let parts = [
            ("mac", self.mac.as_ref().is_some_and(|mac| mac.address.is_some())),
            ("ip", !self.ips.is_empty()),
            ("domain", self.domain.is_some()),
        ];
        match parts.into_iter().find(|(_, is_there)| *is_there) {
            Some((name, _)) => {
                Err(Fault::new(Unsupported, name, format!("mode {mode} has no <{name}>"))
                    .hint("leave it out"))
            }
            None => Ok(()),
        }
    }

    /// Devices are listed by address with `hostdev`, by interface else.
    fn check_devices(&self, mode: ForwardMode) -> Result<(), Fault> {
        let Some(forward) = &self.forward else { return Ok(()) };
        let wrong = match mode {
            ForwardMode::Hostdev => forward.interfaces.first().map(|_| "interface"),
            _ => forward.addresses.first().map(|_| "address"),
        };
        if let Some(name) = wrong {
            let message = format!("mode {mode} takes no <{name}> of a device");
            return Err(Fault::new(Unsupported, format!("forward/{name}"), message));
        }
        Ok(())
    }

    /// One network of each family at most gives out addresses.
    fn check_dhcp(&self) -> Result<(), Fault> {
        for is_ipv6 in [false, true] {
            let mut serving = self
                .ips
                .iter()
                .enumerate()
                .filter(|(_, ip)| ip.address.is_ipv6() == is_ipv6 && ip.dhcp.is_some());
            if let Some((index, _)) = serving.nth(1) {
                let message = "addresses of a family are given out in one network only";
                return Err(Fault::new(Unsupported, format!("ip[{}]/dhcp", index + 1), message));
            }
        }
        Ok(())
    }

    fn check_port_groups(&self) -> Result<(), Fault> {
        let mut seen = HashSet::new();
        let mut has_default = false;
        for (index, group) in self.port_groups.iter().enumerate() {
            let path = format!("portgroup[{}]", index + 1);
            if !seen.insert(&group.name) {
                let message = format!("there is another group {}", group.name);
                return Err(Fault::new(Unsupported, format!("{path}/@name"), message));
            }
            if group.is_default.is_some() && std::mem::replace(&mut has_default, true) {
                let message = "more than one group is for interfaces that choose none";
                return Err(Fault::new(Unsupported, format!("{path}/@default"), message));
            }
        }
        Ok(())
    }

    /// Limits and virtual LANs are only for some ways to forward.
    fn check_features(&self, mode: ForwardMode) -> Result<(), Fault> {
        let has_bridge = self.bridge.as_ref().is_some_and(|bridge| bridge.name.is_some());
        let takes_limits = mode.is_virtual() || mode == ForwardMode::Bridge && has_bridge;
        let is_open_v_switch = |port: Option<&VirtualPort>| {
            port.is_some_and(|port| port.port_type == Some(VirtualPortType::OpenVSwitch))
        };
        let takes_vlan = |port: Option<&VirtualPort>| match mode {
            ForwardMode::Hostdev | ForwardMode::Passthrough => true,
            ForwardMode::Bridge => is_open_v_switch(port),
            _ => false,
        };
        let unsupported = |path: String| {
            Err(Fault::new(
                Unsupported,
                path,
                format!("a network of this sort, with mode {mode}, does not take it"),
            ))
        };
        let own_port = self.virtual_port.as_ref();
        for (index, PortGroup { vlan, virtual_port, bandwidth, .. }) in self.port_groups.iter().enumerate() {
            let path = |name: &str| format!("portgroup[{}]/{name}", index + 1);
            if vlan.is_some() && !takes_vlan(virtual_port.as_ref().or(own_port)) {
                return unsupported(path("vlan"));
            }
            if bandwidth.is_some() && !takes_limits {
                return unsupported(path("bandwidth"));
            }
        }
        if self.bandwidth.is_some() && !takes_limits {
            return unsupported("bandwidth".to_owned());
        }
        if self.vlan.is_some() && !takes_vlan(own_port) {
            return unsupported("vlan".to_owned());
        }
        Ok(())
    }
}
