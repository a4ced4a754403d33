//! Network devices of the host that are made for guests: a tap device each, on a bridge where the document names one. The
//! device is gone when the process that has it open ends.

use crate::command::PassedFile;
use omnivirt_core::domain::Domain;
use omnivirt_core::domain::devices::Interface;
use omnivirt_core::domain::devices::interface::{InterfaceTarget, InterfaceType};
use omnivirt_core::{Error, ErrorKind, Result};
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{CWD, Mode, OFlags};
use rustix::io::Errno;
use rustix::ioctl::{Opcode, Updater, ioctl};
use rustix::net::{AddressFamily, SocketFlags, SocketType};

/// What the kernel makes a name of that no other device has.
const ANY_NAME: &str = "vnet%d";
/// The names that the driver chooses begin with this; a document that was written down from a run has one, and means none.
const CHOSEN: &str = "vnet";

/// `TUNSETIFF`
const SET_INTERFACE: Opcode = 0x4004_54ca;
/// `SIOCGIFFLAGS`
const GET_FLAGS: Opcode = 0x8913;
/// `SIOCSIFFLAGS`
const SET_FLAGS: Opcode = 0x8914;
/// `SIOCGIFMTU`
const GET_MTU: Opcode = 0x8921;
/// `SIOCSIFMTU`
const SET_MTU: Opcode = 0x8922;
/// `SIOCSIFHWADDR`
const SET_ADDRESS: Opcode = 0x8924;
/// `SIOCGIFINDEX`
const GET_INDEX: Opcode = 0x8933;
/// `SIOCBRADDIF`
const ADD_TO_BRIDGE: Opcode = 0x89a2;

/// `IFF_TAP | IFF_NO_PI`
const TAP: u16 = 0x1002;
/// `IFF_VNET_HDR`
const WITH_HEADERS: u16 = 0x4000;
/// `IFF_UP`
const UP: u16 = 1;
/// `ARPHRD_ETHER`
const ETHERNET: u16 = 1;

/// `struct ifreq`: a name, and what is asked of the device or told of it.
#[repr(C, align(8))]
struct Request {
    name: [u8; 16],
    value: [u8; 24],
}

impl Request {
    /// # Errors
    ///
    /// `ConfigUnsupported` if no device can have that name.
    fn of(name: &str) -> Result<Self> {
        let mut request = Self { name: [0; 16], value: [0; 24] };
        let bytes = name.as_bytes();
        if bytes.is_empty() || bytes.len() >= request.name.len() || bytes.contains(&0) {
            let message = format!("'{}' cannot be the name of a network device", name.escape_debug());
            return Err(
                Error::new(ErrorKind::ConfigUnsupported, message).with_hint("a name has 1 to 15 bytes")
            );
        }
        request.name[..bytes.len()].copy_from_slice(bytes);
        Ok(request)
    }

    fn with(mut self, value: &[u8]) -> Self {
        self.value[..value.len()].copy_from_slice(value);
        self
    }

