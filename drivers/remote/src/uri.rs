//! What a URI asks for: how to reach the daemon, and what the daemon is asked to open.

use crate::error::Layer;
use omnivirt_core::daemon::{Places, READ_ONLY_SOCKET, SOCKET};
use omnivirt_core::{ConnectUri, Error, ErrorKind, Result};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where systems keep the sockets of daemons that serve all users.
const SYSTEM_SOCKETS: &str = "/run/libvirt";

/// As virsh has it: the first ping after 5 quiet seconds.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(5);

/// Pings without an answer until the connection counts as lost: 30 quiet seconds.
const KEEPALIVE_COUNT: u32 = 5;

/// Parameters that are meant for the client, and are not forwarded.
const CONSUMED: [&str; 20] = [
    "name",
    "socket",
    "mode",
    "proxy",
    "command",
    "netcat",
    "keyfile",
    "no_tty",
    "no_verify",
    "no_sanity",
    "pkipath",
    "tls_priority",
    "auth",
    "authfile",
    "known_hosts",
    "known_hosts_verify",
    "sshauth",
    "reconnect",
    "keepalive_interval",
    "keepalive_count",
];

/// A URI, understood.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    /// How the daemon is reached.
    pub(crate) route: Route,
    /// What the daemon is asked to open; empty lets it choose.
    pub(crate) name: String,
    /// The way to authenticate that the URI asks for.
    pub(crate) auth: Option<Auth>,
    /// None if no pings are to be sent.
    pub(crate) keepalive: Option<Keepalive>,
    /// Whether a lost connection is made again.
    pub(crate) reconnect: bool,
}

/// How the daemon is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Route {
    /// A unix socket.
    Unix(PathBuf),
    /// The omnivirtd of this host that is meant by a URI without transport.
    Daemon(Daemon),
    /// A program that carries the protocol on its standard input and output.
    Command(String),
}

/// An omnivirtd of this host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Daemon {
    /// Where it listens.
    pub(crate) socket: PathBuf,
    /// It is the user's own, and started when it is not there. Otherwise it is the one that serves all users.
    pub(crate) is_session: bool,
    /// The sockets at which a libvirtd would have what is asked for, and the URI that reaches it there.
    pub(crate) libvirt: ([PathBuf; 2], String),
}

/// When a quiet connection counts as lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Keepalive {
    /// How long it may be quiet before a ping.
    pub(crate) interval: Duration,
    /// How many pings may stay without an answer.
    pub(crate) count: u32,
}

/// A way to authenticate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Auth {
    Polkit,
    Sasl,
}

impl Target {
    /// Understands a URI.
    ///
    /// # Errors
    ///
    /// `InvalidUri` if it contradicts itself, `Unsupported` for a transport that is not there yet.
    pub(crate) fn of(uri: &ConnectUri, read_only: bool) -> Result<Self> {
        Ok(Self {
            route: route(uri, read_only)?,
            name: forwarded(uri),
            auth: auth(uri)?,
            keepalive: keepalive(uri)?,
            reconnect: switch(uri, "reconnect")?,
        })
    }
}

fn route(uri: &ConnectUri, read_only: bool) -> Result<Route> {
    let transport = uri.transport().map(str::to_ascii_lowercase);
    match transport.as_deref() {
        None if uri.host().is_none() && !is_remote(uri) => daemon(uri, read_only),
        Some("unix") | None if uri.host().is_none() => socket(uri, read_only).map(Route::Unix),
        Some("unix") => Err(invalid("a unix socket has no host: leave the host out of the URI")),
        Some("ext") => match uri.parameter("command") {
            Some(command) if !command.is_empty() => Ok(Route::Command(command.into())),
            _ => Err(invalid("the transport 'ext' needs the parameter 'command', the program to run")),
        },
        other => Err(Layer::Transport.place(
            Error::new(
                ErrorKind::Unsupported,
                format!("the transport '{}' is not there yet", other.unwrap_or("tls")),
            )
            .with_hint(
                "use unix, or ext with a command that carries the connection, such as ssh with a script",
            ),
        )),
    }
}

fn socket(uri: &ConnectUri, read_only: bool) -> Result<PathBuf> {
    let mode = uri.parameter("mode").unwrap_or("auto");
    if !["auto", "direct", "legacy"].contains(&mode) {
        return Err(invalid(format!("'{mode}' is no mode: auto, direct and legacy are")));
    }
    if let Some(socket) = named_socket(uri)? {
        return Ok(socket);
    }
    let folder = if rustix::process::getuid().is_root() || uri.path() == "/system" {
        PathBuf::from(SYSTEM_SOCKETS)
    } else {
        session_sockets()
    };
    let [direct, legacy] = libvirt_sockets(&folder, uri, read_only);
    let is_direct = match mode {
        "auto" => !is_remote(uri) && Path::exists(&direct),
        mode => mode == "direct",
    };
    Ok(if is_direct { direct } else { legacy })
}

