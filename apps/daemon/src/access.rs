//! Who is let in.

use crate::config::{Auth, Method};
use crate::peer::Peer;
use nix::unistd::{Gid, Group, Uid, User, getgrouplist};
use std::ffi::CString;

/// The rule by which clients are let in.
#[derive(Debug)]
pub(crate) enum Access {
    /// Whoever can connect.
    Everyone,
    /// These users, and those of these groups.
    Listed { users: Vec<u32>, groups: Vec<u32> },
}

impl Access {
    /// The rule that the configuration gives.
    ///
    /// # Errors
    ///
    /// For a person: a user or a group that there is not.
    pub(crate) fn of(auth: &Auth) -> Result<Self, String> {
        if auth.method == Method::None {
            return Ok(Self::Everyone);
        }
        let mut users = vec![0, rustix::process::geteuid().as_raw()];
        for name in &auth.allow_users {
            users.push(user(name).map_err(|error| format!("auth.allow_users: {error}"))?);
        }
        let groups = auth.allow_groups.iter().map(|name| group(name)).collect::<Result<_, _>>();
        let groups = groups.map_err(|error| format!("auth.allow_groups: {error}"))?;
        Ok(Self::Listed { users, groups })
    }

    /// Whether a client is let in. May ask the system's user database, which can take time.
    pub(crate) async fn lets_in(&self, peer: Peer) -> bool {
        let Self::Listed { users, groups } = self else { return true };
        if users.contains(&peer.user_id) || groups.contains(&peer.group_id) {
            return true;
        }
        if groups.is_empty() {
            return false;
        }
        let of_user = tokio::task::spawn_blocking(move || groups_of(peer.user_id)).await.unwrap_or_default();
        of_user.iter().any(|group| groups.contains(group))
    }
}

/// The number of a user.
///
/// # Errors
///
/// For a person: there is none of that name.
pub(crate) fn user(name: &str) -> Result<u32, String> {
    match (name.parse(), User::from_name(name)) {
        (Ok(number), _) => Ok(number),
        (_, Ok(Some(user))) => Ok(user.uid.as_raw()),
        _ => Err(format!("there is no user '{name}'; name one that there is, or give a number")),
    }
}

/// The number of a group.
///
/// # Errors
///
/// For a person: there is none of that name.
pub(crate) fn group(name: &str) -> Result<u32, String> {
    match (name.parse(), Group::from_name(name)) {
        (Ok(number), _) => Ok(number),
        (_, Ok(Some(group))) => Ok(group.gid.as_raw()),
        _ => Err(format!("there is no group '{name}'; name one that there is, or give a number")),
    }
}

fn groups_of(user: u32) -> Vec<u32> {
    let Ok(Some(user)) = User::from_uid(Uid::from_raw(user)) else { return Vec::new() };
    let Ok(name) = CString::new(user.name) else { return Vec::new() };
    getgrouplist(&name, user.gid).unwrap_or_default().into_iter().map(Gid::as_raw).collect()
}
