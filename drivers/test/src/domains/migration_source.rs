//! Moving a running domain to another host, at the host that it leaves.

use super::cookie::Cookie;
use super::definition::without_id;
use super::disks;
use super::jobs::STEPS;
use super::state::{Simulated, not_running};
use super::table::DomainEntry;
use super::values::read;
use crate::connection::TestDriver;
use crate::host::Host;
use omnivirt_core::Error;
use omnivirt_core::domain::{DomainConfig, DomainName};
use omnivirt_core::event::*;
use omnivirt_core::*;

/// How often the memory of a guest that runs meanwhile is copied.
const ROUNDS: u32 = 3;

/// What can be set for migrations of a run.
#[derive(Debug, Clone)]
pub(crate) struct MigrationLimits {
    /// How long the guest may stand still at the end, in milliseconds.
    pub(crate) downtime_ms: u64,
    /// How fast memory may go, in MiB a second, before the guest has moved and after.
    pub(crate) mib_per_s: u64,
    pub(crate) post_copy_mib_per_s: u64,
    /// How large the cache of changed pages may be, in bytes.
    pub(crate) cache_bytes: u64,
    /// Whether a migration runs that the guest may go ahead of; whether it is to.
    post_copy: PostCopy,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum PostCopy {
    #[default]
    Impossible,
    Possible,
    Wanted,
}

impl Default for MigrationLimits {
    /// As QEMU has it.
    fn default() -> Self {
        Self {
            downtime_ms: 300,
            mib_per_s: i64::MAX as u64 >> 20,
            post_copy_mib_per_s: i64::MAX as u64 >> 20,
            cache_bytes: 64 << 20,
            post_copy: PostCopy::Impossible,
        }
    }
}

impl Simulated {
    /// Looks whether the domain can move, and describes it for the destination.
    ///
    /// # Errors
    ///
    /// `InvalidState`, `ResourceBusy`, `MigrationUnsafe`, `XmlSyntax`, `XmlInvalid`, `InvalidArgument` for options that
    /// contradict each other.
    pub(super) fn begin_migration(&self, host: &Host, options: &MigrationOptions) -> Result<MigrationBegun> {
        check_options(options)?;
        self.check_can_move(options)?;
        let config = self.config_there(options)?;
        let cookie = self.cookie(host, options)?.write()?;
        Ok(MigrationBegun::default().xml(config.into_string()).cookie(cookie))
    }

    /// The document of the domain at the destination.
    fn config_there(&self, options: &MigrationOptions) -> Result<DomainConfig> {
        let config = match &options.destination_xml {
            Some(xml) => self.seen_alike(DomainConfig::parse(xml.as_str())?)?,
            None => without_id(&self.current().config)?,
        };
        let Some(name) = &options.destination_name else { return Ok(config) };
        let name = DomainName::new(name.as_str())
            .map_err(|problem| Error::new(ErrorKind::InvalidArgument, problem.to_string()))?;
        config.with(|domain| domain.name = name).map_err(Error::from)
    }

    fn check_can_move(&self, options: &MigrationOptions) -> Result<()> {
        let refuse = |kind, message: &str, hint| Err(Error::new(kind, message).with_hint(hint));
        if !self.is_active() && !options.offline {
            return Err(not_running());
        }
        if options.offline && !self.is_persistent() {
            return Err(super::state::transient());
        }
        if self.state == DomainState::Crashed {
            return refuse(ErrorKind::InvalidState, "the guest has crashed", "reset or destroy the domain");
        }
        self.check_no_job()?;
        if self.run.as_ref().is_some_and(|run| !run.extras.block_jobs.is_empty()) {
            return refuse(
                ErrorKind::InvalidState,
                "a job runs on a disk of the domain",
                "wait for it, or abort it",
            );
        }
        if self.has_snapshots() || self.has_checkpoints() {
            return refuse(
                ErrorKind::InvalidState,
                "the domain has snapshots or checkpoints, which cannot move",
                "delete them first",
            );
        }
        let copies_disks = options.copy_storage_all || options.copy_storage_incremental;
        let is_unsafe = |disk: &disks::Disk<'_>| {
            let cache = read(disk.element(), "driver/@cache");
            disk.is_writable()
                && cache.is_some_and(|cache| matches!(&*cache, "writeback" | "writethrough" | "unsafe"))
        };
        match disks::all(&self.current().config).find(is_unsafe) {
            Some(disk) if !options.allow_unsafe && !copies_disks => refuse(
                ErrorKind::MigrationUnsafe,
                &format!("the host caches what the guest writes to the disk '{}'", disk.target()),
                "use cache none, copy the disk, or say allow_unsafe",
            ),
            _ => Ok(()),
        }
    }

