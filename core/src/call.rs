//! One call on its way to a driver: what it is, who makes it, how long it may take, and how it is given up.

mod waiting;

pub use waiting::{in_call, waiting_for};

use crate::connection::Connection;
use crate::error::{Error, Result};
use omnivirt_model::check::Check;
use omnivirt_model::event::{Cause, EventKind};
use omnivirt_model::{ErrorKind, JobOperation, ObjectKind, ObjectRef};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::Poll;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;
use waiting::Notes;

/// What a driver's method returns: nothing happens until it is polled.
pub type CallFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// How much a call may change or show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Changes nothing.
    Read,
    /// Changes something; refused on a read-only connection.
    Write,
    /// Changes nothing but shows secrets; refused on a read-only connection.
    Secret,
}

/// What the description says of a call.
///
/// ```
/// let call = omnivirt_core::calls::ALL.iter().find(|call| call.title == "Domain::start").unwrap();
/// assert_eq!(call.family, "DomainLifecycleOps");
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct CallDescription {
    /// The method's name.
    pub name: &'static str,
    /// The call as it is written in a program, such as `Domain::start`.
    pub title: &'static str,
    /// The family that it belongs to.
    pub family: &'static str,
    /// The accessor of `Families` that lends the family.
    pub accessor: &'static str,
    /// What it does, in a sentence.
    pub about: &'static str,
    /// The kind of object it is made on; none for calls on the connection.
    pub on: Option<ObjectKind>,
    /// How much it may change or show.
    pub access: Access,
    /// The error kinds that are its own.
    pub raises: &'static [ErrorKind],
    /// The event kinds that it causes.
    pub emits: &'static [EventKind],
    /// The domain job as which it runs.
    pub job: Option<JobOperation>,
    /// The libvirt procedures that it serves.
    pub procedures: &'static [&'static str],
}

/// Who makes a call, as far as the program that makes it says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Caller {
    /// A name for logs, rules and the cause of events: a user, a client's address, a tool.
    pub name: Arc<str>,
    /// The numeric user id, where the caller is a local process.
    pub user_id: Option<u32>,
    /// The process id, where the caller is a local process.
    pub process_id: Option<u32>,
}

impl Caller {
    /// A caller known by a name only.
    pub fn named(name: impl Into<Arc<str>>) -> Self {
        Self { name: name.into(), user_id: None, process_id: None }
    }
}

/// How the calls of a handle are made. See [`Connection::with_settings`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CallSettings {
    /// The most time a call may take. Calls that run as jobs have no limit unless one is set here by hand.
    pub timeout: Option<Duration>,
    /// Gives up every call made with these settings.
    pub cancellation: Option<CancellationToken>,
    /// Who makes the calls.
    pub caller: Option<Arc<Caller>>,
    /// Whether `timeout` is the default, which spares jobs, or was asked for.
    pub(crate) timeout_is_default: bool,
}

impl CallSettings {
    /// How long a call may take that is no job, unless the connection says otherwise.
    pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);

    /// The same settings with a limit for every call, jobs too.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self.timeout_is_default = false;
        self
    }

    /// The same settings with a token that gives up the calls.
    #[must_use]
    pub fn with_cancellation(mut self, token: CancellationToken) -> Self {
        self.cancellation = Some(token);
        self
    }

    /// The same settings with a caller.
    #[must_use]
    pub fn with_caller(mut self, caller: Caller) -> Self {
        self.caller = Some(Arc::new(caller));
        self
    }
}

impl Default for CallSettings {
    fn default() -> Self {
        Self {
            timeout: Some(Self::DEFAULT_TIMEOUT),
            cancellation: None,
            caller: None,
            timeout_is_default: true,
        }
    }
}

static NEXT_REQUEST: AtomicU64 = AtomicU64::new(1);

/// The context that goes with every call.
#[derive(Debug)]
pub struct CallCx {
    call: &'static CallDescription,
    driver: &'static str,
    request_id: u64,
    access: Access,
    settings: Arc<CallSettings>,
    /// Set when the time is first asked for: most calls answer before that, and the clock costs more than they do.
    started: OnceLock<Instant>,
}

impl CallCx {
    /// A context outside of a connection, for tests and for drivers that call each other.
    #[must_use]
    pub fn new(call: &'static CallDescription, driver: &'static str, settings: Arc<CallSettings>) -> Self {
        let request_id = NEXT_REQUEST.fetch_add(1, Ordering::Relaxed);
        Self { call, driver, request_id, access: call.access, settings, started: OnceLock::new() }
    }

