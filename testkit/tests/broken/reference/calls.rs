//! The calls, each with what is wrong with it.

use super::{Machine, Reference, Told, not_found, refused, told};
use crate::defect::Defect;
use omnivirt_core::event::*;
use omnivirt_core::*;

#[driver_ops]
impl DomainConfigurationOps for Reference {
    async fn define(&self, cx: &CallCx, xml: &str, _: &DefineOptions) -> Result<DomainRef> {
        self.place(cx, xml, |machine, is_new| {
            let detail =
                if machine.is_persistent && !is_new { DefinedDetail::Updated } else { DefinedDetail::Added };
            machine.is_persistent = true;
            Ok(told(LifecycleChange::Defined(detail)))
        })
    }

    async fn create(&self, cx: &CallCx, xml: &str, options: &CreateOptions) -> Result<DomainRef> {
        self.place(cx, xml, |machine, _| match machine.runs() {
            Ok(()) => Err(refused("the domain runs")),
            Err(_) => Ok(self.begin(machine, options.paused)),
        })
    }

    async fn undefine(&self, cx: &CallCx, domain: &DomainRef, _: &UndefineOptions) -> Result<()> {
        self.change(cx, domain, |machine| {
            if !machine.is_persistent {
                return Err(refused("the domain has no definition"));
            }
            machine.is_persistent = false;
            Ok(told(LifecycleChange::Undefined(UndefinedDetail::Removed)))
        })
        .await
    }

    async fn dumpxml(&self, _: &CallCx, domain: &DomainRef, options: &DumpxmlOptions) -> Result<String> {
        if self.has(Defect::RaisesTheUnexpected) {
            return Err(Error::new(ErrorKind::AgentError, "the guest agent has no opinion"));
        }
        self.read(domain, |machine| {
            machine.running_xml.as_ref().filter(|_| !options.inactive).unwrap_or(&machine.xml).clone()
        })
    }
}

#[driver_ops]
impl DomainLifecycleOps for Reference {
    async fn start(&self, cx: &CallCx, domain: &DomainRef, options: &StartOptions) -> Result<()> {
        if self.has(Defect::ChangesByHalf) {
            if let Some(machine) = self.table().get_mut(&domain.uuid).filter(|machine| machine.id.is_none()) {
                machine.set(DomainState::Running, DomainStateReason::RunningBooted);
            }
            // The front door polls twice before it waits.
            for _ in 0..3 {
                tokio::task::yield_now().await;
            }
        }
        self.change(cx, domain, |machine| match machine.runs() {
            Ok(()) if self.has(Defect::AllowsTheForbidden) => Ok(Told::new()),
            Ok(()) => Err(refused("the domain runs already")),
            Err(_) if self.has(Defect::WearsOut) && machine.starts == 2 => {
                Err(refused("the domain is tired"))
            }
            Err(_) => Ok(self.begin(machine, options.paused)),
        })
        .await
    }

    async fn shutdown(&self, cx: &CallCx, domain: &DomainRef, _: &ShutdownOptions) -> Result<()> {
        self.change(cx, domain, |machine| {
            machine.is_in(DomainState::Running)?;
            machine.stop(DomainStateReason::ShutoffShutdown);
            Ok(told(LifecycleChange::Stopped(StoppedDetail::Shutdown)))
        })
        .await
    }

    async fn reboot(&self, cx: &CallCx, domain: &DomainRef, _: &RebootOptions) -> Result<()> {
        if self.has(Defect::ClaimsTooMuch) {
            return cx.unsupported().await;
        }
        self.change(cx, domain, |machine| {
            machine.is_in(DomainState::Running)?;
            Ok(vec![Reboot::new().into()])
        })
        .await
    }

    async fn suspend(&self, cx: &CallCx, domain: &DomainRef) -> Result<()> {
        self.change(cx, domain, |machine| {
            machine.is_in(DomainState::Running)?;
            machine.set(DomainState::Paused, DomainStateReason::PausedUser);
            Ok(told(LifecycleChange::Suspended(SuspendedDetail::Paused)))
        })
        .await
    }

