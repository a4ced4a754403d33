//! What happens when the link ends: the connection's events end too, or it is made again.

use crate::client::Client;
use crate::events::Events;
use crate::link::Ended;
use crate::opening::{self, Opened};
use crate::uri::Target;
use omnivirt_core::event::CloseReason;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How long to wait before the first try to connect again; it doubles with each.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// The longest wait between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// How long one try may take: a daemon that does not answer may have been replaced by one that does.
const TRY: Duration = Duration::from_secs(30);

/// A connection that is watched over.
pub(crate) struct Supervised {
    pub(crate) target: Target,
    pub(crate) read_only: bool,
    pub(crate) client: Client,
    pub(crate) events: Arc<Events>,
    /// True when the connection is not wanted any more.
    pub(crate) closing: watch::Receiver<bool>,
}

pub(crate) async fn run(mut supervised: Supervised) {
    loop {
        let ended = supervised.ended().await;
        // A daemon hangs up on whoever says goodbye: that is no loss.
        if ended.reason == CloseReason::Client || *supervised.closing.borrow() {
            return;
        }
        if !supervised.target.reconnect {
            // The program's own end of the connection is told by its front door.
            return supervised.events.bus().close(ended.reason).await;
        }
        tracing::info!(reason = %ended.error(), "the connection was lost and is made again");
        supervised.events.mute();
        let mut closing = supervised.closing.clone();
        let opened = tokio::select! {
            biased;
            _ = closing.wait_for(|closing| *closing) => return,
            opened = supervised.open_again() => opened,
        };
        supervised.events.follow(&opened.link);
        supervised.client.replace(opened);
        if *closing.borrow() {
            return supervised.client.end();
        }
        supervised.events.ask_again(&supervised.client).await;
    }
}

impl Supervised {
    async fn ended(&self) -> Ended {
        let mut ended = self.client.link().ended();
        let ended = ended.wait_for(Option::is_some).await.ok().and_then(|ended| ended.clone());
        ended.unwrap_or_else(|| Ended::new(CloseReason::Error, "the connection was lost"))
    }

    async fn open_again(&mut self) -> Opened {
        let mut pause = FIRST_PAUSE;
        loop {
            tokio::time::sleep(pause).await;
            let opening = opening::open(&self.target, self.read_only, self.events.clone(), &|_| ());
            match tokio::time::timeout(TRY, opening).await {
                Ok(Ok(opened)) => return opened,
                Ok(Err(error)) => {
                    tracing::debug!(%error, ?pause, "the connection could not be made again yet")
                }
                Err(_) => {
                    tracing::debug!(?pause, "the daemon did not answer while the connection was made again")
                }
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}