    /// Which call it is.
    #[must_use]
    pub fn call(&self) -> &'static CallDescription {
        self.call
    }

    /// The name of the driver that is called.
    #[must_use]
    pub fn driver(&self) -> &'static str {
        self.driver
    }

    /// How much the call may change or show, given its arguments.
    #[must_use]
    pub fn access(&self) -> Access {
        self.access
    }

    /// An argument asks for secrets, which makes a read of the call one that a read-only connection refuses.
    pub(crate) fn shows_secrets(&mut self) {
        if self.access == Access::Read {
            self.access = Access::Secret;
        }
    }

    /// A number that no other call of this process has; logs and the cause of events carry it.
    #[must_use]
    pub fn request_id(&self) -> u64 {
        self.request_id
    }

    /// Who makes the call.
    #[must_use]
    pub fn caller(&self) -> Option<&Caller> {
        self.settings.caller.as_deref()
    }

    /// What to give as the cause of an event that this call brings about.
    #[must_use]
    pub fn cause(&self) -> Cause {
        let cause = Cause::client(self.request_id).call(self.call.title);
        match &self.settings.caller {
            Some(caller) => cause.who(caller.name.clone()),
            None => cause,
        }
    }

    /// When the call is given up. The front door does that by itself; drivers pass it on to others.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        let timeout = self.timeout()?;
        self.started.get_or_init(Instant::now).checked_add(timeout)
    }

    /// Whether the caller has given the call up.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.settings.cancellation.as_ref().is_some_and(CancellationToken::is_cancelled)
    }

    fn timeout(&self) -> Option<Duration> {
        self.settings.timeout.filter(|_| self.call.job.is_none() || !self.settings.timeout_is_default)
    }

    /// The answer of an entry point that a driver does not fill.
    pub fn unsupported<'a, T: Send + 'a>(&self) -> CallFuture<'a, T> {
        let error = Error::new(
            ErrorKind::Unsupported,
            format!("the {} driver does not implement {}", self.driver, self.call.title),
        );
        Box::pin(std::future::ready(Err(error)))
    }

    /// Refuses an argument with text that no driver can take.
    pub(crate) fn check(&self, argument: &'static str, value: &(impl Check + ?Sized)) -> Result<()> {
        value.check().map_err(|failure| {
            Error::new(ErrorKind::InvalidArgument, failure.within(argument).to_string())
                .with_context("call", self.call.title)
        })
    }

    /// Runs the call to its end, its deadline or its cancellation, and says in an error where it happened.
    pub(crate) async fn run<T>(
        &self,
        connection: &Connection,
        mut future: CallFuture<'_, T>,
        subject: impl FnOnce() -> Option<ObjectRef>,
    ) -> Result<T> {
        let mut notes = Notes::default();
        let first = poll_fn(|task| Poll::Ready(notes.during(|| future.as_mut().poll(task)))).await;
        let result = match first {
            Poll::Ready(result) => result,
            Poll::Pending => self.wait(future, notes).await,
        };
        result.map_err(|error| self.explain(error, connection, subject()))
    }

    async fn wait<T>(&self, mut future: CallFuture<'_, T>, mut notes: Notes) -> Result<T> {
        if tokio::runtime::Handle::try_current().is_err() {
            return Err(Error::new(
                ErrorKind::Internal,
                "a call had to wait, and no tokio runtime is here to keep its deadline",
            )
            .with_hint("call from inside a tokio runtime with time enabled"));
        }
        let timeout = self.timeout();
        let expired = async {
            match self.deadline() {
                Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
                None => std::future::pending().await,
            }
        };
        let cancelled = async {
            match &self.settings.cancellation {
                Some(token) => token.cancelled().await,
                None => std::future::pending().await,
            }
        };
        let done = poll_fn(|task| notes.during(|| future.as_mut().poll(task)));
        tokio::select! {
            biased;
            result = done => result,
            () = cancelled => Err(Error::new(ErrorKind::Cancelled, "the caller gave the call up")),
            () = expired => Err(expiry(timeout.unwrap_or_default(), notes.now())),
        }
    }

    fn explain(&self, mut error: Error, connection: &Connection, subject: Option<ObjectRef>) -> Error {
        if let Some(object) = subject {
            error = error.with_object(object.kind()).with_context(object.kind().as_str(), object.name());
        }
        error.with_context("call", self.call.title).with_context("driver", connection.driver_name())
    }
}

/// The time of a call has run out.
fn expiry(timeout: Duration, waited_for: Option<String>) -> Error {
    let message = format!("no answer within {timeout:?}");
    let error = match waited_for {
        Some(what) => Error::new(ErrorKind::Timeout, format!("{message}, waiting for {what}"))
            .with_context("waited_for", what),
        None => Error::new(ErrorKind::Timeout, message),
    };
    error.with_hint("what the call began may still complete; ask for the state before trying again")
}
