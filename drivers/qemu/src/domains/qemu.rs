//! QEMU's monitor in its own words.

use super::agent;
use super::run::Asked;
use crate::connection::QemuDriver;
use crate::qmp::Monitor;
use omnivirt_core::event::Cause;
use omnivirt_core::*;
use serde_json::Value;
use std::os::fd::OwnedFd;

#[driver_ops]
impl QemuOps for QemuDriver {
    async fn qemu_monitor_command(
        &self,
        cx: &CallCx,
        domain: &DomainRef,
        command: &str,
        options: &MonitorCommandOptions,
    ) -> Result<String> {
        self.pass_on(cx.cause(), domain, command, Vec::new(), options).await
    }

    async fn qemu_monitor_command_with_files(
        &self,
        cx: &CallCx,
        domain: &DomainRef,
        command: &str,
        files: Vec<OwnedFd>,
        options: &MonitorCommandOptions,
    ) -> Result<String> {
        self.pass_on(cx.cause(), domain, command, files, options).await
    }

    async fn qemu_agent_command(
        &self,
        cx: &CallCx,
        domain: &DomainRef,
        command: &str,
        timeout: &AgentTimeout,
    ) -> Result<Option<String>> {
        let entry = self.host.domain(domain)?;
        note_what_follows(&mut entry.lock()?.run()?.asked, command, &cx.cause());
        let (agent, patience) = agent::of(&entry).await?;
        match (timeout.seconds, timeout.wait) {
            (None, AgentWait::NoWait) => agent.begin(command, patience).await.map(|()| None),
            _ => agent.passthrough(command, agent::patience(timeout)).await.map(Some),
        }
    }
}

impl QemuDriver {
    /// Has QEMU do what a user wrote. What comes of it until it answers is the user's doing, as is what it is known to be
    /// followed by.
    async fn pass_on(
        &self,
        cause: Cause,
        domain: &DomainRef,
        command: &str,
        files: Vec<OwnedFd>,
        options: &MonitorCommandOptions,
    ) -> Result<String> {
        let entry = self.host.domain(domain)?;
        let monitor: Monitor = {
            let mut domain = entry.lock()?;
            let run = domain.run()?;
            note_what_follows(&mut run.asked, command, &cause);
            run.asked.passthrough = Some(cause);
            run.monitor()?
        };
        let answer = have_done(&monitor, command, files, options).await;
        if !ends_qemu(command)
            && let Some(run) = &mut entry.lock()?.run
        {
            run.asked.passthrough = None;
        }
        answer
    }
}

async fn have_done(
    monitor: &Monitor,
    command: &str,
    files: Vec<OwnedFd>,
    options: &MonitorCommandOptions,
) -> Result<String> {
    if !options.hmp {
        return monitor.passthrough(command, files).await;
    }
    if !files.is_empty() {
        return Err(Error::new(ErrorKind::InvalidArgument, "a command as people type it takes no files")
            .with_hint("write the command in JSON"));
    }
    monitor.human(command).await
}

/// The name of a command in JSON or as people type it, and its `mode`, if it has one.
fn name_and_mode(command: &str) -> (String, Option<String>) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    match serde_json::from_str::<Value>(command) {
        Ok(json) => (text(&json["execute"]), json["arguments"]["mode"].as_str().map(Into::into)),
        Err(_) => (command.split_whitespace().next().unwrap_or_default().to_owned(), None),
    }
}

/// Whether nothing but the end of QEMU comes of a command, after its answer.
fn ends_qemu(command: &str) -> bool {
    matches!(name_and_mode(command).0.as_str(), "quit" | "q")
}

/// Notes who has asked for what a command brings about only after its answer.
fn note_what_follows(asked: &mut Asked, command: &str, cause: &Cause) {
    let (name, mode) = name_and_mode(command);
    let place = match (name.as_str(), mode.as_deref()) {
        ("system_reset", _) | ("guest-shutdown", Some("reboot")) => &mut asked.reset,
        ("system_powerdown" | "guest-shutdown", _) => &mut asked.shutdown,
        ("system_wakeup", _) => &mut asked.wakeup,
        ("guest-suspend-ram" | "guest-suspend-disk" | "guest-suspend-hybrid", _) => &mut asked.sleep,
        _ => return,
    };
    *place = Some(cause.clone());
}

#[cfg(test)]
mod tests {
    use super::*;
    use omnivirt_core::event::Initiator;

    #[test]
    fn what_follows_a_command_is_whose_it_was() {
        let noted = |command: &str| {
            let mut asked = Asked::default();
            note_what_follows(&mut asked, command, &Cause::client(1));
            let is_noted = |cause: &Option<Cause>| {
                cause.as_ref().is_some_and(|cause| cause.initiator == Initiator::Client)
            };
            [&asked.reset, &asked.shutdown, &asked.wakeup, &asked.sleep].map(is_noted)
        };
        assert_eq!(noted(r#"{"execute": "system_reset"}"#), [true, false, false, false]);
        assert_eq!(noted("system_powerdown"), [false, true, false, false]);
        assert_eq!(noted(r#"{"execute": "guest-shutdown"}"#), [false, true, false, false]);
        let reboot = r#"{"execute": "guest-shutdown", "arguments": {"mode": "reboot"}}"#;
        assert_eq!(noted(reboot), [true, false, false, false]);
        assert_eq!(noted("system_wakeup"), [false, false, true, false]);
        assert_eq!(noted(r#"{"execute": "guest-suspend-ram"}"#), [false, false, false, true]);
        assert_eq!(noted("info status"), [false; 4]);
        assert!(ends_qemu("quit") && ends_qemu(r#"{"execute":"quit"}"#) && !ends_qemu("stop"));
    }
}
