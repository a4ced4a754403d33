//! The I/O threads of a domain.

use super::pins::Thread;
use super::values;
use crate::connection::TestDriver;
use omnivirt_core::Error;
use omnivirt_core::domain::DomainConfig;
use omnivirt_core::xml::{Element, NewElement, Place};
use omnivirt_core::*;
use std::collections::BTreeSet;

#[driver_ops]
impl DomainIothreadOps for TestDriver {
    async fn iothreads(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        affect: &AffectOptions,
    ) -> Result<Vec<IothreadInfo>> {
        let entry = self.host.domain(domain)?;
        let domain = entry.lock()?;
        let config = &domain.side(affect)?.config;
        let describe =
            |id| IothreadInfo::default().id(id).affinity(Thread::Iothread(id).cpus(config, &self.host));
        Ok(ids(config).into_iter().map(describe).collect())
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
        let mut domain = entry.lock()?;
        domain.pin(cx, &self.host, Thread::Iothread(iothread), cpus, affect, |config| {
            check_there(config, iothread)
        })
    }

    async fn add_iothread(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        iothread: u32,
        affect: &AffectOptions,
    ) -> Result<()> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        if iothread == 0 {
            return Err(Error::new(ErrorKind::InvalidArgument, "ids of I/O threads begin with 1"));
        }
        domain.change(affect, |config| {
            let mut ids = ids(config);
            if !ids.insert(iothread) {
                return Err(Error::new(
                    ErrorKind::InvalidArgument,
                    format!("there is an I/O thread {iothread} already"),
                ));
            }
            with_ids(config, &ids)
        })?;
        Ok(())
    }

    async fn delete_iothread(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        iothread: u32,
        affect: &AffectOptions,
    ) -> Result<()> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        domain.change(affect, |config| {
            check_there(config, iothread)?;
            let uses = |element: Element<'_>| values::parsed(element, "driver/@iothread") == Some(iothread);
            if let Some(user) = config.devices().find(|device| uses(device.element())) {
                let name = user.target().unwrap_or_default();
                return Err(Error::new(
                    ErrorKind::InvalidState,
                    format!("the {} {name} uses the I/O thread", user.kind()),
                ));
            }
            let mut ids = ids(config);
            ids.remove(&iothread);
            with_ids(config, &ids)
        })?;
        Ok(())
    }

    async fn set_iothread_parameters(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        iothread: u32,
        parameters: &IothreadParameters,
        affect: &AffectOptions,
    ) -> Result<()> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        domain.change(affect, |config| {
            check_there(config, iothread)?;
            tuned(&with_ids(config, &ids(config))?, iothread, parameters)
        })?;
        Ok(())
    }
}

/// The ids: those that the document gives, and the lowest others until there are as many as it says.
pub(crate) fn ids(config: &DomainConfig) -> BTreeSet<u32> {
    let given = config.root().child("iothreadids").into_iter().flat_map(Element::children);
    let mut ids: BTreeSet<u32> = given.filter_map(|thread| values::parsed(thread, "@id")).collect();
    let count = values::parsed::<usize>(config.root(), "iothreads").unwrap_or(0).min(MOST);
    let missing: Vec<u32> =
        (1..).filter(|id| !ids.contains(id)).take(count.saturating_sub(ids.len())).collect();
    ids.extend(missing);
    ids
}

/// A document may say any number. More threads than this no host has a use for.
const MOST: usize = 4096;

fn check_there(config: &DomainConfig, id: u32) -> Result<()> {
    if ids(config).contains(&id) {
        return Ok(());
    }
    Err(Error::new(ErrorKind::InvalidArgument, format!("the domain has no I/O thread {id}")))
}

/// The configuration with these I/O threads, each listed; what is said of one that stays is kept.
fn with_ids(config: &DomainConfig, ids: &BTreeSet<u32>) -> Result<DomainConfig> {
    let counted = values::written(config, values::Base::Domain, "iothreads", Some(&ids.len().to_string()))?;
    let root = counted.root();
    let new = |id: &u32| NewElement::new("iothread").attribute("id", id.to_string());
    let changed = counted.edited(|edit| {
        let Some(list) = root.child("iothreadids") else {
            let list = ids.iter().fold(NewElement::new("iothreadids"), |list, id| list.child(new(id)));
            edit.insert(root, values::place(root), &list);
            return Ok(());
        };
        for thread in list.children() {
            if !values::parsed(thread, "@id").is_some_and(|id| ids.contains(&id)) {
                edit.remove(thread);
            }
        }
        for id in ids {
            if values::picked(list, "iothread", "@id", &id.to_string()).is_none() {
                edit.insert(list, Place::Last, &new(id));
            }
        }
        Ok(())
    });
    changed.map_err(Error::from)
}

/// The configuration with one of its listed I/O threads waiting for work in another way.
fn tuned(config: &DomainConfig, id: u32, parameters: &IothreadParameters) -> Result<DomainConfig> {
    let id = id.to_string();
    let list = config.root().child("iothreadids");
    let Some(thread) = list.and_then(|list| values::picked(list, "iothread", "@id", &id)) else {
        return Ok(config.clone());
    };
    let polling =
        [("max", parameters.poll_max_ns), ("grow", parameters.poll_grow), ("shrink", parameters.poll_shrink)];
    let pool =
        [("thread_pool_min", parameters.thread_pool_min), ("thread_pool_max", parameters.thread_pool_max)];
    let changed = config.edited(|edit| {
        for (name, value) in pool {
            if let Some(value) = value {
                edit.set_attribute(thread, name, &value.to_string());
            }
        }
        let polling = polling.iter().filter_map(|(name, value)| Some((*name, (*value)?.to_string())));
        match thread.child("poll") {
            Some(poll) => polling.for_each(|(name, value)| edit.set_attribute(poll, name, &value)),
            None => {
                let mut polling = polling.peekable();
                if polling.peek().is_some() {
                    let poll = polling
                        .fold(NewElement::new("poll"), |poll, (name, value)| poll.attribute(name, value));
                    edit.insert(thread, Place::Last, &poll);
                }
            }
        }
        Ok(())
    });
    changed.map_err(Error::from)
}
