//! What a QEMU process is held to before it begins: its groups of processes, its CPUs, what it leaves behind.

use rustix::fd::OwnedFd;
use rustix::fs::Mode;
use rustix::process::{Gid, Resource, Rlimit};
use rustix::thread::CpuSet;

/// What a new process is held to.
#[derive(Debug, Default)]
pub(crate) struct Bounds {
    /// The groups that its user has besides its own.
    pub(crate) groups: Vec<Gid>,
    /// The lists of processes of the control groups that it joins.
    pub(crate) control_groups: Vec<OwnedFd>,
    /// The host's CPUs on which it runs; all where none are said.
    pub(crate) cpus: Option<CpuSet>,
    /// Whether it may leave an image of its memory behind when it crashes.
    pub(crate) may_dump: bool,
}

impl Bounds {
    /// Makes them ready, with no descriptor below that number.
    pub(super) fn beyond(mut self, number: i32) -> std::io::Result<Self> {
        let moved = self.control_groups.iter().map(|list| rustix::io::fcntl_dupfd_cloexec(list, number));
        self.control_groups = moved.collect::<rustix::io::Result<_>>()?;
        Ok(self)
    }

    /// Holds the calling process to them. Only system calls: it runs between fork and exec.
    pub(super) fn assume(&self) -> std::io::Result<()> {
        rustix::process::umask(Mode::RWXG | Mode::RWXO);
        if !self.may_dump {
            // The guest's memory is somebody's secret.
            let none = Rlimit { current: Some(0), maximum: Some(0) };
            rustix::process::setrlimit(Resource::Core, none)?;
        }
        for list in &self.control_groups {
            // The kernel takes 0 for whoever writes it.
            rustix::io::write(list, b"0")?;
        }
        if let Some(cpus) = &self.cpus {
            rustix::thread::sched_setaffinity(None, cpus)?;
        }
        rustix::thread::set_no_new_privs(true)?;
        Ok(())
    }
}
