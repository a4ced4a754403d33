//! What comes from QEMU.

use omnivirt_core::{Error, ErrorKind};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// What QEMU says first.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Greeting {
    #[serde(rename = "QMP")]
    pub(crate) qmp: GreetingBody,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct GreetingBody {
    pub(crate) version: GreetingVersion,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct GreetingVersion {
    pub(crate) qemu: QemuVersion,
    /// The name of the package that it was built from; empty where it was built by hand.
    #[serde(default)]
    pub(crate) package: String,
}

/// The version of a QEMU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) struct QemuVersion {
    pub(crate) major: u32,
    pub(crate) minor: u32,
    pub(crate) micro: u32,
}

/// Something that happened, in QEMU's words.
#[derive(Debug, Clone)]
pub(crate) struct MonitorEvent {
    pub(crate) name: String,
    /// QEMU's own time of it: seconds since 1970, and microseconds.
    pub(crate) time: (i64, u32),
    /// Null if it has none.
    pub(crate) data: Value,
}

/// One line of QEMU's.
#[derive(Debug, Deserialize)]
pub(super) struct Message<'a> {
    pub(super) event: Option<String>,
    #[serde(default)]
    pub(super) timestamp: Time,
    #[serde(default)]
    pub(super) data: Value,
    /// The number that the command had.
    pub(super) id: Option<u64>,
    #[serde(borrow, rename = "return")]
    pub(super) answer: Option<&'a RawValue>,
    pub(super) error: Option<Refusal>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Time {
    seconds: i64,
    #[serde(default)]
    microseconds: i64,
}

impl Time {
    /// As [`MonitorEvent::time`].
    pub(super) fn parts(&self) -> (i64, u32) {
        // Where a host's clock cannot be read, QEMU says -1 for both.
        (self.seconds, u32::try_from(self.microseconds).unwrap_or(0))
    }
}

/// Why QEMU did not do what it was asked for.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Refusal {
    pub(crate) class: String,
    #[serde(rename = "desc")]
    pub(crate) description: String,
}

impl Refusal {
    /// The same as an error of a call.
    pub(super) fn into_error(self, command: &str) -> Error {
        let error =
            Error::new(ErrorKind::HypervisorError, format!("QEMU refuses '{command}': {}", self.description))
                .with_context("command", command.to_owned());
        // The class says more than that something is wrong only where it is another than this one.
        if self.class == "GenericError" { error } else { error.with_context("class", self.class) }
    }
}
