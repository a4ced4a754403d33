//! What a case works with: a connection of its own, and ways to have a domain in a certain state.

use crate::action::Action;
use crate::case::Need;
use crate::failure::Outcome;
use crate::fixture::Fixture;
use crate::life::Life;
use omnivirt_core::events::{EventFilter, Policy};
use omnivirt_core::*;
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How long a domain that is on its way off may be so.
const ON_ITS_WAY: Duration = Duration::from_secs(30);
/// How long is waited before the next look at something that comes about by itself.
pub(crate) const BETWEEN_LOOKS: Duration = Duration::from_millis(2);
/// By how much a host's own clock is moved on at a time.
const STEP_MS: u64 = 50;

/// The host of one case.
#[derive(Debug)]
pub(crate) struct Rig {
    fixture: Arc<dyn Fixture>,
    connection: Connection,
    /// To the driver behind, where there is one: it is only asked what it claims.
    behind: Option<Connection>,
    /// The domains that the case made, to be removed at its end: not every driver has a host for each connection.
    made: Mutex<Vec<Uuid>>,
}

impl Rig {
    /// A rig on the fixture's host; on its slow one, if it is asked for and there.
    pub(crate) async fn open(fixture: Arc<dyn Fixture>, slow: bool) -> Result<Self> {
        let uri = fixture.slow_uri().filter(|_| slow).unwrap_or_else(|| fixture.uri());
        let connection = open(&*fixture, &uri, ConnectOptions::default()).await?;
        let behind = match fixture.behind() {
            Some((entry, uri)) => Some(Registry::of([entry]).open(&uri, ConnectOptions::default()).await?),
            None => None,
        };
        Ok(Self { fixture, connection, behind, made: Mutex::default() })
    }

    /// Another rig, with a connection of its own.
    pub(crate) async fn another(&self) -> Result<Self> {
        Self::open(self.fixture.clone(), false).await
    }

    pub(crate) fn fixture(&self) -> &dyn Fixture {
        &*self.fixture
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Another connection: to the same URI, which need not mean the same host.
    pub(crate) async fn open_another(&self, options: ConnectOptions) -> Result<Connection> {
        open(&*self.fixture, &self.fixture.uri(), options).await
    }

    /// Two connections to one host, for a case with [`Need::SharedHost`].
    pub(crate) async fn open_pair(&self, second: ConnectOptions) -> Result<(Connection, Connection)> {
        let host = format!("conformance-{}", Uuid::new_v4().simple());
        let uri = self.fixture.shared_uri(&host).expect("the case says that it needs a shared host");
        let first = open(&*self.fixture, &uri, ConnectOptions::default()).await?;
        Ok((first, open(&*self.fixture, &uri, second).await?))
    }

    /// Whether the driver fills a call, and the one behind it too.
    pub(crate) fn claims(&self, call: &CallDescription) -> bool {
        claims(&self.connection, call) && self.behind.as_ref().is_none_or(|behind| claims(behind, call))
    }

    /// The actions that the driver has, and whose effects do not hang on a guest that does as it likes.
    pub(crate) fn actions(&self) -> impl Iterator<Item = Action> {
        let obeys = self.fixture.guest_obeys();
        Action::ALL
            .into_iter()
            .filter(move |action| self.claims(action.call()) && (obeys || !action.needs_the_guest()))
    }

    /// What the driver lacks of what a case needs.
    pub(crate) async fn lacks(&self, need: Need) -> Option<&'static str> {
        let (there, what) = match need {
            // What sleeps is the guest.
            Need::Call(call)
                if call.title == calls::DOMAIN_PM_SUSPEND.title && !self.fixture.guest_obeys() =>
            {
                (false, "a guest that sleeps when it is asked to")
            }
            Need::Call(call) => (self.claims(call), call.title),
            Need::Events => (self.connection.driver().events().is_some(), "events"),
            Need::Snapshots => {
                (self.has_snapshots_of_states().await, "states that say which events they contain")
            }
            Need::Causes => (self.fixture.tells_causes(), "events that say what caused them"),
            Need::SlowHost => (self.fixture.slow_uri().is_some(), "a host whose calls and jobs take time"),
            Need::SharedHost => (self.fixture.shared_uri("any").is_some(), "hosts that connections share"),
        };
        (!there).then_some(what)
    }

    async fn has_snapshots_of_states(&self) -> bool {
        let answer = self.connection.snapshot_then_stream(EventFilter::all(), Policy::default()).await;
        !answer.is_err_and(|error| error.kind() == ErrorKind::Unsupported)
    }

    /// Causes so many events of a domain: its definition is made anew as often.
    pub(crate) async fn cause_events(&self, domain: &Domain, count: usize) -> Result<()> {
        let xml = self.xml(domain.reference());
        for _ in 0..count {
            domain.connection().define(&xml, DefineOptions::default()).await?;
        }
        Ok(())
    }

    /// A name and a UUID that no other domain has.
    pub(crate) fn fresh(&self) -> DomainRef {
        let uuid = Uuid::new_v4();
        self.made.lock().expect("no case holds the lock").push(uuid);
        DomainRef::new(format!("conformance-{}", uuid.simple()), uuid, None)
    }

