//! Secrets.

use super::{Refusal, Request};
use crate::document::{Config, DocumentError, DocumentErrorKind, Problem};
use crate::secret::{Secret, SecretConfig, SecretUsage};
use uuid::Uuid;

/// The number of libvirt's part for secrets.
const SECRET: u32 = 30;

pub(super) fn normalise(request: &Request, input: &[u8]) -> Result<String, Refusal> {
    let refusal = |error| Refusal::of(&error, SECRET);
    let config = SecretConfig::parse_bytes(input).map_err(refusal)?;
    let mut secret = config.completed();
    for earlier in &request.preload {
        let earlier = SecretConfig::parse(earlier.as_str()).map_err(refusal)?.completed();
        check_taken(&config, &secret, &earlier).map_err(refusal)?;
    }
    secret.uuid.get_or_insert_with(Uuid::new_v4);
    SecretConfig::new(&secret).map(Config::into_string).map_err(refusal)
}

/// Refuses a secret that is for what another one is for, or that changes what it is for.
fn check_taken(config: &SecretConfig, secret: &Secret, earlier: &Secret) -> Result<(), DocumentError> {
    let id = |secret: &Secret| secret.usage.as_ref().map(|usage| usage.id().to_owned());
    let word = |secret: &Secret| secret.usage.as_ref().map(SecretUsage::as_str);
    let message = if secret.uuid.is_some() && secret.uuid == earlier.uuid {
        (id(secret) != id(earlier)).then_some("the secret is for something else already")
    } else {
        let same = secret.usage.is_some() && id(secret) == id(earlier) && word(secret) == word(earlier);
        same.then_some("another secret is for that already")
    };
    let Some(message) = message else { return Ok(()) };
    let place = config.root().child("usage").unwrap_or(config.root());
    Err(Problem::new(DocumentErrorKind::Malformed, message).at(place))
}
