//! The life of a domain.

use super::state::{Configuration, Simulated, not_running};
use super::transitions::Origin;
use crate::connection::TestDriver;
use omnivirt_core::event::*;
use omnivirt_core::*;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

#[driver_ops]
impl DomainLifecycleOps for TestDriver {
    async fn start(&self, cx: &CallCx, domain: &DomainRef, options: &StartOptions) -> Result<()> {
        self.start_defined(cx, domain, options)
    }

    async fn start_with_files(
        &self,
        cx: &CallCx,
        domain: &DomainRef,
        files: Vec<OwnedFd>,
        options: &StartOptions,
    ) -> Result<()> {
        // There is no process to inherit them.
        drop(files);
        self.start_defined(cx, domain, options)
    }

    async fn shutdown(&self, cx: &CallCx, domain: &DomainRef, options: &ShutdownOptions) -> Result<()> {
        refuse_container_ways(options.initctl, options.signal)?;
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        domain.check_guest_runs()?;
        domain.check_no_job()?;
        if options.guest_agent && !options.acpi_power_button && !options.paravirt {
            domain.guest()?;
        }
        domain.guest_powers_off(&self.host, &cx.cause());
        Ok(())
    }

    async fn reboot(&self, cx: &CallCx, domain: &DomainRef, options: &RebootOptions) -> Result<()> {
        refuse_container_ways(options.initctl, options.signal)?;
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        domain.check_guest_runs()?;
        domain.check_no_job()?;
        if options.guest_agent && !options.acpi_power_button && !options.paravirt {
            domain.guest()?;
        }
        domain.guest_reboots(&self.host, &cx.cause());
        Ok(())
    }

    async fn reset(&self, cx: &CallCx, domain: &DomainRef) -> Result<()> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        domain.run()?;
        domain.restart(&self.host, &cx.cause());
        Ok(())
    }

    async fn suspend(&self, cx: &CallCx, domain: &DomainRef) -> Result<()> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        domain.check_guest_runs()?;
        domain.check_no_job()?;
        domain.pause(&self.host, &cx.cause(), DomainStateReason::PausedUser, SuspendedDetail::Paused);
        Ok(())
    }

    async fn resume(&self, cx: &CallCx, domain: &DomainRef) -> Result<()> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        domain.run()?;
        match domain.state {
            DomainState::Paused => {}
            DomainState::PmSuspended => {
                return Err(Error::new(ErrorKind::InvalidState, "the guest sleeps").with_hint("wake it up"));
            }
            state => {
                return Err(Error::new(
                    ErrorKind::InvalidState,
                    format!("the domain is {state}, not paused"),
                ));
            }
        }
        domain.check_no_job()?;
        domain.unpause(&self.host, &cx.cause(), DomainStateReason::RunningUnpaused, ResumedDetail::Unpaused);
        Ok(())
    }

    async fn destroy(&self, cx: &CallCx, domain: &DomainRef, _: &DestroyOptions) -> Result<()> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        domain.run()?;
        domain.abort_any_job();
        domain.end(&self.host, &cx.cause(), DomainStateReason::ShutoffDestroyed, StoppedDetail::Destroyed);
        Ok(())
    }

    async fn pm_suspend(
        &self,
        cx: &CallCx,
        domain: &DomainRef,
        target: SuspendTarget,
        options: &PmSuspendOptions,
    ) -> Result<()> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        domain.check_guest_runs()?;
        domain.check_no_job()?;
        let cause = cx.cause();
        if target == SuspendTarget::Disk {
            domain.emit_body(&self.host, &cause, PmSuspendDisk::new());
            domain.emit(&self.host, &cause, LifecycleChange::PmSuspended(PmSuspendedDetail::Disk));
            domain.end(&self.host, &cause, DomainStateReason::ShutoffShutdown, StoppedDetail::Shutdown);
            return Ok(());
        }
        if let Some(seconds) = options.wake_after_seconds {
            let (host, entry) = (Arc::downgrade(&self.host), entry.clone());
            let run = domain.run()?.id;
            self.host.clock.schedule(Duration::from_secs(seconds), move || {
                let (Some(host), Ok(mut domain)) = (host.upgrade(), entry.lock()) else { return };
                if domain.run.as_ref().is_some_and(|now| now.id == run)
                    && domain.state == DomainState::PmSuspended
                {
                    domain.wake(&host, &Cause::guest());
                }
            })?;
        }
        domain.stand(&self.host, DomainState::PmSuspended, DomainStateReason::PmSuspendedUnknown);
        domain.emit_body(&self.host, &cause, PmSuspend::new());
        domain.emit(&self.host, &cause, LifecycleChange::PmSuspended(PmSuspendedDetail::Memory));
        Ok(())
    }

    async fn pm_wakeup(&self, cx: &CallCx, domain: &DomainRef) -> Result<()> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        domain.run()?;
        if domain.state != DomainState::PmSuspended {
            return Err(Error::new(ErrorKind::InvalidState, "the guest does not sleep"));
        }
        domain.wake(&self.host, &cx.cause());
        Ok(())
    }

    async fn state(&self, _: &CallCx, domain: &DomainRef) -> Result<DomainStateInfo> {
        let entry = self.host.domain(domain)?;
        let domain = entry.lock()?;
        Ok(DomainStateInfo::default().state(domain.state).reason(domain.reason))
    }

    async fn info(&self, _: &CallCx, domain: &DomainRef) -> Result<DomainInfo> {
        let entry = self.host.domain(domain)?;
        let domain = entry.lock()?;
        let sizes = domain.current().sizes;
        let cpu_time = domain.run.as_ref().map_or(0, |run| run.cpu_time_ns(self.host.clock.lately()));
        Ok(DomainInfo::default()
            .state(domain.state)
            .max_memory_kib(sizes.max_memory_kib)
            .memory_kib(sizes.memory_kib)
            .vcpus(sizes.vcpus)
            .cpu_time_ns(cpu_time))
    }

    async fn status(&self, _: &CallCx, domain: &DomainRef) -> Result<DomainStatus> {
        let entry = self.host.domain(domain)?;
        let domain = entry.lock()?;
        Ok(DomainStatus::default()
            .active(domain.is_active())
            .persistent(domain.is_persistent())
            .updated(domain.run.as_ref().is_some_and(|run| run.updated)))
    }

    async fn control_info(&self, _: &CallCx, domain: &DomainRef) -> Result<ControlInfo> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        domain.run()?;
        let state = if domain.check_no_job().is_err() { ControlState::Job } else { ControlState::Ok };
        Ok(ControlInfo::default().state(state))
    }
}

