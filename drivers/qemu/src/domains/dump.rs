//! Dumps of a guest's memory.

use super::jobs::{self, moved};
use super::monitor;
use super::state::{DomainEntry, Managed};
use crate::connection::QemuDriver;
use crate::host::failed;
use crate::qmp::Monitor;
use omnivirt_core::event::{Cause, ResumedDetail, SuspendedDetail};
use omnivirt_core::jobs::Job;
use omnivirt_core::*;
use serde_json::json;
use std::fs::OpenOptions;
use std::os::fd::OwnedFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// What is written of a guest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Its memory, in one of QEMU's forms of that.
    Memory(&'static str),
    /// All its state, as for saving it.
    State,
}

#[driver_ops]
impl DomainDumpOps for QemuDriver {
    async fn dump(
        &self,
        cx: &CallCx,
        domain: &DomainRef,
        path: &str,
        format: DumpFormat,
        options: &DumpOptions,
    ) -> Result<()> {
        let form = form(format, options)?;
        let entry = self.host.domain(domain)?;
        let (path, options, cause) = (PathBuf::from(path), options.clone(), cx.cause());
        let dumped = entry.clone();
        let crashed = jobs::run(&self.host, &entry, cx, JobOperation::Dump, move |job| async move {
            let (monitor, stands, run) = dumped.lock()?.is_to_be_dumped(options.live, &cause)?;
            if stands {
                monitor.execute("stop", json!({})).await?;
            }
            let written = write(&monitor, &path, form, &job).await;
            if written.is_ok() && options.crash {
                let mut domain = dumped.lock()?;
                domain.ends_crashed(&cause);
                return Ok(Some(run));
            }
            if written.is_ok() && options.reset {
                dumped.lock()?.run()?.asked.reset = Some(cause.clone());
                monitor.execute("system_reset", json!({})).await?;
            }
            if stands {
                dumped.lock()?.run()?.asked.resume =
                    Some((cause, DomainStateReason::RunningUnpaused, ResumedDetail::Unpaused));
                monitor.execute("cont", json!({})).await?;
            }
            written.map(|()| None)
        })
        .await?;
        let Some(run) = crashed else { return Ok(()) };
        let work = tokio::spawn(async move { monitor::end_process(&entry, run).await });
        work.await.unwrap_or_else(|error| {
            Err(Error::new(ErrorKind::Internal, "ending the domain broke off").with_source(error))
        })
    }
}

/// # Errors
///
/// `InvalidArgument`, `ArgumentUnsupported`.
fn form(format: DumpFormat, options: &DumpOptions) -> Result<Form> {
    let refuse = |kind, message: &str| Err(Error::new(kind, message));
    if options.crash && (options.live || options.reset) {
        return refuse(
            ErrorKind::InvalidArgument,
            "a domain that ends with its dump neither runs on nor is reset",
        );
    }
    if options.bypass_cache {
        return refuse(ErrorKind::ArgumentUnsupported, "a dump goes through the host's page cache");
    }
    let memory = match format {
        DumpFormat::Raw if options.memory_only => "elf",
        DumpFormat::Raw if options.live => {
            return refuse(
                ErrorKind::ArgumentUnsupported,
                "all of a guest's state can be dumped only while it stands still: ask for memory only",
            );
        }
        DumpFormat::Raw => return Ok(Form::State),
        _ if !options.memory_only => {
            return refuse(
                ErrorKind::InvalidArgument,
                "that form is one of memory only: ask for memory only",
            );
        }
        DumpFormat::KdumpZlib => "kdump-zlib",
        DumpFormat::KdumpLzo => "kdump-lzo",
        DumpFormat::KdumpSnappy => "kdump-snappy",
        DumpFormat::WinDmp => "win-dmp",
        _ => return refuse(ErrorKind::ArgumentUnsupported, "the qemu driver writes no dumps of that form"),
    };
    Ok(Form::Memory(memory))
}

impl Managed {
    /// Says that a pause is for a dump, if there is to be one. Returns the monitor, whether the guest is to stand still
    /// for it, and the number of the run.
    fn is_to_be_dumped(&mut self, live: bool, cause: &Cause) -> Result<(Monitor, bool, u32)> {
        let stands = self.state == DomainState::Running && !live;
        let run = self.run()?;
        if stands {
            run.asked.pause = Some((cause.clone(), DomainStateReason::PausedDump, SuspendedDetail::Paused));
        }
        Ok((run.monitor()?, stands, run.id))
    }
}

/// Writes a new file.
async fn write(monitor: &Monitor, path: &Path, form: Form, job: &Job) -> Result<()> {
    match form {
        Form::Memory(format) => dump_memory(monitor, path, format).await,
        Form::State => {
            let file = create(path).await?;
            monitor.execute("migrate-set-parameters", json!({"max-bandwidth": i64::MAX})).await?;
            monitor.execute_with_files("getfd", json!({"fdname": "dump"}), vec![file]).await?;
            monitor.execute("migrate", json!({"uri": "fd:dump"})).await?;
            moved(monitor, Some(job)).await
        }
    }
}

/// Writes the memory of a guest that has crashed to a new file.
///
/// # Errors
///
/// `System` if the file cannot be made, `HypervisorError` with QEMU's own words.
pub(crate) async fn dump_crashed(entry: &Arc<DomainEntry>, path: &Path) -> Result<()> {
    let monitor = entry.lock()?.run()?.monitor()?;
    dump_memory(&monitor, path, "elf").await
}

async fn dump_memory(monitor: &Monitor, path: &Path, format: &str) -> Result<()> {
    let file = create(path).await?;
    monitor.execute_with_files("getfd", json!({"fdname": "dump"}), vec![file]).await?;
    let arguments = json!({"paging": false, "protocol": "fd:dump", "detach": true, "format": format});
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

async fn create(path: &Path) -> Result<OwnedFd> {
    let path = path.to_owned();
    crate::blocking(move || {
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path);
        file.map(OwnedFd::from).map_err(|error| failed("make", &path, error))
    })
    .await
}
