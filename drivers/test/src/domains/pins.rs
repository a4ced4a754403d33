//! Which CPUs of the host the threads of a domain may run on, in its document.

use super::values;
use crate::host::Host;
use omnivirt_core::domain::DomainConfig;
use omnivirt_core::xml::{NewElement, Place};
use omnivirt_core::{CpuMap, Error, ErrorKind, Result};

/// A thread of a domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Thread {
    Vcpu(u32),
    Iothread(u32),
    Emulator,
}

impl Thread {
    /// The element that pins it, and what tells it from others of that name.
    fn element(self) -> (&'static str, Option<(&'static str, String)>) {
        match self {
            Self::Vcpu(number) => ("vcpupin", Some(("vcpu", number.to_string()))),
            Self::Iothread(id) => ("iothreadpin", Some(("iothread", id.to_string()))),
            Self::Emulator => ("emulatorpin", None),
        }
    }

    /// libvirt's name of the value in the event that tells its change.
    pub(super) fn tunable(self) -> String {
        match self.element() {
            (name, Some((_, number))) => format!("cputune.{name}{number}"),
            (name, None) => format!("cputune.{name}"),
        }
    }

    /// The CPUs that the document pins it to, if it does.
    fn pinned(self, config: &DomainConfig) -> Option<CpuMap> {
        let (name, key) = self.element();
        let tuning = config.root().child("cputune")?;
        let pin = match key {
            Some((attribute, number)) => values::picked(tuning, name, &format!("@{attribute}"), &number),
            None => tuning.child(name),
        };
        pin?.attribute_value("cpuset")?.parse().ok()
    }

    /// The CPUs of the host that it may run on: those it is pinned to, else those of the domain, else all.
    pub(super) fn cpus(self, config: &DomainConfig, host: &Host) -> CpuMap {
        let of_domain = || config.root().child("vcpu")?.attribute_value("cpuset")?.parse().ok();
        self.pinned(config).or_else(of_domain).unwrap_or_else(|| CpuMap::first(host.machine.hardware.cpus()))
    }

    /// The configuration with the thread pinned to these CPUs.
    pub(super) fn pin(self, config: &DomainConfig, cpus: &CpuMap) -> Result<DomainConfig> {
        let (name, key) = self.element();
        let cpuset = cpus.to_string();
        let mut pin = NewElement::new(name);
        if let Some((attribute, number)) = &key {
            pin = pin.attribute(*attribute, number.clone());
        }
        let pin = pin.attribute("cpuset", cpuset.clone());
        let root = config.root();
        let changed = config.edited(|edit| {
            let Some(tuning) = root.child("cputune") else {
                edit.insert(root, values::place(root), &NewElement::new("cputune").child(pin));
                return Ok(());
            };
            let there = match &key {
                Some((attribute, number)) => values::picked(tuning, name, &format!("@{attribute}"), number),
                None => tuning.child(name),
            };
            match there {
                Some(there) => edit.set_attribute(there, "cpuset", &cpuset),
                None => edit.insert(tuning, Place::Last, &pin),
            }
            Ok(())
        });
        changed.map_err(Error::from)
    }
}

/// Refuses a set of CPUs on which nothing could run.
///
/// # Errors
///
/// `InvalidArgument`.
pub(super) fn check_cpus(host: &Host, cpus: &CpuMap) -> Result<()> {
    let count = host.machine.hardware.cpus();
    if cpus.iter().any(|cpu| cpu < count) {
        return Ok(());
    }
    Err(Error::new(ErrorKind::InvalidArgument, format!("'{cpus}' has none of the host's {count} CPUs in it")))
}
