//! How much memory and how many virtual CPUs a domain has.

use super::rules;
use crate::case::Case;
use crate::failure::{Outcome, ensure, ensure_eq, refused};
use crate::life::Life;
use crate::rig::Rig;
use crate::watch::Watch;
use omnivirt_core::event::BalloonChange;
use omnivirt_core::*;
use std::sync::Arc;

pub(super) fn cases() -> Vec<Case> {
    rules!["sizes":
        info_says_what_was_defined [CONNECTION_DEFINE, DOMAIN_INFO]
            "a domain has memory and virtual CPUs, and no more memory than it can have",
        cpu_time_does_not_fall [CONNECTION_DEFINE, DOMAIN_START, DOMAIN_INFO]
            "the CPU time of a run never falls, and is 0 without a run",
        memory_of_a_run_can_be_set [CONNECTION_DEFINE, DOMAIN_START, DOMAIN_INFO, DOMAIN_SET_MEMORY]
            "memory that is set on a running domain is what it has then, and that is told",
        memory_of_a_definition_waits_for_a_start [CONNECTION_DEFINE, DOMAIN_START, DOMAIN_DESTROY, DOMAIN_INFO, DOMAIN_SET_MEMORY]
            "memory that is set in the definition is what the next run has",
        memory_has_a_limit [CONNECTION_DEFINE, DOMAIN_START, DOMAIN_INFO, DOMAIN_SET_MEMORY]
            "more memory than the domain can have is refused as invalid_argument, and changes nothing",
        vcpus_of_a_run_can_be_set [CONNECTION_DEFINE, DOMAIN_START, DOMAIN_VCPU_COUNT, DOMAIN_SET_VCPUS]
            "a number of virtual CPUs that is set on a running domain is what it has then",
        vcpus_of_a_definition_can_be_set [CONNECTION_DEFINE, DOMAIN_START, DOMAIN_VCPU_COUNT, DOMAIN_SET_VCPUS]
            "a number of virtual CPUs that is set in the definition leaves the run as it is",
        vcpus_have_limits [CONNECTION_DEFINE, DOMAIN_START, DOMAIN_VCPU_COUNT, DOMAIN_SET_VCPUS]
            "no virtual CPU, and more than there can be, are refused as invalid_argument",
        each_vcpu_is_described [CONNECTION_DEFINE, DOMAIN_START, DOMAIN_VCPU_COUNT, DOMAIN_VCPUS]
            "as many virtual CPUs are described as there are, numbered from 0",
    ]
}

fn here() -> AffectOptions {
    AffectOptions::default()
}

async fn info_says_what_was_defined(rig: Arc<Rig>) -> Outcome {
    for life in [Life::ShutOff, Life::Running] {
        let info = rig.domain(life).await?.info().await?;
        ensure!(info.vcpus > 0 && info.max_memory_kib > 0, "the {} domain has {info:?}", life.words());
        ensure!(info.memory_kib <= info.max_memory_kib, "the {} domain has {info:?}", life.words());
    }
    Ok(())
}

async fn cpu_time_does_not_fall(rig: Arc<Rig>) -> Outcome {
    let off = rig.domain(Life::ShutOff).await?.info().await?.cpu_time_ns;
    ensure_eq!(off, 0, "the CPU time of a domain that is off");
    let domain = rig.domain(Life::Running).await?;
    let mut before = 0;
    for _ in 0..3 {
        if rig.claims(&calls::CONNECTION_ADVANCE_TIME) {
            rig.connection().advance_time(1_000).await?;
        }
        let now = domain.info().await?.cpu_time_ns;
        ensure!(now >= before, "the CPU time fell from {before} ns to {now} ns");
        before = now;
    }
    Ok(())
}

async fn memory_of_a_run_can_be_set(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::Running).await?;
    let mut watch = Watch::all(rig.connection()).await?;
    let wanted = domain.info().await?.max_memory_kib / 2;
    domain.set_memory(wanted, here().live(true), SetMemoryOptions::default()).await?;
    if !rig.fixture().guest_obeys() {
        // It gives memory back when it comes to it, or not.
        return Ok(());
    }
    ensure_eq!(domain.info().await?.memory_kib, wanted, "the memory of the run");
    watch.told(&rig, &domain, &[BalloonChange::new(wanted).into()]).await
}

async fn memory_of_a_definition_waits_for_a_start(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::Running).await?;
    let before = domain.info().await?;
    let wanted = before.max_memory_kib / 2;
    domain.set_memory(wanted, here().config(true), SetMemoryOptions::default()).await?;
    ensure_eq!(domain.info().await?.memory_kib, before.memory_kib, "the memory of the run");
    domain.destroy(DestroyOptions::default()).await?;
    domain.start(StartOptions::default()).await?;
    ensure_eq!(domain.info().await?.memory_kib, wanted, "the memory of the next run");
    Ok(())
}

async fn memory_has_a_limit(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::Running).await?;
    let before = domain.info().await?;
    let answer =
        domain.set_memory(before.max_memory_kib + 1, here().live(true), SetMemoryOptions::default()).await;
    refused(answer, ErrorKind::InvalidArgument, "more memory than it can have")?;
    ensure_eq!(domain.info().await?.memory_kib, before.memory_kib, "the memory of the run");
    Ok(())
}

async fn count(domain: &Domain, affect: AffectOptions) -> Result<u32> {
    domain.vcpu_count(affect, VcpuCountOptions::default()).await
}

async fn vcpus_of_a_run_can_be_set(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::Running).await?;
    let before = count(&domain, here().config(true)).await?;
    domain.set_vcpus(1, here().live(true), SetVcpusOptions::default()).await?;
    ensure_eq!(count(&domain, here().live(true)).await?, 1, "the virtual CPUs of the run");
    ensure_eq!(count(&domain, here().config(true)).await?, before, "the virtual CPUs of the definition");
    Ok(())
}

async fn vcpus_of_a_definition_can_be_set(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::Running).await?;
    let before = count(&domain, here().live(true)).await?;
    domain.set_vcpus(1, here().config(true), SetVcpusOptions::default()).await?;
    ensure_eq!(count(&domain, here().config(true)).await?, 1, "the virtual CPUs of the definition");
    ensure_eq!(count(&domain, here().live(true)).await?, before, "the virtual CPUs of the run");
    Ok(())
}

async fn vcpus_have_limits(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::Running).await?;
    let before = count(&domain, here()).await?;
    let most = domain.vcpu_count(here(), VcpuCountOptions::default().maximum(true)).await?;
    for wanted in [0, most + 1] {
        let answer = domain.set_vcpus(wanted, here().live(true), SetVcpusOptions::default()).await;
        refused(answer, ErrorKind::InvalidArgument, &format!("{wanted} virtual CPUs of at most {most}"))?;
    }
    ensure_eq!(count(&domain, here()).await?, before, "the virtual CPUs after that");
    Ok(())
}

async fn each_vcpu_is_described(rig: Arc<Rig>) -> Outcome {
    let domain = rig.domain(Life::Running).await?;
    let numbers: Vec<u32> = domain.vcpus().await?.iter().map(|vcpu| vcpu.number).collect();
    let expected: Vec<u32> = (0..count(&domain, here()).await?).collect();
    ensure_eq!(numbers, expected, "the numbers of the virtual CPUs");
    Ok(())
}
