//! Addresses of a network and of its guests: defaults and checks.

use super::at;
use crate::document::DocumentErrorKind::{Invalid, Malformed, Unsupported};
use crate::document::TextValue;
use crate::domain::rules::Fault;
use crate::network::{BootFile, DhcpHost, DhcpRange, DhcpServer, LeaseTime, LeaseUnit, NetworkIp, range};
use crate::network_parts::{IpFamily, MacAddress};

/// The shortest lease, in seconds.
const SHORTEST_LEASE: u64 = 120;

impl NetworkIp {
    pub(super) fn complete(&mut self, path: &str) -> Result<(), Fault> {
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
        let fault =
            |name: &str, message: String| Err(Fault::new(Invalid, format!("{path}/@{name}"), message));
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
        if self
            .name
            .as_ref()
            .is_some_and(|name| !name.starts_with(|letter: char| letter.is_ascii_alphanumeric()))
        {
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
        return Err(Fault::new(
            Unsupported,
            format!("{path}/lease/@expiry"),
            "the lease is shorter than two minutes",
        ));
    }
    Ok(())
}
