//! Network devices of the host that are made for a guest: tap devices, on bridges.

use crate::command::{Tap, TapSource};
use crate::host::failed;
use omnivirt_core::domain::Domain;
use omnivirt_core::domain::devices::interface::InterfaceTarget;
use omnivirt_core::{Error, ErrorKind, Result};
use rustix::io::Errno;
use rustix::ioctl::{Opcode, Updater};
use rustix::net::{AddressFamily, SocketType};
use std::collections::HashMap;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

/// What the names begin with that the driver chooses; one that a document has of an earlier run means none.
const CHOSEN: &str = "vnet";

/// The tap devices of a guest that is about to start: their names, by the interfaces' aliases.
#[derive(Debug, Default)]
pub(super) struct Taps(HashMap<String, String>);

impl Taps {
    /// Opens one queue of a tap device. The first makes the device, and connects it.
    ///
    /// # Errors
    ///
    /// `ConfigUnsupported` for what cannot be connected yet, `System`, and what could not be done.
    pub(super) fn open(&mut self, tap: &Tap) -> Result<OwnedFd> {
        let bridge = bridge(&tap.source)?;
        if tap.script.is_some() {
            return Err(unsupported("interface/script", "no program is run for an interface"));
        }
        let path = Path::new(tap.tun.as_deref().unwrap_or("/dev/net/tun"));
        let file = std::fs::OpenOptions::new().read(true).write(true).open(path);
        let file: OwnedFd = file.map_err(|error| failed("open", path, error))?.into();
        let is_first = tap.queue == 0;
        // The kernel puts the first free number in place of %d, and says which.
        let own = tap.device.clone().filter(|name| !name.starts_with(CHOSEN));
        let wanted = self.0.get(&tap.alias).cloned().or(own);
        let wanted = wanted.unwrap_or_else(|| "vnet%d".to_owned());
        let mut request = Request::named(&wanted)?;
        request.value[..2].copy_from_slice(&flags(tap).to_ne_bytes());
        call::<TUNSETIFF>(&file, &mut request)
            .map_err(|error| of_device("make the network device", &wanted, error))?;
        let name = request.name();
        if is_first && !tap.is_unmanaged {
            connect(&name, tap, bridge)?;
        }
        self.0.insert(tap.alias.clone(), name);
        Ok(file)
    }

    /// Writes the names of the devices into the document of the run.
    pub(super) fn name_in(mut self, domain: &mut Domain) {
        for interface in &mut domain.devices.interfaces {
            let alias = interface.info.alias.as_ref().and_then(|alias| alias.name.as_ref());
            if let Some(name) = alias.and_then(|alias| self.0.remove(alias)) {
                interface.target.get_or_insert_with(InterfaceTarget::default).device = Some(name);
            }
        }
    }
}

/// The bridge on which a device is to be.
fn bridge(source: &TapSource) -> Result<Option<&str>> {
    match source {
        TapSource::Ethernet => Ok(None),
        TapSource::Bridge(bridge) => Ok(Some(bridge)),
        TapSource::Network(network) => {
            let why = format!("the bridge of the network '{network}' cannot be looked up yet");
            Err(unsupported("interface", &why)
                .with_hint("use <interface type='bridge'> with the network's bridge"))
        }
        TapSource::Direct { device, .. } => {
            let why = format!("nothing can be put on the device '{device}' yet");
            Err(unsupported("interface", &why).with_hint("use a bridge"))
        }
    }
}

fn unsupported(element: &'static str, why: &str) -> Error {
    Error::new(ErrorKind::ConfigUnsupported, format!("{element}: {why}")).with_context("element", element)
}

/// Sets a device up and puts it on its bridge.
fn connect(name: &str, tap: &Tap, bridge: Option<&str>) -> Result<()> {
    let socket = rustix::net::socket(AddressFamily::INET, SocketType::DGRAM, None)
        .map_err(|error| of_device("set up the network device", name, error.into()))?;
    if let Some(mut address) = tap.address {
        // Bridges take the lowest address of their devices: that of the guest must not be it.
        address[0] = 0xfe;
        let mut request = Request::named(name)?;
        request.value[..2].copy_from_slice(&ARPHRD_ETHER.to_ne_bytes());
        request.value[2..8].copy_from_slice(&address);
        call::<SIOCSIFHWADDR>(&socket, &mut request)
            .map_err(|error| of_device("set the address of the network device", name, error))?;
    }
    let of_bridge = |bridge: &str| {
        let mut request = Request::named(bridge)?;
        call::<SIOCGIFMTU>(&socket, &mut request).map_err(|error| no_bridge(bridge, error))?;
        let [a, b, c, d, ..] = request.value;
        Ok::<_, Error>(u32::from_ne_bytes([a, b, c, d]))
    };
    // A device with smaller frames would make those of the whole bridge smaller.
    let mtu = match tap.mtu {
        Some(mtu) => Some(mtu),
        None => bridge.map(of_bridge).transpose()?,
    };
    if let Some(mtu) = mtu {
        let mut request = Request::named(name)?;
        request.value[..4].copy_from_slice(&mtu.to_ne_bytes());
        call::<SIOCSIFMTU>(&socket, &mut request)
            .map_err(|error| of_device("set the MTU of the network device", name, error))?;
    }
    if let Some(bridge) = bridge {
        let mut index = Request::named(name)?;
        call::<SIOCGIFINDEX>(&socket, &mut index)
            .map_err(|error| of_device("find the network device", name, error))?;
        let mut request = Request::named(bridge)?;
        request.value = index.value;
        call::<SIOCBRADDIF>(&socket, &mut request).map_err(|error| no_bridge(bridge, error))?;
    }
    let mut request = Request::named(name)?;
    request.value[..2].copy_from_slice(&IFF_UP.to_ne_bytes());
    call::<SIOCSIFFLAGS>(&socket, &mut request)
        .map_err(|error| of_device("switch on the network device", name, error))
}

