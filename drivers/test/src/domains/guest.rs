//! What the agent in a guest knows and does.

use super::interfaces;
use crate::connection::TestDriver;
use omnivirt_core::event::RtcChange;
use omnivirt_core::*;

#[driver_ops]
impl DomainGuestOps for TestDriver {
    async fn guest_info(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        groups: &GuestInfoGroups,
    ) -> Result<GuestInfo> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        // A guest whose virtual CPUs never rest.
        let load = f64::from(domain.current().sizes.vcpus);
        let guest = domain.guest()?;
        let all = *groups == GuestInfoGroups::default();
        let mut info = GuestInfo::default();
        if all || groups.users {
            info.users = guest.users();
        }
        if all || groups.os {
            info.os = Some(guest.os());
        }
        if all || groups.timezone {
            info = info.timezone("UTC").timezone_offset_seconds(0);
        }
        if all || groups.hostname {
            info = info.hostname(guest.hostname());
        }
        if all || groups.filesystems {
            info.filesystems = guest.filesystems(&self.host);
        }
        if all || groups.disks {
            info.disks = guest.disks();
        }
        if all || groups.interfaces {
            info.interfaces = guest.interfaces();
        }
        if all || groups.load {
            info = info.load_1m(load).load_5m(load).load_15m(load);
        }
        Ok(info)
    }

    async fn hostname(&self, _: &CallCx, domain: &DomainRef, options: &HostnameOptions) -> Result<String> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        domain.run()?;
        if options.agent || !options.lease && domain.has_agent() {
            return Ok(domain.guest()?.hostname());
        }
        match interfaces::all(&domain.current().config).any(interfaces::Interface::is_on_network) {
            true => Ok(domain.guest_name()),
            false => Err(Error::new(
                ErrorKind::NoHostname,
                "the guest has no lease of a virtual network of the host",
            )),
        }
    }

    async fn time(&self, _: &CallCx, domain: &DomainRef) -> Result<Timestamp> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        Ok(domain.guest()?.time(&self.host))
    }

    async fn set_time(&self, cx: &CallCx, domain: &DomainRef, time: Option<Timestamp>) -> Result<()> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        let mut guest = domain.guest()?;
        // The clock of its hardware goes as the guest's own does: there is nothing to take over from it.
        let Some(time) = time else { return Ok(()) };
        let ahead = time.nanoseconds().saturating_sub(self.host.clock.now().nanoseconds());
        guest.files().clock_ahead_ns = ahead;
        domain.emit_body(&self.host, &cx.cause(), RtcChange::new(ahead.div_euclid(1_000_000_000)));
        Ok(())
    }

    async fn fs_info(&self, _: &CallCx, domain: &DomainRef) -> Result<Vec<GuestFilesystem>> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        Ok(domain.guest()?.filesystems(&self.host))
    }

    async fn fs_freeze(&self, _: &CallCx, domain: &DomainRef, mountpoints: &[String]) -> Result<u32> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        domain.guest()?.freeze(mountpoints)
    }

    async fn fs_thaw(&self, _: &CallCx, domain: &DomainRef, mountpoints: &[String]) -> Result<u32> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        domain.guest_though_frozen()?.thaw(mountpoints)
    }

    async fn fs_trim(&self, _: &CallCx, domain: &DomainRef, mountpoint: Option<&str>, _: u64) -> Result<()> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        let mounted = domain.guest()?.mountpoints();
        // All that is written to an image is in use: there is nothing to give back.
        match mountpoint.filter(|mountpoint| !mounted.iter().any(|mounted| mounted == mountpoint)) {
            Some(other) => {
                Err(Error::new(ErrorKind::AgentError, format!("the guest has nothing mounted at '{other}'")))
            }
            None => Ok(()),
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
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        domain.guest()?.files().set_password(user, (!options.encrypted).then_some(password))
    }

    async fn user_ssh_keys(&self, _: &CallCx, domain: &DomainRef, user: &str) -> Result<Vec<String>> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        domain.guest()?.files().ssh_keys(user).cloned()
    }

    async fn set_user_ssh_keys(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        user: &str,
        keys: &[String],
        options: &UserSshKeysOptions,
    ) -> Result<()> {
        if options.append && options.remove {
            return Err(Error::new(ErrorKind::InvalidArgument, "the keys are to be both added and removed"));
        }
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        let mut guest = domain.guest()?;
        let known = guest.files().ssh_keys(user)?;
        if options.remove {
            known.retain(|key| !keys.contains(key));
            return Ok(());
        }
        if !options.append {
            known.clear();
        }
        for key in keys {
            if !known.contains(key) {
                known.push(key.clone());
            }
        }
        Ok(())
    }

    async fn set_agent_timeout(&self, _: &CallCx, domain: &DomainRef, _: &AgentTimeout) -> Result<()> {
        // A simulated agent answers at once or is not there: no time can run out.
        self.host.domain(domain)?.lock().map(drop)
    }
}
