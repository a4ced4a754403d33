//! The firmware: a ROM, or two flash memories.

use super::arguments::Arguments;
use super::properties::Properties;
use super::refusal::unsupported;
use omnivirt_core::Result;
use omnivirt_core::domain::YesNo;
use omnivirt_core::domain::os::{LoaderType, NvramStore};

/// Adds the firmware. The answer is the names of the nodes that are the machine's flash memories.
pub(super) fn add(arguments: &mut Arguments<'_>) -> Result<Vec<String>> {
    let Some(os) = &arguments.domain.os else { return Ok(Vec::new()) };
    let Some(loader) = os.loader.as_ref().filter(|loader| !loader.path.is_empty()) else {
        return match os.firmware {
            Some(firmware) if firmware != omnivirt_core::domain::os::FirmwareType::Bios => {
                let why = format!("no firmware of the kind '{firmware}' was chosen");
                Err(unsupported("os/@firmware", why).with_hint("name it in <loader>"))
            }
            _ => Ok(Vec::new()),
        };
    };
    if loader.loader_type != Some(LoaderType::Pflash) {
        arguments.option("-bios", loader.path.as_str());
        return Ok(Vec::new());
    }
    if loader.secure == Some(YesNo::Yes) {
        arguments.option("-global", "driver=cfi.pflash01,property=secure,value=on");
    }
    let is_read_only = loader.read_only == Some(YesNo::Yes);
    let mut nodes = vec![add_flash(arguments, 0, is_read_only, file(&loader.path))];
    if let Some(nvram) = &os.nvram {
        let storage = storage(nvram)?;
        let path = nvram_file(nvram);
        if let (Some(template), Some(path)) = (&nvram.template, path) {
            arguments.copy(template, path);
        }
        nodes.push(add_flash(arguments, 1, false, storage));
    }
    Ok(nodes)
}

fn file(path: &str) -> Properties {
    Properties::driver("file").with("filename", path)
}

fn add_flash(arguments: &mut Arguments<'_>, number: u32, is_read_only: bool, storage: Properties) -> String {
    let (lower, upper) =
        (format!("libvirt-pflash{number}-storage"), format!("libvirt-pflash{number}-format"));
    let storage = storage.with("node-name", lower.as_str()).with("auto-read-only", true);
    arguments.json("-blockdev", storage.with("discard", "unmap"));
    let format = Properties::default()
        .with("node-name", upper.as_str())
        .with("read-only", is_read_only)
        .with("driver", "raw");
    arguments.json("-blockdev", format.with("file", lower));
    upper
}

/// The file that keeps the firmware's variables, if one does.
fn nvram_file(nvram: &NvramStore) -> Option<&str> {
    let path = (!nvram.path.is_empty()).then_some(nvram.path.as_str());
    path.or_else(|| nvram.source.as_ref().and_then(|source| source.file.as_deref()))
}

/// Where the firmware's variables are.
fn storage(nvram: &NvramStore) -> Result<Properties> {
    let source = nvram.source.as_ref();
    if let Some(path) = nvram_file(nvram) {
        return Ok(file(path));
    }
    if let Some(device) = source.and_then(|source| source.device.as_deref()) {
        return Ok(Properties::driver("host_device").with("filename", device));
    }
    let kind = source.and_then(|source| source.protocol.as_deref()).unwrap_or("nothing");
    Err(unsupported(
        "os/nvram",
        format!("the firmware's variables cannot be kept at a source of the kind '{kind}'"),
    ))
}