    /// A document for the destination, if a guest cannot see that it is another one.
    fn seen_alike(&self, config: DomainConfig) -> Result<DomainConfig> {
        let refuse = |message: String| Err(Error::new(ErrorKind::XmlInvalid, message));
        if config.uuid() != Some(self.uuid) {
            return refuse(format!("the document for the destination needs the UUID {}", self.uuid));
        }
        let (now, then) = (self.current().sizes, super::state::Configuration::new(config.clone()).sizes);
        if (now.max_memory_kib, now.max_vcpus) != (then.max_memory_kib, then.max_vcpus) {
            return refuse("the guest would see other memory or virtual CPUs at the destination".into());
        }
        Ok(config)
    }

    /// What is told of the guest as it is now.
    fn cookie(&self, host: &Host, options: &MigrationOptions) -> Result<Cookie> {
        let now = host.clock.now();
        let definition = match &options.persistent_xml {
            _ if !options.offline => None,
            Some(xml) => Some(xml.clone()),
            None => Some(self.config_there(options)?.into_string()),
        };
        let config = &self.current().config;
        let images = disks::all(config).flat_map(|disk| {
            disk.chain().into_iter().enumerate().map(move |(place, path)| {
                let mut image = host.images.get(&path);
                if let (0, Some(run)) = (place, &self.run) {
                    image.allocated_bytes = host.written_to(run, disk, now);
                }
                (path, image)
            })
        });
        Ok(Cookie {
            from: host.machine.hostname.clone(),
            cpu_time_ns: self.run.as_ref().map_or(0, |run| run.cpu_time_ns(now)),
            is_paused: self.state == DomainState::Paused && self.reason != DomainStateReason::PausedMigration,
            images: images.collect(),
            files: self.extras.as_ref().map(|extras| extras.guest.clone()).unwrap_or_default(),
            definition,
        })
    }

    /// The virtual CPUs stop here, to go on at the destination.
    fn switch_over(&mut self, host: &Host, cause: &Cause, options: &MigrationOptions) -> Result<Cookie> {
        let run = self.run()?;
        let detail = match std::mem::take(&mut run.extras.migration.post_copy) {
            PostCopy::Wanted => SuspendedDetail::Postcopy,
            PostCopy::Possible | PostCopy::Impossible => SuspendedDetail::Migrated,
        };
        let cookie = self.cookie(host, options)?;
        if self.state != DomainState::Paused {
            self.pause(host, cause, DomainStateReason::PausedMigration, detail);
        }
        Ok(cookie)
    }

    /// The last phase: ends the domain here, or lets it run on.
    ///
    /// # Errors
    ///
    /// `InvalidState` if a domain does not run that has moved.
    pub(super) fn confirm_migration(
        &mut self,
        host: &Host,
        cause: &Cause,
        outcome: MigrationOutcome,
        options: &MigrationOptions,
    ) -> Result<()> {
        if outcome == MigrationOutcome::Cancelled {
            if self.is_active() && self.reason == DomainStateReason::PausedMigration {
                self.unpause(
                    host,
                    cause,
                    DomainStateReason::RunningMigrationCanceled,
                    ResumedDetail::Migrated,
                );
            }
            return Ok(());
        }
        if !options.offline {
            self.run()?;
        }
        if self.is_active() {
            self.end(host, cause, DomainStateReason::ShutoffMigrated, StoppedDetail::Migrated);
        }
        if options.undefine_source && self.is_persistent() {
            self.definition = None;
            self.extras = None;
            self.emit(host, cause, LifecycleChange::Undefined(UndefinedDetail::Removed));
            self.leave(host);
        }
        Ok(())
    }

