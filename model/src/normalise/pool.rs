//! Storage pools.

use super::{Refusal, Request, check_file_name, refuse_taken, taken};
use crate::document::{ByteSize, Config, DocumentError, DocumentErrorKind, Problem};
use crate::storage::{Pool, PoolConfig, PoolType};
use uuid::Uuid;

/// The number of libvirt's part for storage.
pub(super) const STORAGE: u32 = 18;

/// How much a pool of the test driver can hold.
pub(super) const TEST_CAPACITY: u64 = 100 << 30;

pub(super) fn normalise(request: &Request, input: &[u8]) -> Result<String, Refusal> {
    let config = PoolConfig::parse_bytes(input).map_err(refusal)?;
    let mut pool = config.completed().map_err(refusal)?;
    let is_test = request.driver == "test";
    if !is_test {
        check_keeping(&config, &pool).map_err(refusal)?;
        check_file_name(identity(&pool).0, config.root(), STORAGE)?;
    }
    for earlier in &request.preload {
        let earlier = PoolConfig::parse(earlier.as_str()).and_then(|earlier| earlier.completed());
        let earlier = earlier.map_err(refusal)?;
        if let Some(what) = taken(identity(&pool), [identity(&earlier)]) {
            return Err(refuse_taken(what, config.root(), STORAGE));
        }
    }
    pool.uuid.get_or_insert_with(Uuid::new_v4);
    let capacity = if is_test { TEST_CAPACITY } else { 0 };
    pool.capacity = Some(ByteSize::from_bytes(capacity));
    pool.allocation = Some(ByteSize::from_bytes(0));
    pool.available = Some(ByteSize::from_bytes(capacity));
    PoolConfig::new(&pool).map(Config::into_string).map_err(refusal)
}

fn identity(pool: &Pool) -> (&str, Option<Uuid>) {
    (pool.name.as_deref().unwrap_or_default(), pool.uuid)
}

/// What libvirt says of it: it knows no error of its own for a name that is missing.
pub(super) fn refusal(error: DocumentError) -> Refusal {
    let error = match error.kind {
        DocumentErrorKind::MissingName => error.of_kind(DocumentErrorKind::Invalid),
        _ => error,
    };
    Refusal::of(&error, STORAGE)
}

/// What a host of Debian cannot keep: a file system has no file of that name, and some types have no program.
fn check_keeping(config: &PoolConfig, pool: &Pool) -> Result<(), DocumentError> {
    let name = pool.name.as_deref().unwrap_or_default();
    let place = config.root().child("name").unwrap_or(config.root());
    if matches!(pool.pool_type, PoolType::Sheepdog | PoolType::Vstorage) {
        let message = format!("this host has no pools of type {}", pool.pool_type);
        return Err(Problem::new(DocumentErrorKind::Malformed, message).at_attribute(config.root(), "type"));
    }
    if name.contains('\n') {
        let problem = Problem::new(DocumentErrorKind::Syntax, "the name has a line feed in it");
        return Err(problem.hint("write it on one line").at(place));
    }
    Ok(())
}
