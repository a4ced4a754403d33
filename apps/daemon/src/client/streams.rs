//! Streams of a client: each carries bytes both ways between its packets and a [`ByteStream`].

use super::outgoing::{Outgoing, StreamId};
use super::{Client, End};
use crate::config::Limits;
use crate::failure::Failure;
use bytes::{Buf, BufMut, Bytes, BytesMut};
use omnivirt::stream::ByteStream;
use omnivirt_wire::packet::{Header, LEAST_BYTES, PacketType, STREAM_DATA_BYTES, Status};
use omnivirt_wire::procedure::{Program, StreamDirection};
use rustix::io::Errno;
use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::AsyncWrite;
use tokio_util::io::poll_read_buf;

/// How much is read of a stream first; more when there is more.
const FIRST_READ: usize = 4_096;
/// What holes are made of where nobody knows holes.
static ZEROS: [u8; 16_384] = [0; 16_384];

/// The streams of a client.
#[derive(Debug)]
pub(crate) struct Streams {
    list: Vec<Open>,
    next: StreamId,
    most: usize,
    /// How many bytes wait for one stream before nothing more is read from the client.
    most_bytes: usize,
}

#[derive(Debug)]
struct Open {
    id: StreamId,
    header: Header,
    has_holes: bool,
    /// None once there is nothing more to read or write.
    stream: Option<ByteStream>,
    incoming: VecDeque<Incoming>,
    incoming_bytes: usize,
    /// The client said that it sends no more.
    has_ended_input: bool,
    /// The end of what is read was told, or nothing is read.
    has_ended_output: bool,
    /// A packet of it waits to be sent.
    is_queued: bool,
    /// How much is read at once.
    read_bytes: usize,
    finish: Finish,
}

#[derive(Debug)]
enum Incoming {
    Data(Bytes),
    Zeros(u64),
    End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Finish {
    No,
    /// The client wants to know that all has arrived.
    Wanted,
    /// The client gave the stream up.
    Aborted,
}

/// What became of a stream when it was looked at.
enum Looked {
    Waits,
    Moved,
    Over(Option<Failure>),
}

impl Streams {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            list: Vec::new(),
            next: 0,
            most: limits.max_client_streams.count(),
            most_bytes: limits.client_bytes.count(),
        }
    }

    /// A call has opened a stream.
    pub(crate) fn open(
        &mut self,
        header: Header,
        stream: ByteStream,
        has_holes: bool,
    ) -> Result<(), Failure> {
        let direction = Program::find(header.program)
            .and_then(|program| program.procedure(header.procedure)?.stream)
            .unwrap_or(StreamDirection::Bidirectional);
        if self.list.len() >= self.most {
            // Some clients never finish what they have read to the end.
            let over = self.list.iter().position(|open| open.stream.is_none());
            let over = over.ok_or_else(|| {
                Failure::internal(format!("the client has {} streams open, and may have no more", self.most))
            })?;
            self.list.remove(over);
        }
        self.next += 1;
        self.list.push(Open {
            id: self.next,
            header,
            has_holes,
            stream: Some(stream),
            incoming: VecDeque::new(),
            incoming_bytes: 0,
            has_ended_input: direction == StreamDirection::Download,
            has_ended_output: direction == StreamDirection::Upload,
            is_queued: false,
            read_bytes: FIRST_READ,
            finish: Finish::No,
        });
        Ok(())
    }

    /// Whether a stream has more to write than it may have.
    pub(crate) fn is_full(&self) -> bool {
        self.list.iter().any(|open| open.incoming_bytes >= self.most_bytes)
    }

    fn find(&mut self, header: &Header) -> Option<usize> {
        self.list.iter().position(|open| {
            open.header.serial == header.serial
                && open.header.procedure == header.procedure
                && open.header.program == header.program
        })
    }

    /// A packet of a stream. One of a stream that is gone, or never was, is passed over.
    pub(crate) fn take(&mut self, header: &Header, payload: Bytes, out: &mut Outgoing) {
        let Some(index) = self.find(header) else { return };
        let open = &mut self.list[index];
        if open.finish != Finish::No {
            return;
        }
        if header.is(Status::Ok) {
            open.finish = Finish::Wanted;
        } else if header.is(Status::Error) {
            open.finish = Finish::Aborted;
            open.incoming.clear();
            open.incoming_bytes = 0;
        } else if header.is(Status::Continue) {
            if open.has_ended_input {
                // Saying once more that nothing comes is harmless.
                if !payload.is_empty() {
                    let open = self.list.remove(index);
                    open.end(Some(Failure::cannot_write(Errno::BADF)), out);
                }
            } else if payload.is_empty() {
                open.has_ended_input = true;
                open.incoming.push_back(Incoming::End);
            } else {
                open.incoming_bytes += payload.len();
                open.incoming.push_back(Incoming::Data(payload));
            }
        }
    }

    /// A hole in a stream. False if that stream has none.
    pub(crate) fn take_hole(&mut self, header: &Header, mut payload: &[u8]) -> bool {
        let Some(index) = self.find(header) else { return true };
        let open = &mut self.list[index];
        let length = payload.try_get_i64().unwrap_or(-1);
        let Ok(length) = u64::try_from(length) else { return false };
        if !open.has_holes || open.has_ended_input || open.incoming.len() >= 4_096 {
            return false;
        }
        open.incoming.push_back(Incoming::Zeros(length));
        true
    }

    /// Packets of these streams have gone out.
    pub(crate) fn sent(&mut self, gone: &[StreamId]) {
        for open in &mut self.list {
            if open.is_queued && gone.contains(&open.id) {
                open.is_queued = false;
            }
        }
    }
}

