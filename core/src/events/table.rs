//! The registrations, found by the kind and the object of an event.

use super::delivery::RegistrationId;
use super::filter::EventFilter;
use super::registration::Registration;
use omnivirt_model::event::{Event, EventKind};
use omnivirt_model::id::ObjectRef;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Every registration stands in exactly one of the lists that an event leads to, or in none of them: for each object, or
/// for all, under each kind, or under all.
#[derive(Debug, Default)]
pub(super) struct Table {
    by_id: HashMap<RegistrationId, Entry>,
    every_object: Lists,
    objects: HashMap<ObjectRef, Lists>,
}

#[derive(Debug)]
struct Entry {
    registration: Arc<Registration>,
    kinds: Vec<EventKind>,
    objects: Vec<ObjectRef>,
}

#[derive(Debug, Default)]
struct Lists {
    every_kind: List,
    kinds: Vec<(EventKind, List)>,
}

/// In the order of the ids, which is that in which they were registered.
type List = Vec<Arc<Registration>>;

impl Table {
    pub(super) fn insert(&mut self, registration: &Arc<Registration>, filter: EventFilter) {
        let EventFilter { mut kinds, mut objects, .. } = filter;
        kinds.sort_unstable();
        kinds.dedup();
        if objects.len() > 1 {
            let mut seen = HashSet::new();
            objects.retain(|object| seen.insert(object.clone()));
        }
        if objects.is_empty() {
            self.every_object.insert(registration, &kinds);
        }
        for object in &objects {
            self.objects.entry(object.clone()).or_default().insert(registration, &kinds);
        }
        let entry = Entry { registration: registration.clone(), kinds, objects };
        self.by_id.insert(registration.id(), entry);
    }

    pub(super) fn remove(&mut self, id: RegistrationId) -> Option<Arc<Registration>> {
        let entry = self.by_id.remove(&id)?;
        if entry.objects.is_empty() {
            self.every_object.remove(id, &entry.kinds);
        }
        for object in &entry.objects {
            if let Some(lists) = self.objects.get_mut(object) {
                lists.remove(id, &entry.kinds);
                if lists.is_empty() {
                    self.objects.remove(object);
                }
            }
        }
        Some(entry.registration)
    }

    pub(super) fn get(&self, id: RegistrationId) -> Option<&Arc<Registration>> {
        self.by_id.get(&id).map(|entry| &entry.registration)
    }

    pub(super) fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Takes out all of them, in the order of their ids.
    pub(super) fn drain(&mut self) -> Vec<Arc<Registration>> {
        let all = std::mem::take(self);
        let mut registrations: Vec<_> = all.by_id.into_values().map(|entry| entry.registration).collect();
        registrations.sort_unstable_by_key(|registration| registration.id());
        registrations
    }

    /// Takes out those of a sort.
    pub(super) fn extract(&mut self, is_meant: impl Fn(&Registration) -> bool) -> Vec<Arc<Registration>> {
        let meant = self.by_id.values().filter(|entry| is_meant(&entry.registration));
        let ids: Vec<_> = meant.map(|entry| entry.registration.id()).collect();
        ids.into_iter().filter_map(|id| self.remove(id)).collect()
    }

    /// Those whose kinds and objects let the event through.
    pub(super) fn matching(&self, event: &Event) -> impl Iterator<Item = &Arc<Registration>> {
        let own = event.object.as_ref().and_then(|object| self.objects.get(object));
        std::iter::once(&self.every_object).chain(own).flat_map(move |lists| lists.matching(event.kind()))
    }
}

impl Lists {
    fn insert(&mut self, registration: &Arc<Registration>, kinds: &[EventKind]) {
        if kinds.is_empty() {
            self.every_kind.push(registration.clone());
        }
        for kind in kinds {
            match self.kinds.iter_mut().find(|(known, _)| known == kind) {
                Some((_, list)) => list.push(registration.clone()),
                None => self.kinds.push((*kind, vec![registration.clone()])),
            }
        }
    }

    fn remove(&mut self, id: RegistrationId, kinds: &[EventKind]) {
        if kinds.is_empty() {
            remove(&mut self.every_kind, id);
        }
        for (_, list) in self.kinds.iter_mut().filter(|(kind, _)| kinds.contains(kind)) {
            remove(list, id);
        }
        self.kinds.retain(|(_, list)| !list.is_empty());
    }

    fn is_empty(&self) -> bool {
        self.every_kind.is_empty() && self.kinds.is_empty()
    }

    fn matching(&self, kind: EventKind) -> impl Iterator<Item = &Arc<Registration>> {
        let own = self.kinds.iter().find(|(known, _)| *known == kind).map(|(_, list)| list);
        self.every_kind.iter().chain(own.into_iter().flatten())
    }
}

fn remove(list: &mut List, id: RegistrationId) {
    if let Ok(index) = list.binary_search_by_key(&id, |registration| registration.id()) {
        list.remove(index);
    }
    // A list that was once long must not keep its memory for good.
    if list.len() < list.capacity() / 4 {
        list.shrink_to(list.len() * 2);
    }
}
