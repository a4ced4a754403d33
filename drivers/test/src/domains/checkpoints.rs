//! Checkpoints: points in time from which on a domain's disks remember what changes.

use super::state::Simulated;
use super::tree::Scope;
use crate::connection::TestDriver;
use omnivirt_core::domain::CheckpointConfig;
use omnivirt_core::*;

#[driver_ops]
impl CheckpointOps for TestDriver {
    async fn create_checkpoint(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        xml: &str,
        options: &CheckpointCreateOptions,
    ) -> Result<CheckpointRef> {
        let document = CheckpointConfig::parse(xml)?;
        if options.redefine_validate && !options.redefine || options.quiesce && options.redefine {
            let message = "only a checkpoint that was made before can be looked at, and only a new one needs a still guest";
            return Err(Error::new(ErrorKind::InvalidArgument, message));
        }
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        domain.check_no_job()?;
        let name = if options.redefine {
            domain.redefine_checkpoint(&document, options.redefine_validate)?
        } else {
            if options.quiesce {
                domain.guest()?;
            }
            domain.make_checkpoint(&self.host, &document)?
        };
        Ok(CheckpointRef::new(domain.reference(), name))
    }

    async fn checkpoints(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        filter: &CheckpointFilter,
        options: &RootsOptions,
    ) -> Result<Vec<CheckpointRef>> {
        let entry = self.host.domain(domain)?;
        let domain = entry.lock()?;
        Ok(domain.select_checkpoints(if options.roots_only { Scope::Roots } else { Scope::All }, filter))
    }

    async fn checkpoint_by_name(&self, _: &CallCx, domain: &DomainRef, name: &str) -> Result<CheckpointRef> {
        let entry = self.host.domain(domain)?;
        let domain = entry.lock()?;
        domain.checkpoint(name)?;
        Ok(CheckpointRef::new(domain.reference(), name))
    }

    async fn dumpxml(
        &self,
        _: &CallCx,
        checkpoint: &CheckpointRef,
        options: &CheckpointXmlOptions,
    ) -> Result<String> {
        let entry = self.host.domain(&checkpoint.domain)?;
        let domain = entry.lock()?;
        domain.show_checkpoint(&self.host, &checkpoint.name, options)
    }

    async fn parent(&self, _: &CallCx, checkpoint: &CheckpointRef) -> Result<Option<CheckpointRef>> {
        let entry = self.host.domain(&checkpoint.domain)?;
        let domain = entry.lock()?;
        let parent = domain.checkpoint(&checkpoint.name)?.0.parent(&checkpoint.name).cloned();
        Ok(parent.map(|name| CheckpointRef::new(domain.reference(), name)))
    }

    async fn children(
        &self,
        _: &CallCx,
        checkpoint: &CheckpointRef,
        filter: &CheckpointFilter,
        options: &DescendantsOptions,
    ) -> Result<Vec<CheckpointRef>> {
        let entry = self.host.domain(&checkpoint.domain)?;
        let domain = entry.lock()?;
        domain.checkpoint(&checkpoint.name)?;
        let name = &checkpoint.name;
        Ok(domain.select_checkpoints(
            if options.descendants { Scope::Below(name) } else { Scope::Children(name) },
            filter,
        ))
    }

    async fn delete(
        &self,
        _: &CallCx,
        checkpoint: &CheckpointRef,
        options: &TreeDeleteOptions,
    ) -> Result<()> {
        let entry = self.host.domain(&checkpoint.domain)?;
        let mut domain = entry.lock()?;
        domain.check_no_job()?;
        let chosen = domain.checkpoint(&checkpoint.name)?.0.chosen(&checkpoint.name, options);
        for name in chosen.iter().rev() {
            domain.delete_checkpoint(name, options.metadata_only);
        }
        Ok(())
    }
}

impl Simulated {
    /// The checkpoints of a part of the tree that a filter lets through.
    fn select_checkpoints(&self, scope: Scope<'_>, filter: &CheckpointFilter) -> Vec<CheckpointRef> {
        let Some(checkpoints) = self.checkpoints() else { return Vec::new() };
        let mut names = checkpoints.within(scope);
        names.retain(|name| {
            let is_leaf = !checkpoints.has_children(name);
            omnivirt_host::group(&[(filter.leaves, is_leaf), (filter.no_leaves, !is_leaf)])
        });
        if filter.topological {
            names = checkpoints.parents_first(names);
        }
        names.into_iter().map(|name| CheckpointRef::new(self.reference(), name)).collect()
    }
}
