//! What the agent in a guest knows and does.

mod answers;
mod disks;

use super::agent;
use super::state::DomainEntry;
use crate::agent::{Agent, is_unknown_command};
use crate::connection::QemuDriver;
use answers::{Disk, Filesystem, HostName, Interface, Load, SshKeys, System, TimeZone, Trimmed, User};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use disks::Disks;
use omnivirt_core::*;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

#[driver_ops]
impl DomainGuestOps for QemuDriver {
    async fn guest_info(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        groups: &GuestInfoGroups,
    ) -> Result<GuestInfo> {
        let entry = self.host.domain(domain)?;
        let questions = Questions::of(&entry, *groups == GuestInfoGroups::default()).await?;
        let mut info = GuestInfo::default();
        if let Some(users) = questions.ask::<Vec<User>>(groups.users, "guest-get-users").await? {
            info.users = users.into_iter().map(Into::into).collect();
        }
        info.os = questions.ask::<System>(groups.os, "guest-get-osinfo").await?.map(Into::into);
        if let Some(here) = questions.ask::<TimeZone>(groups.timezone, "guest-get-timezone").await? {
            info.timezone = here.zone;
            info.timezone_offset_seconds = Some(here.offset);
        }
        let name = questions.ask::<HostName>(groups.hostname, "guest-get-host-name").await?;
        info.hostname = name.map(|name| name.host_name);
        let disks = disks_of(&entry)?;
        if let Some(found) = questions.ask::<Vec<Filesystem>>(groups.filesystems, "guest-get-fsinfo").await? {
            info.filesystems = found.into_iter().map(|filesystem| filesystem.on(&disks)).collect();
        }
        if let Some(found) = questions.ask::<Vec<Disk>>(groups.disks, "guest-get-disks").await? {
            info.disks = found.into_iter().map(|disk| disk.on(&disks)).collect();
        }
        let interfaces =
            questions.ask::<Vec<Interface>>(groups.interfaces, "guest-network-get-interfaces").await?;
        info.interfaces = interfaces.into_iter().flatten().map(Into::into).collect();
        if let Some(load) = questions.ask::<Load>(groups.load, "guest-get-load").await? {
            info = info.load_1m(load.load1m).load_5m(load.load5m).load_15m(load.load15m);
        }
        Ok(info)
    }

    async fn hostname(&self, _: &CallCx, domain: &DomainRef, options: &HostnameOptions) -> Result<String> {
        if options.lease && !options.agent {
            let message = "there are no virtual networks that give the guest its address";
            return Err(Error::new(ErrorKind::NoHostname, message).with_hint("ask the agent"));
        }
        let answer: HostName = self.ask_agent(domain, "guest-get-host-name", json!({})).await?;
        Ok(answer.host_name)
    }

    async fn time(&self, _: &CallCx, domain: &DomainRef) -> Result<Timestamp> {
        self.ask_agent(domain, "guest-get-time", json!({})).await.map(Timestamp::from_nanoseconds)
    }

    async fn set_time(&self, _: &CallCx, domain: &DomainRef, time: Option<Timestamp>) -> Result<()> {
        // Without a time, the guest takes that of its clock.
        let arguments = time.map_or_else(|| json!({}), |time| json!({"time": time.nanoseconds()}));
        self.have_agent_do(domain, "guest-set-time", arguments).await
    }

    async fn fs_info(&self, _: &CallCx, domain: &DomainRef) -> Result<Vec<GuestFilesystem>> {
        let found: Vec<Filesystem> = self.ask_agent(domain, "guest-get-fsinfo", json!({})).await?;
        let disks = disks_of(&*self.host.domain(domain)?)?;
        Ok(found.into_iter().map(|filesystem| filesystem.on(&disks)).collect())
    }

    async fn fs_freeze(&self, _: &CallCx, domain: &DomainRef, mountpoints: &[String]) -> Result<u32> {
        match mountpoints {
            [] => self.ask_agent(domain, "guest-fsfreeze-freeze", json!({})).await,
            some => self.ask_agent(domain, "guest-fsfreeze-freeze-list", json!({"mountpoints": some})).await,
        }
    }

    async fn fs_thaw(&self, _: &CallCx, domain: &DomainRef, _: &[String]) -> Result<u32> {
        // The agent knows no other way than to thaw them all.
        self.ask_agent(domain, "guest-fsfreeze-thaw", json!({})).await
    }

