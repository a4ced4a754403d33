//! The virtual CPUs of a domain.

use super::pins::{Thread, check_cpus};
use super::state::Simulated;
use super::values;
use crate::connection::TestDriver;
use omnivirt_core::Error;
use omnivirt_core::domain::{DomainConfig, Vcpu};
use omnivirt_core::event::{Tunable, VcpuRemoved};
use omnivirt_core::xml::NewElement;
use omnivirt_core::*;

#[driver_ops]
impl DomainVcpuOps for TestDriver {
    async fn vcpus(&self, _: &CallCx, domain: &DomainRef) -> Result<Vec<VcpuInfo>> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        let runs = domain.state == DomainState::Running;
        let run = domain.run()?;
        let config = &run.configuration.config;
        let online = online(config);
        let each = run.cpu_time_ns(self.host.clock.now()) / (online.len() as u64).max(1);
        let describe = |number| {
            let affinity = Thread::Vcpu(number).cpus(config, &self.host);
            let state = if runs { VcpuState::Running } else { VcpuState::Blocked };
            let mut info = VcpuInfo::default().number(number).state(state).cpu_time_ns(each);
            info.cpu = affinity.iter().nth(number as usize % affinity.len().max(1));
            info.affinity(affinity)
        };
        Ok(online.iter().map(describe).collect())
    }

    async fn vcpu_count(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        affect: &AffectOptions,
        options: &VcpuCountOptions,
    ) -> Result<u32> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        if options.guest {
            return Ok(domain.guest_vcpus()?.online.len() as u32);
        }
        let sizes = domain.side(affect)?.sizes;
        Ok(if options.maximum { sizes.max_vcpus } else { sizes.vcpus })
    }

    async fn set_vcpus(
        &self,
        cx: &CallCx,
        domain: &DomainRef,
        count: u32,
        affect: &AffectOptions,
        options: &SetVcpusOptions,
    ) -> Result<()> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        if count == 0 {
            return Err(Error::new(ErrorKind::InvalidArgument, "a domain cannot be without virtual CPUs"));
        }
        if options.guest {
            let all = domain.guest_vcpus()?.vcpus;
            if count as usize > all.len() {
                return Err(too_many(count, all.len()));
            }
            domain.run()?.guest_offline = all.iter().skip(count as usize).collect();
            return Ok(());
        }
        let affected = domain.affected(affect)?;
        if options.maximum {
            if affected.live {
                return Err(Error::new(
                    ErrorKind::InvalidState,
                    "the most virtual CPUs of a running domain cannot be changed",
                )
                .with_hint("change the definition, for the next start"));
            }
            domain.change(affect, |config| {
                config.with(|domain| set_maximum(domain, count)).map_err(Error::from)
            })?;
            return Ok(());
        }
        domain.set_online(cx, &self.host, affect, |config| {
            let most = most(config);
            if count > most {
                return Err(too_many(count, most as usize));
            }
            let mut there = online(config);
            for number in 0..most {
                if there.len() < count as usize {
                    there.insert(number);
                }
            }
            Ok(there.iter().take(count as usize).collect())
        })
    }

    async fn set_vcpu(
        &self,
        cx: &CallCx,
        domain: &DomainRef,
        vcpus: &CpuMap,
        switch: VcpuSwitch,
        affect: &AffectOptions,
    ) -> Result<()> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        if vcpus.is_empty() {
            return Err(Error::new(ErrorKind::InvalidArgument, "no virtual CPU is named"));
        }
        domain.set_online(cx, &self.host, affect, |config| {
            let (mut there, most) = (online(config), most(config));
            for number in vcpus.iter() {
                if number >= most {
                    return Err(no_vcpu(number, most));
                }
                if switch == VcpuSwitch::On {
                    there.insert(number);
                } else {
                    there.remove(number);
                }
            }
            if !there.contains(0) {
                return Err(Error::new(ErrorKind::OperationUnsupported, "virtual CPU 0 cannot be unplugged"));
            }
            Ok(there)
        })
    }

    async fn pin_vcpu(
        &self,
        cx: &CallCx,
        domain: &DomainRef,
        vcpu: u32,
        cpus: &CpuMap,
        affect: &AffectOptions,
    ) -> Result<()> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        domain.pin(cx, &self.host, Thread::Vcpu(vcpu), cpus, affect, |config| match most(config) {
            most if vcpu >= most => Err(no_vcpu(vcpu, most)),
            _ => Ok(()),
        })
    }

    async fn vcpu_pins(&self, _: &CallCx, domain: &DomainRef, affect: &AffectOptions) -> Result<Vec<CpuMap>> {
        let entry = self.host.domain(domain)?;
        let domain = entry.lock()?;
        let side = domain.side(affect)?;
        Ok((0..side.sizes.max_vcpus)
            .map(|number| Thread::Vcpu(number).cpus(&side.config, &self.host))
            .collect())
    }

    async fn pin_emulator(
        &self,
        cx: &CallCx,
        domain: &DomainRef,
        cpus: &CpuMap,
        affect: &AffectOptions,
    ) -> Result<()> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        domain.pin(cx, &self.host, Thread::Emulator, cpus, affect, |_| Ok(()))
    }

    async fn emulator_pin(&self, _: &CallCx, domain: &DomainRef, affect: &AffectOptions) -> Result<CpuMap> {
        let entry = self.host.domain(domain)?;
        let domain = entry.lock()?;
        Ok(Thread::Emulator.cpus(&domain.side(affect)?.config, &self.host))
    }

    async fn guest_vcpus(&self, _: &CallCx, domain: &DomainRef) -> Result<GuestVcpus> {
        let entry = self.host.domain(domain)?;
        entry.lock()?.guest_vcpus()
    }

    async fn set_guest_vcpus(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        vcpus: &CpuMap,
        switch: VcpuSwitch,
    ) -> Result<()> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        let known = domain.guest_vcpus()?;
        if let Some(missing) = vcpus.iter().find(|vcpu| !known.vcpus.contains(*vcpu)) {
            return Err(no_vcpu(missing, known.vcpus.len() as u32));
        }
        if switch == VcpuSwitch::Off && vcpus.contains(0) {
            return Err(Error::new(ErrorKind::AgentError, "the guest cannot do without virtual CPU 0"));
        }
        let offline = &mut domain.run()?.guest_offline;
        for vcpu in vcpus.iter() {
            if switch == VcpuSwitch::On {
                offline.remove(vcpu);
            } else {
                offline.insert(vcpu);
            }
        }
        Ok(())
    }
}

