//! Starting a guest: from a document to a QEMU that runs it.

use super::confine::{complete_chains, group_of, place_threads};
use super::guest_devices::{GuestDevices, Noting};
use super::learned::learn;
use super::missing;
use super::monitor;
use super::prepare::{self, Helpers};
use super::record::{self, Record};
use super::run::{Asked, Known, Run};
use super::state::{Configuration, DomainEntry, Managed};
use crate::command::{
    self, CommandLine, Context, FirmwareDescriptor, MonitorCommand, PassedFile, ProgramFacts,
};
use crate::host::{Host, failed};
use crate::process::{GuestLog, Launch, Process, ended_early, spawn};
use crate::qmp::Monitor;
use omnivirt_core::event::{Cause, DiskChange, LifecycleChange, StartedDetail, SuspendedDetail};
use omnivirt_core::*;
use omnivirt_host::{KeptDomain as _, Sessions};
use rustix::process::Signal;
use serde_json::json;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How a guest is to be started.
#[derive(Debug)]
pub(crate) struct Start {
    pub(crate) cause: Cause,
    pub(crate) origin: Origin,
    /// Whether its virtual CPUs stand still at first.
    pub(crate) paused: bool,
    /// The connection whose end ends the run too.
    pub(crate) auto_destroy: Option<u64>,
}

/// Where a run comes from.
#[derive(Debug)]
pub(crate) enum Origin {
    Booted,
    /// The guest's memory and devices are read from here.
    Restored(OwnedFd),
}

/// A QEMU that has been started, and has not been met yet.
#[derive(Debug)]
struct Launched {
    process: Arc<Process>,
    log: GuestLog,
    helpers: Helpers,
    /// What to tell it first.
    commands: Vec<MonitorCommand>,
}

/// A QEMU that has been met.
#[derive(Debug)]
struct Met {
    monitor: Monitor,
    /// Set when the monitor is closed.
    closed: CancellationToken,
    /// The configuration with what QEMU has chosen, if it had to choose anything.
    learned: Option<Configuration>,
    devices: GuestDevices,
}

/// How long QEMU has to answer for the first time.
const PATIENCE: Duration = Duration::from_secs(30);

impl Host {
    /// Starts a domain that does not run, in its turn.
    ///
    /// # Errors
    ///
    /// `InvalidState` if it runs, `ConfigUnsupported` for what cannot be done, `HypervisorError` with QEMU's own words.
    pub(crate) async fn start(
        self: &Arc<Self>,
        entry: &Arc<DomainEntry>,
        configuration: Configuration,
        start: Start,
    ) -> Result<DomainRef> {
        let (id, name) = {
            let domain = entry.lock()?;
            domain.check_can_start()?;
            (self.domains.number(domain.uuid), domain.name.clone())
        };
        // What is on the way to a run is large, and need not be in the future of every call that starts one.
        let begun = Box::pin(self.begin(entry, id, configuration, start)).await;
        if begun.is_err() {
            self.domains.release(id);
            let folder = self.paths.run(id);
            self.set_free(id, &name, &folder).await;
            crate::blocking(move || record::remove(&folder)).await.unwrap_or_else(|error| {
                tracing::warn!(%error, "what is left of a start that failed cannot be removed");
            });
        }
        begun
    }