    /// Lets the guest of a migration go ahead of its memory.
    ///
    /// # Errors
    ///
    /// `InvalidState` if no migration runs, or one that does not allow it.
    pub(super) fn start_post_copy(&mut self) -> Result<()> {
        let limits = &mut self.run()?.extras.migration;
        if limits.post_copy == PostCopy::Impossible {
            return Err(Error::new(
                ErrorKind::InvalidState,
                "no migration runs that the guest may go ahead of",
            )
            .with_hint("begin one with post_copy"));
        }
        limits.post_copy = PostCopy::Wanted;
        Ok(())
    }
}

impl TestDriver {
    /// Sends the domain: its memory round by round, and then the guest itself.
    ///
    /// # Errors
    ///
    /// What looking whether it can move says, `Aborted`.
    pub(super) async fn send(
        &self,
        cx: &CallCx,
        entry: &DomainEntry,
        options: &MigrationOptions,
    ) -> Result<Vec<u8>> {
        let (job, run, bytes) = {
            let mut domain = entry.lock()?;
            domain.check_can_move(options)?;
            if options.offline {
                return domain.cookie(&self.host, options)?.write();
            }
            let job = domain.begin_job(&self.host, JobOperation::MigrationOut, cx)?;
            let run = domain.run()?;
            run.extras.migration.post_copy =
                if options.post_copy { PostCopy::Possible } else { PostCopy::Impossible };
            (job, run.id, run.configuration.sizes.memory_kib.saturating_mul(1024))
        };
        let rounds = if options.live { ROUNDS } else { 1 };
        let sent = self.send_memory(cx, entry, &job, run, rounds, bytes).await;
        let mut domain = entry.lock()?;
        let sent = sent.and_then(|()| domain.check_same_run(run));
        let told = domain.end_job(&self.host, JobOperation::MigrationOut, bytes, sent.as_ref().err());
        drop(job);
        let cookie = sent.and_then(|()| domain.switch_over(&self.host, &cx.cause(), options));
        if let Some(run) = &mut domain.run {
            run.extras.migration.post_copy = PostCopy::Impossible;
        }
        domain.emit_body(&self.host, &cx.cause(), JobCompleted::new(told));
        cookie?.write()
    }

    async fn send_memory(
        &self,
        cx: &CallCx,
        entry: &DomainEntry,
        job: &jobs::Job,
        run: u32,
        rounds: u32,
        bytes: u64,
    ) -> Result<()> {
        for round in 1..=rounds {
            {
                let mut domain = entry.lock()?;
                domain.check_same_run(run)?;
                domain.emit_body(&self.host, &cx.cause(), MigrationIteration::new(round));
            }
            tokio::select! {
                biased;
                () = job.aborted() => {}
                () = self.host.clock.sleep(self.latency * STEPS as u32 / rounds) => {}
            }
            job.check_aborted()?;
            job.set_progress(bytes, bytes / u64::from(rounds) * u64::from(round));
            if entry.lock()?.run()?.extras.migration.post_copy == PostCopy::Wanted {
                break;
            }
        }
        Ok(())
    }
}

impl Simulated {
    fn check_same_run(&mut self, run: u32) -> Result<()> {
        match self.run()?.id == run {
            true => Ok(()),
            false => Err(Error::new(ErrorKind::Aborted, "the domain stopped while it was sent")),
        }
    }
}

/// Refuses options that contradict each other.
pub(super) fn check_options(options: &MigrationOptions) -> Result<()> {
    let contradictions = [
        (
            options.tunnelled && !options.peer_to_peer,
            "only a source that talks to the destination by itself can tunnel",
        ),
        (
            options.copy_storage_all && options.copy_storage_incremental,
            "disks are copied whole or in part, not both",
        ),
        (options.post_copy && options.tunnelled, "a guest cannot go ahead of its memory through a tunnel"),
        (options.offline && options.live, "a domain that does not run cannot run meanwhile"),
        (
            options.offline && !options.persist_destination,
            "a domain that does not run is only its definition: say persist_destination",
        ),
        (options.zero_copy && !options.parallel, "zero_copy needs parallel"),
        (
            options.post_copy_resume,
            "no migration of the test driver is ever cut off after the guest has moved",
        ),
    ];
    match contradictions.iter().find(|(is_wrong, _)| *is_wrong) {
        Some((_, message)) => Err(Error::new(ErrorKind::InvalidArgument, *message)),
        None => Ok(()),
    }
}
