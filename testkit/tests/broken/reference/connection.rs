//! Opening the driver, and its events.

use super::Reference;
use crate::defect::Defect;
use async_trait::async_trait;
use omnivirt_core::events::{Contained, EventBus, Policy, RegistrationId};
use omnivirt_core::layer::{Layer, Subject, layered};
use omnivirt_core::*;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicU32;
use std::task::{Context, Poll, Waker};
use tokio::sync::watch;

pub(crate) const ENTRY: DriverEntry = DriverEntry {
    name: "reference",
    schemes: &["reference"],
    transports: &[],
    daemon_paths: &[],
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
