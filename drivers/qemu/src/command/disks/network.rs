//! Images that other hosts store.

use crate::command::arguments::Arguments;
use crate::command::properties::Properties;
use crate::command::refusal::unsupported;
use omnivirt_core::Result;
use omnivirt_core::domain::YesNo;
use omnivirt_core::domain::devices::hostdev::{ScsiHostdev, ScsiHostdevSource};
use omnivirt_core::storage_source::{
    HostTransport, NetworkProtocol, NetworkSource, SourceHost, StorageSource,
};
use serde_json::{Value, json};

/// The node of what another host stores.
pub(super) fn properties(source: &NetworkSource) -> Result<Properties> {
    check(source)?;
    let name = source.name.as_deref().unwrap_or_default();
    Ok(match source.protocol {
        NetworkProtocol::Nbd => {
            let node = Properties::driver("nbd").with("server", server(one(source)?, 10809)?);
            let node = node.with_some("export", source.name.as_deref());
            node.with_some("reconnect-delay", source.reconnect.as_ref().and_then(|one| one.timeout))
        }
        NetworkProtocol::Rbd => rbd(source, name)?,
        NetworkProtocol::Gluster => {
            let (volume, path) = name.split_once('/').ok_or_else(|| named("volume/path"))?;
            let servers: Result<Vec<_>> = source.hosts.iter().map(|host| server(host, 24007)).collect();
            Properties::driver("gluster")
                .with("volume", volume)
                .with("path", path)
                .with("server", servers?)
                .with("debug", 4)
        }
        NetworkProtocol::Iscsi => {
            let initiator = source.initiator.as_ref().and_then(|initiator| initiator.iqn.as_ref());
            iscsi(name, one(source)?, initiator.and_then(|iqn| iqn.name.as_deref()))?
        }
        NetworkProtocol::Http | NetworkProtocol::Https | NetworkProtocol::Ftp | NetworkProtocol::Ftps => {
            web(source, name)?
        }
        NetworkProtocol::Ssh => Properties::driver("ssh")
            .with("path", absolute(name))
            .with("server", host_and_port(one(source)?, 22)),
        NetworkProtocol::Nfs => {
            let host = one(source)?;
            let id = |text: Option<&str>| match text {
                None => Ok(None),
                Some(text) => text.trim_start_matches('+').parse::<u32>().map(Some).map_err(|_| {
                    let why = format!("'{text}' is no number of a user or a group");
                    unsupported("disk/source/identity", why).with_hint("write the number, with a + before it")
                }),
            };
            let identity = source.identity.as_ref();
            let server = json!({ "host": host_name(host), "type": "inet" });
            Properties::driver("nfs")
                .with("server", server)
                .with("path", absolute(name))
                .with_some("user", id(identity.and_then(|identity| identity.user.as_deref()))?)
                .with_some("group", id(identity.and_then(|identity| identity.group.as_deref()))?)
        }
        other => {
            let why = format!("QEMU 7.2 cannot read images by '{other}'");
            return Err(unsupported("disk/source/@protocol", why));
        }
    })
}

fn check(source: &NetworkSource) -> Result<()> {
    if source.tls == Some(YesNo::Yes) {
        return Err(unsupported("disk/source/@tls", "there are no certificates for it yet"));
    }
    if source.authentication.is_some() {
        return Err(unsupported("disk/auth", "there is no secret to log in with"));
    }
    if source.reservations.is_some() {
        return Err(unsupported("disk/source/reservations", "only disks of this host can be reserved"));
    }
    if source.encryption.is_some() {
        return Err(unsupported("disk/encryption", "there is no secret to read the image with"));
    }
    Ok(())
}

fn named(form: &str) -> omnivirt_core::Error {
    unsupported("disk/source/@name", format!("it is not of the form {form}"))
}

fn one(source: &NetworkSource) -> Result<&SourceHost> {
    match source.hosts.as_slice() {
        [host] => Ok(host),
        _ => Err(unsupported("disk/source/host", "there has to be one host")),
    }
}

fn host_name(host: &SourceHost) -> &str {
    host.name.as_ref().map_or("", |name| &name.0)
}

fn host_and_port(host: &SourceHost, port: u32) -> Value {
    json!({ "host": host_name(host), "port": host.port.unwrap_or(port).to_string() })
}

/// A server, by its address or its socket.
fn server(host: &SourceHost, port: u32) -> Result<Value> {
    Ok(match host.transport {
        None | Some(HostTransport::Tcp) => {
            json!({ "type": "inet", "host": host_name(host), "port": host.port.unwrap_or(port).to_string() })
        }
        Some(HostTransport::Unix) => {
            json!({ "type": "unix", "path": host.socket.as_deref().unwrap_or_default() })
        }
        Some(other) => {
            return Err(unsupported("disk/source/host", format!("QEMU has no transport '{other}'")));
        }
    })
}