/// The socket of libvirt's daemon for one driver, and of the one for all.
fn libvirt_sockets(folder: &Path, uri: &ConnectUri, read_only: bool) -> [PathBuf; 2] {
    let suffix = if read_only { "-ro" } else { "" };
    let direct = folder.join(format!("virt{}d-sock{suffix}", uri.driver().to_ascii_lowercase()));
    [direct, folder.join(format!("libvirt-sock{suffix}"))]
}

fn named_socket(uri: &ConnectUri) -> Result<Option<PathBuf>> {
    match uri.parameter("socket") {
        Some("") => Err(invalid("the parameter 'socket' is empty")),
        socket => Ok(socket.map(PathBuf::from)),
    }
}

fn is_remote(uri: &ConnectUri) -> bool {
    uri.driver().eq_ignore_ascii_case("remote")
}

/// The omnivirtd that a URI without transport and host means: with the path `/system` the one of all users.
fn daemon(uri: &ConnectUri, read_only: bool) -> Result<Route> {
    if uri.parameter("mode").is_some() {
        return Err(invalid(
            "the parameter 'mode' chooses among libvirt's sockets: name the transport 'unix' too",
        ));
    }
    if let Some(socket) = named_socket(uri)? {
        return Ok(Route::Unix(socket));
    }
    let is_session = uri.path() != "/system";
    // A user's own daemon makes no difference between its sockets but that one.
    let (places, name, libvirt) = match is_session {
        true => (Places::of_session(), SOCKET, session_sockets()),
        false if read_only => (Ok(Places::of_system()), READ_ONLY_SOCKET, SYSTEM_SOCKETS.into()),
        false => (Ok(Places::of_system()), SOCKET, SYSTEM_SOCKETS.into()),
    };
    let places = places.map_err(|error| Layer::Transport.place(error))?;
    let over_unix = uri.to_string().replacen("://", "+unix://", 1);
    Ok(Route::Daemon(Daemon {
        socket: places.sockets.join(name),
        is_session,
        libvirt: (libvirt_sockets(&libvirt, uri, read_only), over_unix),
    }))
}

/// The folder of the sockets of a user's own daemons.
fn session_sockets() -> PathBuf {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").filter(|folder| !folder.is_empty());
    let runtime = runtime
        .map_or_else(|| format!("/run/user/{}", rustix::process::getuid().as_raw()).into(), PathBuf::from);
    runtime.join("libvirt")
}

/// The URI as the daemon is to see it: without transport, user, host, and what is meant for the client.
fn forwarded(uri: &ConnectUri) -> String {
    if let Some(name) = uri.parameter("name") {
        return name.into();
    }
    if is_remote(uri) {
        return String::new();
    }
    // Cut out of the written form, which has each part encoded as it has to be.
    let whole = uri.to_string();
    let behind_scheme = whole.split_once("://").map_or("", |(_, rest)| rest);
    let (place, query) = behind_scheme.split_once('?').unwrap_or((behind_scheme, ""));
    let path = place.find('/').map_or("", |start| &place[start..]);
    let mut name = format!("{}://{path}", uri.driver());
    let mut separator = '?';
    for (written, (key, _)) in query.split('&').zip(uri.parameters()) {
        if !CONSUMED.contains(&key.as_str()) {
            name.push(separator);
            name.push_str(written);
            separator = '&';
        }
    }
    name
}

fn auth(uri: &ConnectUri) -> Result<Option<Auth>> {
    match uri.parameter("auth") {
        None => Ok(None),
        Some("polkit") => Ok(Some(Auth::Polkit)),
        Some(sasl) if sasl == "sasl" || sasl.starts_with("sasl.") => Ok(Some(Auth::Sasl)),
        Some(other) => Err(invalid(format!("'{other}' is no way to authenticate: polkit and sasl are"))),
    }
}

fn keepalive(uri: &ConnectUri) -> Result<Option<Keepalive>> {
    let interval = match uri.parameter("keepalive_interval") {
        None => KEEPALIVE_INTERVAL,
        Some(seconds) => Duration::from_secs(number("keepalive_interval", seconds)?.into()),
    };
    let count = match uri.parameter("keepalive_count") {
        None => KEEPALIVE_COUNT,
        Some(count) => number("keepalive_count", count)?,
    };
    Ok((!interval.is_zero()).then_some(Keepalive { interval, count }))
}

fn number(name: &str, text: &str) -> Result<u32> {
    text.parse().map_err(|_| invalid(format!("the parameter '{name}' is a whole number, not '{text}'")))
}

fn switch(uri: &ConnectUri, name: &str) -> Result<bool> {
    match uri.parameter(name) {
        None | Some("no" | "0") => Ok(false),
        Some("" | "yes" | "1") => Ok(true),
        Some(other) => Err(invalid(format!("the parameter '{name}' is yes or no, not '{other}'"))),
    }
}

