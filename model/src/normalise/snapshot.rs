//! Snapshots of a domain that does not run.

use super::domain::{DOMAIN, hypervisor};
use super::{Refusal, Request};
use crate::Timestamp;
use crate::document::{Config, DocumentError, DocumentErrorKind};
use crate::domain::rules::{self, Fault, Hypervisor};
use crate::domain::{
    Domain, DomainConfig, DomainType, Snapshot, SnapshotConfig, SnapshotDomain, SnapshotKeeping,
};

/// The number of libvirt's part for snapshots.
const SNAPSHOT: u32 = 35;

/// The snapshot was taken before.
const REDEFINE: u32 = 1;
/// It is the one that the next builds on.
const CURRENT: u32 = 2;
/// Nothing is noted.
const NO_METADATA: u32 = 4;
/// Only disks are kept.
const DISK_ONLY: u32 = 16;
/// The guest is asked to write what it has.
const QUIESCE: u32 = 64;
/// The guest runs on meanwhile.
const LIVE: u32 = 256;
/// What the test driver knows: those above, and to stop the domain, all disks or none, and to check the document.
const TEST_KNOWS: u32 = REDEFINE | CURRENT | 8 | QUIESCE | 128 | LIVE | 512;
/// What QEMU knows.
const QEMU_KNOWS: u32 = 0x3ff;

pub(super) fn normalise(request: &Request, input: &[u8]) -> Result<String, Refusal> {
    let refusal = |error: DocumentError| Refusal::of(&error, SNAPSHOT);
    let hypervisor = hypervisor(&request.driver)?;
    let base = base(request, &*hypervisor)?;
    let keeping = match request.driver.as_str() {
        "test" => SnapshotKeeping::Noted,
        _ => SnapshotKeeping::Images,
    };
    check_flags(request.flags, keeping)?;
    let mut snapshots = Vec::new();
    for earlier in &request.preload {
        let earlier = SnapshotConfig::parse(earlier.as_str()).map_err(refusal)?;
        snapshots.push(earlier.typed());
    }
    let config = SnapshotConfig::parse_bytes(input).map_err(refusal)?;
    let taken = SnapshotDomain { domain: &base, keeping, snapshots: &snapshots, now: Timestamp::now() };
    let snapshot = if request.flags & REDEFINE == 0 {
        let mut snapshot = config.typed();
        let done = snapshot.take(&taken, request.flags & DISK_ONLY != 0);
        done.map_err(|fault| refusal(fault.in_document(config.root())))?;
        snapshot
    } else {
        taken_over(&config, &taken, &*hypervisor).map_err(refusal)?
    };
    if request.flags & NO_METADATA != 0 {
        return Err(Refusal::new(72, SNAPSHOT, "nothing is noted of the snapshot"));
    }
    SnapshotConfig::new(&snapshot).map(Config::into_string).map_err(refusal)
}

/// The domain that the snapshot is of, under the rules of the driver. The test driver has it as a domain of its own type.
pub(super) fn base(request: &Request, hypervisor: &dyn Hypervisor) -> Result<Domain, Refusal> {
    let base = request.base.as_deref().ok_or_else(|| Refusal::new(8, 0, "a domain is needed as base"))?;
    let refusal = |error: DocumentError| Refusal::of(&error, DOMAIN);
    let config = DomainConfig::parse(base).map_err(refusal)?;
    let mut domain = config.typed();
    if request.driver == "test" {
        domain.domain_type = DomainType::new("test").map_err(|problem| refusal(problem.at(config.root())))?;
        domain.devices.emulator = None;
        if let Some(os_type) = domain.os.as_mut().and_then(|os| os.os_type.as_mut()) {
            os_type.arch = None;
            os_type.machine = None;
        }
    }
    rules::complete(&mut domain, hypervisor).map_err(|fault| refusal(fault.in_document(config.root())))?;
    Ok(domain)
}

fn check_flags(flags: u32, keeping: SnapshotKeeping) -> Result<(), Refusal> {
    let known = match keeping {
        SnapshotKeeping::Noted => TEST_KNOWS,
        SnapshotKeeping::Images => QEMU_KNOWS,
    };
    let needs = |flag: u32, other: u32| flags & flag != 0 && flags & other == 0;
    if flags & !known != 0 {
        return Err(Refusal::new(8, SNAPSHOT, format!("the driver knows no flags {:#x}", flags & !known)));
    }
    let is_real = keeping == SnapshotKeeping::Images;
    if needs(CURRENT, REDEFINE) || (is_real && needs(QUIESCE, DISK_ONLY)) {
        return Err(Refusal::new(8, SNAPSHOT, "a flag is missing that another needs"));
    }
    if is_real && flags & LIVE != 0 {
        return Err(Refusal::new(84, SNAPSHOT, "the domain does not run"));
    }
    Ok(())
}

fn taken_over(
    config: &SnapshotConfig,
    taken: &SnapshotDomain<'_>,
    hypervisor: &dyn Hypervisor,
) -> Result<Snapshot, DocumentError> {
    let place = |fault: Fault| fault.in_document(config.root());
    let mut snapshot = config.typed();
    if snapshot.state.is_none() && config.root().child("state").is_some_and(|state| !state.text().is_empty())
    {
        let message = "a snapshot has no such state";
        return Err(place(Fault::new(DocumentErrorKind::Unsupported, "state", message)));
    }
    // A domain that says of which type it is must be a good one.
    let inner = config.root().child("domain").filter(|domain| domain.attribute("type").is_some());
    if let (None, Some(inner), true) = (&snapshot.domain, inner, snapshot.creation_time.is_some()) {
        DomainConfig::from_element(inner)?;
    }
    for domain in [&mut snapshot.domain, &mut snapshot.inactive_domain].into_iter().flatten() {
        rules::complete(domain, hypervisor).map_err(place)?;
    }
    snapshot.take_over(taken).map_err(place)?;
    Ok(snapshot)
}
