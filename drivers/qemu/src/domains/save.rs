//! Putting a run into a file, and going on from there.

use super::start::{Origin, Start};
use super::state::DomainEntry;
use crate::host::Host;
use crate::qmp::Monitor;
use omnivirt_core::event::Cause;
use omnivirt_core::{Error, ErrorKind, Result, StartOptions};
use serde_json::{Value, json};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

/// How often QEMU is asked how far it is.
const INTERVAL: Duration = Duration::from_millis(10);

/// Has a QEMU that waits for it read a guest from a file.
///
/// # Errors
///
/// `HypervisorError` with QEMU's own words.
pub(crate) async fn receive(monitor: &Monitor, image: OwnedFd) -> Result<()> {
    monitor.execute_with_files("getfd", json!({"fdname": "image"}), vec![image]).await?;
    monitor.execute("migrate-incoming", json!({"uri": "fd:image"})).await?;
    finished(monitor, |_| ()).await
}

/// Waits until what QEMU sends or receives is through; `progress` sees each answer on the way.
///
/// # Errors
///
/// `HypervisorError` with QEMU's own words.
pub(crate) async fn finished(monitor: &Monitor, mut progress: impl FnMut(&Value)) -> Result<()> {
    loop {
        let now = monitor.execute("query-migrate", json!({})).await?;
        progress(&now);
        match now["status"].as_str() {
            Some("completed") => return Ok(()),
            Some("failed") => {
                let why = now["error-desc"].as_str().unwrap_or("QEMU does not say why");
                let message = format!("the guest's state could not be moved: {why}");
                return Err(Error::new(ErrorKind::HypervisorError, message));
            }
            Some("cancelled") => return Err(Error::new(ErrorKind::Aborted, "the job was aborted")),
            _ => tokio::time::sleep(INTERVAL).await,
        }
    }
}

/// Starts a domain: from its managed save image if it has one, else from its definition.
///
/// # Errors
///
/// What starting it says.
pub(crate) async fn start_or_restore(
    host: &Arc<Host>,
    entry: &Arc<DomainEntry>,
    cause: Cause,
    options: &StartOptions,
    auto_destroy: Option<u64>,
) -> Result<()> {
    let configuration = entry.lock()?.definition()?.clone();
    let start = Start { cause, origin: Origin::Booted, paused: options.paused, auto_destroy };
    host.start(entry, configuration, start).await.map(drop)
}
