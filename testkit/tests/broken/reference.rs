//! A small driver that keeps the contract, unless it is opened with a [`Defect`].

mod calls;
mod connection;

pub(crate) use connection::ENTRY;

use crate::defect::Defect;
use omnivirt_core::domain::DomainConfig;
use omnivirt_core::event::*;
use omnivirt_core::events::EventBus;
use omnivirt_core::*;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::sync::watch;

/// A connection: its domains, and the clock by which calls can be made to wait.
#[derive(Debug)]
pub(crate) struct Reference {
    info: DriverInfo,
    defect: Defect,
    table: Mutex<HashMap<Uuid, Machine>>,
    last_id: AtomicU32,
    bus: EventBus,
    delays: Mutex<Vec<FaultRule>>,
    time_ms: watch::Sender<u64>,
    turn: tokio::sync::Mutex<()>,
}

#[derive(Debug, Clone)]
pub(crate) struct Machine {
    name: Arc<str>,
    uuid: Uuid,
    xml: String,
    /// What it runs with, if it runs.
    running_xml: Option<String>,
    is_persistent: bool,
    id: Option<u32>,
    state: DomainState,
    reason: DomainStateReason,
    starts: usize,
}

/// What is told of a change.
pub(crate) type Told = Vec<EventBody>;

fn told(change: LifecycleChange) -> Told {
    vec![Lifecycle::new(change).into()]
}

impl Machine {
    fn reference(&self) -> DomainRef {
        DomainRef::new(self.name.clone(), self.uuid, self.id)
    }

    fn is_in(&self, state: DomainState) -> Result<()> {
        self.runs()?;
        if self.state == state { Ok(()) } else { Err(refused(format!("the domain is {}", self.state))) }
    }

    fn runs(&self) -> Result<()> {
        self.id.map(drop).ok_or_else(|| refused("the domain is not running"))
    }

    fn set(&mut self, state: DomainState, reason: DomainStateReason) {
        (self.state, self.reason) = (state, reason);
    }

    fn stop(&mut self, reason: DomainStateReason) {
        self.id = None;
        self.running_xml = None;
        self.set(DomainState::Shutoff, reason);
    }
}

fn refused(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidState, message)
}

fn not_found(what: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::NotFound, format!("there is no domain {what}"))
}

impl Reference {
    fn has(&self, defect: Defect) -> bool {
        self.defect == defect
    }

    fn table(&self) -> MutexGuard<'_, HashMap<Uuid, Machine>> {
        self.table.lock().expect("nothing panics with the lock held")
    }

    fn emit(&self, cx: &CallCx, domain: DomainRef, told: Told) {
        let cause = if self.has(Defect::LosesTheCause) { Cause::default() } else { cx.cause() };
        let told: Vec<_> =
            if self.has(Defect::TellsInWrongOrder) { told.into_iter().rev().collect() } else { told };
        for body in told {
            if self.has(Defect::ForgetsAnEvent)
                && matches!(&body, EventBody::Lifecycle(l) if matches!(l.change, LifecycleChange::Resumed(_)))
            {
                continue;
            }
            self.bus.emit(domain.clone(), cause.clone(), body);
        }
    }

    /// Waits as the rules for faults say, then changes one domain and tells of it, in one go.
    async fn change(
        &self,
        cx: &CallCx,
        domain: &DomainRef,
        change: impl FnOnce(&mut Machine) -> Result<Told>,
    ) -> Result<()> {
        let turn = if self.has(Defect::WaitsForOthers) { Some(self.turn.lock().await) } else { None };
        self.wait(cx, domain).await;
        drop(turn);
        let mut table = self.table();
        let machine = table.get_mut(&domain.uuid).ok_or_else(|| self.gone(domain))?;
        let told = change(machine)?;
        let (reference, is_gone) = (machine.reference(), machine.id.is_none() && !machine.is_persistent);
        if is_gone && !self.has(Defect::KeepsWhatIsGone) {
            table.remove(&domain.uuid);
        }
        self.emit(cx, reference, told);
        Ok(())
    }

    fn gone(&self, domain: &DomainRef) -> Error {
        if self.has(Defect::WrongErrorKind) { refused("the domain is gone") } else { not_found(domain) }
    }

    async fn wait(&self, cx: &CallCx, domain: &DomainRef) {
        let fits = |rule: &&FaultRule| {
            (rule.call.is_empty() || rule.call == cx.call().title)
                && rule.domain.as_deref().is_none_or(|name| *name == *domain.name)
        };
        let delay_ms = self
            .delays
            .lock()
            .expect("nothing panics with the lock held")
            .iter()
            .find(fits)
            .map(|rule| rule.delay_ms);
        if let Some(delay_ms) = delay_ms {
            let due = *self.time_ms.borrow() + delay_ms;
            self.time_ms
                .subscribe()
                .wait_for(|now| *now >= due)
                .await
                .expect("the sender lives as long as the driver");
        }
    }

    fn read<T>(&self, domain: &DomainRef, read: impl FnOnce(&Machine) -> T) -> Result<T> {
        self.table().get(&domain.uuid).map(read).ok_or_else(|| not_found(domain))
    }

    fn begin(&self, machine: &mut Machine, paused: bool) -> Told {
        let id =
            if self.has(Defect::RepeatsIds) { 1 } else { self.last_id.fetch_add(1, Ordering::Relaxed) + 1 };
        machine.id = Some(id);
        machine.starts += 1;
        machine.running_xml = Some(machine.xml.clone());
        machine.set(DomainState::Running, DomainStateReason::RunningBooted);
        let mut events = told(LifecycleChange::Started(StartedDetail::Booted));
        if paused {
            machine.set(DomainState::Paused, DomainStateReason::PausedUser);
            events.extend(told(LifecycleChange::Suspended(SuspendedDetail::Paused)));
        }
        events
    }

    /// Puts the domain that the XML describes into the table, or finds it there, and does something with it.
    fn place(
        &self,
        cx: &CallCx,
        xml: &str,
        action: impl FnOnce(&mut Machine, bool) -> Result<Told>,
    ) -> Result<DomainRef> {
        let config = DomainConfig::parse(xml)
            .map_err(|error| Error::new(error.kind.error_kind(), error.to_string()))?;
        let (name, uuid) = (Arc::<str>::from(config.name()), config.uuid().unwrap_or_else(Uuid::new_v4));
        let mut table = self.table();
        let taken = table.values().any(|other| other.name == name && other.uuid != uuid);
        let other_name = table.get(&uuid).is_some_and(|known| known.name != name);
        if taken && !self.has(Defect::SharesNames) || other_name {
            return Err(Error::new(
                ErrorKind::AlreadyExists,
                format!("another domain is named {name}, or has the UUID {uuid}"),
            ));
        }
        let known = table.get(&uuid).cloned();
        let is_new = known.is_none();
        let mut machine = known.unwrap_or_else(|| Machine {
            name,
            uuid,
            xml: String::new(),
            running_xml: None,
            is_persistent: false,
            id: None,
            state: DomainState::Shutoff,
            reason: DomainStateReason::ShutoffUnknown,
            starts: 0,
        });
        // A document without a UUID is completed with the one that was made up.
        machine.xml = match config.uuid() {
            Some(_) => xml.to_owned(),
            None => xml.replacen("</name>", &format!("</name><uuid>{uuid}</uuid>"), 1),
        };
        let events = action(&mut machine, is_new)?;
        let reference = machine.reference();
        table.insert(uuid, machine);
        self.emit(cx, reference.clone(), events);
        Ok(reference)
    }
}