    fn name(&self) -> String {
        let bytes: Vec<u8> = self.name.iter().copied().take_while(|byte| *byte != 0).collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Asks the kernel.
    #[allow(unsafe_code, reason = "what the kernel reads and writes cannot be said in a type")]
    fn ask<const OPCODE: Opcode>(&mut self, of: impl AsFd) -> rustix::io::Result<()> {
        // SAFETY: each of the opcodes above takes a pointer to a `struct ifreq`, reads and writes within it, and keeps no
        // pointer. This is one: 16 bytes for the name, and 24 for the largest of what may follow.
        unsafe { ioctl(of, Updater::<OPCODE, Self>::new(self)) }
    }
}

/// Makes the devices that a guest is passed, in their order, and writes their names into its document.
///
/// # Errors
///
/// `ResourceBusy` if a device is in use, `NotFound` if there is no such bridge, `AccessDenied` and `System`.
pub(super) fn open_all(domain: &mut Domain, files: &[PassedFile]) -> Result<Vec<OwnedFd>> {
    let taps = files.iter().filter_map(|file| match file {
        PassedFile::Tap { name, bridge } => Some((name.as_deref(), bridge.as_deref())),
        _ => None,
    });
    let is_tap = |interface: &&mut Interface| {
        matches!(interface.connection, InterfaceType::Ethernet(_) | InterfaceType::Bridge(_))
    };
    let interfaces = domain.devices.interfaces.iter_mut().filter(is_tap);
    taps.zip(interfaces)
        .map(|((name, bridge), interface)| {
            let (device, name) = open(name, bridge, interface)?;
            interface.target.get_or_insert_with(InterfaceTarget::default).device = Some(name);
            Ok(device)
        })
        .collect()
}

fn open(name: Option<&str>, bridge: Option<&str>, interface: &Interface) -> Result<(OwnedFd, String)> {
    let failed = |what: &str, error: Errno| failed(what, error);
    let device = rustix::fs::openat(CWD, "/dev/net/tun", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty())
        .map_err(|error| failed("open /dev/net/tun", error))?;
    let wanted = name.filter(|name| !name.starts_with(CHOSEN)).unwrap_or(ANY_NAME);
    let model = interface.model.as_ref().and_then(|model| model.name.as_deref()).unwrap_or_default();
    let flags = if model.starts_with("virtio") { TAP | WITH_HEADERS } else { TAP };
    let mut request = Request::of(wanted)?.with(&flags.to_ne_bytes());
    request
        .ask::<SET_INTERFACE>(&device)
        .map_err(|error| failed(&format!("make the network device '{wanted}'"), error))?;
    let name = request.name();
    let socket = rustix::net::socket_with(AddressFamily::INET, SocketType::DGRAM, SocketFlags::CLOEXEC, None);
    let socket = socket.map_err(|error| failed("ask for network devices", error))?;
    if let Some(address) = interface.mac.as_ref().and_then(|mac| mac.address) {
        // Highest of all, so that a bridge does not take it for its own.
        let mut bytes = address.0;
        bytes[0] = 0xfe;
        let value = [&ETHERNET.to_ne_bytes()[..], &bytes].concat();
        Request::of(&name)?
            .with(&value)
            .ask::<SET_ADDRESS>(&socket)
            .map_err(|error| failed(&format!("set the address of '{name}'"), error))?;
    }
    set_mtu(&socket, &name, bridge, interface)?;
    if let Some(bridge) = bridge {
        join(&socket, &name, bridge)?;
    }
    let mut request = Request::of(&name)?;
    let up = request.ask::<GET_FLAGS>(&socket).and_then(|()| {
        let flags = u16::from_ne_bytes([request.value[0], request.value[1]]) | UP;
        Request { name: request.name, value: [0; 24] }.with(&flags.to_ne_bytes()).ask::<SET_FLAGS>(&socket)
    });
    up.map_err(|error| failed(&format!("switch '{name}' on"), error))?;
    Ok((device, name))
}

/// Sets the size of the largest packet: that of the document, or else that of the bridge.
fn set_mtu(socket: &OwnedFd, name: &str, bridge: Option<&str>, interface: &Interface) -> Result<()> {
    let asked = interface.mtu.as_ref().and_then(|mtu| mtu.size).filter(|size| *size > 0);
    let size = match (asked, bridge) {
        (Some(size), _) => size,
        (None, Some(bridge)) => {
            let mut request = Request::of(bridge)?;
            request.ask::<GET_MTU>(socket).map_err(|error| no_bridge(bridge, error))?;
            let [a, b, c, d, ..] = request.value;
            u32::from_ne_bytes([a, b, c, d])
        }
        (None, None) => return Ok(()),
    };
    Request::of(name)?
        .with(&size.to_ne_bytes())
        .ask::<SET_MTU>(socket)
        .map_err(|error| failed(&format!("set the MTU of '{name}' to {size}"), error))
}

/// Puts a device on a bridge.
fn join(socket: &OwnedFd, name: &str, bridge: &str) -> Result<()> {
    let mut device = Request::of(name)?;
    device.ask::<GET_INDEX>(socket).map_err(|error| failed(&format!("find '{name}'"), error))?;
    let [a, b, c, d, ..] = device.value;
    Request::of(bridge)?
        .with(&[a, b, c, d])
        .ask::<ADD_TO_BRIDGE>(socket)
        .map_err(|error| no_bridge(bridge, error))
}

fn no_bridge(bridge: &str, error: Errno) -> Error {
    match error {
        Errno::NODEV => {
            let message = format!("there is no bridge '{}' on this host", bridge.escape_debug());
            Error::new(ErrorKind::NotFound, message)
                .with_hint("make it, or name another in <source bridge='…'/>")
        }
        Errno::OPNOTSUPP => {
            let message = format!("the network device '{bridge}' is no bridge");
            Error::new(ErrorKind::ConfigUnsupported, message)
                .with_hint("name a bridge in <source bridge='…'/>")
        }
        error => failed(&format!("put a network device on the bridge '{bridge}'"), error),
    }
}

fn failed(what: &str, error: Errno) -> Error {
    let (kind, hint) = match error {
        Errno::BUSY => {
            (ErrorKind::ResourceBusy, Some("another guest has the device; name another in <target dev='…'/>"))
        }
        Errno::PERM | Errno::ACCESS => (
            ErrorKind::AccessDenied,
            Some(
                "only root can make network devices; QEMU's own network needs none: <interface type='user'>",
            ),
        ),
        _ => (ErrorKind::System, None),
    };
    let error = std::io::Error::from(error);
    let message = format!("cannot {what}: {error}");
    let refused = Error::new(kind, message).with_source(error);
    match hint {
        Some(hint) => refused.with_hint(hint),
        None => refused,
    }
}