impl Simulated {
    /// Changes which virtual CPUs are there, and tells those that are gone from the run.
    fn set_online(
        &mut self,
        cx: &CallCx,
        host: &crate::host::Host,
        affect: &AffectOptions,
        wanted: impl Fn(&DomainConfig) -> Result<CpuMap>,
    ) -> Result<()> {
        let before = self.run.as_ref().map(|run| online(&run.configuration.config)).unwrap_or_default();
        self.change(affect, |config| with_online(config, &wanted(config)?))?;
        let Some(run) = &self.run else { return Ok(()) };
        let after = online(&run.configuration.config);
        for vcpu in before.iter().filter(|vcpu| !after.contains(*vcpu)) {
            self.emit_body(host, &cx.cause(), VcpuRemoved::new(vcpu));
        }
        Ok(())
    }

    /// Pins a thread, and tells it where the run is affected.
    pub(super) fn pin(
        &mut self,
        cx: &CallCx,
        host: &crate::host::Host,
        thread: Thread,
        cpus: &CpuMap,
        affect: &AffectOptions,
        check: impl Fn(&DomainConfig) -> Result<()>,
    ) -> Result<()> {
        check_cpus(host, cpus)?;
        let affected = self.change(affect, |config| {
            check(config)?;
            thread.pin(config, cpus)
        })?;
        if affected.live {
            let mut parameters = TypedParameters::default();
            parameters.push(thread.tunable(), cpus.to_string());
            self.emit_body(host, &cx.cause(), Tunable::new(parameters));
        }
        Ok(())
    }

    /// The virtual CPUs as the guest's kernel sees them, by its agent.
    ///
    /// # Errors
    ///
    /// As [`Simulated::guest`].
    fn guest_vcpus(&mut self) -> Result<GuestVcpus> {
        self.guest()?;
        let run = self.run()?;
        let vcpus = online(&run.configuration.config);
        let using = vcpus.iter().filter(|vcpu| !run.guest_offline.contains(*vcpu)).collect();
        let offlinable = vcpus.iter().filter(|vcpu| *vcpu != 0).collect();
        Ok(GuestVcpus::default().vcpus(vcpus).online(using).offlinable(offlinable))
    }
}

/// Which virtual CPUs are there: those that the document lists as enabled, else the first ones, as many as it says.
fn online(config: &DomainConfig) -> CpuMap {
    let listed = config.root().child("vcpus").into_iter().flat_map(|list| list.children());
    let mut listed = listed
        .filter(|vcpu| vcpu.attribute_value("enabled").is_some_and(|enabled| enabled == "yes"))
        .peekable();
    if listed.peek().is_some() {
        return listed.filter_map(|vcpu| vcpu.attribute_value("id")?.parse().ok()).collect();
    }
    let vcpu = config.domain().vcpu;
    CpuMap::first(vcpu.map_or(1, |vcpu| vcpu.current.unwrap_or(vcpu.max)))
}

/// The most virtual CPUs that there can be.
fn most(config: &DomainConfig) -> u32 {
    config.domain().vcpu.map_or(1, |vcpu| vcpu.max)
}

/// The configuration with these virtual CPUs there. They are listed one by one only where their number does not say it.
fn with_online(config: &DomainConfig, vcpus: &CpuMap) -> Result<DomainConfig> {
    let count = vcpus.len() as u32;
    let counted = config.with(|domain| {
        let vcpu = domain.vcpu.get_or_insert_with(|| Vcpu::new(1));
        vcpu.current = Some(count).filter(|count| *count < vcpu.max);
    });
    let counted = counted?;
    let list = (*vcpus != CpuMap::first(count)).then(|| {
        (0..most(config)).fold(NewElement::new("vcpus"), |list, number| {
            let enabled = if vcpus.contains(number) { "yes" } else { "no" };
            list.child(
                NewElement::new("vcpu").attribute("id", number.to_string()).attribute("enabled", enabled),
            )
        })
    });
    let root = counted.root();
    let listed = counted.edited(|edit| {
        match (root.child("vcpus"), &list) {
            (Some(old), Some(new)) => edit.replace(old, new),
            (Some(old), None) => edit.remove(old),
            (None, Some(new)) => edit.insert(root, values::place(root), new),
            (None, None) => {}
        }
        Ok(())
    });
    listed.map_err(Error::from)
}

fn set_maximum(domain: &mut omnivirt_core::domain::Domain, count: u32) {
    let vcpu = domain.vcpu.get_or_insert_with(|| Vcpu::new(count));
    vcpu.max = count;
    vcpu.current = vcpu.current.filter(|current| *current < count);
}

fn too_many(count: u32, most: usize) -> Error {
    Error::new(
        ErrorKind::InvalidArgument,
        format!("{count} virtual CPUs are more than the {most} that there can be"),
    )
}

fn no_vcpu(number: u32, most: u32) -> Error {
    Error::new(
        ErrorKind::InvalidArgument,
        format!("there is no virtual CPU {number}; there can be {most}, from 0"),
    )
}
