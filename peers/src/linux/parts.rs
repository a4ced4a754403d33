//! What the Linux guest is made of, out of Debian's packages. They are unpacked, not installed.

use crate::Result;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The package that names the newest kernel, which has what a virtual machine needs and little else.
const KERNEL: &str = "linux-image-cloud-amd64";

/// The modules of the kernel that the guest has, beside those that they need.
const MODULES: [&str; 11] = [
    "button",
    "evdev",
    "pvpanic-pci",
    "sd_mod",
    "virtio-rng",
    "virtio_balloon",
    "virtio_blk",
    "virtio_console",
    "virtio_net",
    "virtio_pci",
    "virtio_scsi",
];

/// A folder with the parts.
#[derive(Debug)]
pub(super) struct Parts(PathBuf);

impl Parts {
    /// Sees to it that the parts are in a folder: takes them from Debian's archive, unless they are there.
    pub(super) fn fetch(folder: &Path) -> Result<Self> {
        let parts = Self(folder.to_owned());
        if parts.are_there() {
            return Ok(parts);
        }
        let outer = folder.parent().ok_or("a folder for the guest's parts has no parent")?;
        fs::create_dir_all(outer).map_err(|error| format!("{}: {error}", outer.display()))?;
        let work = tempfile::tempdir_in(outer).map_err(|error| error.to_string())?;
        let unpacked = work.path().join("unpacked");
        // Lists of yesterday name packages that are not there any more.
        output(Command::new("apt-get").args(["--quiet", "update"]))?;
        for package in ["busybox-static", "qemu-guest-agent", &newest_kernel()?] {
            unpack(package, work.path(), &unpacked)?;
        }
        let new = Self(work.path().join("parts"));
        new.take_from(&unpacked)?;
        // Somebody else may have fetched the same meanwhile.
        if !parts.are_there() {
            let _ = fs::remove_dir_all(folder);
            fs::rename(&new.0, folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        }
        Ok(parts)
    }

    /// The kernel.
    pub(super) fn kernel(&self) -> PathBuf {
        self.0.join("vmlinuz")
    }

    /// Most of its programs.
    pub(super) fn busybox(&self) -> PathBuf {
        self.0.join("busybox")
    }

    /// The guest agent.
    pub(super) fn agent(&self) -> PathBuf {
        self.0.join("qemu-ga")
    }

    /// The modules, each behind those that it needs.
    pub(super) fn modules(&self) -> Result<Vec<PathBuf>> {
        let folder = self.0.join("modules");
        let mut modules = Vec::new();
        for entry in fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))? {
            modules.push(entry.map_err(|error| error.to_string())?.path());
        }
        modules.sort();
        Ok(modules)
    }

    /// The libraries that the agent is linked with, which QEMU has too: this host's are taken.
    pub(super) fn libraries_of_agent(&self) -> Result<Vec<String>> {
        let text = output(Command::new("ldd").arg(self.agent()))?;
        if let Some(line) = text.lines().find(|line| line.contains("not found")) {
            return Err(format!("the guest agent needs a library that QEMU has brought elsewhere: {line}"));
        }
        let paths = text.split_whitespace().filter(|word| word.starts_with('/'));
        Ok(paths.map(str::to_owned).collect())
    }

    fn are_there(&self) -> bool {
        let Ok(modules) = self.modules() else { return false };
        let has =
            |name: &str| modules.iter().any(|path| path.to_string_lossy().ends_with(&format!("-{name}.ko")));
        self.kernel().exists()
            && self.busybox().exists()
            && self.agent().exists()
            && MODULES.into_iter().all(has)
    }

    /// Takes what the guest needs out of unpacked packages.
    fn take_from(&self, unpacked: &Path) -> Result<()> {
        let files = files_below(unpacked)?;
        let copy = |from: &Path, to: &Path| {
            fs::copy(from, to).map(drop).map_err(|error| format!("cannot copy {}: {error}", from.display()))
        };
        fs::create_dir_all(self.0.join("modules")).map_err(|error| error.to_string())?;
        copy(found(&files, "vmlinuz", |name| name.starts_with("vmlinuz"))?, &self.kernel())?;
        copy(found(&files, "busybox", |name| name == "busybox")?, &self.busybox())?;
        copy(found(&files, "qemu-ga", |name| name == "qemu-ga")?, &self.agent())?;
        let mut taken = Vec::new();
        for name in MODULES {
            add_module(name, &files, &mut taken)?;
        }
        for (place, module) in taken.iter().enumerate() {
            let name = module.file_name().unwrap_or_default().to_string_lossy();
            copy(module, &self.0.join(format!("modules/{place:02}-{name}")))?;
        }
        Ok(())
    }
}

/// Adds a module behind those that it needs, unless it is there.
fn add_module<'a>(name: &str, files: &'a [PathBuf], taken: &mut Vec<&'a Path>) -> Result<()> {
    // A module's name and its file's may differ in this.
    let wanted = format!("{name}.ko").replace('-', "_");
    let path = found(files, &wanted, |file| file.replace('-', "_") == wanted)?;
    if taken.contains(&path) {
        return Ok(());
    }
    let bytes = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    // What a module says of itself is a row of texts with a zero behind each.
    let says = bytes.split(|byte| *byte == 0).find_map(|text| text.strip_prefix(b"depends="));
    let needs = String::from_utf8_lossy(says.unwrap_or_default());
    for needed in needs.split(',').filter(|needed| !needed.is_empty()) {
        add_module(needed, files, taken)?;
    }
    taken.push(path);
    Ok(())
}

fn found<'a>(files: &'a [PathBuf], part: &str, is_it: impl Fn(&str) -> bool) -> Result<&'a Path> {
    let name = |path: &&PathBuf| path.file_name().is_some_and(|name| is_it(&name.to_string_lossy()));
    let path = files.iter().find(name).map(PathBuf::as_path);
    path.ok_or_else(|| format!("Debian's packages lack a part of the guest: {part}"))
}

fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))? {
            let entry = entry.map_err(|error| error.to_string())?;
            let kind = entry.file_type().map_err(|error| error.to_string())?;
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                files.push(entry.path());
            }
        }
    }
    Ok(files)
}

/// The package of the kernel that Debian has now.
fn newest_kernel() -> Result<String> {
    let text = output(Command::new("apt-cache").args(["depends", KERNEL]))?;
    let name = text.lines().find_map(|line| line.trim().strip_prefix("Depends: "));
    name.map(str::to_owned).ok_or_else(|| format!("apt knows no {KERNEL}; run `apt-get update`"))
}

fn unpack(package: &str, work: &Path, into: &Path) -> Result<()> {
    let folder = work.join(package);
    fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    // Everything here is this user's: apt need not become another.
    let download = ["--quiet", "--option", "APT::Sandbox::User=", "download", package];
    output(Command::new("apt-get").args(download).current_dir(&folder))
        .map_err(|error| format!("{error}\nif the package is not found, run `apt-get update`"))?;
    for archive in files_below(&folder)? {
        output(Command::new("dpkg-deb").arg("--extract").arg(archive).arg(into))?;
    }
    Ok(())
}

/// What a program says, if it succeeds.
fn output(command: &mut Command) -> Result<String> {
    let outcome = command.output().map_err(|error| format!("cannot run {command:?}: {error}"))?;
    if !outcome.status.success() {
        return Err(format!("{command:?}: {}", String::from_utf8_lossy(&outcome.stderr)));
    }
    Ok(String::from_utf8_lossy(&outcome.stdout).into_owned())
}
