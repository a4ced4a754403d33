//! The guest's agent, by the channel that a domain has to it.

use super::console::{End, channel_end};
use super::run::Asked;
use super::state::DomainEntry;
use super::translate::AGENT_CHANNEL;
use crate::agent::Agent;
use omnivirt_core::{AgentTimeout, AgentWait, Error, ErrorKind, Result};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::UnixStream;

/// How long an agent is waited for where nothing else is said.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);
/// How long an agent may take to say that it does not do what is answered only then.
const SILENCE: Duration = Duration::from_secs(1);

/// How long a caller waits. The call's own deadline ends it in any case.
pub(crate) fn patience(timeout: &AgentTimeout) -> Duration {
    match (timeout.seconds, timeout.wait) {
        (Some(seconds), _) => Duration::from_secs(seconds.into()),
        (None, AgentWait::Forever) => Duration::MAX,
        _ => PATIENCE,
    }
}

/// The agent of a guest that runs.
///
/// # Errors
///
/// `InvalidState` if it does not; `AgentUnresponsive` if it has no channel to an agent, or that is not open.
pub(crate) async fn of(entry: &Arc<DomainEntry>) -> Result<Agent> {
    let (end, run) = {
        let mut domain = entry.lock()?;
        let run = domain.run()?;
        if let Some(agent) = run.agent.clone().filter(|agent| !agent.is_closed()) {
            return Ok(agent);
        }
        (channel_end(run, Some(AGENT_CHANNEL)), run.id)
    };
    let Ok((_, End::Socket(path))) = end else {
        return Err(Error::new(ErrorKind::AgentUnresponsive, "the domain has no channel to a guest agent")
            .with_hint(format!(
                "add <channel type='unix'><target type='virtio' name='{AGENT_CHANNEL}'/></channel>"
            )));
    };
    let stream = UnixStream::connect(&path).await.map_err(|error| {
        let message = format!("the channel to the guest agent at '{}' is not open: {error}", path.display());
        Error::new(ErrorKind::AgentUnresponsive, message).with_source(error)
    })?;
    let mut domain = entry.lock()?;
    let known = domain.run()?;
    if known.id != run {
        return Err(Error::new(ErrorKind::InvalidState, "the domain has been started anew meanwhile"));
    }
    // Whoever came first has the channel.
    if let Some(agent) = known.agent.clone().filter(|agent| !agent.is_closed()) {
        return Ok(agent);
    }
    let agent = Agent::over(stream);
    known.agent = Some(agent.clone());
    Ok(agent)
}

/// Has the guest power off or start anew by its agent. `mark` notes who has asked for it.
///
/// # Errors
///
/// As [`of`]; `AgentError` with what the agent says.
pub(crate) async fn power(entry: &Arc<DomainEntry>, mode: &str, mark: impl FnOnce(&mut Asked)) -> Result<()> {
    entry.lock()?.check_guest_runs()?;
    let agent = of(entry).await?;
    mark(&mut entry.lock()?.run()?.asked);
    agent.tell("guest-shutdown", json!({"mode": mode}), PATIENCE, SILENCE).await
}
