//! Where a host's domains are found: by UUID, by name and by number, each in constant time.

use crate::hash::KeyedHashes;
use omnivirt_core::{DomainNow, DomainRef, Error, ErrorKind, Result, Uuid};
use parking_lot::{Mutex, MutexGuard, RwLock};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt::Display;
use std::sync::Arc;

/// What a driver keeps of a domain.
pub trait KeptDomain {
    /// What names it now.
    fn reference(&self) -> DomainRef;

    /// Whether it is out of the table, so that nothing can be done with it any more.
    fn is_gone(&self) -> bool;

    /// Whether it is to be seen: one that is only being made is not, though its name and its UUID are taken.
    fn is_there(&self) -> bool {
        true
    }

    /// What it is doing now.
    fn now(&self) -> DomainNow;
}

/// One domain of the table.
#[derive(Debug)]
pub struct DomainEntry<S> {
    uuid: Uuid,
    state: Mutex<S>,
}

impl<S: KeptDomain> DomainEntry<S> {
    /// A domain that is not in the table yet.
    #[must_use]
    pub fn new(state: S) -> Arc<Self> {
        Arc::new(Self { uuid: state.reference().uuid, state: Mutex::new(state) })
    }

    /// The domain's UUID.
    #[must_use]
    pub fn uuid(&self) -> Uuid {
        self.uuid
    }

    /// Whether the domain is still there.
    ///
    /// # Errors
    ///
    /// `NotFound`.
    pub fn check(&self) -> Result<()> {
        self.lock().map(drop)
    }

    /// The domain's state, for as long as the guard is kept. Not across an `.await`.
    ///
    /// # Errors
    ///
    /// `NotFound` if the domain has gone since it was looked up.
    pub fn lock(&self) -> Result<MutexGuard<'_, S>> {
        let state = self.state.lock();
        if state.is_gone() { Err(no_domain("UUID", self.uuid)) } else { Ok(state) }
    }
}

/// What a domain that comes into the table cannot have, because another has it.
#[derive(Debug)]
pub enum Taken<S> {
    /// The UUID.
    Uuid,
    /// The name, and the domain that has it.
    Name(Arc<DomainEntry<S>>),
}

/// All domains of a host.
///
/// Its lock is the last one taken: who changes a domain's place in the table has the domain locked already.
#[derive(Debug)]
pub struct DomainTable<S>(RwLock<Indexes<S>>);

#[derive(Debug)]
struct Indexes<S> {
    by_uuid: HashMap<Uuid, Arc<DomainEntry<S>>, KeyedHashes>,
    by_name: HashMap<Arc<str>, Arc<DomainEntry<S>>, KeyedHashes>,
    by_id: HashMap<u32, Arc<DomainEntry<S>>, KeyedHashes>,
    /// The number given last. None is given twice, so that it names a run too.
    last_id: u32,
}

impl<S> Default for DomainTable<S> {
    fn default() -> Self {
        Self(RwLock::new(Indexes {
            by_uuid: HashMap::default(),
            by_name: HashMap::default(),
            by_id: HashMap::default(),
            last_id: 0,
        }))
    }
}

impl<S: KeptDomain> DomainTable<S> {
    /// The domain of that UUID.
    #[must_use]
    pub fn by_uuid(&self, uuid: Uuid) -> Option<Arc<DomainEntry<S>>> {
        self.0.read().by_uuid.get(&uuid).cloned()
    }

    /// The domain of that name.
    #[must_use]
    pub fn by_name(&self, name: &str) -> Option<Arc<DomainEntry<S>>> {
        self.0.read().by_name.get(name).cloned()
    }

    /// The domain whose run has that number.
    #[must_use]
    pub fn by_id(&self, id: u32) -> Option<Arc<DomainEntry<S>>> {
        self.0.read().by_id.get(&id).cloned()
    }

