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
        let credentials = Self::of(user, group)?;
        let own = Self::own();
        if own.user.is_root() || own == credentials {
            return Ok(credentials);
        }
        let message = format!("only root can run guests as the user '{user}'");
        Err(Error::new(ErrorKind::AccessDenied, message)
            .with_hint("leave the URI parameters user and group out"))
    }

    /// Who this process is.
    pub(crate) fn own() -> Self {
        Self { user: rustix::process::geteuid(), group: rustix::process::getegid() }
    }

    /// Looks up a user and a group, each by name or number, whoever they are.
    ///
    /// # Errors
    ///
    /// `InvalidUri` if there is no such user or group.
    pub(crate) fn of(user: &str, group: Option<&str>) -> Result<Self> {
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
        Ok(Self { user: Uid::from_raw(uid), group: Gid::from_raw(gid) })
    }

    /// The numbers of user and group.
    pub(crate) fn numbers(&self) -> (u32, u32) {
        (self.user.as_raw(), self.group.as_raw())
    }

    /// What they are called, for people.
    pub(crate) fn name(&self) -> String {
        let user = User::from_uid(nix::unistd::Uid::from_raw(self.user.as_raw())).ok().flatten();
        user.map_or_else(|| self.user.to_string(), |user| user.name)
    }

    /// Whether it is somebody else than this process.
    pub(crate) fn is_other(&self) -> bool {
        rustix::process::geteuid() != self.user
    }

    /// Does something as this user, without any group but its own: the kernel then says what it may do.
    ///
    /// It is done on a thread that ends afterwards, since only that thread becomes the user.
    ///
    /// # Errors
    ///
    /// `System` if there can be no such thread.
    pub(crate) fn on_behalf<T: Send>(&self, groups: &[Gid], work: impl FnOnce() -> T + Send) -> Result<T> {
        if !self.is_other() {
            return Ok(work());
        }
        let failed = |error: std::io::Error| {
            let message = format!("cannot look at files as the user '{}': {error}", self.name());
            Error::new(ErrorKind::System, message).with_source(error)
        };
        std::thread::scope(|scope| {
            let thread = std::thread::Builder::new().name("as-guest".to_owned());
            let thread = thread.spawn_scoped(scope, || self.assume(groups).map(|()| work()));
            let ended = thread.map_err(failed)?.join();
            ended
                .map_err(|_| Error::new(ErrorKind::Internal, "looking at files as another user broke off"))?
                .map_err(failed)
        })
    }

    /// Becomes them for good, with these groups besides. Only system calls: it runs between fork and exec.
    pub(super) fn assume(&self, groups: &[Gid]) -> std::io::Result<()> {
        Self::leave_groups(groups)?;
        if rustix::process::geteuid() == self.user {
            return Ok(());
        }
        rustix::thread::set_thread_res_gid(self.group, self.group, self.group)?;
        rustix::thread::set_thread_res_uid(self.user, self.user, self.user)?;
        Ok(())
    }

    /// Leaves all groups but these, where this process may: only root has more than it needs.
    pub(super) fn leave_groups(groups: &[Gid]) -> std::io::Result<()> {
        if rustix::process::geteuid().is_root() {
            rustix::thread::set_thread_groups(groups)?;
        }
        Ok(())
    }
}