    async fn begin(
        self: &Arc<Self>,
        entry: &Arc<DomainEntry>,
        id: u32,
        configuration: Configuration,
        start: Start,
    ) -> Result<DomainRef> {
        let is_restored = matches!(start.origin, Origin::Restored(_));
        let (live, missing) = {
            let (host, configuration) = (self.clone(), self.with_named_cpu(configuration).await?);
            crate::blocking(move || live(&configuration, id, is_restored, &host)).await?
        };
        let folder = self.paths.run(id);
        let (origin, incoming) = match start.origin {
            Origin::Booted => ((StartedDetail::Booted, DomainStateReason::RunningBooted), None),
            Origin::Restored(image) => {
                ((StartedDetail::Restored, DomainStateReason::RunningRestored), Some(image))
            }
        };
        let record = Record::new(entry.uuid(), &live.config.name(), id, start.auto_destroy.is_some());
        let (launched, live) = self.launch(record, live, is_restored).await?;
        let started = self.meet(entry, id, &live, &launched, incoming).await;
        let Launched { process, log, helpers, .. } = launched;
        let (monitor, closed, live, devices) = match started {
            Ok(Met { monitor, closed, learned, devices }) => {
                (monitor, closed, learned.unwrap_or(live), devices)
            }
            Err(error) => {
                process.signal(Signal::KILL)?;
                process.ended().await;
                return Err(error);
            }
        };
        helpers.leave();
        let reference = {
            let mut domain = entry.lock()?;
            domain.run = Some(Box::new(Run {
                id,
                configuration: live,
                process: process.clone(),
                monitor: Some(monitor.clone()),
                folder,
                _log: log,
                auto_destroy: start.auto_destroy,
                updated: false,
                asked: Asked::default(),
                about_to_stand: None,
                is_shut_down: false,
                ending: None,
                ended: CancellationToken::new(),
                sessions: Sessions::default(),
                agent: None,
                pictures: 0,
                closed,
                heard: 0,
                was_reset: Arc::default(),
                devices,
                noting: Noting::default(),
                known: Known::default(),
            }));
            for change in missing {
                domain.emit_body(self, &start.cause, change);
            }
            if start.paused {
                domain.stands_from_the_start(self, &start.cause, origin.0);
            } else if let Some(run) = &mut domain.run {
                run.asked.start = Some((start.cause.clone(), origin.0, origin.1));
            }
            domain.reference()
        };
        monitor::watch(self, entry, id, process);
        let begun = async {
            // One that closes from now on finds the run.
            self.check_is_there(start.auto_destroy)?;
            tune(entry, &start.cause, &monitor, is_restored).await?;
            if start.paused { Ok(()) } else { monitor.execute("cont", json!({})).await.map(drop) }
        };
        if let Err(error) = begun.await {
            self.give_up(entry, id).await;
            return Err(error);
        }
        Ok(entry.lock().map_or(reference, |domain| domain.reference()))
    }

    fn check_is_there(&self, connection: Option<u64>) -> Result<()> {
        match connection {
            Some(connection) if !self.connections.has(connection) => {
                let message = "the connection with which the domain was to end has closed meanwhile";
                Err(Error::new(ErrorKind::ConnectionClosed, message))
            }
            _ => Ok(()),
        }
    }

    /// The CPU of a run is named, so that wherever its memory is taken it finds the same.
    async fn with_named_cpu(&self, configuration: Configuration) -> Result<Configuration> {
        let mut domain = configuration.config.domain();
        match self.programs.name_host_model(&mut domain).await? {
            true => Configuration::new(&domain),
            false => Ok(configuration),
        }
    }

    /// Starts the process.
    async fn launch(
        self: &Arc<Self>,
        record: Record,
        mut live: Configuration,
        is_incoming: bool,
    ) -> Result<(Launched, Configuration)> {
        let host = self.clone();
        crate::blocking(move || {
            let folder = host.paths.run(record.id);
            let mut domain = live.config.domain();
            if complete_chains(&mut domain)? {
                live = Configuration::new(&domain)?;
            }
            let owner = host.credentials.as_ref();
            record::begin(&folder, owner, &record, live.config.as_str())?;
            let (library, program) = (host.paths.library(), ProgramFacts::of_host());
            let context = Context { directory: &folder, library: &library, program: &program, is_incoming };
            let line: CommandLine = command::build(&domain, &context)?;
            let (log, output) = GuestLog::begin(&folder.join("log"), host.paths.log(&record.name))?;
            let helpers = prepare::prepare(&line, &folder, owner, &output)?;
            let files = super::files::open(&line.files, &folder, &mut domain)?;
            if line.files.iter().any(|file| matches!(file, PassedFile::Tap(_))) {
                live = Configuration::new(&domain)?;
                record::note_document(&folder, live.config.as_str())?;
            }
            let bounds = host.confine(record.id, &domain, &folder)?;
            let process = spawn(Launch {
                program: &line.program,
                arguments: &line.arguments,
                environment: &line.environment,
                directory: &folder,
                files,
                output,
                credentials: host.credentials.clone(),
                bounds,
            })?;
            let noted = record.of_process(process.identity()).write(&folder);
            if noted.is_err() {
                process.signal(Signal::KILL)?;
            }
            let launched = Launched { process: Arc::new(process), log, helpers, commands: line.commands };
            noted.map(|()| (launched, live))
        })
        .await
    }