impl TestDriver {
    fn start_defined(&self, cx: &CallCx, domain: &DomainRef, options: &StartOptions) -> Result<()> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        domain.check_can_start()?;
        let auto_destroy = options.auto_destroy.then_some(self.number);
        let image = domain.managed_save.clone().filter(|_| !options.force_boot);
        let (configuration, origin, paused) = match image {
            Some(image) => {
                (Configuration::new(image.config.clone()), Origin::Restored, options.paused || image.paused)
            }
            None => (domain.definition()?.clone(), Origin::Booted, options.paused),
        };
        domain.begin(&self.host, &cx.cause(), configuration, origin, paused, auto_destroy)?;
        domain.managed_save = None;
        Ok(())
    }
}

impl Simulated {
    /// Refuses to start a domain that runs.
    ///
    /// # Errors
    ///
    /// `InvalidState`, `ResourceBusy`.
    pub(crate) fn check_can_start(&self) -> Result<()> {
        if self.is_active() {
            return Err(
                Error::new(ErrorKind::InvalidState, "the domain runs already").with_hint("stop it first")
            );
        }
        self.check_no_job()
    }

    /// Refuses what a guest has to do when its virtual CPUs stand still.
    ///
    /// # Errors
    ///
    /// `InvalidState`.
    pub(crate) fn check_guest_runs(&self) -> Result<()> {
        let refuse = |message: &str, hint| Err(Error::new(ErrorKind::InvalidState, message).with_hint(hint));
        match self.state {
            _ if !self.is_active() => Err(not_running()),
            DomainState::Paused => refuse("the domain is paused", "resume it first"),
            DomainState::PmSuspended => refuse("the guest sleeps", "wake it up first"),
            DomainState::Crashed => refuse("the guest has crashed", "reset or destroy the domain"),
            _ => Ok(()),
        }
    }

    fn wake(&mut self, host: &crate::host::Host, cause: &Cause) {
        self.go(host, DomainStateReason::RunningWakeup);
        self.emit_body(host, cause, PmWakeup::new());
        self.emit(host, cause, LifecycleChange::Started(StartedDetail::Wakeup));
    }
}

/// Refuses the ways of asking that only containers have.
fn refuse_container_ways(initctl: bool, signal: bool) -> Result<()> {
    let way = match (initctl, signal) {
        (true, _) => "an initctl pipe",
        (_, true) => "an init process to send a signal to",
        _ => return Ok(()),
    };
    Err(Error::new(ErrorKind::ArgumentUnsupported, format!("a simulated guest has no {way}"))
        .with_hint("ask with its power button, its agent or its paravirtual interface"))
}
