//! `stats`.

use crate::completion;
use crate::session::Session;
use crate::target;
use clap::{Args, ValueEnum};
use clap_complete::ArgValueCompleter;
use omnivirt::{DomainFilter, Result, StatsGroups, StatsOptions};

/// Show what domains have used and done, many in one call
#[derive(Debug, Args)]
#[command(alias = "domstats")]
pub(crate) struct Stats {
    /// Names, UUIDs or ids of domains; all that run unless some are named
    #[arg(value_name = "DOMAIN", add = ArgValueCompleter::new(completion::domains))]
    domains: Vec<String>,
    /// Those that do not run too
    #[arg(short, long, conflicts_with = "domains")]
    all: bool,
    /// Only these groups of numbers
    #[arg(short, long, value_enum, value_delimiter = ',', value_name = "GROUP")]
    group: Vec<Group>,
    /// Leave out what would have to wait for a job to end
    #[arg(long)]
    no_wait: bool,
    /// Backing images of disks too
    #[arg(long)]
    backing: bool,
    /// Fail if a group is not known to the driver
    #[arg(long)]
    enforce: bool,
}

/// Groups of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Group {
    /// What the domain is doing
    State,
    /// CPU time
    Cpu,
    /// The balloon
    Balloon,
    /// Each virtual CPU
    Vcpu,
    /// Each network interface
    Interface,
    /// Each disk
    Block,
    /// Performance counters
    Perf,
    /// Each I/O thread
    Iothread,
    /// Memory bandwidth
    Memory,
    /// How fast memory changes
    DirtyRate,
    /// What the hypervisor counts of its own accord
    Vm,
}

impl Stats {
    pub(crate) async fn run(self, session: &mut Session) -> Result<()> {
        let connection = session.connection().await?;
        let mut domains = Vec::with_capacity(self.domains.len());
        for name in &self.domains {
            domains.push(target::domain(&connection, name).await?);
        }
        let filter = DomainFilter::default().active(domains.is_empty() && !self.all);
        let options =
            StatsOptions::default().no_wait(self.no_wait).backing(self.backing).enforce(self.enforce);
        let stats = connection.domain_stats(&domains, self.groups(), filter, options).await?;
        if session.output.is_json() {
            return session.output.json(&stats);
        }
        for (index, domain) in stats.iter().enumerate() {
            if index > 0 {
                session.output.line("")?;
            }
            session.output.record(domain)?;
        }
        Ok(())
    }

    fn groups(&self) -> StatsGroups {
        let is_wanted = |group| self.group.contains(&group);
        StatsGroups::default()
            .state(is_wanted(Group::State))
            .cpu(is_wanted(Group::Cpu))
            .balloon(is_wanted(Group::Balloon))
            .vcpu(is_wanted(Group::Vcpu))
            .interface(is_wanted(Group::Interface))
            .block(is_wanted(Group::Block))
            .perf(is_wanted(Group::Perf))
            .iothread(is_wanted(Group::Iothread))
            .memory(is_wanted(Group::Memory))
            .dirty_rate(is_wanted(Group::DirtyRate))
            .vm(is_wanted(Group::Vm))
    }
}
