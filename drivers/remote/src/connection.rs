//! The driver: a connection through a daemon.

use crate::client::Client;
use crate::link::Listener;
use crate::opening;
use crate::uri::Target;
use async_trait::async_trait;
use omnivirt_core::events::EventBus;
use omnivirt_core::{Driver, DriverInfo, OpenRequest, Result};
use omnivirt_wire::packet::Header;
use std::sync::Arc;

/// A connection through a daemon. Each family of calls is filled by generated code.
#[derive(Debug)]
pub(crate) struct RemoteDriver {
    info: DriverInfo,
    pub(crate) client: Client,
    bus: EventBus,
}

struct Nobody;
impl Listener for Nobody {
    fn message(&self, _: &Header, _: &[u8]) {}
}

/// Opens the connection that a URI asks for.
pub(crate) async fn open(request: &OpenRequest) -> Result<Arc<dyn Driver>> {
    let target = Target::of(&request.uri, request.read_only)?;
    let opened = opening::open(&target, request.read_only, Arc::new(Nobody)).await?;
    Ok(Arc::new(RemoteDriver {
        info: DriverInfo::new(crate::ENTRY.name, request.uri.without_secrets()),
        client: Client::new(opened),
        bus: EventBus::new(),
    }))
}

#[async_trait]
impl Driver for RemoteDriver {
    fn info(&self) -> &DriverInfo {
        &self.info
    }

    fn events(&self) -> Option<&EventBus> {
        Some(&self.bus)
    }

    async fn close(&self) -> Result<()> {
        self.client.close().await
    }
}

impl Drop for RemoteDriver {
    fn drop(&mut self) {
        self.client.end();
    }
}
