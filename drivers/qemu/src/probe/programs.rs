//! All of the host's programs, and the documents made of what they can do.

use super::answers::Accelerated;
use super::ask::Accelerator;
use super::identity::Identity;
use super::program::{Asking, Program};
use super::{cpu_mode, domain, guests, host, kvm, search};
use crate::process::Credentials;
use omnivirt_core::capabilities::{Capabilities, DomainCapabilities, DomainQuestion};
use omnivirt_core::document::TextValue;
use omnivirt_core::domain::Domain;
use omnivirt_core::domain::cpu::CpuMode;
use omnivirt_core::domain::rules::qemu::{Architecture, Machine, QemuCapabilities};
use omnivirt_core::{Error, ErrorKind, Result};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// How many programs are asked at once: on more CPUs it is faster, on fewer not slower.
const AT_ONCE: usize = 2;

/// How long a program has for its answers. A healthy one needs a fifth of a second.
const DEADLINE: Duration = Duration::from_secs(20);

/// The host's QEMU programs; clones share what is known.
#[derive(Debug, Clone)]
pub(crate) struct Programs(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    asking: Arc<Asking>,
    slots: Mutex<HashMap<PathBuf, Arc<Slot>>>,
}

/// A place for a program. Its lock is held while the program is asked: who comes second finds the answer.
type Slot = tokio::sync::Mutex<Option<Arc<Program>>>;

impl Programs {
    /// What was found out is kept in the folder; programs are asked as that user.
    pub(crate) fn open(cache: &Path, credentials: Option<Credentials>) -> Self {
        Self::with_deadline(cache, credentials, DEADLINE)
    }

    pub(super) fn with_deadline(cache: &Path, credentials: Option<Credentials>, deadline: Duration) -> Self {
        let at_once = std::thread::available_parallelism().map_or(AT_ONCE, |count| count.get().max(AT_ONCE));
        let turns = Semaphore::new(at_once);
        let asking = Arc::new(Asking { cache: cache.to_owned(), credentials, deadline, turns });
        Self(Arc::new(Shared { asking, slots: Mutex::default() }))
    }

    /// The program of that path, asked if it was not yet or has been replaced since.
    ///
    /// # Errors
    ///
    /// `System` if there is none or it cannot be started, `HypervisorError`, `Timeout`.
    pub(crate) async fn program(&self, path: &Path) -> Result<Arc<Program>> {
        let slot = self.0.slots.lock().entry(path.to_owned()).or_default().clone();
        let mut known = slot.lock().await;
        let wanted = path.to_owned();
        let identity = crate::blocking(move || Identity::of(&wanted)).await?;
        if let Some(program) = known.as_ref().filter(|program| *program.identity() == identity) {
            return Ok(program.clone());
        }
        let program = Arc::new(Program::open(path.to_owned(), identity, self.0.asking.clone()).await?);
        *known = Some(program.clone());
        Ok(program)
    }

    /// The program that emulates an architecture.
    ///
    /// # Errors
    ///
    /// `ConfigUnsupported` if there is none; as [`Programs::program`].
    pub(crate) async fn for_architecture(&self, architecture: Architecture) -> Result<Arc<Program>> {
        match crate::blocking(move || Ok(search::find(architecture))).await? {
            Some(path) => self.program(&path).await,
            None => {
                let message = format!("no program of this host emulates {}", architecture.as_str());
                Err(Error::new(ErrorKind::ConfigUnsupported, message)
                    .with_hint("install QEMU's program for it: qemu-system-ARCH"))
            }
        }
    }

    /// The program that a domain names, or else that of its architecture, or of the host's.
    ///
    /// # Errors
    ///
    /// As [`Programs::program`] and [`Programs::for_architecture`].
    pub(crate) async fn for_domain(
        &self,
        emulator: Option<&str>,
        architecture: Option<Architecture>,
    ) -> Result<Arc<Program>> {
        match emulator {
            Some(path) => self.program(Path::new(path)).await,
            None => self.for_architecture(architecture.unwrap_or_else(own_architecture)).await,
        }
    }

    /// All programs with the architectures that they are for, in the order of the document. One that does not answer is left
    /// out, and a warning says so.
    async fn all(&self) -> Result<Vec<(Architecture, Arc<Program>)>> {
        let found = crate::blocking(|| {
            let all = search::ARCHITECTURES.iter().map(|(architecture, _)| *architecture);
            Ok(all
                .filter_map(|architecture| Some((architecture, search::find(architecture)?)))
                .collect::<Vec<_>>())
        })
        .await?;
        let mut tasks = JoinSet::new();
        for (place, (architecture, path)) in found.into_iter().enumerate() {
            let programs = self.clone();
            tasks.spawn(async move { (place, architecture, programs.program(&path).await) });
        }
        let mut all = Vec::new();
        while let Some(done) = tasks.join_next().await {
            match done {
                Ok((place, architecture, Ok(program))) => all.push((place, architecture, program)),
                Ok((_, architecture, Err(error))) => {
                    tracing::warn!(architecture = architecture.as_str(), %error, "a QEMU program is left out");
                }
                Err(error) => {
                    return Err(
                        Error::new(ErrorKind::Internal, "asking a QEMU program broke off").with_source(error)
                    );
                }
            }
        }
        all.sort_unstable_by_key(|(place, ..)| *place);
        Ok(all.into_iter().map(|(_, architecture, program)| (architecture, program)).collect())
    }

