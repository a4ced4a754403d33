//! Unix sockets, with file descriptors.

use super::{Carrier, ReadHalf, WriteHalf};
use bytes::BytesMut;
use omnivirt_core::{Error, ErrorKind, Result};
use omnivirt_wire::packet::MOST_FILES;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags,
};
use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::os::unix::fs::FileTypeExt;
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, Interest, ReadBuf};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};

/// How long a daemon whose queue of new connections is full is left alone.
const FULL_QUEUE_PAUSE: Duration = Duration::from_millis(10);

/// How often it is tried again: it is a full second that the daemon accepts nobody.
const FULL_QUEUE_TRIES: u32 = 100;

/// How many bytes are read at once while file descriptors are expected.
const RECEIVE_BYTES: usize = 65_536;

pub(super) async fn connect(path: &Path) -> Result<Carrier> {
    reach(path).await.map_err(|error| unreachable(path, error))
}

/// Connects, and tries again where the daemon's queue of new connections is full.
pub(super) async fn reach(path: &Path) -> io::Result<Carrier> {
    let mut tries = 0;
    loop {
        match UnixStream::connect(path).await {
            Ok(socket) => return Ok(carrier(socket)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock && tries < FULL_QUEUE_TRIES => {
                tries += 1;
                tokio::time::sleep(FULL_QUEUE_PAUSE).await;
            }
            Err(error) => return Err(error),
        }
    }
}

/// A carrier over a socket that is connected.
pub(super) fn carrier(socket: UnixStream) -> Carrier {
    let (reader, writer) = socket.into_split();
    Carrier { reader: Box::new(UnixReader(reader)), writer: Box::new(UnixWriter(writer)), passes_files: true }
}

/// The error of a socket that cannot be connected to.
pub(super) fn unreachable(path: &Path, error: io::Error) -> Error {
    let kind = match error.kind() {
        io::ErrorKind::PermissionDenied => ErrorKind::AccessDenied,
        _ => ErrorKind::ConnectFailed,
    };
    let hint = match error.kind() {
        io::ErrorKind::NotFound => {
            "is the daemon running? start it (systemctl start libvirtd.socket), or name its socket with the parameter 'socket'"
        }
        io::ErrorKind::ConnectionRefused if !is_socket(path) => "what is there is no socket: check the path",
        io::ErrorKind::ConnectionRefused => {
            "the socket is there and nobody listens on it: start the daemon again"
        }
        io::ErrorKind::PermissionDenied => {
            "the socket is not open to this user: join its group (often 'libvirt'), or open the connection read-only"
        }
        io::ErrorKind::WouldBlock => "the daemon accepts no new connections: it is overloaded or stuck",
        _ => "check that the path is a daemon's socket",
    };
    Error::new(kind, format!("cannot connect to {}: {error}", path.display()))
        .with_context("socket", path.display())
        .with_hint(hint)
        .with_source(error)
}

fn is_socket(path: &Path) -> bool {
    // Where that cannot be seen, the path is not what is told to be wrong.
    std::fs::metadata(path).map_or(true, |metadata| metadata.file_type().is_socket())
}

struct UnixReader(OwnedReadHalf);

impl AsyncRead for UnixReader {
    fn poll_read(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(task, buffer)
    }
}

impl ReadHalf for UnixReader {
    fn poll_receive(
        &mut self,
        task: &mut Context<'_>,
        bytes: &mut BytesMut,
        files: &mut Vec<OwnedFd>,
    ) -> Poll<io::Result<usize>> {
        let socket = self.0.as_ref();
        loop {
            ready!(socket.poll_read_ready(task))?;
            match socket.try_io(Interest::READABLE, || receive(socket, bytes, files)) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                done => return Poll::Ready(done),
            }
        }
    }
}

fn receive(socket: &UnixStream, bytes: &mut BytesMut, files: &mut Vec<OwnedFd>) -> io::Result<usize> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST_FILES))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let mut read = vec![0; RECEIVE_BYTES];
    let received = rustix::net::recvmsg(
        socket,
        &mut [IoSliceMut::new(&mut read)],
        &mut control,
        RecvFlags::CMSG_CLOEXEC,
    )?;
    bytes.extend_from_slice(&read[..received.bytes]);
    for message in control.drain() {
        if let RecvAncillaryMessage::ScmRights(received) = message {
            files.extend(received);
        }
    }
    Ok(received.bytes)
}

struct UnixWriter(OwnedWriteHalf);

impl WriteHalf for UnixWriter {
    fn try_write(&self, bytes: &[IoSlice<'_>]) -> io::Result<usize> {
        match bytes {
            [one] => self.0.try_write(one),
            many => self.0.try_write_vectored(many),
        }
    }

    fn try_send_file(&self, file: BorrowedFd<'_>) -> io::Result<()> {
        let socket = self.0.as_ref();
        socket.try_io(Interest::WRITABLE, || {
            let files = [file];
            let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
            let mut control = SendAncillaryBuffer::new(&mut space);
            control.push(SendAncillaryMessage::ScmRights(&files));
            rustix::net::sendmsg(socket, &[IoSlice::new(&[0])], &mut control, SendFlags::NOSIGNAL)?;
            Ok(())
        })
    }

    fn poll_ready(&self, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.as_ref().poll_write_ready(task)
    }

    fn shut_down(&self) {
        // It fails only where the other side has ended it already.
        let _ = rustix::net::shutdown(self.0.as_ref(), rustix::net::Shutdown::Both);
    }
}