const TUNSETIFF: Opcode = 0x4004_54ca;
const SIOCGIFINDEX: Opcode = 0x8933;
const SIOCSIFFLAGS: Opcode = 0x8914;
const SIOCGIFMTU: Opcode = 0x8921;
const SIOCSIFMTU: Opcode = 0x8922;
const SIOCSIFHWADDR: Opcode = 0x8924;
const SIOCBRADDIF: Opcode = 0x89a2;
const ARPHRD_ETHER: u16 = 1;
const IFF_UP: i16 = 0x0001;
const IFF_TAP: i16 = 0x0002;
const IFF_MULTI_QUEUE: i16 = 0x0100;
const IFF_NO_PI: i16 = 0x1000;
const IFF_VNET_HDR: i16 = 0x4000;

fn flags(tap: &Tap) -> i16 {
    let header = if tap.has_offload_header { IFF_VNET_HDR } else { 0 };
    let several = if tap.queues > 1 { IFF_MULTI_QUEUE } else { 0 };
    IFF_TAP | IFF_NO_PI | header | several
}

/// What the kernel is asked about a device: `struct ifreq`.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(8))]
struct Request {
    name: [u8; 16],
    value: [u8; 24],
}

impl Request {
    fn named(name: &str) -> Result<Self> {
        let mut request = Self { name: [0; 16], value: [0; 24] };
        if name.is_empty() || name.len() >= request.name.len() {
            let why = format!("'{name}' is no name of a network device: those have 1 to 15 bytes");
            return Err(Error::new(ErrorKind::InvalidArgument, why));
        }
        request.name[..name.len()].copy_from_slice(name.as_bytes());
        Ok(request)
    }

    fn name(&self) -> String {
        let end = self.name.iter().position(|byte| *byte == 0).unwrap_or(self.name.len());
        String::from_utf8_lossy(&self.name[..end]).into_owned()
    }
}

/// Asks the kernel.
#[allow(unsafe_code, reason = "the kernel has no other door to these")]
fn call<const CODE: Opcode>(file: impl AsFd, request: &mut Request) -> std::io::Result<()> {
    // SAFETY: each of the codes reads and writes one `struct ifreq` at most, which the request is as large as.
    unsafe { rustix::ioctl::ioctl(file, Updater::<CODE, Request>::new(request)) }.map_err(Into::into)
}

fn of_device(what: &str, name: &str, error: std::io::Error) -> Error {
    let (kind, hint) = match Errno::from_io_error(&error) {
        Some(Errno::BUSY) => {
            (ErrorKind::ResourceBusy, Some("another guest has it; name another in <target dev='…'/>"))
        }
        Some(Errno::PERM | Errno::ACCESS) => (
            ErrorKind::AccessDenied,
            Some("only root can make network devices; <interface type='user'> needs none"),
        ),
        _ => (ErrorKind::System, None),
    };
    let refused = Error::new(kind, format!("cannot {what} '{name}': {error}")).with_source(error);
    match hint {
        Some(hint) => refused.with_hint(hint),
        None => refused,
    }
}

fn no_bridge(bridge: &str, error: std::io::Error) -> Error {
    let (kind, message) = match Errno::from_io_error(&error) {
        Some(Errno::NODEV) => (ErrorKind::NotFound, format!("there is no bridge '{bridge}' on this host")),
        Some(Errno::OPNOTSUPP) => {
            (ErrorKind::ConfigUnsupported, format!("the network device '{bridge}' is no bridge"))
        }
        _ => return of_device("put a network device on the bridge", bridge, error),
    };
    Error::new(kind, message).with_source(error).with_hint("name another in <source bridge='…'/>, or make it")
}
