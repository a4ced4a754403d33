//! What is there once per root: the domains, who is told of their events, and where things are kept.
//!
//! Locks: a domain's own lock comes first, those of the table and the connections last. None is held across an `.await`.

mod cpu;
pub(crate) mod cpus;
mod definitions;
mod info;
mod lock;
mod memory;
mod news;
mod nodes;
mod open;
mod paths;

pub(crate) use definitions::{
    Stored, read_all, remove, remove_if_there, rename, replace, set_autostart, write,
};
pub(crate) use open::open;
pub(crate) use paths::{Paths, failed, tpm_of};

use crate::domains::{DomainEntry, Lending, Managed};
use crate::probe::Programs;
use crate::process::Credentials;
use lock::RootLock;
use news::News;
use omnivirt_core::event::{Cause, EventBody};
use omnivirt_core::*;
use omnivirt_host::{Connections, DomainTable, KeptDomain as _, no_domain};
use std::sync::Arc;
use tokio_util::sync::{CancellationToken, DropGuard};

/// A root and the domains in it.
#[derive(Debug)]
pub(crate) struct Host {
    pub(crate) paths: Paths,
    pub(crate) domains: DomainTable<Managed>,
    pub(crate) connections: Connections,
    /// As whom guests run; as this process where none is said.
    pub(crate) credentials: Option<Credentials>,
    /// Which files of this machine its guests use.
    pub(crate) lending: Lending,
    /// The host's QEMU programs.
    pub(crate) programs: Programs,
    news: News,
    /// Ends what watches guests. The guests run on.
    closing: CancellationToken,
    _close: DropGuard,
    _lock: RootLock,
}

impl Host {
    fn new(paths: Paths, credentials: Option<Credentials>, lock: RootLock) -> Self {
        let closing = CancellationToken::new();
        Self {
            programs: Programs::open(&paths.cache(), credentials.clone()),
            paths,
            domains: DomainTable::default(),
            connections: Connections::default(),
            credentials,
            lending: Lending::default(),
            news: News::default(),
            _close: closing.clone().drop_guard(),
            closing,
            _lock: lock,
        }
    }

    /// The domain that a reference names.
    ///
    /// # Errors
    ///
    /// `NotFound`.
    pub(crate) fn domain(&self, domain: &DomainRef) -> Result<Arc<DomainEntry>> {
        let entry = self.domains.by_uuid(domain.uuid);
        let there = entry.filter(|entry| entry.lock().is_ok_and(|domain| domain.is_there()));
        there.ok_or_else(|| no_domain("UUID", domain.uuid))
    }

    /// Emits what has this cause. Called where the state changes, while the object is locked.
    pub(crate) fn emit(&self, cause: &Cause, object: DomainRef, body: impl Into<EventBody>) {
        if self.connections.is_empty() {
            return self.news.keep(cause, object, body.into());
        }
        self.connections.emit(object.into(), cause, body.into());
    }

    /// Tells what happened while nobody was connected, to those who listen now.
    pub(crate) fn tell_news(&self) {
        let wanted = |object: &DomainRef, body: &EventBody| {
            self.connections.hears(body.kind(), &object.clone().into())
        };
        for (cause, object, body) in self.news.take(wanted) {
            self.connections.emit(object.into(), &cause, body);
        }
    }

    /// Set when nobody has the root open any more.
    pub(crate) fn closing(&self) -> CancellationToken {
        self.closing.clone()
    }
}
