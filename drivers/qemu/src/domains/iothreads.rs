//! The I/O threads of a domain.

use super::pins::Pinned;
use super::plan::Side;
use super::queue::in_turn;
use super::state::{Configuration, DomainEntry};
use super::threads::{self, affinity, threads};
use crate::connection::QemuDriver;
use crate::qmp::Monitor;
use omnivirt_core::domain::vcpus::IoThread;
use omnivirt_core::domain::{Domain, DomainConfig};
use omnivirt_core::*;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;

#[driver_ops]
impl DomainIothreadOps for QemuDriver {
    async fn iothreads(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        affect: &AffectOptions,
    ) -> Result<Vec<IothreadInfo>> {
        let entry = self.host.domain(domain)?;
        let (live, typed) = {
            let domain = entry.lock()?;
            (domain.affected(affect)?.0, domain.side(affect)?.config.domain())
        };
        if !live {
            let describe = |id| IothreadInfo::default().id(id).affinity(Pinned::Iothread(id).cpus(&typed));
            return Ok(ids(&typed).into_iter().map(describe).collect());
        }
        let (_, threads) = threads(&entry).await?;
        let describe = |(id, thread): (&u32, &i32)| {
            // One that has ended is not there any more.
            Some(IothreadInfo::default().id(*id).affinity(affinity(*thread)?))
        };
        Ok(threads.iothreads.iter().filter_map(describe).collect())
    }

    async fn pin_iothread(
        &self,
        cx: &CallCx,
        domain: &DomainRef,
        iothread: u32,
        cpus: &CpuMap,
        affect: &AffectOptions,
    ) -> Result<()> {
        let entry = self.host.domain(domain)?;
        let check =
            move |configuration: &Configuration| check_there(&configuration.config.domain(), iothread);
        self.host.pin(entry, cx.cause(), Pinned::Iothread(iothread), cpus, affect, check).await
    }

    async fn add_iothread(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        iothread: u32,
        affect: &AffectOptions,
    ) -> Result<()> {
        if iothread == 0 {
            return Err(invalid("ids of I/O threads begin with 1".to_owned()));
        }
        let add = move |_: Side, configuration: &Configuration| {
            let mut ids = ids(&configuration.config.domain());
            if !ids.insert(iothread) {
                return Err(invalid(format!("there is an I/O thread {iothread} already")));
            }
            with_ids(&configuration.config, &ids)
        };
        let arguments = json!({"qom-type": "iothread", "id": name(iothread)});
        self.change_iothreads(domain, affect, add, "object-add", arguments).await
    }

    async fn delete_iothread(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        iothread: u32,
        affect: &AffectOptions,
    ) -> Result<()> {
        let delete = move |_: Side, configuration: &Configuration| {
            let typed = configuration.config.domain();
            check_there(&typed, iothread)?;
            check_unused(&configuration.config, iothread)?;
            let mut ids = ids(&typed);
            ids.remove(&iothread);
            with_ids(&configuration.config, &ids)
        };
        self.change_iothreads(domain, affect, delete, "object-del", json!({"id": name(iothread)})).await
    }
}

impl QemuDriver {
    /// Changes which I/O threads there are; those of a run with a command of QEMU's.
    async fn change_iothreads(
        &self,
        domain: &DomainRef,
        affect: &AffectOptions,
        change: impl Fn(Side, &Configuration) -> Result<DomainConfig> + Send + 'static,
        command: &'static str,
        arguments: serde_json::Value,
    ) -> Result<()> {
        let entry = self.host.domain(domain)?;
        let (host, affect) = (self.host.clone(), affect.clone());
        in_turn(&entry.clone(), async move {
            let (planned, monitor) = {
                let mut domain = entry.lock()?;
                let planned = domain.plan(&affect, change)?;
                let monitor = planned.is_live().then(|| domain.run()?.monitor()).transpose()?;
                (planned, monitor)
            };
            if let Some(monitor) = monitor {
                monitor.execute(command, arguments).await?;
                forget_threads(&entry);
            }
            host.keep(&entry, planned).await
        })
        .await
    }
}

fn forget_threads(entry: &Arc<DomainEntry>) {
    if let Ok(mut domain) = entry.lock()
        && let Some(run) = domain.run.as_deref_mut()
    {
        run.known.threads = None;
    }
}

/// QEMU's name of an I/O thread.
fn name(id: u32) -> String {
    format!("iothread{id}")
}

/// The ids: those that the document gives, and the lowest others until there are as many as it says.
fn ids(domain: &Domain) -> BTreeSet<u32> {
    let mut ids: BTreeSet<u32> = domain.iothreads.iter().map(|thread| thread.id).collect();
    let count = domain.iothread_count.unwrap_or(0).min(MOST) as usize;
    let missing: Vec<u32> =
        (1..).filter(|id| !ids.contains(id)).take(count.saturating_sub(ids.len())).collect();
    ids.extend(missing);
    ids
}

/// A document may say any number. More threads than this no host has a use for.
const MOST: u32 = 4096;

fn check_there(domain: &Domain, id: u32) -> Result<()> {
    if ids(domain).contains(&id) {
        return Ok(());
    }
    Err(invalid(format!("the domain has no I/O thread {id}")))
}

fn check_unused(config: &DomainConfig, id: u32) -> Result<()> {
    let user = config.devices().find(|device| {
        let driver = device.element().child("driver");
        let used = driver.and_then(|driver| driver.attribute_value("iothread"));
        used.is_some_and(|used| used.parse() == Ok(id))
    });
    match user {
        Some(user) => {
            let name = user.target().unwrap_or_default();
            let message = format!("the {} {name} uses the I/O thread", user.kind());
            Err(Error::new(ErrorKind::InvalidState, message).with_hint("have it use another first"))
        }
        None => Ok(()),
    }
}

/// The document with these I/O threads, each listed; what is said of one that stays is kept.
fn with_ids(config: &DomainConfig, ids: &BTreeSet<u32>) -> Result<DomainConfig> {
    let changed = config.with(|domain| {
        domain.iothread_count = u32::try_from(ids.len()).ok();
        domain.iothreads.retain(|thread| ids.contains(&thread.id));
        for id in ids {
            if domain.iothreads.iter().all(|thread| thread.id != *id) {
                domain.iothreads.push(IoThread::new(*id));
            }
        }
        if let Some(tune) = &mut domain.cpu_tune {
            tune.iothread_pins.retain(|pin| ids.contains(&pin.iothread));
        }
    });
    Ok(changed?)
}

/// How an I/O thread waits for work, as QEMU has it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Polling {
    id: String,
    poll_max_ns: u64,
    poll_grow: u64,
    poll_shrink: u64,
}

impl Polling {
    /// Asks QEMU for all.
    ///
    /// # Errors
    ///
    /// `HypervisorError`.
    pub(super) async fn ask(monitor: &Monitor) -> Result<Vec<Self>> {
        threads::answer(monitor, "query-iothreads").await
    }

    pub(super) fn stats(&self) -> Option<IothreadStats> {
        let id = self.id.strip_prefix("iothread")?.parse::<u32>().ok()?;
        Some(
            IothreadStats::default()
                .id(id)
                .poll_max_ns(self.poll_max_ns)
                .poll_grow(self.poll_grow)
                .poll_shrink(self.poll_shrink),
        )
    }
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::InvalidArgument, message)
}
