//! The bytes of a console or channel, between whoever has it open and QEMU.

use super::console::{End, terminal_path};
use crate::host::failed;
use crate::qmp::Monitor;
use omnivirt_core::stream::ByteStream;
use omnivirt_core::{Error, ErrorKind, Result};
use omnivirt_host::Session;
use rustix::fs::{Mode, OFlags};
use serde_json::json;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::unix::AsyncFd;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::UnixStream;

/// How much can be on its way to whoever reads.
const BUFFER_BYTES: usize = 16 << 10;

/// Opens the host's end of a device, for as long as the session lasts.
///
/// # Errors
///
/// `DeviceMissing` if QEMU knows no such terminal, `System`.
pub(super) async fn open(monitor: &Monitor, end: End, session: Session) -> Result<ByteStream> {
    let (near, far) = tokio::io::duplex(BUFFER_BYTES);
    match end {
        End::Terminal(label) => {
            let path = terminal_path(&monitor.execute("query-chardev", json!({})).await?, &label);
            let path = path.ok_or_else(|| {
                Error::new(ErrorKind::DeviceMissing, format!("QEMU has no terminal '{label}'"))
            })?;
            let terminal = Terminal::open(path).await?;
            tokio::spawn(session.serve(carry(terminal, far)));
        }
        End::Socket(path) => {
            let stream = connect(&path).await?;
            tokio::spawn(session.serve(carry(stream, far)));
        }
    }
    Ok(ByteStream::new(near))
}

async fn connect(path: &Path) -> Result<UnixStream> {
    UnixStream::connect(path).await.map_err(|error| failed("connect to the socket", path, error))
}

/// Carries bytes both ways until one side has ended.
async fn carry(
    mut device: impl AsyncRead + AsyncWrite + Unpin,
    mut far: impl AsyncRead + AsyncWrite + Unpin,
) {
    // Either side's end, orderly or not, is the end of the session.
    let _ = tokio::io::copy_bidirectional(&mut device, &mut far).await;
}

/// The other end of a terminal of QEMU's.
#[derive(Debug)]
struct Terminal(AsyncFd<OwnedFd>);

impl Terminal {
    async fn open(path: PathBuf) -> Result<Self> {
        let opened = crate::blocking(move || {
            let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
            let opened = rustix::fs::open(&path, flags, Mode::empty())
                .map_err(|error| failed("open", &path, error.into()))?;
            // QEMU says where it is, and a QEMU that has been taken over says what it likes.
            if !rustix::termios::isatty(&opened) {
                let message = format!("QEMU calls '{}' a terminal, and it is none", path.display());
                return Err(Error::new(ErrorKind::HypervisorError, message));
            }
            Ok(opened)
        })
        .await?;
        #[allow(deprecated, reason = "its successor is unsafe, and an OwnedFd gives what that asks for")]
        let watched = AsyncFd::new(opened);
        watched.map(Self).map_err(|error| {
            Error::new(ErrorKind::System, format!("cannot watch a terminal: {error}")).with_source(error)
        })
    }
}

impl AsyncRead for Terminal {
    fn poll_read(
        self: Pin<&mut Self>,
        task: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            let mut ready = ready!(self.0.poll_read_ready(task))?;
            let room = buffer.initialize_unfilled();
            match ready.try_io(|fd| rustix::io::read(fd.get_ref(), &mut *room).map_err(Into::into)) {
                Ok(Ok(count)) => {
                    buffer.advance(count);
                    return Poll::Ready(Ok(()));
                }
                // The other side is gone: that is how a terminal ends.
                Ok(Err(error)) if error.raw_os_error() == Some(rustix::io::Errno::IO.raw_os_error()) => {
                    return Poll::Ready(Ok(()));
                }
                Ok(Err(error)) => return Poll::Ready(Err(error)),
                Err(_) => {}
            }
        }
    }
}

impl AsyncWrite for Terminal {
    fn poll_write(self: Pin<&mut Self>, task: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            let mut ready = ready!(self.0.poll_write_ready(task))?;
            if let Ok(written) = ready.try_io(|fd| rustix::io::write(fd.get_ref(), bytes).map_err(Into::into))
            {
                return Poll::Ready(written);
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