impl Client {
    /// Moves what can be moved in every stream.
    pub(super) fn poll_streams(&mut self, task: &mut Context<'_>) -> Result<bool, End> {
        let mut did = false;
        let mut index = 0;
        while index < self.streams.list.len() {
            let may_read = !self.is_full();
            match self.streams.list[index].look(may_read, &mut self.out, task) {
                Looked::Waits => index += 1,
                Looked::Moved => {
                    did = true;
                    index += 1;
                }
                Looked::Over(failure) => {
                    did = true;
                    self.streams.list.remove(index).end(failure, &mut self.out);
                }
            }
        }
        Ok(did)
    }
}

impl Open {
    /// Tells the client of the end: behind what waits of the stream.
    fn end(self, failure: Option<Failure>, out: &mut Outgoing) {
        let packet = match failure {
            None => empty(&self.header, Status::Ok),
            Some(failure) => Bytes::from(failure.packet(&self.header, PacketType::Stream)),
        };
        out.push_stream(self.id, packet);
    }

    fn look(&mut self, may_read: bool, out: &mut Outgoing, task: &mut Context<'_>) -> Looked {
        if self.finish == Finish::Aborted {
            return Looked::Over(None);
        }
        let mut did = match self.write(task) {
            Ok(did) => did,
            Err(error) => return Looked::Over(Some(Failure::stream("write to", &error))),
        };
        if self.finish == Finish::Wanted && self.incoming.is_empty() {
            match self.poll_finish(task) {
                Poll::Ready(Ok(())) => return Looked::Over(None),
                Poll::Ready(Err(error)) => return Looked::Over(Some(Failure::stream("write to", &error))),
                Poll::Pending => {}
            }
        }
        let reads = may_read && !self.has_ended_output && !self.is_queued && self.finish == Finish::No;
        if reads {
            match self.read(out, task) {
                Ok(read) => did |= read,
                Err(error) => return Looked::Over(Some(Failure::stream("read from", &error))),
            }
        }
        if did { Looked::Moved } else { Looked::Waits }
    }

    /// Writes what came from the client.
    fn write(&mut self, task: &mut Context<'_>) -> std::io::Result<bool> {
        let mut did = false;
        while let (Some(front), Some(stream)) = (self.incoming.front_mut(), &mut self.stream) {
            let stream = Pin::new(stream);
            let is_done = match front {
                Incoming::Data(data) => {
                    let Poll::Ready(written) = stream.poll_write(task, data) else { break };
                    let written = at_least_one(written?)?;
                    data.advance(written);
                    self.incoming_bytes -= written;
                    data.is_empty()
                }
                Incoming::Zeros(0) => true,
                Incoming::Zeros(left) => {
                    let most = usize::try_from(*left).unwrap_or(usize::MAX).min(ZEROS.len());
                    let Poll::Ready(written) = stream.poll_write(task, &ZEROS[..most]) else { break };
                    *left -= at_least_one(written?)? as u64;
                    *left == 0
                }
                Incoming::End => {
                    let Poll::Ready(ended) = stream.poll_shutdown(task) else { break };
                    ended?;
                    true
                }
            };
            did = true;
            if is_done {
                self.incoming.pop_front();
            }
        }
        Ok(did)
    }

    /// All that was written has arrived.
    fn poll_finish(&mut self, task: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        match &mut self.stream {
            Some(stream) if !self.has_ended_input => Pin::new(stream).poll_shutdown(task),
            _ => Poll::Ready(Ok(())),
        }
    }

    /// Reads a packet's worth, and sends it.
    fn read(&mut self, out: &mut Outgoing, task: &mut Context<'_>) -> std::io::Result<bool> {
        let Some(stream) = &mut self.stream else { return Ok(false) };
        let mut packet = BytesMut::with_capacity(LEAST_BYTES + self.read_bytes);
        packet.put_bytes(0, LEAST_BYTES);
        let mut room = (&mut packet).limit(self.read_bytes);
        let Poll::Ready(read) = poll_read_buf(Pin::new(stream), task, &mut room) else { return Ok(false) };
        let read = read?;
        let header = self.header.answer(PacketType::Stream, Status::Continue);
        let before = header.before(read).map_err(std::io::Error::other)?;
        packet[..LEAST_BYTES].copy_from_slice(&before);
        if read == 0 {
            self.has_ended_output = true;
            if self.has_ended_input {
                self.stream = None;
            }
        } else if read == self.read_bytes {
            self.read_bytes = (self.read_bytes * 4).min(STREAM_DATA_BYTES);
        } else if read * 4 < self.read_bytes {
            self.read_bytes = (self.read_bytes / 2).max(FIRST_READ);
        }
        self.is_queued = true;
        out.push_stream(self.id, packet.freeze());
        Ok(true)
    }
}

/// A stream that takes nothing any more without saying why would be asked for ever.
fn at_least_one(written: usize) -> std::io::Result<usize> {
    match written {
        0 => Err(std::io::ErrorKind::WriteZero.into()),
        written => Ok(written),
    }
}

fn empty(header: &Header, status: Status) -> Bytes {
    let header = header.answer(PacketType::Stream, status);
    header.before(0).map_or_else(|_| Bytes::new(), |packet| Bytes::copy_from_slice(&packet))
}