    /// Has a domain removed in the end that has another UUID than [`Rig::fresh`] made up.
    pub(crate) fn remember(&self, domain: &Domain) {
        self.made.lock().expect("no case holds the lock").push(domain.uuid());
    }

    /// The XML of a small domain of that name and UUID.
    pub(crate) fn xml(&self, domain: &DomainRef) -> String {
        self.fixture.domain_xml(&domain.name, domain.uuid)
    }

    /// A new domain, brought into that state.
    pub(crate) async fn domain(&self, life: Life) -> Result<Domain> {
        let xml = self.xml(&self.fresh());
        let domain = if life.is_transient() {
            self.drive(self.connection.create(&xml, CreateOptions::default())).await?
        } else {
            self.drive(self.connection.define(&xml, DefineOptions::default())).await?
        };
        let mut actions = Vec::new();
        if life.is_active() && !life.is_transient() {
            actions.push(Action::Start);
        }
        match life {
            Life::Paused | Life::TransientPaused => actions.push(Action::Suspend),
            Life::PmSuspended | Life::TransientPmSuspended => actions.push(Action::PmSuspend),
            Life::Gone => actions.push(Action::Undefine),
            Life::ShutOff | Life::Running | Life::TransientRunning => {}
        }
        for action in actions {
            self.drive(action.make(&domain)).await?;
        }
        Ok(domain)
    }

    /// Which state a domain is in, as far as the driver can tell.
    pub(crate) async fn life(&self, domain: &Domain) -> Result<Life> {
        match self.life_if_there(domain).await {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Life::Gone),
            answer => answer,
        }
    }

    async fn life_if_there(&self, domain: &Domain) -> Result<Life> {
        let state = self.drive(self.state(domain)).await?;
        let is_transient =
            self.claims(&calls::DOMAIN_STATUS) && !self.drive(domain.status()).await?.persistent;
        Life::of(state, is_transient).ok_or_else(|| {
            Error::new(
                ErrorKind::Internal,
                format!("the domain is {state}, a state that no case brings about"),
            )
        })
    }

    /// The state of a domain; of one that is on its way off, the one that comes of it.
    async fn state(&self, domain: &Domain) -> Result<DomainState> {
        let begun = Instant::now();
        loop {
            match self.state_now(domain).await? {
                DomainState::Shutdown if begun.elapsed() < ON_ITS_WAY => {
                    tokio::time::sleep(BETWEEN_LOOKS).await;
                }
                state => return Ok(state),
            }
        }
    }

    async fn state_now(&self, domain: &Domain) -> Result<DomainState> {
        if self.claims(&calls::DOMAIN_STATE) {
            domain.state().await.map(|answer| answer.state)
        } else {
            domain.info().await.map(|answer| answer.state)
        }
    }

    /// Waits for a call that takes the host's time. A host with a clock of its own has it moved on meanwhile.
    pub(crate) async fn drive<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        let moves_time = self.claims(&calls::CONNECTION_ADVANCE_TIME);
        let time = async {
            while moves_time && self.connection.advance_time(STEP_MS).await.is_ok() {
                // Whatever was woken has its turn before the next move.
                tokio::task::yield_now().await;
            }
            std::future::pending::<()>().await;
        };
        tokio::select! {
            biased;
            output = &mut future => output,
            () = time => unreachable!("time does not end"),
        }
    }

    /// Removes what the case made. What is gone already is no matter, nor is what a driver cannot remove.
    pub(crate) async fn clean_up(&self) -> Outcome {
        let made = std::mem::take(&mut *self.made.lock().expect("no case holds the lock"));
        if self.connection.is_closed() || !self.claims(&calls::CONNECTION_DOMAIN_BY_UUID) {
            return Ok(());
        }
        if self.claims(&calls::CONNECTION_INJECT_FAULTS) {
            self.connection.inject_faults(&[], FaultOptions::default()).await?;
        }
        for uuid in made {
            let Some(domain) = gone_is_none(self.drive(self.connection.domain_by_uuid(uuid)).await)? else {
                continue;
            };
            if self.claims(&calls::DOMAIN_DESTROY) {
                // One that does not run needs no destroying, and a transient one is gone then.
                gone_is_none(self.drive(domain.destroy(DestroyOptions::default())).await)?;
            }
            if self.claims(&calls::DOMAIN_UNDEFINE) {
                let all = UndefineOptions::default()
                    .managed_save(true)
                    .snapshots_metadata(true)
                    .checkpoints_metadata(true);
                gone_is_none(self.drive(domain.undefine(all)).await)?;
            }
        }
        Ok(())
    }
}

/// Whether the driver behind a connection fills a call.
fn claims(connection: &Connection, call: &CallDescription) -> bool {
    connection.claims().iter().any(|(family, names)| *family == call.family && names.contains(&call.name))
}

async fn open(fixture: &dyn Fixture, uri: &str, options: ConnectOptions) -> Result<Connection> {
    Registry::of([fixture.entry()]).open(uri, options).await
}

fn gone_is_none<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::InvalidState) => Ok(None),
        Err(error) => Err(error),
    }
}
