//! What only the test driver can do: make things happen that a real host would do by itself.

use super::Host;
use crate::connection::TestDriver;
use crate::domains::state::Simulated;
use omnivirt_core::event::*;
use omnivirt_core::*;
use serde_json::{Value, json};
use std::time::Duration;

#[driver_ops]
impl SimulatorOps for TestDriver {
    async fn inject_event(&self, _: &CallCx, event_json: &str) -> Result<()> {
        let event = self.host.read_event(event_json)?;
        let cause = match event.cause.initiator {
            Initiator::Unknown => Cause::hypervisor(),
            _ => event.cause,
        };
        match (event.object, event.body) {
            (Some(ObjectRef::Domain(domain)), body) => {
                let entry = self.host.domain(&domain)?;
                entry.lock()?.suffer(&self.host, &cause, body);
            }
            (None, EventBody::ConnectionClosed(closed)) => self.end_events(closed.reason).await,
            (Some(object), body) => {
                self.host.objects.suffer(&object, &body)?;
                self.host.emit_for(&cause, object, body);
            }
            (None, body) => {
                return Err(Error::new(
                    ErrorKind::InvalidArgument,
                    format!("a {} event needs an object", body.kind()),
                ));
            }
        }
        Ok(())
    }

    async fn advance_time(&self, _: &CallCx, by_ms: u64) -> Result<Timestamp> {
        self.host.clock.advance(Duration::from_millis(by_ms)).await
    }

    async fn inject_faults(&self, _: &CallCx, rules: &[FaultRule], options: &FaultOptions) -> Result<()> {
        self.faults.set(rules, options.seed)
    }
}

impl Host {
    /// Reads an event. What is given anew may be left out, and so may the UUID of a domain that has a name.
    fn read_event(&self, text: &str) -> Result<Event> {
        let wrong = |error: serde_json::Error| {
            Error::new(ErrorKind::InvalidArgument, format!("the text is no event in JSON: {error}"))
                .with_hint("write it as events are written, as in {\"type\": \"reboot\", \"object\": {\"kind\": \"domain\", \"name\": \"web\"}, \"body\": {}}")
        };
        let mut event: Value = serde_json::from_str(text).map_err(wrong)?;
        if let Value::Object(fields) = &mut event {
            for (name, value) in [
                ("epoch", json!(Uuid::nil())),
                ("seq", json!(0)),
                ("object_seq", json!(0)),
                ("time", json!(self.clock.now())),
                ("body", json!({})),
            ] {
                fields.entry(name).or_insert(value);
            }
            if let Some(Value::Object(object)) = fields.get_mut("object") {
                self.name_domain(object);
            }
        }
        let event: Event = serde_json::from_value(event).map_err(wrong)?;
        match (&event.object, event.kind().object_kind()) {
            (Some(object), Some(kind)) if object.kind() != kind => {
                let message = format!(
                    "a {} event is about a {}, not a {}",
                    event.kind(),
                    kind.noun(),
                    object.kind().noun()
                );
                Err(Error::new(ErrorKind::InvalidArgument, message))
            }
            _ => Ok(event),
        }
    }
}

impl Host {
    /// Gives a domain that is named in JSON its UUID, if it has none there and is here.
    fn name_domain(&self, object: &mut serde_json::Map<String, Value>) {
        if object.get("kind").is_none_or(|kind| kind != "domain") || object.contains_key("uuid") {
            return;
        }
        let name = object.get("name").and_then(Value::as_str);
        if let Some(entry) = name.and_then(|name| self.domains.by_name(name)) {
            object.insert("uuid".into(), json!(entry.uuid()));
        }
    }
}

impl Simulated {
    /// An event happens to the domain: its state becomes what the event says, if it runs, and what the configuration says
    /// for that is done.
    fn suffer(&mut self, host: &Host, cause: &Cause, body: EventBody) {
        if self.is_active() {
            match &body {
                EventBody::Lifecycle(Lifecycle { change: LifecycleChange::Stopped(detail), .. }) => {
                    return self.end(host, cause, off(*detail), *detail);
                }
                EventBody::Lifecycle(Lifecycle { change: LifecycleChange::Crashed(detail), .. }) => {
                    return self.guest_crashes(host, cause, *detail);
                }
                EventBody::Lifecycle(Lifecycle { change: LifecycleChange::Shutdown(_), .. }) => {
                    self.emit_body(host, cause, body);
                    return self.guest_powers_off(host, cause);
                }
                EventBody::Lifecycle(event) => self.follow(host, event.change),
                EventBody::BalloonChange(event) => {
                    if let Ok(run) = self.run() {
                        run.configuration.sizes.memory_kib = event.actual_kib;
                    }
                }
                EventBody::DeviceRemoved(event) => self.lose_device(&event.alias),
                EventBody::IoError(event) => self.note_disk_error(&event.alias, event.reason.as_deref()),
                _ => {}
            }
        }
        self.emit_body(host, cause, body);
    }

    fn follow(&mut self, host: &Host, change: LifecycleChange) {
        match change {
            LifecycleChange::Suspended(detail) => self.stand(host, DomainState::Paused, paused(detail)),
            LifecycleChange::Resumed(_) => self.go(host, DomainStateReason::RunningUnpaused),
            LifecycleChange::PmSuspended(_) => {
                self.stand(host, DomainState::PmSuspended, DomainStateReason::PmSuspendedUnknown);
            }
            LifecycleChange::Started(StartedDetail::Wakeup) => {
                self.go(host, DomainStateReason::RunningWakeup)
            }
            _ => {}
        }
    }
}

fn paused(detail: SuspendedDetail) -> DomainStateReason {
    match detail {
        SuspendedDetail::Paused => DomainStateReason::PausedUser,
        SuspendedDetail::Migrated => DomainStateReason::PausedMigration,
        SuspendedDetail::IoError => DomainStateReason::PausedIoError,
        SuspendedDetail::Watchdog => DomainStateReason::PausedWatchdog,
        SuspendedDetail::FromSnapshot => DomainStateReason::PausedFromSnapshot,
        SuspendedDetail::ApiError => DomainStateReason::PausedApiError,
        SuspendedDetail::Postcopy => DomainStateReason::PausedPostcopy,
        SuspendedDetail::PostcopyFailed => DomainStateReason::PausedPostcopyFailed,
        SuspendedDetail::GuestShutdown => DomainStateReason::PausedShuttingDown,
        _ => DomainStateReason::PausedUnknown,
    }
}

fn off(detail: StoppedDetail) -> DomainStateReason {
    match detail {
        StoppedDetail::Shutdown => DomainStateReason::ShutoffShutdown,
        StoppedDetail::Destroyed => DomainStateReason::ShutoffDestroyed,
        StoppedDetail::Crashed => DomainStateReason::ShutoffCrashed,
        StoppedDetail::Migrated => DomainStateReason::ShutoffMigrated,
        StoppedDetail::Saved => DomainStateReason::ShutoffSaved,
        StoppedDetail::Failed => DomainStateReason::ShutoffFailed,
        StoppedDetail::FromSnapshot => DomainStateReason::ShutoffFromSnapshot,
        _ => DomainStateReason::ShutoffUnknown,
    }
}
