//! What a driver makes of a checkpoint's document, and what it refuses.

use super::{Checkpoint, CheckpointDisk, CheckpointDisks, CheckpointMode};
use crate::document::DocumentErrorKind::{Invalid, InvalidArgument, Malformed, Unsupported};
use crate::domain::Domain;
use crate::domain::rules::Fault;
use crate::domain::snapshot::{has_source, numbers, target};
use crate::xml::quoted;
use std::collections::HashMap;

impl Checkpoint {
    /// Completes and checks a checkpoint that was made before and is made known again.
    ///
    /// # Errors
    ///
    /// Something that it must say is missing, or it contradicts itself or the domain.
    pub fn take_over(&mut self, defined: &Domain, others: &[Self]) -> Result<(), Fault> {
        let Some(name) = self.name.clone() else {
            return Err(Fault::new(Invalid, "name", "the checkpoint has no name"));
        };
        if self.creation_time.is_none() {
            let message = "the checkpoint does not say when it was made";
            return Err(Fault::new(Malformed, "creationTime", message));
        }
        if let Some(parent) = &self.parent {
            let is_there = others.iter().any(|other| other.name.as_ref() == Some(&parent.name));
            if parent.name == name || !is_there {
                let message = format!("there is no checkpoint {} to build on", quoted(&parent.name));
                return Err(Fault::new(InvalidArgument, "parent/name", message));
            }
        }
        let Some(domain) = self.domain.take() else {
            self.disks = None;
            return Ok(());
        };
        if domain.uuid.is_some() && domain.uuid != defined.uuid {
            return Err(Fault::new(InvalidArgument, "domain/uuid", "that is another domain"));
        }
        self.complete_disks(&domain, &name)?;
        self.domain = Some(domain);
        Ok(())
    }

    /// All disks of the domain in their order. Where some are named, changes of the others are not tracked.
    fn complete_disks(&mut self, domain: &Domain, name: &str) -> Result<(), Fault> {
        let disks = &domain.devices.disks;
        let mut wanted = self.wanted_disks(domain)?;
        let tracks_all = wanted.is_empty();
        let mut all = CheckpointDisks::default();
        for (index, disk) in disks.iter().enumerate() {
            let can_change = !disk.is_read_only && has_source(disk);
            let mut chosen = wanted.remove(&index).unwrap_or_else(|| {
                let mut chosen = CheckpointDisk::default();
                let is_tracked = tracks_all && can_change;
                chosen.checkpoint =
                    Some(if is_tracked { CheckpointMode::Bitmap } else { CheckpointMode::No });
                chosen
            });
            chosen.name = target(disk).to_owned();
            chosen.size = None;
            if *chosen.checkpoint.get_or_insert(CheckpointMode::Bitmap) == CheckpointMode::Bitmap {
                if !can_change {
                    let message = format!("the disk {} does not change", quoted(&chosen.name));
                    return Err(Fault::new(Unsupported, "disks", message));
                }
                chosen.bitmap.get_or_insert_with(|| name.to_owned());
            }
            all.disks.push(chosen);
        }
        self.disks = Some(all).filter(|all| !all.disks.is_empty());
        Ok(())
    }

    /// What the document says of disks, by their numbers.
    fn wanted_disks(&mut self, domain: &Domain) -> Result<HashMap<usize, CheckpointDisk>, Fault> {
        let numbers = numbers(&domain.devices.disks);
        let mut wanted = HashMap::new();
        for (index, disk) in self.disks.take().unwrap_or_default().disks.into_iter().enumerate() {
            let place = format!("disks/disk[{}]", index + 1);
            let Some(number) = numbers.get(disk.name.as_str()) else {
                let message = format!("the domain has no disk {}", quoted(&disk.name));
                return Err(Fault::new(Unsupported, place + "/@name", message));
            };
            if wanted.insert(*number, disk).is_some() {
                return Err(Fault::new(Unsupported, place, "a disk is there twice"));
            }
        }
        Ok(wanted)
    }
}
