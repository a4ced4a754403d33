//! What a URI asks for.

use omnivirt_core::{ConnectUri, Error, ErrorKind, Result};
use std::path::PathBuf;

/// The host that a URI names, and how it is to be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Options {
    /// The folder under which everything of the driver is kept.
    pub(crate) root: PathBuf,
    /// The user as whom guests run, by name or number; this process's own where none is named.
    pub(crate) user: Option<String>,
    /// The group as which guests run; the user's own where none is named.
    pub(crate) group: Option<String>,
    /// Whether domains that start with the host are started when it is opened for the first time since it booted.
    pub(crate) autostart: bool,
}

const KNOWN: &str = "root, user, group, autostart";

impl Options {
    /// Reads them.
    ///
    /// # Errors
    ///
    /// `InvalidUri` for a path or a parameter that is not known, and for a value that makes no sense; all are named.
    pub(crate) fn of(uri: &ConnectUri) -> Result<Self> {
        let refuse = |message: String, hint: &str| {
            Err(Error::new(ErrorKind::InvalidUri, message).with_hint(hint.to_owned()))
        };
        if uri.path() != "/embed" {
            return refuse(
                format!("the qemu driver cannot open '{}' in this process", uri.path()),
                "open qemu:///embed?root=/path/to/folder, or qemu:///session or qemu:///system with a daemon",
            );
        }
        let mut root = None;
        let mut options = Self { root: PathBuf::new(), user: None, group: None, autostart: false };
        for (name, value) in uri.parameters() {
            match name.as_str() {
                "root" if value.starts_with('/') => root = Some(PathBuf::from(value)),
                "root" => {
                    let message = format!("the URI parameter 'root' is '{value}', which is no absolute path");
                    return refuse(message, "write it as qemu:///embed?root=/path/to/folder");
                }
                "user" | "group" if value.is_empty() => {
                    return refuse(
                        format!("the URI parameter '{name}' is empty"),
                        "name one, or leave it out",
                    );
                }
                "user" => options.user = Some(value.clone()),
                "group" => options.group = Some(value.clone()),
                "autostart" => match value.as_str() {
                    "1" | "yes" => options.autostart = true,
                    "0" | "no" => options.autostart = false,
                    _ => {
                        let message =
                            format!("the URI parameter 'autostart' is '{value}' and has to be yes or no");
                        return refuse(message, "leave it out for no");
                    }
                },
                _ => {
                    let message = format!("the qemu driver knows no URI parameter '{name}'");
                    return refuse(message, &format!("it knows {KNOWN}"));
                }
            }
        }
        match root {
            Some(root) => Ok(Self { root, ..options }),
            None => refuse(
                "the URI does not say in which folder the domains are kept".to_owned(),
                "write it as qemu:///embed?root=/path/to/folder",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(uri: &str) -> Result<Options> {
        Options::of(&uri.parse().unwrap())
    }

    #[test]
    fn a_root_is_enough() {
        let options = options("qemu:///embed?root=/srv/guests").unwrap();
        assert_eq!(options.root, PathBuf::from("/srv/guests"));
        assert!(options.user.is_none() && !options.autostart);
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        for (uri, named) in [
            ("qemu:///embed", "folder"),
            ("qemu:///embed?root=guests", "guests"),
            ("qemu:///system", "/system"),
            ("qemu:///embed?root=/a&colour=red", "colour"),
            ("qemu:///embed?root=/a&autostart=maybe", "maybe"),
        ] {
            let error = options(uri).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidUri);
            assert!(error.message().contains(named), "{uri}: {error}");
        }
    }
}
