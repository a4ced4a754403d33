//! The configuration: a TOML file of which every key has a default. What is wrong in it is told with file and line.

use omnivirt::daemon::{READ_ONLY_SOCKET, SOCKET};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// All that can be configured. `omnivirtd.toml` says what each key means.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) default_uri: Option<DefaultUri>,
    pub(crate) sockets: Sockets,
    pub(crate) auth: Auth,
    pub(crate) limits: Limits,
    pub(crate) timeouts: Timeouts,
    pub(crate) keepalive: Keepalive,
    pub(crate) events: Events,
    pub(crate) log: Log,
    pub(crate) runtime: Runtime,
    pub(crate) qemu: Qemu,
}

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Sockets {
    pub(crate) directory: Option<PathBuf>,
    pub(crate) name: SocketName,
    pub(crate) read_only_name: SocketName,
    pub(crate) mode: Mode,
    pub(crate) read_only_mode: Mode,
    pub(crate) group: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Auth {
    pub(crate) method: Method,
    pub(crate) allow_users: Vec<String>,
    pub(crate) allow_groups: Vec<String>,
}

/// How a client shows who it is.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Method {
    None,
    #[default]
    Peer,
}

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Limits {
    pub(crate) max_clients: Number<1, 1_000_000>,
    pub(crate) max_anonymous_clients: Number<1, 1_000_000>,
    pub(crate) max_client_requests: Number<1, 65_536>,
    pub(crate) max_client_streams: Number<1, 65_536>,
    pub(crate) client_bytes: Number<4_096, 1_073_741_824>,
    pub(crate) max_anonymous_packet: Number<1_024, 33_554_436>,
}

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Timeouts {
    pub(crate) first_call: Number<1, 86_400>,
    pub(crate) call: Number<1, 86_400>,
    pub(crate) shutdown: Number<0, 86_400>,
    pub(crate) idle: Option<Number<0, 31_536_000>>,
}

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Keepalive {
    pub(crate) interval: Number<0, 86_400>,
    pub(crate) count: Number<0, 1_000_000>,
}

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Events {
    pub(crate) queue: Number<1, 1_000_000>,
    pub(crate) when_lost: WhenLost,
}

/// What happens to a client for which events were lost.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum WhenLost {
    #[default]
    Log,
    Close,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Log {
    pub(crate) level: Level,
    pub(crate) format: Format,
}

/// In what form log lines are written.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    #[default]
    Text,
    Json,
}

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Runtime {
    pub(crate) threads: Number<1, 1_024>,
}

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Qemu {
    pub(crate) root: Option<PathBuf>,
    pub(crate) user: String,
    pub(crate) group: String,
    pub(crate) start: bool,
    pub(crate) autostart: bool,
    pub(crate) embed: bool,
}

impl Default for Sockets {
    fn default() -> Self {
        Self {
            directory: None,
            name: SocketName(SOCKET.into()),
            read_only_name: SocketName(READ_ONLY_SOCKET.into()),
            mode: Mode(0o600),
            read_only_mode: Mode(0o600),
            group: String::new(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_clients: Number(5_000),
            max_anonymous_clients: Number(20),
            max_client_requests: Number(64),
            max_client_streams: Number(64),
            client_bytes: Number(1 << 20),
            max_anonymous_packet: Number(1 << 20),
        }
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { first_call: Number(30), call: Number(60), shutdown: Number(10), idle: None }
    }
}

impl Default for Keepalive {
    fn default() -> Self {
        Self { interval: Number(5), count: Number(5) }
    }
}

impl Default for Events {
    fn default() -> Self {
        Self { queue: Number(1_024), when_lost: WhenLost::default() }
    }
}

impl Default for Runtime {
    fn default() -> Self {
        Self { threads: Number(1) }
    }
}

impl Default for Qemu {
    fn default() -> Self {
        Self {
            root: None,
            user: String::new(),
            group: String::new(),
            start: true,
            autostart: true,
            embed: false,
        }
    }
}

/// A whole number between two bounds.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "i64")]
pub(crate) struct Number<const LEAST: u64, const MOST: u64>(u64);

impl<const LEAST: u64, const MOST: u64> Number<LEAST, MOST> {
    pub(crate) fn count(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }

    pub(crate) fn seconds(self) -> Duration {
        Duration::from_secs(self.0)
    }
}

impl<const LEAST: u64, const MOST: u64> TryFrom<i64> for Number<LEAST, MOST> {
    type Error = String;

    fn try_from(number: i64) -> Result<Self, String> {
        match u64::try_from(number) {
            Ok(fits) if (LEAST..=MOST).contains(&fits) => Ok(Self(fits)),
            _ => Err(format!("{number} is not allowed here: give a number from {LEAST} to {MOST}")),
        }
    }
}

/// The name of a socket in its directory; nothing for no socket.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct SocketName(String);

impl SocketName {
    pub(crate) fn as_str(&self) -> Option<&str> {
        Some(self.0.as_str()).filter(|name| !name.is_empty())
    }
}

impl TryFrom<String> for SocketName {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        if name.contains(['/', '\0']) || name == "." || name == ".." {
            return Err(format!("'{name}' is no name of a file: set the directory with the key 'directory'"));
        }
        Ok(Self(name))
    }
}

/// The permissions of a socket.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Mode(u32);

impl Mode {
    pub(crate) fn bits(self) -> u32 {
        self.0
    }
}

impl TryFrom<String> for Mode {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match u32::from_str_radix(&text, 8) {
            Ok(bits) if bits <= 0o777 => Ok(Self(bits)),
            _ => Err(format!("'{text}' are no permissions: write them in octal, such as \"0660\"")),
        }
    }
}

/// The URI that is opened for clients that name none.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct DefaultUri(String);

impl DefaultUri {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for DefaultUri {
    type Error = String;

    fn try_from(uri: String) -> Result<Self, String> {
        match uri.parse::<omnivirt::ConnectUri>() {
            Ok(_) => Ok(Self(uri)),
            Err(error) => Err(format!("{error}: write a URI such as \"qemu:///system\"")),
        }
    }
}

/// What is logged.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Level(tracing_subscriber::filter::Targets);

impl Level {
    pub(crate) fn targets(&self) -> tracing_subscriber::filter::Targets {
        self.0.clone()
    }
}

impl Default for Level {
    fn default() -> Self {
        Self(tracing_subscriber::filter::Targets::new().with_default(tracing::Level::INFO))
    }
}

impl TryFrom<String> for Level {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.parse() {
            Ok(targets) => Ok(Self(targets)),
            Err(error) => Err(format!("'{text}' says of no part what to log ({error}): write \"info\"")),
        }
    }
}

impl Config {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// For a person: file, line, what is wrong and what is right.
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("cannot read the configuration {}: {error}", path.display()))?;
        toml::from_str(&text).map_err(|error| {
            let before = error.span().map_or("", |span| &text[..span.start]);
            format!("{}:{}: {}", path.display(), before.matches('\n').count() + 1, error.message())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error_of(text: &str) -> String {
        toml::from_str::<Config>(text).unwrap_err().to_string()
    }

    #[test]
    fn the_shipped_file_says_what_holds_without_it() {
        let shipped = include_str!("../omnivirtd.toml");
        let all: String = shipped
            .lines()
            .map(|line| match line.strip_prefix('#') {
                Some(key) if key.contains(" = ") && !key.starts_with(' ') => format!("{key}\n"),
                _ => format!("{line}\n"),
            })
            .collect();
        let mut read: Config = toml::from_str(&all).unwrap();
        // These depend on who runs it.
        (read.sockets.directory, read.timeouts.idle, read.qemu.root) = (None, None, None);
        read.default_uri = None;
        assert_eq!(format!("{read:?}"), format!("{:?}", Config::default()));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line_and_what_is_right() {
        assert!(error_of("[limits]\nmax_client = 1").contains("unknown field `max_client`, expected one of"));
        assert!(error_of("[limits]\nmax_clients = 0").contains("give a number from 1 to 1000000"));
        assert!(error_of("\n[sockets]\nmode = \"rwx\"").contains("line 3"));
        assert!(error_of("[log]\nlevel = \"loud=very\"").contains("write \"info\""));
        assert!(error_of("default_uri = \"::\"").contains("write a URI"));
    }
}
