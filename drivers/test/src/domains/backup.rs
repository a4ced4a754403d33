//! Backups of a running domain's disks.

use super::disks;
use super::snapshot_plan::path;
use super::state::Simulated;
use super::table::DomainEntry;
use crate::connection::TestDriver;
use crate::host::{Host, Image};
use omnivirt_core::domain::{
    Backup as BackupDocument, BackupConfig, BackupDisk, BackupDisks, BackupMode, CheckpointConfig,
    FileSource, YesNo,
};
use omnivirt_core::event::{Cause, JobCompleted};
use omnivirt_core::jobs::Job;
use omnivirt_core::*;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// How fast a backup is written, in bytes a second.
const SPEED: u64 = 1 << 30;

/// In how many steps a backup tells how far it is.
const STEPS: u64 = 10;

/// A backup that runs.
#[derive(Debug)]
pub(crate) struct Backup {
    job: Job,
    plan: Plan,
    /// Tells it from all others of the run.
    number: u64,
    /// Who began it.
    cause: Cause,
}

/// What a backup does.
#[derive(Debug)]
struct Plan {
    /// The document with everything in it that the driver chose.
    document: BackupConfig,
    is_pulled: bool,
    /// The files that are written, with what is in them at the end.
    files: Vec<(String, Image)>,
    total_bytes: u64,
}

#[driver_ops]
impl DomainBackupOps for TestDriver {
    async fn backup_begin(
        &self,
        cx: &CallCx,
        domain: &DomainRef,
        xml: &str,
        checkpoint_xml: Option<&str>,
        options: &BackupOptions,
    ) -> Result<()> {
        let given = BackupConfig::parse(xml)?;
        let checkpoint = checkpoint_xml.map(CheckpointConfig::parse).transpose()?;
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        domain.run()?;
        domain.check_no_job()?;
        let plan = domain.plan_backup(&self.host, &given, options)?;
        if let Some(checkpoint) = &checkpoint {
            domain.plan_checkpoint(&self.host, checkpoint)?;
        }
        let job = domain.begin_job(&self.host, JobOperation::Backup, cx)?;
        job.set_progress(plan.total_bytes, 0);
        let run = domain.run()?;
        run.extras.backups_begun += 1;
        let number = run.extras.backups_begun;
        if !plan.is_pulled {
            self.host.go_on_with_backup_later(entry.clone(), run.id, number, 1, plan.total_bytes)?;
        }
        if let Some(checkpoint) = &checkpoint {
            domain.make_checkpoint(&self.host, checkpoint)?;
        }
        domain.run()?.extras.backup = Some(Box::new(Backup { job, plan, number, cause: cx.cause() }));
        Ok(())
    }

    async fn backup_dumpxml(&self, _: &CallCx, domain: &DomainRef) -> Result<String> {
        let entry = self.host.domain(domain)?;
        let domain = entry.lock()?;
        let backup = domain.run.as_ref().and_then(|run| run.extras.backup.as_ref());
        let backup = backup.ok_or_else(|| Error::new(ErrorKind::NoBackup, "no backup runs on the domain"))?;
        Ok(backup.plan.document.as_str().to_owned())
    }
}

impl Host {
    /// Lets a backup make its next step when the time for that has come.
    fn go_on_with_backup_later(
        self: &Arc<Self>,
        entry: Arc<DomainEntry>,
        run: u32,
        number: u64,
        step: u64,
        total_bytes: u64,
    ) -> Result<()> {
        let host = Arc::downgrade(self);
        let after = Duration::from_nanos(
            (u128::from(total_bytes) * 1_000_000_000 / u128::from(SPEED * STEPS)) as u64,
        );
        self.clock.schedule(after, move || {
            let Some(host) = host.upgrade() else { return };
            {
                let Ok(mut domain) = entry.lock() else { return };
                let Some(now) = domain.run.as_mut().filter(|now| now.id == run) else { return };
                let Some(backup) = now.extras.backup.as_ref().filter(|backup| backup.number == number) else {
                    return;
                };
                backup.job.set_progress(total_bytes, total_bytes / STEPS * step);
                if step == STEPS {
                    let cause = backup.cause.clone();
                    domain.end_backup(&host, &cause, None);
                    return;
                }
            }
            // What runs this waits for real time too, if there is any to wait for.
            let later = host.go_on_with_backup_later(entry, run, number, step + 1, total_bytes);
            debug_assert!(later.is_ok());
        })
    }
}

impl Simulated {
    /// Ends the backup that runs. Says whether one did.
    ///
    /// Where a client pulls, that is the way in which it ends well.
    pub(crate) fn abort_backup(&mut self, host: &Host, cause: &Cause) -> bool {
        let Some(backup) = self.run.as_ref().and_then(|run| run.extras.backup.as_ref()) else { return false };
        let error =
            (!backup.plan.is_pulled).then(|| Error::new(ErrorKind::Aborted, "the backup was aborted"));
        self.end_backup(host, cause, error.as_ref());
        true
    }

    /// Ends a backup, and says so. Nothing happens if none runs.
    pub(crate) fn end_backup(&mut self, host: &Host, cause: &Cause, error: Option<&Error>) {
        let Some(backup) = self.run.as_mut().and_then(|run| run.extras.backup.take()) else { return };
        let Backup { job, plan, .. } = *backup;
        for (path, image) in plan.files {
            match error {
                None => host.images.set(&path, image),
                Some(_) => host.images.remove(&path),
            }
        }
        let told = self.end_job(host, JobOperation::Backup, plan.total_bytes, error);
        drop(job);
        self.emit_body(host, cause, JobCompleted::new(told));
    }

