//! QEMU's monitor in its own words.

use super::agent;
use crate::connection::QemuDriver;
use crate::qmp::Monitor;
use omnivirt_core::event::Cause;
use omnivirt_core::*;
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
        entry.lock()?.run()?.asked.passthrough = Some(cx.cause());
        let (agent, patience) = agent::of(&entry).await?;
        match (timeout.seconds, timeout.wait) {
            (None, AgentWait::NoWait) => agent.begin(command, patience).await.map(|()| None),
            _ => agent.passthrough(command, agent::patience(timeout)).await.map(Some),
        }
    }
}

impl QemuDriver {
    /// Has QEMU do what a user wrote. What comes of it, whenever that is, is the user's doing.
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
            run.asked.passthrough = Some(cause);
            run.monitor()?
        };
        if !options.hmp {
            return monitor.passthrough(command, files).await;
        }
        if !files.is_empty() {
            return Err(Error::new(ErrorKind::InvalidArgument, "a command as people type it takes no files")
                .with_hint("write the command in JSON"));
        }
        monitor.human(command).await
    }
}
