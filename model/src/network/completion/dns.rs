//! The name server of a network: checks.

use super::MOST_16_BITS;
use crate::document::DocumentErrorKind::{Invalid, Syntax};
use crate::document::YesNo;
use crate::domain::rules::Fault;
use crate::network::{Dns, DnsService};

impl Dns {
    pub(super) fn complete(&mut self) -> Result<(), Fault> {
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
                return Err(Fault::new(
                    Syntax,
                    format!("dns/host[{}]", index + 1),
                    "the address has no name",
                ));
            }
        }
        let serves = !(self.forwarders.is_empty()
            && self.texts.is_empty()
            && self.services.is_empty()
            && self.hosts.is_empty());
        if self.is_enabled == Some(YesNo::No) && serves {
            return Err(Fault::new(
                Invalid,
                "dns",
                "the name server is off, but there is something that it should serve",
            ));
        }
        Ok(())
    }
}

impl DnsService {
    fn complete(&mut self, path: &str) -> Result<(), Fault> {
        let fault = |name: &str, message: String| Err(Fault::new(Syntax, format!("{path}/@{name}"), message));
        let is_good =
            |text: &str| text.chars().all(|letter| letter.is_ascii_alphanumeric() || "_-".contains(letter));
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
