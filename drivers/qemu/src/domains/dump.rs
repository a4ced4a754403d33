//! Dumps of a guest's memory.

use crate::host::failed;
use crate::qmp::Monitor;
use omnivirt_core::{Error, ErrorKind, Result};
use serde_json::json;
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

/// In which form memory is dumped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Elf,
    KdumpZlib,
    KdumpLzo,
    KdumpSnappy,
    WindowsDmp,
}

impl Form {
    /// QEMU's name for it.
    fn name(self) -> &'static str {
        match self {
            Self::Elf => "elf",
            Self::KdumpZlib => "kdump-zlib",
            Self::KdumpLzo => "kdump-lzo",
            Self::KdumpSnappy => "kdump-snappy",
            Self::WindowsDmp => "win-dmp",
        }
    }
}

/// Writes the guest's memory to a new file.
///
/// # Errors
///
/// `System` if the file cannot be made, `HypervisorError` with QEMU's own words.
pub(crate) async fn dump_memory(monitor: &Monitor, path: &Path, form: Form) -> Result<()> {
    let target = path.to_owned();
    let file = crate::blocking(move || {
        OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&target)
            .map_err(|error| failed("make", &target, error))
    })
    .await?;
    monitor.execute_with_files("getfd", json!({"fdname": "dump"}), vec![file.into()]).await?;
    let arguments = json!({"paging": false, "protocol": "fd:dump", "detach": true, "format": form.name()});
    monitor.execute("dump-guest-memory", arguments).await?;
    loop {
        let now = monitor.execute("query-dump", json!({})).await?;
        match now["status"].as_str() {
            Some("completed") => return Ok(()),
            Some("failed") => {
                return Err(Error::new(ErrorKind::HypervisorError, "QEMU could not dump the guest's memory"));
            }
            _ => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}
