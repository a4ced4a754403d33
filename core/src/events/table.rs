//! The registrations, found by the kind and the object of an event.

use super::delivery::RegistrationId;
use super::registration::Registration;
use omnivirt_model::event::{Event, EventKind};
use omnivirt_model::id::ObjectRef;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Every registration stands in exactly one of the lists that an event leads to, or in none of them: for each object, or
/// for all, under each kind, or under all.
#[derive(Debug, Default)]
pub(super) struct Table {
    by_id: BTreeMap<RegistrationId, Arc<Registration>>,
    every_object: Lists,
    objects: HashMap<ObjectRef, Lists>,
}

#[derive(Debug, Default)]
struct Lists {
    every_kind: List,
    kinds: Vec<(EventKind, List)>,
}

/// In the order of the ids, which is that in which they were registered.
type List = Vec<Arc<Registration>>;

impl Table {
    pub(super) fn insert(&mut self, registration: &Arc<Registration>) {
        if registration.objects().is_empty() {
            self.every_object.insert(registration);
        }
        for object in registration.objects() {
            self.objects.entry(object.clone()).or_default().insert(registration);
        }
        self.by_id.insert(registration.id(), registration.clone());
    }

    pub(super) fn remove(&mut self, id: RegistrationId) -> Option<Arc<Registration>> {
        let registration = self.by_id.remove(&id)?;
        if registration.objects().is_empty() {
            self.every_object.remove(&registration);
        }
        for object in registration.objects() {
            if let Some(lists) = self.objects.get_mut(object) {
                lists.remove(&registration);
                if lists.is_empty() {
                    self.objects.remove(object);
                }
            }
        }
        Some(registration)
    }

    pub(super) fn get(&self, id: RegistrationId) -> Option<&Arc<Registration>> {
        self.by_id.get(&id)
    }

    pub(super) fn len(&self) -> usize {
        self.by_id.len()
    }

    /// All of them, in the order of their ids.
    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Registration>> {
        self.by_id.values()
    }

    /// Whether one of them lets events of this kind through: those of this object, or of every object.
    pub(super) fn wants(&self, kind: EventKind, object: Option<&ObjectRef>) -> bool {
        let lists = match object {
            None => Some(&self.every_object),
            Some(object) => self.objects.get(object),
        };
        lists.is_some_and(|lists| lists.matching(kind).next().is_some())
    }

    /// The kinds and objects for which [`Table::wants`] is true.
    pub(super) fn wanted(&self) -> Vec<(EventKind, Option<ObjectRef>)> {
        let every = std::iter::once((None, &self.every_object));
        let lists = every.chain(self.objects.iter().map(|(object, lists)| (Some(object), lists)));
        let wanted = lists.flat_map(|(object, lists)| {
            let kinds = EventKind::ALL.iter().filter(|kind| lists.matching(**kind).next().is_some());
            kinds.map(move |kind| (*kind, object.cloned()))
        });
        wanted.collect()
    }

    /// Takes out all of them, in the order of their ids.
    pub(super) fn drain(&mut self) -> Vec<Arc<Registration>> {
        std::mem::take(self).by_id.into_values().collect()
    }

    /// Takes out those of a sort.
    pub(super) fn extract(&mut self, is_meant: impl Fn(&Registration) -> bool) -> Vec<Arc<Registration>> {
        let meant = self.by_id.values().filter(|registration| is_meant(registration));
        let ids: Vec<_> = meant.map(|registration| registration.id()).collect();
        ids.into_iter().filter_map(|id| self.remove(id)).collect()
    }

    /// Those whose kinds and objects let the event through.
    pub(super) fn matching(&self, event: &Event) -> impl Iterator<Item = &Arc<Registration>> {
        let own = event.object.as_ref().and_then(|object| self.objects.get(object));
        std::iter::once(&self.every_object).chain(own).flat_map(move |lists| lists.matching(event.kind()))
    }
}

impl Lists {
    fn insert(&mut self, registration: &Arc<Registration>) {
        if registration.kinds().is_empty() {
            self.every_kind.push(registration.clone());
        }
        for kind in registration.kinds() {
            match self.kinds.iter_mut().find(|(known, _)| known == kind) {
                Some((_, list)) => list.push(registration.clone()),
                None => self.kinds.push((*kind, vec![registration.clone()])),
            }
        }
    }

    fn remove(&mut self, registration: &Registration) {
        if registration.kinds().is_empty() {
            remove(&mut self.every_kind, registration.id());
        }
        for (_, list) in self.kinds.iter_mut().filter(|(kind, _)| registration.kinds().contains(kind)) {
            remove(list, registration.id());
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
