//! What QEMU has told last of a run's numbers: asked for by one at a time, and kept for those who do not wait.

use super::balloon::{Balloon, GuestMemory};
use super::blocks::Blocks;
use super::dirty_rate::DirtyRate;
use super::images::Disk;
use super::iothreads::Polling;
use super::state::DomainEntry;
use super::threads::threads;
use crate::qmp::Monitor;
use omnivirt_core::Result;
use parking_lot::Mutex;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The last numbers of a run.
#[derive(Debug, Default)]
pub(crate) struct Samples {
    /// Held by who asks: a QEMU that hangs is asked once, and not by everybody who wants to know.
    asking: Arc<tokio::sync::Mutex<()>>,
    last: Mutex<Last>,
}

/// What was told last, of each kind.
#[derive(Debug, Clone, Default)]
pub(super) struct Last {
    pub(super) blocks: Option<Sample<Blocks>>,
    pub(super) guest_memory: Option<Sample<GuestMemory>>,
    pub(super) iothreads: Option<Sample<Vec<Polling>>>,
    pub(super) dirty_rate: Option<Sample<DirtyRate>>,
}

/// Something that was told at a time.
#[derive(Debug, Clone)]
pub(super) struct Sample<T> {
    pub(super) at: Instant,
    pub(super) told: Arc<T>,
}

impl<T> Sample<T> {
    fn now(told: T) -> Self {
        Self { at: Instant::now(), told: Arc::new(told) }
    }
}

/// What QEMU is to be asked for.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted {
    /// Which threads there are, which is kept in the run itself.
    pub(super) threads: bool,
    /// The disks that are asked about.
    pub(super) blocks: Option<Vec<Disk>>,
    pub(super) guest_memory: Option<Balloon>,
    pub(super) iothreads: bool,
    pub(super) dirty_rate: bool,
}

impl Wanted {
    /// Whether there is nothing that only QEMU knows.
    pub(super) fn is_nothing(&self) -> bool {
        let Self { threads, blocks, guest_memory, iothreads, dirty_rate } = self;
        !(*threads || blocks.is_some() || guest_memory.is_some() || *iothreads || *dirty_rate)
    }
}

impl Samples {
    /// What was told last.
    pub(super) fn last(&self) -> Last {
        self.last.lock().clone()
    }

    /// Asks QEMU anew, and waits so long for it. What it answers later is kept for the next who asks.
    pub(super) async fn refresh(
        self: &Arc<Self>,
        entry: &Arc<DomainEntry>,
        monitor: Monitor,
        wanted: Wanted,
        patience: Duration,
    ) {
        let (this, entry) = (self.clone(), entry.clone());
        let asked = async move {
            let turn = this.asking.clone().lock_owned().await;
            let work = tokio::spawn(async move {
                let _turn = turn;
                this.ask(&entry, &monitor, &wanted).await
            });
            match work.await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::debug!(%error, "a QEMU does not tell its numbers"),
                Err(error) => tracing::warn!(%error, "asking a QEMU for its numbers broke off"),
            }
        };
        // Whether it came in time shows in the age of what there is.
        let _ = tokio::time::timeout(patience, asked).await;
    }

    async fn ask(&self, entry: &Arc<DomainEntry>, monitor: &Monitor, wanted: &Wanted) -> Result<()> {
        // All at once: QEMU answers in the order of the questions.
        let of_threads = async {
            if wanted.threads {
                threads(entry).await?;
            }
            Ok(())
        };
        let of_blocks = async {
            if let Some(disks) = &wanted.blocks {
                let told = Blocks::ask(monitor, disks).await?;
                self.last.lock().blocks = Some(Sample::now(told));
            }
            Ok(())
        };
        let of_memory = async {
            if let Some(balloon) = &wanted.guest_memory {
                let told = balloon.told(monitor).await?;
                self.last.lock().guest_memory = Some(Sample::now(told));
            }
            Ok(())
        };
        let of_iothreads = async {
            if wanted.iothreads {
                let told = Polling::ask(monitor).await?;
                self.last.lock().iothreads = Some(Sample::now(told));
            }
            Ok(())
        };
        let of_changes = async {
            if wanted.dirty_rate {
                let told = DirtyRate::ask(monitor).await?;
                if let Some(run) = entry.lock()?.run.as_deref_mut()
                    && !told.is_started()
                {
                    run.known.has_dirty_rate.get_or_insert(false);
                }
                self.last.lock().dirty_rate = Some(Sample::now(told));
            }
            Ok(())
        };
        let all = futures_util::future::join5(of_threads, of_blocks, of_memory, of_iothreads, of_changes);
        let (threads, blocks, memory, iothreads, changes) = all.await;
        threads.and(blocks).and(memory).and(iothreads).and(changes)
    }
}
