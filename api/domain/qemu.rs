//! Past the driver: what only QEMU has. The driver may lose track of a domain that is changed this way.

/// Talks to QEMU's monitor and to the guest agent in their own words.
#[family(accessor = qemu)]
trait QemuOps {
    /// Runs a command of QEMU's monitor, in JSON unless the options say otherwise, and shows its answer.
    #[call(access = write, raises = [NotFound, InvalidState, HypervisorError], emits = [Lifecycle, Reboot, MonitorEvent],
           procedures = [domain_monitor_command])]
    fn qemu_monitor_command(domain: Domain, command: String, options: MonitorCommandOptions) -> String;

    /// Runs a command of QEMU's monitor that takes open files, and shows its answer.
    #[call(access = write, raises = [NotFound, InvalidState, HypervisorError], emits = [Lifecycle, Reboot, MonitorEvent],
           procedures = [domain_monitor_command_with_files])]
    fn qemu_monitor_command_with_files(
        domain: Domain,
        command: String,
        files: Vec<OwnedFd>,
        options: MonitorCommandOptions,
    ) -> String;

    /// Sends the guest agent a command in JSON and shows its answer; none if it is not waited for.
    #[call(access = write, raises = [NotFound, InvalidState, AgentUnresponsive, AgentError], emits = [Lifecycle, Reboot],
           procedures = [domain_agent_command])]
    fn qemu_agent_command(domain: Domain, command: String, timeout: AgentTimeout) -> Option<String>;

    /// Takes a QEMU process into care that was started by something else.
    #[call(access = write, raises = [InvalidState, AlreadyExists, ConfigUnsupported], emits = [Lifecycle],
           procedures = [domain_attach])]
    fn qemu_attach(connection: Connection, pid: u32) -> Domain;
}

/// How `Domain::qemu_monitor_command` reads the command.
#[options]
struct MonitorCommandOptions {
    /// As the text that people type.
    #[flag(0x1)]
    hmp: bool,
}