    /// What can be emulated for a document, by which it is completed: by the program that it names and by that of its
    /// architecture. A program that is not there, or says nothing, emulates nothing.
    ///
    /// # Errors
    ///
    /// `Internal`.
    pub(crate) async fn rules_for(
        &self,
        emulator: Option<&str>,
        architecture: Architecture,
    ) -> Result<Arc<QemuCapabilities>> {
        let has_kvm = has_kvm().await?;
        let own = crate::blocking(move || Ok(search::find(architecture))).await?;
        let mut capabilities = QemuCapabilities::default();
        let named = emulator.map(PathBuf::from).filter(|path| own.as_ref() != Some(path));
        for path in own.into_iter().chain(named) {
            let program = match self.program(&path).await {
                Ok(program) => program,
                Err(error) => {
                    tracing::warn!(path = %path.display(), %error, "a QEMU program is left out");
                    continue;
                }
            };
            let target = &program.basics.target;
            let is_for_it = search::emulates(target, architecture).then_some(architecture);
            if let Some(emulates) = is_for_it.or_else(|| search::architecture_of(target)) {
                capabilities.guests.push(guests::emulated(&program, emulates, has_kvm));
            }
        }
        Ok(Arc::new(capabilities))
    }

    /// What the host is, and which guests it can have.
    ///
    /// # Errors
    ///
    /// `System`.
    pub(crate) async fn capabilities(&self) -> Result<Capabilities> {
        let credentials = self.0.asking.credentials.clone();
        let host = crate::blocking(move || Ok(host::host(credentials.as_ref())));
        let (all, has_kvm, mut host) = tokio::try_join!(self.all(), has_kvm(), host)?;
        if let Some(cpu) = &mut host.cpu {
            let models = self.of_host(&all, has_kvm).await;
            super::host_cpu::name(cpu, models.as_ref());
        }
        let mut capabilities = Capabilities::new(host);
        let guests = all.iter().map(|(architecture, program)| guests::guest(program, *architecture, has_kvm));
        capabilities.guests = guests.collect();
        Ok(capabilities)
    }

    /// The models of CPU as KVM has them for the host's own architecture.
    async fn of_host(&self, all: &[(Architecture, Arc<Program>)], has_kvm: bool) -> Option<Accelerated> {
        let own = all.iter().find(|(architecture, _)| architecture.as_str() == std::env::consts::ARCH);
        let (_, program) = own.filter(|(_, program)| has_kvm && program.basics.has_kvm)?;
        let models = program.accelerated(Accelerator::Kvm).await;
        let unknown = |error: &Error| tracing::warn!(%error, "the host's CPU is told without its model");
        models.inspect_err(unknown).ok()
    }

    /// What a domain can have; what the question leaves open, the host chooses.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if there is no such architecture, machine or type of domain; as [`Programs::for_domain`].
    pub(crate) async fn domain_capabilities(&self, question: &DomainQuestion) -> Result<DomainCapabilities> {
        let (program, chosen) = self.choose(question).await?;
        let (abilities, accelerated) =
            tokio::try_join!(program.abilities(), program.accelerated(chosen.accelerator()))?;
        crate::blocking(move || Ok(domain::capabilities(&program, &chosen, &abilities, &accelerated))).await
    }

    /// Names the CPU that a domain's `host-model` stands for on this host. Returns whether it had one.
    ///
    /// # Errors
    ///
    /// `ConfigUnsupported` if nothing named is like the host's; as [`Programs::for_domain`].
    pub(crate) async fn name_host_model(&self, domain: &mut Domain) -> Result<bool> {
        let architecture = Machine::of(domain).architecture;
        let accelerator = if &*domain.domain_type == "kvm" { Accelerator::Kvm } else { Accelerator::Tcg };
        let emulator = domain.devices.emulator.clone();
        let Some(cpu) = domain.cpu.as_mut().filter(|cpu| cpu.mode == Some(CpuMode::HostModel)) else {
            return Ok(false);
        };
        let program = self.for_domain(emulator.as_deref(), Some(architecture)).await?;
        let all = program.accelerated(accelerator).await?;
        cpu_mode::name_host_model(cpu, &all, accelerator == Accelerator::Kvm)?;
        Ok(true)
    }

    /// The most virtual CPUs that a domain can have.
    ///
    /// # Errors
    ///
    /// As [`Programs::domain_capabilities`].
    pub(crate) async fn most_vcpus(&self, question: &DomainQuestion) -> Result<u32> {
        Ok(self.choose(question).await?.1.most_cpus)
    }

    async fn choose(&self, question: &DomainQuestion) -> Result<(Arc<Program>, domain::Choice)> {
        let asked = question.arch.as_deref().map(architecture).transpose()?;
        let program = self.for_domain(question.emulator.as_deref(), asked).await?;
        let choice = domain::Choice::of(&program, question, asked, has_kvm().await?)?;
        Ok((program, choice))
    }
}

async fn has_kvm() -> Result<bool> {
    crate::blocking(|| Ok(kvm::is_usable())).await
}

fn own_architecture() -> Architecture {
    architecture(std::env::consts::ARCH).unwrap_or(Architecture::X86_64)
}

pub(super) fn architecture(name: &str) -> Result<Architecture> {
    <Architecture as TextValue>::from_text(name)
        .map_err(|_| Error::new(ErrorKind::InvalidArgument, format!("there is no architecture '{name}'")))
}
