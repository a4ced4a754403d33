//! What a driver makes of a snapshot's document, and what it refuses.

use super::{
    FileSource, Snapshot, SnapshotDisk, SnapshotDisks, SnapshotLocation, SnapshotMemory, SnapshotParent,
    SnapshotState,
};
use crate::Timestamp;
use crate::document::DocumentErrorKind::{
    CallUnsupported, Invalid, InvalidArgument, Malformed, Syntax, Unsupported,
};
use crate::document::{DocumentError, Problem};
use crate::domain::Domain;
use crate::domain::devices::Disk;
use crate::domain::rules::Fault;
use crate::storage_source::{StorageFormat, StorageSource};
use crate::xml::{Element, quoted};
use std::collections::HashMap;

/// Who keeps snapshots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SnapshotKeeping {
    /// The test driver, which only notes them.
    Noted,
    /// QEMU, in images.
    Images,
}

/// The domain of which a snapshot is taken, which does not run.
#[derive(Debug, Clone)]
pub struct SnapshotDomain<'a> {
    /// The domain, with everything that its document left open.
    pub domain: &'a Domain,
    /// Who keeps its snapshots.
    pub keeping: SnapshotKeeping,
    /// The snapshots that there are.
    pub snapshots: &'a [Snapshot],
    /// When it is.
    pub now: Timestamp,
}

type Location = SnapshotLocation;

/// Refuses a new source that is none.
pub(super) fn check_sources(snapshot: &Snapshot, root: Element<'_>) -> Result<(), DocumentError> {
    let places = root.child("disks").into_iter().flat_map(Element::children);
    let disks = snapshot.disks.iter().flat_map(|disks| &disks.disks);
    for (disk, place) in disks.zip(places.filter(|child| child.name() == "disk")) {
        let source_type = disk.source_type.as_deref();
        if source_type.is_some_and(|source_type| !matches!(source_type, "file" | "block" | "network")) {
            let problem = Problem::invalid("a snapshot has no such source of a disk");
            return Err(problem.hint("use file, block or network").at_attribute(place, "type"));
        }
        let source = place.child("source");
        if let (Some("network"), Some(source)) = (source_type, source)
            && source.attribute("protocol").is_none()
        {
            return Err(Problem::invalid("the source has no protocol").at(source));
        }
        let file = disk.source.as_ref().and_then(|source| source.file.as_ref());
        if file.is_some_and(|file| !file.starts_with('/')) {
            let problem = Problem::invalid("the path of the new image does not start with a '/'");
            return Err(problem.at_attribute(source.unwrap_or(place), "file"));
        }
        if disk.driver.as_ref().is_some_and(|driver| driver.format == Some(StorageFormat::None)) {
            let place = place.child("driver").unwrap_or(place);
            let problem = Problem::new(Unsupported, "the new image has no format");
            return Err(problem.at_attribute(place, "type"));
        }
    }
    Ok(())
}

impl Snapshot {
    /// Completes and checks a snapshot that is taken now.
    ///
    /// # Errors
    ///
    /// It contradicts itself, or the driver cannot take it.
    pub fn take(&mut self, taken: &SnapshotDomain<'_>, disks_only: bool) -> Result<(), Fault> {
        let is_noted = taken.keeping == SnapshotKeeping::Noted;
        let name = self.name.get_or_insert_with(|| taken.now.seconds().to_string()).clone();
        let memory = self.memory_location(!is_noted)?;
        let outside = disks_only || memory == Location::External;
        if is_noted && self.listed().any(|disk| disk.snapshot == Some(Location::Manual)) {
            let message = "the test driver has no snapshots that the user keeps";
            return Err(Fault::new(CallUnsupported, "disks/disk", message));
        }
        self.complete_disks(taken.domain, &name, outside)?;
        if !is_noted {
            check_name(&name)?;
            self.make_images(taken.domain)?;
        }
        // Without a guest that runs there is no memory to keep in an image.
        if memory != Location::External {
            self.memory = Some(told(Location::No, None));
        }
        self.state = Some(SnapshotState::Shutoff);
        self.creation_time = Some(taken.now.seconds());
        self.domain = Some(Box::new(taken.domain.clone()));
        self.inactive_domain = None;
        self.cookie = None;
        self.parent = None;
        Ok(())
    }

