//! Names that the shell completes, asked of the connection that the command line names.

use clap_complete::CompletionCandidate;
use omnivirt::{ConnectOptions, DomainFilter, Result};
use std::ffi::OsStr;
use std::time::Duration;

/// The environment variable by which shells ask for completions.
pub(crate) const VARIABLE: &str = "OMNIVIRT_COMPLETE";

/// Longer nobody waits for the Tab key.
const PATIENCE: Duration = Duration::from_secs(2);

/// The names of domains that begin with `current`. A host that does not answer has none.
pub(crate) fn domains(current: &OsStr) -> Vec<CompletionCandidate> {
    let Some(current) = current.to_str() else { return Vec::new() };
    let mut names = names().unwrap_or_default();
    names.retain(|name| name.starts_with(current));
    names.sort_unstable();
    names.into_iter().map(CompletionCandidate::new).collect()
}

fn names() -> Result<Vec<String>> {
    let uri = uri(std::env::args()).or_else(|| std::env::var("OMNIVIRT_URI").ok());
    let uri = uri.filter(|uri| !uri.is_empty()).unwrap_or_else(|| crate::session::DEFAULT_URI.into());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|source| crate::error::system("the runtime did not start", source))?;
    runtime.block_on(async {
        let options = ConnectOptions::default().read_only(true).timeout(PATIENCE);
        let connection = omnivirt::connect_with(&uri, options).await?;
        let domains = connection.list_domains(DomainFilter::default()).await?;
        Ok(domains.iter().map(|domain| domain.name().to_owned()).collect())
    })
}

/// The value of `--connect` in a command line that is not complete yet.
fn uri(arguments: impl Iterator<Item = String>) -> Option<String> {
    let mut arguments = arguments.skip_while(|argument| argument != "--");
    let mut found = None;
    while let Some(argument) = arguments.next() {
        found = match argument.as_str() {
            "-c" | "--connect" => arguments.next(),
            other => other.strip_prefix("--connect=").map(str::to_owned).or(found),
        };
    }
    found
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_uri_is_found_in_a_command_line_that_is_not_complete() {
        let uri = |line: &str| super::uri(line.split(' ').map(str::to_owned));
        assert_eq!(uri("omnivirt -- omnivirt -c test:///a start w").as_deref(), Some("test:///a"));
        assert_eq!(uri("omnivirt -- omnivirt start --connect=test:///b w").as_deref(), Some("test:///b"));
        assert_eq!(uri("omnivirt -- omnivirt start w"), None);
    }
}
