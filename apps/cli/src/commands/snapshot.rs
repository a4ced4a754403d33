//! `snapshot …`.

use super::{DomainArgument, read_document};
use crate::error::usage;
use crate::output::{Cell, style};
use crate::progress;
use crate::session::Session;
use clap::{Args, Subcommand, ValueHint};
use omnivirt::xml::{Document, NewElement};
use omnivirt::{
    Error, ErrorKind, Result, RootsOptions, Snapshot, SnapshotCreateOptions, SnapshotFilter,
    SnapshotRevertOptions, SnapshotXmlOptions, Timestamp, TreeDeleteOptions,
};
use serde::Serialize;
use std::path::PathBuf;

/// Take, show, revert to and delete snapshots
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Take a snapshot
    Create(Create),
    /// List the snapshots of a domain
    List {
        #[command(flatten)]
        domain: DomainArgument,
        /// Only those on which none builds
        #[arg(long)]
        leaves: bool,
        /// Only those that build on none
        #[arg(long)]
        roots: bool,
        /// Names alone, one a line
        #[arg(short, long)]
        name: bool,
    },
    /// Show what a snapshot is
    Info(SnapshotArgument),
    /// Show the XML of a snapshot
    Dumpxml {
        #[command(flatten)]
        snapshot: SnapshotArgument,
        /// With secrets, such as passwords of graphical consoles
        #[arg(long)]
        secure: bool,
    },
    /// Show which snapshot was last taken or reverted to
    Current(DomainArgument),
    /// Show on which snapshot one builds
    Parent(SnapshotArgument),
    /// Take the domain back to what it was; what it is now is lost
    Revert {
        #[command(flatten)]
        snapshot: SnapshotArgument,
        /// The domain runs afterwards
        #[arg(long, conflicts_with = "paused")]
        running: bool,
        /// The domain is paused afterwards
        #[arg(long)]
        paused: bool,
        /// Even if something is lost that cannot be had back
        #[arg(long)]
        force: bool,
        /// Make the domain's firmware variables anew from their template
        #[arg(long)]
        reset_nvram: bool,
    },
    /// Delete a snapshot; what the domain is now stays
    Delete {
        #[command(flatten)]
        snapshot: SnapshotArgument,
        /// All that build on it too
        #[arg(long, conflicts_with = "children_only")]
        children: bool,
        /// All that build on it, but not itself
        #[arg(long)]
        children_only: bool,
        /// Forget it only; disk images stay as they are
        #[arg(long)]
        metadata_only: bool,
    },
}

/// The snapshot that a command is about.
#[derive(Debug, Args)]
pub(crate) struct SnapshotArgument {
    #[command(flatten)]
    domain: DomainArgument,
    /// The snapshot's name
    #[arg(value_name = "SNAPSHOT")]
    snapshot: String,
}

/// How a snapshot is taken.
#[derive(Debug, Args)]
pub(crate) struct Create {
    #[command(flatten)]
    domain: DomainArgument,
    /// Its name; made up unless given
    #[arg(long)]
    name: Option<String>,
    /// What it is for
    #[arg(long)]
    description: Option<String>,
    /// A file with the snapshot's XML, in place of the name and the description
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with_all = ["name", "description"])]
    xml: Option<PathBuf>,
    /// Of the disks only, not of memory
    #[arg(long)]
    disk_only: bool,
    /// Let the guest run on while its memory is written
    #[arg(long)]
    live: bool,
    /// End the domain's run after it
    #[arg(long)]
    halt: bool,
    /// Have the guest agent freeze file systems meanwhile
    #[arg(long, requires = "disk_only")]
    quiesce: bool,
    /// Fail without having changed anything, or do it all
    #[arg(long)]
    atomic: bool,
    /// Write into files that are there already
    #[arg(long)]
    reuse_external: bool,
    /// Keep nothing about it but what is in the disk images
    #[arg(long)]
    no_metadata: bool,
    /// Take none: make one known that was taken before
    #[arg(long, requires = "xml")]
    redefine: bool,
    /// With --redefine: make it the current one
    #[arg(long, requires = "redefine")]
    current: bool,
    /// Refuse what the schema does not know
    #[arg(long)]
    validate: bool,
}

/// What is worth knowing of a snapshot.
#[derive(Debug, Serialize)]
struct Info {
    name: String,
    domain: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<String>,
    current: bool,
}

impl SnapshotArgument {
    async fn find(&self, session: &mut Session) -> Result<Snapshot> {
        self.domain.find(session).await?.snapshot_by_name(&self.snapshot).await
    }
}

