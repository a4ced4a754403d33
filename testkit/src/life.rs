//! The states of a domain's life that cases bring about.

use omnivirt_core::{CallDescription, DomainState, calls};

/// A state of a domain's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Life {
    /// Defined; does not run.
    ShutOff,
    /// Defined; runs.
    Running,
    /// Defined; its virtual CPUs are stopped.
    Paused,
    /// Defined; the guest sleeps in memory.
    PmSuspended,
    /// Not defined; runs.
    TransientRunning,
    /// Not defined; its virtual CPUs are stopped.
    TransientPaused,
    /// Not defined; the guest sleeps in memory.
    TransientPmSuspended,
    /// There was one; a handle of it is left.
    Gone,
}

impl Life {
    pub(crate) const ALL: [Self; 8] = [
        Self::ShutOff,
        Self::Running,
        Self::Paused,
        Self::PmSuspended,
        Self::TransientRunning,
        Self::TransientPaused,
        Self::TransientPmSuspended,
        Self::Gone,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ShutOff => "shut_off",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::PmSuspended => "pm_suspended",
            Self::TransientRunning => "running_and_transient",
            Self::TransientPaused => "paused_and_transient",
            Self::TransientPmSuspended => "pm_suspended_and_transient",
            Self::Gone => "gone",
        }
    }

    /// The state as it is said in a sentence.
    pub(crate) fn words(self) -> String {
        self.name().replace('_', " ")
    }

    pub(crate) fn is_transient(self) -> bool {
        matches!(self, Self::TransientRunning | Self::TransientPaused | Self::TransientPmSuspended)
    }

    pub(crate) fn is_active(self) -> bool {
        !matches!(self, Self::ShutOff | Self::Gone)
    }

    pub(crate) fn is_paused(self) -> bool {
        matches!(self, Self::Paused | Self::TransientPaused)
    }

    /// The same state with a definition.
    pub(crate) fn defined(self) -> Self {
        match self {
            Self::TransientRunning => Self::Running,
            Self::TransientPaused => Self::Paused,
            Self::TransientPmSuspended => Self::PmSuspended,
            Self::Gone => Self::ShutOff,
            defined => defined,
        }
    }

    /// The same state without a definition.
    pub(crate) fn undefined(self) -> Self {
        match self {
            Self::Running => Self::TransientRunning,
            Self::Paused => Self::TransientPaused,
            Self::PmSuspended => Self::TransientPmSuspended,
            Self::ShutOff => Self::Gone,
            undefined => undefined,
        }
    }

    /// The state that a driver tells, and whether the domain has no definition.
    pub(crate) fn of(state: DomainState, is_transient: bool) -> Option<Self> {
        Some(match (state, is_transient) {
            (DomainState::Shutoff, false) => Self::ShutOff,
            (DomainState::Running | DomainState::Blocked, false) => Self::Running,
            (DomainState::Running | DomainState::Blocked, true) => Self::TransientRunning,
            (DomainState::Paused, false) => Self::Paused,
            (DomainState::Paused, true) => Self::TransientPaused,
            (DomainState::PmSuspended, false) => Self::PmSuspended,
            (DomainState::PmSuspended, true) => Self::TransientPmSuspended,
            _ => return None,
        })
    }

    /// The calls that bring a new domain there.
    pub(crate) fn needs(self) -> Vec<&'static CallDescription> {
        let (define, start, create) =
            (&calls::CONNECTION_DEFINE, &calls::DOMAIN_START, &calls::CONNECTION_CREATE);
        match self {
            Self::ShutOff => vec![define],
            Self::Running => vec![define, start],
            Self::Paused => vec![define, start, &calls::DOMAIN_SUSPEND],
            Self::PmSuspended => vec![define, start, &calls::DOMAIN_PM_SUSPEND],
            Self::TransientRunning => vec![create],
            Self::TransientPaused => vec![create, &calls::DOMAIN_SUSPEND],
            Self::TransientPmSuspended => vec![create, &calls::DOMAIN_PM_SUSPEND],
            Self::Gone => vec![define, &calls::DOMAIN_UNDEFINE],
        }
    }
}
