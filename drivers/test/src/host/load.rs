//! Hosts that a file describes, in the form of libvirt's test driver.

use super::Host;
use super::hardware::Hardware;
use crate::domains::definition::Named;
use crate::domains::saved::SavedImage;
use crate::domains::transitions::Origin;
use crate::domains::values::read;
use omnivirt_core::Error;
use omnivirt_core::domain::{CheckpointConfig, DomainConfig, SnapshotConfig};
use omnivirt_core::event::Cause;
use omnivirt_core::test_host::{InitialState, Source, TestHost};
use omnivirt_core::xml::{Document, Element, Limits};
use omnivirt_core::*;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Makes the host that a file describes.
///
/// # Errors
///
/// `System` for a file that cannot be read, `LimitExceeded` for one that is too large; what is wrong in a file, with its
/// path and the place in it.
pub(super) async fn host(path: PathBuf, virtual_time: bool) -> Result<Host> {
    let make = move || read_host(&path, virtual_time);
    match tokio::runtime::Handle::try_current() {
        // Reading a large file would keep the thread from everything else.
        Ok(runtime) => runtime.spawn_blocking(make).await.map_err(|error| {
            Error::new(ErrorKind::Internal, "reading the host's file was given up").with_source(error)
        })?,
        Err(_) => make(),
    }
}

fn read_host(path: &Path, virtual_time: bool) -> Result<Host> {
    let in_file = |error: Error| error.with_context("file", path.display());
    let bytes = read_file(path, &Limits::COLLECTION)?;
    let description = TestHost::parse_file(&bytes).map_err(Error::from).map_err(in_file)?;
    let host = Host::new(Hardware::of(&description).map_err(in_file)?, virtual_time);
    for part in description.parts() {
        match part.source {
            Source::Inline(element) if part.kind != ObjectKind::Domain => {
                host.objects.add(element).map_err(in_file)?
            }
            Source::Inline(element) => {
                DomainConfig::from_element(element)
                    .map_err(Error::from)
                    .and_then(|config| add(&host, config, element, path))
                    .map_err(in_file)?;
            }
            Source::File(name) => {
                let path = path.parent().unwrap_or(Path::new("/")).join(&*name);
                add_from_file(&host, part.kind, &path)
                    .map_err(|error| error.with_context("file", path.display()))?;
            }
        }
    }
    Ok(host)
}

fn add_from_file(host: &Host, kind: ObjectKind, path: &Path) -> Result<()> {
    if kind != ObjectKind::Domain {
        let bytes = read_file(path, &Limits::DOCUMENT)?;
        return host.objects.add(Document::parse_bytes(&bytes, &Limits::DOCUMENT)?.root());
    }
    let config = DomainConfig::parse_bytes(&read_file(path, &Limits::DOCUMENT)?)?;
    let element = config.root();
    add(host, config.clone(), element, path)
}

/// Adds a domain in the state that its element says, which stands in the file of that path.
fn add(host: &Host, config: DomainConfig, element: Element<'_>, path: &Path) -> Result<()> {
    let cause = Cause::host();
    let initial = InitialState::of(element)?;
    let image = initial.managed_save.then(|| Arc::new(SavedImage { config: config.clone(), paused: false }));
    let paused = initial.state == DomainState::Paused;
    let named = Named::of(config)?;
    let reference = if initial.transient {
        host.create(&cause, named, Origin::Booted, paused, None)?
    } else {
        host.define(&cause, named)?
    };
    let entry = host.domain(&reference)?;
    let mut domain = entry.lock()?;
    domain.managed_save = image;
    if initial.state != DomainState::Shutoff && !domain.is_active() {
        let definition = domain.definition()?.clone();
        domain.begin(host, &cause, definition, Origin::Booted, paused, None)?;
    }
    if initial.state == DomainState::Crashed {
        domain.stand(host, DomainState::Crashed, DomainStateReason::CrashedUnknown);
    }
    for source in initial.snapshots {
        with_element(source, path, |element| {
            let is_current = read(element, "active").is_some_and(|active| active == "1");
            let snapshot = SnapshotConfig::from_element(element)?;
            domain.redefine_snapshot(&snapshot, is_current).map(drop)
        })?;
    }
    for source in initial.checkpoints {
        with_element(source, path, |element| {
            let checkpoint = CheckpointConfig::from_element(element)?;
            domain.redefine_checkpoint(&checkpoint, false).map(drop)
        })?;
    }
    Ok(())
}

/// Does something with an element that is here, or alone in a file beside the one of that path.
fn with_element(
    source: Source<'_>,
    path: &Path,
    action: impl FnOnce(Element<'_>) -> Result<()>,
) -> Result<()> {
    match source {
        Source::Inline(element) => action(element),
        Source::File(name) => {
            let path = path.parent().unwrap_or(Path::new("/")).join(&*name);
            read_file(&path, &Limits::DOCUMENT)
                .and_then(|bytes| Document::parse_bytes(&bytes, &Limits::DOCUMENT).map_err(Error::from))
                .and_then(|document| action(document.root()))
                .map_err(|error| error.with_context("file", path.display()))
        }
    }
}

fn read_file(path: &Path, limits: &Limits) -> Result<Vec<u8>> {
    let failed = |error: std::io::Error| {
        Error::new(ErrorKind::System, format!("cannot read {}: {error}", path.display())).with_source(error)
    };
    let file = File::open(path).map_err(failed)?;
    if !file.metadata().map_err(failed)?.is_file() {
        return Err(Error::new(ErrorKind::System, format!("{} is no file", path.display())));
    }
    let mut bytes = Vec::new();
    file.take(limits.bytes as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() > limits.bytes {
        let message = format!("{} is larger than {} bytes", path.display(), limits.bytes);
        return Err(Error::new(ErrorKind::LimitExceeded, message));
    }
    Ok(bytes)
}