    /// Completes and checks a snapshot that was taken before and is made known again.
    ///
    /// # Errors
    ///
    /// Something that it must say is missing, or it contradicts itself or the domain.
    pub fn take_over(&mut self, taken: &SnapshotDomain<'_>) -> Result<(), Fault> {
        let missing = |kind, path, message: &str| Fault::new(kind, path, message);
        let name = self.name.clone();
        let name = name.ok_or_else(|| missing(Invalid, "name", "the snapshot has no name"))?;
        if self.creation_time.is_none() {
            return Err(missing(Malformed, "creationTime", "the snapshot does not say when it was taken"));
        }
        let state = self.state.ok_or_else(|| missing(Invalid, "state", "the snapshot has no state"))?;
        if state == SnapshotState::NoState {
            return Err(missing(Unsupported, "state", "a snapshot has no such state"));
        }
        let Some(domain) = self.domain.clone() else {
            return Err(missing(Malformed, "domain", "the snapshot does not hold the domain"));
        };
        let is_off = matches!(state, SnapshotState::Shutoff | SnapshotState::DiskSnapshot);
        let memory = self.memory_location(is_off)?;
        if self.memory.as_ref().is_none_or(|memory| memory.snapshot.is_none()) {
            let own = if is_off { Location::No } else { Location::Internal };
            self.memory = Some(told(own, None));
        }
        if taken.keeping == SnapshotKeeping::Images {
            check_name(&name)?;
        }
        self.check_kin(&name, taken)?;
        if domain.uuid.is_some() && domain.uuid != taken.domain.uuid {
            return Err(missing(InvalidArgument, "domain/uuid", "that is another domain"));
        }
        let has_external = self.listed().any(|disk| location_of(disk) == Some(Location::External));
        let outside = state == SnapshotState::DiskSnapshot || memory == Location::External || has_external;
        self.complete_disks(&domain, &name, outside)?;
        if taken.keeping == SnapshotKeeping::Images {
            check_state(state)?;
        }
        self.cookie = None;
        Ok(())
    }

    fn listed(&self) -> impl Iterator<Item = &SnapshotDisk> {
        self.disks.iter().flat_map(|disks| &disks.disks)
    }

    /// Where memory is kept, as far as the document says.
    fn memory_location(&mut self, is_off: bool) -> Result<Location, Fault> {
        let fault = |message| Err(Fault::new(Invalid, "memory", message));
        let SnapshotMemory { snapshot, file } = self.memory.take().unwrap_or_default();
        let location = snapshot.or_else(|| file.as_ref().map(|_| Location::External));
        match location {
            Some(Location::Manual) => return fault("memory cannot be kept by the user"),
            Some(Location::External) if file.is_none() => {
                return fault("memory that is kept outside of the disks needs the path of a file");
            }
            Some(location) if location != Location::External && file.is_some() => {
                return fault("only memory that is kept outside of the disks has a file");
            }
            Some(Location::Internal | Location::External) if is_off => {
                return fault("there is no memory to keep of a domain that is off, or of its disks only");
            }
            _ => {}
        }
        if file.as_ref().is_some_and(|file| !file.starts_with('/')) {
            return fault("the path of the file for memory does not start with a '/'");
        }
        self.memory = match location {
            None if !is_off => None,
            location => Some(told(location.unwrap_or(Location::No), file)),
        };
        Ok(location.unwrap_or(Location::No))
    }

    /// Refuses a parent that is not there.
    fn check_kin(&mut self, name: &str, taken: &SnapshotDomain<'_>) -> Result<(), Fault> {
        self.parent.take_if(|parent| parent.name.is_none());
        let Some(SnapshotParent { name: Some(parent) }) = &self.parent else { return Ok(()) };
        let is_there = taken.snapshots.iter().any(|other| other.name.as_ref() == Some(parent));
        if parent == name || !is_there {
            let message = format!("there is no snapshot {} to build on", quoted(parent));
            return Err(Fault::new(InvalidArgument, "parent/name", message));
        }
        Ok(())
    }

