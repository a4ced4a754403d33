//! File systems: what is filled in and refused whatever the hypervisor is.

use super::Fault;
use crate::document::DocumentErrorKind::{Invalid, MissingSource, MissingTarget, Unsupported};
use crate::domain::devices::Filesystem;
use crate::domain::devices::filesystem::{
    AccessMode, FilesystemDriverType, FilesystemMemory, FilesystemSource, MultipleDevices, WritePolicy,
};
use crate::xml::quoted;

/// Completes each file system.
pub(super) fn complete(filesystems: &mut [Filesystem]) -> Result<(), Fault> {
    for (index, filesystem) in filesystems.iter_mut().enumerate() {
        complete_one(filesystem)
            .map_err(|fault| fault.within(&format!("devices/filesystem[{}]", index + 1)))?;
    }
    Ok(())
}

fn complete_one(filesystem: &mut Filesystem) -> Result<(), Fault> {
    complete_mode("@fmode", &mut filesystem.file_mode)?;
    complete_mode("@dmode", &mut filesystem.directory_mode)?;
    complete_source(&mut filesystem.source)?;
    if !has_source(&filesystem.source) {
        return Err(Fault::new(MissingSource, "source", "the file system has no source"));
    }
    if filesystem.target.as_ref().is_none_or(|target| target.directory.is_none()) {
        return Err(Fault::new(MissingTarget, "target", "the file system has no target"));
    }
    complete_driver(filesystem);
    let is_virtiofs = is_virtiofs(filesystem);
    if !is_virtiofs && filesystem.info.boot.is_some() {
        return Err(Fault::new(Unsupported, "boot", "only virtiofs can be booted from"));
    }
    filesystem.binary.take_if(|_| !is_virtiofs);
    if let Some(binary) = &mut filesystem.binary {
        binary.threads.take_if(|threads| threads.size.is_some_and(|size| size < 0));
    }
    if !has_socket(&filesystem.source) {
        filesystem.access_mode.get_or_insert(AccessMode::Passthrough);
    }
    filesystem.multiple_devices.take_if(|wanted| *wanted == MultipleDevices::Default);
    Ok(())
}

/// Whether virtiofs serves it.
pub(super) fn is_virtiofs(filesystem: &Filesystem) -> bool {
    let driver = filesystem.driver.as_ref().and_then(|driver| driver.driver_type);
    driver == Some(FilesystemDriverType::VirtioFs)
}

fn complete_driver(filesystem: &mut Filesystem) {
    let is_virtiofs = is_virtiofs(filesystem);
    let Some(driver) = &mut filesystem.driver else { return };
    driver.driver_type.take_if(|wanted| *wanted == FilesystemDriverType::Default);
    driver.write_policy.take_if(|wanted| *wanted == WritePolicy::Default);
    driver.queue_size.take_if(|size| !is_virtiofs || *size == 0);
}

/// Rights are three octal digits, written with a 0 before them.
fn complete_mode(path: &str, mode: &mut Option<String>) -> Result<(), Fault> {
    let Some(text) = mode else { return Ok(()) };
    match u32::from_str_radix(text, 8).ok().filter(|bits| *bits <= 0o777) {
        Some(bits) => {
            *text = format!("{bits:04o}");
            Ok(())
        }
        None => Err(Fault::new(Invalid, path, format!("{} are no rights", quoted(text)))
            .hint("write three octal digits, such as 755")),
    }
}

fn complete_source(source: &mut FilesystemSource) -> Result<(), Fault> {
    match source {
        FilesystemSource::Memory(memory) => match &mut memory.source {
            Some(source) if source.usage.is_some() => complete_memory(source),
            _ => Err(Fault::new(Invalid, "source", "it is not said how much memory the file system has")),
        },
        FilesystemSource::Volume(volume) => match &volume.source {
            Some(source) if source.pool.is_some() != source.volume.is_some() => {
                Err(Fault::new(Invalid, "source", "a pool and a volume are named together"))
            }
            _ => Ok(()),
        },
        FilesystemSource::Mount(storage) => {
            if let Some(source) = storage.source.as_mut().filter(|source| source.socket.is_some()) {
                source.directory = None;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

fn complete_memory(source: &mut FilesystemMemory) -> Result<(), Fault> {
    let size = source.size().map_err(|problem| Fault::of(problem, "source/@usage"))?;
    source.usage = Some(size.kib().to_string());
    source.units = Some("KiB".to_owned());
    Ok(())
}

fn has_source(source: &FilesystemSource) -> bool {
    match source {
        FilesystemSource::Mount(storage) | FilesystemSource::Bind(storage) => storage.source.is_some(),
        FilesystemSource::Block(storage) => storage.source.is_some(),
        FilesystemSource::File(storage) => storage.source.is_some(),
        FilesystemSource::Template(storage) => storage.source.is_some(),
        FilesystemSource::Memory(storage) => storage.source.is_some(),
        FilesystemSource::Volume(storage) => storage.source.is_some(),
    }
}

/// Whether another process serves it.
pub(super) fn has_socket(source: &FilesystemSource) -> bool {
    match source {
        FilesystemSource::Mount(storage) => {
            storage.source.as_ref().is_some_and(|source| source.socket.is_some())
        }
        _ => false,
    }
}
