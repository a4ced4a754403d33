//! Where the qemu driver works in this daemon: what clients call `qemu:///system` or `qemu:///session` is, for the driver, a
//! directory of the daemon's.

use crate::access;
use crate::config;
use omnivirt::{ConnectUri, Error, ErrorKind, Result};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Whom QEMU runs as in a daemon of root's where nobody is named: the users that distributions make for it, Debian's before Fedora's.
const USERS: [&str; 2] = ["libvirt-qemu", "qemu"];

/// How URIs of the qemu driver are served.
#[derive(Debug)]
pub(crate) struct Qemu {
    /// What clients call the daemon's own host.
    own: &'static str,
    /// What its driver is asked to open.
    opened: String,
    root: PathBuf,
    /// Whom QEMU runs as, if that is not who the daemon is.
    user: Option<String>,
    /// Whether the host is opened when the daemon starts.
    start: bool,
    /// Whether clients may name directories.
    embed: bool,
}

impl Qemu {
    /// As the configuration says, for a daemon that keeps its files in this directory.
    ///
    /// # Errors
    ///
    /// For a person: what in the configuration cannot be.
    pub(crate) fn new(config: &config::Qemu, state: &Path, is_session: bool) -> Result<Self, String> {
        let root = config.root.as_deref().map_or_else(|| state.join("qemu"), Path::to_owned);
        let root_text = root
            .to_str()
            .filter(|_| root.is_absolute())
            .ok_or_else(|| format!("qemu.root: '{}' is no absolute path in UTF-8", root.display()))?;
        let mut opened = format!("qemu:///embed?root={}", Encoded(root_text));
        let is_root = rustix::process::geteuid().is_root();
        let named = |name: &str| (!name.is_empty()).then(|| name.to_owned());
        let usual = || USERS.into_iter().find(|user| access::user(user).is_ok()).map(str::to_owned);
        let user = named(&config.user).or_else(|| usual().filter(|_| is_root && !is_session));
        for (key, name, number) in [
            ("user", &user, access::user as fn(&str) -> Result<u32, String>),
            ("group", &named(&config.group), access::group),
        ] {
            let Some(name) = name else { continue };
            number(name).map_err(|error| format!("qemu.{key}: {error}"))?;
            if !is_root {
                return Err(format!(
                    "qemu.{key}: only a daemon of root's can run QEMU as somebody else; leave it out"
                ));
            }
            let _ = write!(opened, "&{key}={}", Encoded(name));
        }
        if config.autostart {
            opened.push_str("&autostart=yes");
        }
        Ok(Self {
            own: if is_session { "qemu:///session" } else { "qemu:///system" },
            opened,
            root,
            user,
            start: config.start,
            embed: config.embed,
        })
    }

    /// As in a daemon for all users, with another host in the place of QEMU's.
    #[cfg(test)]
    pub(crate) fn standing_for(opened: &str) -> Self {
        let root = PathBuf::new();
        Self { own: "qemu:///system", opened: opened.into(), root, user: None, start: false, embed: false }
    }

    /// What clients call the daemon's own host.
    pub(crate) fn own(&self) -> &'static str {
        self.own
    }

    /// Has the log say whom QEMU runs as, in a daemon of root's.
    pub(crate) fn log_user(&self) {
        match &self.user {
            Some(user) => tracing::info!(user, "QEMU runs as this user"),
            None if rustix::process::geteuid().is_root() => {
                tracing::warn!("QEMU runs as root; name a user for it: qemu.user in the configuration");
            }
            None => {}
        }
    }

    /// Whether there are, or may be, domains to look after although no client has asked.
    pub(crate) fn starts_with_daemon(&self) -> bool {
        self.start && self.root.is_dir()
    }

    /// What the driver is asked to open for a URI; none if it is the URI itself.
    ///
    /// # Errors
    ///
    /// `InvalidUri` for a host that is not this daemon's.
    pub(crate) fn opened(&self, uri: &ConnectUri) -> Result<Option<&str>> {
        let has_place = uri.transport().is_some() || uri.host().is_some();
        if has_place || !uri.driver().eq_ignore_ascii_case("qemu") {
            return Ok(None);
        }
        let refused = |message: String| Error::new(ErrorKind::InvalidUri, message);
        let (_, own_path) = self.own.split_at("qemu://".len());
        match uri.path() {
            path if path == own_path => match uri.parameters().first() {
                None => Ok(Some(&self.opened)),
                Some((name, _)) => Err(refused(format!("{} has no parameter '{name}' here", self.own))
                    .with_hint("its settings are in the daemon's configuration, under [qemu]")),
            },
            "/system" => {
                Err(refused("this is a user's own daemon, which does not serve qemu:///system".into())
                    .with_hint("open qemu:///session, or reach the daemon that serves all users"))
            }
            "/session" => {
                Err(refused("this daemon serves all users: it does not serve qemu:///session".into())
                    .with_hint("open qemu:///system, or reach the user's own daemon"))
            }
            "/embed" if !self.embed => Err(refused(
                "clients of this daemon may name no directory to work in".into(),
            )
            .with_hint(format!("open {}; qemu.embed in the daemon's configuration allows it", self.own))),
            "/embed" => Ok(None),
            path => {
                Err(refused(format!("there is no QEMU host '{path}'")).with_hint(format!("try {}", self.own)))
            }
        }
    }
}

