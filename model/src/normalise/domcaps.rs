//! What domains can have: the document is a question in JSON.

use super::Refusal;
use crate::capabilities::{DomainCapabilities, DomainCapabilitiesConfig, DomainQuestion};
use crate::document::Config;
use serde::Deserialize;

/// The number of libvirt's part for QEMU.
const QEMU: u32 = 10;

/// A question with the call's flags.
#[derive(Debug, Deserialize)]
struct Call {
    #[serde(flatten)]
    question: DomainQuestion,
    #[serde(default)]
    flags: u32,
}

pub(super) fn normalise(input: &[u8]) -> Result<String, Refusal> {
    let invalid = |message: String| Refusal::new(8, QEMU, message);
    let call: Call = serde_json::from_slice(input).map_err(|error| invalid(error.to_string()))?;
    if call.flags != 0 {
        return Err(invalid("the call has no flags".to_owned()));
    }
    let capabilities = DomainCapabilities::debian_12(&call.question)
        .map_err(|problem| Refusal::new(problem.kind.libvirt_code(), QEMU, problem.to_string()))?;
    let document = DomainCapabilitiesConfig::new(&capabilities).map(Config::into_string);
    document.map_err(|error| Refusal::of(&error, QEMU))
}
