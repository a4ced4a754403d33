//! The snapshot document.

mod rules;

use super::Domain;
use super::config::DomainConfig;
use crate::document::mapped;
use crate::document::text::words;
use crate::document::{Config, DocumentError, DocumentErrorKind, DocumentRoot, Problem, Verbatim};
use crate::storage_source::{
    LocalSource, MetadataCache, NetworkProtocol, SourceHost, StartupPolicy, StorageFormat,
};
use crate::xml::{Element, Place, quoted};
pub use rules::{SnapshotDomain, SnapshotKeeping};
pub(super) use rules::{has_source, numbers, target};

/// A snapshot's document.
pub type SnapshotConfig = Config<Snapshot>;

/// What is known of a snapshot by type.
#[mapped]
pub struct Snapshot {
    /// The snapshot's name; absent when one is to be made.
    #[element("name")]
    pub name: Option<String>,
    /// A text for people.
    #[element("description")]
    pub description: Option<String>,
    /// What the domain was doing; told of a new one, wanted for one that is known again.
    #[element("state", lenient)]
    pub state: Option<SnapshotState>,
    /// The snapshot on which this one builds.
    #[element("parent")]
    pub parent: Option<SnapshotParent>,
    /// When it was taken, in seconds since the start of 1970.
    #[element("creationTime", lenient)]
    pub creation_time: Option<i64>,
    /// Whether and where memory is saved.
    #[element("memory")]
    pub memory: Option<SnapshotMemory>,
    /// What is done with the disks; absent for the driver's choice.
    #[element("disks")]
    pub disks: Option<SnapshotDisks>,
    /// The domain as it was then; told of a new one, wanted for one that is known again.
    #[element("domain", lenient)]
    pub domain: Option<Box<Domain>>,
    /// The domain as it would have started the next time, where that was something else.
    #[element("inactiveDomain", lenient)]
    pub inactive_domain: Option<Box<Domain>>,
    /// What the driver keeps for itself.
    #[element("cookie")]
    pub cookie: Option<Verbatim>,
}

/// A snapshot on which another one builds.
#[mapped]
pub struct SnapshotParent {
    /// Its name; absent for none.
    #[element("name")]
    pub name: Option<String>,
}

/// What a snapshot does with memory.
#[mapped]
pub struct SnapshotMemory {
    /// Where memory is saved.
    #[attribute("snapshot")]
    pub snapshot: Option<SnapshotLocation>,
    /// The file for memory that is saved outside of the disks.
    #[attribute("file")]
    pub file: Option<String>,
}

/// What a snapshot does with disks.
#[mapped]
pub struct SnapshotDisks {
    /// The disks; for those not named the driver chooses.
    #[element("disk")]
    pub disks: Vec<SnapshotDisk>,
}

/// What a snapshot does with one disk.
#[mapped]
pub struct SnapshotDisk {
    /// The disk's target, such as `vda`, or the path of its source.
    #[attribute("name", missing = Malformed)]
    pub name: String,
    /// Where the disk's state is kept.
    #[attribute("snapshot")]
    pub snapshot: Option<SnapshotLocation>,
    /// What the new source of the disk is: `file`, `block` or `network`.
    #[attribute("type")]
    pub source_type: Option<String>,
    /// How the new source is laid out.
    #[element("driver")]
    pub driver: Option<SnapshotDriver>,
    /// The new source of the disk.
    #[element("source")]
    pub source: Option<FileSource>,
}

/// How the new source of a disk is laid out.
#[mapped(omit_empty)]
pub struct SnapshotDriver {
    /// The format; absent for qcow2.
    #[attribute("type", error = Unsupported)]
    pub format: Option<StorageFormat>,
    /// What is kept of its tables in memory.
    #[element("metadata_cache")]
    pub metadata_cache: Option<MetadataCache>,
}

/// A file or a device of the host, or something on a server.
#[mapped(omit_empty)]
pub struct FileSource {
    /// The path of a file.
    #[attribute("file")]
    pub file: Option<String>,
    /// The path of a device.
    #[attribute("dev")]
    pub device: Option<String>,
    /// How a server is spoken to.
    #[attribute("protocol")]
    pub protocol: Option<NetworkProtocol>,
    /// What a server calls it.
    #[attribute("name")]
    pub name: Option<String>,
    /// What to do when it is missing.
    #[attribute("startupPolicy")]
    pub startup_policy: Option<StartupPolicy>,
    /// The servers.
    #[element("host")]
    pub hosts: Vec<SourceHost>,
    /// What every source has.
    #[flatten]
    pub shared: LocalSource,
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
        rules::check_sources(self, root)?;
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
