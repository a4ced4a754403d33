//! The files into which runs are put: a head of our own, the domain's document, and then what QEMU writes.
//!
//! | bytes | what |
//! |---|---|
//! | 16 | `omnivirt-save`, filled up with NUL |
//! | 4 | the form of the head, 1; this and the numbers behind it with the least significant byte first |
//! | 4 | 1 if the restored domain is paused |
//! | 8 | the length of the document |
//! | … | the document, and NUL up to the next multiple of 4,096 |
//!
//! A document that is changed later has to fit where the first one is: there is room for one of twice its size.

use crate::host::failed;
use omnivirt_core::domain::DomainConfig;
use omnivirt_core::{Error, ErrorKind, Result};
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

const MAGIC: [u8; 16] = *b"omnivirt-save\0\0\0";
const FORM: u32 = 1;
const HEAD_BYTES: usize = 40;
const BLOCK_BYTES: u64 = 4096;
/// The longest document that is read from a file.
const MOST_DOCUMENT_BYTES: u64 = 16 << 20;

/// The head of a file.
#[derive(Debug, Clone)]
pub(crate) struct Image {
    pub(crate) config: DomainConfig,
    pub(crate) paused: bool,
    /// Where QEMU's part begins.
    state_at: u64,
}

/// A file that is being written. Dropped before it is complete, nothing is left of it.
#[derive(Debug)]
pub(crate) struct Unfinished {
    path: PathBuf,
    beside: PathBuf,
    file: File,
    is_complete: bool,
}

impl Unfinished {
    /// Begins a file: what is there already stays until this one is complete.
    ///
    /// # Errors
    ///
    /// `System`.
    pub(crate) fn begin(path: &Path, config: &DomainConfig, paused: bool) -> Result<Self> {
        let text = config.as_str();
        let room = (HEAD_BYTES as u64 + 2 * text.len() as u64).next_multiple_of(BLOCK_BYTES);
        let mut name = path.as_os_str().to_owned();
        name.push(".part");
        let beside = PathBuf::from(name);
        let file =
            OpenOptions::new().read(true).write(true).create(true).truncate(true).mode(0o600).open(&beside);
        let file = file.map_err(|error| failed("make", &beside, error))?;
        let mut this = Self { path: path.to_owned(), beside, file, is_complete: false };
        let written =
            write_head(&this.file, text, paused, room).and_then(|()| this.file.seek(SeekFrom::Start(room)));
        written.map_err(|error| failed("write", path, error))?;
        Ok(this)
    }

    /// Where QEMU is to write: it goes on where the head ends.
    ///
    /// # Errors
    ///
    /// `System`.
    pub(crate) fn writer(&self) -> Result<File> {
        self.file.try_clone().map_err(|error| failed("write", &self.path, error))
    }

    /// Puts the file in its place.
    ///
    /// # Errors
    ///
    /// `System`.
    pub(crate) fn complete(mut self) -> Result<()> {
        let done = self.file.sync_all().and_then(|()| std::fs::rename(&self.beside, &self.path));
        done.map_err(|error| failed("write", &self.path, error))?;
        self.is_complete = true;
        Ok(())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.is_complete {
            // It was made here, and holds nothing that anybody could use.
            let _ = std::fs::remove_file(&self.beside);
        }
    }
}

fn write_head(file: &File, text: &str, paused: bool, room: u64) -> std::io::Result<()> {
    let mut head = Vec::with_capacity(HEAD_BYTES);
    head.extend_from_slice(&MAGIC);
    head.extend_from_slice(&FORM.to_le_bytes());
    head.extend_from_slice(&u32::from(paused).to_le_bytes());
    head.extend_from_slice(&(text.len() as u64).to_le_bytes());
    head.extend_from_slice(&room.to_le_bytes());
    head.write_all(text.as_bytes())?;
    file.write_all_at(&head, 0)
}

impl Image {
    /// Reads the head of a file, and leaves the file where QEMU's part begins.
    ///
    /// # Errors
    ///
    /// `System` if there is none or it is damaged.
    pub(crate) fn read(path: &Path) -> Result<(Self, File)> {
        let mut file = File::open(path).map_err(|error| failed("open", path, error))?;
        let damaged = |what: &str| {
            let message = format!("the file '{}' holds no saved domain: {what}", path.display());
            Error::new(ErrorKind::System, message)
        };
        let mut head = [0; HEAD_BYTES];
        file.read_exact(&mut head).map_err(|_| damaged("it is too short"))?;
        let number = |at: usize| u64::from_le_bytes(std::array::from_fn(|index| head[at + index]));
        let (form, paused) = (number(16) as u32, (number(16) >> 32) as u32);
        let (length, state_at) = (number(24), number(32));
        if head[..16] != MAGIC {
            return Err(damaged("it does not begin as one"));
        }
        if form != FORM {
            return Err(damaged(&format!("it is of the form {form}, and this program reads {FORM}")));
        }
        if length > MOST_DOCUMENT_BYTES || state_at < HEAD_BYTES as u64 + length {
            return Err(damaged("its head contradicts itself"));
        }
        let mut text = String::new();
        let read = (&mut file).take(length).read_to_string(&mut text);
        if read.is_err() || text.len() as u64 != length {
            return Err(damaged("its document is cut off or no text"));
        }
        file.seek(SeekFrom::Start(state_at)).map_err(|error| failed("read", path, error))?;
        Ok((Self { config: DomainConfig::parse(text)?, paused: paused != 0, state_at }, file))
    }

    /// Writes another document in the place of the one that a file has.
    ///
    /// # Errors
    ///
    /// `LimitExceeded` if it is too long for the file, `System`.
    pub(crate) fn rewrite(&self, path: &Path) -> Result<()> {
        let text = self.config.as_str();
        if (HEAD_BYTES + text.len()) as u64 > self.state_at {
            let most = self.state_at - HEAD_BYTES as u64;
            let message = format!("the document has {} bytes, and the file has room for {most}", text.len());
            return Err(Error::new(ErrorKind::LimitExceeded, message));
        }
        let file = OpenOptions::new().write(true).open(path).map_err(|error| failed("open", path, error))?;
        let written = write_head(&file, text, self.paused, self.state_at).and_then(|()| file.sync_all());
        written.map_err(|error| failed("write", path, error))
    }
}
