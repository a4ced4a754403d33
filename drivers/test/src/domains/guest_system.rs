//! The system that a simulated guest runs: what its agent sees and does.

use super::disks::{self, Disk};
use super::interfaces;
use super::state::{Run, Simulated};
use super::values::read;
use crate::host::Host;
use omnivirt_core::*;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The name of the channel through which agents are talked to.
pub(crate) const AGENT_CHANNEL: &str = "org.qemu.guest_agent.0";

/// The users that every guest has.
const USERS: [&str; 2] = ["root", "user"];

/// What a guest keeps from run to run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct GuestFiles {
    /// How far its clock is ahead of the host's, in nanoseconds.
    pub(crate) clock_ahead_ns: i64,
    /// Passwords that were set; with all others every password will do.
    passwords: BTreeMap<String, String>,
    ssh_keys: BTreeMap<String, Vec<String>>,
}

/// What a guest knows until it is shut down or rebooted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct GuestMemory {
    /// Whether it has booted: its virtual CPUs have run.
    pub(crate) has_booted: bool,
    /// Where the file systems are mounted that are frozen.
    pub(crate) frozen: BTreeSet<String>,
    /// Who is logged in on the console, and since when.
    pub(crate) logged_in: Vec<(String, Timestamp)>,
}

/// A guest whose agent answers.
#[derive(Debug)]
pub(crate) struct Guest<'d> {
    domain: &'d mut Simulated,
}

impl Simulated {
    /// Whether the domain has a channel to an agent.
    pub(crate) fn has_agent(&self) -> bool {
        let mut channels = self.current().config.devices().filter(|device| device.kind() == "channel");
        channels.any(|channel| read(channel.element(), "target/@name").as_deref() == Some(AGENT_CHANNEL))
    }

    /// The guest, through its agent.
    ///
    /// # Errors
    ///
    /// `InvalidState` if the guest does not run, `AgentUnresponsive` if it has no agent, `AgentError` while file systems
    /// are frozen: agents do little then.
    pub(crate) fn guest(&mut self) -> Result<Guest<'_>> {
        let guest = self.guest_though_frozen()?;
        match guest.run().extras.guest.frozen.is_empty() {
            true => Ok(guest),
            false => Err(Error::new(
                ErrorKind::AgentError,
                "the agent does nothing else while file systems are frozen",
            )
            .with_hint("thaw them first")),
        }
    }

    /// The guest, also while its file systems are frozen.
    ///
    /// # Errors
    ///
    /// As [`Simulated::guest`].
    pub(crate) fn guest_though_frozen(&mut self) -> Result<Guest<'_>> {
        self.check_guest_runs()?;
        if !self.has_agent() {
            let hint = format!("add a channel of type unix whose virtio target is {AGENT_CHANNEL}");
            return Err(Error::new(
                ErrorKind::AgentUnresponsive,
                "the domain has no channel to a guest agent",
            )
            .with_hint(hint));
        }
        Ok(Guest { domain: self })
    }

    /// The name that the guest has: the domain's, as far as host names can be so.
    pub(crate) fn guest_name(&self) -> String {
        let letter =
            |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' };
        let name: String = self.name.chars().map(letter).take(63).collect();
        let name = name.trim_matches('-');
        if name.is_empty() { "guest".into() } else { name.into() }
    }

    /// Whether the guest lets a user in with that password.
    pub(crate) fn guest_lets_in(&self, user: &str, password: &str) -> bool {
        let set = self.extras.as_ref().and_then(|extras| extras.guest.passwords.get(user));
        USERS.contains(&user) && set.is_none_or(|set| set == password)
    }
}

