//! Connection URIs: `driver[+transport]://[user@][host][:port]/[path][?parameters]`.

mod parse;

pub use parse::UriError;

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Says which driver to open, where, and how.
///
/// Parts are kept decoded, and case as it was written. Writing one and reading it again gives the same value.
///
/// ```
/// use omnivirt_model::ConnectUri;
///
/// let uri: ConnectUri = "qemu+ssh://root@[fe80::1]:2222/system?keyfile=/k%20ey".parse()?;
/// assert_eq!((uri.driver(), uri.transport()), ("qemu", Some("ssh")));
/// assert_eq!((uri.user(), uri.host(), uri.port()), (Some("root"), Some("fe80::1"), Some(2222)));
/// assert_eq!((uri.path(), uri.parameter("keyfile")), ("/system", Some("/k ey")));
/// assert_eq!(uri.to_string(), "qemu+ssh://root@[fe80::1]:2222/system?keyfile=/k%20ey");
/// # Ok::<(), omnivirt_model::uri::UriError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ConnectUri {
    driver: String,
    transport: Option<String>,
    user: Option<String>,
    host: Option<String>,
    port: Option<u16>,
    path: String,
    parameters: Vec<(String, String)>,
}

impl ConnectUri {
    /// What stands before `+` or `:`, such as `qemu`.
    #[must_use]
    pub fn driver(&self) -> &str {
        &self.driver
    }

    /// How the other side is reached, such as `ssh`; none when the URI leaves that open.
    #[must_use]
    pub fn transport(&self) -> Option<&str> {
        self.transport.as_deref()
    }

    /// Whom to log in as; what stands before `@`, a password included.
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// The host's name or address, an IPv6 address without its brackets.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        self.host.as_deref()
    }

    /// The port, from 1.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// The path with its leading slash; empty when there is none.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The parameters behind `?`, in order. One without `=` has an empty value.
    #[must_use]
    pub fn parameters(&self) -> &[(String, String)] {
        &self.parameters
    }

    /// The value of the first parameter of that name.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The URI for logs and messages: a password before `@`, and parameters that hold secrets by their name, are masked.
    #[must_use]
    pub fn without_secrets(&self) -> String {
        let mut shown = self.clone();
        if let Some((user, _)) = self.user.as_deref().and_then(|user| user.split_once(':')) {
            shown.user = Some(format!("{user}:***"));
        }
        for (name, value) in &mut shown.parameters {
            let name = name.to_ascii_lowercase();
            if ["password", "secret", "token"].iter().any(|word| name.contains(word)) {
                *value = "***".into();
            }
        }
        shown.to_string()
    }
}

impl fmt::Display for ConnectUri {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.driver)?;
        if let Some(transport) = &self.transport {
            write!(formatter, "+{transport}")?;
        }
        formatter.write_str("://")?;
        if let Some(user) = &self.user {
            write!(formatter, "{}@", Encoded(user, b":!$&'()*+,;="))?;
        }
        match &self.host {
            Some(host) if host.contains(':') => write!(formatter, "[{}]", Encoded(host, b":"))?,
            Some(host) => write!(formatter, "{}", Encoded(host, b"!$&'()*+,;="))?,
            None => {}
        }
        if let Some(port) = self.port {
            write!(formatter, ":{port}")?;
        }
        write!(formatter, "{}", Encoded(&self.path, b"/:@!$&'()*+,;="))?;
        for (index, (name, value)) in self.parameters.iter().enumerate() {
            let separator = if index == 0 { '?' } else { '&' };
            write!(
                formatter,
                "{separator}{}={}",
                Encoded(name, b"/:@!$'()*,?"),
                Encoded(value, b"/:@!$'()*,?=")
            )?;
        }
        Ok(())
    }
}

/// Text with every byte percent-encoded that is not unreserved and not among those also allowed.
struct Encoded<'a>(&'a str, &'static [u8]);

impl fmt::Display for Encoded<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain =
            |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || self.1.contains(&byte);
        for chunk in self.0.as_bytes().chunk_by(|left, right| plain(*left) && plain(*right)) {
            match std::str::from_utf8(chunk) {
                Ok(text) if plain(chunk[0]) => formatter.write_str(text)?,
                _ => write!(formatter, "%{:02X}", chunk[0])?,
            }
        }
        Ok(())
    }
}

