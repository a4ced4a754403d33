//! What a host makes of a filter's document: defaults, and what it leaves out or refuses.

use super::{Filter, FilterEntry, IpProtocol, IpSetFlags, IpSetName, OrVariable, Ports, Rule, RuleProtocol};
use crate::document::DocumentErrorKind::{Failed, InvalidArgument, Malformed, Unsupported};
use crate::document::YesNo;
use crate::domain::rules::Fault;
use uuid::Uuid;

/// The list of rules that every packet goes through.
const ROOT_CHAIN: &str = "root";
/// What the names of the other lists begin with, and their priorities.
const CHAINS: [(&str, i32); 7] = [
    ("mac", -800),
    ("vlan", -750),
    ("stp", 0),
    ("arp", -500),
    ("rarp", -400),
    ("ipv4", -700),
    ("ipv6", -600),
];
/// The longest name of a list.
const LONGEST_CHAIN: usize = 12;
/// The priority of a rule that does not say one.
const RULE_PRIORITY: i32 = 500;
/// The most bytes of a comment.
const LONGEST_COMMENT: usize = 256;

impl Filter {
    /// Makes a filter as it was written into one as the host shows it.
    ///
    /// # Errors
    ///
    /// Something is out of its range, or contradicts something else.
    pub fn complete(&mut self) -> Result<(), Fault> {
        self.uuid.get_or_insert_with(Uuid::new_v4);
        self.complete_chain()?;
        let mut references = 0;
        let mut rules = 0;
        for entry in &mut self.entries {
            match entry {
                FilterEntry::Reference(reference) => {
                    references += 1;
                    if reference.filter == self.name {
                        let path = format!("filterref[{references}]/@filter");
                        return Err(Fault::new(Failed, path, "the filter is part of itself"));
                    }
                    reference.complete();
                }
                FilterEntry::Rule(rule) => {
                    rules += 1;
                    rule.complete(&format!("rule[{rules}]"))?;
                }
            }
        }
        Ok(())
    }

    fn complete_chain(&mut self) -> Result<(), Fault> {
        let fault = |kind, message: &str| Err(Fault::new(kind, "@chain", message));
        let chain = self.chain.get_or_insert_with(|| ROOT_CHAIN.to_owned());
        if self.priority.is_some_and(|priority| !is_priority(priority)) {
            return Err(Fault::new(InvalidArgument, "@priority", "the priority is not within -1000 to 1000"));
        }
        if chain == ROOT_CHAIN {
            self.priority = None;
            return Ok(());
        }
        if chain.len() > LONGEST_CHAIN {
            return fault(InvalidArgument, "the chain's name has more than 12 characters");
        }
        if !chain.chars().all(|letter| letter.is_ascii_alphanumeric() || "_.:-".contains(letter)) {
            return fault(
                InvalidArgument,
                "the chain's name has other characters than letters, digits and _.:-",
            );
        }
        if chain.starts_with(ROOT_CHAIN) {
            return fault(Malformed, "only the whole name can be root");
        }
        let Some((_, default)) = CHAINS.iter().find(|(name, _)| chain.starts_with(name)) else {
            return fault(
                InvalidArgument,
                "the chain's name is not root, nor does it begin with mac, vlan, stp, arp, rarp, ipv4 or ipv6",
            );
        };
        let priority = self.priority.unwrap_or(*default);
        self.priority = Some(priority).filter(|priority| *priority != 0);
        Ok(())
    }
}

fn is_priority(priority: i32) -> bool {
    (-1000..=1000).contains(&priority)
}

impl Rule {
    fn complete(&mut self, path: &str) -> Result<(), Fault> {
        self.priority = self.priority.filter(|priority| is_priority(*priority)).or(Some(RULE_PRIORITY));
        let ignores_state =
            self.state_match.take().is_some_and(|text| text == "0" || text.eq_ignore_ascii_case("false"));
        self.state_match = ignores_state.then(|| "false".to_owned());
        self.protocols.truncate(1);
        let Some(mut protocol) = self.protocols.pop() else { return Ok(()) };
        if protocol.lacks_ports() {
            let message = "ports are only in packets of TCP, UDP, DCCP and SCTP";
            return Err(Fault::new(Malformed, path, message).hint("say the protocol"));
        }
        if let Some(comment) = protocol.comment_mut() {
            let end = comment.char_indices().map(|(start, letter)| start + letter.len_utf8());
            let end = end.take_while(|end| *end <= LONGEST_COMMENT).last().unwrap_or(0);
            comment.truncate(end);
        }
        if let RuleProtocol::TcpIpv6(rule) = &mut protocol {
            // libvirt only knows them over IPv4.
            rule.flags = None;
        }
        if let Some(set) = protocol.address_set_mut() {
            set.complete();
        }
        self.protocols = protocol.split().map_err(|error| Fault::new(Unsupported, path, error.message))?;
        Ok(())
    }
}

