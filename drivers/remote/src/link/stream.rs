//! A stream over a link.

use super::{Ended, Link};
use crate::error;
use bytes::{Buf, Bytes, BytesMut};
use omnivirt_core::{Error, ErrorKind};
use omnivirt_wire::packet::{Header, LEAST_BYTES, PacketType, STREAM_DATA_BYTES, Status};
use omnivirt_wire::procedure::StreamDirection;
use omnivirt_wire::structs;
use parking_lot::{Mutex, MutexGuard};
use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// How much may wait to be read. The protocol has no flow control: beyond this, nothing more is read from the socket.
const QUEUE_BYTES: usize = 8 * 1024 * 1024;

/// Data up to this size is copied together: as a part of what was read it would keep all of that.
const COPIED_BYTES: usize = 8_192;

/// What a piece costs besides its bytes: pieces of one byte must count for what they take.
const CHUNK_COST: usize = 128;

/// What both the link and the stream's owner know of it.
#[derive(Debug)]
pub(crate) struct StreamState {
    /// Of its data packets.
    header: Header,
    direction: StreamDirection,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    chunks: VecDeque<Chunk>,
    queued_bytes: usize,
    taken_bytes: u64,
    /// A data packet waits to be written: the next one waits until it has gone.
    is_sending: bool,
    phase: Phase,
    reader: Option<Waker>,
    writer: Option<Waker>,
    room: Option<Waker>,
}

#[derive(Debug)]
enum Chunk {
    Shared(Bytes),
    Copied(BytesMut),
    Hole(u64),
}

#[derive(Debug, Default, Clone)]
enum Phase {
    #[default]
    Open,
    /// This side has said that it is done.
    Finishing,
    /// Over, well or not.
    Over(Option<Failure>),
}

#[derive(Debug, Clone)]
enum Failure {
    Daemon(Box<structs::Error>),
    Lost(Ended),
    Lagging(Duration),
}

impl Failure {
    fn error(&self) -> io::Error {
        io::Error::other(match self {
            Self::Daemon(wire) => error::of_wire((**wire).clone()),
            Self::Lost(ended) => ended.error(),
            Self::Lagging(time) => Error::new(
                ErrorKind::LimitExceeded,
                format!(
                    "the stream was given up: nothing was read for {time:?} while {QUEUE_BYTES} bytes waited"
                ),
            )
            .with_hint("read streams without long pauses, or on a connection of their own"),
        })
    }
}

impl StreamState {
    pub(super) fn new(header: Header, direction: StreamDirection) -> Self {
        Self { header, direction, inner: Mutex::default() }
    }

    pub(super) fn header(&self) -> Header {
        self.header
    }

    /// Takes data in. True if no more should come for now.
    pub(super) fn take_in(&self, data: Bytes) -> bool {
        let mut inner = self.inner.lock();
        inner.queued_bytes += data.len();
        match inner.chunks.back_mut() {
            Some(Chunk::Copied(last)) if data.len() <= COPIED_BYTES && last.len() < STREAM_DATA_BYTES => {
                last.extend_from_slice(&data);
            }
            _ if data.len() <= COPIED_BYTES => inner.chunks.push_back(Chunk::Copied(data[..].into())),
            _ => inner.chunks.push_back(Chunk::Shared(data)),
        }
        Self::announce(inner)
    }

    /// Takes a hole in, which is read as zeros. True if no more should come for now.
    pub(super) fn take_in_hole(&self, length: u64) -> bool {
        let mut inner = self.inner.lock();
        match inner.chunks.back_mut() {
            Some(Chunk::Hole(last)) => *last = last.saturating_add(length),
            _ if length > 0 => inner.chunks.push_back(Chunk::Hole(length)),
            _ => {}
        }
        Self::announce(inner)
    }

    fn announce(mut inner: MutexGuard<'_, Inner>) -> bool {
        let is_full = inner.held() > QUEUE_BYTES;
        let reader = inner.reader.take();
        drop(inner);
        wake(reader);
        is_full
    }

    /// The daemon has no more data: there is nothing left but to say that this side is done too.
    pub(super) fn end_of_data(&self, link: &Link) {
        self.finish(link);
    }

    /// The daemon says that it is over.
    pub(super) fn over(&self, failure: Option<structs::Error>) {
        self.end(failure.map(|wire| Failure::Daemon(Box::new(wire))));
    }

    /// The link has ended.
    pub(super) fn lose(&self, ended: &Ended) {
        self.end(Some(Failure::Lost(ended.clone())));
    }

    /// Nobody read it.
    pub(super) fn fail_lagging(&self, time: Duration) {
        self.inner.lock().chunks.clear();
        self.end(Some(Failure::Lagging(time)));
    }

    fn end(&self, failure: Option<Failure>) {
        let mut inner = self.inner.lock();
        if !matches!(inner.phase, Phase::Over(_)) {
            inner.phase = Phase::Over(failure);
        }
        let wakers = [inner.reader.take(), inner.writer.take(), inner.room.take()];
        drop(inner);
        wakers.into_iter().for_each(wake);
    }

    /// The data packet that was waiting has gone.
    pub(super) fn packet_written(&self) {
        let mut inner = self.inner.lock();
        inner.is_sending = false;
        let writer = inner.writer.take();
        drop(inner);
        wake(writer);
    }

    /// How many bytes have been read from it so far.
    pub(super) fn taken(&self) -> u64 {
        self.inner.lock().taken_bytes
    }