    /// Talks to the process for the first time; it may have ended by then.
    async fn meet(
        self: &Arc<Self>,
        entry: &Arc<DomainEntry>,
        id: u32,
        live: &Configuration,
        launched: &Launched,
        incoming: Option<OwnedFd>,
    ) -> Result<Met> {
        let Launched { process, log, commands, .. } = launched;
        let prepared = async {
            let (monitor, closed) = monitor::connect(self, entry, id).await?;
            for command in commands {
                monitor.execute(command.name, command.arguments.clone()).await?;
            }
            let mut devices = GuestDevices::default();
            if let Some(image) = incoming {
                super::save::receive(&monitor, image).await?;
                // A tray that was out when the guest was saved is out again, and nobody is told.
                devices = devices.ask(&monitor, &live.config).await?;
                record::note_devices(&self.paths.run(id), &devices);
            }
            super::cpu_check::check(&monitor, &live.config.domain()).await?;
            let folder = self.paths.run(id);
            let group = group_of(&folder)?;
            place_threads(&monitor, &live.config.domain(), group, process.identity().pid).await?;
            let learned = learn(&monitor, live).await?;
            if let Some(learned) = &learned {
                let text = learned.config.as_str().to_owned();
                crate::blocking(move || record::note_document(&folder, &text)).await?;
            }
            Ok::<_, Error>(Met { monitor, closed, learned, devices })
        };
        tokio::select! {
            prepared = prepared => match prepared {
                Err(error) if error.kind() == ErrorKind::HypervisorError => {
                    // A monitor that breaks off means most often that QEMU has ended: then its own words are better.
                    match tokio::time::timeout(Duration::from_millis(500), process.ended()).await {
                        Ok(how) => Err(ended_early(how, &log.last_words().await)),
                        Err(_) => Err(error),
                    }
                }
                prepared => prepared,
            },
            how = process.ended() => Err(ended_early(how, &log.last_words().await)),
            () = tokio::time::sleep(PATIENCE) => Err(Error::new(
                ErrorKind::Timeout,
                format!("QEMU has not answered on its monitor within {} s", PATIENCE.as_secs()),
            )),
        }
    }

    /// Ends a run that did not come about.
    async fn give_up(self: &Arc<Self>, entry: &Arc<DomainEntry>, id: u32) {
        let ended = {
            let Ok(mut domain) = entry.lock() else { return };
            let Some(run) = domain.run.as_deref_mut().filter(|run| run.id == id) else { return };
            if let Err(error) = run.process.signal(Signal::KILL) {
                tracing::warn!(%error, "a QEMU that did not start is still there");
            }
            run.ended.clone()
        };
        ended.cancelled().await;
    }
}

impl Managed {
    /// Refuses to start a domain that runs.
    ///
    /// # Errors
    ///
    /// `InvalidState`.
    pub(crate) fn check_can_start(&self) -> Result<()> {
        if self.run.is_some() {
            return Err(
                Error::new(ErrorKind::InvalidState, "the domain runs already").with_hint("stop it first")
            );
        }
        Ok(())
    }

    fn stands_from_the_start(&mut self, host: &Host, cause: &Cause, started: StartedDetail) {
        let suspended = match started {
            StartedDetail::Restored => SuspendedDetail::Restored,
            _ => SuspendedDetail::Paused,
        };
        self.set(DomainState::Paused, DomainStateReason::PausedUser);
        self.tell_channels(host, cause);
        self.emit(host, cause, LifecycleChange::Started(started));
        self.emit(host, cause, LifecycleChange::Suspended(suspended));
    }
}

/// What a new run is told before its guest runs.
async fn tune(entry: &Arc<DomainEntry>, cause: &Cause, monitor: &Monitor, is_restored: bool) -> Result<()> {
    super::balloon::begin(entry, cause, monitor, is_restored).await?;
    super::pins::apply_all(entry).await
}

/// What a run adds to its configuration: its number, a name for each device, firmware where it is left open, and ports.
fn live(
    configuration: &Configuration,
    id: u32,
    is_restored: bool,
    host: &Host,
) -> Result<(Configuration, Vec<DiskChange>)> {
    let mut domain = configuration.config.domain();
    domain.id = Some(id);
    let leaves_firmware = |os: &domain::Os| os.firmware.is_some() || os.nvram.is_some();
    if domain.os.as_ref().is_some_and(leaves_firmware) {
        let known = FirmwareDescriptor::of_host()?;
        command::choose_firmware(&mut domain, &known, &host.paths.library().join("nvram"))?;
    }
    command::assign_aliases(&mut domain);
    command::assign_ports(&mut domain, &is_free)?;
    let missing = missing::take_out(&mut domain, is_restored);
    Ok((Configuration::new(&domain)?, missing))
}

/// Whether nobody listens at a port.
fn is_free(port: u16) -> bool {
    std::net::TcpListener::bind((std::net::Ipv4Addr::UNSPECIFIED, port)).is_ok()
}

/// Makes a folder that only the guest's user can use.
pub(super) fn make_folder(path: &Path, owner: Option<&crate::process::Credentials>) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    let made = std::fs::DirBuilder::new().mode(0o700).create(path);
    made.map_err(|error| failed("make the folder", path, error))?;
    if let Some((user, group)) = owner.map(crate::process::Credentials::numbers) {
        std::os::unix::fs::chown(path, Some(user), Some(group))
            .map_err(|error| failed("give away the folder", path, error))?;
    }
    Ok(())
}