/// A set of addresses, and what is looked for in it.
struct AddressSet<'r> {
    name: &'r mut Option<OrVariable<IpSetName>>,
    flags: &'r mut Option<OrVariable<IpSetFlags>>,
}

impl AddressSet<'_> {
    /// libvirt looks for the sender in a set where nothing is said, but loses the set where something is.
    fn complete(self) {
        if self.name.is_some() && self.flags.is_none() {
            *self.flags = Some(OrVariable::Value(IpSetFlags::source()));
        } else {
            (*self.name, *self.flags) = (None, None);
        }
    }
}

/// The field of every sort of rule.
macro_rules! of_each {
    ($protocol:expr, $rule:ident => $value:expr) => {
        match $protocol {
            RuleProtocol::Mac($rule) => $value,
            RuleProtocol::Vlan($rule) => $value,
            RuleProtocol::Stp($rule) => $value,
            RuleProtocol::Arp($rule) | RuleProtocol::Rarp($rule) => $value,
            RuleProtocol::Ipv4($rule) => $value,
            RuleProtocol::Ipv6($rule) => $value,
            RuleProtocol::Tcp($rule) => $value,
            RuleProtocol::TcpIpv6($rule) => $value,
            RuleProtocol::Udp($rule) | RuleProtocol::Sctp($rule) => $value,
            RuleProtocol::UdpIpv6($rule) | RuleProtocol::SctpIpv6($rule) => $value,
            RuleProtocol::Icmp($rule) => $value,
            RuleProtocol::IcmpIpv6($rule) => $value,
            RuleProtocol::UdpLite($rule)
            | RuleProtocol::Esp($rule)
            | RuleProtocol::Ah($rule)
            | RuleProtocol::All($rule)
            | RuleProtocol::Igmp($rule) => $value,
            RuleProtocol::UdpLiteIpv6($rule)
            | RuleProtocol::EspIpv6($rule)
            | RuleProtocol::AhIpv6($rule)
            | RuleProtocol::AllIpv6($rule) => $value,
        }
    };
}

impl RuleProtocol {
    pub(super) fn is_match_mut(&mut self) -> &mut Option<YesNo> {
        of_each!(self, rule => &mut rule.is_match)
    }

    fn comment_mut(&mut self) -> Option<&mut String> {
        of_each!(self, rule => rule.comment.as_mut())
    }

    /// Whether a packet of IP has ports although its protocol has none.
    fn lacks_ports(&self) -> bool {
        let lacks = |protocol: &Option<OrVariable<IpProtocol>>, ports: &Ports| {
            let has = matches!(protocol, Some(OrVariable::Value(protocol)) if protocol.has_ports());
            !has && *ports != Ports::default()
        };
        match self {
            Self::Ipv4(rule) => lacks(&rule.protocol, &rule.ports),
            Self::Ipv6(rule) => lacks(&rule.protocol, &rule.ports),
            _ => false,
        }
    }

    /// The set of addresses, but of a rule for all packets, which keeps it as it is.
    fn address_set_mut(&mut self) -> Option<AddressSet<'_>> {
        macro_rules! set {
            ($rule:ident) => {
                Some(AddressSet {
                    name: &mut $rule.traffic.address_set,
                    flags: &mut $rule.traffic.address_set_flags,
                })
            };
        }
        match self {
            Self::Tcp(rule) => set!(rule),
            Self::TcpIpv6(rule) => set!(rule),
            Self::Udp(rule) | Self::Sctp(rule) => set!(rule),
            Self::UdpIpv6(rule) | Self::SctpIpv6(rule) => set!(rule),
            Self::Icmp(rule) => set!(rule),
            Self::IcmpIpv6(rule) => set!(rule),
            Self::UdpLite(rule) | Self::Esp(rule) | Self::Ah(rule) | Self::Igmp(rule) => set!(rule),
            Self::UdpLiteIpv6(rule) | Self::EspIpv6(rule) | Self::AhIpv6(rule) => set!(rule),
            _ => None,
        }
    }
}
