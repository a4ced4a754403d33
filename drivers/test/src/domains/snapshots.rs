//! Snapshots: what a domain was at one time, to go back to.

use super::chains::Destination;
use super::definition::without_id;
use super::saved::SavedImage;
use super::snapshot_plan::{Plan, Taken};
use super::snapshot_store::StoredSnapshot;
use super::state::Simulated;
use super::tree::Scope;
use crate::connection::TestDriver;
use crate::host::{Host, Image, SimulatedFile};
use omnivirt_core::domain::{SnapshotConfig, SnapshotState};
use omnivirt_core::event::StoppedDetail;
use omnivirt_core::*;
use std::sync::Arc;

#[driver_ops]
impl SnapshotOps for TestDriver {
    async fn create_snapshot(
        &self,
        cx: &CallCx,
        domain: &DomainRef,
        xml: &str,
        options: &SnapshotCreateOptions,
    ) -> Result<SnapshotRef> {
        let document = SnapshotConfig::parse(xml)?;
        check_options(options)?;
        let entry = self.host.domain(domain)?;
        if options.redefine {
            let mut domain = entry.lock()?;
            let name = domain.redefine_snapshot(&document, options.current)?;
            return Ok(SnapshotRef::new(domain.reference(), name));
        }
        let begin = |domain: &mut Simulated| {
            let plan = domain.plan_snapshot(&self.host, &document, options)?;
            if options.quiesce {
                domain.guest()?;
            }
            Ok(plan)
        };
        let finish = |domain: &mut Simulated, plan: Plan| domain.take_snapshot(&self.host, cx, plan, options);
        self.job(cx, &entry, JobOperation::Snapshot, begin, finish).await?
    }

    async fn snapshots(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        filter: &SnapshotFilter,
        options: &RootsOptions,
    ) -> Result<Vec<SnapshotRef>> {
        let entry = self.host.domain(domain)?;
        let domain = entry.lock()?;
        Ok(domain.select_snapshots(if options.roots_only { Scope::Roots } else { Scope::All }, filter))
    }

    async fn snapshot_by_name(&self, _: &CallCx, domain: &DomainRef, name: &str) -> Result<SnapshotRef> {
        let entry = self.host.domain(domain)?;
        let domain = entry.lock()?;
        domain.snapshot(name)?;
        Ok(SnapshotRef::new(domain.reference(), name))
    }

    async fn current_snapshot(&self, _: &CallCx, domain: &DomainRef) -> Result<Option<SnapshotRef>> {
        let entry = self.host.domain(domain)?;
        let domain = entry.lock()?;
        let current = domain.snapshots().and_then(|snapshots| snapshots.current().cloned());
        Ok(current.map(|name| SnapshotRef::new(domain.reference(), name)))
    }

    async fn dumpxml(
        &self,
        _: &CallCx,
        snapshot: &SnapshotRef,
        options: &SnapshotXmlOptions,
    ) -> Result<String> {
        let entry = self.host.domain(&snapshot.domain)?;
        let domain = entry.lock()?;
        let (snapshots, stored) = domain.snapshot(&snapshot.name)?;
        stored.shown(snapshots.parent(&snapshot.name), options.secure)
    }

    async fn parent(&self, _: &CallCx, snapshot: &SnapshotRef) -> Result<Option<SnapshotRef>> {
        let entry = self.host.domain(&snapshot.domain)?;
        let domain = entry.lock()?;
        let parent = domain.snapshot(&snapshot.name)?.0.parent(&snapshot.name).cloned();
        Ok(parent.map(|name| SnapshotRef::new(domain.reference(), name)))
    }

    async fn children(
        &self,
        _: &CallCx,
        snapshot: &SnapshotRef,
        filter: &SnapshotFilter,
        options: &DescendantsOptions,
    ) -> Result<Vec<SnapshotRef>> {
        let entry = self.host.domain(&snapshot.domain)?;
        let domain = entry.lock()?;
        domain.snapshot(&snapshot.name)?;
        let name = &snapshot.name;
        Ok(domain.select_snapshots(
            if options.descendants { Scope::Below(name) } else { Scope::Children(name) },
            filter,
        ))
    }

    async fn status(&self, _: &CallCx, snapshot: &SnapshotRef) -> Result<SnapshotStatus> {
        let entry = self.host.domain(&snapshot.domain)?;
        let domain = entry.lock()?;
        let (snapshots, _) = domain.snapshot(&snapshot.name)?;
        let is_current = snapshots.current() == Some(&snapshot.name);
        Ok(SnapshotStatus::default().current(is_current).has_metadata(true))
    }

    async fn revert(
        &self,
        cx: &CallCx,
        snapshot: &SnapshotRef,
        options: &SnapshotRevertOptions,
    ) -> Result<()> {
        let entry = self.host.domain(&snapshot.domain)?;
        let begin = |domain: &mut Simulated| domain.plan_revert(&snapshot.name, options);
        let finish = |domain: &mut Simulated, plan| domain.revert(&self.host, &cx.cause(), plan);
        self.job(cx, &entry, JobOperation::SnapshotRevert, begin, finish).await?
    }

