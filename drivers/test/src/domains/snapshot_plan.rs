//! What a snapshot is going to do, made out from its document before anything changes.

use super::disks::{self, Disk};
use omnivirt_core::domain::{
    DomainConfig, FileSource, SnapshotConfig, SnapshotDisk, SnapshotDisks, SnapshotLocation as Location,
    SnapshotMemory, SnapshotState,
};
use omnivirt_core::{Error, ErrorKind, Result, SnapshotCreateOptions, Timestamp};
use std::sync::Arc;

/// What a snapshot is going to do.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) name: Arc<str>,
    /// The document with everything in it that the driver chose.
    pub(crate) document: SnapshotConfig,
    /// The disks that go on in another image, with that image's path.
    pub(crate) overlays: Vec<(String, String)>,
    /// The file that memory is written to, if it is.
    pub(crate) memory_file: Option<String>,
}

/// What the domain is while its snapshot is taken.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Taken<'a> {
    pub(crate) config: &'a DomainConfig,
    /// What it is doing; `Shutoff` if it does not run.
    pub(crate) state: SnapshotState,
    pub(crate) now: Timestamp,
}

impl Plan {
    /// Makes it out.
    ///
    /// # Errors
    ///
    /// `XmlInvalid`, `ConfigUnsupported` for what cannot be kept in that way, `InvalidArgument` for options that
    /// contradict each other.
    pub(crate) fn of(
        given: &SnapshotConfig,
        taken: Taken<'_>,
        options: &SnapshotCreateOptions,
    ) -> Result<Self> {
        let wanted = given.typed();
        let name = named(wanted.name, taken.now)?;
        let is_active = taken.state != SnapshotState::Shutoff;
        let memory = memory(wanted.memory.unwrap_or_default(), is_active, options)?;
        let keeps_memory = matches!(memory.snapshot, Some(Location::Internal | Location::External));
        let outside = options.disk_only || memory.snapshot == Some(Location::External);
        let disks = complete(taken.config, wanted.disks.unwrap_or_default(), &name, outside)?;
        let state = if is_active && !keeps_memory { SnapshotState::DiskSnapshot } else { taken.state };
        let overlays = disks.disks.iter().filter(|disk| disk.snapshot == Some(Location::External));
        let overlays =
            overlays.filter_map(|disk| Some((disk.name.clone(), path(disk.source.as_ref()?)?))).collect();
        let memory_file = memory.file.clone();
        let document = given.with(|snapshot| {
            snapshot.name = Some(name.clone());
            snapshot.state = Some(state);
            snapshot.parent = None;
            snapshot.creation_time = Some(taken.now.seconds());
            snapshot.memory = Some(memory);
            snapshot.disks = Some(disks);
        });
        Ok(Self { name: name.into(), document: document?, overlays, memory_file })
    }
}

/// The name: the time in seconds where none is given.
pub(crate) fn named(name: Option<String>, now: Timestamp) -> Result<String> {
    match name {
        None => Ok(now.seconds().to_string()),
        Some(name) if name.is_empty() || name.contains(['/', '\n']) || name.starts_with('.') => {
            let message =
                format!("the name '{name}' is empty, begins with a dot, or has a '/' or a line feed in it");
            Err(Error::new(ErrorKind::XmlInvalid, message))
        }
        Some(name) => Ok(name),
    }
}