    /// Makes out what a backup does.
    ///
    /// # Errors
    ///
    /// `InvalidState` if the domain does not run, `NotFound` for a checkpoint that there is not, `XmlInvalid`,
    /// `ConfigUnsupported`, `CheckpointInconsistent`, `System` for files that are there already.
    fn plan_backup(&self, host: &Host, given: &BackupConfig, options: &BackupOptions) -> Result<Plan> {
        let run = self.run.as_deref().ok_or_else(super::state::not_running)?;
        let wanted = given.typed();
        let is_pulled = wanted.mode == Some(BackupMode::Pull);
        check_server(&wanted, is_pulled)?;
        let now = host.clock.now();
        let changed = match &wanted.incremental {
            Some(name) => Some(self.changed_since(host, self.checkpoint(name)?.1)?),
            None => None,
        };
        let disks = complete(self, wanted.disks.unwrap_or_default(), is_pulled, &now.seconds().to_string())?;
        let mut plan = Plan { document: given.clone(), is_pulled, files: Vec::new(), total_bytes: 0 };
        for chosen in disks.disks.iter().filter(|disk| disk.backup != Some(YesNo::No)) {
            let disk = disks::find(&run.configuration.config, &chosen.name)?;
            let source = disk.source().unwrap_or_default();
            let bytes = size(host.written_to(run, disk, now), &changed, &chosen.name)?;
            let image = Image::empty(host.images.get(&source).capacity_bytes).grown_by(bytes);
            plan.total_bytes += bytes;
            let file = if is_pulled { &chosen.scratch } else { &chosen.target };
            let Some(file) = file.as_ref().and_then(path) else { continue };
            if (host.images.is_known(&file) || host.files.read(&file).is_ok()) && !options.reuse_external {
                return Err(Error::new(ErrorKind::System, format!("there is a file '{file}' already"))
                    .with_hint("name another one, or say reuse_external"));
            }
            if !is_pulled {
                plan.files.push((file, image));
            }
        }
        let document = given.with(|backup| {
            backup.mode = Some(if is_pulled { BackupMode::Pull } else { BackupMode::Push });
            backup.disks = Some(disks);
        });
        plan.document = document?;
        Ok(plan)
    }
}

/// How much of a disk is copied: all of it, or what has changed.
fn size(written: u64, changed: &Option<BTreeMap<String, u64>>, target: &str) -> Result<u64> {
    match changed {
        None => Ok(written),
        Some(changed) => changed.get(target).copied().ok_or_else(|| {
            Error::new(
                ErrorKind::CheckpointInconsistent,
                format!("the checkpoint does not know what has changed of the disk '{target}'"),
            )
        }),
    }
}

fn check_server(wanted: &BackupDocument, is_pulled: bool) -> Result<()> {
    let refuse = |message: &str| Err(Error::new(ErrorKind::XmlInvalid, message));
    match &wanted.server {
        None if is_pulled => refuse("a backup that a client pulls needs a <server> to pull it from"),
        Some(_) if !is_pulled => refuse("a backup that is pushed has no <server>"),
        Some(server) => match server.transport.as_deref() {
            None | Some("tcp") if server.name.is_some() => Ok(()),
            None | Some("tcp") => refuse("the server needs the name that it listens on"),
            Some("unix") if server.socket.is_some() => Ok(()),
            Some("unix") => refuse("the server needs the path of its socket"),
            Some(_) => refuse("the server listens on tcp or unix"),
        },
        None => Ok(()),
    }
}

/// All disks, in their order: each as it was wanted, or as the driver chooses. Where some are named, the others are left.
fn complete(domain: &Simulated, wanted: BackupDisks, is_pulled: bool, ending: &str) -> Result<BackupDisks> {
    let config = &domain.current().config;
    let refuse = |message: String| Err(Error::new(ErrorKind::ConfigUnsupported, message));
    if let Some(disk) = wanted.disks.iter().find(|disk| disks::find(config, &disk.name).is_err()) {
        return refuse(format!("the domain has no disk '{}'", disk.name));
    }
    let names_some = !wanted.disks.is_empty();
    let mut all = BackupDisks::default();
    for disk in disks::all(config) {
        let target = disk.target().into_owned();
        let given = wanted
            .disks
            .iter()
            .find(|given| disks::find(config, &given.name).is_ok_and(|found| found.place == disk.place));
        let mut chosen = given.cloned().unwrap_or_default();
        let can_be_copied = disk.is_writable() && disk.source().is_some();
        let is_wanted = given.map_or(!names_some && can_be_copied, |given| given.backup != Some(YesNo::No));
        if is_wanted && !can_be_copied {
            return refuse(format!("there is nothing to back up of the disk '{target}'"));
        }
        chosen.name.clone_from(&target);
        chosen.backup = Some(if is_wanted { YesNo::Yes } else { YesNo::No });
        if is_wanted {
            choose_file(&mut chosen, &disk.source().unwrap_or_default(), is_pulled, ending);
        }
        all.disks.push(chosen);
    }
    if !all.disks.iter().any(|disk| disk.backup == Some(YesNo::Yes)) {
        return refuse("no disk is to be backed up".into());
    }
    Ok(all)
}

/// Chooses the file that is written where none is named: beside the disk's own.
fn choose_file(disk: &mut BackupDisk, own: &str, is_pulled: bool, ending: &str) {
    disk.target_type.get_or_insert_with(|| "file".into());
    let slot = if is_pulled { &mut disk.scratch } else { &mut disk.target };
    if slot.as_ref().and_then(path).is_none() {
        let mut file = FileSource::default();
        file.file = Some(format!("{own}.{ending}"));
        *slot = Some(file);
    }
}
