//! The link that there is now, and calls on it.

use crate::link::{Ended, Link, OnReply, Reply};
use crate::opening::Opened;
use omnivirt_core::event::CloseReason;
use omnivirt_core::stream::ByteStream;
use omnivirt_core::{CallCx, Error, ErrorKind, Result};
use omnivirt_wire::procedure::{Call, Files};
use omnivirt_wire::remote;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

/// How long a daemon that does not answer can hold up closing.
const GOODBYE: Duration = Duration::from_secs(5);

/// What a daemon can be asked whether it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(i32)]
pub(crate) enum Feature {
    /// File descriptors go along with calls.
    Files = 8,
    /// It answers pings, and may send some.
    Keepalive = 10,
    /// Events have the id of their registration.
    EventCallbacks = 14,
    /// It tells when it loses the hypervisor.
    CloseCallback = 15,
}

/// Makes calls on the link that there is now. Clones are the same client.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    now: Arc<Mutex<Now>>,
}

#[derive(Debug)]
struct Now {
    link: Arc<Link>,
    features: HashMap<Feature, bool>,
}

impl Client {
    /// A client of a link that is open.
    pub(crate) fn new(opened: Opened) -> Self {
        Self { now: Arc::new(Mutex::new(Now { link: opened.link, features: opened.features })) }
    }

    /// Goes on with another link.
    pub(crate) fn replace(&self, opened: Opened) {
        *self.now.lock() = Now { link: opened.link, features: opened.features };
    }

    /// The link that there is now; it may have ended.
    pub(crate) fn link(&self) -> Arc<Link> {
        self.now.lock().link.clone()
    }

    /// Makes a call.
    ///
    /// # Errors
    ///
    /// What the daemon answered, `ConnectionClosed` if the connection was lost, `ProtocolError` for an answer that makes
    /// no sense.
    pub(crate) async fn call<C: Call>(&self, cx: &CallCx, args: &C::Args) -> Result<C::Ret> {
        self.send::<C>(cx, args, Vec::new()).await?.result::<C>()
    }

    /// Makes a call with which file descriptors go, there or back.
    ///
    /// # Errors
    ///
    /// As for [`Client::call`]; `Unsupported` where the transport or the daemon does not pass any.
    pub(crate) async fn call_with_files<C: Call>(
        &self,
        cx: &CallCx,
        args: &C::Args,
        files: Vec<OwnedFd>,
    ) -> Result<(C::Ret, Vec<OwnedFd>)> {
        if !self.link().passes_files() {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!("{} needs file descriptors, which this transport cannot pass", cx.call().title),
            )
            .with_hint("connect through a unix socket"));
        }
        if !self.supports(Feature::Files).await? {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!("{} needs file descriptors, which the daemon does not take", cx.call().title),
            ));
        }
        let mut reply = self.send::<C>(cx, args, files).await?;
        Ok((reply.result::<C>()?, std::mem::take(&mut reply.files)))
    }

    /// Makes a call that opens a stream. Dropping the stream before its end aborts it.
    ///
    /// # Errors
    ///
    /// As for [`Client::call`].
    pub(crate) async fn open_stream<C: Call>(
        &self,
        cx: &CallCx,
        args: &C::Args,
    ) -> Result<(C::Ret, ByteStream)> {
        let mut reply = self.send::<C>(cx, args, Vec::new()).await?;
        let result = reply.result::<C>()?;
        let stream = reply.stream.take().ok_or_else(|| {
            Error::new(ErrorKind::Internal, format!("{} opens no stream", C::PROCEDURE.name))
        })?;
        Ok((result, ByteStream::new(stream)))
    }

    /// Whether the daemon has something; it is asked once for each link.
    ///
    /// # Errors
    ///
    /// That the connection was lost. A daemon that does not know the question does not have it.
    pub(crate) async fn supports(&self, feature: Feature) -> Result<bool> {
        let link = {
            let now = self.now.lock();
            if let Some(known) = now.features.get(&feature) {
                return Ok(*known);
            }
            now.link.clone()
        };
        let has = has_feature(&link, feature).await?;
        let mut now = self.now.lock();
        if Arc::ptr_eq(&now.link, &link) {
            now.features.insert(feature, has);
        }
        Ok(has)
    }

    async fn send<C: Call>(&self, cx: &CallCx, args: &C::Args, files: Vec<OwnedFd>) -> Result<Reply> {
        // One that was given up before it began must not change anything.
        if cx.is_cancelled() {
            return Err(Error::new(ErrorKind::Cancelled, "the caller gave the call up"));
        }
        debug_assert!(files.is_empty() || matches!(C::PROCEDURE.files, Files::WithCall | Files::WithBoth));
        self.link().call::<C>(args, files, None).await
    }

    /// Makes a call that is not a program's own.
    ///
    /// # Errors
    ///
    /// As for [`Client::call`].
    pub(crate) async fn request<C: Call>(&self, args: &C::Args, on_reply: Option<OnReply>) -> Result<C::Ret> {
        request::<C>(&self.link(), args, on_reply).await
    }

    /// Says goodbye and ends the link.
    ///
    /// # Errors
    ///
    /// What the daemon answered; the link is ended all the same.
    pub(crate) async fn close(&self) -> Result<()> {
        let closing = async {
            if self.now.lock().features.get(&Feature::CloseCallback) == Some(&true) {
                // The daemon may not have agreed to the registration: that is no matter any more.
                let _ = self.request::<remote::ConnectUnregisterCloseCallback>(&(), None).await;
            }
            self.request::<remote::ConnectClose>(&(), None).await
        };
        let result = tokio::time::timeout(GOODBYE, closing).await;
        self.end();
        result.unwrap_or_else(|_| {
            Err(Error::new(
                ErrorKind::Timeout,
                format!("the daemon did not answer the goodbye within {GOODBYE:?}"),
            ))
        })
    }

    /// Ends the link at once.
    pub(crate) fn end(&self) {
        self.link().end(Ended::new(CloseReason::Client, "the connection is closed"));
    }
}

/// Makes a call on a link.
///
/// # Errors
///
/// As for [`Client::call`].
pub(crate) async fn request<C: Call>(
    link: &Arc<Link>,
    args: &C::Args,
    on_reply: Option<OnReply>,
) -> Result<C::Ret> {
    link.call::<C>(args, Vec::new(), on_reply).await?.result::<C>()
}

/// Asks whether the daemon has something.
///
/// # Errors
///
/// That the link ended.
pub(crate) async fn has_feature(link: &Arc<Link>, feature: Feature) -> Result<bool> {
    Ok(ask_feature(link, feature as i32).await? > 0)
}

/// The daemon's answer to the question for a feature; 0 if it does not know the question.
///
/// # Errors
///
/// That the link ended.
pub(crate) async fn ask_feature(link: &Arc<Link>, feature: i32) -> Result<i32> {
    let args = remote::ConnectSupportsFeatureArgs { feature };
    match request::<remote::ConnectSupportsFeature>(link, &args, None).await {
        Ok(answer) => Ok(answer.supported),
        Err(error) if link.ended().borrow().is_some() => Err(error),
        Err(_) => Ok(0),
    }
}
