//! What is known of one program. It is asked when something is first needed, and the answer kept on disk.

use super::answers::{Abilities, Accelerated, Basics};
use super::ask::{Accelerator, Asked, ask};
use super::identity::Identity;
use super::{cache, cpu_questions, questions};
use crate::process::Credentials;
use omnivirt_core::Result;
use parking_lot::Mutex;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use tokio::sync::{OnceCell, Semaphore};

/// How programs are asked.
#[derive(Debug)]
pub(super) struct Asking {
    /// Where answers are kept.
    pub(super) cache: PathBuf,
    /// As whom programs run; as this process where none is said.
    pub(super) credentials: Option<Credentials>,
    /// How long a program has for its answers.
    pub(super) deadline: Duration,
    /// Of as many as this are asked at once.
    pub(super) turns: Semaphore,
}

/// What is known of programs whichever root is open: a process that opens many asks once.
static BASICS: LazyLock<Mutex<KnownBasics>> = LazyLock::new(Mutex::default);

/// By the program's path; with what it was then, so that another one in its place is asked anew.
type KnownBasics = HashMap<PathBuf, (Identity, Arc<Basics>)>;

/// A program, and what is known of it.
#[derive(Debug)]
pub(crate) struct Program {
    path: PathBuf,
    identity: Identity,
    asking: Arc<Asking>,
    pub(crate) basics: Arc<Basics>,
    abilities: OnceCell<Arc<Abilities>>,
}

impl Program {
    /// What is known, or is asked now, of a program.
    ///
    /// # Errors
    ///
    /// `System` if it cannot be started, `HypervisorError`, `Timeout`.
    pub(super) async fn open(path: PathBuf, identity: Identity, asking: Arc<Asking>) -> Result<Self> {
        let known =
            BASICS.lock().get(&path).filter(|(same, _)| *same == identity).map(|(_, basics)| basics.clone());
        let basics = match known {
            Some(basics) => basics,
            None => {
                let asked = asking.known(&path, &identity, "basics", async || {
                    asking.ask(&path, Accelerator::Tcg, async |asked| questions::basics(asked).await).await
                });
                let basics = Arc::new(asked.await?);
                BASICS.lock().insert(path.clone(), (identity.clone(), basics.clone()));
                basics
            }
        };
        Ok(Self { path, identity, asking, basics, abilities: OnceCell::new() })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn identity(&self) -> &Identity {
        &self.identity
    }

    /// What documents and command lines are checked against.
    ///
    /// # Errors
    ///
    /// As [`Program::open`].
    pub(crate) async fn abilities(&self) -> Result<Arc<Abilities>> {
        let asked = self.abilities.get_or_try_init(async || {
            let (path, asking) = (&self.path, &self.asking);
            let known = asking.known(path, &self.identity, "abilities", async || {
                asking.ask(path, Accelerator::Tcg, async |asked| questions::abilities(asked).await).await
            });
            known.await.map(Arc::new)
        });
        asked.await.cloned()
    }

    /// What depends on the accelerator. It is much and rarely asked for, and therefore kept on disk only.
    ///
    /// # Errors
    ///
    /// As [`Program::open`].
    pub(crate) async fn accelerated(&self, accelerator: Accelerator) -> Result<Accelerated> {
        let abilities = self.abilities().await?;
        let (path, asking) = (&self.path, &self.asking);
        let sort = match accelerator {
            Accelerator::Tcg => "cpus-tcg".to_owned(),
            // What KVM gives depends on the host's CPU and kernel.
            Accelerator::Kvm => format!("cpus-kvm-{:016x}", super::kvm::fingerprint()),
        };
        let known = asking.known(path, &self.identity, &sort, async || {
            let target = &self.basics.target;
            let questions = async |asked: &Asked| {
                cpu_questions::accelerated(asked, &abilities, target, accelerator).await
            };
            asking.ask(path, accelerator, questions).await
        });
        known.await
    }
}

impl Asking {
    async fn ask<T>(
        &self,
        program: &Path,
        accelerator: Accelerator,
        questions: impl AsyncFnOnce(&Asked) -> Result<T>,
    ) -> Result<T> {
        ask(program, accelerator, self.credentials.clone(), self.deadline, questions).await
    }

    /// What is kept of that sort; else asks, and keeps it.
    async fn known<T: Serialize + DeserializeOwned + Send + 'static>(
        &self,
        program: &Path,
        identity: &Identity,
        sort: &str,
        ask: impl AsyncFnOnce() -> Result<T>,
    ) -> Result<T> {
        let file = cache::path(&self.cache, program, sort);
        let (kept, same) = (file.clone(), identity.clone());
        if let Some(facts) = crate::blocking(move || Ok(cache::read(&kept, &same))).await? {
            return Ok(facts);
        }
        let turn = self.turns.acquire().await;
        let facts = ask().await?;
        drop(turn);
        let identity = identity.clone();
        crate::blocking(move || {
            cache::write(&file, &identity, &facts);
            Ok(facts)
        })
        .await
    }
}
