//! The files of the host that a document names, and what QEMU does with each.

use super::chain::path_of;
use super::labels;
use omnivirt_core::document::YesNo;
use omnivirt_core::domain::Domain;
use omnivirt_core::domain::devices::character_device::{CharacterLog, SocketMode};
use omnivirt_core::domain::devices::disk::{BackingStore, DiskDevice};
use omnivirt_core::domain::devices::graphics::GraphicsListen;
use omnivirt_core::domain::devices::{CharacterSource, Disk, Graphics};
use omnivirt_core::domain::os::LoaderType;
use omnivirt_core::storage_source::StorageSource;
use std::path::{Path, PathBuf};

/// A file that a document names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) path: PathBuf,
    /// What it is in the document.
    pub(super) what: String,
    pub(super) need: Need,
    /// Whether several domains may use it at once, although it is written.
    pub(super) is_shareable: bool,
    /// Whether it stays whose it is, although the guests' user cannot use it then.
    pub(super) keeps_owner: bool,
}

/// What QEMU does with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    Read,
    /// Reads and writes it.
    Write,
    /// Writes it, and makes it if it is not there.
    Make,
    /// Reads all that is in the folder.
    ReadFolder,
    /// Makes a socket in the folder.
    MakeIn,
    /// Connects to the socket.
    Connect,
}

/// All of them, each once for each need.
pub(super) fn of(domain: &Domain) -> Vec<Named> {
    let mut list = List(Vec::new());
    for disk in &domain.devices.disks {
        list.disk(disk);
    }
    list.firmware(domain);
    for (sort, source, log) in character_devices(domain) {
        if let Some(file) = log.and_then(|log| log.file.as_ref()) {
            list.add(file, format!("<{sort}><log>"), Need::Make);
        }
        let first = list.0.len();
        list.character(sort, source);
        if labels::keeps_owner(labels::of_character(source)) {
            list.0[first..].iter_mut().for_each(|named| named.keeps_owner = true);
        }
    }
    let devices = &domain.devices;
    for graphics in &devices.graphics {
        let Graphics::Vnc(vnc) = graphics else { continue };
        let listens = vnc.listens.iter().filter_map(|listen| match listen {
            GraphicsListen::Socket(listen) => listen.socket.as_ref(),
            _ => None,
        });
        for socket in listens.chain(&vnc.socket) {
            list.socket(socket, "<graphics type='vnc'>");
        }
    }
    for interface in &devices.interfaces {
        if let Some(file) = interface.info.rom.as_ref().and_then(|rom| rom.file.as_ref()) {
            list.add(file, "<interface><rom>", Need::Read);
        }
    }
    if labels::keeps_owners(domain) {
        list.0.iter_mut().for_each(|named| named.keeps_owner = true);
    }
    list.0
}

/// The devices of characters, by their elements, with what they write to besides.
pub(super) fn character_devices(
    domain: &Domain,
) -> impl Iterator<Item = (&'static str, &CharacterSource, Option<&CharacterLog>)> {
    let devices = &domain.devices;
    let serials = devices.serials.iter().map(|device| ("serial", &device.source, device.log.as_ref()));
    let parallels = devices.parallels.iter().map(|device| ("parallel", &device.source, device.log.as_ref()));
    let consoles = devices.consoles.iter().map(|device| ("console", &device.source, device.log.as_ref()));
    let channels = devices.channels.iter().map(|device| ("channel", &device.source, device.log.as_ref()));
    serials.chain(parallels).chain(consoles).chain(channels)
}

struct List(Vec<Named>);

impl List {
    fn add(&mut self, path: impl AsRef<Path>, what: impl Into<String>, need: Need) {
        let path = path.as_ref().to_owned();
        self.push(Named { path, what: what.into(), need, is_shareable: false, keeps_owner: false });
    }

