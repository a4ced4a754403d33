//! Devices of a domain: attached, detached and updated in its definition.

use super::domain::{DOMAIN, defined, printed};
use super::{Refusal, Request};
use crate::document::DocumentError;
use crate::domain::DomainConfig;

pub(super) fn normalise(request: &Request, input: &[u8]) -> Result<String, Refusal> {
    let refusal = |error: DocumentError| Refusal::of(&error, DOMAIN);
    let base = request.base.as_deref().unwrap_or_default();
    let domain = defined(request, base.as_bytes())?;
    let config = DomainConfig::new(&domain).map_err(refusal)?;
    let device = std::str::from_utf8(input)
        .map_err(|_| Refusal::new(35, DOMAIN, "the document of the device is no UTF-8"))?;
    let changed = match request.operation.as_deref().unwrap_or("attach") {
        "attach" => config.attach(device),
        "detach" => config.detach(device),
        "update" => config.update(device),
        other => {
            return Err(Refusal::unknown("way to change a device", other, ["attach", "detach", "update"]));
        }
    };
    let changed = changed.map_err(refusal)?;
    // The device is completed first and then put in its place among the others, which can depend on what it is.
    let completed = printed(&defined(request, changed.as_str().as_bytes())?)?;
    printed(&defined(request, completed.as_bytes())?)
}
