//! What carries the bytes of a connection.
//!
//! A new transport is a pair of halves: a reading one that only the link's own reader uses, and a writing one that
//! whoever has something to say tries first, without waiting.

mod command;
mod omnivirtd;
mod unix;

use crate::error::Layer;
use crate::uri::Route;
use bytes::BytesMut;
use omnivirt_core::{Error, ErrorKind, Result};
use std::fmt;
use std::io::{self, IoSlice};
use std::os::fd::{BorrowedFd, OwnedFd};
use std::task::{Context, Poll};
use tokio::io::AsyncRead;

/// Both directions of a connection.
pub(crate) struct Carrier {
    pub(crate) reader: Box<dyn ReadHalf>,
    pub(crate) writer: Box<dyn WriteHalf>,
    /// Whether file descriptors can go along.
    pub(crate) passes_files: bool,
}

/// Where packets come from.
pub(crate) trait ReadHalf: AsyncRead + Send + Unpin {
    /// Reads bytes, and file descriptors that come with them; used while some are expected. 0 at the end.
    fn poll_receive(
        &mut self,
        task: &mut Context<'_>,
        bytes: &mut BytesMut,
        files: &mut Vec<OwnedFd>,
    ) -> Poll<io::Result<usize>>;
}

/// Where packets go.
pub(crate) trait WriteHalf: Send + Sync + 'static {
    /// Writes what can be written at once; `WouldBlock` if that is nothing.
    fn try_write(&self, bytes: &[IoSlice<'_>]) -> io::Result<usize>;

    /// Sends one byte with one file descriptor; `WouldBlock` if not at once.
    fn try_send_file(&self, file: BorrowedFd<'_>) -> io::Result<()>;

    /// Ready when writing is worth another try. Only one task may wait.
    fn poll_ready(&self, task: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Ends both directions; the reader sees the end.
    fn shut_down(&self);

    /// What the other end said outside of the protocol about why it ended, such as a command's error output.
    fn last_words(&self) -> Option<String> {
        None
    }
}

/// Reaches the daemon.
///
/// # Errors
///
/// `ConnectFailed` or `AccessDenied`, with a hint.
pub(crate) async fn connect(route: &Route) -> Result<Carrier> {
    if tokio::runtime::Handle::try_current().is_err() {
        return Err(Error::new(ErrorKind::Internal, "no tokio runtime is here to carry the connection")
            .with_hint("open it from inside a tokio runtime with time and I/O enabled"));
    }
    let connected = match route {
        Route::Unix(socket) => unix::connect(socket).await,
        Route::Daemon(daemon) => omnivirtd::connect(daemon).await,
        Route::Command(command) => command::connect(command),
    };
    connected.map_err(|error| Layer::Transport.place(error))
}

impl fmt::Debug for Carrier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Carrier").field("passes_files", &self.passes_files).finish_non_exhaustive()
    }
}