fn memory(
    wanted: SnapshotMemory,
    is_active: bool,
    options: &SnapshotCreateOptions,
) -> Result<SnapshotMemory> {
    let refuse = |kind, message: &str| Err(Error::new(kind, message));
    let mut memory = wanted;
    let location = match (&memory.snapshot, &memory.file) {
        (Some(location), _) => *location,
        (None, Some(_)) => Location::External,
        (None, None) if is_active && !options.disk_only => Location::Internal,
        (None, None) => Location::No,
    };
    match location {
        Location::External if memory.file.as_ref().is_none_or(|file| !file.starts_with('/')) => {
            return refuse(
                ErrorKind::XmlInvalid,
                "memory that is kept outside of the disks needs the path of a file",
            );
        }
        Location::Internal | Location::External if !is_active || options.disk_only => {
            return refuse(
                ErrorKind::XmlInvalid,
                "there is no memory to keep of a domain that is off, or of its disks only",
            );
        }
        Location::Manual => return refuse(ErrorKind::XmlInvalid, "memory cannot be kept by the user"),
        Location::No if is_active && !options.disk_only => {
            return refuse(
                ErrorKind::ConfigUnsupported,
                "a snapshot of a running domain keeps its memory, or its disks only",
            );
        }
        _ => {}
    }
    if options.live && location != Location::External {
        return refuse(
            ErrorKind::ConfigUnsupported,
            "the guest can only run on while its memory is kept outside of the disks",
        );
    }
    if location != Location::External && memory.file.take().is_some() {
        return refuse(ErrorKind::XmlInvalid, "only memory that is kept outside of the disks has a file");
    }
    memory.snapshot = Some(location);
    Ok(memory)
}

/// All disks, in their order: each as it was wanted, or as the driver chooses.
fn complete(
    config: &DomainConfig,
    wanted: SnapshotDisks,
    name: &str,
    outside: bool,
) -> Result<SnapshotDisks> {
    let by_default = if outside { Location::External } else { Location::Internal };
    let mut given: Vec<(String, SnapshotDisk)> = Vec::new();
    for disk in wanted.disks {
        let target = disks::find(config, &disk.name)
            .map_err(|_| {
                Error::new(ErrorKind::ConfigUnsupported, format!("the domain has no disk '{}'", disk.name))
            })?
            .target()
            .into_owned();
        if given.iter().any(|(other, _)| *other == target) {
            return Err(Error::new(
                ErrorKind::ConfigUnsupported,
                format!("the disk '{target}' is there twice"),
            ));
        }
        given.push((target, disk));
    }
    let mut all = SnapshotDisks::default();
    for disk in disks::all(config) {
        let given = given.iter().find(|(target, _)| *target == disk.target()).map(|(_, given)| given.clone());
        all.disks.push(chosen(disk, given, &by_default, name)?);
    }
    Ok(all)
}

fn chosen(
    disk: Disk<'_>,
    given: Option<SnapshotDisk>,
    by_default: &Location,
    name: &str,
) -> Result<SnapshotDisk> {
    let mut chosen = given.unwrap_or_default();
    chosen.name = disk.target().into_owned();
    let can_change = disk.is_writable() && disk.source().is_some();
    let location = chosen.snapshot.unwrap_or(match (&chosen.source, can_change) {
        (Some(_), _) => Location::External,
        (None, true) => *by_default,
        (None, false) => Location::No,
    });
    if can_change && *by_default == Location::Internal && location != Location::Internal {
        let message = format!("the disk '{}' is kept internally, as the rest of the domain is", chosen.name);
        return Err(
            Error::new(ErrorKind::ConfigUnsupported, message).with_hint("take a snapshot of the disks only")
        );
    }
    if location == Location::Internal && *by_default == Location::External {
        let message =
            format!("the disk '{}' cannot be kept internally: the rest of the domain is not", chosen.name);
        return Err(Error::new(ErrorKind::ConfigUnsupported, message));
    }
    if location == Location::External {
        let Some(own) = disk.source() else {
            return Err(Error::new(
                ErrorKind::ConfigUnsupported,
                format!("the drive '{}' is empty", chosen.name),
            ));
        };
        let overlay = chosen.source.as_ref().and_then(path).unwrap_or_else(|| beside(&own, name));
        let mut source = FileSource::default();
        chosen
            .source_type
            .get_or_insert_with(|| super::chains::Destination::of_path(&overlay, None).disk_type);
        match chosen.source_type.as_deref() {
            Some("block") => source.device = Some(overlay),
            _ => source.file = Some(overlay),
        }
        chosen.source = Some(source);
    }
    chosen.snapshot = Some(location);
    Ok(chosen)
}