/// Text as it is written in a parameter of a URI.
struct Encoded<'a>(&'a str);

impl std::fmt::Display for Encoded<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for byte in self.0.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => {
                    formatter.write_char(char::from(byte))?;
                }
                byte => write!(formatter, "%{byte:02X}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn qemu(config: &str, is_session: bool) -> Result<Qemu, String> {
        let config: config::Config = toml::from_str(config).unwrap();
        Qemu::new(&config.qemu, Path::new("/var/lib/o & o"), is_session)
    }

    fn opened(qemu: &Qemu, uri: &str) -> Result<Option<String>> {
        Ok(qemu.opened(&uri.parse().unwrap())?.map(str::to_owned))
    }

    #[test]
    fn the_daemons_own_host_is_a_directory_of_its_own() {
        let system = qemu("", false).unwrap();
        let found = opened(&system, "QEMU:///system").unwrap().unwrap();
        let found: ConnectUri = found.parse().unwrap();
        assert_eq!((found.path(), found.parameter("root")), ("/embed", Some("/var/lib/o & o/qemu")));
        assert_eq!(found.parameter("autostart"), Some("yes"));
        let usual = USERS.into_iter().find(|user| access::user(user).is_ok());
        let is_root = rustix::process::geteuid().is_root();
        assert_eq!(found.parameter("user"), usual.filter(|_| is_root));
        let session = qemu("[qemu]\nroot = '/srv/q'\nautostart = false", true).unwrap();
        let found = opened(&session, "qemu:///session").unwrap();
        assert_eq!(found.as_deref(), Some("qemu:///embed?root=/srv/q"));
        for other in ["test:///default", "qemu+unix:///system", "xen:///system"] {
            assert_eq!(opened(&system, other).unwrap(), None, "{other}");
        }
    }

    #[test]
    fn what_is_not_served_is_told_with_what_is() {
        let system = qemu("", false).unwrap();
        for (uri, hint) in [
            ("qemu:///session", "qemu:///system"),
            ("qemu:///", "qemu:///system"),
            ("qemu:///embed?root=/", "qemu:///system"),
            ("qemu:///system?root=/", "[qemu]"),
        ] {
            let error = opened(&system, uri).unwrap_err();
            assert!(error.hint().is_some_and(|told| told.contains(hint)), "{uri}: {error}");
        }
        let session = qemu("", true).unwrap();
        let error = opened(&session, "qemu:///system").unwrap_err();
        assert!(error.message().contains("a user's own daemon"), "{error}");
    }

    #[test]
    fn directories_of_clients_are_allowed_where_the_configuration_says_so() {
        let open = qemu("[qemu]\nembed = true", false).unwrap();
        assert_eq!(opened(&open, "qemu:///embed?root=/tmp/x").unwrap(), None);
    }

    #[test]
    fn a_configuration_that_cannot_be_is_told_with_its_key() {
        for (config, says) in [
            ("[qemu]\nuser = 'nobody-of-that-name'", "qemu.user: there is no user 'nobody-of-that-name'"),
            ("[qemu]\ngroup = 'no-such-group'", "qemu.group: there is no group 'no-such-group'"),
            ("[qemu]\nroot = 'var/lib'", "qemu.root: 'var/lib' is no absolute path"),
        ] {
            let error = qemu(config, false).unwrap_err();
            assert!(error.starts_with(says), "{error}");
        }
    }
}
