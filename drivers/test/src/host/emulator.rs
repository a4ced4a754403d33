//! What runs the guests of a simulated host: which architectures and machines there are.

use super::cpu_models;
use super::hardware::Hardware;
use omnivirt_core::{EmulatorChoice, Error, ErrorKind, Result};

/// The path under which capabilities name the emulator. There is no such program.
pub(crate) const PATH: &str = "/usr/bin/test-hv";

/// The domain type of all guests.
pub(crate) const DOMAIN_TYPE: &str = "test";

/// The machine types of each architecture, the default one first.
pub(crate) const MACHINES: &[&str] = &["q35", "pc"];

/// Most virtual CPUs that a guest can have.
pub(crate) const MOST_VCPUS: u32 = 512;

/// What a guest would run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Emulator {
    pub(crate) arch: &'static str,
    pub(crate) machine: &'static str,
}

/// The architectures whose guests the host can run, its own first.
pub(crate) fn archs(hardware: &Hardware) -> &'static [&'static str] {
    if hardware.arch() == "i686" { &["i686"] } else { &["x86_64", "i686"] }
}

/// Fills in what was not chosen.
///
/// # Errors
///
/// `ConfigUnsupported` for a choice that the host does not have.
pub(crate) fn choose(hardware: &Hardware, choice: &EmulatorChoice) -> Result<Emulator> {
    pick("emulator", choice.emulator.as_deref(), &[PATH])?;
    pick("domain type", choice.domain_type.as_deref(), &[DOMAIN_TYPE])?;
    let arch = pick("architecture", choice.arch.as_deref(), archs(hardware))?;
    let machine = pick("machine type", choice.machine.as_deref(), MACHINES)?;
    debug_assert!(cpu_models::is_known_arch(arch));
    Ok(Emulator { arch, machine })
}

fn pick(what: &str, chosen: Option<&str>, known: &[&'static str]) -> Result<&'static str> {
    let Some(chosen) = chosen else { return Ok(known[0]) };
    known.iter().copied().find(|known| *known == chosen).ok_or_else(|| {
        Error::new(ErrorKind::ConfigUnsupported, format!("the simulated host has no {what} '{chosen}'"))
            .with_hint(format!("it has {}", known.join(", ")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_chosen_is_the_hosts_own() {
        let emulator = choose(&Hardware::default(), &EmulatorChoice::default()).unwrap();
        assert_eq!(emulator, Emulator { arch: "x86_64", machine: "q35" });
    }

    #[test]
    fn what_the_host_has_not_is_refused_by_name() {
        let choices = [
            EmulatorChoice::default().arch("s390x".to_owned()),
            EmulatorChoice::default().domain_type("kvm".to_owned()),
            EmulatorChoice::default().machine("isapc".to_owned()),
            EmulatorChoice::default().emulator("/bin/true".to_owned()),
        ];
        for choice in choices {
            assert_eq!(
                choose(&Hardware::default(), &choice).unwrap_err().kind(),
                ErrorKind::ConfigUnsupported
            );
        }
    }
}