fn absolute(path: &str) -> String {
    format!("/{}", path.trim_start_matches('/'))
}

fn rbd(source: &NetworkSource, name: &str) -> Result<Properties> {
    let (pool, image) = name.split_once('/').ok_or_else(|| named("pool/image"))?;
    let (space, image) = match image.split_once('/') {
        Some((space, image)) => (Some(space), image),
        None => (None, image),
    };
    let servers: Vec<Value> = source.hosts.iter().map(|host| host_and_port(host, 6789)).collect();
    Ok(Properties::driver("rbd")
        .with("pool", pool)
        .with_some("namespace", space)
        .with("image", image)
        .with_some("snapshot", source.snapshot.as_ref().and_then(|snapshot| snapshot.name.as_deref()))
        .with_some("conf", source.config.as_ref().and_then(|config| config.file.as_deref()))
        .with_some("server", (!servers.is_empty()).then_some(servers)))
}

fn iscsi(name: &str, host: &SourceHost, initiator: Option<&str>) -> Result<Properties> {
    let (target, unit) = name.split_once('/').unwrap_or((name, "0"));
    let unit: u32 = unit.parse().map_err(|_| named("target/unit"))?;
    let address = match host_name(host) {
        address if address.contains(':') => format!("[{address}]"),
        address => address.to_owned(),
    };
    Ok(Properties::driver("iscsi")
        .with("portal", format!("{address}:{}", host.port.unwrap_or(3260)))
        .with("target", target)
        .with("lun", unit)
        .with("transport", "tcp")
        .with_some("initiator-name", initiator))
}

fn web(source: &NetworkSource, name: &str) -> Result<Properties> {
    let host = one(source)?;
    let scheme = source.protocol.as_str();
    let port = host.port.unwrap_or(match source.protocol {
        NetworkProtocol::Http => 80,
        NetworkProtocol::Https => 443,
        NetworkProtocol::Ftp => 21,
        _ => 990,
    });
    let query = source.query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
    let address = match host_name(host) {
        address if address.contains(':') => format!("[{address}]"),
        address => address.to_owned(),
    };
    let verify = source.ssl.as_ref().and_then(|ssl| ssl.verify).map(|verify| verify == YesNo::Yes);
    Ok(Properties::driver(scheme)
        .with("url", format!("{scheme}://{address}:{port}{}{query}", absolute(name)))
        .with_some("sslverify", verify)
        .with_some("timeout", source.timeout.as_ref().and_then(|timeout| timeout.seconds))
        .with_some("readahead", source.read_ahead.as_ref().and_then(|ahead| ahead.size)))
}

/// Adds what must not be seen in a list of processes.
pub(super) fn add_secrets(
    arguments: &mut Arguments<'_>,
    source: &StorageSource,
    node: &str,
) -> Result<Option<String>> {
    let StorageSource::Network(network) = source else { return Ok(None) };
    let cookies = network.source.as_ref().map_or(&[][..], |source| &source.cookies);
    if cookies.is_empty() {
        return Ok(None);
    }
    let text: Vec<_> = cookies
        .iter()
        .map(|cookie| format!("{}={}", cookie.name.as_deref().unwrap_or_default(), cookie.value))
        .collect();
    let name = format!("{node}-httpcookie-secret0");
    let path = arguments.secret(&name, text.join("; ").into_bytes());
    let object = Properties::object("secret", name.as_str()).with("format", "raw").with("file", path);
    arguments.json("-object", object);
    Ok(Some(name))
}

/// What stands behind a SCSI device that is passed through.
pub(in crate::command) fn scsi_backend(
    arguments: &Arguments<'_>,
    scsi: &ScsiHostdev,
    node: &str,
) -> Result<Properties> {
    debug_assert!(!node.is_empty(), "nodes have names");
    match &scsi.source {
        Some(ScsiHostdevSource::Iscsi(source)) => {
            if source.authentication.is_some() {
                return Err(unsupported("hostdev/source/auth", "there is no secret to log in with"));
            }
            let [host] = source.hosts.as_slice() else {
                return Err(unsupported("hostdev/source/host", "there has to be one host"));
            };
            let initiator = source.initiator.as_ref().and_then(|initiator| initiator.iqn.as_ref());
            let name = source.name.as_deref().unwrap_or_default();
            iscsi(name, host, initiator.and_then(|iqn| iqn.name.as_deref()))
        }
        _ => {
            arguments.refuse_start(
                "hostdev/source",
                "the generic nodes of SCSI devices cannot be looked up yet",
            )?;
            Ok(Properties::driver("host_device").with("filename", "/dev/sg0"))
        }
    }
}
