//! Where a host's domains are found: by UUID, by name and by number, each in constant time.

use super::hash::KeyedHashes;
use super::state::Simulated;
use omnivirt_core::{Error, ErrorKind, Result, Uuid};
use parking_lot::{Mutex, MutexGuard, RwLock};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt::Display;
use std::sync::Arc;

/// One domain of the table.
#[derive(Debug)]
pub(crate) struct DomainEntry {
    uuid: Uuid,
    state: Mutex<Simulated>,
}

impl DomainEntry {
    /// A domain that is not in the table yet.
    pub(crate) fn new(state: Simulated) -> Arc<Self> {
        Arc::new(Self { uuid: state.uuid, state: Mutex::new(state) })
    }

    pub(crate) fn uuid(&self) -> Uuid {
        self.uuid
    }

    /// Whether the domain is still there.
    ///
    /// # Errors
    ///
    /// `NotFound`.
    pub(crate) fn check(&self) -> Result<()> {
        self.lock().map(drop)
    }

    /// The domain's state, for as long as the guard is kept. Not across an `.await`.
    ///
    /// # Errors
    ///
    /// `NotFound` if the domain has gone since it was looked up.
    pub(crate) fn lock(&self) -> Result<MutexGuard<'_, Simulated>> {
        let state = self.state.lock();
        if state.gone { Err(no_domain("UUID", self.uuid)) } else { Ok(state) }
    }
}

/// What a domain that comes into the table cannot have, because another has it.
#[derive(Debug)]
pub(crate) enum Taken {
    Uuid,
    /// The name, and the domain that has it.
    Name(Arc<DomainEntry>),
}

/// All domains of a host.
///
/// Its lock is the last one taken: who changes a domain's place in the table has the domain locked already.
#[derive(Debug, Default)]
pub(crate) struct DomainTable(RwLock<Indexes>);

#[derive(Debug, Default)]
struct Indexes {
    by_uuid: HashMap<Uuid, Arc<DomainEntry>, KeyedHashes>,
    by_name: HashMap<Arc<str>, Arc<DomainEntry>, KeyedHashes>,
    by_id: HashMap<u32, Arc<DomainEntry>, KeyedHashes>,
    /// The number given last. None is given twice, so that it names a run too.
    last_id: u32,
}

impl DomainTable {
    /// The domain of that UUID.
    pub(crate) fn by_uuid(&self, uuid: Uuid) -> Option<Arc<DomainEntry>> {
        self.0.read().by_uuid.get(&uuid).cloned()
    }

    /// The domain of that name.
    pub(crate) fn by_name(&self, name: &str) -> Option<Arc<DomainEntry>> {
        self.0.read().by_name.get(name).cloned()
    }

    /// The domain whose run has that number.
    pub(crate) fn by_id(&self, id: u32) -> Option<Arc<DomainEntry>> {
        self.0.read().by_id.get(&id).cloned()
    }

    /// Every domain, in no order.
    pub(crate) fn all(&self) -> Vec<Arc<DomainEntry>> {
        self.0.read().by_uuid.values().cloned().collect()
    }

    /// Every domain, and something that was true while they were all.
    pub(crate) fn all_and<T>(&self, then: impl FnOnce() -> T) -> (Vec<Arc<DomainEntry>>, T) {
        let indexes = self.0.read();
        (indexes.by_uuid.values().cloned().collect(), then())
    }

    /// Every domain that has a number, in no order.
    pub(crate) fn active(&self) -> Vec<Arc<DomainEntry>> {
        self.0.read().by_id.values().cloned().collect()
    }

    /// Puts a new domain in, which the caller has locked, so that nobody sees it half made.
    ///
    /// # Errors
    ///
    /// What it has that another has already; then nothing is done.
    pub(crate) fn insert(&self, entry: &Arc<DomainEntry>, name: &Arc<str>) -> Result<(), Taken> {
        let mut indexes = self.0.write();
        let indexes = &mut *indexes;
        let Entry::Vacant(by_uuid) = indexes.by_uuid.entry(entry.uuid) else { return Err(Taken::Uuid) };
        match indexes.by_name.entry(name.clone()) {
            Entry::Vacant(by_name) => {
                by_uuid.insert(entry.clone());
                by_name.insert(entry.clone());
                Ok(())
            }
            Entry::Occupied(other) => Err(Taken::Name(other.get().clone())),
        }
    }

    /// Takes a domain out that does not run.
    pub(crate) fn remove(&self, uuid: Uuid, name: &str) {
        let mut indexes = self.0.write();
        indexes.by_uuid.remove(&uuid);
        indexes.by_name.remove(name);
    }

    /// Gives a domain another name.
    ///
    /// # Errors
    ///
    /// `AlreadyExists` if another domain has it.
    pub(crate) fn rename(&self, old: &str, new: &Arc<str>) -> Result<()> {
        let mut indexes = self.0.write();
        if let Some(other) = indexes.by_name.get(new) {
            return Err(name_taken(new, other.uuid));
        }
        let entry =
            indexes.by_name.remove(old).expect("a domain that is locked and not gone is in the table");
        indexes.by_name.insert(new.clone(), entry);
        Ok(())
    }

    /// Gives a domain a number of its own.
    pub(crate) fn number(&self, uuid: Uuid) -> u32 {
        let mut indexes = self.0.write();
        indexes.last_id += 1;
        let id = indexes.last_id;
        let entry =
            indexes.by_uuid.get(&uuid).expect("a domain that is locked and not gone is in the table").clone();
        indexes.by_id.insert(id, entry);
        id
    }

    /// Takes a domain's number away.
    pub(crate) fn release(&self, id: u32) {
        self.0.write().by_id.remove(&id);
    }
}

/// There is no domain of that name, UUID or number.
pub(crate) fn no_domain(by: &str, value: impl Display) -> Error {
    Error::new(ErrorKind::NotFound, format!("there is no domain with {by} {value}"))
}

pub(crate) fn name_taken(name: &str, uuid: Uuid) -> Error {
    Error::new(ErrorKind::AlreadyExists, format!("there is a domain '{name}' already, with UUID {uuid}"))
}
