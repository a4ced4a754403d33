//! Rules for all other packets.

use super::RuleProtocol;
use crate::document::{ChoiceValue, DocumentError, Target, YesNo};
use crate::xml::{Document, NewElement};

/// Attributes that go the way of another one, which comes before them: only with it can they be for all other packets.
const FOLLOWERS: &[(&str, &str)] = &[
    ("srcmacmask", "srcmacaddr"),
    ("dstmacmask", "dstmacaddr"),
    ("srcipmask", "srcipaddr"),
    ("dstipmask", "dstipaddr"),
    ("srcipto", "srcipfrom"),
    ("dstipto", "dstipfrom"),
    ("srcportend", "srcportstart"),
    ("dstportstart", "srcportstart"),
    ("dstportend", "srcportstart"),
    ("typeend", "type"),
    ("code", "type"),
    ("codeend", "type"),
    ("root-priority-hi", "root-priority"),
    ("root-address-mask", "root-address"),
    ("root-cost-hi", "root-cost"),
    ("sender-priority-hi", "sender-priority"),
    ("sender-address-mask", "sender-address"),
    ("port-hi", "port"),
    ("age-hi", "age"),
    ("max-age-hi", "max-age"),
    ("hello-time-hi", "hello-time"),
    ("forward-delay-hi", "forward-delay"),
];

/// Followers that go their own way in rules for packets.
const MASKS: [&str; 2] = ["srcmacmask", "dstmacmask"];
/// Followers that go their own way in rules for packets looked at as frames.
const PORTS: [&str; 3] = ["srcportend", "dstportstart", "dstportend"];

impl RuleProtocol {
    /// Makes one of each run of attributes that are all for these packets, or all for all others, as libvirt shows them.
    pub(super) fn split(mut self) -> Result<Vec<Self>, DocumentError> {
        if self.is_match_mut().take() != Some(YesNo::No) {
            return Ok(vec![self]);
        }
        let mut written = NewElement::new(ChoiceValue::name(&self));
        self.write(&mut Target::New(&mut written));
        let follows_mask = matches!(self, Self::Mac(_) | Self::Vlan(_) | Self::Stp(_));
        let is_there = |name: &str| written.attributes().any(|(there, _)| there == name);
        let has_own_ports = matches!(self, Self::Ipv4(_) | Self::Ipv6(_));
        let is_negated = |name: &str| match FOLLOWERS.iter().find(|(follower, _)| *follower == name) {
            Some(_) if MASKS.contains(&name) && !follows_mask => true,
            Some(_) if PORTS.contains(&name) && has_own_ports => true,
            Some((_, leader)) => is_there(leader),
            // The parts of a set are no part of the packet, but made up.
            None => name != "ipsetflags" || matches!(self, Self::All(_) | Self::AllIpv6(_)),
        };
        let mut runs: Vec<(bool, NewElement)> = Vec::new();
        for (name, value) in written.attributes() {
            let negated = is_negated(name);
            if runs.last().is_none_or(|(last, _)| *last != negated) {
                runs.push((negated, NewElement::new(written.name())));
            }
            if let Some((_, run)) = runs.last_mut() {
                run.push_attribute(name, value);
            }
        }
        if runs.is_empty() {
            return Ok(vec![self]);
        }
        runs.into_iter().map(|(negated, run)| Self::of_run(negated, &run)).collect()
    }

    fn of_run(negated: bool, run: &NewElement) -> Result<Self, DocumentError> {
        let document = Document::try_from(run)?;
        let mut protocol = Self::read(document.root())?;
        *protocol.is_match_mut() = negated.then_some(YesNo::No);
        Ok(protocol)
    }
}
