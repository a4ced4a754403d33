//! Storage pools.

use super::{Refusal, Request};
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
    }
    for earlier in &request.preload {
        let earlier = PoolConfig::parse(earlier.as_str()).and_then(|earlier| earlier.completed());
        check_taken(&config, &mut pool, &earlier.map_err(refusal)?).map_err(refusal)?;
    }
    pool.uuid.get_or_insert_with(Uuid::new_v4);
    let capacity = if is_test { TEST_CAPACITY } else { 0 };
    pool.capacity = Some(ByteSize::from_bytes(capacity));
    pool.allocation = Some(ByteSize::from_bytes(0));
    pool.available = Some(ByteSize::from_bytes(capacity));
    PoolConfig::new(&pool).map(Config::into_string).map_err(refusal)
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
    // The file is NAME.xml, and NAME.xml.new while it is written.
    if name.len() > 247 {
        return Err(Problem::new(DocumentErrorKind::System, "the name is too long for a file")
            .hint("at most 247 bytes")
            .at(place));
    }
    Ok(())
}

/// Refuses a name or a UUID that another pool has.
fn check_taken(config: &PoolConfig, pool: &mut Pool, earlier: &Pool) -> Result<(), DocumentError> {
    let same_name = pool.name == earlier.name;
    let same_uuid = pool.uuid.is_some() && pool.uuid == earlier.uuid;
    if same_name == same_uuid {
        return Ok(());
    }
    let message = if same_name { "another pool has that name" } else { "another pool has that UUID" };
    let name = if same_name { "name" } else { "uuid" };
    let place = config.root().child(name).unwrap_or(config.root());
    Err(Problem::new(DocumentErrorKind::Failed, message).at(place))
}
