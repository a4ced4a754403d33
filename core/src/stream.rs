//! Byte streams: consoles, channels, screenshots, dumps.

use crate::error::{Error, Result};
use omnivirt_model::ErrorKind;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadBuf};

/// What carries a stream's bytes: a socket, a pipe, a file, a connection to a daemon.
pub trait Transport: AsyncRead + AsyncWrite + Send + Unpin + 'static {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin + 'static> Transport for T {}

/// A stream of bytes between the program and a domain or the driver, with back-pressure both ways.
///
/// It is `tokio`'s `AsyncRead` and `AsyncWrite`. Dropping it gives the stream up.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use omnivirt_core::stream::ByteStream;
///
/// let (mut guest, mut program) = ByteStream::pair(64);
/// guest.write(b"login: ").await?;
/// guest.finish().await?;
/// assert_eq!(program.read_to_end(1024).await?, b"login: ");
/// # Ok::<(), omnivirt_core::Error>(())
/// # }).unwrap();
/// ```
pub struct ByteStream {
    transport: Box<dyn Transport>,
    content_type: Option<String>,
}

impl ByteStream {
    /// A stream over anything that carries bytes.
    pub fn new(transport: impl Transport) -> Self {
        Self { transport: Box::new(transport), content_type: None }
    }

    /// Two streams, each the other's far end, with room for so many bytes on the way.
    #[must_use]
    pub fn pair(capacity_bytes: usize) -> (Self, Self) {
        let (near, far): (DuplexStream, DuplexStream) = tokio::io::duplex(capacity_bytes.max(1));
        (Self::new(near), Self::new(far))
    }

    /// A stream that gives these bytes and then ends.
    pub fn of_bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self::new(tokio::io::join(io::Cursor::new(bytes.into()), tokio::io::sink()))
    }

    /// Says what the bytes are, as a media type.
    #[must_use]
    pub fn with_content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }

    /// What the bytes are, as a media type, where the driver says so.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        self.content_type.as_deref()
    }

    /// Reads what is there, waiting for at least one byte; 0 at the end.
    ///
    /// # Errors
    ///
    /// `System` if the carrier fails.
    pub async fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        self.transport.read(buffer).await.map_err(|error| failed("reading from", error))
    }

    /// Reads to the end, at most so many bytes.
    ///
    /// # Errors
    ///
    /// `LimitExceeded` if there is more, `System` if the carrier fails.
    pub async fn read_to_end(&mut self, limit_bytes: u64) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut limited = (&mut self.transport).take(limit_bytes.saturating_add(1));
        limited.read_to_end(&mut bytes).await.map_err(|error| failed("reading from", error))?;
        if bytes.len() as u64 > limit_bytes {
            return Err(Error::new(
                ErrorKind::LimitExceeded,
                format!("the stream holds more than {limit_bytes} bytes"),
            ));
        }
        Ok(bytes)
    }

    /// Writes all the bytes, waiting until the far end has room.
    ///
    /// # Errors
    ///
    /// `System` if the far end is gone.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.transport.write_all(bytes).await.map_err(|error| failed("writing to", error))
    }

    /// Says that no more will be written, and waits until all of it has been taken.
    ///
    /// # Errors
    ///
    /// `System` with what went wrong late, such as a full disk.
    pub async fn finish(&mut self) -> Result<()> {
        self.transport.shutdown().await.map_err(|error| failed("finishing", error))
    }
}

fn failed(doing: &str, error: io::Error) -> Error {
    // A driver's own error has travelled as an I/O error.
    let error = match error.downcast::<Error>() {
        Ok(error) => return error,
        Err(error) => error,
    };
    Error::new(ErrorKind::System, format!("{doing} the stream failed: {error}")).with_source(error)
}

impl fmt::Debug for ByteStream {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ByteStream").field("content_type", &self.content_type).finish_non_exhaustive()
    }
}

impl AsyncRead for ByteStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.transport).poll_read(task, buffer)
    }
}

impl AsyncWrite for ByteStream {
    fn poll_write(mut self: Pin<&mut Self>, task: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.transport).poll_write(task, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.transport).poll_flush(task)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.transport).poll_shutdown(task)
    }
}
