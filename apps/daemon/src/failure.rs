//! Errors as libvirt's clients see them.

use crate::names;
use omnivirt::ErrorKind;
use omnivirt_wire::convert::ConvertError;
use omnivirt_wire::packet::{Header, PacketType, Status};
use omnivirt_wire::procedure::Program;
use omnivirt_wire::structs;
use omnivirt_wire::xdr::XdrError;
use std::fmt;

/// Numbers of where errors come from.
pub(crate) mod domain {
    pub(crate) const NONE: i32 = 0;
    pub(crate) const RPC: i32 = 7;
    pub(crate) const STREAMS: i32 = 38;
}

/// Numbers of what errors are.
pub(crate) mod code {
    pub(crate) const INTERNAL: i32 = 1;
    pub(crate) const NO_SUPPORT: i32 = 3;
    pub(crate) const NO_CONNECT: i32 = 5;
    pub(crate) const INVALID_ARGUMENT: i32 = 8;
    pub(crate) const READ_ONLY: i32 = 29;
    pub(crate) const SYSTEM: i32 = 38;
    pub(crate) const RPC: i32 = 39;
    pub(crate) const AUTH_FAILED: i32 = 45;
}

/// How much of a text is told: one may quote a name of 4 MiB, of which several copies are made on the way.
const TEXT_BYTES: usize = 65_536;

fn beginning(text: &str) -> &str {
    let end = (0..=TEXT_BYTES.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or(0)]
}

/// Why a call failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) code: i32,
    pub(crate) domain: i32,
    /// The whole text; nothing where it depends on the procedure that was called.
    message: String,
    /// The number of the system's error, if it is one.
    number: i32,
}

impl Failure {
    /// An error with its whole text.
    pub(crate) fn new(code: i32, domain: i32, message: impl Into<String>) -> Self {
        Self { code, domain, message: message.into(), number: -1 }
    }

    pub(crate) fn internal(message: impl fmt::Display) -> Self {
        Self::new(code::INTERNAL, domain::RPC, format!("internal error: {message}"))
    }

    pub(crate) fn rpc(message: impl Into<String>) -> Self {
        Self::new(code::RPC, domain::RPC, message)
    }

    /// There is no such program, or none of that version.
    pub(crate) fn no_program(header: &Header) -> Self {
        Self::rpc(format!("Cannot find program {} version {}", header.program, header.version))
    }

    pub(crate) fn not_open() -> Self {
        Self::internal("hypervisor connection not open")
    }

    /// An error with what to do about it, for which libvirt's errors have no place of their own.
    pub(crate) fn with_hint(error: omnivirt::Error) -> Self {
        let hint = error.hint().map(|hint| format!("; {}", beginning(hint)));
        let mut failure = Self::from(error);
        if let Some(hint) =
            hint.filter(|hint| !failure.message.is_empty() && !failure.message.ends_with(&**hint))
        {
            failure.message += &hint;
        }
        failure
    }

    /// Nothing serves the procedure.
    pub(crate) fn unsupported() -> Self {
        Self::new(code::NO_SUPPORT, domain::NONE, "")
    }

    pub(crate) fn cannot_write(error: rustix::io::Errno) -> Self {
        let text = std::io::Error::from(error).to_string();
        // The system's own text, without the number that the standard library adds.
        let text = text.split(" (os error").next().unwrap_or_default();
        Self {
            number: error.raw_os_error(),
            ..Self::new(code::SYSTEM, domain::STREAMS, format!("cannot write to stream: {text}"))
        }
    }

    /// A stream whose far end failed.
    pub(crate) fn stream(doing: &str, error: &std::io::Error) -> Self {
        let whole = error.to_string();
        let text = whole.split(" (os error").next().unwrap_or_default();
        Self {
            number: error.raw_os_error().unwrap_or(-1),
            ..Self::new(code::SYSTEM, domain::STREAMS, format!("cannot {doing} stream: {text}"))
        }
    }

    /// The results are more than a packet, or a list in it, can hold.
    pub(crate) fn unsendable(error: XdrError) -> Self {
        Self::rpc(format!("Unable to encode message payload: {error}"))
    }

    /// The error as it goes to the client that called the procedure.
    pub(crate) fn payload(mut self, header: &Header) -> structs::Error {
        let program = Program::find(header.program);
        let procedure = program.and_then(|program| program.procedure(header.procedure));
        let program = program.map_or("", |program| program.name);
        let procedure = procedure.map_or("", |procedure| procedure.name);
        if [code::READ_ONLY, code::NO_SUPPORT].contains(&self.code) {
            self.domain = names::domain_of(program, procedure);
        }
        let (template, text) = match self.code {
            code::NO_SUPPORT => {
                let name = names::function_of(program, procedure);
                ("this function is not supported by the connection driver: %s", name)
            }
            code::READ_ONLY => {
                let name = names::function_of(program, procedure);
                ("operation forbidden: %s", format!("read only access prevents {name}"))
            }
            _ => ("%s", std::mem::take(&mut self.message)),
        };
        structs::Error {
            code: self.code,
            domain: self.domain,
            message: Some(template.replace("%s", &text)),
            level: 2,
            dom: None,
            str1: Some(template.to_owned()),
            str2: Some(text),
            str3: None,
            int1: self.number,
            int2: -1,
            net: None,
        }
    }

    /// The whole packet that answers a call with this error, or ends a stream with it.
    pub(crate) fn packet(self, header: &Header, packet_type: PacketType) -> Vec<u8> {
        let mut packet = Vec::new();
        let mut error = self.payload(header);
        let header = header.answer(packet_type, Status::Error);
        if header.write(None, &error, &mut packet).is_err() {
            // A text of more than 4 MiB: the number says what it is.
            (error.message, error.str2) = (None, None);
            let _ = header.write(None, &error, &mut packet);
        }
        packet
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl From<XdrError> for Failure {
    fn from(_: XdrError) -> Self {
        Self::rpc("Unable to decode message payload")
    }
}

impl From<ConvertError> for Failure {
    fn from(error: ConvertError) -> Self {
        Self::new(code::INVALID_ARGUMENT, domain::NONE, format!("invalid argument: {error}"))
    }
}

impl From<omnivirt::Error> for Failure {
    fn from(error: omnivirt::Error) -> Self {
        let code = error.libvirt_code().cast_signed();
        let of_driver = || error.context("driver").map_or(domain::NONE, names::domain_of_driver);
        let domain = names::domain_of_code(code).unwrap_or_else(of_driver);
        let text = match (error.kind(), error.hint()) {
            // Without its hint an internal error says little.
            (ErrorKind::Internal, Some(hint)) => format!("{}; {hint}", beginning(error.message())),
            _ => beginning(error.message()).to_owned(),
        };
        match code {
            code::NO_SUPPORT => Self::unsupported(),
            code => Self::new(code, domain, format!("{}{text}", names::prefix_of(code))),
        }
    }
}
