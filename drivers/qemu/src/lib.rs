//! QEMU and KVM virtual machines of this host.
//!
//! `qemu:///embed?root=DIR` runs them in this process, with everything kept under the folder; `qemu:///session` and
//! `qemu:///system` reach a daemon that does. Guests survive the process that looks after them: whoever opens the root next
//! finds them again.
//!
//! Where things are:
//!
//! * `connection`: what is opened; `options`: the URI's parameters
//! * `host/`: what is there once per root: folders, definitions on disk, the table of domains
//! * `domains/`: one file per family of calls, and `state`: one domain; `hear`: what QEMU tells of it
//! * `command/`: QEMU's command line, made of a domain's document
//! * `process/`: starting QEMU, its log, its end
//! * `qmp/`: talking to QEMU; `agent/`: talking to the guest's agent
//! * `probe/`: what the host's QEMU programs can do

mod agent;
mod command;
mod connection;
mod domains;
mod host;
mod options;
mod probe;
mod process;
mod qmp;

use omnivirt_core::{DriverEntry, Error, ErrorKind, Result, register_driver};

register_driver!(ENTRY);

/// The qemu driver, for a registry.
pub const ENTRY: DriverEntry = DriverEntry {
    name: "qemu",
    schemes: &["qemu"],
    transports: &[],
    daemon_paths: &["/system", "/session"],
    about: "QEMU and KVM virtual machines of this host",
    example: "qemu:///system",
    open: |request| Box::pin(connection::open(request)),
};

/// Does what blocks on a thread for that.
///
/// # Errors
///
/// What the work says.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| {
        Err(Error::new(ErrorKind::Internal, "work on a thread of its own broke off").with_source(error))
    })
}

/// The command line that a domain's document stands for: environment and arguments on one line, quoted for a shell.
///
/// # Errors
///
/// The document is malformed, contradicts itself, or asks for what QEMU cannot do.
pub fn native_command_line(xml: &str) -> Result<String> {
    command::native(xml)
}