    /// Every domain, in no order.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<DomainEntry<S>>> {
        self.0.read().by_uuid.values().cloned().collect()
    }

    /// Every domain, and something that was true while they were all.
    #[must_use]
    pub fn all_and<T>(&self, then: impl FnOnce() -> T) -> (Vec<Arc<DomainEntry<S>>>, T) {
        let indexes = self.0.read();
        (indexes.by_uuid.values().cloned().collect(), then())
    }

    /// Every domain that has a number, in no order.
    #[must_use]
    pub fn active(&self) -> Vec<Arc<DomainEntry<S>>> {
        self.0.read().by_id.values().cloned().collect()
    }

    /// Does something with the domain of that name and UUID, which is put into the table if there is none; the second
    /// argument of `action` says so.
    ///
    /// # Errors
    ///
    /// `AlreadyExists` if one of the two is another domain's; what the action says.
    pub fn with_named<T>(
        &self,
        name: &Arc<str>,
        uuid: Uuid,
        new: impl Fn() -> S,
        action: impl FnOnce(&Arc<DomainEntry<S>>, &mut S, bool) -> Result<T>,
    ) -> Result<T> {
        loop {
            let known = self.by_uuid(uuid);
            let is_new = known.is_none();
            let entry = known.unwrap_or_else(|| DomainEntry::new(new()));
            // One that has gone since, or has come since, makes another look necessary.
            let Ok(mut domain) = entry.lock() else { continue };
            match if is_new { self.insert(&entry, name) } else { Ok(()) } {
                Ok(()) => {}
                Err(Taken::Name(other)) if other.lock().is_ok() => {
                    return Err(name_taken(name, other.uuid()));
                }
                Err(_) => continue,
            }
            check_name(&domain.reference(), name)?;
            return action(&entry, &mut domain, is_new);
        }
    }

    /// Puts a new domain in, which the caller has locked, so that nobody sees it half made.
    ///
    /// # Errors
    ///
    /// What it has that another has already; then nothing is done.
    pub fn insert(&self, entry: &Arc<DomainEntry<S>>, name: &Arc<str>) -> Result<(), Taken<S>> {
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
    pub fn remove(&self, uuid: Uuid, name: &str) {
        let mut indexes = self.0.write();
        indexes.by_uuid.remove(&uuid);
        indexes.by_name.remove(name);
    }

    /// Gives a domain another name.
    ///
    /// # Errors
    ///
    /// `AlreadyExists` if another domain has it.
    ///
    /// # Panics
    ///
    /// If the domain is not in the table.
    pub fn rename(&self, old: &str, new: &Arc<str>) -> Result<()> {
        let mut indexes = self.0.write();
        if let Some(other) = indexes.by_name.get(new) {
            return Err(name_taken(new, other.uuid));
        }
        let entry =
            indexes.by_name.remove(old).expect("a domain that is locked and not gone is in the table");
        indexes.by_name.insert(new.clone(), entry);
        Ok(())
    }

    /// Gives out no number up to this one any more: a run has it that another process began.
    pub fn number_from(&self, id: u32) {
        let mut indexes = self.0.write();
        indexes.last_id = indexes.last_id.max(id);
    }

    /// Lets the domain be found by the number that its run has had before.
    pub fn keep_number(&self, uuid: Uuid, id: u32) {
        let mut indexes = self.0.write();
        indexes.last_id = indexes.last_id.max(id);
        if let Some(entry) = indexes.by_uuid.get(&uuid).cloned() {
            indexes.by_id.insert(id, entry);
        }
    }

    /// Gives a domain a number of its own.
    ///
    /// # Panics
    ///
    /// If the domain is not in the table.
    #[must_use]
    pub fn number(&self, uuid: Uuid) -> u32 {
        let mut indexes = self.0.write();
        indexes.last_id += 1;
        let id = indexes.last_id;
        let entry =
            indexes.by_uuid.get(&uuid).expect("a domain that is locked and not gone is in the table").clone();
        indexes.by_id.insert(id, entry);
        id
    }

    /// Takes a domain's number away.
    pub fn release(&self, id: u32) {
        self.0.write().by_id.remove(&id);
    }
}

/// Refuses a document of another name.
fn check_name(known: &DomainRef, name: &str) -> Result<()> {
    if *known.name == *name {
        return Ok(());
    }
    let message = format!("the domain with UUID {} is '{}' and not '{name}'", known.uuid, known.name);
    Err(Error::new(ErrorKind::AlreadyExists, message)
        .with_hint("rename the domain, or leave the UUID out to have one made"))
}

/// There is no domain of that name, UUID or number.
#[must_use]
pub fn no_domain(by: &str, value: impl Display) -> Error {
    Error::new(ErrorKind::NotFound, format!("there is no domain with {by} {value}"))
}

/// A name that another domain has.
#[must_use]
pub fn name_taken(name: &str, uuid: Uuid) -> Error {
    Error::new(ErrorKind::AlreadyExists, format!("there is a domain '{name}' already, with UUID {uuid}"))
}