    /// Ready when half of what may wait has been read, or nobody will.
    pub(super) fn poll_room(&self, task: &mut Context<'_>) -> Poll<()> {
        let mut inner = self.inner.lock();
        if inner.held() <= QUEUE_BYTES / 2 || matches!(inner.phase, Phase::Over(_)) {
            return Poll::Ready(());
        }
        inner.room = Some(task.waker().clone());
        Poll::Pending
    }

    /// Whether the daemon would take an abort for one.
    pub(super) fn may_abort(&self) -> bool {
        matches!(self.inner.lock().phase, Phase::Open)
    }

    fn finish(&self, link: &Link) {
        let mut inner = self.inner.lock();
        if !matches!(inner.phase, Phase::Open) {
            return;
        }
        inner.phase = Phase::Finishing;
        drop(inner);
        link.send_bare(&self.header.answer(PacketType::Stream, Status::Ok));
    }
}

fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}

impl Inner {
    /// How much memory waits to be read, or nearly.
    fn held(&self) -> usize {
        self.queued_bytes + self.chunks.len() * CHUNK_COST
    }

    /// Puts what waits into the buffer; false if nothing does.
    fn fill(&mut self, buffer: &mut ReadBuf<'_>) -> bool {
        let before = buffer.filled().len();
        while buffer.remaining() > 0 {
            let Some(chunk) = self.chunks.front_mut() else { break };
            let is_empty = match chunk {
                Chunk::Shared(bytes) => drain(bytes, &mut self.queued_bytes, buffer),
                Chunk::Copied(bytes) => drain(bytes, &mut self.queued_bytes, buffer),
                Chunk::Hole(length) => {
                    let count = usize::try_from(*length).unwrap_or(usize::MAX).min(buffer.remaining());
                    buffer.initialize_unfilled_to(count).fill(0);
                    buffer.advance(count);
                    *length -= count as u64;
                    *length == 0
                }
            };
            if is_empty {
                self.chunks.pop_front();
            }
        }
        let count = buffer.filled().len() - before;
        self.taken_bytes += count as u64;
        count > 0
    }
}

fn drain(bytes: &mut impl Buf, queued: &mut usize, buffer: &mut ReadBuf<'_>) -> bool {
    let count = bytes.remaining().min(buffer.remaining());
    buffer.put_slice(&bytes.chunk()[..count]);
    bytes.advance(count);
    *queued -= count;
    bytes.remaining() == 0
}

/// A stream, as its owner has it. Dropping it before its end aborts it.
pub(crate) struct RemoteStream {
    link: Arc<Link>,
    state: Arc<StreamState>,
}

impl RemoteStream {
    pub(super) fn new(link: Arc<Link>, state: Arc<StreamState>) -> Self {
        Self { link, state }
    }
}

impl AsyncRead for RemoteStream {
    fn poll_read(
        self: Pin<&mut Self>,
        task: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.state.direction == StreamDirection::Upload || buffer.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        let mut inner = self.state.inner.lock();
        if inner.fill(buffer) {
            let room = if inner.held() <= QUEUE_BYTES / 2 { inner.room.take() } else { None };
            drop(inner);
            wake(room);
            return Poll::Ready(Ok(()));
        }
        match &inner.phase {
            Phase::Over(None) => Poll::Ready(Ok(())),
            Phase::Over(Some(failure)) => Poll::Ready(Err(failure.error())),
            Phase::Open | Phase::Finishing => {
                inner.reader = Some(task.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl AsyncWrite for RemoteStream {
    fn poll_write(self: Pin<&mut Self>, task: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.state.direction == StreamDirection::Download {
            return Poll::Ready(Err(io::ErrorKind::Unsupported.into()));
        }
        if bytes.is_empty() {
            return Poll::Ready(Ok(0));
        }
        let mut inner = self.state.inner.lock();
        match &inner.phase {
            Phase::Open => {}
            Phase::Over(Some(failure)) => return Poll::Ready(Err(failure.error())),
            Phase::Finishing | Phase::Over(None) => {
                return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
            }
        }
        if inner.is_sending {
            inner.writer = Some(task.waker().clone());
            return Poll::Pending;
        }
        inner.is_sending = true;
        drop(inner);
        let bytes = &bytes[..bytes.len().min(STREAM_DATA_BYTES)];
        let header = self.state.header.before(bytes.len()).map_err(io::Error::other)?;
        let mut packet = Vec::with_capacity(LEAST_BYTES + bytes.len());
        packet.extend_from_slice(&header);
        packet.extend_from_slice(bytes);
        self.link.send(packet, Some(self.state.header.serial));
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut inner = self.state.inner.lock();
        match &inner.phase {
            Phase::Over(Some(failure)) => Poll::Ready(Err(failure.error())),
            Phase::Over(None) => Poll::Ready(Ok(())),
            Phase::Open | Phase::Finishing if !inner.is_sending => Poll::Ready(Ok(())),
            Phase::Open | Phase::Finishing => {
                inner.writer = Some(task.waker().clone());
                Poll::Pending
            }
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.state.finish(&self.link);
        let mut inner = self.state.inner.lock();
        match &inner.phase {
            Phase::Over(None) => Poll::Ready(Ok(())),
            Phase::Over(Some(failure)) => Poll::Ready(Err(failure.error())),
            Phase::Open | Phase::Finishing => {
                inner.writer = Some(task.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl Drop for RemoteStream {
    fn drop(&mut self) {
        self.link.give_up_stream(&self.state);
        // Nobody reads it any more: the connection must not wait for that.
        self.state.end(None);
    }
}
