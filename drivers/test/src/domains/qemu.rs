//! Past the driver: a monitor and a guest agent that answer in QEMU's words.

use super::agent;
use super::monitor;
use crate::connection::TestDriver;
use omnivirt_core::*;
use std::os::fd::OwnedFd;

#[driver_ops]
impl QemuOps for TestDriver {
    async fn qemu_monitor_command(
        &self,
        cx: &CallCx,
        domain: &DomainRef,
        command: &str,
        options: &MonitorCommandOptions,
    ) -> Result<String> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        domain.run()?;
        if options.hmp {
            return monitor::typed(&mut domain, &self.host, &cx.cause(), command);
        }
        monitor::run(&mut domain, &self.host, &cx.cause(), command)
    }

    async fn qemu_monitor_command_with_files(
        &self,
        cx: &CallCx,
        domain: &DomainRef,
        command: &str,
        files: Vec<OwnedFd>,
        options: &MonitorCommandOptions,
    ) -> Result<String> {
        // No command of the simulated monitor looks at them; they are closed when it has run.
        let answer = self.qemu_monitor_command(cx, domain, command, options).await;
        drop(files);
        answer
    }

    async fn qemu_agent_command(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        command: &str,
        timeout: &AgentTimeout,
    ) -> Result<Option<String>> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        let answer = agent::run(&mut domain, &self.host, command)?;
        Ok(answer.filter(|_| timeout.seconds.is_some() || timeout.wait != AgentWait::NoWait))
    }

    async fn qemu_attach(&self, _: &CallCx, pid: u32) -> Result<DomainRef> {
        Err(Error::new(ErrorKind::InvalidArgument, format!("the simulated host has no process {pid}"))
            .with_hint("all domains of a simulated host are its own"))
    }
}
