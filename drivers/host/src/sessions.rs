//! Who has which way into a running domain open. Each is open once at a time, and closed when the run ends.

use omnivirt_core::{Error, ErrorKind, Result};
use std::collections::BTreeMap;
use std::sync::{Arc, Weak};
use tokio::sync::oneshot;

/// The ways in that are open, by name.
#[derive(Debug, Default)]
pub struct Sessions(BTreeMap<String, Open>);

#[derive(Debug)]
struct Open {
    /// Gone once the far end has been let go of.
    used: Weak<()>,
    /// Dropped to end it.
    _end: oneshot::Sender<()>,
}

/// What the far end of a session keeps.
#[derive(Debug)]
pub struct Session {
    /// What says that it is still in use.
    _used: Arc<()>,
    ended: oneshot::Receiver<()>,
}

impl Sessions {
    /// Opens a way in. `force` takes it from whoever has it.
    ///
    /// # Errors
    ///
    /// `ResourceBusy` if it is open.
    pub fn open(&mut self, name: &str, force: bool) -> Result<Session> {
        if !force && self.0.get(name).is_some_and(|open| open.used.strong_count() > 0) {
            return Err(Error::new(ErrorKind::ResourceBusy, format!("'{name}' is open already"))
                .with_hint("close it first, or take it by force"));
        }
        self.0.retain(|_, open| open.used.strong_count() > 0);
        let (end, ended) = oneshot::channel();
        let used = Arc::new(());
        self.0.insert(name.to_owned(), Open { used: Arc::downgrade(&used), _end: end });
        Ok(Session { _used: used, ended })
    }
}

impl Session {
    /// Runs what serves it, until that is done or the session ends.
    pub async fn serve<T>(mut self, service: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            // The sender is dropped, never used.
            _ = &mut self.ended => None,
            done = service => Some(done),
        }
    }
}

/// Has a task serve the far end of something that a call has opened.
///
/// # Errors
///
/// `Internal` if no tokio runtime is here.
pub fn spawn(service: impl Future<Output = ()> + Send + 'static) -> Result<()> {
    let runtime = tokio::runtime::Handle::try_current().map_err(|error| {
        Error::new(ErrorKind::Internal, "no tokio runtime is here to serve the far end of the stream")
            .with_hint("call from inside a tokio runtime")
            .with_source(error)
    })?;
    runtime.spawn(service);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_way_in_is_open_once_and_can_be_taken() {
        let mut sessions = Sessions::default();
        let first = sessions.open("serial0", false).unwrap();
        assert_eq!(sessions.open("serial0", false).unwrap_err().kind(), ErrorKind::ResourceBusy);
        let second = sessions.open("serial0", true).unwrap();
        assert_eq!(first.serve(std::future::pending::<()>()).await, None);
        assert_eq!(second.serve(async { 7 }).await, Some(7));
        sessions.open("serial0", false).unwrap();
    }

    #[tokio::test]
    async fn the_end_of_the_run_ends_what_is_open() {
        let mut sessions = Sessions::default();
        let session = sessions.open("serial0", false).unwrap();
        drop(sessions);
        assert_eq!(session.serve(std::future::pending::<()>()).await, None);
    }
}
