//! Sources on servers.

use crate::document::DocumentErrorKind::{Invalid, InvalidArgument};
use crate::domain::rules::Fault;
use crate::storage_source::{Cookie, HostTransport, Initiator, NetworkProtocol, NetworkSource, SourceHost};
use crate::xml::quoted;
use std::collections::HashSet;

/// Completes a source on a server, and drops what its protocol does not have.
pub(super) fn complete(source: &mut NetworkSource) -> Result<(), Fault> {
    let protocol = source.protocol;
    source.index = None;
    source.reconnect = None;
    source.security_labels.clear();
    complete_name(source)?;
    complete_hosts(&mut source.hosts, default_port(protocol))?;
    super::complete_slices(&mut source.slices)?;
    if let Some(reservations) = &mut source.reservations {
        super::complete_reservations(reservations)?;
    }
    complete_initiator(&mut source.initiator);
    let is_web = matches!(protocol, NetworkProtocol::Http | NetworkProtocol::Https);
    let is_file = is_web || matches!(protocol, NetworkProtocol::Ftp | NetworkProtocol::Ftps);
    if !is_web {
        source.query = None;
        source.cookies.clear();
    }
    if !matches!(protocol, NetworkProtocol::Https | NetworkProtocol::Ftps) {
        source.ssl = None;
    }
    source.read_ahead =
        source.read_ahead.take().filter(|ahead| is_file && ahead.size.is_some_and(|size| size > 0));
    source.timeout =
        source.timeout.take().filter(|timeout| is_file && timeout.seconds.is_some_and(|seconds| seconds > 0));
    if protocol != NetworkProtocol::Nfs {
        source.identity = None;
    }
    check_cookies(&source.cookies)
}

pub(in crate::domain::rules) fn complete_initiator(initiator: &mut Option<Initiator>) {
    *initiator = initiator.take().filter(|initiator| initiator.iqn.is_some());
}

fn complete_name(source: &mut NetworkSource) -> Result<(), Fault> {
    let Some(name) = &mut source.name else {
        let may_lack =
            matches!(source.protocol, NetworkProtocol::Nbd | NetworkProtocol::Http | NetworkProtocol::Https);
        return if may_lack {
            Ok(())
        } else {
            Err(Fault::new(Invalid, "source", format!("a source of {} has no name", source.protocol)))
        };
    };
    match source.protocol {
        NetworkProtocol::Gluster => match name.split_once('/') {
            Some((volume, path)) if !volume.is_empty() && !path.is_empty() => Ok(()),
            _ => {
                let message = format!("{} is no volume and path", quoted(name));
                Err(Fault::new(Invalid, "source/@name", message).hint("write it as volume/path"))
            }
        },
        NetworkProtocol::Rbd
            if name.split_once('/').is_none_or(|(pool, image)| pool.is_empty() || image.is_empty()) =>
        {
            let message = format!("{} is no pool and image", quoted(name));
            Err(Fault::new(Invalid, "source/@name", message).hint("write it as pool/image"))
        }
        NetworkProtocol::Iscsi => {
            if !name.contains('/') {
                name.push_str("/0");
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// The port that servers of a protocol have; none where the protocol knows better.
fn default_port(protocol: NetworkProtocol) -> Option<u32> {
    Some(match protocol {
        NetworkProtocol::Nbd => 10_809,
        NetworkProtocol::Sheepdog => 7000,
        NetworkProtocol::Gluster => 24_007,
        NetworkProtocol::Iscsi => 3260,
        NetworkProtocol::Http => 80,
        NetworkProtocol::Https => 443,
        NetworkProtocol::Ftp => 21,
        NetworkProtocol::Ftps => 990,
        NetworkProtocol::Tftp => 69,
        NetworkProtocol::Ssh => 22,
        NetworkProtocol::Vxhs => 9999,
        NetworkProtocol::Rbd | NetworkProtocol::Nfs => return None,
    })
}

/// Completes servers: ports that are those of the protocol, and no more than the transport needs.
pub(in crate::domain::rules) fn complete_hosts(
    hosts: &mut [SourceHost],
    default_port: Option<u32>,
) -> Result<(), Fault> {
    for (index, host) in hosts.iter_mut().enumerate() {
        let place = format!("source/host[{}]", index + 1);
        if host.transport == Some(HostTransport::Unix) {
            if host.socket.is_none() {
                return Err(Fault::new(Invalid, place, "the path of the socket is missing"));
            }
            host.name = None;
            host.port = None;
            continue;
        }
        if host.socket.is_some() {
            return Err(Fault::new(Invalid, place, "only the transport unix has a socket"));
        }
        if host.name.is_none() {
            return Err(Fault::new(Invalid, place, "the server has no name"));
        }
        if host.port.is_some_and(|port| port > 0xffff) {
            return Err(Fault::new(InvalidArgument, format!("{place}/@port"), "ports are from 1 to 65535"));
        }
        host.port = host.port.filter(|port| *port > 0);
        if host.transport.is_none() || host.transport == Some(HostTransport::Tcp) {
            host.transport = None;
            host.port = host.port.or(default_port);
        }
    }
    Ok(())
}

fn check_cookies(cookies: &[Cookie]) -> Result<(), Fault> {
    let mut names = HashSet::new();
    for (index, cookie) in cookies.iter().enumerate() {
        let wrong = |message: &str| {
            Err(Fault::new(Invalid, format!("source/cookies/cookie[{}]", index + 1), message))
        };
        let Some(name) = &cookie.name else { return wrong("the cookie has no name") };
        if cookie.value.is_empty() {
            return wrong("the cookie has no value");
        }
        if !name.bytes().all(is_token) {
            return wrong("the cookie's name has characters that it cannot have");
        }
        let value =
            cookie.value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(&cookie.value);
        if !value.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b',' | b';' | b'\\')) {
            return wrong("the cookie's value has characters that it cannot have");
        }
        if !names.insert(name) {
            return wrong("another cookie has this name");
        }
    }
    Ok(())
}

/// Whether HTTP has a character in names.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_graphic() && !br#"()<>@,;:\"/[]?={}"#.contains(&byte)
}
