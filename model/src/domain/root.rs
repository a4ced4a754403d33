//! What is known of a domain by type.

use super::clock::Clock;
use super::cpu::Cpu;
use super::cpu_tune::CpuTune;
use super::devices::Devices;
use super::features::Features;
use super::foreign::{
    BhyveCommandLine, LxcNamespaces, QemuCapabilityChanges, QemuCommandLine, QemuDeprecation, QemuOverride,
    XenCommandLine,
};
use super::memory::{MaxMemory, Memory, MemoryBacking, MemoryTune};
use super::name::{DomainName, DomainType, GenerationId};
use super::os::Os;
use super::power::{CrashAction, LifecycleAction, LockFailureAction, Performance, PowerManagement};
use super::resources::{BlockTune, IdMap, NumaTune, Resource};
use super::security::{KeyWrap, LaunchSecurity, SecurityLabel};
use super::sysinfo::Sysinfo;
use super::vcpus::{DefaultIoThread, IoThread, Vcpu, VcpuState};
use crate::document::{MemorySize, Verbatim, mapped};
use uuid::Uuid;

/// What is known of a domain by type. Everything else of its document is kept, and stays when this is written.
#[mapped]
pub struct Domain {
    /// The domain's name.
    #[element("name")]
    pub name: DomainName,
    /// Which kind of hypervisor it is for.
    #[attribute("type")]
    pub domain_type: DomainType,
    /// Its number among the running domains; absent when it does not run.
    #[attribute("id")]
    pub id: Option<u32>,
    /// What identifies it; absent when one is to be made.
    #[element("uuid")]
    pub uuid: Option<Uuid>,
    /// What tells its guest that it was copied or reverted.
    #[element("genid", once = Invalid)]
    pub generation_id: Option<GenerationId>,
    /// A short text for people, on one line.
    #[element("title")]
    pub title: Option<String>,
    /// A text for people.
    #[element("description")]
    pub description: Option<String>,
    /// What other programs keep in it.
    #[element("metadata")]
    pub metadata: Option<Verbatim>,
    /// How far memory can grow by plugging it in.
    #[element("maxMemory")]
    pub max_memory: Option<MaxMemory>,
    /// Memory at boot; absent when NUMA cells tell it.
    #[element("memory")]
    pub memory: Option<Memory>,
    /// Memory that the guest has; absent when it has all of it.
    #[element("currentMemory")]
    pub current_memory: Option<MemorySize>,
    /// How its use of block devices is weighed.
    #[element("blkiotune")]
    pub block_tune: Option<BlockTune>,
    /// Limits of the memory that it takes.
    #[element("memtune")]
    pub memory_tune: Option<MemoryTune>,
    /// What its memory is made of.
    #[element("memoryBacking")]
    pub memory_backing: Option<MemoryBacking>,
    /// Its virtual CPUs; absent for one.
    #[element("vcpu")]
    pub vcpu: Option<Vcpu>,
    /// Which of its virtual CPUs are there at boot.
    #[list("vcpus", "vcpu")]
    pub vcpus: Vec<VcpuState>,
    /// How many threads for input and output it has.
    #[element("iothreads")]
    pub iothread_count: Option<u32>,
    /// These threads; absent where they are counted from 1 on.
    #[list("iothreadids", "iothread")]
    pub iothreads: Vec<IoThread>,
    /// The thread of devices that have none of their own.
    #[element("defaultiothread")]
    pub default_iothread: Option<DefaultIoThread>,
    /// How much of the host's CPUs it gets.
    #[element("cputune")]
    pub cpu_tune: Option<CpuTune>,
    /// From which NUMA nodes of the host its memory comes.
    #[element("numatune", once = Invalid)]
    pub numa_tune: Option<NumaTune>,
    /// The group of processes on the host to which it belongs.
    #[element("resource", once = Invalid)]
    pub resource: Option<Resource>,
    /// What the guest's firmware tells of the machine.
    #[element("sysinfo")]
    pub sysinfo: Vec<Sysinfo>,
    /// The boot loader of a paravirtual guest.
    #[element("bootloader")]
    pub bootloader: Option<String>,
    /// The arguments of the boot loader.
    #[element("bootloader_args")]
    pub bootloader_arguments: Option<String>,
    /// How it boots.
    #[element("os")]
    pub os: Option<Os>,
    /// Which users of the host those of a container are.
    #[element("idmap")]
    pub id_map: Option<IdMap>,
    /// The features of its machine.
    #[element("features")]
    pub features: Option<Features>,
    /// What its CPUs are like.
    #[element("cpu")]
    pub cpu: Option<Cpu>,
    /// Its clocks.
    #[element("clock")]
    pub clock: Option<Clock>,
    /// What to do when the guest powers off; absent for destroying the domain.
    #[element("on_poweroff")]
    pub on_poweroff: Option<LifecycleAction>,
    /// What to do when the guest reboots; absent for restarting the domain.
    #[element("on_reboot")]
    pub on_reboot: Option<LifecycleAction>,
    /// What to do when the guest crashes; absent for destroying the domain.
    #[element("on_crash")]
    pub on_crash: Option<CrashAction>,
    /// What to do when the lock on a disk is lost.
    #[element("on_lockfailure")]
    pub on_lock_failure: Option<LockFailureAction>,
    /// How the guest can sleep.
    #[element("pm")]
    pub power_management: Option<PowerManagement>,
    /// What is measured of it.
    #[element("perf")]
    pub performance: Option<Performance>,
    /// Its devices.
    #[element("devices", default)]
    pub devices: Devices,
    /// What the host's security drivers know it by.
    #[element("seclabel")]
    pub security_labels: Vec<SecurityLabel>,
    /// Which of a mainframe's keys the guest can use.
    #[element("keywrap")]
    pub key_wrap: Option<KeyWrap>,
    /// How the guest's memory is hidden from the host.
    #[element("launchSecurity")]
    pub launch_security: Option<LaunchSecurity>,
    /// What is added to QEMU's command line.
    #[element("qemu:commandline")]
    pub qemu_command_line: Option<QemuCommandLine>,
    /// What QEMU is said to be able to do.
    #[element("qemu:capabilities")]
    pub qemu_capabilities: Option<QemuCapabilityChanges>,
    /// Properties of QEMU's devices that are set.
    #[element("qemu:override")]
    pub qemu_override: Option<QemuOverride>,
    /// What QEMU does with what will go away.
    #[element("qemu:deprecation")]
    pub qemu_deprecation: Option<QemuDeprecation>,
    /// Which namespaces a container shares with others.
    #[element("lxc:namespace")]
    pub lxc_namespaces: Option<LxcNamespaces>,
    /// What is added to the command line of Xen's device model.
    #[element("xen:commandline")]
    pub xen_command_line: Option<XenCommandLine>,
    /// What is added to bhyve's command line.
    #[element("bhyve:commandline")]
    pub bhyve_command_line: Option<BhyveCommandLine>,
}

impl Domain {
    /// Memory at boot.
    #[must_use]
    pub fn memory_size(&self) -> Option<MemorySize> {
        self.memory.as_ref().map(|memory| memory.size)
    }
}
