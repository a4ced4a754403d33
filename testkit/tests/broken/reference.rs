//! A small driver that keeps the contract, unless it is opened with a [`Defect`].

use crate::defect::Defect;
use async_trait::async_trait;
use omnivirt_core::domain::DomainConfig;
use omnivirt_core::event::*;
use omnivirt_core::events::{Contained, EventBus, Policy, RegistrationId};
use omnivirt_core::layer::{Layer, Subject, layered};
use omnivirt_core::*;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};
use tokio::sync::watch;

pub(crate) const ENTRY: DriverEntry = DriverEntry {
    name: "reference",
    schemes: &["reference"],
    transports: &[],
    about: "domains in memory, kept as the contract says or as a defect wants",
    example: "reference:///?defect=none",
    open: |request| Box::pin(async move { open(request) }),
};

fn open(request: &OpenRequest) -> Result<Arc<dyn Driver>> {
    let name =
        request.uri.parameters().iter().find(|(name, _)| name == "defect").map(|(_, value)| value.as_str());
    let defect =
        name.and_then(Defect::of_name).ok_or_else(|| Error::new(ErrorKind::InvalidUri, "names no defect"))?;
    let driver = Arc::new(Reference {
        info: DriverInfo::new(ENTRY.name, request.uri.without_secrets()),
        defect,
        table: Mutex::default(),
        last_id: AtomicU32::new(0),
        bus: EventBus::new(),
        delays: Mutex::default(),
        time_ms: watch::Sender::new(0),
        turn: tokio::sync::Mutex::default(),
    });
    Ok(if defect == Defect::ActsUnasked { layered(driver, Eager) } else { driver })
}

/// A connection: its domains, and the clock by which calls can be made to wait.
#[derive(Debug)]
struct Reference {
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
struct Machine {
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
type Told = Vec<EventBody>;

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
        self.table().get(&domain.uuid).map(read).ok_or_else(|| self.gone(domain))
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

impl Families for Reference {
    fn host_info(&self) -> &dyn HostInfoOps {
        self
    }

    fn configuration(&self) -> &dyn DomainConfigurationOps {
        self
    }

    fn lifecycle(&self) -> &dyn DomainLifecycleOps {
        self
    }

    fn lookup(&self) -> &dyn DomainLookupOps {
        self
    }

    fn simulator(&self) -> &dyn SimulatorOps {
        self
    }
}

#[async_trait]
impl Driver for Reference {
    fn info(&self) -> &DriverInfo {
        &self.info
    }

    fn events(&self) -> Option<&EventBus> {
        Some(&self.bus)
    }

    async fn event_deregister(&self, _: &CallCx, id: RegistrationId) -> Result<()> {
        if self.has(Defect::LeaksCallbacks) { Ok(()) } else { self.bus.deregister(id).await }
    }

    async fn event_register(&self, _: &CallCx, wanted: WantedEvents) -> Result<Registered> {
        let policy = if self.has(Defect::GrowsWithoutBounds) { Policy::unbounded() } else { wanted.policy };
        match wanted.deliver {
            Deliver::Callback(callback) => {
                self.bus.register(wanted.filter, policy, callback).map(Registered::Callback)
            }
            Deliver::Pending(inbox, callback) => {
                inbox.register(wanted.filter, policy, callback).map(Registered::Callback)
            }
            _ => self.bus.subscribe(wanted.filter, policy).map(Registered::Stream),
        }
    }

    async fn domain_states(&self, _: &CallCx) -> Result<(Vec<DomainNow>, Contained)> {
        let table = self.table();
        let states = table.values().map(|machine| {
            let state = DomainStateInfo::default().state(machine.state).reason(machine.reason);
            DomainNow::new(machine.reference(), state, machine.is_persistent)
        });
        let too_much = u64::from(self.has(Defect::MissesEventsAfterSnapshots));
        Ok((states.collect(), Contained::up_to(self.bus.last_seq() + too_much)))
    }
}

/// Begins every call before it is polled.
#[derive(Debug)]
struct Eager;

impl Layer for Eager {
    fn around<'a, T: Send + 'a>(
        &'a self,
        _: &'a CallCx,
        _: Option<&'a dyn Subject>,
        mut call: CallFuture<'a, T>,
    ) -> CallFuture<'a, T> {
        match call.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(answer) => Box::pin(std::future::ready(answer)),
            Poll::Pending => call,
        }
    }
}
