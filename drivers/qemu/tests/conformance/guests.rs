//! Real guests for the conformance suite.

use omnivirt_core::{DriverEntry, Uuid};
use omnivirt_driver_qemu::ENTRY;
use omnivirt_testkit::Fixture;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;

/// Guests of the project's own, each case's in a root of its own.
#[derive(Debug)]
pub(crate) struct Guests {
    folder: TempDir,
    opened: AtomicU32,
    /// Of the daemon that looks after them; none if this process does.
    socket: Option<PathBuf>,
}

impl Guests {
    /// A folder for their roots, with the kernel that they boot. The daemon behind that socket looks after them, or this
    /// process.
    pub(crate) fn new(socket: Option<PathBuf>) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        omnivirt_peers::guest::build(folder.path()).expect("the guest can be built");
        Self { folder, opened: AtomicU32::default(), socket }
    }

    /// Runs the suite, and ends what its cases have left.
    pub(crate) fn run(self, manifest: &str) -> ExitCode {
        let folder = self.folder.path().to_owned();
        let outcome = omnivirt_testkit::run(self, manifest);
        // One that is given up half-way leaves guests.
        omnivirt_peers::guest::end_all_in(&folder);
        // The suite keeps its fixture until the process ends.
        let _ = std::fs::remove_dir_all(folder);
        outcome
    }

    fn here(&self, root: &str) -> String {
        format!("qemu:///embed?root={}", self.folder.path().join(root).display())
    }

    fn named(&self, root: &str) -> String {
        let here = self.here(root);
        match &self.socket {
            Some(socket) => {
                format!("{}&socket={}", here.replacen("qemu:", "qemu+unix:", 1), socket.display())
            }
            None => here,
        }
    }
}

impl Fixture for Guests {
    fn entry(&self) -> DriverEntry {
        if self.socket.is_some() { omnivirt_driver_remote::ENTRY } else { ENTRY }
    }

    fn behind(&self) -> Option<(DriverEntry, String)> {
        self.socket.is_some().then(|| (ENTRY, self.here("behind")))
    }

    fn tells_causes(&self) -> bool {
        self.socket.is_none()
    }

    fn uri(&self) -> String {
        self.named(&self.opened.fetch_add(1, Ordering::Relaxed).to_string())
    }

    fn shared_uri(&self, host: &str) -> Option<String> {
        Some(self.named(host))
    }

    fn scratch_path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn walks(&self) -> u32 {
        12
    }

    fn finishes_what_it_began(&self) -> bool {
        true
    }

    // It does, but takes its time: what comes of that is looked at elsewhere.
    fn guest_obeys(&self) -> bool {
        false
    }

    fn domain_xml(&self, name: &str, uuid: Uuid) -> String {
        format!(
            "<domain type='qemu'>\n  <name>{name}</name>\n  <uuid>{uuid}</uuid>\n  \
             <memory unit='KiB'>32768</memory>\n  <currentMemory unit='KiB'>32768</currentMemory>\n  \
             <vcpu placement='static'>1</vcpu>\n  <os>\n    <type arch='x86_64' machine='pc'>hvm</type>\n    \
             <kernel>{}</kernel>\n  </os>\n  <features>\n    <acpi/>\n  </features>\n  <devices>\n    \
             <emulator>/usr/bin/qemu-system-x86_64</emulator>\n    <serial type='pty'/>\n  </devices>\n</domain>\n",
            self.folder.path().join("guest.elf").display()
        )
    }
}