    async fn delete(&self, cx: &CallCx, snapshot: &SnapshotRef, options: &TreeDeleteOptions) -> Result<()> {
        let entry = self.host.domain(&snapshot.domain)?;
        let begin = |domain: &mut Simulated| {
            let (snapshots, _) = domain.snapshot(&snapshot.name)?;
            Ok(snapshots.chosen(&snapshot.name, options))
        };
        let finish = |domain: &mut Simulated, chosen: Vec<Arc<str>>| {
            // Those that build on others go first.
            chosen
                .iter()
                .rev()
                .try_for_each(|name| domain.delete_snapshot(&self.host, name, options.metadata_only))
        };
        self.job(cx, &entry, JobOperation::SnapshotDelete, begin, finish).await?
    }
}

fn check_options(options: &SnapshotCreateOptions) -> Result<()> {
    let contradictions = [
        (
            options.current && !options.redefine,
            "only a snapshot that was taken before can be made the current one",
        ),
        (options.redefine && options.no_metadata, "a snapshot cannot be made known and be forgotten"),
        (options.redefine && options.halt, "making a snapshot known ends no run"),
        (options.quiesce && !options.disk_only, "file systems are frozen for snapshots of the disks only"),
        (options.live && options.disk_only, "there is no memory to write of the disks only"),
    ];
    match contradictions.iter().find(|(is_wrong, _)| *is_wrong) {
        Some((_, message)) => Err(Error::new(ErrorKind::InvalidArgument, *message)),
        None => Ok(()),
    }
}

impl Simulated {
    /// The snapshots of a part of the tree that a filter lets through.
    fn select_snapshots(&self, scope: Scope<'_>, filter: &SnapshotFilter) -> Vec<SnapshotRef> {
        let Some(snapshots) = self.snapshots() else { return Vec::new() };
        let mut names = snapshots.within(scope);
        names.retain(|name| {
            snapshots.get(name).is_some_and(|snapshot| snapshot.passes(filter, !snapshots.has_children(name)))
        });
        if filter.topological {
            names = snapshots.parents_first(names);
        }
        names.into_iter().map(|name| SnapshotRef::new(self.reference(), name)).collect()
    }

    fn plan_snapshot(
        &self,
        host: &Host,
        document: &SnapshotConfig,
        options: &SnapshotCreateOptions,
    ) -> Result<Plan> {
        let state = match self.state {
            _ if !self.is_active() => SnapshotState::Shutoff,
            DomainState::Paused => SnapshotState::Paused,
            DomainState::PmSuspended => SnapshotState::PmSuspended,
            DomainState::Crashed => {
                return Err(Error::new(ErrorKind::InvalidState, "the guest has crashed")
                    .with_hint("reset or destroy the domain"));
            }
            _ => SnapshotState::Running,
        };
        let taken = Taken { config: &self.current().config, state, now: host.clock.now() };
        let plan = Plan::of(document, taken, options)?;
        if self.snapshots().is_some_and(|snapshots| snapshots.get(&plan.name).is_some()) {
            let message = format!("the domain has a snapshot '{}' already", plan.name);
            return Err(Error::new(ErrorKind::AlreadyExists, message).with_object(ObjectKind::Snapshot));
        }
        let is_there = |path: &String| host.images.is_known(path) || host.files.read(path).is_ok();
        let files = plan.overlays.iter().map(|(_, overlay)| overlay).chain(&plan.memory_file);
        match files.into_iter().find(|path| is_there(path)).filter(|_| !options.reuse_external) {
            Some(path) => {
                Err(Error::new(ErrorKind::ConfigUnsupported, format!("there is a file '{path}' already"))
                    .with_hint("name another one, or say reuse_external"))
            }
            None => Ok(plan),
        }
    }

    fn take_snapshot(
        &mut self,
        host: &Host,
        cx: &CallCx,
        plan: Plan,
        options: &SnapshotCreateOptions,
    ) -> Result<SnapshotRef> {
        let config = without_id(&self.current().config)?;
        for (target, overlay) in &plan.overlays {
            let chain = super::disks::find(&self.current().config, target)?.chain();
            let Some(own) = chain.first() else { continue };
            let capacity = host.images.get(own).capacity_bytes;
            self.move_disk(target, &Destination::of_path(overlay, Some("qcow2")), &chain)?;
            host.images.set(overlay, Image::empty(capacity));
        }
        if let Some(path) = &plan.memory_file {
            let image = SavedImage { config: config.clone(), paused: self.state == DomainState::Paused };
            host.files.write(path, SimulatedFile::Saved(Arc::new(image)));
        }
        if !options.no_metadata {
            let snapshots = &mut self.extras().snapshots;
            let parent = snapshots.current().cloned();
            snapshots.insert(plan.name.clone(), parent, StoredSnapshot::new(plan.document, config));
            snapshots.set_current(Some(plan.name.clone()));
        }
        let reference = SnapshotRef::new(self.reference(), plan.name);
        if options.halt && self.is_active() {
            self.end(host, &cx.cause(), DomainStateReason::ShutoffFromSnapshot, StoppedDetail::FromSnapshot);
        }
        Ok(reference)
    }
}
