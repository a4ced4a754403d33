//! What a driver adds to a pool's document, and what it refuses.

use super::kinds::{Kind, Part, Target};
use super::source::{PoolFormat, PoolFormatType, PoolSource, SourceDirectory};
use super::{Pool, PoolType};
use crate::document::DocumentErrorKind::{self, Invalid, NotSupported, Unsupported};
use crate::domain::rules::Fault;
use crate::xml::quoted;

/// Completes and checks a pool, as defining it does.
///
/// # Errors
///
/// Something that its type needs is missing, or it has what its type cannot have.
pub fn complete(pool: &mut Pool) -> Result<(), Fault> {
    let kind = pool.pool_type.kind();
    check_format(pool, &kind)?;
    complete_name(pool, &kind)?;
    check_features(pool)?;
    check_source(pool, &kind)?;
    complete_source(pool, &kind);
    complete_target(pool, &kind)?;
    leave_out(pool);
    Ok(())
}

fn fault(kind: DocumentErrorKind, path: &str, message: &str) -> Fault {
    Fault::new(kind, path, message)
}

fn check_format(pool: &Pool, kind: &Kind) -> Result<(), Fault> {
    let Some(source) = &pool.source else { return Ok(()) };
    let format = source.format.as_ref().and_then(|format| format.format);
    let Some(format) = format.filter(|_| !kind.formats.is_empty()) else { return Ok(()) };
    if kind.formats.contains(&format) {
        return Ok(());
    }
    let words: Vec<_> = kind.formats.iter().map(|format| format.as_str()).collect();
    let message = format!("a pool of this type has no format {format}: it has {}", words.join(", "));
    Err(Fault::new(Unsupported, "source/format/@type", message))
}

fn complete_name(pool: &mut Pool, kind: &Kind) -> Result<(), Fault> {
    let source = pool.source.get_or_insert_default();
    if pool.name.is_none() && kind.is_named_by_source {
        pool.name.clone_from(&source.name);
    }
    let Some(name) = &pool.name else {
        return Err(fault(Invalid, "name", "the pool has no name").hint("write it as <name>images</name>"));
    };
    if name.contains('/') {
        let message = format!("the name {} has a '/' in it", quoted(name));
        return Err(Fault::new(Invalid, "name", message).hint("leave the '/' out"));
    }
    if source.name.is_none() && kind.name == Part::Optional {
        source.name = Some(name.clone());
    }
    Ok(())
}

fn check_features(pool: &Pool) -> Result<(), Fault> {
    let is_told = pool.features.as_ref().is_some_and(|features| features.copy_on_write.is_some());
    if is_told && !matches!(pool.pool_type, PoolType::Directory | PoolType::FileSystem) {
        return Err(fault(
            NotSupported,
            "features/cow",
            "only pools of type dir and fs are copied on writing",
        ));
    }
    Ok(())
}

fn check_source(pool: &Pool, kind: &Kind) -> Result<(), Fault> {
    let Some(source) = &pool.source else { return Ok(()) };
    let missing = |part: Part, is_there: bool, kind, message| match part {
        Part::Needed if !is_there => Err(fault(kind, "source", message)),
        _ => Ok(()),
    };
    let path = source.directory.as_ref().and_then(|directory| directory.path.as_ref());
    let adapter = source.adapter.as_ref().filter(|adapter| !adapter.is_blank());
    missing(kind.host, !source.hosts.is_empty(), Invalid, "the source has no host")?;
    missing(kind.name, source.name.is_some(), Invalid, "the source has no name")?;
    missing(kind.initiator, source.initiator_name().is_some(), Unsupported, "the source has no initiator")?;
    missing(kind.device, !source.devices.is_empty(), Invalid, "the source has no device")?;
    missing(kind.directory, path.is_some(), Invalid, "the source has no directory")?;
    missing(kind.adapter, adapter.is_some(), Invalid, "the source has no adapter")?;
    let format = source.format.as_ref().and_then(|format| format.format);
    let version = source.protocol.as_ref().and_then(|protocol| protocol.version.as_ref());
    if version.is_some()
        && pool.pool_type == PoolType::NetworkFileSystem
        && matches!(format, Some(PoolFormatType::Cifs | PoolFormatType::GlusterFs))
    {
        return Err(fault(Unsupported, "source/protocol/@ver", "only NFS has versions of its protocol"));
    }
    Ok(())
}

