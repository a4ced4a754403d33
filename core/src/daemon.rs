//! Where the daemons of this host have their sockets and files. The daemon and those who look for it both ask here, so that
//! they meet.

use crate::error::{Error, Result};
use omnivirt_model::ErrorKind;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The daemon's socket for all calls, in the folder of its sockets.
pub const SOCKET: &str = "libvirt-sock";

/// The daemon's socket for calls that change nothing.
pub const READ_ONLY_SOCKET: &str = "libvirt-sock-ro";

/// The daemon's program.
pub const PROGRAM: &str = "omnivirtd";

/// The folders of a daemon.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Places {
    /// Its sockets.
    pub sockets: PathBuf,
    /// What it remembers.
    pub state: PathBuf,
    /// Its configuration.
    pub configuration: PathBuf,
}

impl Places {
    /// Those of the daemon that serves all users.
    #[must_use]
    pub fn of_system() -> Self {
        Self {
            sockets: "/run/omnivirt".into(),
            state: "/var/lib/omnivirt".into(),
            configuration: "/etc/omnivirt".into(),
        }
    }

    /// Those of the daemon of the user whom this process runs as, where XDG's variables say.
    ///
    /// # Errors
    ///
    /// `System` if the environment does not tell where the user's files belong.
    pub fn of_session() -> Result<Self> {
        Self::of_user(&|name| std::env::var_os(name), user_runtime_folder())
    }

    fn of_user(variable: &dyn Fn(&str) -> Option<OsString>, runtime: Option<PathBuf>) -> Result<Self> {
        // XDG says to pass over what is no absolute path.
        let folder = |name: &str| variable(name).map(PathBuf::from).filter(|folder| folder.is_absolute());
        let below_home = |name: &str, usual: &str| {
            match folder(name).or_else(|| Some(folder("HOME")?.join(usual))) {
            Some(folder) => Ok(folder.join("omnivirt")),
            None => Err(Error::new(
                ErrorKind::System,
                format!("the environment does not say where the user's files belong: neither {name} nor HOME is an absolute path"),
            )
            .with_hint(format!("set HOME or {name}"))),
        }
        };
        let sockets = match folder("XDG_RUNTIME_DIR").or(runtime) {
            Some(folder) => folder.join("omnivirt"),
            None => below_home("XDG_CACHE_HOME", ".cache")?.join("run"),
        };
        Ok(Self {
            sockets,
            state: below_home("XDG_STATE_HOME", ".local/state")?,
            configuration: below_home("XDG_CONFIG_HOME", ".config")?,
        })
    }
}

/// The folder that the system has made for what of the user's lasts as long as they are logged in.
fn user_runtime_folder() -> Option<PathBuf> {
    let folder = PathBuf::from(format!("/run/user/{}", rustix::process::getuid().as_raw()));
    Path::is_dir(&folder).then_some(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(variables: &[(&str, &str)], runtime: Option<&str>) -> Result<Places> {
        let variable = |wanted: &str| {
            variables.iter().find(|(name, _)| *name == wanted).map(|(_, value)| OsString::from(value))
        };
        Places::of_user(&variable, runtime.map(PathBuf::from))
    }

    #[test]
    fn a_user_has_their_own() {
        let home = places(&[("HOME", "/home/ada")], Some("/run/user/7")).unwrap();
        assert_eq!(home.sockets, Path::new("/run/user/7/omnivirt"));
        assert_eq!(home.state, Path::new("/home/ada/.local/state/omnivirt"));
        assert_eq!(home.configuration, Path::new("/home/ada/.config/omnivirt"));
        let all = [
            ("XDG_RUNTIME_DIR", "/r"),
            ("XDG_STATE_HOME", "/s"),
            ("XDG_CONFIG_HOME", "/c"),
            ("HOME", "/home/ada"),
        ];
        let all = places(&all, Some("/run/user/7")).unwrap();
        assert_eq!(
            (all.sockets, all.state, all.configuration),
            ("/r/omnivirt".into(), "/s/omnivirt".into(), "/c/omnivirt".into())
        );
    }

    #[test]
    fn sockets_are_below_home_where_nobody_is_logged_in() {
        let home = places(&[("HOME", "/home/ada"), ("XDG_RUNTIME_DIR", "relative")], None).unwrap();
        assert_eq!(home.sockets, Path::new("/home/ada/.cache/omnivirt/run"));
    }

    #[test]
    fn an_environment_that_says_nothing_is_told() {
        let error = places(&[], Some("/run/user/7")).unwrap_err();
        assert_eq!((error.kind(), error.hint()), (ErrorKind::System, Some("set HOME or XDG_STATE_HOME")));
    }
}
