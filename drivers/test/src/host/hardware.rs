//! The hardware of a simulated host: what it would have, were it real.

use omnivirt_core::test_host::TestHost;
use omnivirt_core::xml::Element;
use omnivirt_core::{CpuMap, Error, ErrorKind, NodeInfo, Result};

/// What a simulated host is made of. All NUMA nodes are alike, and so are all sockets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hardware {
    /// What the CPUs call themselves, such as `x86_64`.
    pub(crate) cpu_model: String,
    pub(crate) cpu_mhz: u32,
    pub(crate) nodes: u32,
    pub(crate) sockets_per_node: u32,
    pub(crate) cores_per_socket: u32,
    pub(crate) threads_per_core: u32,
    /// How many of the CPUs are on line: the first ones.
    pub(crate) online: u32,
    pub(crate) memory_kib: u64,
}

/// One CPU and where it sits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cpu {
    pub(crate) number: u32,
    pub(crate) socket: u32,
    pub(crate) core: u32,
}

/// More makes no sense even in a simulation, and every list of CPUs is as long.
const MOST_CPUS: u64 = 4096;

impl Default for Hardware {
    /// Two NUMA nodes of one socket with four cores of two threads, and 32 GiB.
    fn default() -> Self {
        Self {
            cpu_model: "x86_64".into(),
            cpu_mhz: 2400,
            nodes: 2,
            sockets_per_node: 1,
            cores_per_socket: 4,
            threads_per_core: 2,
            online: 16,
            memory_kib: 32 << 20,
        }
    }
}

impl Hardware {
    /// The hardware that a host file describes; what it does not say is as in the default host.
    ///
    /// # Errors
    ///
    /// `XmlInvalid` for numbers that no host can have.
    pub(crate) fn of(description: &TestHost) -> Result<Self> {
        let (described, mut hardware) = (description.hardware(), Self::default());
        if let Some(cpu) = described.cpu {
            let Self {
                cpu_model, cpu_mhz, nodes, sockets_per_node, cores_per_socket, threads_per_core, ..
            } = hardware;
            hardware = Self {
                cpu_model: cpu.model.unwrap_or(cpu_model),
                cpu_mhz: cpu.mhz.unwrap_or(cpu_mhz),
                nodes: cpu.nodes.unwrap_or(nodes),
                sockets_per_node: cpu.sockets.unwrap_or(sockets_per_node),
                cores_per_socket: cpu.cores.unwrap_or(cores_per_socket),
                threads_per_core: cpu.threads.unwrap_or(threads_per_core),
                ..hardware
            };
            let cpus = hardware.check_cpus(description.root())?;
            hardware.online = cpu.active.unwrap_or(cpus).clamp(1, cpus);
        }
        if let Some(memory) = described.memory {
            hardware.memory_kib = memory.kib();
        }
        Ok(hardware)
    }

    fn check_cpus(&self, node: Element<'_>) -> Result<u32> {
        let factors = [self.nodes, self.sockets_per_node, self.cores_per_socket, self.threads_per_core];
        let product =
            factors.iter().try_fold(1_u64, |product, factor| product.checked_mul(u64::from(*factor)));
        match product {
            Some(cpus @ 1..=MOST_CPUS) => Ok(cpus as u32),
            _ => {
                let at = node.child("cpu").unwrap_or(node).position();
                let message = format!(
                    "the host's nodes, sockets, cores and threads make no number of CPUs from 1 to {MOST_CPUS}"
                );
                Err(Error::new(ErrorKind::XmlInvalid, message)
                    .with_context("line", at.line)
                    .with_context("column", at.column))
            }
        }
    }

    /// How many CPUs there are, on line or not.
    pub(crate) fn cpus(&self) -> u32 {
        self.nodes * self.cpus_per_node()
    }

    pub(crate) fn cpus_per_node(&self) -> u32 {
        self.sockets_per_node * self.cores_per_socket * self.threads_per_core
    }

    /// The CPUs that are on line.
    pub(crate) fn online(&self) -> CpuMap {
        CpuMap::first(self.online)
    }

    /// The memory of each NUMA node, in KiB; the first one has what cannot be divided.
    pub(crate) fn node_memory_kib(&self, node: u32) -> u64 {
        let nodes = u64::from(self.nodes);
        self.memory_kib / nodes + if node == 0 { self.memory_kib % nodes } else { 0 }
    }

