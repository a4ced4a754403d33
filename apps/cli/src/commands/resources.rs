//! How much a domain has: `memory`, `vcpus`.

use super::{Affect, DomainArgument, if_supported};
use crate::argument;
use crate::output::Cell;
use crate::session::Session;
use clap::Subcommand;
use omnivirt::{
    Domain, MemoryParameters, MemoryStats, Result, SetMemoryOptions, SetVcpusOptions, VcpuCountOptions,
    VcpuInfo,
};
use serde::Serialize;
use std::time::Duration;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show how much memory a domain has, or set it
    #[command(alias = "setmem")]
    Memory {
        #[command(flatten)]
        domain: DomainArgument,
        /// How much it shall have, such as 2GiB or 512M; in KiB without a unit
        #[arg(value_parser = argument::memory_kib)]
        size: Option<u64>,
        /// Set the most that it can have
        #[arg(long, requires = "size")]
        maximum: bool,
        #[command(flatten)]
        affect: Affect,
    },
    /// Show the virtual CPUs of a domain, or set how many it has
    #[command(alias = "setvcpus")]
    Vcpus {
        #[command(flatten)]
        domain: DomainArgument,
        /// How many it shall have
        count: Option<u32>,
        /// Set the most that it can have
        #[arg(long, requires = "count")]
        maximum: bool,
        /// Have the guest's agent set them on or off line
        #[arg(long, requires = "count", conflicts_with = "maximum")]
        guest: bool,
        /// Those added can be unplugged later
        #[arg(long, requires = "count")]
        hotpluggable: bool,
        #[command(flatten)]
        affect: Affect,
    },
}

/// The memory of a domain. What is not known is left out.
#[derive(Debug, Serialize)]
struct Memory {
    memory_kib: u64,
    max_memory_kib: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    stats: Option<MemoryStats>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limits: Option<MemoryParameters>,
}

/// The virtual CPUs of a domain.
#[derive(Debug, Serialize)]
struct Vcpus {
    #[serde(flatten)]
    counts: VcpuCounts,
    /// Each one, of a running domain.
    vcpus: Vec<VcpuInfo>,
}

/// How many virtual CPUs a domain has.
#[derive(Debug, Serialize)]
struct VcpuCounts {
    current: u32,
    maximum: u32,
}

impl Command {
    pub(crate) async fn run(self, session: &mut Session) -> Result<()> {
        match self {
            Self::Memory { domain, size: None, affect, .. } => {
                let domain = domain.find(session).await?;
                let memory = memory(&domain, affect).await?;
                session.output.record(&memory)
            }
            Self::Memory { domain, size: Some(kib), maximum, affect } => {
                let domain = domain.find(session).await?;
                domain.set_memory(kib, affect.into(), SetMemoryOptions::default().maximum(maximum)).await?;
                let what = if maximum { "can have" } else { "has" };
                session.output.done(domain.reference(), "memory", &format!("{what} {kib} KiB of memory"))
            }
            Self::Vcpus { domain, count: None, affect, .. } => {
                let domain = domain.find(session).await?;
                let vcpus = vcpus(&domain, affect).await?;
                show_vcpus(&vcpus, session)
            }
            Self::Vcpus { domain, count: Some(count), maximum, guest, hotpluggable, affect } => {
                let domain = domain.find(session).await?;
                let options =
                    SetVcpusOptions::default().maximum(maximum).guest(guest).hotpluggable(hotpluggable);
                domain.set_vcpus(count, affect.into(), options).await?;
                let what = if maximum { "can have" } else { "has" };
                session.output.done(domain.reference(), "vcpus", &format!("{what} {count} virtual CPUs"))
            }
        }
    }
}

async fn memory(domain: &Domain, affect: Affect) -> Result<Memory> {
    let info = domain.info().await?;
    let is_active = domain.status().await?.active;
    Ok(Memory {
        memory_kib: info.memory_kib,
        max_memory_kib: info.max_memory_kib,
        stats: if is_active && !affect.config { if_supported(domain.memory_stats().await)? } else { None },
        limits: if_supported(domain.memory_parameters(affect.into()).await)?,
    })
}

async fn vcpus(domain: &Domain, affect: Affect) -> Result<Vcpus> {
    let is_active = domain.status().await?.active;
    let count = |maximum| domain.vcpu_count(affect.into(), VcpuCountOptions::default().maximum(maximum));
    Ok(Vcpus {
        counts: VcpuCounts { current: count(false).await?, maximum: count(true).await? },
        vcpus: if is_active && !affect.config { domain.vcpus().await? } else { Vec::new() },
    })
}

fn show_vcpus(vcpus: &Vcpus, session: &mut Session) -> Result<()> {
    if session.output.is_json() {
        return session.output.json(vcpus);
    }
    session.output.record(&vcpus.counts)?;
    if vcpus.vcpus.is_empty() {
        return Ok(());
    }
    session.output.line("")?;
    session.output.list(&vcpus.vcpus, ["Number", "State", "CPU", "CPU time", "May run on"], |vcpu| {
        [
            Cell::new(vcpu.number.to_string()),
            Cell::new(vcpu.state.as_str()),
            Cell::optional(vcpu.cpu),
            Cell::new(format!("{:?}", Duration::from_nanos(vcpu.cpu_time_ns))),
            Cell::new(vcpu.affinity.to_string()),
        ]
    })
}
