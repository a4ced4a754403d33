//! Opening a root: once in a process, for all who ask.

use super::lock::RootLock;
use super::{Host, Paths, read_all};
use crate::options::Options;
use crate::process::Credentials;
use omnivirt_core::{Error, ErrorKind, Result};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock, Weak};
use tokio::sync::Mutex;

/// The roots that are open. Its lock is held while one is being opened: who comes second finds it whole.
static OPEN: LazyLock<Mutex<HashMap<PathBuf, Weak<Host>>>> = LazyLock::new(Mutex::default);

/// The host of a root. Opened for the first time, it finds the guests again that run.
///
/// # Errors
///
/// `ResourceBusy` if another process has the root, `InvalidUri`, `System`.
pub(crate) async fn open(options: &Options) -> Result<Arc<Host>> {
    let credentials = match (&options.user, &options.group) {
        (Some(user), group) => Some(Credentials::find(user, group.as_deref())?),
        (None, Some(_)) => {
            return Err(Error::new(ErrorKind::InvalidUri, "the URI names a group and no user")
                .with_hint("name the user too"));
        }
        (None, None) => None,
    };
    let mut open = OPEN.lock().await;
    if let Some(host) = open.get(&options.root).and_then(Weak::upgrade) {
        if host.credentials == credentials {
            return Ok(host);
        }
        let message = format!("the folder '{}' is open with another user", options.root.display());
        return Err(
            Error::new(ErrorKind::InvalidUri, message).with_hint("open it with the same user and group")
        );
    }
    let root = options.root.clone();
    let (paths, lock, stored) = crate::blocking(move || {
        let paths = Paths::new(root);
        paths.create()?;
        let lock = RootLock::take(&paths.lock())?;
        let stored = read_all(&paths)?;
        Ok((paths, lock, stored))
    })
    .await?;
    let host = Arc::new(Host::new(paths, credentials, lock));
    host.restore(stored).await?;
    if options.autostart {
        host.start_with_host().await?;
    }
    open.retain(|_, host| host.strong_count() > 0);
    open.insert(options.root.clone(), Arc::downgrade(&host));
    Ok(host)
}