    /// All disks of the domain in their order, each as it is wanted or as all others are.
    fn complete_disks(&mut self, domain: &Domain, name: &str, outside: bool) -> Result<(), Fault> {
        let common = if outside { Location::External } else { Location::Internal };
        let disks = &domain.devices.disks;
        let mut wanted = self.wanted_disks(disks)?;
        let mut all = SnapshotDisks::default();
        for (index, disk) in disks.iter().enumerate() {
            let mut chosen = match wanted.remove(&index) {
                Some((place, mut chosen)) => {
                    chosen.snapshot = Some(choose(disk, &chosen, common, &place)?);
                    chosen
                }
                None => {
                    let mut chosen = SnapshotDisk::new(String::new());
                    let can_change = !disk.is_read_only && has_source(disk);
                    chosen.snapshot =
                        Some(own_location(disk).unwrap_or(if can_change { common } else { Location::No }));
                    chosen
                }
            };
            chosen.name = target(disk).to_owned();
            name_image(&mut chosen, disk, name)?;
            all.disks.push(chosen);
        }
        self.disks = Some(all).filter(|all| !all.disks.is_empty());
        Ok(())
    }

    /// What the document says of disks, by their numbers, each with its path in the document.
    fn wanted_disks(&mut self, disks: &[Disk]) -> Result<HashMap<usize, (String, SnapshotDisk)>, Fault> {
        let numbers = numbers(disks);
        let mut wanted = HashMap::new();
        for (index, disk) in self.disks.take().unwrap_or_default().disks.into_iter().enumerate() {
            let place = format!("disks/disk[{}]", index + 1);
            let Some(number) = numbers.get(disk.name.as_str()) else {
                let message = format!("the domain has no disk {}", quoted(&disk.name));
                return Err(Fault::new(Unsupported, place + "/@name", message));
            };
            if wanted.contains_key(number) {
                let message = format!("the disk {} is there twice", quoted(&disk.name));
                return Err(Fault::new(Unsupported, place, message));
            }
            wanted.insert(*number, (place, disk));
        }
        Ok(wanted)
    }

    /// What QEMU's images need.
    fn make_images(&mut self, domain: &Domain) -> Result<(), Fault> {
        let disks = self.disks.iter_mut().flat_map(|disks| &mut disks.disks);
        let mut kinds = [false, false];
        for (index, (chosen, disk)) in disks.zip(&domain.devices.disks).enumerate() {
            let place = format!("disks/disk[{}]", index + 1);
            match chosen.snapshot {
                Some(Location::Internal) => {
                    kinds[0] = true;
                    let format = disk.driver.as_ref().and_then(|driver| driver.format);
                    if format != Some(StorageFormat::Qcow2) {
                        let message = format!("the disk {} cannot hold snapshots", quoted(&chosen.name));
                        return Err(Fault::new(Unsupported, place, message).hint("use qcow2"));
                    }
                }
                Some(Location::External) => {
                    kinds[1] = true;
                    check_new_image(chosen, &place)?;
                }
                _ => {}
            }
        }
        match kinds {
            [true, true] => {
                let message = "some disks are kept internally and others externally";
                Err(Fault::new(Unsupported, "disks", message).hint("keep all in the same way"))
            }
            [false, false] => Err(Fault::new(Unsupported, "disks", "no disk is part of the snapshot")),
            _ => Ok(()),
        }
    }
}

fn told(location: Location, file: Option<String>) -> SnapshotMemory {
    SnapshotMemory { snapshot: Some(location), file }
}

/// The numbers of disks by their targets, and by the paths of their sources.
pub(in crate::domain) fn numbers(disks: &[Disk]) -> HashMap<&str, usize> {
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    for (index, disk) in disks.iter().enumerate() {
        if let Some(path) = path(disk) {
            numbers.entry(path).or_insert(index);
        }
    }
    numbers.extend(disks.iter().enumerate().map(|(index, disk)| (target(disk), index)));
    numbers
}

pub(in crate::domain) fn target(disk: &Disk) -> &str {
    disk.target.as_ref().map_or("", |target| &target.name)
}

/// The path of a disk's source on the host.
fn path(disk: &Disk) -> Option<&str> {
    match &disk.source {
        StorageSource::File(storage) => storage.source.as_ref()?.file.as_deref(),
        StorageSource::Block(storage) => storage.source.as_ref()?.device.as_deref(),
        _ => None,
    }
}

/// Whether there is a source of the disk, or a medium in the drive.
pub(in crate::domain) fn has_source(disk: &Disk) -> bool {
    match &disk.source {
        StorageSource::File(_) | StorageSource::Block(_) => path(disk).is_some(),
        _ => true,
    }
}

/// Where the domain says that snapshots of the disk are kept.
fn own_location(disk: &Disk) -> Option<Location> {
    disk.snapshot.or_else(|| disk.is_read_only.then_some(Location::No))
}

