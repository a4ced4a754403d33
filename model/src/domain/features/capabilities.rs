//! What a container's superuser may do.

use crate::document::text::words;
use crate::document::{OnOff, mapped};

/// What a container's superuser may do; each absent where the policy decides.
#[mapped(collected)]
pub struct Capabilities {
    /// What is so where nothing is said.
    #[attribute("policy")]
    pub policy: Option<CapabilitiesPolicy>,
    /// `CAP_AUDIT_CONTROL`.
    #[element("audit_control")]
    pub audit_control: Option<Capability>,
    /// `CAP_AUDIT_WRITE`.
    #[element("audit_write")]
    pub audit_write: Option<Capability>,
    /// `CAP_BLOCK_SUSPEND`.
    #[element("block_suspend")]
    pub block_suspend: Option<Capability>,
    /// `CAP_CHOWN`.
    #[element("chown")]
    pub chown: Option<Capability>,
    /// `CAP_DAC_OVERRIDE`.
    #[element("dac_override")]
    pub dac_override: Option<Capability>,
    /// `CAP_DAC_READ_SEARCH`.
    #[element("dac_read_search")]
    pub dac_read_search: Option<Capability>,
    /// `CAP_FOWNER`.
    #[element("fowner")]
    pub fowner: Option<Capability>,
    /// `CAP_FSETID`.
    #[element("fsetid")]
    pub fsetid: Option<Capability>,
    /// `CAP_IPC_LOCK`.
    #[element("ipc_lock")]
    pub ipc_lock: Option<Capability>,
    /// `CAP_IPC_OWNER`.
    #[element("ipc_owner")]
    pub ipc_owner: Option<Capability>,
    /// `CAP_KILL`.
    #[element("kill")]
    pub kill: Option<Capability>,
    /// `CAP_LEASE`.
    #[element("lease")]
    pub lease: Option<Capability>,
    /// `CAP_LINUX_IMMUTABLE`.
    #[element("linux_immutable")]
    pub linux_immutable: Option<Capability>,
    /// `CAP_MAC_ADMIN`.
    #[element("mac_admin")]
    pub mac_admin: Option<Capability>,
    /// `CAP_MAC_OVERRIDE`.
    #[element("mac_override")]
    pub mac_override: Option<Capability>,
    /// `CAP_MKNOD`.
    #[element("mknod")]
    pub mknod: Option<Capability>,
    /// `CAP_NET_ADMIN`.
    #[element("net_admin")]
    pub net_admin: Option<Capability>,
    /// `CAP_NET_BIND_SERVICE`.
    #[element("net_bind_service")]
    pub net_bind_service: Option<Capability>,
    /// `CAP_NET_BROADCAST`.
    #[element("net_broadcast")]
    pub net_broadcast: Option<Capability>,
    /// `CAP_NET_RAW`.
    #[element("net_raw")]
    pub net_raw: Option<Capability>,
    /// `CAP_SETGID`.
    #[element("setgid")]
    pub setgid: Option<Capability>,
    /// `CAP_SETFCAP`.
    #[element("setfcap")]
    pub setfcap: Option<Capability>,
    /// `CAP_SETPCAP`.
    #[element("setpcap")]
    pub setpcap: Option<Capability>,
    /// `CAP_SETUID`.
    #[element("setuid")]
    pub setuid: Option<Capability>,
    /// `CAP_SYS_ADMIN`.
    #[element("sys_admin")]
    pub sys_admin: Option<Capability>,
    /// `CAP_SYS_BOOT`.
    #[element("sys_boot")]
    pub sys_boot: Option<Capability>,
    /// `CAP_SYS_CHROOT`.
    #[element("sys_chroot")]
    pub sys_chroot: Option<Capability>,
    /// `CAP_SYS_MODULE`.
    #[element("sys_module")]
    pub sys_module: Option<Capability>,
    /// `CAP_SYS_NICE`.
    #[element("sys_nice")]
    pub sys_nice: Option<Capability>,
    /// `CAP_SYS_PACCT`.
    #[element("sys_pacct")]
    pub sys_pacct: Option<Capability>,
    /// `CAP_SYS_PTRACE`.
    #[element("sys_ptrace")]
    pub sys_ptrace: Option<Capability>,
    /// `CAP_SYS_RAWIO`.
    #[element("sys_rawio")]
    pub sys_rawio: Option<Capability>,
    /// `CAP_SYS_RESOURCE`.
    #[element("sys_resource")]
    pub sys_resource: Option<Capability>,
    /// `CAP_SYS_TIME`.
    #[element("sys_time")]
    pub sys_time: Option<Capability>,
    /// `CAP_SYS_TTY_CONFIG`.
    #[element("sys_tty_config")]
    pub sys_tty_config: Option<Capability>,
    /// `CAP_SYSLOG`.
    #[element("syslog")]
    pub syslog: Option<Capability>,
    /// `CAP_WAKE_ALARM`.
    #[element("wake_alarm")]
    pub wake_alarm: Option<Capability>,
}

words! {
    /// What is so where nothing is said.
    pub enum CapabilitiesPolicy("policy of capabilities", Invalid) {
        /// Some are dropped.
        Default = "default",
        /// None is dropped.
        Allow = "allow",
        /// All are dropped.
        Deny = "deny",
    }
}

/// Whether the superuser has one of them.
#[mapped]
pub struct Capability {
    /// Whether.
    #[attribute("state")]
    pub state: Option<OnOff>,
}

impl Capabilities {
    /// Does something with each of them.
    pub(crate) fn for_each(&mut self, change: impl FnMut(&mut Option<Capability>)) {
        let all = [
            &mut self.audit_control,
            &mut self.audit_write,
            &mut self.block_suspend,
            &mut self.chown,
            &mut self.dac_override,
            &mut self.dac_read_search,
            &mut self.fowner,
            &mut self.fsetid,
            &mut self.ipc_lock,
            &mut self.ipc_owner,
            &mut self.kill,
            &mut self.lease,
            &mut self.linux_immutable,
            &mut self.mac_admin,
            &mut self.mac_override,
            &mut self.mknod,
            &mut self.net_admin,
            &mut self.net_bind_service,
            &mut self.net_broadcast,
            &mut self.net_raw,
            &mut self.setgid,
            &mut self.setfcap,
            &mut self.setpcap,
            &mut self.setuid,
            &mut self.sys_admin,
            &mut self.sys_boot,
            &mut self.sys_chroot,
            &mut self.sys_module,
            &mut self.sys_nice,
            &mut self.sys_pacct,
            &mut self.sys_ptrace,
            &mut self.sys_rawio,
            &mut self.sys_resource,
            &mut self.sys_time,
            &mut self.sys_tty_config,
            &mut self.syslog,
            &mut self.wake_alarm,
        ];
        all.into_iter().for_each(change);
    }
}
