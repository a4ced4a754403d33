//! The calls that move a domain through its life, and what each has to do in each state. This is the reference model
//! of the lifecycle: the pair cases go through it row by row, the random test walks along it.

use crate::life::Life;
use omnivirt_core::event::*;
use omnivirt_core::*;

/// A call that moves a domain through its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Start,
    Shutdown,
    Reboot,
    Reset,
    Suspend,
    Resume,
    Destroy,
    Undefine,
    PmSuspend,
    PmWakeup,
}

/// What an action has to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// The call fails with this kind, and nothing changes.
    Refused(ErrorKind),
    /// The call succeeds and the domain is in this state.
    Becomes(Life),
    /// The guest can do nothing now: it is asked for later, or the call is refused as `InvalidState`.
    Asked,
}

use Effect::{Asked, Becomes, Refused};
use Life::*;

impl Action {
    pub(crate) const ALL: [Self; 10] = [
        Self::Start,
        Self::Shutdown,
        Self::Reboot,
        Self::Reset,
        Self::Suspend,
        Self::Resume,
        Self::Destroy,
        Self::Undefine,
        Self::PmSuspend,
        Self::PmWakeup,
    ];

    pub(crate) fn call(self) -> &'static CallDescription {
        match self {
            Self::Start => &calls::DOMAIN_START,
            Self::Shutdown => &calls::DOMAIN_SHUTDOWN,
            Self::Reboot => &calls::DOMAIN_REBOOT,
            Self::Reset => &calls::DOMAIN_RESET,
            Self::Suspend => &calls::DOMAIN_SUSPEND,
            Self::Resume => &calls::DOMAIN_RESUME,
            Self::Destroy => &calls::DOMAIN_DESTROY,
            Self::Undefine => &calls::DOMAIN_UNDEFINE,
            Self::PmSuspend => &calls::DOMAIN_PM_SUSPEND,
            Self::PmWakeup => &calls::DOMAIN_PM_WAKEUP,
        }
    }

    pub(crate) async fn make(self, domain: &Domain) -> Result<()> {
        match self {
            Self::Start => domain.start(StartOptions::default()).await,
            Self::Shutdown => domain.shutdown(ShutdownOptions::default()).await,
            Self::Reboot => domain.reboot(RebootOptions::default()).await,
            Self::Reset => domain.reset().await,
            Self::Suspend => domain.suspend().await,
            Self::Resume => domain.resume().await,
            Self::Destroy => domain.destroy(DestroyOptions::default()).await,
            Self::Undefine => domain.undefine(UndefineOptions::default()).await,
            Self::PmSuspend => domain.pm_suspend(SuspendTarget::Memory, PmSuspendOptions::default()).await,
            Self::PmWakeup => domain.pm_wakeup().await,
        }
    }

    /// What it has to do to a domain in that state.
    pub(crate) fn effect(self, life: Life) -> Effect {
        let like = |after: Life| Becomes(if life.is_transient() { after.undefined() } else { after });
        match (self, life.defined()) {
            _ if life == Gone => Refused(ErrorKind::NotFound),
            (Self::Undefine, _) if !life.is_transient() => Becomes(life.undefined()),
            (Self::Start, ShutOff) => like(Running),
            (Self::Shutdown, Running) | (Self::Destroy, Running | Paused | PmSuspended) => like(ShutOff),
            (Self::Reboot, Running) | (Self::Reset, Running | Paused) => Becomes(life),
            // A guest whose CPUs are stopped, or that sleeps, can obey later at best.
            (Self::Shutdown | Self::Reboot, Paused | PmSuspended) | (Self::Reset, PmSuspended) => Asked,
            (Self::Suspend, Running) => like(Paused),
            (Self::Resume, Paused) | (Self::PmWakeup, PmSuspended) => like(Running),
            (Self::PmSuspend, Running) => like(PmSuspended),
            _ => Refused(ErrorKind::InvalidState),
        }
    }

    /// Whether the effect is up to the guest.
    pub(crate) fn needs_the_guest(self) -> bool {
        matches!(self, Self::Shutdown | Self::Reboot | Self::PmSuspend)
    }

    /// The events by which a change is told, where there is one.
    pub(crate) fn events(self) -> Vec<EventBody> {
        use LifecycleChange::*;
        let told = |change: LifecycleChange| Lifecycle::new(change).into();
        match self {
            Self::Start => vec![told(Started(StartedDetail::Booted))],
            Self::Shutdown => vec![told(Stopped(StoppedDetail::Shutdown))],
            Self::Reboot | Self::Reset => vec![Reboot::new().into()],
            Self::Suspend => vec![told(Suspended(SuspendedDetail::Paused))],
            Self::Resume => vec![told(Resumed(ResumedDetail::Unpaused))],
            Self::Destroy => vec![told(Stopped(StoppedDetail::Destroyed))],
            Self::Undefine => vec![told(Undefined(UndefinedDetail::Removed))],
            Self::PmSuspend => vec![PmSuspend::new().into(), told(PmSuspended(PmSuspendedDetail::Memory))],
            Self::PmWakeup => vec![PmWakeup::new().into(), told(Started(StartedDetail::Wakeup))],
        }
    }

    /// Why the domain is then in its state, where the driver tells and the domain is still there.
    pub(crate) fn reason(self) -> Option<DomainStateReason> {
        Some(match self {
            Self::Start => DomainStateReason::RunningBooted,
            Self::Shutdown => DomainStateReason::ShutoffShutdown,
            Self::Suspend => DomainStateReason::PausedUser,
            Self::Resume => DomainStateReason::RunningUnpaused,
            Self::Destroy => DomainStateReason::ShutoffDestroyed,
            Self::PmWakeup => DomainStateReason::RunningWakeup,
            Self::Reboot | Self::Reset | Self::Undefine | Self::PmSuspend => return None,
        })
    }
}

/// What else drivers may tell of the same change: QEMU says that a start's virtual CPUs run, and that a guest ended
/// before its process has.
pub(crate) fn is_told_beside(body: &EventBody) -> bool {
    let EventBody::Lifecycle(lifecycle) = body else { return true };
    matches!(
        lifecycle.change,
        LifecycleChange::Resumed(ResumedDetail::Unpaused) | LifecycleChange::Shutdown(_)
    )
}
