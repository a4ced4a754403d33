//! Virtual CPUs and threads for input and output.

use super::Fault;
use crate::document::{DocumentErrorKind, YesNo};
use crate::domain::resources::{NumaMemory, NumaMode, NumaTune};
use crate::domain::vcpus::{IoThread, VcpuState};
use crate::domain::{Domain, Vcpu, VcpuPlacement};
use std::collections::BTreeSet;

/// The most that is counted out one by one; what has more is refused later, or never.
const MOST: u32 = 65_536;

/// Fills in how many virtual CPUs there are and which, and counts the threads.
pub(super) fn complete(domain: &mut Domain) -> Result<(), Fault> {
    let vcpu = domain.vcpu.get_or_insert_with(|| Vcpu::new(1));
    let placement = vcpu.placement.get_or_insert(match has_auto_memory(domain.numa_tune.as_ref()) {
        true if vcpu.cpuset.is_none() => VcpuPlacement::Auto,
        _ => VcpuPlacement::Static,
    });
    if *placement == VcpuPlacement::Auto {
        vcpu.cpuset = None;
        add_auto_memory(&mut domain.numa_tune);
    }
    if !domain.vcpus.is_empty() {
        domain.vcpus = complete_states(&domain.vcpus, vcpu)?;
    }
    vcpu.current = vcpu.current.filter(|current| *current != vcpu.max);
    complete_iothreads(domain)?;
    check_pool(domain)
}

fn has_auto_memory(tune: Option<&NumaTune>) -> bool {
    let memory = tune.and_then(|tune| tune.memory.as_ref());
    memory.is_some_and(|memory| memory.placement == Some(VcpuPlacement::Auto))
}

/// Where a daemon advises on CPUs, it does so on memory too.
fn add_auto_memory(tune: &mut Option<NumaTune>) {
    let tune = tune.get_or_insert_with(NumaTune::default);
    if tune.memory.is_none() {
        let mut memory = NumaMemory::default();
        (memory.mode, memory.placement) = (Some(NumaMode::Strict), Some(VcpuPlacement::Auto));
        tune.memory = Some(memory);
    }
}

/// All virtual CPUs, in order; those that are not named are not there at boot.
fn complete_states(named: &[VcpuState], vcpu: &mut Vcpu) -> Result<Vec<VcpuState>, Fault> {
    if vcpu.max > MOST {
        let message = format!("more than {MOST} virtual CPUs cannot be listed");
        return Err(Fault::new(DocumentErrorKind::Unsupported, "vcpus", message));
    }
    let mut states: Vec<Option<VcpuState>> = vec![None; vcpu.max as usize];
    for (index, state) in named.iter().enumerate() {
        let Some(place) = states.get_mut(state.id as usize) else {
            let message = format!("virtual CPU {} is beyond the {} that there can be", state.id, vcpu.max);
            return Err(Fault::new(
                DocumentErrorKind::Invalid,
                format!("vcpus/vcpu[{}]/@id", index + 1),
                message,
            ));
        };
        let mut state = state.clone();
        let stays = state.enabled == YesNo::Yes;
        state.hotpluggable.get_or_insert(YesNo::from(!stays));
        state.order = state.order.filter(|order| *order > 0);
        if !stays && state.hotpluggable == Some(YesNo::No) {
            let message =
                format!("virtual CPU {} is not there at boot and cannot be plugged in later", state.id);
            return Err(Fault::new(
                DocumentErrorKind::Unsupported,
                format!("vcpus/vcpu[{}]", index + 1),
                message,
            ));
        }
        *place = Some(state);
    }
    let absent = |id: usize| {
        let mut state = VcpuState::new(id as u32, YesNo::No);
        state.hotpluggable = Some(YesNo::Yes);
        state
    };
    let states: Vec<VcpuState> =
        states.into_iter().enumerate().map(|(id, state)| state.unwrap_or_else(|| absent(id))).collect();
    vcpu.current = Some(states.iter().filter(|state| state.enabled == YesNo::Yes).count() as u32);
    Ok(states)
}

fn complete_iothreads(domain: &mut Domain) -> Result<(), Fault> {
    let mut taken = BTreeSet::new();
    for (index, thread) in domain.iothreads.iter().enumerate() {
        let path = || format!("iothreadids/iothread[{}]/@id", index + 1);
        if thread.id == 0 {
            return Err(Fault::new(DocumentErrorKind::Invalid, path(), "threads are counted from 1 on"));
        }
        if !taken.insert(thread.id) {
            let message = format!("thread {} is there twice", thread.id);
            return Err(Fault::new(DocumentErrorKind::Invalid, path(), message));
        }
    }
    let wanted = domain.iothread_count.unwrap_or_default().min(MOST) as usize;
    if !domain.iothreads.is_empty() {
        let free: Vec<u32> = (1..)
            .filter(|id| !taken.contains(id))
            .take(wanted.saturating_sub(domain.iothreads.len()))
            .collect();
        domain.iothreads.extend(free.into_iter().map(IoThread::new));
        domain.iothread_count = Some(domain.iothreads.len() as u32);
    }
    domain.iothread_count = domain.iothread_count.filter(|count| *count > 0);
    Ok(())
}

/// The numbers of all threads for input and output.
pub(super) fn iothread_ids(domain: &Domain) -> BTreeSet<u32> {
    match domain.iothreads.is_empty() {
        true => (1..=domain.iothread_count.unwrap_or_default().min(MOST)).collect(),
        false => domain.iothreads.iter().map(|thread| thread.id).collect(),
    }
}

fn check_pool(domain: &Domain) -> Result<(), Fault> {
    let pools =
        domain.iothreads.iter().map(|thread| (thread.thread_pool_minimum, thread.thread_pool_maximum));
    let default = domain.default_iothread.iter();
    let pools = pools.chain(default.map(|pool| (pool.thread_pool_minimum, pool.thread_pool_maximum)));
    for (minimum, maximum) in pools {
        if minimum.is_some_and(|minimum| maximum.is_none_or(|maximum| minimum > maximum)) {
            let message = "a thread's least number of helpers is above its greatest";
            return Err(Fault::new(DocumentErrorKind::Unsupported, "iothreadids", message)
                .hint("give both, thread_pool_min not above thread_pool_max"));
        }
    }
    Ok(())
}
