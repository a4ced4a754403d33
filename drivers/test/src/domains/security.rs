//! What keeps a domain apart from others and from its host.

use super::state::Simulated;
use super::values::read;
use crate::connection::TestDriver;
use crate::host::SECURITY_MODEL;
use omnivirt_core::*;

/// The longest label, as libvirt has it.
const LONGEST_LABEL: usize = 4096;

/// The interface of SEV that is simulated.
const SEV_API: (u32, u32, u32) = (1, 51, 3);

#[driver_ops]
impl DomainSecurityOps for TestDriver {
    async fn security_labels(&self, _: &CallCx, domain: &DomainRef) -> Result<Vec<SecurityLabel>> {
        let entry = self.host.domain(domain)?;
        let domain = entry.lock()?;
        Ok(vec![domain.label()])
    }

    async fn launch_security_info(&self, _: &CallCx, domain: &DomainRef) -> Result<LaunchSecurityInfo> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        domain.check_encrypted()?;
        domain.run()?;
        let policy =
            read(domain.current().config.root(), "launchSecurity/policy").and_then(|policy| number(&policy));
        let (major, minor, build) = SEV_API;
        Ok(LaunchSecurityInfo::default()
            .sev_measurement(domain.measurement())
            .sev_api_major(major)
            .sev_api_minor(minor)
            .sev_build_id(build)
            .sev_policy(policy.unwrap_or(0)))
    }

    async fn set_launch_security_state(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        state: &LaunchSecurityState,
    ) -> Result<()> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        domain.check_encrypted()?;
        let (Some(header), Some(secret)) = (&state.sev_secret_header, &state.sev_secret) else {
            return Err(Error::new(
                ErrorKind::InvalidArgument,
                "a secret needs its header, and a header its secret",
            ));
        };
        if let Some(text) = [header, secret].into_iter().find(|text| !is_base64(text)) {
            return Err(Error::new(ErrorKind::InvalidArgument, format!("'{text}' is not written in base64")));
        }
        let run = domain.run()?;
        if run.extras.guest.has_booted {
            return Err(Error::new(
                ErrorKind::InvalidState,
                "the guest runs already, and takes a secret only before it does",
            )
            .with_hint("start it paused"));
        }
        let end = run.configuration.sizes.memory_kib.saturating_mul(1024);
        match state.sev_secret_address.filter(|address| *address >= end) {
            Some(_) => Err(Error::new(
                ErrorKind::InvalidArgument,
                format!("the guest's memory ends at address {end}"),
            )),
            // A simulated firmware does nothing with it.
            None => Ok(()),
        }
    }
}

impl Simulated {
    /// The label of the domain's process: the one that the document gives, or one of its number; empty while it is off.
    fn label(&self) -> SecurityLabel {
        let Some(run) = &self.run else { return SecurityLabel::default().enforcing(true) };
        let mut labels =
            run.configuration.config.root().children().filter(|child| child.name() == "seclabel");
        let own =
            labels.find(|label| label.attribute_value("model").is_none_or(|model| model == SECURITY_MODEL));
        let given = own.and_then(|label| read(label, "label")).filter(|label| !label.is_empty());
        let is_none =
            own.is_some_and(|label| label.attribute_value("type").is_some_and(|kind| kind == "none"));
        let label = match given {
            _ if is_none => String::new(),
            Some(given) => given.chars().take(LONGEST_LABEL).collect(),
            None => format!("domain-{}", run.id),
        };
        SecurityLabel::default().label(label).enforcing(true)
    }

    fn check_encrypted(&self) -> Result<()> {
        let kind = read(self.current().config.root(), "launchSecurity/@type");
        if kind.as_deref() == Some("sev") {
            return Ok(());
        }
        Err(Error::new(ErrorKind::OperationUnsupported, "the domain's memory is not encrypted with AMD SEV")
            .with_hint("define it with <launchSecurity type='sev'>"))
    }

    /// What the simulated firmware says of the guest: its UUID, in base64.
    fn measurement(&self) -> String {
        base64(self.uuid.as_bytes())
    }
}

/// A number as libvirt reads it: with `0x` before it in sixteens.
fn number(text: &str) -> Option<u32> {
    match text.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn base64(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits =
            chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * place) & 63) as usize];
            text.push(if place <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    text
}

fn is_base64(text: &str) -> bool {
    let letters = text.trim_end_matches('=');
    !text.is_empty()
        && text.len().is_multiple_of(4)
        && text.len() - letters.len() <= 2
        && letters.bytes().all(|letter| LETTERS.contains(&letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_standard() {
        for (bytes, text) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(base64(bytes.as_bytes()), text);
            assert_eq!(is_base64(text), !text.is_empty());
        }
        for text in ["Zg", "Zg===", "Z===", "Zm9*"] {
            assert!(!is_base64(text), "{text}");
        }
    }

    #[test]
    fn policies_are_read_in_tens_and_in_sixteens() {
        assert_eq!((number("0x0003"), number("7"), number("x")), (Some(3), Some(7), None));
    }
}
