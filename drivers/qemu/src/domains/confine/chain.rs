//! The images below those that a document names, where it leaves them to be found out.
//!
//! An image's header is written by whoever has written the image, and that may be a guest. So it is not QEMU that follows
//! it: the header is read here, and an image below is used only if it lies in the folder of the one that names it, or in a
//! folder within that. Everything else has to be in the document.

use super::header::{self, Below};
use super::system_folder;
use omnivirt_core::document::TextValue as _;
use omnivirt_core::domain::Domain;
use omnivirt_core::domain::devices::disk::BackingStore;
use omnivirt_core::storage_source::{
    BlockStorage, FileSource, FileStorage, ImageFormat, StorageFormat, StorageSource,
};
use omnivirt_core::{Error, ErrorKind, Result};
use rustix::fs::{CWD, FileType, Mode, OFlags};
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// The most images on top of each other.
const DEEPEST: usize = 200;

/// Writes the images that are found below those of a document into it. Returns whether it found any to look at.
///
/// # Errors
///
/// `ConfigUnsupported` says why an image cannot be used, `System` why it cannot be read.
pub(in crate::domains) fn complete(domain: &mut Domain) -> Result<bool> {
    let mut has_changed = false;
    for disk in &mut domain.devices.disks {
        let format = disk.driver.as_ref().and_then(|driver| driver.format).unwrap_or(StorageFormat::Raw);
        let target = disk.target.as_ref().map(|target| target.name.clone()).unwrap_or_default();
        let top = path_of(&disk.source).map(Path::to_owned);
        let found = follow(top, format, &mut disk.backing_store, 1);
        has_changed |= found.map_err(|error| error.with_context("disk", target))?;
    }
    Ok(has_changed)
}

/// The path of a source, if it is a file or a device of the host.
pub(super) fn path_of(source: &StorageSource) -> Option<&Path> {
    let path = match source {
        StorageSource::File(FileStorage { source, .. }) => source.as_ref()?.file.as_deref(),
        StorageSource::Block(BlockStorage { source, .. }) => source.as_ref()?.device.as_deref(),
        _ => None,
    };
    path.map(Path::new)
}

/// Goes down from an image to the last one below it.
fn follow(
    image: Option<PathBuf>,
    format: StorageFormat,
    below: &mut Option<Box<BackingStore>>,
    depth: usize,
) -> Result<bool> {
    if depth > DEEPEST {
        let message = format!("more than {DEEPEST} disk images are on top of each other");
        return Err(Error::new(ErrorKind::ConfigUnsupported, message)
            .with_hint("an image may be below itself; look at it with qemu-img info --backing-chain"));
    }
    let Some(image) = image else { return Ok(false) };
    if !header::can_name_others(format) {
        return Ok(false);
    }
    let is_told = below.is_some();
    if !is_told {
        *below = Some(Box::new(look(&image, format)?));
    } else if let Below::Refused(why) = header::read(format, &beginning(&image)?) {
        return Err(refused(&image, why));
    }
    let Some(store) = below else { return Ok(false) };
    let Some(source) = &store.source else { return Ok(!is_told) };
    let next = path_of(source).map(Path::to_owned);
    let format = store.format.as_ref().map_or(StorageFormat::Raw, |format| format.format);
    let has_changed = follow(next, format, &mut store.backing_store, depth + 1)?;
    Ok(has_changed || !is_told)
}

/// What is below an image, by its own word.
fn look(image: &Path, format: StorageFormat) -> Result<BackingStore> {
    let (name, below) = match header::read(format, &beginning(image)?) {
        Below::Nothing => return Ok(BackingStore::default()),
        Below::Refused(why) => return Err(refused(image, why)),
        Below::Unread => {
            let hint = "write the image below into the document, as <backingStore>";
            return Err(refused(image, "it is on top of another image, which it names").with_hint(hint));
        }
        Below::Image { name, format } => (name, format),
    };
    let not_used = |why: String| {
        let message =
            format!("the disk image '{}' is on top of '{}', {why}", image.display(), name.escape_debug());
        Error::new(ErrorKind::ConfigUnsupported, message).with_hint(
            "if that is meant, write the image below into the document: <backingStore type='file'><format \
             type='…'/><source file='…'/></backingStore>",
        )
    };
    // `json:{…}`, `nbd://…`, `fat:…`: QEMU takes more than paths there.
    if name.contains(':') && !name.starts_with('/') {
        return Err(not_used("which is no path of a file".to_owned()));
    }
    let Some(below) = below else {
        return Err(not_used("and does not say of which format that is".to_owned()));
    };
    let Ok(below) = StorageFormat::from_text(&below) else {
        return Err(not_used(format!("which is said to be of the format '{}'", below.escape_debug())));
    };
    let real = |path: &Path| std::fs::canonicalize(path);
    let folder = real(image).map(|image| image.parent().map(Path::to_owned).unwrap_or_default());
    let folder = folder.map_err(|error| crate::host::failed("find", image, error))?;
    let path =
        real(&folder.join(&name)).map_err(|error| not_used(format!("which cannot be found: {error}")))?;
    if !path.starts_with(&folder) || system_folder(&path).is_some() {
        return Err(not_used("which lies outside of its folder".to_owned()));
    }
    let Some(path) = path.to_str() else {
        return Err(not_used("whose path is no text".to_owned()));
    };
    let (mut file, mut storage) = (FileSource::default(), FileStorage::default());
    file.file = Some(path.to_owned());
    storage.source = Some(file);
    let mut store = BackingStore::default();
    store.format = Some(ImageFormat::new(below));
    store.source = Some(StorageSource::File(storage));
    Ok(store)
}

fn refused(image: &Path, why: &str) -> Error {
    let message = format!("the disk image '{}' cannot be used: {why}", image.display());
    Error::new(ErrorKind::ConfigUnsupported, message)
        .with_hint("convert it with qemu-img convert into an image of its own")
}

/// The first bytes of an image.
fn beginning(image: &Path) -> Result<Vec<u8>> {
    let failed = |error: std::io::Error| crate::host::failed("read the disk image", image, error);
    // Without waiting: what is no image may be a pipe.
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    let file = rustix::fs::openat(CWD, image, flags, Mode::empty()).map_err(|error| failed(error.into()))?;
    let facts = rustix::fs::fstat(&file).map_err(|error| failed(error.into()))?;
    let sort = FileType::from_raw_mode(facts.st_mode);
    if !sort.is_file() && !sort.is_block_device() {
        return Err(refused(image, "it is neither a file nor a block device"));
    }
    let mut bytes = Vec::new();
    std::fs::File::from(file).take(header::BYTES).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}
