//! One case: a rule of the contract, the calls it needs, and the code that looks.

use crate::failure::Outcome;
use crate::rig::Rig;
use omnivirt_core::CallDescription;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

type Run = Arc<dyn Fn(Arc<Rig>) -> Pin<Box<dyn Future<Output = Outcome> + Send>> + Send + Sync>;

/// Something without which a case makes no sense. A driver that lacks it is not at fault.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Need {
    /// The driver fills the call.
    Call(&'static CallDescription),
    /// The driver has events.
    Events,
    /// The driver can say which events a list of states contains.
    Snapshots,
    /// Events say what caused them.
    Causes,
    /// Connections can share a host.
    SharedHost,
    /// There is a host whose calls and jobs take time. The case runs on that.
    SlowHost,
}

/// A rule of the contract, and the code that checks it.
#[derive(Clone)]
pub(crate) struct Case {
    /// Its name, as in `lifecycle::suspend_when_running`: group, then what is checked.
    pub(crate) name: String,
    /// The rule, in a sentence.
    pub(crate) rule: String,
    pub(crate) needs: Vec<Need>,
    run: Run,
}

impl Case {
    pub(crate) fn new<F>(
        group: &str,
        name: &str,
        rule: impl Into<String>,
        needs: impl IntoIterator<Item = &'static CallDescription>,
        run: impl Fn(Arc<Rig>) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Outcome> + Send + 'static,
    {
        Self {
            name: format!("{group}::{name}"),
            rule: rule.into(),
            needs: needs.into_iter().map(Need::Call).collect(),
            run: Arc::new(move |rig| Box::pin(run(rig))),
        }
    }

    pub(crate) fn and(mut self, need: Need) -> Self {
        self.needs.push(need);
        self
    }

    /// Whether it runs on a host whose calls and jobs take time.
    pub(crate) fn is_slow(&self) -> bool {
        self.needs.iter().any(|need| matches!(need, Need::SlowHost))
    }

    pub(crate) fn run(&self, rig: Arc<Rig>) -> impl Future<Output = Outcome> + Send + use<> {
        (self.run)(rig)
    }
}

impl std::fmt::Debug for Case {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Case").field("name", &self.name).finish_non_exhaustive()
    }
}
