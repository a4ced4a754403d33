//! `<filesystem>`: folders of the host in the guest.

use crate::command::address::{alias, placed, virtio, virtio_options};
use crate::command::arguments::{Arguments, text};
use crate::command::keyed::Keyed;
use crate::command::line::{HELPER_SOCKET, Helper};
use crate::command::properties::Properties;
use crate::command::refusal::unsupported;
use omnivirt_core::Result;
use omnivirt_core::document::OnOff;
use omnivirt_core::domain::devices::Filesystem;
use omnivirt_core::domain::devices::filesystem::{
    AccessMode, CachingMode, FilesystemDirectory, FilesystemDriverType, FilesystemSource, MultipleDevices,
    SandboxMode, WritePolicy,
};

/// Adds the file systems: by 9p, which QEMU serves itself, or by virtiofs, which another process does.
pub(super) fn add(arguments: &mut Arguments<'_>) -> Result<()> {
    for filesystem in &arguments.domain.devices.filesystems {
        let name = alias(&filesystem.info, "filesystem")?;
        let directory = match &filesystem.source {
            FilesystemSource::Mount(mount) => mount.source.as_ref(),
            _ => {
                return Err(unsupported("filesystem/@type", "guests of QEMU share folders only")
                    .with_hint("use type='mount'"));
            }
        };
        let directory = directory.ok_or_else(|| unsupported("filesystem", "it has no source"))?;
        if filesystem.hard_limit.is_some() || filesystem.soft_limit.is_some() {
            return Err(unsupported(
                "filesystem/space_hard_limit",
                "only containers have limits of their file systems",
            ));
        }
        let driver = filesystem.driver.as_ref().and_then(|driver| driver.driver_type);
        match driver {
            Some(FilesystemDriverType::VirtioFs) => add_virtiofs(arguments, filesystem, directory, name)?,
            None | Some(FilesystemDriverType::Default | FilesystemDriverType::Path) => {
                add_9p(arguments, filesystem, directory, name)?;
            }
            Some(other) => {
                return Err(unsupported("filesystem/driver", format!("QEMU has no driver '{other}'")));
            }
        }
    }
    Ok(())
}

fn tag(filesystem: &Filesystem) -> Result<&str> {
    let tag = filesystem.target.as_ref().and_then(|target| target.directory.as_deref());
    tag.ok_or_else(|| unsupported("filesystem/target", "it is not said by which name the guest knows it"))
}

fn add_9p(
    arguments: &mut Arguments<'_>,
    filesystem: &Filesystem,
    directory: &FilesystemDirectory,
    name: &str,
) -> Result<()> {
    let model = match filesystem.access_mode {
        Some(AccessMode::Mapped) => "mapped",
        Some(AccessMode::Squash) => "none",
        _ => "passthrough",
    };
    let folder = directory.directory.as_deref().unwrap_or_default();
    let devices = filesystem.multiple_devices.filter(|one| *one != MultipleDevices::Default);
    let policy = filesystem.driver.as_ref().and_then(|driver| driver.write_policy);
    let server = format!("fsdev-{name}");
    let mut option = Keyed::new("local")
        .with("security_model", model)
        .with_some("multidevs", devices)
        .with_some("fmode", filesystem.file_mode.as_deref())
        .with_some("dmode", filesystem.directory_mode.as_deref());
    if policy == Some(WritePolicy::Immediate) {
        option.push("writeout", "immediate");
    }
    option = option.with("id", &server).with("path", folder);
    if filesystem.is_read_only {
        option = option.with_word("readonly");
    }
    arguments.option("-fsdev", option);
    let device = Properties::driver(virtio("virtio-9p", &filesystem.info, filesystem.model)?)
        .and(virtio_options(filesystem.driver.as_ref().map(|driver| &driver.virtio)))
        .with("id", name)
        .with("fsdev", server)
        .with("mount_tag", tag(filesystem)?)
        .and(placed(arguments.domain, &filesystem.info)?);
    arguments.device(name, device);
    Ok(())
}

fn add_virtiofs(
    arguments: &mut Arguments<'_>,
    filesystem: &Filesystem,
    directory: &FilesystemDirectory,
    name: &str,
) -> Result<()> {
    if !crate::command::memory::is_shared(arguments.domain) {
        return Err(unsupported("filesystem", "virtiofs needs memory that other processes can share")
            .with_hint("write <access mode='shared'/> in <memoryBacking>"));
    }
    let socket = match &directory.socket {
        Some(socket) => socket.clone(),
        None => help(arguments, filesystem, directory, name)?,
    };
    let chardev = format!("chr-vu-{name}");
    arguments.option("-chardev", Keyed::new("socket").with("id", &chardev).with("path", socket));
    let queue = filesystem.driver.as_ref().and_then(|driver| driver.queue_size);
    let device = Properties::driver(virtio("vhost-user-fs", &filesystem.info, filesystem.model)?)
        .and(virtio_options(filesystem.driver.as_ref().map(|driver| &driver.virtio)))
        .with("id", name)
        .with("chardev", chardev)
        .with_some("queue-size", queue)
        .with("tag", tag(filesystem)?)
        .with_some("bootindex", filesystem.info.boot.as_ref().map(|boot| boot.order))
        .and(placed(arguments.domain, &filesystem.info)?);
    arguments.device(name, device);
    Ok(())
}

/// Has the server started. The answer is its socket.
fn help(
    arguments: &mut Arguments<'_>,
    filesystem: &Filesystem,
    directory: &FilesystemDirectory,
    name: &str,
) -> Result<String> {
    let folder = directory.directory.as_deref();
    let folder =
        folder.ok_or_else(|| unsupported("filesystem/source", "it is not said which folder it is"))?;
    let socket = arguments.path(&format!("{name}-fs.sock"));
    let binary = filesystem.binary.as_ref();
    let program = binary.and_then(|binary| binary.path.as_deref()).unwrap_or("/usr/lib/qemu/virtiofsd");
    let mut options = Keyed::default().with("source", folder);
    let cache = binary.and_then(|binary| binary.cache.as_ref()).and_then(|cache| cache.mode);
    options = options.with_some("cache", cache.filter(|mode| *mode != CachingMode::Default));
    let sandbox = binary.and_then(|binary| binary.sandbox.as_ref()).and_then(|sandbox| sandbox.mode);
    options = options.with_some("sandbox", sandbox.filter(|mode| *mode != SandboxMode::Default));
    let mut switch = |is_on: Option<OnOff>, name: &str| {
        if let Some(is_on) = is_on {
            let word = if is_on == OnOff::On { name.to_owned() } else { format!("no_{name}") };
            options = std::mem::take(&mut options).with_word(&word);
        }
    };
    switch(binary.and_then(|binary| binary.extended_attributes), "xattr");
    let lock = binary.and_then(|binary| binary.lock.as_ref());
    switch(lock.and_then(|lock| lock.flock), "flock");
    switch(lock.and_then(|lock| lock.posix), "posix_lock");
    let shown = text(&socket);
    let mut call = vec![format!("--fd={HELPER_SOCKET}"), "-o".to_owned(), options.into()];
    if let Some(size) = binary.and_then(|binary| binary.threads.as_ref()).and_then(|threads| threads.size) {
        call.push(format!("--thread-pool-size={size}"));
    }
    if filesystem.is_read_only {
        return Err(unsupported("filesystem/readonly", "virtiofs serves no folder for reading only"));
    }
    arguments.help(Helper {
        alias: name.to_owned(),
        program: program.to_owned(),
        arguments: call,
        socket,
        state: None,
    });
    Ok(shown)
}