/// Where the document says that the disk is kept; by naming an image it says so too.
fn location_of(disk: &SnapshotDisk) -> Option<Location> {
    let names_image =
        disk.source.is_some() || disk.driver.as_ref().is_some_and(|driver| driver.format.is_some());
    disk.snapshot.or_else(|| names_image.then_some(Location::External))
}

fn choose(disk: &Disk, chosen: &SnapshotDisk, common: Location, place: &str) -> Result<Location, Fault> {
    let own = own_location(disk);
    let location =
        location_of(chosen).or(own.filter(|own| *own == Location::No || common == Location::External));
    let location = location.unwrap_or(common);
    let is_left_out = own == Some(Location::No) && location == Location::No;
    if common == Location::Internal && location != common && !is_left_out {
        let message = format!("the disk {} is kept internally, as the others are", quoted(&chosen.name));
        return Err(Fault::new(Unsupported, format!("{place}/@snapshot"), message)
            .hint("take a snapshot of the disks only"));
    }
    if location != Location::External && chosen.source.is_some() {
        let message = "only a disk that is kept externally has a new image";
        return Err(Fault::new(Unsupported, format!("{place}/source"), message));
    }
    Ok(location)
}

/// Names the new image of a disk that is kept externally: that of the old one with another ending.
fn name_image(chosen: &mut SnapshotDisk, disk: &Disk, name: &str) -> Result<(), Fault> {
    if chosen.snapshot != Some(Location::External) {
        chosen.source_type = None;
        chosen.source = None;
        chosen.driver = None;
        return Ok(());
    }
    let source_type = chosen.source_type.get_or_insert_with(|| "file".to_owned());
    if chosen.source.is_some() {
        return Ok(());
    }
    let StorageSource::File(_) = &disk.source else {
        let message = format!("the new image of the disk {} has no name", quoted(&chosen.name));
        return Err(Fault::new(Unsupported, "disks", message).hint("name it in <source>"));
    };
    let Some(old) = path(disk).filter(|_| source_type == "file") else {
        let message = format!("the new image of the disk {} has no name", quoted(&chosen.name));
        return Err(Fault::new(Unsupported, "disks", message).hint("name it in <source>"));
    };
    let directory = old.rfind('/').map_or(0, |slash| slash + 1);
    let stem = old[directory..].rfind('.').map_or(old, |dot| &old[..directory + dot]);
    let mut source = FileSource::default();
    source.file = Some(format!("{stem}.{name}"));
    chosen.source = Some(source);
    Ok(())
}

fn check_new_image(chosen: &mut SnapshotDisk, place: &str) -> Result<(), Fault> {
    let driver = chosen.driver.get_or_insert_default();
    let format = *driver.format.get_or_insert(StorageFormat::Qcow2);
    if !matches!(format, StorageFormat::Qcow2 | StorageFormat::Qed) {
        let message = format!("an image of the format {format} cannot build on another");
        return Err(Fault::new(Unsupported, format!("{place}/driver/@type"), message).hint("use qcow2"));
    }
    match chosen.source_type.as_deref() {
        Some("block") => {
            Err(Fault::new(CallUnsupported, format!("{place}/source"), "the device is not there"))
        }
        Some("network") => {
            let message = "a domain that is off cannot go on in an image on a server";
            Err(Fault::new(Malformed, format!("{place}/@type"), message))
        }
        _ => Ok(()),
    }
}

/// Refuses a name that no file can have.
fn check_name(name: &str) -> Result<(), Fault> {
    if name.contains('/') || name.starts_with('.') {
        let message = format!("the name {} begins with a dot, or has a '/' in it", quoted(name));
        return Err(Fault::new(Syntax, "name", message));
    }
    // The file is NAME.xml.
    if name.len() > 251 {
        return Err(Fault::new(Malformed, "name", "the name is too long for a file"));
    }
    Ok(())
}

fn check_state(state: SnapshotState) -> Result<(), Fault> {
    match state {
        SnapshotState::Blocked => Err(Fault::new(Malformed, "state", "QEMU has no such state")),
        SnapshotState::PmSuspended => {
            let message = "QEMU takes no snapshots of a guest that sleeps in memory";
            Err(Fault::new(CallUnsupported, "state", message))
        }
        _ => Ok(()),
    }
}
