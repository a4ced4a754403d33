//! As whom guests run.

use nix::unistd::{Group, User};
use omnivirt_core::{Error, ErrorKind, Result};
use rustix::process::{Gid, Uid};

/// A user and a group of the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Credentials {
    user: Uid,
    group: Gid,
}

impl Credentials {
    /// Looks up a user and a group, each by name or number.
    ///
    /// # Errors
    ///
    /// `InvalidUri` if there is no such user or group, `AccessDenied` if this process may not become it.
    pub(crate) fn find(user: &str, group: Option<&str>) -> Result<Self> {
        let unknown = |what: &str, name: &str| {
            Error::new(ErrorKind::InvalidUri, format!("this host has no {what} '{name}'"))
        };
        let (uid, own_group) = match user.parse::<u32>() {
            Ok(number) => (number, None),
            Err(_) => {
                let found = User::from_name(user).ok().flatten().ok_or_else(|| unknown("user", user))?;
                (found.uid.as_raw(), Some(found.gid.as_raw()))
            }
        };
        let gid = match group {
            Some(group) => match group.parse::<u32>() {
                Ok(number) => number,
                Err(_) => {
                    let found = Group::from_name(group).ok().flatten();
                    found.ok_or_else(|| unknown("group", group))?.gid.as_raw()
                }
            },
            None => own_group.unwrap_or(uid),
        };
        let own = (rustix::process::geteuid(), rustix::process::getegid());
        let credentials = Self { user: Uid::from_raw(uid), group: Gid::from_raw(gid) };
        if own.0.is_root() || own == (credentials.user, credentials.group) {
            return Ok(credentials);
        }
        let message = format!("only root can run guests as the user '{user}'");
        Err(Error::new(ErrorKind::AccessDenied, message)
            .with_hint("leave the URI parameters user and group out"))
    }

    /// The numbers of user and group.
    pub(crate) fn numbers(&self) -> (u32, u32) {
        (self.user.as_raw(), self.group.as_raw())
    }

    /// Becomes them for good. Only system calls: it runs between fork and exec.
    pub(super) fn assume(&self) -> std::io::Result<()> {
        if rustix::process::geteuid() == self.user {
            return Ok(());
        }
        rustix::thread::set_thread_groups(&[])?;
        rustix::thread::set_thread_res_gid(self.group, self.group, self.group)?;
        rustix::thread::set_thread_res_uid(self.user, self.user, self.user)?;
        Ok(())
    }
}
