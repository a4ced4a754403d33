//! What is promised of a case.

/// What a figure has to be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Goal {
    /// Ours, divided by libvirt's, is at most this.
    TimesLibvirtAtMost(f64),
    /// Ours, divided by libvirt's, is at least this.
    TimesLibvirtAtLeast(f64),
    /// Ours, divided by the floor's, is at most this.
    TimesFloorAtMost(f64),
    /// Ours is at most this.
    AtMost(f64),
    /// Ours is at least this.
    AtLeast(f64),
}

impl Goal {
    /// Whether it is met; unknown without the figure that it is about.
    pub(crate) fn is_met(self, ours: Option<f64>, ratio: Option<f64>, floor: Option<f64>) -> Option<bool> {
        match self {
            Self::TimesFloorAtMost(limit) => Some(ours? / floor? <= limit),
            Self::TimesLibvirtAtMost(limit) => ratio.map(|ratio| ratio <= limit),
            Self::TimesLibvirtAtLeast(limit) => ratio.map(|ratio| ratio >= limit),
            Self::AtMost(limit) => ours.map(|ours| ours <= limit),
            Self::AtLeast(limit) => ours.map(|ours| ours >= limit),
        }
    }

    /// The goal as a person reads it.
    pub(crate) fn text(self, unit: &str) -> String {
        match self {
            Self::TimesLibvirtAtMost(limit) => format!("≤ 1/{} of libvirt", 1.0 / limit),
            Self::TimesLibvirtAtLeast(limit) => format!("≥ {limit} × libvirt"),
            Self::TimesFloorAtMost(limit) => format!("≤ {limit} × the floor"),
            Self::AtMost(limit) => format!("≤ {limit} {unit}"),
            Self::AtLeast(limit) => format!("≥ {limit} {unit}"),
        }
    }
}
