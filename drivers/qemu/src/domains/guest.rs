//! What the agent in a guest knows and does.

use super::agent;
use crate::connection::QemuDriver;
use omnivirt_core::*;
use serde::Deserialize;
use serde_json::{Value, json};

/// The guest's name, as its agent says it.
#[derive(Debug, Deserialize)]
struct HostName {
    #[serde(rename = "host-name")]
    name: String,
}

#[driver_ops]
impl DomainGuestOps for QemuDriver {
    async fn hostname(&self, _: &CallCx, domain: &DomainRef, options: &HostnameOptions) -> Result<String> {
        if options.lease && !options.agent {
            let message = "there are no virtual networks that give the guest its address";
            return Err(Error::new(ErrorKind::NoHostname, message).with_hint("ask the agent"));
        }
        let answer: HostName = self.ask_agent(domain, "guest-get-host-name", json!({})).await?;
        Ok(answer.name)
    }

    async fn time(&self, _: &CallCx, domain: &DomainRef) -> Result<Timestamp> {
        self.ask_agent(domain, "guest-get-time", json!({})).await.map(Timestamp::from_nanoseconds)
    }

    async fn set_time(&self, _: &CallCx, domain: &DomainRef, time: Option<Timestamp>) -> Result<()> {
        // Without a time, the guest takes that of its clock.
        let arguments = time.map_or_else(|| json!({}), |time| json!({"time": time.nanoseconds()}));
        self.ask_agent::<Value>(domain, "guest-set-time", arguments).await.map(drop)
    }

    async fn fs_freeze(&self, _: &CallCx, domain: &DomainRef, mountpoints: &[String]) -> Result<u32> {
        match mountpoints {
            [] => self.ask_agent(domain, "guest-fsfreeze-freeze", json!({})).await,
            some => self.ask_agent(domain, "guest-fsfreeze-freeze-list", json!({"mountpoints": some})).await,
        }
    }

    async fn fs_thaw(&self, _: &CallCx, domain: &DomainRef, _: &[String]) -> Result<u32> {
        // The agent knows no other way than to thaw them all.
        self.ask_agent(domain, "guest-fsfreeze-thaw", json!({})).await
    }
}

impl QemuDriver {
    async fn ask_agent<T: serde::de::DeserializeOwned>(
        &self,
        domain: &DomainRef,
        command: &str,
        arguments: Value,
    ) -> Result<T> {
        let entry = self.host.domain(domain)?;
        agent::of(&entry).await?.execute(command, arguments, agent::PATIENCE).await
    }
}