    fn push(&mut self, named: Named) {
        let is_it = |known: &Named| known.path == named.path && known.need == named.need;
        if !named.path.as_os_str().is_empty() && !self.0.iter().any(is_it) {
            self.0.push(named);
        }
    }

    fn disk(&mut self, disk: &Disk) {
        let target = disk.target.as_ref().map(|target| &*target.name).unwrap_or_default();
        let what = format!("<disk> '{target}'");
        if let StorageSource::Directory(folder) = &disk.source
            && let Some(folder) = folder.source.as_ref().and_then(|source| source.directory.as_ref())
        {
            self.add(folder, what.clone(), Need::ReadFolder);
        }
        let is_read = disk.is_read_only || disk.device == Some(DiskDevice::Cdrom);
        if let Some(path) = path_of(&disk.source) {
            self.push(Named {
                path: path.to_owned(),
                what: what.clone(),
                need: if is_read { Need::Read } else { Need::Write },
                is_shareable: disk.is_shareable,
                keeps_owner: labels::keeps_owner(labels::of_source(&disk.source)),
            });
        }
        let mut below: Option<&BackingStore> = disk.backing_store.as_deref();
        while let Some(store) = below {
            if let Some(path) = store.source.as_ref().and_then(path_of) {
                self.add(path, format!("{what} as <backingStore>"), Need::Read);
            }
            below = store.backing_store.as_deref();
        }
    }

    fn firmware(&mut self, domain: &Domain) {
        let Some(os) = &domain.os else { return };
        for (what, path) in [("<kernel>", &os.kernel), ("<initrd>", &os.initrd), ("<dtb>", &os.dtb)] {
            if let Some(path) = path {
                self.add(path, what, Need::Read);
            }
        }
        for table in &os.acpi_tables {
            self.add(&table.path, "<acpi><table>", Need::Read);
        }
        if let Some(loader) = &os.loader {
            let is_written =
                loader.loader_type == Some(LoaderType::Pflash) && loader.read_only == Some(YesNo::No);
            self.add(&loader.path, "<loader>", if is_written { Need::Write } else { Need::Read });
        }
        if let Some(nvram) = &os.nvram {
            let source =
                nvram.source.as_ref().and_then(|source| source.file.as_ref().or(source.device.as_ref()));
            self.add(source.unwrap_or(&nvram.path), "<nvram>", Need::Write);
        }
    }

    fn character(&mut self, sort: &str, source: &CharacterSource) {
        let path = |source: &omnivirt_core::domain::devices::character_device::FileOrDeviceSource| {
            source.source.as_ref().and_then(|source| source.path.clone())
        };
        match source {
            CharacterSource::File(file) => {
                if let Some(file) = path(file) {
                    self.add(file, format!("<{sort} type='file'>"), Need::Make);
                }
            }
            CharacterSource::Device(device) => {
                if let Some(device) = path(device) {
                    self.add(device, format!("<{sort} type='dev'>"), Need::Write);
                }
            }
            CharacterSource::Pipe(pipe) => {
                // QEMU takes one pipe for each direction, or the same for both.
                for pipe in path(pipe)
                    .into_iter()
                    .flat_map(|path| [format!("{path}.in"), format!("{path}.out"), path])
                {
                    self.add(pipe, format!("<{sort} type='pipe'>"), Need::Write);
                }
            }
            CharacterSource::Unix(unix) => {
                let Some(socket) = &unix.source else { return };
                let Some(path) = &socket.path else { return };
                match socket.mode {
                    Some(SocketMode::Connect) => {
                        self.add(path, format!("<{sort} type='unix'>"), Need::Connect)
                    }
                    _ => self.socket(path, &format!("<{sort} type='unix'>")),
                }
            }
            _ => {}
        }
    }

    /// A socket that QEMU makes.
    fn socket(&mut self, path: &str, what: &str) {
        if let Some(folder) = Path::new(path).parent() {
            self.add(folder, format!("the folder of {what}"), Need::MakeIn);
        }
    }
}
