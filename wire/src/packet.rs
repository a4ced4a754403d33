//! Packets: what a connection's bytes are cut into.

use crate::procedure::Program;
use crate::xdr::{Xdr, XdrError};
use bytes::{Buf, Bytes, BytesMut};
use std::fmt;

/// The fewest bytes that a packet has: its length and its header.
pub const LEAST_BYTES: usize = 28;

/// The most bytes that a packet has, its length included.
pub const MOST_BYTES: usize = 33_554_436;

/// The most file descriptors that go with a packet.
pub const MOST_FILES: usize = 32;

/// The most data in a stream packet that real peers send.
pub const STREAM_DATA_BYTES: usize = 262_120;

/// From which size on the memory of a packet is worth giving back.
const LARGE_BYTES: usize = 65_536;

/// What sort of packet it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub enum PacketType {
    /// A client calls.
    Call = 0,
    /// A server answers.
    Reply = 1,
    /// Something that nobody answers: an event, a ping, a pong.
    Message = 2,
    /// Data of a stream, or its end.
    Stream = 3,
    /// A call with file descriptors.
    CallWithFiles = 4,
    /// An answer with file descriptors.
    ReplyWithFiles = 5,
    /// Zeros in a stream that are not sent.
    StreamHole = 6,
}

impl PacketType {
    /// The type of that number.
    #[must_use]
    pub fn from_number(number: i32) -> Option<Self> {
        [
            Self::Call,
            Self::Reply,
            Self::Message,
            Self::Stream,
            Self::CallWithFiles,
            Self::ReplyWithFiles,
            Self::StreamHole,
        ]
        .into_iter()
        .find(|known| *known as i32 == number)
    }
}

/// How a packet stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub enum Status {
    /// All is well; of a stream, the end.
    Ok = 0,
    /// An error, which the payload describes.
    Error = 1,
    /// More of a stream.
    Continue = 2,
}

/// The header of a packet, as it is on the wire: nothing in it is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// The program's number.
    pub program: u32,
    /// The program's version.
    pub version: u32,
    /// The procedure's number within the program.
    pub procedure: i32,
    /// The number of its [`PacketType`].
    pub packet_type: i32,
    /// Which call it belongs to.
    pub serial: u32,
    /// The number of its [`Status`].
    pub status: i32,
}

impl Header {
    /// The header of a packet about a procedure.
    #[must_use]
    pub fn new(
        program: &Program,
        procedure: i32,
        packet_type: PacketType,
        serial: u32,
        status: Status,
    ) -> Self {
        Self {
            program: program.number,
            version: program.version,
            procedure,
            packet_type: packet_type as i32,
            serial,
            status: status as i32,
        }
    }

    /// The header of an answer to this one.
    #[must_use]
    pub fn answer(&self, packet_type: PacketType, status: Status) -> Self {
        Self { packet_type: packet_type as i32, status: status as i32, ..*self }
    }

    /// What sort of packet it is, if it is one.
    #[must_use]
    pub fn kind(&self) -> Option<PacketType> {
        PacketType::from_number(self.packet_type)
    }

    /// Whether it has that status.
    #[must_use]
    pub fn is(&self, status: Status) -> bool {
        self.status == status as i32
    }

    fn put(&self, length: u32, out: &mut [u8]) {
        let words = [
            length,
            self.program,
            self.version,
            self.procedure.cast_unsigned(),
            self.packet_type.cast_unsigned(),
            self.serial,
            self.status.cast_unsigned(),
        ];
        for (place, word) in out.chunks_exact_mut(4).zip(words) {
            place.copy_from_slice(&word.to_be_bytes());
        }
    }

    /// The packet of this header, of which the payload follows: for data that is not to be copied.
    ///
    /// # Errors
    ///
    /// The payload is above what a packet can hold.
    pub fn before(&self, payload_bytes: usize) -> Result<[u8; LEAST_BYTES], XdrError> {
        let mut bytes = [0; LEAST_BYTES];
        self.put(length_word(payload_bytes + LEAST_BYTES)?, &mut bytes);
        Ok(bytes)
    }

    /// Writes a packet behind what is there. `files` says how many file descriptors follow it.
    ///
    /// # Errors
    ///
    /// Something is above its bound; nothing was written then.
    pub fn write(&self, files: Option<usize>, payload: &impl Xdr, out: &mut Vec<u8>) -> Result<(), XdrError> {
        let start = out.len();
        out.extend_from_slice(&[0; LEAST_BYTES]);
        if let Some(files) = files {
            let word = u32::try_from(files).unwrap_or(u32::MAX);
            out.extend_from_slice(&word.to_be_bytes());
        }
        let written = payload.encode(out).and_then(|()| length_word(out.len() - start));
        match written {
            Ok(length) => {
                self.put(length, &mut out[start..start + LEAST_BYTES]);
                Ok(())
            }
            Err(error) => {
                out.truncate(start);
                Err(error)
            }
        }
    }
}

fn length_word(bytes: usize) -> Result<u32, XdrError> {
    match u32::try_from(bytes) {
        Ok(word) if bytes <= MOST_BYTES => Ok(word),
        _ => Err(XdrError::OverBound { what: "bytes of a packet", count: bytes, bound: MOST_BYTES }),
    }
}

/// A packet that was read.
#[derive(Debug)]
pub struct Packet<F> {
    /// Its header.
    pub header: Header,
    /// What it carries, without the count of file descriptors. It is a part of what was read, not a copy.
    pub payload: Bytes,
    /// The file descriptors that came with it.
    pub files: Vec<F>,
}

