//! Where the threads of a domain may run: in its document, and in the kernel.

use super::plan::Side;
use super::queue::in_turn;
use super::state::{Configuration, DomainEntry};
use super::threads::{self, set_affinity};
use crate::host::{Host, cpus};
use omnivirt_core::domain::Domain;
use omnivirt_core::domain::cpu_tune::{CpuTune, EmulatorPin, IoThreadPin, VcpuPin};
use omnivirt_core::event::{Cause, Tunable};
use omnivirt_core::{AffectOptions, CpuMap, Error, ErrorKind, Result, TypedParameters};
use std::sync::Arc;

/// Threads of a domain that are pinned together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pinned {
    Vcpu(u32),
    Iothread(u32),
    /// All that have no name of their own.
    Emulator,
}

impl Pinned {
    /// The CPUs of the host that the document lets them run on: their own, else the domain's, else all.
    pub(crate) fn cpus(self, domain: &Domain) -> CpuMap {
        self.given(domain).unwrap_or_else(cpus::all)
    }

    /// Those that the document gives them, if it does.
    fn given(self, domain: &Domain) -> Option<CpuMap> {
        let of_domain = || domain.vcpu.as_ref().and_then(|vcpu| vcpu.cpuset.clone());
        self.own(domain).or_else(of_domain)
    }

    fn own(self, domain: &Domain) -> Option<CpuMap> {
        let tune = domain.cpu_tune.as_ref()?;
        match self {
            Self::Vcpu(number) => {
                tune.vcpu_pins.iter().find(|pin| pin.vcpu == number).map(|pin| pin.cpuset.clone())
            }
            Self::Iothread(id) => {
                tune.iothread_pins.iter().find(|pin| pin.iothread == id).map(|pin| pin.cpuset.clone())
            }
            Self::Emulator => tune.emulator_pin.as_ref().map(|pin| pin.cpuset.clone()),
        }
    }

    fn set(self, domain: &mut Domain, cpus: CpuMap) {
        let tune = domain.cpu_tune.get_or_insert_with(CpuTune::default);
        match self {
            Self::Vcpu(number) => {
                tune.vcpu_pins.retain(|pin| pin.vcpu != number);
                tune.vcpu_pins.push(VcpuPin::new(number, cpus));
                tune.vcpu_pins.sort_by_key(|pin| pin.vcpu);
            }
            Self::Iothread(id) => {
                tune.iothread_pins.retain(|pin| pin.iothread != id);
                tune.iothread_pins.push(IoThreadPin::new(id, cpus));
                tune.iothread_pins.sort_by_key(|pin| pin.iothread);
            }
            Self::Emulator => tune.emulator_pin = Some(EmulatorPin::new(cpus)),
        }
    }

    /// libvirt's name of the value in the event that tells its change.
    fn tunable(self) -> String {
        match self {
            Self::Vcpu(number) => format!("cputune.vcpupin{number}"),
            Self::Iothread(id) => format!("cputune.iothreadpin{id}"),
            Self::Emulator => "cputune.emulatorpin".to_owned(),
        }
    }
}

impl Host {
    /// Pins threads of a domain, on the sides that the options mean, if the check lets it.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if the host has none of the CPUs, `System` if the kernel refuses; what the check says.
    pub(crate) async fn pin(
        self: &Arc<Self>,
        entry: Arc<DomainEntry>,
        cause: Cause,
        pinned: Pinned,
        cpus: &CpuMap,
        affect: &AffectOptions,
        check: impl Fn(&Configuration) -> Result<()> + Send + 'static,
    ) -> Result<()> {
        check_cpus(cpus)?;
        let (host, cpus, affect) = (self.clone(), cpus.clone(), affect.clone());
        in_turn(&entry.clone(), async move {
            let planned = entry.lock()?.plan(&affect, |_: Side, configuration| {
                check(configuration)?;
                Ok(configuration.config.with(|domain| pinned.set(domain, cpus.clone()))?)
            })?;
            let is_live = planned.is_live();
            if is_live {
                apply(&entry, pinned, &cpus).await?;
            }
            host.keep(&entry, planned).await?;
            if is_live {
                let mut parameters = TypedParameters::default();
                parameters.push(pinned.tunable(), cpus.to_string());
                entry.lock()?.emit_body(&host, &cause, Tunable::new(parameters));
            }
            Ok(())
        })
        .await
    }
}

/// Pins the threads of a new run as its document says, before the guest runs.
///
/// # Errors
///
/// As [`Host::pin`].
pub(super) async fn apply_all(entry: &Arc<DomainEntry>) -> Result<()> {
    let Some(config) = entry.lock()?.run.as_ref().map(|run| run.configuration.config.clone()) else {
        return Ok(());
    };
    if !has_pins(&config.domain()) {
        return Ok(());
    }
    let (_, threads) = threads::threads(entry).await?;
    let vcpus = threads.vcpus.keys().map(|number| Pinned::Vcpu(*number));
    let iothreads = threads.iothreads.keys().map(|id| Pinned::Iothread(*id));
    let pins: Vec<_> = {
        let domain = config.domain();
        let all = vcpus.chain(iothreads).chain([Pinned::Emulator]);
        all.filter_map(|pinned| Some((pinned, pinned.given(&domain)?))).collect()
    };
    for (pinned, cpus) in pins {
        check_cpus(&cpus)?;
        apply(entry, pinned, &cpus).await?;
    }
    Ok(())
}

/// Whether a document says of anything where it runs.
fn has_pins(domain: &Domain) -> bool {
    domain.vcpu.as_ref().is_some_and(|vcpu| vcpu.cpuset.is_some())
        || domain.cpu_tune.as_ref().is_some_and(|tune| {
            !tune.vcpu_pins.is_empty() || !tune.iothread_pins.is_empty() || tune.emulator_pin.is_some()
        })
}

/// Pins threads that run.
async fn apply(entry: &Arc<DomainEntry>, pinned: Pinned, cpus: &CpuMap) -> Result<()> {
    let (process, threads) = threads::threads(entry).await?;
    match pinned {
        // One that is not there yet is pinned when it comes.
        Pinned::Vcpu(number) => {
            threads.vcpus.get(&number).map_or(Ok(()), |thread| set_affinity(*thread, cpus))
        }
        Pinned::Iothread(id) => {
            threads.iothreads.get(&id).map_or(Ok(()), |thread| set_affinity(*thread, cpus))
        }
        Pinned::Emulator => {
            let others = process.threads().into_iter().filter(|thread| !threads.contains(*thread));
            for thread in others {
                match set_affinity(thread, cpus) {
                    // One that has ended meanwhile needs no place.
                    Err(_) if process.thread_usage(thread).is_none() => {}
                    done => done?,
                }
            }
            Ok(())
        }
    }
}

/// Refuses CPUs of which the host has none.
fn check_cpus(cpus: &CpuMap) -> Result<()> {
    let all = cpus::all();
    if cpus.iter().any(|cpu| all.contains(cpu)) {
        return Ok(());
    }
    let message = format!("'{cpus}' has none of the host's {} CPUs in it", all.len());
    Err(Error::new(ErrorKind::InvalidArgument, message))
}