fn invalid(message: impl Into<String>) -> Error {
    Layer::Uri.place(Error::new(ErrorKind::InvalidUri, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(uri: &str) -> Result<Target> {
        Target::of(&uri.parse().unwrap(), false)
    }

    #[test]
    fn the_daemon_sees_the_uri_without_what_is_meant_for_the_client() {
        for (uri, name) in [
            ("test+unix:///default?socket=S&foo=1", "test:///default?foo=1"),
            ("remote+unix:///", ""),
            ("QEMU+unix:///system?x=a%26b&reconnect=yes&y", "QEMU:///system?x=a%26b&y="),
            ("qemu+unix:///session?name=lxc:///system&x=y", "lxc:///system"),
            ("qemu+ext://user@host:7/system?command=c", "qemu:///system"),
            ("test+unix:///a%20b?mode=legacy", "test:///a%20b"),
            ("qemu+unix://", "qemu://"),
        ] {
            assert_eq!(target(uri).unwrap().name, name, "{uri}");
        }
    }

    #[test]
    fn a_socket_is_found_by_mode_and_driver() {
        for (uri, read_only, socket) in [
            ("qemu+unix:///system?socket=/s", false, "/s"),
            ("qemu+unix:///system?socket=/s", true, "/s"),
            ("qemu+unix:///system?mode=direct", false, "/run/libvirt/virtqemud-sock"),
            ("qemu+unix:///system?mode=direct", true, "/run/libvirt/virtqemud-sock-ro"),
            ("lxc+unix:///system?mode=legacy", true, "/run/libvirt/libvirt-sock-ro"),
        ] {
            let target = Target::of(&uri.parse().unwrap(), read_only).unwrap();
            assert_eq!(target.route, Route::Unix(socket.into()), "{uri}");
        }
    }

    #[test]
    fn a_uri_without_transport_means_an_omnivirtd_of_this_host() {
        for (uri, read_only, socket) in [
            ("qemu:///system", false, "/run/omnivirt/libvirt-sock"),
            ("qemu:///system?keepalive_count=3", true, "/run/omnivirt/libvirt-sock-ro"),
        ] {
            let target = Target::of(&uri.parse().unwrap(), read_only).unwrap();
            let Route::Daemon(daemon) = target.route else { panic!("{uri}: {:?}", target.route) };
            assert_eq!((daemon.socket, daemon.is_session), (socket.into(), false), "{uri}");
            assert_eq!(target.name, "qemu:///system");
            assert_eq!(daemon.libvirt.1, uri.replace("://", "+unix://"));
        }
        let Route::Daemon(session) = target("qemu:///session").unwrap().route else { panic!("no daemon") };
        assert!(session.is_session && session.socket.ends_with("libvirt-sock"), "{session:?}");
        let named = target("qemu:///session?socket=/s").unwrap();
        assert_eq!((named.route, &*named.name), (Route::Unix("/s".into()), "qemu:///session"));
        assert!(matches!(target("remote:///system").unwrap().route, Route::Unix(_)));
    }

    #[test]
    fn contradictions_are_told_with_their_layer() {
        for (uri, kind, says, layer) in [
            ("qemu+unix://host/system", ErrorKind::InvalidUri, "host", "uri"),
            ("qemu+ext:///system", ErrorKind::InvalidUri, "command", "uri"),
            ("qemu+unix:///system?mode=odd", ErrorKind::InvalidUri, "odd", "uri"),
            ("qemu+unix:///system?socket=", ErrorKind::InvalidUri, "socket", "uri"),
            ("qemu:///system?socket=", ErrorKind::InvalidUri, "socket", "uri"),
            ("qemu:///session?mode=direct", ErrorKind::InvalidUri, "mode", "uri"),
            ("qemu+unix:///system?keepalive_interval=x", ErrorKind::InvalidUri, "keepalive_interval", "uri"),
            ("qemu+unix:///system?reconnect=maybe", ErrorKind::InvalidUri, "reconnect", "uri"),
            ("qemu+unix:///system?auth=rot13", ErrorKind::InvalidUri, "rot13", "uri"),
            ("qemu+ssh://host/system", ErrorKind::Unsupported, "ssh", "transport"),
            ("qemu://host/system", ErrorKind::Unsupported, "tls", "transport"),
        ] {
            let error = target(uri).unwrap_err();
            assert_eq!((error.kind(), error.context("layer")), (kind, Some(layer)), "{uri}");
            assert!(error.message().contains(says), "{uri}: {error}");
        }
    }

    #[test]
    fn keepalive_can_be_set_and_switched_off() {
        assert_eq!(target("qemu+unix:///system?keepalive_interval=0").unwrap().keepalive, None);
        let set = target("qemu+unix:///system?keepalive_interval=2&keepalive_count=3").unwrap().keepalive;
        assert_eq!(set, Some(Keepalive { interval: Duration::from_secs(2), count: 3 }));
    }
}
