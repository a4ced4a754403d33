//! Limits on the disk I/O of a domain, and thresholds that raise events.

use super::block_share::{self, throttle_group};
use super::disks;
use super::io_tune;
use super::settings::told;
use super::values::place;
use crate::connection::TestDriver;
use omnivirt_core::Error;
use omnivirt_core::domain::DomainConfig;
use omnivirt_core::event::Tunable;
use omnivirt_core::xml::{NewElement, Place};
use omnivirt_core::*;

#[driver_ops]
impl DomainBlockTuningOps for TestDriver {
    async fn blkio_parameters(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        affect: &AffectOptions,
    ) -> Result<BlkioParameters> {
        let entry = self.host.domain(domain)?;
        let domain = entry.lock()?;
        Ok(block_share::read(&domain.side(affect)?.config))
    }

    async fn set_blkio_parameters(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        parameters: &BlkioParameters,
        affect: &AffectOptions,
    ) -> Result<()> {
        let entry = self.host.domain(domain)?;
        entry.lock()?.change(affect, |config| block_share::changed(config, parameters))?;
        Ok(())
    }

    async fn block_io_tune(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        disk: &str,
        affect: &AffectOptions,
    ) -> Result<BlockIoTune> {
        let entry = self.host.domain(domain)?;
        let domain = entry.lock()?;
        let disk = disks::find(&domain.side(affect)?.config, disk)?;
        Ok(io_tune::read(disk.element().child("iotune")))
    }

    async fn set_block_io_tune(
        &self,
        cx: &CallCx,
        domain: &DomainRef,
        disk: &str,
        tune: &BlockIoTune,
        affect: &AffectOptions,
    ) -> Result<()> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        let target = disks::find(&domain.side(affect)?.config, disk)?.target().into_owned();
        let affected = domain.change(affect, |config| with_tune(config, disk, tune))?;
        let changes = io_tune::changes(tune);
        if affected.live && !changes.is_empty() {
            let mut parameters = TypedParameters::default();
            parameters.push("blkdeviotune.disk", target);
            parameters.0.extend(told("blkdeviotune", &changes).0);
            domain.emit_body(&self.host, &cx.cause(), Tunable::new(parameters));
        }
        Ok(())
    }

    async fn set_throttle_group(
        &self,
        cx: &CallCx,
        domain: &DomainRef,
        group: &str,
        tune: &BlockIoTune,
        affect: &AffectOptions,
    ) -> Result<()> {
        if group.is_empty() {
            return Err(Error::new(ErrorKind::InvalidArgument, "a throttle group needs a name"));
        }
        let tune = tune.clone().group_name(group);
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        let affected = domain.change(affect, |config| with_throttle_group(config, group, &tune))?;
        if affected.live {
            let parameters = told("blkdeviotune", &io_tune::changes(&tune));
            domain.emit_body(&self.host, &cx.cause(), Tunable::new(parameters));
        }
        Ok(())
    }

    async fn delete_throttle_group(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        group: &str,
        affect: &AffectOptions,
    ) -> Result<()> {
        let entry = self.host.domain(domain)?;
        entry.lock()?.change(affect, |config| without_throttle_group(config, group))?;
        Ok(())
    }

    async fn set_block_threshold(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        device: &str,
        threshold_bytes: u64,
    ) -> Result<()> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        domain.run()?;
        self.host.watch(&entry, &mut domain, device, threshold_bytes)
    }
}

/// The configuration with other limits on a disk, and on all that share a group with it.
fn with_tune(config: &DomainConfig, disk: &str, change: &BlockIoTune) -> Result<DomainConfig> {
    let disk = disks::find(config, disk)?;
    let of = |disk: disks::Disk<'_>| io_tune::read(disk.element().child("iotune"));
    let old = of(disk);
    let joins = change.group_name.as_ref().filter(|group| old.group_name.as_ref() != Some(group));
    // Who joins a group has its limits, but for those that are set at the same time.
    let shared = joins
        .and_then(|group| disks::all(config).map(of).find(|tune| tune.group_name.as_ref() == Some(group)));
    let new = io_tune::changed(&shared.unwrap_or(old), change)?;
    let sharing = disks::all(config).filter(|other| {
        other.place == disk.place || new.group_name.is_some() && of(*other).group_name == new.group_name
    });
    let element = io_tune::element("iotune", &new);
    config
        .edited(|edit| {
            for disk in sharing {
                match (disk.element().child("iotune"), &element) {
                    (Some(old), Some(new)) => edit.replace(old, new),
                    (Some(old), None) => edit.remove(old),
                    (None, Some(new)) => edit.insert(disk.element(), Place::Last, new),
                    (None, None) => {}
                }
            }
            Ok(())
        })
        .map_err(Error::from)
}

fn with_throttle_group(config: &DomainConfig, group: &str, change: &BlockIoTune) -> Result<DomainConfig> {
    let old = throttle_group(config, group);
    let new = io_tune::changed(&io_tune::read(old), change)?;
    let new = io_tune::element("throttlegroup", &new).expect("a throttle group has a name at least");
    config
        .edited(|edit| {
            match (old, config.root().child("throttlegroups")) {
                (Some(old), _) => edit.replace(old, &new),
                (None, Some(list)) => edit.insert(list, Place::Last, &new),
                (None, None) => {
                    let list = NewElement::new("throttlegroups").child(new);
                    edit.insert(config.root(), place(config.root()), &list);
                }
            }
            Ok(())
        })
        .map_err(Error::from)
}

fn without_throttle_group(config: &DomainConfig, group: &str) -> Result<DomainConfig> {
    let Some(element) = throttle_group(config, group) else {
        return Err(Error::new(
            ErrorKind::InvalidArgument,
            format!("the domain has no throttle group '{group}'"),
        ));
    };
    let uses = |disk: &disks::Disk<'_>| {
        let filters = disk.element().child("throttlefilters");
        filters.is_some_and(|filters| {
            filters.children().any(|filter| filter.attribute_value("group").is_some_and(|used| used == group))
        })
    };
    if let Some(disk) = disks::all(config).find(uses) {
        let message = format!("the disk '{}' uses the throttle group '{group}'", disk.target());
        return Err(Error::new(ErrorKind::ResourceBusy, message));
    }
    config
        .edited(|edit| {
            edit.remove(element);
            Ok(())
        })
        .map_err(Error::from)
}