/// A file beside an image, with another ending.
fn beside(image: &str, ending: &str) -> String {
    let (directory, file) = image.rsplit_once('/').map_or(("", image), |(directory, file)| (directory, file));
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let slash = if image.contains('/') { "/" } else { "" };
    format!("{directory}{slash}{stem}.{ending}")
}

pub(crate) fn path(source: &FileSource) -> Option<String> {
    source.file.clone().or_else(|| source.device.clone()).filter(|path| !path.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOMAIN: &str = "<domain type='test'><name>a</name><memory>1024</memory><os><type>hvm</type></os><devices>\
        <disk><source file='/i/a.qcow2'/><target dev='vda'/></disk><disk><source file='/i/b'/><target dev='vdb'/></disk>\
        <disk device='cdrom'><target dev='hdc'/></disk></devices></domain>";

    fn plan(xml: &str, state: SnapshotState, options: &SnapshotCreateOptions) -> Result<Plan> {
        let config = DomainConfig::parse(DOMAIN).unwrap();
        let taken = Taken { config: &config, state, now: Timestamp::from_seconds(17) };
        Plan::of(&SnapshotConfig::parse(xml)?, taken, options)
    }

    #[test]
    fn what_is_not_said_is_chosen() {
        let plan =
            plan("<domainsnapshot/>", SnapshotState::Running, &SnapshotCreateOptions::default()).unwrap();
        assert_eq!(&*plan.name, "17");
        let snapshot = plan.document.typed();
        assert_eq!((snapshot.state, snapshot.creation_time), (Some(SnapshotState::Running), Some(17)));
        let disks: Vec<_> = snapshot
            .disks
            .unwrap()
            .disks
            .into_iter()
            .map(|disk| (disk.name, disk.snapshot.unwrap()))
            .collect();
        assert_eq!(
            disks,
            [
                ("vda".into(), Location::Internal),
                ("vdb".into(), Location::Internal),
                ("hdc".into(), Location::No)
            ]
        );
    }

    #[test]
    fn disks_alone_go_on_in_images_of_their_own() {
        let xml = "<domainsnapshot><name>s</name><disks><disk name='/i/b'><source file='/n'/></disk></disks></domainsnapshot>";
        let plan =
            plan(xml, SnapshotState::Running, &SnapshotCreateOptions::default().disk_only(true)).unwrap();
        assert_eq!(plan.overlays, [("vda".into(), "/i/a.s".into()), ("vdb".into(), "/n".into())]);
        assert_eq!(plan.document.typed().state, Some(SnapshotState::DiskSnapshot));
    }

    #[test]
    fn what_cannot_be_kept_is_refused() {
        let none = SnapshotCreateOptions::default;
        for (xml, state, options, kind) in [
            (
                "<disks><disk name='vdq'/></disks>",
                SnapshotState::Shutoff,
                none(),
                ErrorKind::ConfigUnsupported,
            ),
            (
                "<disks><disk name='vda'/><disk name='/i/a.qcow2'/></disks>",
                SnapshotState::Shutoff,
                none(),
                ErrorKind::ConfigUnsupported,
            ),
            (
                "<disks><disk name='vda' snapshot='polaroid'/></disks>",
                SnapshotState::Shutoff,
                none(),
                ErrorKind::XmlInvalid,
            ),
            (
                "<disks><disk name='vda' snapshot='no'/></disks>",
                SnapshotState::Running,
                none(),
                ErrorKind::ConfigUnsupported,
            ),
            ("<name>a/b</name>", SnapshotState::Shutoff, none(), ErrorKind::XmlInvalid),
            ("<memory snapshot='internal'/>", SnapshotState::Shutoff, none(), ErrorKind::XmlInvalid),
            ("<memory snapshot='external'/>", SnapshotState::Running, none(), ErrorKind::XmlInvalid),
            ("", SnapshotState::Running, none().live(true), ErrorKind::ConfigUnsupported),
        ] {
            let xml = format!("<domainsnapshot>{xml}</domainsnapshot>");
            assert_eq!(plan(&xml, state, &options).unwrap_err().kind(), kind, "{xml}");
        }
    }
}
