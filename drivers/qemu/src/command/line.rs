//! What starting QEMU takes.

use omnivirt_core::domain::devices::interface::BridgeMode;
use serde_json::Value;
use std::path::PathBuf;

/// What starting QEMU takes: the program, what it is told, and what must be there before.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CommandLine {
    /// The program's path.
    pub(crate) program: String,
    /// Its arguments, without its name.
    pub(crate) arguments: Vec<String>,
    /// All of its environment.
    pub(crate) environment: Vec<(String, String)>,
    /// Files that the new process inherits: the i-th has the number 3 + i, which is what the arguments say.
    pub(crate) files: Vec<PassedFile>,
    /// Folders to be made before, for QEMU's user alone, with those above them.
    pub(crate) folders: Vec<PathBuf>,
    /// Files to be copied before where they are not there yet: from where, and to where.
    pub(crate) copies: Vec<(PathBuf, PathBuf)>,
    /// Files to be written before, for QEMU's user alone.
    pub(crate) secrets: Vec<SecretFile>,
    /// Programs that have to run before QEMU does, and as long.
    pub(crate) helpers: Vec<Helper>,
    /// What to tell QEMU on its monitor, in this order, before the guest runs for the first time.
    pub(crate) commands: Vec<MonitorCommand>,
}

/// A file that the new process inherits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PassedFile {
    /// A listening unix socket: the monitor.
    Monitor,
    /// One queue of a tap device.
    Tap(Tap),
    /// A device of the host, opened anew for reading and writing.
    Device(PathBuf),
}

/// One queue of a tap device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tap {
    /// The interface's alias.
    pub(crate) alias: String,
    /// The name that the document asks for.
    pub(crate) device: Option<String>,
    /// Whether the device is there already, and stays.
    pub(crate) is_unmanaged: bool,
    /// What it is connected with.
    pub(crate) source: TapSource,
    /// Which of the device's queues it is.
    pub(crate) queue: u32,
    /// How many there are.
    pub(crate) queues: u32,
    /// Whether frames have a header with virtio's offloads (`IFF_VNET_HDR`).
    pub(crate) has_offload_header: bool,
    /// The address of the guest's interface.
    pub(crate) address: Option<[u8; 6]>,
    /// How large its frames can be; absent for as large as those of what it is connected with.
    pub(crate) mtu: Option<u32>,
    /// The device that makes tap devices; absent for `/dev/net/tun`.
    pub(crate) tun: Option<String>,
    /// A program to run when the device is there.
    pub(crate) script: Option<String>,
}

/// What a tap device is connected with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TapSource {
    /// Whatever the host makes of it.
    Ethernet,
    /// A bridge.
    Bridge(String),
    /// A virtual network.
    Network(String),
    /// A device of the host's, by macvtap.
    Direct {
        /// The host's device.
        device: String,
        /// How frames go between the device and its macvtaps.
        mode: Option<BridgeMode>,
    },
}

/// A file to be written before QEMU starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SecretFile {
    /// Where.
    pub(crate) path: PathBuf,
    /// What is in it.
    pub(crate) content: SecretContent,
}

/// What is in a secret file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SecretContent {
    /// So many bytes that nobody can guess.
    Random(usize),
    /// These.
    Bytes(Vec<u8>),
}

/// A command for QEMU's monitor.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct MonitorCommand {
    /// Its name.
    pub(crate) name: &'static str,
    /// Its arguments.
    pub(crate) arguments: Value,
}

/// A program that emulates something for QEMU in a process of its own. It inherits a socket as number 3 that listens already, so
/// that QEMU need not wait for it, and ends when QEMU has left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Helper {
    /// The alias of the device.
    pub(crate) alias: String,
    /// The program's path.
    pub(crate) program: String,
    /// Its arguments.
    pub(crate) arguments: Vec<String>,
    /// Where the socket is.
    pub(crate) socket: PathBuf,
    /// A folder that must be there, for the program alone.
    pub(crate) state: Option<PathBuf>,
}

/// The number of the socket that a helper inherits.
pub(super) const HELPER_SOCKET: u32 = 3;
