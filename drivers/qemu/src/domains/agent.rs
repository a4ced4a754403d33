//! The guest's agent, by the channel that a domain has to it.

use super::console::{End, channel_end};
use super::run::Asked;
use super::state::DomainEntry;
use super::translate::AGENT_CHANNEL;
use crate::agent::{Agent, SEE_GUEST};
use omnivirt_core::{AgentTimeout, AgentWait, Error, ErrorKind, Result};
use serde_json::Value;
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

/// The agent of a guest that runs, and how long it is waited for.
///
/// # Errors
///
/// `InvalidState` if it does not; `AgentUnresponsive` if it has no channel to an agent, or that is not open.
pub(crate) async fn of(entry: &Arc<DomainEntry>) -> Result<(Agent, Duration)> {
    let (end, run, patience) = {
        let mut domain = entry.lock()?;
        let patience = domain.agent_patience;
        let run = domain.run()?;
        if let Some(agent) = run.agent.clone().filter(|agent| !agent.is_closed()) {
            return Ok((agent, patience));
        }
        let end = channel_end(run, Some(AGENT_CHANNEL));
        if end.as_ref().is_ok_and(|(alias, _)| !run.devices.open_channels.contains(alias)) {
            let message = "the guest agent is not connected: no program in the guest has its channel open";
            return Err(Error::new(ErrorKind::AgentUnresponsive, message).with_hint(SEE_GUEST));
        }
        (end, run.id, patience)
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
        return Ok((agent, patience));
    }
    let agent = Agent::over(stream);
    known.agent = Some(agent.clone());
    Ok((agent, patience))
}

/// Has the guest do what is answered only where it fails: going off, starting anew, sleeping. `mark` notes who has asked for it.
///
/// # Errors
///
/// As [`of`]; `AgentError` with what the agent says; `InvalidState` if the guest stands still.
pub(crate) async fn tell(
    entry: &Arc<DomainEntry>,
    command: &str,
    arguments: Value,
    mark: impl FnOnce(&mut Asked),
) -> Result<()> {
    entry.lock()?.check_guest_runs()?;
    let (agent, patience) = of(entry).await?;
    mark(&mut entry.lock()?.run()?.asked);
    agent.tell(command, arguments, patience, SILENCE).await
}
