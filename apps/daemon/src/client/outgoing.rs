//! What waits to be sent to a client. Answers and events go before the data of streams.

use super::socket::Socket;
use bytes::Bytes;
use std::collections::VecDeque;
use std::io::IoSlice;
use std::os::fd::OwnedFd;
use std::task::{Context, Poll};

/// From how many bytes on a packet is sent from where it is, and not copied behind others.
const KEPT_APART: usize = 4_096;
/// How many pieces go out in one system call.
const MOST_SLICES: usize = 16;
/// How many bytes small packets are gathered into.
const GATHERED: usize = 16_384;
/// The largest buffer that is kept for later.
const KEPT_BUFFER: usize = 4_096;

/// Names a stream of a client.
pub(crate) type StreamId = u64;

#[derive(Debug, Default)]
pub(crate) struct Outgoing {
    first: VecDeque<Piece>,
    /// How much of the front of `first` is sent.
    first_sent: usize,
    later: VecDeque<(StreamId, Bytes)>,
    /// How much of the front of `later` is sent.
    later_sent: usize,
    bytes: usize,
    /// An empty buffer, for the next small packets.
    spare: Vec<u8>,
    /// Streams of which a packet has gone out.
    gone: Vec<StreamId>,
}

#[derive(Debug)]
enum Piece {
    Packets(Vec<u8>),
    File(OwnedFd),
}

impl Outgoing {
    /// How many bytes wait.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.first.is_empty() && self.later.is_empty()
    }

    /// A buffer with room behind what waits, for a small packet that `write` puts there.
    pub(crate) fn write<E>(&mut self, write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>) -> Result<(), E> {
        let gathers = matches!(self.first.back(), Some(Piece::Packets(packets)) if packets.len() < GATHERED);
        if !gathers {
            let mut buffer = std::mem::take(&mut self.spare);
            write(&mut buffer)?;
            self.bytes += buffer.len();
            if !buffer.is_empty() {
                self.first.push_back(Piece::Packets(buffer));
            }
            return Ok(());
        }
        if let Some(Piece::Packets(packets)) = self.first.back_mut() {
            let before = packets.len();
            write(packets)?;
            self.bytes += packets.len() - before;
        }
        Ok(())
    }

    /// Sends a packet, and the file descriptors that go with it.
    pub(crate) fn push(&mut self, packet: Vec<u8>, files: Vec<OwnedFd>) {
        if packet.len() >= KEPT_APART {
            self.bytes += packet.len();
            self.first.push_back(Piece::Packets(packet));
        } else {
            let copied = self.write(|buffer| {
                buffer.extend_from_slice(&packet);
                Ok::<(), std::convert::Infallible>(())
            });
            match copied {
                Ok(()) => {}
            }
        }
        self.first.extend(files.into_iter().map(Piece::File));
    }

    /// Sends a packet of a stream, when nothing else is to be sent.
    pub(crate) fn push_stream(&mut self, stream: StreamId, packet: Bytes) {
        self.bytes += packet.len();
        self.later.push_back((stream, packet));
    }

    /// The streams of which a packet has gone out since this was asked last.
    pub(crate) fn take_gone(&mut self) -> Vec<StreamId> {
        std::mem::take(&mut self.gone)
    }

    /// Sends what the socket takes. Ready when all is sent.
    pub(crate) fn poll_send(&mut self, socket: &Socket, task: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        while !self.is_empty() {
            let sent = match self.first.front() {
                Some(Piece::File(file)) if self.later_sent == 0 => {
                    let sent = std::task::ready!(socket.poll_send_file(task, file))?;
                    if sent > 0 {
                        self.first.pop_front();
                    }
                    continue;
                }
                _ => self.send_slices(socket, task),
            };
            let sent = std::task::ready!(sent)?;
            self.advance(sent);
        }
        Poll::Ready(Ok(()))
    }

    fn send_slices(&self, socket: &Socket, task: &mut Context<'_>) -> Poll<std::io::Result<usize>> {
        let mut slices = [IoSlice::new(&[]); MOST_SLICES];
        let mut count = 0;
        let mut add = |bytes| {
            if count < MOST_SLICES {
                slices[count] = IoSlice::new(bytes);
                count += 1;
            }
        };
        let mut later = self.later.iter().map(|(_, packet)| &packet[..]);
        if self.later_sent > 0 {
            // A packet that has begun is ended first.
            if let Some(packet) = later.next() {
                add(&packet[self.later_sent..]);
            }
        }
        let mut skip = self.first_sent;
        let mut goes_on = true;
        for piece in &self.first {
            match piece {
                Piece::Packets(packets) => add(&packets[std::mem::take(&mut skip)..]),
                Piece::File(_) => {
                    goes_on = false;
                    break;
                }
            }
        }
        if goes_on && let Some(packet) = later.next() {
            add(packet);
        }
        socket.poll_send(task, &slices[..count])
    }

    /// Forgets what was sent, in the order in which it was.
    fn advance(&mut self, mut sent: usize) {
        self.bytes -= sent;
        if self.later_sent > 0 {
            sent = self.advance_later(sent);
        }
        while sent > 0
            && let Some(Piece::Packets(packets)) = self.first.front_mut()
        {
            let left = packets.len() - self.first_sent;
            if sent < left {
                self.first_sent += sent;
                return;
            }
            sent -= left;
            self.first_sent = 0;
            let mut buffer = std::mem::take(packets);
            self.first.pop_front();
            if buffer.capacity() <= KEPT_BUFFER && buffer.capacity() > self.spare.capacity() {
                buffer.clear();
                self.spare = buffer;
            }
        }
        self.advance_later(sent);
    }

    fn advance_later(&mut self, sent: usize) -> usize {
        let Some((stream, packet)) = self.later.front() else { return sent };
        let left = packet.len() - self.later_sent;
        if sent < left {
            self.later_sent += sent;
            return 0;
        }
        self.gone.push(*stream);
        self.later.pop_front();
        self.later_sent = 0;
        sent - left
    }
}
