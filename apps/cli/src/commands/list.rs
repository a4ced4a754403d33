//! `list`.

use crate::output::{Cell, style};
use crate::session::Session;
use clap::{Args, ValueEnum};
use omnivirt::{
    Connection, Domain, DomainFilter, DomainRef, DomainState, DomainStateReason, ErrorKind, Result,
    StateStats, StatsGroups, StatsOptions,
};
use serde::Serialize;

/// List domains: the running ones, unless told otherwise
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Those that do not run too
    #[arg(short, long)]
    all: bool,
    /// Only those that do not run
    #[arg(short, long)]
    inactive: bool,
    /// Only those in one of these states
    #[arg(short, long, value_enum, value_delimiter = ',', value_name = "STATE")]
    state: Vec<State>,
    /// Only those that have a definition
    #[arg(long, conflicts_with = "transient")]
    persistent: bool,
    /// Only those that are gone when their run ends
    #[arg(long)]
    transient: bool,
    /// Only those that start with the host
    #[arg(long, conflicts_with = "no_autostart")]
    autostart: bool,
    /// Only those that do not start with the host
    #[arg(long)]
    no_autostart: bool,
    /// Only those with a managed save image
    #[arg(long, conflicts_with = "without_managed_save")]
    with_managed_save: bool,
    /// Only those without a managed save image
    #[arg(long)]
    without_managed_save: bool,
    /// Only those that have snapshots
    #[arg(long, conflicts_with = "without_snapshot")]
    with_snapshot: bool,
    /// Only those that have no snapshots
    #[arg(long)]
    without_snapshot: bool,
    /// Names alone, one a line
    #[arg(short, long, conflicts_with = "uuid")]
    name: bool,
    /// UUIDs alone, one a line
    #[arg(short, long)]
    uuid: bool,
}

/// States that a list can be narrowed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum State {
    /// It runs
    Running,
    /// Its virtual CPUs are stopped
    Paused,
    /// It does not run
    Shutoff,
    /// Any other: crashed, asleep, …
    Other,
}

/// A domain in a list.
#[derive(Debug, Serialize)]
struct Row {
    #[serde(flatten)]
    domain: DomainRef,
    state: DomainState,
    reason: DomainStateReason,
}

impl List {
    pub(crate) async fn run(self, session: &mut Session) -> Result<()> {
        let connection = session.connection().await?;
        if (self.name || self.uuid) && !session.output.is_json() {
            let mut domains = connection.list_domains(self.filter()).await?;
            domains.sort_unstable_by(|left, right| order(left.reference()).cmp(&order(right.reference())));
            for domain in &domains {
                match self.name {
                    true => session.output.line(&style::printable(domain.name()))?,
                    false => session.output.line(&domain.uuid().to_string())?,
                }
            }
            return Ok(());
        }
        let mut rows = rows(&connection, self.filter()).await?;
        rows.sort_unstable_by(|left, right| order(&left.domain).cmp(&order(&right.domain)));
        session.output.list(&rows, ["Id", "Name", "State"], |row| {
            [
                Cell::optional(row.domain.id),
                Cell::new(&*row.domain.name).style(style::NAME),
                Cell::new(row.state.as_str()).style(style::state(row.state)),
            ]
        })
    }

    fn filter(&self) -> DomainFilter {
        let is_wanted = |state| self.state.contains(&state);
        DomainFilter::default()
            // A state that was asked for says by itself whether the domain runs.
            .active(!self.all && !self.inactive && self.state.is_empty())
            .inactive(self.inactive)
            .persistent(self.persistent)
            .transient(self.transient)
            .running(is_wanted(State::Running))
            .paused(is_wanted(State::Paused))
            .shutoff(is_wanted(State::Shutoff))
            .other(is_wanted(State::Other))
            .autostart(self.autostart)
            .no_autostart(self.no_autostart)
            .managed_save(self.with_managed_save)
            .no_managed_save(self.without_managed_save)
            .has_snapshot(self.with_snapshot)
            .no_snapshot(self.without_snapshot)
    }
}

/// Those that run by id, then the others by name.
fn order(domain: &DomainRef) -> (u32, &str) {
    (domain.id.unwrap_or(u32::MAX), &domain.name)
}

/// So many domains are asked for at a time: a round trip for each batch, and no more memory than that.
const BATCH: usize = 256;

/// The domains with their states.
async fn rows(connection: &Connection, filter: DomainFilter) -> Result<Vec<Row>> {
    let domains = connection.list_domains(filter).await?;
    let mut rows = Vec::with_capacity(domains.len());
    for batch in domains.chunks(BATCH) {
        let state_only = StatsGroups::default().state(true);
        let stats = connection
            .domain_stats(batch, state_only, DomainFilter::default(), StatsOptions::default())
            .await;
        match stats {
            Ok(stats) => rows.extend(stats.into_iter().map(|one| {
                let StateStats { state, reason, .. } = one.state.unwrap_or_default();
                Row { domain: one.domain, state, reason }
            })),
            // Not every driver has this call, and it fails if one of the domains has gone meanwhile.
            Err(error) if matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::NotFound) => {
                one_by_one(batch, &mut rows).await?;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(rows)
}

async fn one_by_one(domains: &[Domain], rows: &mut Vec<Row>) -> Result<()> {
    for domain in domains {
        match domain.state().await {
            Ok(is) => {
                rows.push(Row { domain: domain.reference().clone(), state: is.state, reason: is.reason })
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