impl Command {
    pub(crate) async fn run(self, session: &mut Session) -> Result<()> {
        match self {
            Self::Create(create) => create.run(session).await,
            Self::List { domain, leaves, roots, name } => {
                let domain = domain.find(session).await?;
                let filter = SnapshotFilter::default().leaves(leaves).topological(true);
                let snapshots = domain.snapshots(filter, RootsOptions::default().roots_only(roots)).await?;
                if name && !session.output.is_json() {
                    let mut names =
                        snapshots.iter().map(|snapshot| style::printable(&*snapshot.reference().name));
                    return names.try_for_each(|name| session.output.line(&name));
                }
                let mut rows = Vec::with_capacity(snapshots.len());
                for snapshot in &snapshots {
                    rows.push(info(snapshot).await?);
                }
                session.output.list(&rows, ["Name", "Created", "State", "Builds on", "Current"], |row| {
                    [
                        Cell::new(&*row.name).style(style::NAME),
                        Cell::optional(row.created),
                        Cell::optional(row.state.as_ref()),
                        Cell::optional(row.parent.as_ref()),
                        Cell::new(if row.current { "yes" } else { "" }),
                    ]
                })
            }
            Self::Info(snapshot) => {
                let snapshot = snapshot.find(session).await?;
                let info = info(&snapshot).await?;
                session.output.record(&info)
            }
            Self::Dumpxml { snapshot, secure } => {
                let snapshot = snapshot.find(session).await?;
                let xml = snapshot.dumpxml(SnapshotXmlOptions::default().secure(secure)).await?;
                session.output.text("xml", &xml)
            }
            Self::Current(domain) => {
                let domain = domain.find(session).await?;
                let none = || {
                    Error::new(
                        ErrorKind::NotFound,
                        format!("domain '{}' has no current snapshot", domain.name()),
                    )
                };
                let current = domain.current_snapshot().await?.ok_or_else(none)?;
                session.output.text("name", &current.reference().name)
            }
            Self::Parent(snapshot) => {
                let snapshot = snapshot.find(session).await?;
                let name = &snapshot.reference().name;
                let none = || Error::new(ErrorKind::NotFound, format!("snapshot '{name}' builds on none"));
                let parent = snapshot.parent().await?.ok_or_else(none)?;
                session.output.text("name", &parent.reference().name)
            }
            Self::Revert { snapshot: argument, running, paused, force, reset_nvram } => {
                let domain = argument.domain.find(session).await?;
                let snapshot = domain.snapshot_by_name(&argument.snapshot).await?;
                let options = SnapshotRevertOptions::default()
                    .running(running)
                    .paused(paused)
                    .force(force)
                    .reset_nvram(reset_nvram);
                progress::job(session, Some(&domain), "reverting", snapshot.revert(options)).await?;
                session.output.done(snapshot.reference(), "snapshot revert", "is what the domain is now")
            }
            Self::Delete { snapshot: argument, children, children_only, metadata_only } => {
                let domain = argument.domain.find(session).await?;
                let snapshot = domain.snapshot_by_name(&argument.snapshot).await?;
                let options = TreeDeleteOptions::default()
                    .children(children)
                    .children_only(children_only)
                    .metadata_only(metadata_only);
                progress::job(session, Some(&domain), "deleting", snapshot.delete(options)).await?;
                let phrase = if children_only { "has nothing that builds on it any more" } else { "deleted" };
                session.output.done(snapshot.reference(), "snapshot delete", phrase)
            }
        }
    }
}

impl Create {
    async fn run(self, session: &mut Session) -> Result<()> {
        let xml = match &self.xml {
            Some(path) => read_document(path)?,
            None => self.document()?,
        };
        let domain = self.domain.find(session).await?;
        let options = SnapshotCreateOptions::default()
            .redefine(self.redefine)
            .current(self.current)
            .no_metadata(self.no_metadata)
            .halt(self.halt)
            .disk_only(self.disk_only)
            .reuse_external(self.reuse_external)
            .quiesce(self.quiesce)
            .atomic(self.atomic)
            .live(self.live)
            .validate(self.validate);
        let call = domain.create_snapshot(&xml, options);
        let snapshot = progress::job(session, Some(&domain), "taking a snapshot", call).await?;
        session.output.done(
            snapshot.reference(),
            "snapshot create",
            &format!("of domain '{}' taken", domain.name()),
        )
    }

    fn document(&self) -> Result<String> {
        let parts = [("name", &self.name), ("description", &self.description)];
        let snapshot = parts
            .into_iter()
            .filter_map(|(element, text)| Some(NewElement::new(element).text(text.as_ref()?)))
            .fold(NewElement::new("domainsnapshot"), NewElement::child);
        let document = Document::try_from(&snapshot);
        Ok(document
            .map_err(|error| {
                usage("the name or the description cannot be written as XML").with_source(error)
            })?
            .into_string())
    }
}

async fn info(snapshot: &Snapshot) -> Result<Info> {
    let xml = snapshot.dumpxml(SnapshotXmlOptions::default()).await?;
    let name = &snapshot.reference().name;
    let document = Document::parse(xml).map_err(|error| {
        Error::new(ErrorKind::XmlSyntax, format!("the XML of snapshot '{name}' cannot be read"))
            .with_source(error)
    })?;
    let root = document.root();
    let text = |path: &[&str]| root.descendant(path).map(|element| element.text().trim().to_owned());
    Ok(Info {
        name: name.to_string(),
        domain: snapshot.reference().domain.name.to_string(),
        description: text(&["description"]),
        state: text(&["state"]),
        created: text(&["creationTime"])
            .and_then(|seconds| seconds.parse().ok())
            .map(Timestamp::from_seconds),
        parent: text(&["parent", "name"]),
        current: snapshot.status().await?.current,
    })
}
