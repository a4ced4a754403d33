//! Limits on how much goes over an interface.

use crate::document::{DocumentErrorKind, Problem, mapped};

/// How much may go over an interface.
#[mapped]
pub struct Bandwidth {
    /// The class that a network gave to the interface.
    #[attribute("classID", error = Syntax)]
    pub class_id: Option<u32>,
    /// For what comes in.
    #[element("inbound", once = Syntax)]
    pub inbound: Option<BandwidthLimits>,
    /// For what goes out.
    #[element("outbound", once = Syntax)]
    pub outbound: Option<BandwidthLimits>,
}

/// Limits in one direction.
#[mapped]
pub struct BandwidthLimits {
    /// KiB a second over a long time.
    #[attribute("average", error = Unsupported)]
    pub average: Option<u64>,
    /// KiB a second at most.
    #[attribute("peak", error = Unsupported)]
    pub peak: Option<u64>,
    /// KiB a second that are guaranteed.
    #[attribute("floor", error = Unsupported)]
    pub floor: Option<u64>,
    /// KiB that can go at the speed of `peak`.
    #[attribute("burst", error = Unsupported)]
    pub burst: Option<u64>,
}

impl Bandwidth {
    /// Leaves out what limits nothing.
    ///
    /// # Errors
    ///
    /// What a direction says makes no sense.
    pub fn complete(&mut self) -> Result<(), Problem> {
        if self.outbound.as_ref().is_some_and(|limits| limits.floor.is_some()) {
            let message = "only what comes in can have a guaranteed bandwidth";
            return Err(
                Problem::new(DocumentErrorKind::Unsupported, message).hint("leave out floor of <outbound>")
            );
        }
        for limits in [&mut self.inbound, &mut self.outbound] {
            if let Some(set) = limits
                && !set.complete()?
            {
                *limits = None;
            }
        }
        Ok(())
    }

    /// Whether there is no limit.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.inbound.is_none() && self.outbound.is_none()
    }
}

impl BandwidthLimits {
    /// Leaves out zeros; says whether anything is left.
    fn complete(&mut self) -> Result<bool, Problem> {
        if self.average.is_none() && self.floor.is_none() {
            let message = "neither an average nor a floor of the bandwidth is given";
            return Err(
                Problem::new(DocumentErrorKind::Syntax, message).hint("write average='…' in KiB a second")
            );
        }
        if self.average.is_none() && (self.peak.is_some() || self.burst.is_some()) {
            let message = "a peak and a burst need an average";
            return Err(Problem::new(DocumentErrorKind::Unsupported, message)
                .hint("write average='…' in KiB a second"));
        }
        for value in [&mut self.average, &mut self.peak, &mut self.floor, &mut self.burst] {
            *value = value.filter(|value| *value > 0);
        }
        Ok(self.average.is_some() || self.floor.is_some())
    }
}