impl FromStr for ConnectUri {
    type Err = UriError;

    fn from_str(text: &str) -> Result<Self, UriError> {
        parse::parse(text)
    }
}

impl TryFrom<String> for ConnectUri {
    type Error = UriError;

    fn try_from(text: String) -> Result<Self, UriError> {
        text.parse()
    }
}

impl From<ConnectUri> for String {
    fn from(uri: ConnectUri) -> Self {
        uri.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn uris() -> impl Strategy<Value = ConnectUri> {
        let text = "[ -~äß€]{1,8}";
        (
            ("[a-zA-Z][a-zA-Z0-9.-]{0,6}", prop::option::of("[a-zA-Z][a-zA-Z0-9]{0,6}")),
            (
                prop::option::of(text),
                prop::option::of("[a-z0-9.-]{1,9}|[0-9a-f]{1,4}::[0-9a-f]{1,4}(%eth0)?"),
            ),
            (prop::option::of(1..u16::MAX), prop::option::of("[ -~ä]{0,12}")),
            prop::collection::vec((text, "[ -~äß€]{0,8}"), 0..4),
        )
            .prop_map(|((driver, transport), (user, host), (port, path), parameters)| ConnectUri {
                driver,
                transport,
                // Neither a user nor a port makes sense without a host.
                user: user.filter(|_| host.is_some()),
                port: port.filter(|_| host.is_some()),
                host,
                path: path.map_or_else(String::new, |path| format!("/{path}")),
                parameters,
            })
    }

    proptest! {
        #[test]
        fn a_uri_is_read_back(uri in uris()) {
            prop_assert_eq!(uri.to_string().parse(), Ok(uri));
        }

        #[test]
        fn no_text_panics(text in "[a-z+:/?&=%@\\[\\]0-9 ]{0,40}|.*") {
            let _ = text.parse::<ConnectUri>();
        }
    }

    #[test]
    fn a_host_may_be_missing() {
        let uri: ConnectUri = "test:///default?latency=5ms&x".parse().unwrap();
        assert_eq!((uri.host(), uri.path(), uri.parameter("latency")), (None, "/default", Some("5ms")));
        assert_eq!(uri.parameter("x"), Some(""));
        let uri: ConnectUri = "QEMU+unix://".parse().unwrap();
        assert_eq!((uri.driver(), uri.host(), uri.path()), ("QEMU", None, ""));
    }

    #[test]
    fn errors_say_what_where_and_what_to_do() {
        for (text, column, says) in [
            ("", 1, "empty"),
            ("qemu", 5, "://"),
            ("qemu:/system", 5, "://"),
            ("://x", 1, "driver"),
            ("1qemu:///", 1, "letter"),
            ("qemu+:///system", 6, "transport"),
            ("qe mu:///", 3, "driver"),
            ("qemu://host:99999/", 13, "port"),
            ("qemu://host:/", 13, "port"),
            ("qemu://host:0/", 13, "port"),
            ("qemu://[::1/system", 8, "]"),
            ("qemu://[::1]x/system", 13, "port"),
            ("qemu://[zz]/system", 9, "IPv6"),
            ("qemu://::1/system", 8, "brackets"),
            ("qemu://@host/system", 8, "user"),
            ("qemu://root@/system", 13, "host"),
            ("qemu://:22/system", 8, "host"),
            ("test:///a b", 10, "%20"),
            ("test:///a%2", 10, "%25"),
            ("test:///a%zz", 10, "%25"),
            ("test:///a%ff", 10, "UTF-8"),
            ("test:///a%00", 10, "NUL"),
            ("test:///a#b", 10, "%23"),
            ("test:///?=x", 10, "name"),
        ] {
            let error = text.parse::<ConnectUri>().unwrap_err();
            assert_eq!(error.column(), column, "{text}: {error}");
            assert!(error.to_string().contains(says), "{text}: {error}");
        }
    }

    #[test]
    fn secrets_are_not_shown() {
        let uri: ConnectUri = "esx://root:hunter2@host/?vnc_password=x&a=b".parse().unwrap();
        assert_eq!(uri.without_secrets(), "esx://root:***@host/?vnc_password=***&a=b");
    }
}