    async fn resume(&self, cx: &CallCx, domain: &DomainRef) -> Result<()> {
        self.change(cx, domain, |machine| {
            machine.is_in(DomainState::Paused)?;
            machine.set(DomainState::Running, DomainStateReason::RunningUnpaused);
            Ok(told(LifecycleChange::Resumed(ResumedDetail::Unpaused)))
        })
        .await
    }

    async fn destroy(&self, cx: &CallCx, domain: &DomainRef, _: &DestroyOptions) -> Result<()> {
        self.change(cx, domain, |machine| {
            machine.runs()?;
            machine.stop(DomainStateReason::ShutoffDestroyed);
            Ok(told(LifecycleChange::Stopped(StoppedDetail::Destroyed)))
        })
        .await
    }

    async fn state(&self, _: &CallCx, domain: &DomainRef) -> Result<DomainStateInfo> {
        self.read(domain, |machine| DomainStateInfo::default().state(machine.state).reason(machine.reason))
    }

    async fn status(&self, _: &CallCx, domain: &DomainRef) -> Result<DomainStatus> {
        self.read(domain, |machine| {
            let updated = machine.running_xml.as_ref().is_some_and(|running| *running != machine.xml);
            DomainStatus::default()
                .active(machine.id.is_some())
                .persistent(machine.is_persistent)
                .updated(updated)
        })
    }
}

#[driver_ops]
impl DomainLookupOps for Reference {
    async fn list_domains(&self, _: &CallCx, filter: &DomainFilter) -> Result<Vec<DomainRef>> {
        let group = |wanted: &[(bool, bool)]| {
            wanted.iter().all(|(asked, _)| !asked) || wanted.contains(&(true, true))
        };
        let passes = |machine: &&Machine| {
            let (runs, state) = (machine.id.is_some(), machine.state);
            let (running, paused, off) = (DomainState::Running, DomainState::Paused, DomainState::Shutoff);
            group(&[(filter.active, runs), (filter.inactive, !runs)])
                && group(&[
                    (filter.persistent, machine.is_persistent),
                    (filter.transient, !machine.is_persistent),
                ])
                && group(&[
                    (filter.running, state == running),
                    (filter.paused, state == paused),
                    (filter.shutoff, state == off),
                    (filter.other, ![running, paused, off].contains(&state)),
                ])
        };
        let all = self.has(Defect::IgnoresFilters);
        Ok(self.table().values().filter(|machine| all || passes(machine)).map(Machine::reference).collect())
    }

    async fn domain_by_name(&self, _: &CallCx, name: &str) -> Result<DomainRef> {
        self.table()
            .values()
            .find(|machine| &*machine.name == name)
            .map(Machine::reference)
            .ok_or_else(|| not_found(name))
    }

    async fn domain_by_uuid(&self, _: &CallCx, uuid: Uuid) -> Result<DomainRef> {
        self.table().get(&uuid).map(Machine::reference).ok_or_else(|| not_found(uuid))
    }

    async fn domain_by_id(&self, _: &CallCx, id: u32) -> Result<DomainRef> {
        self.table()
            .values()
            .find(|machine| machine.id == Some(id))
            .map(Machine::reference)
            .ok_or_else(|| not_found(id))
    }
}

#[driver_ops]
impl SimulatorOps for Reference {
    async fn advance_time(&self, _: &CallCx, by_ms: u64) -> Result<Timestamp> {
        self.time_ms.send_modify(|now| *now += by_ms);
        tokio::task::yield_now().await;
        Ok(Timestamp::from_nanoseconds(0))
    }

    async fn inject_faults(&self, _: &CallCx, rules: &[FaultRule], _: &FaultOptions) -> Result<()> {
        *self.delays.lock().expect("nothing panics with the lock held") = rules.to_vec();
        Ok(())
    }
}

/// Filled without saying so.
impl HostInfoOps for Reference {
    fn hostname<'a>(&'a self, cx: &'a CallCx) -> CallFuture<'a, String> {
        if self.has(Defect::ClaimsTooLittle) {
            Box::pin(async { Ok("here".into()) })
        } else {
            cx.unsupported()
        }
    }
}
