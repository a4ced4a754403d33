//! What a command line depends on besides the domain.

use std::collections::BTreeMap;
use std::path::Path;

/// What a command line depends on besides the domain.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Context<'a> {
    /// Where this run keeps its sockets and keys.
    pub(crate) directory: &'a Path,
    /// Where the driver keeps what outlives runs.
    pub(crate) library: &'a Path,
    /// What the program can do.
    pub(crate) program: &'a ProgramFacts,
    /// Whether memory and devices come from a stream, which the monitor names later.
    pub(crate) is_incoming: bool,
}

/// What is known of the QEMU program, and of the host it runs on. The default is QEMU 7.2 of Debian 12.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProgramFacts {
    /// Its version: major, minor, micro.
    pub(crate) version: (u32, u32, u32),
    /// The name of each machine's memory, by the machine's name.
    pub(crate) memory_names: BTreeMap<String, String>,
    /// Whether the host has `/dev/vhost-net`, so that interfaces that leave it open use it.
    pub(crate) has_vhost_net: bool,
    /// Where huge pages are mounted, by their size in KiB; the default size is the first.
    pub(crate) huge_pages: Vec<(u64, String)>,
}

impl ProgramFacts {
    /// Those of this host, as far as they are files of it.
    pub(crate) fn of_host() -> Self {
        Self { has_vhost_net: Path::new("/dev/vhost-net").exists(), ..Self::default() }
    }
}

impl Default for ProgramFacts {
    fn default() -> Self {
        Self {
            version: (7, 2, 0),
            memory_names: BTreeMap::new(),
            has_vhost_net: false,
            huge_pages: vec![(2048, "/dev/hugepages".into()), (1_048_576, "/dev/hugepages1G".into())],
        }
    }
}
