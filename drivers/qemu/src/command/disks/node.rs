//! The nodes of a disk: for each image of its chain what stores it, and the format on top.

use super::{format, network, reservations, sort, storage};
use crate::command::arguments::Arguments;
use crate::command::properties::Properties;
use crate::command::refusal::unsupported;
use omnivirt_core::Result;
use omnivirt_core::document::OnOff;
use omnivirt_core::domain::devices::Disk;
use omnivirt_core::domain::devices::disk::{BackingStore, DiscardMode, DiskDevice};
use omnivirt_core::storage_source::{
    MetadataCache, Slice, SliceType, StorageFormat, StorageSource, VhostUserSource,
};

/// What a disk is made of.
#[derive(Debug)]
pub(super) enum Chain<'a> {
    /// Images, the topmost first.
    Nodes(Vec<Node<'a>>),
    /// A process that is the disk.
    VhostUser(&'a VhostUserSource),
}

/// One image.
#[derive(Debug)]
pub(super) struct Node<'a> {
    number: u32,
    pub(super) source: &'a StorageSource,
    pub(super) format: StorageFormat,
    cache: Option<&'a MetadataCache>,
    /// Whether nothing lies beneath it, for certain.
    ends: bool,
}

impl Node<'_> {
    pub(super) fn storage_name(&self) -> String {
        format!("libvirt-{}-storage", self.number)
    }

    fn format_name(&self) -> String {
        format!("libvirt-{}-format", self.number)
    }
}

/// The images of a disk; none for an empty drive.
pub(super) fn chain<'a>(disk: &'a Disk, next: &mut u32) -> Result<Option<Chain<'a>>> {
    if let StorageSource::VhostUser(source) = &disk.source {
        return match &source.source {
            Some(source) => Ok(Some(Chain::VhostUser(source))),
            None => Err(unsupported("disk/source", "it is not said where the socket is")),
        };
    }
    if storage::is_empty(&disk.source) {
        // An empty drive has a number too.
        *next += 1;
        return Ok(None);
    }
    let driver = disk.driver.as_ref();
    let given = driver.and_then(|driver| driver.format).unwrap_or(StorageFormat::Raw);
    let cache = driver.and_then(|driver| driver.metadata_cache.as_ref());
    let mut nodes = vec![Node { number: *next, source: &disk.source, format: given, cache, ends: false }];
    *next += 1;
    let mut below = disk.backing_store.as_deref();
    while let Some(BackingStore { source, format, backing_store, .. }) = below {
        let Some(source) = source.as_ref().filter(|source| !storage::is_empty(source)) else {
            nodes.last_mut().expect("the disk's own image is in it").ends = true;
            break;
        };
        let cache = format.as_ref().and_then(|format| format.metadata_cache.as_ref());
        let format = format.as_ref().map_or(StorageFormat::Raw, |format| format.format);
        nodes.push(Node { number: *next, source, format, cache, ends: false });
        *next += 1;
        below = backing_store.as_deref();
    }
    Ok(Some(Chain::Nodes(nodes)))
}

/// Adds the nodes of one image.
pub(super) fn add(
    arguments: &mut Arguments<'_>,
    disk: &Disk,
    node: &Node<'_>,
    below: Option<&Node<'_>>,
    is_top: bool,
) -> Result<()> {
    let name = node.storage_name();
    let cookies = network::add_secrets(arguments, node.source, &name)?;
    let manager = reservations::add(arguments, disk, node.source)?;
    let driver = disk.driver.as_ref();
    let mode = format::cache_mode(disk);
    let storage = storage::properties(disk, node.source)?
        .with_some("pr-manager", manager)
        .with_some("cookie-secret", cookies)
        .with_some("aio", driver.and_then(|driver| driver.io).map(|io| io.as_str()))
        .with("node-name", name.as_str())
        .with_some("cache", mode.map(format::cache))
        .with("auto-read-only", true)
        .with("discard", "unmap");
    arguments.json("-blockdev", storage);
    let stored = add_slice(arguments, node, name)?;
    let is_read_only = !is_top || disk.is_read_only || sort(disk) == DiskDevice::Cdrom;
    let mut properties =
        Properties::default().with("node-name", node.format_name()).with("read-only", is_read_only);
    if is_top {
        let zeroes = driver.and_then(|driver| driver.detect_zeroes);
        let discard = driver.and_then(|driver| driver.discard);
        properties = properties.with_some("discard", discard.map(DiscardMode::as_str));
        properties = properties.with_some("detect-zeroes", format::detect_zeroes(zeroes, discard));
    }
    properties = properties
        .with_some("cache", mode.map(format::cache))
        .with("driver", format::driver(node.format)?)
        .with_some("cache-size", node.cache.and_then(|cache| cache.max_size).map(|size| size.bytes()))
        .with("file", stored);
    if let Some(below) = below {
        properties.push("backing", below.format_name());
    } else if node.ends && format::can_have_backing(node.format) {
        properties.push("backing", serde_json::Value::Null);
    }
    arguments.json("-blockdev", properties);
    Ok(())
}

/// A part of what stores the image, where the image is but a part.
fn add_slice(arguments: &mut Arguments<'_>, node: &Node<'_>, stored: String) -> Result<String> {
    let slices = storage::slices(node.source);
    let is_storage = |slice: &&Slice| matches!(slice.slice_type, None | Some(SliceType::Storage));
    let Some(slice) = slices.iter().find(is_storage) else { return Ok(stored) };
    let name = format!("libvirt-{}-slice-sto", node.number);
    let part = Properties::driver("raw")
        .with("node-name", name.as_str())
        .with("offset", slice.offset.unwrap_or(0))
        .with_some("size", slice.size)
        .with("file", stored)
        .with("auto-read-only", true)
        .with("discard", "unmap");
    arguments.json("-blockdev", part);
    Ok(name)
}

/// The name of the node that the device is given.
pub(super) fn top(arguments: &mut Arguments<'_>, disk: &Disk, node: &Node<'_>) -> Result<String> {
    let driver = disk.driver.as_ref();
    if driver.and_then(|driver| driver.copy_on_read) != Some(OnOff::On) {
        return Ok(node.format_name());
    }
    let target = disk.target.as_ref().map_or("", |target| &*target.name);
    let name = format!("libvirt-CoR-{target}");
    let copier = Properties::driver("copy-on-read")
        .with("node-name", name.as_str())
        .with("file", node.format_name())
        .with("discard", "unmap");
    arguments.json("-blockdev", copier);
    Ok(name)
}
