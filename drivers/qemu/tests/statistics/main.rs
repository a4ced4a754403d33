//! The CPU and the drives of a run, and what is measured and tuned of domains, with real QEMU processes; and this host.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod bulk;
mod cpu;
mod disks;
mod guests;
mod host;
mod memory;
mod threads;
mod trays;
