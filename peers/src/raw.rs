//! A client that writes packets as it is told and reads what comes back: what the protocol forbids as well.

use crate::Result;
use omnivirt_wire::packet::{Header, Packet, PacketReader, PacketType, Status};
use omnivirt_wire::procedure::{Call, Program};
use omnivirt_wire::remote;
use omnivirt_wire::xdr::Xdr;
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
use std::io::{ErrorKind, IoSlice, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

/// How long an answer may take.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// What came, or that nothing will.
#[derive(Debug)]
pub enum Arrival {
    /// A packet.
    Packet(Packet<()>),
    /// The other side has closed the connection.
    Closed,
    /// Nothing within the time.
    Nothing,
}

/// A connection to a daemon.
#[derive(Debug)]
pub struct RawClient {
    socket: UnixStream,
    reader: PacketReader<()>,
    serial: u32,
    closed: bool,
}

impl RawClient {
    /// Connects; nothing is said yet.
    ///
    /// # Errors
    ///
    /// Nobody listens there.
    pub fn connect(socket: &Path) -> Result<Self> {
        let socket = UnixStream::connect(socket).map_err(|error| format!("{}: {error}", socket.display()))?;
        socket.set_write_timeout(Some(PATIENCE)).map_err(|error| error.to_string())?;
        Ok(Self { socket, reader: PacketReader::new(), serial: 0, closed: false })
    }

    /// Connects and opens `uri`, as go-libvirt does: asks for no features.
    ///
    /// # Errors
    ///
    /// It is refused.
    pub fn open(socket: &Path, uri: &str) -> Result<Self> {
        let mut client = Self::connect(socket)?;
        client.call::<remote::AuthList>(&())?;
        client
            .call::<remote::ConnectOpen>(&remote::ConnectOpenArgs { name: Some(uri.to_owned()), flags: 0 })?;
        Ok(client)
    }

    /// Calls, and waits for the answer; what else comes meanwhile is dropped.
    ///
    /// # Errors
    ///
    /// The call fails, or the connection does.
    pub fn call<C: Call>(&mut self, args: &C::Args) -> Result<C::Ret> {
        let name = C::PROCEDURE.name;
        let serial = self.send::<C>(args)?;
        let end = Instant::now() + PATIENCE;
        loop {
            match self.next(end.saturating_duration_since(Instant::now())) {
                Arrival::Packet(packet) if is_reply(&packet.header, C::PROGRAM, serial) => {
                    return if packet.header.is(Status::Ok) {
                        C::Ret::from_bytes(&packet.payload).map_err(|error| format!("{name}: {error}"))
                    } else {
                        Err(format!("{name}: {}", failure(&packet.payload)))
                    };
                }
                Arrival::Packet(_) => {}
                Arrival::Closed => return Err(format!("{name}: the connection was closed")),
                Arrival::Nothing => return Err(format!("{name}: no answer")),
            }
        }
    }

    /// Sends a call, and says its serial.
    ///
    /// # Errors
    ///
    /// The connection is closed.
    pub fn send<C: Call>(&mut self, args: &C::Args) -> Result<u32> {
        let serial = self.serial;
        self.serial += 1;
        let header = Header::new(C::PROGRAM, C::PROCEDURE.number, PacketType::Call, serial, Status::Ok);
        let mut packet = Vec::new();
        header.write(None, args, &mut packet).map_err(|error| error.to_string())?;
        self.write(&packet)?;
        Ok(serial)
    }

    /// Writes bytes.
    ///
    /// # Errors
    ///
    /// The connection is closed, or nobody reads.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.socket.write_all(bytes).map_err(|error| error.to_string())
    }

    /// Passes file descriptors, as they follow a packet: each with a byte of its own.
    ///
    /// # Errors
    ///
    /// The connection is closed.
    pub fn pass_files(&mut self, files: &[OwnedFd]) -> Result<()> {
        for file in files {
            self.write_with_files(&[0], &[file.as_fd()])?;
        }
        Ok(())
    }

    /// Writes bytes with file descriptors glued to them, as no packet should be.
    ///
    /// # Errors
    ///
    /// The connection is closed.
    pub fn write_with_files(&mut self, bytes: &[u8], files: &[BorrowedFd<'_>]) -> Result<()> {
        let mut space = vec![std::mem::MaybeUninit::uninit(); SendAncillaryMessage::ScmRights(files).size()];
        let mut along = SendAncillaryBuffer::new(&mut space);
        along.push(SendAncillaryMessage::ScmRights(files));
        let sent = sendmsg(&self.socket, &[IoSlice::new(bytes)], &mut along, SendFlags::NOSIGNAL);
        let sent = sent.map_err(|error| error.to_string())?;
        self.write(&bytes[sent..])
    }

    /// The socket itself.
    #[must_use]
    pub fn socket(&self) -> &UnixStream {
        &self.socket
    }

    /// Says that nothing more will be written.
    pub fn finish(&self) {
        // The other side may have closed it already.
        let _ = self.socket.shutdown(std::net::Shutdown::Write);
    }

    /// What comes next, within a time.
    pub fn next(&mut self, patience: Duration) -> Arrival {
        let end = Instant::now() + patience;
        let mut chunk = vec![0; 65536];
        loop {
            match self.reader.next_packet() {
                Ok(Some(packet)) => return Arrival::Packet(packet),
                Ok(None) if self.closed => return Arrival::Closed,
                Ok(None) => {}
                // What can no more be told apart is as good as closed.
                Err(_) => return Arrival::Closed,
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Arrival::Nothing;
            }
            let within = self.socket.set_read_timeout(Some(left));
            match within.and_then(|()| self.socket.read(&mut chunk)) {
                Ok(0) => self.closed = true,
                Ok(count) => self.reader.buffer().extend_from_slice(&chunk[..count]),
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => self.closed = true,
            }
        }
    }
}

/// Whether it answers the call of that program and serial.
#[must_use]
pub fn is_reply(header: &Header, program: &Program, serial: u32) -> bool {
    let kind = matches!(header.kind(), Some(PacketType::Reply | PacketType::ReplyWithFiles));
    kind && header.program == program.number && header.serial == serial
}

/// The error in a packet, for a person.
#[must_use]
pub fn failure(payload: &[u8]) -> String {
    match omnivirt_wire::structs::Error::from_bytes(payload) {
        Ok(error) => format!("error {}: {}", error.code, error.message.unwrap_or_default()),
        Err(error) => format!("an error that cannot be read: {error}"),
    }
}