    async fn fs_trim(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        mountpoint: Option<&str>,
        minimum_bytes: u64,
    ) -> Result<()> {
        if let Some(mountpoint) = mountpoint {
            let message = format!("the guest agent cannot trim '{mountpoint}' alone");
            return Err(Error::new(ErrorKind::ArgumentUnsupported, message)
                .with_hint("name none: it trims all file systems"));
        }
        let trimmed: Trimmed =
            self.ask_agent(domain, "guest-fstrim", json!({"minimum": minimum_bytes})).await?;
        // File systems that cannot be trimmed are as good as trimmed; only where none could be, nothing was done.
        let failed =
            trimmed.paths.iter().filter_map(|path| path.error.as_ref().map(|error| (&path.path, error)));
        match failed.clone().next() {
            Some((path, error)) if failed.count() == trimmed.paths.len() => {
                Err(Error::new(ErrorKind::AgentError, format!("the guest cannot trim '{path}': {error}")))
            }
            _ => Ok(()),
        }
    }

    async fn set_user_password(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        user: &str,
        password: &str,
        options: &UserPasswordOptions,
    ) -> Result<()> {
        let password = BASE64.encode(password);
        let arguments = json!({"username": user, "password": password, "crypted": options.encrypted});
        self.have_agent_do(domain, "guest-set-user-password", arguments).await
    }

    async fn user_ssh_keys(&self, _: &CallCx, domain: &DomainRef, user: &str) -> Result<Vec<String>> {
        let answer: SshKeys =
            self.ask_agent(domain, "guest-ssh-get-authorized-keys", json!({"username": user})).await?;
        Ok(answer.keys)
    }

    async fn set_user_ssh_keys(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        user: &str,
        keys: &[String],
        options: &UserSshKeysOptions,
    ) -> Result<()> {
        let (command, arguments) = match (options.append, options.remove) {
            (true, true) => {
                let message = "the keys are to be both added and removed";
                return Err(Error::new(ErrorKind::InvalidArgument, message));
            }
            (false, true) => ("guest-ssh-remove-authorized-keys", json!({"username": user, "keys": keys})),
            (append, false) => {
                ("guest-ssh-add-authorized-keys", json!({"username": user, "keys": keys, "reset": !append}))
            }
        };
        self.have_agent_do(domain, command, arguments).await
    }

    async fn set_agent_timeout(&self, _: &CallCx, domain: &DomainRef, timeout: &AgentTimeout) -> Result<()> {
        self.host.domain(domain)?.lock()?.agent_patience = agent::patience(timeout);
        Ok(())
    }
}

impl QemuDriver {
    async fn ask_agent<T: DeserializeOwned>(
        &self,
        domain: &DomainRef,
        command: &str,
        arguments: Value,
    ) -> Result<T> {
        let entry = self.host.domain(domain)?;
        let (agent, patience) = agent::of(&entry).await?;
        agent.execute(command, arguments, patience).await
    }

    /// Of a command that answers nothing.
    async fn have_agent_do(&self, domain: &DomainRef, command: &str, arguments: Value) -> Result<()> {
        self.ask_agent::<Value>(domain, command, arguments).await.map(drop)
    }
}

/// What the agent of a domain is asked about its guest.
struct Questions {
    agent: Agent,
    patience: Duration,
    /// All that it knows is wanted: what it does not know is left out.
    all: bool,
}

impl Questions {
    async fn of(entry: &Arc<DomainEntry>, all: bool) -> Result<Self> {
        let (agent, patience) = agent::of(entry).await?;
        Ok(Self { agent, patience, all })
    }

    async fn ask<T: DeserializeOwned>(&self, is_wanted: bool, command: &str) -> Result<Option<T>> {
        if !self.all && !is_wanted {
            return Ok(None);
        }
        match self.agent.execute(command, json!({}), self.patience).await {
            Err(error) if self.all && is_unknown_command(&error) => Ok(None),
            answer => answer.map(Some),
        }
    }
}

fn disks_of(entry: &DomainEntry) -> Result<Disks> {
    Ok(Disks::of(&entry.lock()?.run()?.configuration.config.domain()))
}

/// The network interfaces of a guest, as its agent knows them.
///
/// # Errors
///
/// As [`agent::of`]; `AgentError` with what the agent says.
pub(super) async fn interfaces(entry: &Arc<DomainEntry>) -> Result<Vec<GuestInterface>> {
    let (agent, patience) = agent::of(entry).await?;
    let found: Vec<Interface> = agent.execute("guest-network-get-interfaces", json!({}), patience).await?;
    Ok(found.into_iter().map(Into::into).collect())
}