    /// The CPUs of a NUMA node.
    pub(crate) fn node_cpus(&self, node: u32) -> impl Iterator<Item = Cpu> {
        let (threads, cores) = (self.threads_per_core, self.cores_per_socket);
        let first = node * self.cpus_per_node();
        (first..first + self.cpus_per_node()).map(move |number| Cpu {
            number,
            socket: number / threads / cores,
            core: number / threads % cores,
        })
    }

    /// The CPUs that share a core with this one, itself included.
    pub(crate) fn siblings(&self, cpu: Cpu) -> CpuMap {
        let first = cpu.number - cpu.number % self.threads_per_core;
        let mut siblings = CpuMap::default();
        for sibling in first..first + self.threads_per_core {
            siblings.insert(sibling);
        }
        siblings
    }

    /// The architecture, as capabilities name it.
    pub(crate) fn arch(&self) -> &'static str {
        let is_32_bit =
            self.cpu_model.len() == 4 && self.cpu_model.starts_with('i') && self.cpu_model.ends_with("86");
        if is_32_bit { "i686" } else { "x86_64" }
    }

    /// The NUMA nodes that a text such as `0-3,^2` names; empty text for none.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` for text that names no nodes, or nodes that the host does not have.
    pub(crate) fn node_set(&self, text: &str) -> Result<CpuMap> {
        let refuse = |message: String| Err(Error::new(ErrorKind::InvalidArgument, message));
        if text.is_empty() {
            return Ok(CpuMap::default());
        }
        // Sets of nodes are written as sets of CPUs are.
        let Ok(nodes) = text.parse::<CpuMap>() else {
            return refuse(format!("'{text}' names no NUMA nodes"));
        };
        let missing = nodes.iter().find(|node| *node >= self.nodes);
        match missing {
            Some(node) => refuse(format!("the host has no NUMA node {node}: it has {}", self.nodes)),
            None => Ok(nodes),
        }
    }

    /// What [`omnivirt_core::Connection::node_info`] says.
    pub(crate) fn info(&self) -> NodeInfo {
        NodeInfo::default()
            .cpu_model(self.cpu_model.clone())
            .memory_kib(self.memory_kib)
            .cpus(self.online)
            .cpu_mhz(self.cpu_mhz)
            .numa_nodes(self.nodes)
            .sockets_per_node(self.sockets_per_node)
            .cores_per_socket(self.cores_per_socket)
            .threads_per_core(self.threads_per_core)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(xml: &str) -> Result<Hardware> {
        Hardware::of(&TestHost::parse(xml).unwrap())
    }

    #[test]
    fn a_host_file_says_what_there_is() {
        let hardware = read(
            "<node><cpu><mhz>6000</mhz><model>i986</model><active>50</active><nodes>4</nodes><sockets>4</sockets>\
             <cores>4</cores><threads>2</threads></cpu><memory>8192000</memory></node>",
        )
        .unwrap();
        assert_eq!((hardware.cpus(), hardware.online, hardware.arch()), (128, 50, "i686"));
        assert_eq!(hardware.info().cpus, 50);
        assert_eq!(hardware.node_cpus(1).nth(9), Some(Cpu { number: 41, socket: 5, core: 0 }));
        assert_eq!(hardware.siblings(Cpu { number: 41, socket: 5, core: 0 }).to_string(), "40-41");
    }

    #[test]
    fn what_a_host_file_leaves_out_is_as_in_the_default_host() {
        assert_eq!(read("<node/>").unwrap(), Hardware::default());
        assert_eq!(read("<node><cpu><cores>1</cores></cpu></node>").unwrap().online, 4);
    }

    #[test]
    fn impossible_hosts_are_refused() {
        for cpu in ["<nodes>0</nodes>", "<cores>99999999</cores>"] {
            assert_eq!(
                read(&format!("<node><cpu>{cpu}</cpu></node>")).unwrap_err().kind(),
                ErrorKind::XmlInvalid,
                "{cpu}"
            );
        }
    }

    #[test]
    fn nodes_share_the_memory_to_the_last_kibibyte() {
        let hardware = Hardware { nodes: 3, memory_kib: 100, ..Hardware::default() };
        assert_eq!((0..3).map(|node| hardware.node_memory_kib(node)).collect::<Vec<_>>(), [34, 33, 33]);
    }
}
