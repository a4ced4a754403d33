//! The snapshot document.

use super::config::DomainConfig;
use crate::document::mapping::mapped;
use crate::document::text::words;
use crate::document::{Config, DocumentError, DocumentErrorKind, DocumentRoot, Problem};
use crate::xml::{Element, Place, quoted};

/// A snapshot's document.
pub type SnapshotConfig = Config<Snapshot>;

mapped! {
    /// What is known of a snapshot by type.
    #[derive(Default)]
    pub struct Snapshot {
        /// The snapshot's name; absent when one is to be made.
        name: Option<String> = element "name",
        /// A text for people.
        description: Option<String> = element "description",
        /// What the domain was doing.
        state: Option<SnapshotState> = element "state",
        /// The snapshot on which this one builds.
        parent: Option<SnapshotParent> = element "parent",
        /// When it was taken, in seconds since the start of 1970.
        creation_time: Option<i64> = element "creationTime",
        /// Whether and where memory is saved.
        memory: Option<SnapshotMemory> = element "memory",
        /// What is done with the disks; absent for the driver's choice.
        disks: Option<SnapshotDisks> = element "disks",
    }
    order &["name", "description", "state", "parent", "creationTime", "memory", "disks", "domain", "inactiveDomain", "cookie"];
}

mapped! {
    /// A snapshot on which another one builds.
    #[derive(Default)]
    pub struct SnapshotParent {
        /// Its name.
        name: String = element "name",
    }
}

mapped! {
    /// What a snapshot does with memory.
    #[derive(Default)]
    pub struct SnapshotMemory {
        /// Where memory is saved.
        snapshot: Option<SnapshotLocation> = attribute "snapshot",
        /// The file for memory that is saved outside of the disks.
        file: Option<String> = attribute "file",
    }
}

mapped! {
    /// What a snapshot does with disks.
    #[derive(Default)]
    pub struct SnapshotDisks {
        /// The disks; for those not named the driver chooses.
        disks: Vec<SnapshotDisk> = element "disk",
    }
}

mapped! {
    /// What a snapshot does with one disk.
    #[derive(Default)]
    pub struct SnapshotDisk {
        /// The disk's target, such as `vda`, or the path of its source.
        name: String = attribute "name",
        /// Where the disk's state is kept.
        snapshot: Option<SnapshotLocation> = attribute "snapshot",
        /// What the new source of the disk is: `file`, `block` or `network`.
        source_type: Option<String> = attribute "type",
        /// The new source of the disk.
        source: Option<FileSource> = element "source",
    }
    order &["driver", "source"];
}

mapped! {
    /// A file or a device of the host.
    #[derive(Default)]
    pub struct FileSource {
        /// The path of a file.
        file: Option<String> = attribute "file",
        /// The path of a device.
        device: Option<String> = attribute "dev",
    }
}

words! {
    /// Where a snapshot keeps something.
    pub enum SnapshotLocation("place of a snapshot", Invalid) {
        /// Nowhere.
        No = "no",
        /// In the disk image.
        Internal = "internal",
        /// In a file of its own.
        External = "external",
        /// Where the user keeps it.
        Manual = "manual",
    }
}

words! {
    /// What a domain was doing when its snapshot was taken.
    pub enum SnapshotState("state of a domain in a snapshot", Invalid) {
        /// Nothing known.
        NoState = "nostate",
        /// It ran.
        Running = "running",
        /// It waited for a resource.
        Blocked = "blocked",
        /// Its virtual CPUs were stopped.
        Paused = "paused",
        /// It was being shut down.
        Shutdown = "shutdown",
        /// It did not run.
        Shutoff = "shutoff",
        /// It had crashed.
        Crashed = "crashed",
        /// The guest slept in memory.
        PmSuspended = "pmsuspended",
        /// Only the disks are kept.
        DiskSnapshot = "disk-snapshot",
    }
}

impl DocumentRoot for Snapshot {
    const ROOT: &'static str = "domainsnapshot";

    fn check(&self, root: Element<'_>) -> Result<(), DocumentError> {
        check_disks(root, self.disks.iter().flat_map(|disks| &disks.disks).map(|disk| disk.name.as_str()))
    }
}

/// No disk may be named twice.
pub(super) fn check_disks<'a>(
    root: Element<'_>,
    names: impl Iterator<Item = &'a str>,
) -> Result<(), DocumentError> {
    let mut seen = std::collections::HashSet::new();
    for (index, name) in names.enumerate() {
        if !seen.insert(name) {
            let problem =
                Problem::new(DocumentErrorKind::Unsupported, format!("disk {} is named twice", quoted(name)));
            let disk = root
                .child("disks")
                .and_then(|disks| disks.children().filter(|disk| disk.name() == "disk").nth(index));
            return Err(problem.at(disk.unwrap_or(root)));
        }
    }
    Ok(())
}

impl<T: DocumentRoot> Config<T> {
    /// The configuration that the domain had, if the document of a snapshot or a checkpoint holds it.
    ///
    /// # Errors
    ///
    /// It is no good configuration.
    pub fn saved_domain(&self) -> Result<Option<DomainConfig>, DocumentError> {
        self.root().child("domain").map(DomainConfig::from_element).transpose()
    }

    /// The document of a snapshot or a checkpoint with the configuration that the domain had, in the place of what it
    /// held before.
    ///
    /// # Errors
    ///
    /// The document would be too large.
    pub fn with_saved_domain(&self, domain: &DomainConfig) -> Result<Self, DocumentError> {
        self.edited(|edit| {
            match self.root().child("domain") {
                Some(old) => edit.replace_by_copy(old, domain.root()),
                None => edit.insert_copy(self.root(), Place::Last, domain.root()),
            }
            Ok(())
        })
    }
}
