//! A file descriptor that is readable while something is due.

use crate::error::{Error, Result};
use omnivirt_model::ErrorKind;
use rustix::io::Errno;
use std::io::{PipeReader, PipeWriter};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::sync::Arc;

/// A file descriptor for a poll loop. It stays valid while this value, or a clone of it, is there.
#[derive(Debug, Clone)]
pub struct Descriptor(Arc<PipeReader>);

impl AsFd for Descriptor {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl AsRawFd for Descriptor {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}

/// Sets what a [`Descriptor`] shows: a pipe with a byte in it, or none.
#[derive(Debug)]
pub(super) struct Signal {
    reader: Arc<PipeReader>,
    writer: PipeWriter,
    is_set: bool,
}

impl Signal {
    pub(super) fn new() -> Result<Self> {
        let failed = |source| {
            Error::new(ErrorKind::Internal, "cannot make a file descriptor for events").with_source(source)
        };
        let (reader, writer) = std::io::pipe().map_err(failed)?;
        // A program that reads the byte itself must not make this end wait for it.
        for end in [reader.as_fd(), writer.as_fd()] {
            rustix::io::ioctl_fionbio(end, true).map_err(|error| failed(error.into()))?;
        }
        Ok(Self { reader: Arc::new(reader), writer, is_set: false })
    }

    pub(super) fn descriptor(&self) -> Descriptor {
        Descriptor(self.reader.clone())
    }

    pub(super) fn set(&mut self, is_set: bool) {
        if self.is_set == is_set {
            return;
        }
        self.is_set = is_set;
        let moved = if is_set {
            rustix::io::write(&self.writer, &[1])
        } else {
            rustix::io::read(&*self.reader, &mut [0_u8])
        };
        match moved {
            Ok(_) | Err(Errno::AGAIN) => {}
            Err(error) => {
                tracing::error!(%error, "cannot show on the file descriptor whether events are due")
            }
        }
    }
}
