//! The command lines made of the corpus' documents, given to the real QEMU.
//!
//! Each starts with `-S` and has to answer on its monitor. Files that it names are made beneath a folder of the test, as small as they
//! can be; KVM becomes TCG. What cannot start on any such host is in `reasons.toml`, and must not start.

#![allow(clippy::unwrap_used, reason = "what helps a test may fail it")]
#![allow(clippy::print_stdout, reason = "a test says what became of each case")]

mod corpus;
mod here;
mod qemu;
mod reasons;
mod rewritten;

use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// How many run at once.
const AT_ONCE: usize = 4;

/// What became of a case.
#[derive(Debug)]
enum Outcome {
    Started,
    /// The driver refuses the document.
    Refused(String),
    /// This host lacks what it names.
    NotHere(&'static str),
    /// QEMU's last words.
    Failed(String),
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn real_qemu_starts_with_every_command_line() {
    assert!(
        std::process::Command::new("qemu-system-x86_64").arg("--version").output().is_ok(),
        "qemu-system-x86_64 is not installed: `cargo xtask test` installs it"
    );
    let cases = corpus::cases();
    let reasons = reasons::read();
    let turns = Arc::new(Semaphore::new(AT_ONCE));
    let mut running = JoinSet::new();
    for (number, case) in cases.into_iter().enumerate() {
        let turns = turns.clone();
        running.spawn(async move {
            let _turn = turns.acquire_owned().await.unwrap();
            let outcome = outcome(&case, number).await;
            (case.name, outcome)
        });
    }
    let mut counts = BTreeMap::<String, usize>::new();
    let mut wrong = Vec::new();
    while let Some(done) = running.join_next().await {
        let (name, outcome) = done.unwrap();
        let reason = reasons.get(&name);
        let label = match outcome {
            Outcome::Started => {
                if let Some(reason) = reason {
                    wrong.push(format!("{name} starts, though reasons.toml says: {reason}"));
                }
                "started".to_owned()
            }
            Outcome::Refused(why) => format!("refused: {why}"),
            Outcome::NotHere(what) => format!("not on this host: {what}"),
            Outcome::Failed(words) => match reason {
                Some(reason) => format!("QEMU refuses: {reason}"),
                None => {
                    wrong.push(format!("{name}: {words}"));
                    "QEMU refuses".to_owned()
                }
            },
        };
        *counts.entry(label).or_default() += 1;
    }
    for (label, count) in &counts {
        println!("{count:5} {label}");
    }
    wrong.sort();
    assert!(wrong.is_empty(), "{} of them:\n{}", wrong.len(), wrong.join("\n"));
}

async fn outcome(case: &corpus::Case, number: usize) -> Outcome {
    let line = match omnivirt_driver_qemu::native_command_line(&case.document) {
        Ok(line) => line,
        Err(error) => return Outcome::Refused(error.context("element").unwrap_or("the document").to_owned()),
    };
    let words = shlex::split(&line).unwrap();
    if let Some(what) = here::lacking(&words) {
        return Outcome::NotHere(what);
    }
    let folder = tempfile::Builder::new().prefix("omni").tempdir().unwrap();
    let line = rewritten::rewritten(&line, folder.path(), number);
    match qemu::start(&line, folder.path()).await {
        Ok(()) => Outcome::Started,
        Err(words) => Outcome::Failed(words),
    }
}
