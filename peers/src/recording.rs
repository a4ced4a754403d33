//! Sessions of real clients with libvirt's daemon, as they were recorded: JSON lines, one packet each.

use crate::{Result, own_file, repository};
use omnivirt_wire::packet::{Header, PacketType, Status};
use omnivirt_wire::procedure::Call;
use omnivirt_wire::remote::{ConnectOpen, ConnectOpenArgs};
use omnivirt_wire::xdr::Xdr;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// A session of a client.
#[derive(Debug)]
pub struct Recording {
    /// The name of its file.
    pub name: String,
    /// Its packets, in the order in which they were seen.
    pub frames: Vec<Frame>,
}

/// A packet of a session.
#[derive(Debug)]
pub struct Frame {
    /// Whether the client sent it.
    pub from_client: bool,
    /// Which of the session's connections it was on.
    pub connection: u32,
    /// Its header.
    pub header: Header,
    /// Its payload, with the count of file descriptors if it has one. In the sessions of this repository, which keep
    /// no more of it, that of a server's packet is empty.
    pub payload: Vec<u8>,
    /// How many file descriptors followed it.
    pub files: usize,
}

#[derive(Deserialize)]
struct Line {
    dir: String,
    prog: u32,
    vers: u32,
    #[serde(rename = "proc")]
    procedure: i32,
    #[serde(rename = "type")]
    packet_type: i32,
    serial: u32,
    status: i32,
    conn: u32,
    payload_hex: String,
    #[serde(default)]
    fds: usize,
}

/// The sessions that are kept in this repository: fifty, which use as many procedures as fifty can.
///
/// # Errors
///
/// One cannot be read.
pub fn kept() -> Result<Vec<Recording>> {
    folder(&own_file("sessions"))
}

/// Where all recorded sessions are, beside the repository; none if they are not.
#[must_use]
pub fn all_beside() -> Option<PathBuf> {
    let folder = repository().join("../shared/protocol/transcripts");
    folder.is_dir().then_some(folder)
}

/// The sessions in a folder, by name.
///
/// # Errors
///
/// One cannot be read.
pub fn folder(folder: &Path) -> Result<Vec<Recording>> {
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        files.push(entry.map_err(failed)?.path());
    }
    files.retain(|file| file.extension().is_some_and(|ending| ending == "jsonl"));
    files.sort();
    files.iter().map(|file| Recording::read(file)).collect()
}

impl Recording {
    /// Reads a session.
    ///
    /// # Errors
    ///
    /// It cannot be read, or a line is no packet.
    pub fn read(path: &Path) -> Result<Self> {
        let failed = |error: String| format!("{}: {error}", path.display());
        let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
        let frames = text.lines().map(Frame::read).collect::<Result<_>>().map_err(failed)?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { name, frames })
    }

    /// What its client sent on all connections, as bytes, with every host opened being the test driver's own.
    ///
    /// # Errors
    ///
    /// A packet that opens a host is none.
    pub fn client_bytes(&self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        for frame in self.frames.iter().filter(|frame| frame.from_client) {
            bytes.extend(frame.bytes_for_test()?);
            // The byte that comes with each file descriptor; the descriptors are missing.
            bytes.extend(vec![0; frame.files]);
        }
        Ok(bytes)
    }
}

impl Frame {
    fn read(line: &str) -> Result<Self> {
        let line: Line = serde_json::from_str(line).map_err(|error| error.to_string())?;
        let header = Header {
            program: line.prog,
            version: line.vers,
            procedure: line.procedure,
            packet_type: line.packet_type,
            serial: line.serial,
            status: line.status,
        };
        Ok(Self {
            from_client: line.dir == "c2s",
            connection: line.conn,
            header,
            payload: bytes_of(&line.payload_hex)?,
            files: line.fds,
        })
    }

    /// Whether it is a call that opens a host.
    #[must_use]
    pub fn opens(&self) -> bool {
        self.header.program == ConnectOpen::PROGRAM.number
            && self.header.procedure == ConnectOpen::PROCEDURE.number
            && self.header.kind() == Some(PacketType::Call)
    }

    /// Whether it answers a call.
    #[must_use]
    pub fn is_reply(&self) -> bool {
        matches!(self.header.kind(), Some(PacketType::Reply | PacketType::ReplyWithFiles))
    }

    /// The whole packet. If it opens a host, that is the test driver's own.
    ///
    /// # Errors
    ///
    /// It opens a host and cannot be read.
    pub fn bytes_for_test(&self) -> Result<Vec<u8>> {
        let mut payload = self.payload.clone();
        if self.opens() && self.header.is(Status::Ok) {
            // Some clients write the mark of an optional value in their own way; here it is as it should be.
            let flags = ConnectOpenArgs::from_bytes(&payload).map_err(|error| error.to_string())?.flags;
            let args = ConnectOpenArgs { name: Some("test:///default".into()), flags };
            payload = args.to_bytes().map_err(|error| error.to_string())?;
        }
        let mut bytes = self.header.before(payload.len()).map_err(|error| error.to_string())?.to_vec();
        bytes.extend(payload);
        Ok(bytes)
    }
}

fn bytes_of(hex: &str) -> Result<Vec<u8>> {
    let byte = |at: usize| hex.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    (0..hex.len()).step_by(2).map(|at| byte(at).ok_or_else(|| "not hexadecimal".to_owned())).collect()
}
