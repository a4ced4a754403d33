//! What a procedure is: its number, and what goes along with it.

use crate::xdr::{Xdr, XdrError};

/// A group of procedures with numbers of their own.
#[derive(Debug)]
#[non_exhaustive]
pub struct Program {
    /// Its name, such as `remote`.
    pub name: &'static str,
    /// Its number on the wire.
    pub number: u32,
    /// Its version on the wire.
    pub version: u32,
    /// Its procedures, in the order of their numbers.
    pub procedures: &'static [Procedure],
}

impl Program {
    /// The program of that number.
    #[must_use]
    pub fn find(number: u32) -> Option<&'static Self> {
        crate::generated::PROGRAMS.iter().copied().find(|program| program.number == number)
    }

    /// The procedure of that number.
    #[must_use]
    pub fn procedure(&self, number: i32) -> Option<&'static Procedure> {
        let found = self.procedures.binary_search_by_key(&number, |procedure| procedure.number);
        found.ok().map(|index| &self.procedures[index])
    }
}

/// A procedure of a program, described.
#[derive(Debug)]
#[non_exhaustive]
pub struct Procedure {
    /// Its name, such as `domain_create`.
    pub name: &'static str,
    /// Its number within its program.
    pub number: i32,
    /// Who says it.
    pub direction: Direction,
    /// Whether it is answered from what is known at once, never by waiting for a hypervisor.
    pub high_priority: bool,
    /// Whether it may be called before the client has said who it is.
    pub before_auth: bool,
    /// Which way a stream goes that a successful call opens.
    pub stream: Option<StreamDirection>,
    /// Whether the stream may have holes in it.
    pub holes: bool,
    /// With what file descriptors go.
    pub files: Files,
    /// The first version of libvirt that has it, where 9.0.0 does not.
    pub since: Option<&'static str>,
    /// Reads arguments, or a message, and writes them again.
    pub recode_args: fn(&[u8]) -> Result<Vec<u8>, XdrError>,
    /// Reads results and writes them again.
    pub recode_ret: fn(&[u8]) -> Result<Vec<u8>, XdrError>,
}

/// Who says something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The client calls, the server replies.
    Call,
    /// The server tells, and nobody answers.
    Message,
}

/// Which way a stream goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamDirection {
    /// From the client to the server.
    Upload,
    /// From the server to the client.
    Download,
    /// Both ways at once.
    Bidirectional,
}

/// With what file descriptors go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Files {
    Never,
    WithCall,
    WithReply,
    WithBoth,
}

/// A call by its types: what it takes and what it gives.
pub trait Call {
    /// What it takes.
    type Args: Xdr;
    /// What it gives.
    type Ret: Xdr;
    /// The program that it belongs to.
    const PROGRAM: &'static Program;
    /// What else there is to know.
    const PROCEDURE: &'static Procedure;
}

/// A message that nobody answers, by its type.
pub trait Message: Xdr {
    /// The program that it belongs to.
    const PROGRAM: &'static Program;
    /// What else there is to know.
    const PROCEDURE: &'static Procedure;
}

/// Reads a value and writes it again.
pub(crate) fn recode<T: Xdr>(bytes: &[u8]) -> Result<Vec<u8>, XdrError> {
    T::from_bytes(bytes)?.to_bytes()
}
