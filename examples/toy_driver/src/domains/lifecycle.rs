//! The life of a domain. Each call is one `async fn`; `#[driver_ops]` gives it the signature of the family's trait, and
//! notes that the driver can do it.

use super::Run;
use crate::connection::ToyDriver;
use omnivirt_core::event::*;
use omnivirt_core::*;
use std::sync::atomic::Ordering;

#[driver_ops]
impl DomainLifecycleOps for ToyDriver {
    async fn start(&self, cx: &CallCx, domain: &DomainRef, options: &StartOptions) -> Result<()> {
        self.change(cx, domain, |machine| {
            if machine.run.is_some() {
                return Err(Error::new(ErrorKind::InvalidState, "the domain runs already"));
            }
            let id = self.last_id.fetch_add(1, Ordering::Relaxed) + 1;
            machine.run = Some(Run { id, config: machine.config.clone(), is_paused: options.paused });
            let mut told = vec![LifecycleChange::Started(StartedDetail::Booted)];
            if options.paused {
                told.push(LifecycleChange::Suspended(SuspendedDetail::Paused));
            }
            Ok(told)
        })
    }

    async fn suspend(&self, cx: &CallCx, domain: &DomainRef) -> Result<()> {
        self.change(cx, domain, |machine| {
            let run = machine.run()?;
            if run.is_paused {
                return Err(Error::new(ErrorKind::InvalidState, "the domain is paused already"));
            }
            run.is_paused = true;
            Ok(vec![LifecycleChange::Suspended(SuspendedDetail::Paused)])
        })
    }

    async fn resume(&self, cx: &CallCx, domain: &DomainRef) -> Result<()> {
        self.change(cx, domain, |machine| {
            let run = machine.run()?;
            if !run.is_paused {
                return Err(Error::new(ErrorKind::InvalidState, "the domain is not paused"));
            }
            run.is_paused = false;
            Ok(vec![LifecycleChange::Resumed(ResumedDetail::Unpaused)])
        })
    }

    async fn destroy(&self, cx: &CallCx, domain: &DomainRef, _: &DestroyOptions) -> Result<()> {
        self.change(cx, domain, |machine| {
            machine.run()?;
            machine.run = None;
            Ok(vec![LifecycleChange::Stopped(StoppedDetail::Destroyed)])
        })
    }

    async fn info(&self, _: &CallCx, domain: &DomainRef) -> Result<DomainInfo> {
        self.look(domain, |machine| {
            let config = machine.run.as_ref().map_or(&machine.config, |run| &run.config).domain();
            let memory_kib = config.memory.map_or(0, |memory| memory.size.kib());
            DomainInfo::default()
                .state(machine.state())
                .max_memory_kib(memory_kib)
                .memory_kib(memory_kib)
                .vcpus(1_u32)
        })
    }

    async fn status(&self, _: &CallCx, domain: &DomainRef) -> Result<DomainStatus> {
        self.look(domain, |machine| {
            let updated =
                machine.run.as_ref().is_some_and(|run| run.config.as_str() != machine.config.as_str());
            DomainStatus::default()
                .active(machine.run.is_some())
                .persistent(machine.is_persistent)
                .updated(updated)
        })
    }
}
