//! The driver: a connection through a daemon.

use crate::client::Client;
use crate::error::Layer;
use crate::events::{Events, sweep_up};
use crate::opening;
use crate::supervision::{self, Supervised};
use crate::uri::Target;
use async_trait::async_trait;
use omnivirt_core::events::{Contained, EventBus};
use omnivirt_core::{
    CallCx, Deliver, DomainNow, Driver, DriverInfo, OpenRequest, Registered, Result, WantedEvents,
};
use std::sync::Arc;
use tokio::sync::watch;

/// A connection through a daemon. Each family of calls is filled by generated code.
#[derive(Debug)]
pub(crate) struct RemoteDriver {
    info: DriverInfo,
    pub(crate) client: Client,
    events: Arc<Events>,
    /// Says to the tasks that the connection is not wanted any more.
    closing: watch::Sender<bool>,
}

/// Opens the connection that a URI asks for.
pub(crate) async fn open(request: &OpenRequest) -> Result<Arc<dyn Driver>> {
    let target = Target::of(&request.uri, request.read_only)?;
    let events = Events::new();
    let trying = |layer: Layer| request.trying(layer.name());
    let opened = opening::open(&target, request.read_only, events.clone(), &trying).await?;
    events.follow(&opened.link);
    let client = Client::new(opened);
    let closing = watch::Sender::new(false);
    tokio::spawn(supervision::run(Supervised {
        target,
        read_only: request.read_only,
        client: client.clone(),
        events: events.clone(),
        closing: closing.subscribe(),
    }));
    tokio::spawn(sweep_up(Arc::downgrade(&events), client.clone(), closing.subscribe()));
    let info = DriverInfo::new(crate::ENTRY.name, request.uri.without_secrets());
    Ok(Arc::new(RemoteDriver { info, client, events, closing }))
}

#[async_trait]
impl Driver for RemoteDriver {
    fn info(&self) -> &DriverInfo {
        &self.info
    }

    fn events(&self) -> Option<&EventBus> {
        Some(self.events.bus())
    }

    async fn event_register(&self, _: &CallCx, wanted: WantedEvents) -> Result<Registered> {
        let WantedEvents { filter, policy, deliver, .. } = wanted;
        // A filter that is wrong is told before the daemon is asked for anything.
        drop(self.events.bus().subscribe(filter.clone(), policy)?);
        // Kept until the registration is made: nothing is given back in between.
        let _asked = self.events.want(&self.client, &filter).await?;
        let bus = self.events.bus();
        match deliver {
            Deliver::Stream => bus.subscribe(filter, policy).map(Registered::Stream),
            Deliver::Callback(callback) => bus.register(filter, policy, callback).map(Registered::Callback),
            Deliver::Pending(inbox, callback) => {
                inbox.register(filter, policy, callback).map(Registered::Callback)
            }
            other => Err(omnivirt_core::Error::new(
                omnivirt_core::ErrorKind::Unsupported,
                format!("the remote driver does not deliver events as {other:?}"),
            )),
        }
    }

    async fn domain_states(&self, cx: &CallCx) -> Result<(Vec<DomainNow>, Contained)> {
        self.events.domain_states(&self.client, cx).await
    }

    async fn close(&self) -> Result<()> {
        self.closing.send_replace(true);
        self.client.close().await
    }
}

impl Drop for RemoteDriver {
    fn drop(&mut self) {
        self.closing.send_replace(true);
        self.client.end();
    }
}
