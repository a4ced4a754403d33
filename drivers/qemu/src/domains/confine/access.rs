//! Whether a user of the host can do with a file what QEMU has to, and whether the file may be given to them for that.

use super::named::{Named, Need};
use crate::process::Credentials;
use omnivirt_core::{Error, ErrorKind, Result};
use rustix::fd::OwnedFd;
use rustix::fs::{Access, AtFlags, CWD, FileType, Mode, OFlags, Stat};
use rustix::process::{Gid, Uid};
use std::path::{Path, PathBuf};

/// Folders with what belongs to the host itself: nothing in them is given to a guest's user, or read because an image says so.
const OF_THE_HOST: &[&str] =
    &["/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/proc", "/sbin", "/sys", "/usr"];
/// The kernel's number for devices that are its memory.
const MEMORY_DEVICES: u32 = 1;

/// The folder of the host itself in which that is, if it is in one.
pub(super) fn system_folder(path: &Path) -> Option<&'static str> {
    OF_THE_HOST.iter().copied().find(|folder| path.starts_with(folder))
}

/// Which of these the user can use as they are. What is not there is not asked for: QEMU says that best.
pub(super) fn usable(files: &[&Named], user: &Credentials, groups: &[Gid]) -> Result<Vec<bool>> {
    user.on_behalf(groups, || {
        let is_usable = |named: &&Named| {
            let (path, access) = match named.need {
                Need::Read => (&named.path, Access::READ_OK),
                Need::ReadFolder => (&named.path, Access::READ_OK | Access::EXEC_OK),
                Need::Write | Need::Make => (&named.path, Access::READ_OK | Access::WRITE_OK),
                Need::MakeIn => (&named.path, Access::WRITE_OK | Access::EXEC_OK),
                Need::Connect => (&named.path, Access::WRITE_OK),
            };
            rustix::fs::accessat(CWD, path, access, AtFlags::EACCESS).is_ok()
        };
        files.iter().map(is_usable).collect()
    })
}

/// Why the user cannot use a file: the folder that keeps them out, or the file itself.
pub(super) fn denied(named: &Named, user: &Credentials, groups: &[Gid], why: &str) -> Error {
    let closed = user.on_behalf(groups, || {
        let above: Vec<&Path> = named.path.ancestors().skip(1).collect();
        let is_open =
            |folder: &&&Path| rustix::fs::accessat(CWD, **folder, Access::EXEC_OK, AtFlags::EACCESS).is_ok();
        above.iter().rev().find(|folder| !is_open(folder)).map(|folder| folder.to_path_buf())
    });
    let does = match named.need {
        Need::Read | Need::ReadFolder => "read",
        Need::Write | Need::Make => "write",
        Need::MakeIn => "make files in",
        Need::Connect => "connect to",
    };
    let user = user.name();
    let message = format!(
        "guests run as the user '{user}', who may not {does} '{}', which the document names as {}: {}",
        named.path.display(),
        named.what,
        match &closed {
            Ok(Some(folder)) => format!("the folder '{}' is closed to them", folder.display()),
            _ => why.to_owned(),
        }
    );
    Error::new(ErrorKind::AccessDenied, message)
        .with_hint(format!("put it where '{user}' can reach it, or give it to '{user}' for good"))
}

/// A file that may be given to a user.
pub(super) struct Lendable {
    file: OwnedFd,
    pub(super) facts: Stat,
}

impl Lendable {
    /// Opens a file that is to be given away.
    ///
    /// # Errors
    ///
    /// Why it may not be.
    pub(super) fn open(named: &Named, kept: &[PathBuf]) -> std::result::Result<Self, String> {
        if named.keeps_owner {
            return Err("by its <seclabel> it stays whose it is".to_owned());
        }
        let wrong = |error: rustix::io::Errno| std::io::Error::from(error).to_string();
        let flags = OFlags::PATH | OFlags::CLOEXEC;
        let file = rustix::fs::openat(CWD, &named.path, flags, Mode::empty()).map_err(wrong)?;
        let facts = rustix::fs::fstat(&file).map_err(wrong)?;
        let sort = FileType::from_raw_mode(facts.st_mode);
        // Where it really is, whatever links lead there.
        let real = std::fs::canonicalize(&named.path).map_err(|error| error.to_string())?;
        let is_device = sort.is_block_device()
            || sort.is_char_device() && rustix::fs::major(facts.st_rdev) != MEMORY_DEVICES;
        if let Some(folder) = system_folder(&real)
            && !(folder == "/dev" && is_device)
        {
            return Err(format!("what is in {folder} is the host's, and not given to guests"));
        }
        if let Some(folder) = kept.iter().find(|folder| real.starts_with(folder)) {
            return Err(format!("what is in '{}' is the driver's own", folder.display()));
        }
        let may_be_given = match named.need {
            Need::Read | Need::Write | Need::Make => sort.is_file() || sort.is_fifo() || is_device,
            Need::MakeIn => sort.is_dir() && has_only_sockets(&real),
            Need::ReadFolder | Need::Connect => false,
        };
        if !may_be_given {
            return Err("it is theirs only if somebody else gives it to them".to_owned());
        }
        if sort.is_file() && facts.st_nlink > 1 {
            return Err("the file has other names too, and is not given away".to_owned());
        }
        if facts.st_mode & 0o6000 != 0 {
            return Err("the file is a program that runs as its owner, and is not given away".to_owned());
        }
        Ok(Self { file, facts })
    }

    /// Opens a file that was given away, if it is still the same.
    pub(super) fn again(path: &Path, device: u64, inode: u64) -> Option<Self> {
        let flags = OFlags::PATH | OFlags::CLOEXEC;
        let file = rustix::fs::openat(CWD, path, flags, Mode::empty()).ok()?;
        let facts = rustix::fs::fstat(&file).ok()?;
        (facts.st_dev == device && facts.st_ino == inode).then_some(Self { file, facts })
    }

    /// Gives it to a user; its group stays as it is.
    pub(super) fn give(&self, user: u32) -> std::io::Result<()> {
        let given = rustix::fs::chownat(&self.file, "", Some(Uid::from_raw(user)), None, AtFlags::EMPTY_PATH);
        given.map_err(Into::into)
    }
}

/// Whether nothing is in a folder that could be meant for others.
fn has_only_sockets(folder: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt as _;
    std::fs::read_dir(folder).is_ok_and(|mut entries| {
        entries.all(|entry| entry.and_then(|entry| entry.file_type()).is_ok_and(|sort| sort.is_socket()))
    })
}
