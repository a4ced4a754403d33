//! Checkpoints of a domain that does not run.

use super::domain::hypervisor;
use super::snapshot::base;
use super::{Refusal, Request};
use crate::document::{Config, DocumentError, DocumentErrorKind, Problem, Shape, Unknown};
use crate::domain::rules;
use crate::domain::{Checkpoint, CheckpointConfig, CheckpointMode};
use crate::xml::Document;

/// The number of libvirt's part for checkpoints.
const CHECKPOINT: u32 = 63;

/// The checkpoint was made before.
const REDEFINE: u32 = 1;
/// The guest is asked to write what it has, which only the test driver lets pass.
const QUIESCE: u32 = 2;
/// It is looked whether the images have it.
const REDEFINE_VALIDATE: u32 = 4;

pub(super) fn normalise(request: &Request, input: &[u8]) -> Result<String, Refusal> {
    let refusal = |error: DocumentError| Refusal::of(&error, CHECKPOINT);
    let is_test = request.driver == "test";
    check_flags(request.flags, is_test)?;
    let hypervisor = hypervisor(&request.driver)?;
    let base = base(request, &*hypervisor)?;
    if is_test || request.flags & REDEFINE == 0 {
        return Err(Refusal::new(84, CHECKPOINT, "a checkpoint is made of a domain that runs"));
    }
    let mut others = Vec::new();
    for earlier in &request.preload {
        others.push(CheckpointConfig::parse(earlier.as_str()).map_err(refusal)?.typed());
    }
    let config = read(input).map_err(refusal)?;
    let mut checkpoint = config.typed();
    let place = |fault: rules::Fault| refusal(fault.in_document(config.root()));
    if let Some(domain) = &mut checkpoint.domain {
        rules::complete(domain, &*hypervisor).map_err(place)?;
    }
    checkpoint.take_over(&base, &others).map_err(place)?;
    CheckpointConfig::new(&checkpoint).map(Config::into_string).map_err(refusal)
}

fn check_flags(flags: u32, is_test: bool) -> Result<(), Refusal> {
    let known = REDEFINE | REDEFINE_VALIDATE | if is_test { QUIESCE } else { 0 };
    let has = |flag: u32| flags & flag != 0;
    if flags & !known != 0 || (has(REDEFINE) && has(QUIESCE)) || (has(REDEFINE_VALIDATE) && !has(REDEFINE)) {
        return Err(Refusal::new(8, CHECKPOINT, "the driver does not know these flags together"));
    }
    Ok(())
}

/// Reads a checkpoint, which libvirt checks against its schema: nothing may be in it that is not known. The domain in it
/// is left to its own rules.
fn read(input: &[u8]) -> Result<CheckpointConfig, DocumentError> {
    let document = Document::parse_bytes(input, &crate::xml::Limits::DOCUMENT)?;
    let mut unknown = Vec::new();
    Shape::of::<Checkpoint>().unknown(document.root(), &mut unknown);
    let domain = document.root().child("domain");
    let is_own = |unknown: &Unknown<'_>| {
        let (Unknown::Element(element) | Unknown::Attribute(element, _)) = *unknown;
        domain.is_none()
            || !std::iter::successors(Some(element), |element| element.parent())
                .any(|above| Some(above) == domain)
    };
    if let Some(first) = unknown.iter().find(|unknown| is_own(unknown)) {
        let problem = Problem::new(DocumentErrorKind::Schema, "a checkpoint has nothing of that name");
        return Err(match first {
            Unknown::Element(element) => problem.at(*element),
            Unknown::Attribute(element, attribute) => problem.at_attribute(*element, attribute.name()),
        });
    }
    let schema = |error: DocumentError| match error.kind {
        DocumentErrorKind::Syntax | DocumentErrorKind::Unsupported => error,
        _ => error.of_kind(DocumentErrorKind::Schema),
    };
    drop(unknown);
    let config = CheckpointConfig::try_from(document).map_err(schema)?;
    check_values(&config)?;
    Ok(config)
}

/// Refuses values that the schema does not have.
fn check_values(config: &CheckpointConfig) -> Result<(), DocumentError> {
    let root = config.root();
    let checkpoint = config.typed();
    let is_name = |name: &str| {
        !name.starts_with('.')
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
    };
    let fault = |name: &str| {
        let problem = Problem::new(DocumentErrorKind::Schema, "that does not follow the schema");
        Err(problem.at(root.child(name).unwrap_or(root)))
    };
    if checkpoint.name.as_ref().is_some_and(|name| !is_name(name)) {
        return fault("name");
    }
    if checkpoint.creation_time.is_some_and(|time| time < 0) {
        return fault("creationTime");
    }
    let disks = checkpoint.disks.iter().flat_map(|disks| &disks.disks);
    let contradicts = |disk: &crate::domain::CheckpointDisk| {
        disk.checkpoint == Some(CheckpointMode::No) && (disk.bitmap.is_some() || disk.size.is_some())
    };
    if disks.into_iter().any(contradicts) {
        return fault("disks");
    }
    Ok(())
}
