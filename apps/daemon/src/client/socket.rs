//! A client's socket: bytes and file descriptors in, bytes and file descriptors out, never waiting.

use omnivirt_wire::packet::{MOST_FILES, PacketReader};
use rustix::io::Errno;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags,
};
use std::cell::RefCell;
use std::io::{IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::task::{Context, Poll};
use tokio::io::Ready;
use tokio::io::unix::AsyncFd;

/// How much is read at once.
const READ_BYTES: usize = 65_536;
/// From how much on what is missing of a packet is read to where it stays.
const READ_IN_PLACE: usize = 32_768;

thread_local! {
    /// What is read goes here first, so that a client that is silent holds no memory for what it may send.
    static SCRATCH: RefCell<Box<[u8]>> = RefCell::new(vec![0; READ_BYTES].into_boxed_slice());
}

/// What a reading brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Read {
    Something,
    /// The client sends nothing any more.
    End,
}

#[derive(Debug)]
pub(crate) struct Socket(AsyncFd<UnixStream>);

impl Socket {
    pub(crate) fn new(stream: UnixStream) -> std::io::Result<Self> {
        stream.set_nonblocking(true)?;
        // SAFETY: a stream has one descriptor from its beginning to its end, and closes it itself; this one is never taken out.
        #[allow(unsafe_code, reason = "tokio cannot know what is in an AsyncFd")]
        let registered = unsafe { AsyncFd::register(stream) };
        Ok(Self(registered?))
    }

    /// Puts what is there into the reader.
    pub(crate) fn poll_read(
        &self,
        task: &mut Context<'_>,
        reader: &mut PacketReader<OwnedFd>,
    ) -> Poll<std::io::Result<Read>> {
        loop {
            let mut ready = match self.0.poll_read_ready(task) {
                Poll::Ready(ready) => ready?,
                Poll::Pending => return Poll::Pending,
            };
            match receive(self.0.as_fd(), reader) {
                Ok(Received { bytes: 0, .. }) => return Poll::Ready(Ok(Read::End)),
                Ok(received) => {
                    if received.is_all {
                        // Asking once more would be a system call in vain; what comes now makes the socket ready again.
                        ready.clear_ready_matching(Ready::READABLE);
                    }
                    return Poll::Ready(Ok(Read::Something));
                }
                Err(Errno::AGAIN) => ready.clear_ready_matching(Ready::READABLE),
                Err(Errno::INTR) => {}
                Err(error) => return Poll::Ready(Err(error.into())),
            }
        }
    }

    /// Whether the other end is gone, for when nothing is read.
    pub(crate) fn is_gone(&self, task: &mut Context<'_>) -> bool {
        match self.0.poll_read_ready(task) {
            Poll::Ready(Ok(ready)) => ready.ready().is_write_closed() || ready.ready().is_error(),
            Poll::Ready(Err(_)) => true,
            Poll::Pending => false,
        }
    }

    /// Sends some of the bytes.
    pub(crate) fn poll_send(
        &self,
        task: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        self.poll_out(task, |socket| match slices {
            [slice] => rustix::net::send(socket, slice, SendFlags::NOSIGNAL),
            slices => {
                rustix::net::sendmsg(socket, slices, &mut SendAncillaryBuffer::default(), SendFlags::NOSIGNAL)
            }
        })
    }

    /// Sends a file descriptor, with the one byte that carries it.
    pub(crate) fn poll_send_file(
        &self,
        task: &mut Context<'_>,
        file: &OwnedFd,
    ) -> Poll<std::io::Result<usize>> {
        self.poll_out(task, |socket| {
            let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
            let mut ancillary = SendAncillaryBuffer::new(&mut space);
            let files = [file.as_fd()];
            ancillary.push(SendAncillaryMessage::ScmRights(&files));
            rustix::net::sendmsg(socket, &[IoSlice::new(&[0])], &mut ancillary, SendFlags::NOSIGNAL)
        })
    }

    fn poll_out(
        &self,
        task: &mut Context<'_>,
        mut send: impl FnMut(BorrowedFd<'_>) -> rustix::io::Result<usize>,
    ) -> Poll<std::io::Result<usize>> {
        loop {
            let mut ready = match self.0.poll_write_ready(task) {
                Poll::Ready(ready) => ready?,
                Poll::Pending => return Poll::Pending,
            };
            match send(self.0.as_fd()) {
                Ok(sent) => return Poll::Ready(Ok(sent)),
                Err(Errno::AGAIN) => ready.clear_ready_matching(Ready::WRITABLE),
                Err(Errno::INTR) => {}
                Err(error) => return Poll::Ready(Err(error.into())),
            }
        }
    }
}

struct Received {
    bytes: usize,
    /// Nothing was left to read.
    is_all: bool,
}

fn receive(socket: BorrowedFd<'_>, reader: &mut PacketReader<OwnedFd>) -> Result<Received, Errno> {
    let missing = reader.missing();
    if missing >= READ_IN_PLACE {
        let buffer = reader.buffer();
        let before = buffer.len();
        buffer.resize(before + missing.min(8 * READ_BYTES), 0);
        let received = receive_into(socket, &mut buffer[before..]);
        buffer.truncate(before + received.as_ref().map_or(0, |(bytes, _)| *bytes));
        let (bytes, files) = received?;
        let is_all = false;
        files.into_iter().for_each(|file| reader.push_file(file));
        return Ok(Received { bytes, is_all });
    }
    SCRATCH.with_borrow_mut(|scratch| {
        let (bytes, files) = receive_into(socket, scratch)?;
        reader.buffer().extend_from_slice(&scratch[..bytes]);
        // A reading ends behind a file descriptor, whatever follows.
        let is_all = bytes < scratch.len() && files.is_empty();
        files.into_iter().for_each(|file| reader.push_file(file));
        Ok(Received { bytes, is_all })
    })
}

fn receive_into(socket: BorrowedFd<'_>, buffer: &mut [u8]) -> Result<(usize, Vec<OwnedFd>), Errno> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST_FILES))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let flags = RecvFlags::CMSG_CLOEXEC;
    let message = rustix::net::recvmsg(socket, &mut [IoSliceMut::new(buffer)], &mut ancillary, flags)?;
    let mut files = Vec::new();
    for control in ancillary.drain() {
        if let RecvAncillaryMessage::ScmRights(received) = control {
            files.extend(received);
        }
    }
    if message.flags.contains(ReturnFlags::CTRUNC) {
        // More came than can belong to a packet: those that the system did not drop mean nothing.
        files.clear();
    }
    Ok((message.bytes, files))
}