impl Guest<'_> {
    fn run(&self) -> &Run {
        self.domain.run.as_deref().expect("a guest that runs has a run")
    }

    pub(crate) fn memory(&mut self) -> &mut GuestMemory {
        &mut self.domain.run.as_deref_mut().expect("a guest that runs has a run").extras.guest
    }

    pub(crate) fn files(&mut self) -> &mut GuestFiles {
        &mut self.domain.extras().guest
    }

    pub(crate) fn hostname(&self) -> String {
        self.domain.guest_name()
    }

    /// What time it is in the guest.
    pub(crate) fn time(&self, host: &Host) -> Timestamp {
        let ahead = self.domain.extras.as_ref().map_or(0, |extras| extras.guest.clock_ahead_ns);
        Timestamp::from_nanoseconds(host.clock.now().nanoseconds().saturating_add(ahead))
    }

    pub(crate) fn os(&self) -> GuestOs {
        let machine = read(self.run().configuration.config.root(), "os/type/@arch");
        GuestOs::default()
            .id("omnivirt")
            .name("Omnivirt simulated guest")
            .pretty_name("Omnivirt simulated guest 1")
            .version("1")
            .version_id("1")
            .kernel_release("6.1.0-omnivirt")
            .kernel_version("#1 SMP")
            .machine(machine.unwrap_or("x86_64".into()))
    }

    pub(crate) fn users(&self) -> Vec<GuestUser> {
        let logged_in = &self.run().extras.guest.logged_in;
        logged_in
            .iter()
            .map(|(name, since)| {
                let login = u64::try_from(since.nanoseconds() / 1_000_000).unwrap_or(0);
                GuestUser::default().name(name.as_str()).login_unix_ms(login)
            })
            .collect()
    }

    /// One file system on each disk that is there and can be written to; the first one is that of the system.
    pub(crate) fn filesystems(&self, host: &Host) -> Vec<GuestFilesystem> {
        let now = host.clock.now();
        self.mounted()
            .map(|(mountpoint, disk)| {
                let image = disk.source().map(|path| host.images.get(&path)).unwrap_or_default();
                let target = disk.target().into_owned();
                let mut on =
                    GuestFilesystemDisk::default().device(format!("/dev/{target}1")).target(target.as_str());
                on.serial = read(disk.element(), "serial").map(Into::into);
                GuestFilesystem::default()
                    .mountpoint(mountpoint)
                    .name(format!("{target}1"))
                    .kind("ext4")
                    .total_bytes(image.capacity_bytes)
                    .used_bytes(host.written_to(self.run(), disk, now))
                    .disks(vec![on])
            })
            .collect()
    }

    /// Where file systems are mounted.
    pub(crate) fn mountpoints(&self) -> Vec<String> {
        self.mounted().map(|(mountpoint, _)| mountpoint).collect()
    }

    fn mounted(&self) -> impl Iterator<Item = (String, Disk<'_>)> {
        let disks = disks::all(&self.run().configuration.config);
        let disks = disks.filter(|disk| disk.is_writable() && disk.source().is_some());
        disks.enumerate().map(|(place, disk)| {
            (if place == 0 { "/".into() } else { format!("/mnt/{}", disk.target()) }, disk)
        })
    }

    pub(crate) fn disks(&self) -> Vec<GuestDisk> {
        let disks = disks::all(&self.run().configuration.config).filter(|disk| disk.source().is_some());
        disks
            .flat_map(|disk| {
                let target = disk.target().into_owned();
                let path = format!("/dev/{target}");
                let mut whole = GuestDisk::default().name(path.as_str()).target(target.as_str());
                whole.serial = read(disk.element(), "serial").map(Into::into);
                whole.guest_bus = read(disk.element(), "target/@bus").map(Into::into);
                let part = disk.is_writable().then(|| {
                    let on = vec![GuestDiskDependency::default().name(path.as_str())];
                    GuestDisk::default().name(format!("{path}1")).partition(true).dependencies(on)
                });
                std::iter::once(whole).chain(part)
            })
            .collect()
    }

    pub(crate) fn interfaces(&self) -> Vec<GuestInterface> {
        let own = IpAddress::default().family(IpFamily::Ipv4).address("127.0.0.1").prefix_bits(8_u32);
        let own = GuestInterface::default().name("lo").mac("00:00:00:00:00:00").addresses(vec![own]);
        let others = interfaces::all(&self.run().configuration.config).map(|interface| {
            let name = format!("eth{}", interface.number);
            GuestInterface::default().name(name).mac(interface.mac()).addresses(vec![interface.address()])
        });
        std::iter::once(own).chain(others).collect()
    }

    /// Freezes the file systems that are named, all if none is. Says how many that changed.
    ///
    /// # Errors
    ///
    /// `AgentError` for one that is not mounted.
    pub(crate) fn freeze(&mut self, mountpoints: &[String]) -> Result<u32> {
        let chosen = self.chosen(mountpoints)?;
        let frozen = &mut self.memory().frozen;
        let before = frozen.len();
        frozen.extend(chosen);
        Ok((frozen.len() - before) as u32)
    }

    /// Thaws the file systems that are named, all if none is. Says how many that changed.
    ///
    /// # Errors
    ///
    /// As [`Guest::freeze`].
    pub(crate) fn thaw(&mut self, mountpoints: &[String]) -> Result<u32> {
        let chosen = self.chosen(mountpoints)?;
        let frozen = &mut self.memory().frozen;
        let before = frozen.len();
        frozen.retain(|mountpoint| !chosen.contains(mountpoint));
        Ok((before - frozen.len()) as u32)
    }

    fn chosen(&self, mountpoints: &[String]) -> Result<Vec<String>> {
        let mounted = self.mountpoints();
        match mountpoints.iter().find(|chosen| !mounted.contains(chosen)) {
            _ if mountpoints.is_empty() => Ok(mounted),
            None => Ok(mountpoints.to_vec()),
            Some(other) => {
                Err(Error::new(ErrorKind::AgentError, format!("the guest has nothing mounted at '{other}'")))
            }
        }
    }
}

impl GuestFiles {
    /// Sets a user's password. Nobody can be checked against one that is encrypted, which is `None`: every one will do.
    ///
    /// # Errors
    ///
    /// `AgentError` if there is no such user.
    pub(crate) fn set_password(&mut self, user: &str, password: Option<&str>) -> Result<()> {
        check_user(user)?;
        match password {
            Some(password) => self.passwords.insert(user.to_owned(), password.to_owned()),
            None => self.passwords.remove(user),
        };
        Ok(())
    }

    /// The SSH keys with which a user can log in.
    ///
    /// # Errors
    ///
    /// `AgentError` if there is no such user.
    pub(crate) fn ssh_keys(&mut self, user: &str) -> Result<&mut Vec<String>> {
        check_user(user)?;
        Ok(self.ssh_keys.entry(user.to_owned()).or_default())
    }
}

fn check_user(user: &str) -> Result<()> {
    if USERS.contains(&user) {
        return Ok(());
    }
    Err(Error::new(ErrorKind::AgentError, format!("the guest has no user '{user}'")))
}
