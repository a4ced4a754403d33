//! What goes wrong, as the core's errors.

use omnivirt_core::{Error, ErrorKind, LibvirtError};
use omnivirt_wire::structs;
use omnivirt_wire::xdr::XdrError;

/// How far opening a connection came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layer {
    /// Understanding the URI.
    Uri,
    /// Reaching the daemon.
    Transport,
    /// The first packets: whether somebody there speaks the protocol.
    Greeting,
    /// Saying who we are.
    Auth,
    /// Asking the daemon to open the hypervisor.
    Open,
    /// What the hypervisor's driver in the daemon said to that.
    Hypervisor,
}

impl Layer {
    /// As it is written in errors.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Uri => "uri",
            Self::Transport => "transport",
            Self::Greeting => "greeting",
            Self::Auth => "auth",
            Self::Open => "open",
            Self::Hypervisor => "hypervisor",
        }
    }

    /// Says in an error that it was this layer that failed.
    pub(crate) fn place(self, error: Error) -> Error {
        error.with_context("layer", self.name())
    }
}

/// The daemon's code for what it does not have.
const NO_SUPPORT: u32 = 3;

/// The daemon's code for trouble with the protocol.
const RPC: u32 = 39;

/// The domains of errors that the protocol's own layer makes.
pub(crate) const PROTOCOL_DOMAINS: [u32; 2] = [7, 13];

/// An error that the other side sent.
pub(crate) fn of_wire(wire: structs::Error) -> Error {
    let (code, domain) = (wire.code.cast_unsigned(), wire.domain.cast_unsigned());
    let message = match wire.message {
        Some(message) if !message.is_empty() => message,
        _ if code == 0 => "an error occurred, but the cause is unknown".into(),
        _ => "the daemon gave no reason".into(),
    };
    let is_unknown_procedure =
        code == RPC && PROTOCOL_DOMAINS.contains(&domain) && message.starts_with("unknown procedure");
    let (code, kind) = match code {
        _ if is_unknown_procedure => (NO_SUPPORT, ErrorKind::Unsupported),
        0 => (1, ErrorKind::Internal),
        code => (code, ErrorKind::from_libvirt_code(code).unwrap_or(ErrorKind::HypervisorError)),
    };
    let mut error = Error::new(kind, message);
    // What is in the message already is not told twice; the first text is only its template.
    for (key, text) in [("detail", &wire.str2), ("more_detail", &wire.str3)] {
        if let Some(text) =
            text.as_deref().filter(|text| !text.is_empty() && !error.message().contains(*text))
        {
            let text = text.to_owned();
            error = error.with_context(key, text);
        }
    }
    error.with_context("libvirt_code", code).with_context("libvirt_domain", domain).with_source(
        LibvirtError {
            code,
            domain,
            level: wire.level,
            texts: [wire.str1, wire.str2, wire.str3],
            numbers: [wire.int1, wire.int2],
        },
    )
}

/// The other side sent something that it should not have.
pub(crate) fn protocol(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::ProtocolError, message)
}

/// An answer that cannot be read.
pub(crate) fn unreadable(what: &str, error: XdrError) -> Error {
    protocol(format!("the answer to {what} cannot be read: {error}")).with_source(error)
}

/// Arguments that the protocol cannot carry.
pub(crate) fn unsendable(what: &str, error: XdrError) -> Error {
    Error::new(ErrorKind::LimitExceeded, format!("{what} cannot be asked for: {error}")).with_source(error)
}
