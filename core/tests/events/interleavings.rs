//! Many threads that register, deregister and emit in any order.

use crate::support::{LONG, domain, emit};
use omnivirt_core::events::{Delivery, EventBus, EventFilter, Inbox, Policy, RegistrationId};
use proptest::prelude::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::channel;
use std::thread;

const THREADS: u64 = 4;
const STEPS: usize = 25_000;

/// What a callback knows of its own registration.
#[derive(Default)]
struct Watched {
    is_over: AtomicBool,
    is_inside: AtomicBool,
    last: AtomicU64,
}

impl Watched {
    fn callback(self: &Arc<Self>) -> impl FnMut(&Delivery) + Send + use<> {
        let watched = self.clone();
        move |delivery| {
            assert!(!watched.is_over.load(Ordering::SeqCst), "called after the barrier");
            assert!(!watched.is_inside.swap(true, Ordering::SeqCst), "called twice at the same time");
            let seq = match delivery {
                Delivery::Event(event) => event.seq,
                Delivery::Gap(gap) => gap.to,
            };
            assert!(watched.last.swap(seq, Ordering::SeqCst) < seq, "not in order");
            if seq % 64 == 0 {
                thread::yield_now();
            }
            watched.is_inside.store(false, Ordering::SeqCst);
            assert!(!watched.is_over.load(Ordering::SeqCst), "still inside after the barrier");
        }
    }
}

fn random_steps(bus: &EventBus, inbox: &Inbox, seed: u64) {
    let mut random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut mine: Vec<(RegistrationId, Arc<Watched>)> = Vec::new();
    for _ in 0..STEPS {
        let choice = next(&mut random);
        let number = u128::from(choice >> 8) % 5;
        match choice % 8 {
            0 if mine.len() < 20 => {
                let watched = Arc::new(Watched::default());
                let filter =
                    if choice & 64 == 0 { EventFilter::all() } else { EventFilter::of(domain(number)) };
                let policy =
                    if choice & 32 == 0 { Policy::drop_oldest() } else { Policy::coalesce() }.capacity(4);
                let callback = watched.callback();
                let registered = if choice & 128 == 0 {
                    bus.register(filter, policy, callback)
                } else {
                    inbox.register(filter, policy, callback)
                };
                mine.push((registered.unwrap(), watched));
            }
            1 | 2 if !mine.is_empty() => {
                let (id, watched) = mine.swap_remove(usize::try_from(choice >> 16).unwrap() % mine.len());
                bus.deregister_blocking(id).unwrap();
                watched.is_over.store(true, Ordering::SeqCst);
                assert!(!watched.is_inside.load(Ordering::SeqCst), "a call outlived the barrier");
                assert!(bus.deregister_blocking(id).is_err());
            }
            // Another thread may be delivering.
            3 => drop(inbox.deliver_pending()),
            _ => drop(emit(bus, number)),
        }
    }
    for (id, watched) in mine {
        bus.deregister_blocking(id).unwrap();
        watched.is_over.store(true, Ordering::SeqCst);
    }
}

/// Xorshift: the same steps in every run, though never the same interleaving.
fn next(random: &mut u64) -> u32 {
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    (*random >> 32) as u32
}

#[test]
fn no_call_after_a_barrier_and_no_deadlock() {
    let bus = EventBus::new();
    let inbox = bus.inbox();
    let (done, is_done) = channel();
    for seed in 0..THREADS {
        let (bus, inbox, done) = (bus.clone(), inbox.clone(), done.clone());
        thread::spawn(move || {
            random_steps(&bus, &inbox, seed);
            done.send(()).unwrap();
        });
    }
    for _ in 0..THREADS {
        is_done.recv_timeout(LONG).expect("no deadlock and no panic");
    }
    assert_eq!((bus.stats().registrations, bus.stats().panics), (0, 0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_panic_at_any_call_ends_that_registration_only(panic_at in 1..10_u64) {
        let bus = EventBus::new();
        let mut calls = 0;
        let panics = move |_: &Delivery| {
            calls += 1;
            assert!(calls < panic_at, "on purpose");
        };
        let id = bus.register(EventFilter::all(), Policy::default(), panics).unwrap();
        (0..20).for_each(|_| drop(emit(&bus, 1)));
        while bus.registration_stats(id).is_ok() {
            thread::yield_now();
        }
        prop_assert_eq!(bus.stats().panics, 1);
    }
}
