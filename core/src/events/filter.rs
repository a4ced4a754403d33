//! Which events a registration receives.

use omnivirt_model::event::EventKind;
use omnivirt_model::id::ObjectRef;
use serde::{Deserialize, Serialize};

/// Which events a registration receives: all, unless kinds, objects or an expression narrow it down.
///
/// An expression is written in CEL over the fields of an event, named as in its JSON: `type`, `object`, `cause`, `body`
/// and so on. A field that an event does not have makes the expression fail, which counts as not letting the event
/// through: ask first, with `type == "…"` or `has(body.…)`.
///
/// ```
/// use omnivirt_core::event::EventKind;
/// use omnivirt_core::events::EventFilter;
///
/// let filter = EventFilter::all()
///     .kinds([EventKind::Lifecycle, EventKind::BalloonChange])
///     .expression(r#"type == "lifecycle" && body.change in ["stopped", "crashed"] && object.name.startsWith("web")"#);
/// # let _ = filter;
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct EventFilter {
    /// The kinds of events; every kind if there are none.
    pub kinds: Vec<EventKind>,
    /// The objects that events happen to; any and none if there are none.
    pub objects: Vec<ObjectRef>,
    /// What the event's fields must fulfil.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expression: Option<String>,
}

impl EventFilter {
    /// Every event.
    #[must_use]
    pub fn all() -> Self {
        Self::default()
    }

    /// Events of one object.
    #[must_use]
    pub fn of(object: impl Into<ObjectRef>) -> Self {
        Self::default().object(object)
    }

    /// Lets these kinds through as well; without any, every kind is let through.
    #[must_use]
    pub fn kinds(mut self, kinds: impl IntoIterator<Item = EventKind>) -> Self {
        self.kinds.extend(kinds);
        self
    }

    /// Lets events of this object through as well; without any, those of every object are let through.
    #[must_use]
    pub fn object(mut self, object: impl Into<ObjectRef>) -> Self {
        self.objects.push(object.into());
        self
    }

    /// Lets only those events through for which the expression is true.
    #[must_use]
    pub fn expression(mut self, expression: impl Into<String>) -> Self {
        self.expression = Some(expression.into());
        self
    }

    /// The kinds that can come through.
    pub(super) fn possible_kinds(&self) -> &[EventKind] {
        if self.kinds.is_empty() { EventKind::ALL } else { &self.kinds }
    }
}
