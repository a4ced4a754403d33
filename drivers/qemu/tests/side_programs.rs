//! Programs that QEMU needs beside it: they come and go with the guest, and what a TPM knows stays as long as its domain.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[allow(dead_code, reason = "other tests use more of it")]
#[path = "statistics/guests.rs"]
mod guests;

use guests::Guests;
use omnivirt_core::*;
use std::path::Path;

const TPM: &str = "<tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>";

/// The names of the programs whose command line has this text.
fn programs_with(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for process in std::fs::read_dir("/proc").unwrap().filter_map(Result::ok) {
        // One that has just ended has nothing to say.
        let line = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).into_owned();
        let name = Path::new(line.split('\0').next().unwrap_or_default()).file_name().map(Path::new);
        if let Some(name) = name.filter(|_| line.contains(text)) {
            names.push(name.display().to_string());
        }
    }
    names.sort();
    names.dedup();
    names
}

/// The processes of those programs that have ended, and that nobody has asked how.
fn zombies() -> Vec<String> {
    let stats = std::fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let stats = stats.filter_map(|process| std::fs::read_to_string(process.path().join("stat")).ok());
    let own = format!(") Z {} ", std::process::id());
    stats
        .filter(|stat| stat.contains(&own) && (stat.contains("(swtpm") || stat.contains("(virtiofsd")))
        .collect()
}

#[tokio::test]
async fn a_tpm_and_a_shared_folder_are_served_while_the_guest_runs() {
    let guests = Guests::new().await;
    let shared = guests.path("shared folder");
    std::fs::create_dir(&shared).unwrap();
    let devices = format!(
        "{TPM}<filesystem type='mount'><driver type='virtiofs'/><source dir='{}'/><target dir='tag'/></filesystem>",
        shared.display()
    );
    let memory = "<memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>";
    let domain = guests.start("served", memory, &devices).await;
    let root = guests.path("");
    let root = root.to_str().unwrap();
    assert_eq!(programs_with(root), ["qemu-system-x86_64", "swtpm", "virtiofsd"]);
    let told = domain.qemu_monitor_command(r#"{"execute": "query-tpm"}"#, MonitorCommandOptions::default());
    assert!(told.await.unwrap().contains("tpm-crb"));
    let mut ended = guests.listen(event::EventKind::Lifecycle).await;
    domain.destroy(DestroyOptions::default()).await.unwrap();
    guests::next(&mut ended).await;
    // They see that QEMU has gone, and go too.
    let patience = std::time::Instant::now() + guests::PATIENCE;
    while !programs_with(root).is_empty() || !zombies().is_empty() {
        let still = (programs_with(root), zombies());
        assert!(std::time::Instant::now() < patience, "{still:?} are there still");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let known = guests.path(&format!("root/lib/swtpm/{}", domain.uuid()));
    assert!(known.join("tpm2").exists());
    domain.undefine(UndefineOptions::default()).await.unwrap();
    assert!(!known.exists(), "a TPM that is not said to stay goes with its domain");
}

#[tokio::test]
async fn what_a_tpm_knows_stays_where_that_is_said() {
    let guests = Guests::new().await;
    let keeping = TPM.replace("version=", "persistent_state='yes' version=");
    for (name, tpm, options, stays) in [
        ("told", TPM, UndefineOptions::default().keep_tpm(true), true),
        ("written", keeping.as_str(), UndefineOptions::default(), true),
        ("deleted", keeping.as_str(), UndefineOptions::default().tpm(true), false),
    ] {
        let domain = guests.start(name, "", tpm).await;
        let refused = domain.undefine(UndefineOptions::default().tpm(true)).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::InvalidState, "it is in use: {refused}");
        domain.destroy(DestroyOptions::default()).await.unwrap();
        domain.undefine(options).await.unwrap();
        assert_eq!(guests.path(&format!("root/lib/swtpm/{}", domain.uuid())).exists(), stays, "{name}");
    }
}
