//! `wait`.

use super::DomainArgument;
use crate::session::Session;
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use omnivirt::wait::Condition;
use omnivirt::{ErrorKind, Result};
use std::time::Duration;

/// What a domain can be waited for to be, have or do.
const CONDITIONS: [&str; 8] = [
    "running",
    "paused",
    "shutoff",
    "crashed",
    "pm_suspended",
    Condition::WORDS[0],
    Condition::WORDS[1],
    Condition::WORDS[2],
];

/// Wait until something is so with a domain
///
/// Its events are watched, so that what is over at once is not missed. If --timeout passes before, the exit code is 4.
///
/// Example: omnivirt wait web --until shutoff --timeout 30s
#[derive(Debug, Args)]
pub(crate) struct Wait {
    #[command(flatten)]
    domain: DomainArgument,
    /// What to wait for
    #[arg(long, value_name = "CONDITION", value_parser = conditions())]
    until: Condition,
}

fn conditions() -> impl TypedValueParser<Value = Condition> {
    PossibleValuesParser::new(CONDITIONS).try_map(|word| word.parse::<Condition>())
}

impl Wait {
    pub(crate) async fn run(self, session: &mut Session) -> Result<()> {
        let limit = session.options.timeout.unwrap_or(Duration::MAX);
        let domain = match self.domain.find(session).await {
            Ok(domain) => domain,
            // It may have gone before it was looked for.
            Err(error) if self.until == Condition::Gone && error.kind() == ErrorKind::NotFound => {
                return session.output.text("gone", &self.domain.domain);
            }
            Err(error) => return Err(error),
        };
        domain.wait_until(self.until, limit).await?;
        match self.until {
            Condition::Gone => session.output.text("gone", domain.name()),
            Condition::State(state) => {
                session.output.done(domain.reference(), "wait", &format!("is {state}"))
            }
            Condition::AgentConnected => {
                session.output.done(domain.reference(), "wait", "has its guest agent")
            }
            _ => session.output.done(domain.reference(), "wait", "has no job running"),
        }
    }
}