/// Why a stream of bytes cannot go on: there is no way to find where the next packet begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PacketError {
    /// A packet says that it has fewer or more bytes than one can have.
    Length(usize),
    /// A packet says that more file descriptors come with it than can.
    Files(usize),
    /// A packet with file descriptors is too short for their count.
    NoFileCount,
    /// A file descriptor was to come, and something else did.
    FileMissing,
}

impl fmt::Display for PacketError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length(bytes) => {
                write!(formatter, "a packet of {bytes} bytes, which is too few or too many")
            }
            Self::Files(count) => {
                write!(formatter, "{count} file descriptors with a packet, where at most {MOST_FILES} can be")
            }
            Self::NoFileCount => write!(formatter, "a packet with file descriptors does not say how many"),
            Self::FileMissing => write!(formatter, "a file descriptor was to come, and did not"),
        }
    }
}

impl std::error::Error for PacketError {}

/// Cuts bytes into packets. `F` is what a file descriptor is.
///
/// ```
/// use omnivirt_wire::packet::{Header, PacketReader, PacketType, Status};
/// use omnivirt_wire::{keepalive, procedure::Message};
///
/// let header = Header::new(keepalive::Ping::PROGRAM, 1, PacketType::Message, 0, Status::Ok);
/// let mut reader = PacketReader::<std::os::fd::OwnedFd>::new();
/// reader.buffer().extend_from_slice(&header.before(0)?);
/// let packet = reader.next_packet()?.expect("it is whole");
/// assert_eq!(packet.header, header);
/// assert!(reader.next_packet()?.is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct PacketReader<F> {
    buffer: BytesMut,
    files: std::collections::VecDeque<F>,
    /// A packet that waits for file descriptors, and how many are to come.
    waiting: Option<(Packet<F>, usize)>,
    most_bytes: usize,
}

impl<F> Default for PacketReader<F> {
    fn default() -> Self {
        Self::new()
    }
}

impl<F> PacketReader<F> {
    /// Nothing was read yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            buffer: BytesMut::new(),
            files: std::collections::VecDeque::new(),
            waiting: None,
            most_bytes: MOST_BYTES,
        }
    }

    /// Where bytes that were read go, behind those that are there.
    pub fn buffer(&mut self) -> &mut BytesMut {
        &mut self.buffer
    }

    /// Takes a file descriptor that came along with the bytes put into the buffer next.
    pub fn push_file(&mut self, file: F) {
        if self.files.len() < MOST_FILES {
            self.files.push_back(file);
        }
    }

    /// Lets packets have at most so many bytes, their length included.
    pub fn limit(&mut self, most_bytes: usize) {
        self.most_bytes = most_bytes.min(MOST_BYTES);
    }

    /// How many bytes are missing of the packet that has begun, as far as its length is known.
    #[must_use]
    pub fn missing(&self) -> usize {
        let whole = match self.buffer.first_chunk() {
            Some(length) => (u32::from_be_bytes(*length) as usize).min(self.most_bytes),
            None => LEAST_BYTES,
        };
        whole.saturating_sub(self.buffer.len())
    }

    /// The next packet, if all of it is there.
    ///
    /// # Errors
    ///
    /// There is no way to go on: close the connection.
    pub fn next_packet(&mut self) -> Result<Option<Packet<F>>, PacketError> {
        if self.waiting.is_none() {
            let Some(packet) = self.cut()? else { return Ok(None) };
            match packet.header.kind() {
                Some(PacketType::CallWithFiles | PacketType::ReplyWithFiles) => {
                    self.waiting = Some(count_files(packet)?);
                }
                _ => {
                    self.drop_surplus_files();
                    return Ok(Some(packet));
                }
            }
        }
        self.collect_files()
    }

    fn cut(&mut self) -> Result<Option<Packet<F>>, PacketError> {
        let Some(length) = self.buffer.first_chunk() else { return Ok(None) };
        let length = u32::from_be_bytes(*length) as usize;
        if !(LEAST_BYTES..=self.most_bytes).contains(&length) {
            return Err(PacketError::Length(length));
        }
        if self.buffer.len() < length {
            return Ok(None);
        }
        let mut payload = self.buffer.split_to(length).freeze();
        if self.buffer.is_empty() && length > LARGE_BYTES {
            // Else the memory of the packet would be kept for as long as this reads on.
            self.buffer = BytesMut::new();
        }
        payload.advance(4);
        let header = Header {
            program: payload.get_u32(),
            version: payload.get_u32(),
            procedure: payload.get_i32(),
            packet_type: payload.get_i32(),
            serial: payload.get_u32(),
            status: payload.get_i32(),
        };
        Ok(Some(Packet { header, payload, files: Vec::new() }))
    }

    /// Each file descriptor comes with one byte of its own behind the packet.
    fn collect_files(&mut self) -> Result<Option<Packet<F>>, PacketError> {
        let Some((mut packet, mut due)) = self.waiting.take() else { return Ok(None) };
        while due > 0 {
            if self.buffer.is_empty() {
                self.waiting = Some((packet, due));
                return Ok(None);
            }
            packet.files.push(self.files.pop_front().ok_or(PacketError::FileMissing)?);
            self.buffer.advance(1);
            due -= 1;
        }
        self.drop_surplus_files();
        Ok(Some(packet))
    }

    /// What comes along where none belongs is closed. While bytes are left, it may belong to a packet in them.
    fn drop_surplus_files(&mut self) {
        if self.buffer.is_empty() {
            self.files.clear();
        }
    }
}

fn count_files<F>(mut packet: Packet<F>) -> Result<(Packet<F>, usize), PacketError> {
    let count = packet.payload.try_get_u32().map_err(|_| PacketError::NoFileCount)? as usize;
    if count > MOST_FILES {
        return Err(PacketError::Files(count));
    }
    Ok((packet, count))
}