/// Leaves out what the type does not have, and says what is meant where nothing is said.
fn complete_source(pool: &mut Pool, kind: &Kind) {
    let is_gluster = pool.pool_type == PoolType::Gluster;
    let source = pool.source.get_or_insert_default();
    let PoolSource { hosts, devices, directory, adapter, name, initiator, format, .. } = source;
    match kind.host {
        Part::None => hosts.clear(),
        _ => hosts.iter_mut().for_each(|host| host.port = host.port.filter(|port| *port != 0)),
    }
    match kind.device {
        Part::None => devices.clear(),
        _ => devices.iter_mut().for_each(|device| device.free_extents.clear()),
    }
    let path = directory.take().and_then(|directory| directory.path).filter(|_| kind.directory != Part::None);
    let path = path.map(|path| cleaned(&path)).or_else(|| is_gluster.then(|| "/".to_owned()));
    *directory = path.map(|path| SourceDirectory { path: Some(path) });
    match adapter {
        Some(adapter) if kind.adapter != Part::None => adapter.complete(),
        _ => *adapter = None,
    }
    if kind.name == Part::None {
        *name = None;
    }
    if kind.initiator == Part::None {
        *initiator = None;
    }
    let named = format.take().and_then(|format| format.format);
    *format = named
        .filter(|format| kind.formats.contains(format))
        .or_else(|| kind.formats.first().copied())
        .map(|format| PoolFormat { format: Some(format) });
}

fn complete_target(pool: &mut Pool, kind: &Kind) -> Result<(), Fault> {
    let name = pool.source.as_ref().and_then(|source| source.name.clone()).unwrap_or_default();
    let target = match kind.target {
        Target::None => {
            pool.target = None;
            return Ok(());
        }
        Target::In(directory) => {
            let target = pool.target.get_or_insert_default();
            target.path = Some(format!("{directory}{name}"));
            target
        }
        Target::Given => {
            let target = pool.target.get_or_insert_default();
            let Some(path) = &mut target.path else {
                return Err(fault(Invalid, "target", "the pool has no target path")
                    .hint("write it as <target><path>/srv/images</path></target>"));
            };
            *path = cleaned(path);
            target
        }
    };
    if let Some(permissions) = &mut target.permissions {
        permissions.complete();
    }
    Ok(())
}

/// Leaves out what only some types have.
fn leave_out(pool: &mut Pool) {
    if !matches!(pool.pool_type, PoolType::FileSystem | PoolType::NetworkFileSystem) {
        pool.mount_options = None;
    }
    if pool.pool_type != PoolType::Rbd {
        pool.ceph_settings = None;
    }
}

/// A path without `//` but at its start, and without a `/` at its end.
fn cleaned(path: &str) -> String {
    let leading = path.len() - path.trim_start_matches('/').len();
    let parts: Vec<_> = path.split('/').filter(|part| !part.is_empty()).collect();
    // Two slashes at the start can mean something else; three cannot.
    let start = match leading {
        0 => "",
        2 => "//",
        _ => "/",
    };
    format!("{start}{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::cleaned;

    #[test]
    fn paths_are_cleaned_as_libvirt_does() {
        for (path, expected) in [
            ("/t/", "/t"),
            ("/t//", "/t"),
            ("//t", "//t"),
            ("///", "/"),
            ("/", "/"),
            ("rel//x/", "rel/x"),
            (" ", " "),
            ("/a/../b/./c", "/a/../b/./c"),
            ("///a//b", "/a/b"),
        ] {
            assert_eq!(cleaned(path), expected, "{path}");
        }
    }
}
