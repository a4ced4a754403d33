//! What waits to be written.

use crate::transport::WriteHalf;
use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::os::fd::{AsFd, OwnedFd};

/// Packets up to this size are put together, so that one buffer has many of them.
const TOGETHER_BYTES: usize = 16_384;

/// How many buffers are written with one system call.
const BUFFERS: usize = 16;

/// Packets and file descriptors, in order.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    pieces: VecDeque<Piece>,
    /// How many bytes of the first piece are written.
    written: usize,
}

#[derive(Debug)]
enum Piece {
    /// Packets; of a stream, one packet and whose it is.
    Bytes(Vec<u8>, Option<u32>),
    /// A file descriptor, which goes along with a byte of its own.
    File(OwnedFd),
}

/// What came of writing.
pub(super) struct Written {
    /// Whether all is written; `WouldBlock` if the socket takes no more now.
    pub(super) outcome: io::Result<()>,
    /// Streams whose packets have gone.
    pub(super) streams: Vec<u32>,
}

impl Outbox {
    pub(super) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    pub(super) fn push(&mut self, packet: Vec<u8>, of_stream: Option<u32>) {
        if let (Some(Piece::Bytes(bytes, None)), None) = (self.pieces.back_mut(), of_stream)
            && bytes.len() + packet.len() <= TOGETHER_BYTES
        {
            bytes.extend_from_slice(&packet);
            return;
        }
        self.pieces.push_back(Piece::Bytes(packet, of_stream));
    }

    pub(super) fn push_file(&mut self, file: OwnedFd) {
        self.pieces.push_back(Piece::File(file));
    }

    /// Puts what is left of another one before what came meanwhile.
    pub(super) fn put_before(&mut self, mut rest: Self) {
        if self.pieces.is_empty() {
            *self = rest;
        } else if !rest.pieces.is_empty() {
            rest.pieces.append(&mut self.pieces);
            *self = rest;
        }
    }

    /// Writes as much as goes without waiting.
    pub(super) fn write(&mut self, to: &dyn WriteHalf) -> Written {
        let mut streams = Vec::new();
        let outcome = loop {
            let step = match self.pieces.front() {
                None => break Ok(()),
                Some(Piece::File(file)) => to.try_send_file(file.as_fd()).map(|()| None),
                Some(Piece::Bytes(..)) => self.write_bytes(to).map(Some),
            };
            match step {
                Ok(None) => drop(self.pieces.pop_front()),
                Ok(Some(0)) => break Err(io::ErrorKind::WriteZero.into()),
                Ok(Some(count)) => self.advance(count, &mut streams),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => break Err(error),
            }
        };
        Written { outcome, streams }
    }

    fn write_bytes(&self, to: &dyn WriteHalf) -> io::Result<usize> {
        let mut buffers = [IoSlice::new(&[]); BUFFERS];
        let mut count = 0;
        let mut from = self.written;
        for piece in &self.pieces {
            let Piece::Bytes(bytes, _) = piece else { break };
            let Some(place) = buffers.get_mut(count) else { break };
            *place = IoSlice::new(&bytes[from..]);
            from = 0;
            count += 1;
        }
        to.try_write(&buffers[..count])
    }

    fn advance(&mut self, mut count: usize, streams: &mut Vec<u32>) {
        while let Some(Piece::Bytes(bytes, of_stream)) = self.pieces.front() {
            let left = bytes.len() - self.written;
            if count < left {
                self.written += count;
                return;
            }
            count -= left;
            streams.extend(of_stream);
            self.written = 0;
            self.pieces.pop_front();
        }
    }
}
