//! A random life of eight guests with faults, held against a model after each step. `OMNIVIRT_FAULT_STEPS` says how many
//! steps are made (300 is the whole of it) and `OMNIVIRT_FAULT_SEED` which.

#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![allow(clippy::print_stdout, reason = "what a keeper says is read by the test that has started it")]

mod faulty;
mod keeper;

use faulty::monitor;
use faulty::world::World;
use keeper::{Keeper, Root, signal};
use rustix::process::Signal;
use serde_json::json;
use std::time::{Duration, Instant};

/// How many steps are made where nothing is said.
const STEPS: u64 = 150;

fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().expect("it is a number"))
}

#[test]
fn no_guest_is_lost_whatever_happens() {
    let steps = setting("OMNIVIRT_FAULT_STEPS", STEPS);
    let seed = setting("OMNIVIRT_FAULT_SEED", 5);
    let root = Root::new();
    let mut world = World::new(&root, seed);
    let begun = Instant::now();
    for step in 0..steps {
        world.step(step);
    }
    let done = world.end();
    if steps < 300 {
        println!("OMNIVIRT_FAULT_STEPS=300 makes all of them");
    }
    println!("{steps} steps of seed {seed} in {:.1} s: {done}", begun.elapsed().as_secs_f64());
}

#[test]
fn a_stopped_qemu_holds_up_its_own_calls_alone() {
    let root = Root::new();
    let mut keeper = Keeper::open(&root);
    for name in ["stopped", "other"] {
        keeper.define(&root.xml(name, ""));
        keeper.on(name, "start").unwrap();
    }
    let run = keeper.domain("stopped")["id"].as_u64().unwrap();
    let pid = root.processes().into_iter().find(|(_, known)| *known == run).unwrap().0;
    keeper.told();
    signal(pid, Signal::STOP);
    let mut suspend = |name: &str| {
        let begun = Instant::now();
        let command = json!({"do": "suspend", "domain": name, "timeout_ms": 300});
        (keeper.ask(command), begun.elapsed())
    };
    let (answer, took) = suspend("stopped");
    let error = answer.unwrap_err();
    assert_eq!(error["kind"], "timeout");
    let text = error["text"].as_str().unwrap();
    assert!(text.contains("no answer within 300ms, waiting for QEMU's answer to 'stop'"), "{text}");
    assert!(took >= Duration::from_millis(300), "{took:?}");
    // The first goes on waiting in its turn, and the second waits for the first.
    let (answer, _) = suspend("stopped");
    let error = answer.unwrap_err();
    assert!(error["text"].as_str().unwrap().contains("waiting for another change of the domain"), "{error}");
    suspend("other").0.unwrap();
    signal(pid, Signal::CONT);
    // What was asked for first comes about.
    assert_eq!(
        keeper.told_until("stopped Suspended(Paused)"),
        ["other Suspended(Paused)", "stopped Suspended(Paused)"]
    );
    signal(pid, Signal::STOP);
    let begun = Instant::now();
    keeper.on("stopped", "destroy").unwrap();
    assert!(begun.elapsed() < Duration::from_secs(4), "a process that is stopped is not waited for");
    keeper.on("other", "destroy").unwrap();
    keeper.close();
}

#[test]
fn a_closed_monitor_is_opened_again() {
    let root = Root::new();
    let mut keeper = Keeper::open(&root);
    keeper.define(&root.xml("web", ""));
    keeper.on("web", "start").unwrap();
    keeper.told_until("web Started(Booted)");
    let pid = root.processes()[0].0;
    if let Err(reason) = monitor::close(pid) {
        println!("skipped: {reason}");
        return keeper.on("web", "destroy").map(drop).unwrap();
    }
    assert_eq!(keeper.told_until("web ControlError"), ["web ControlError"]);
    while keeper.on("web", "suspend").is_err() {
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(keeper.domain("web")["state"], "paused");
    keeper.on("web", "destroy").unwrap();
    assert_eq!(keeper.told(), ["web Suspended(Paused)", "web Stopped(Destroyed)"]);
    keeper.close();
}
