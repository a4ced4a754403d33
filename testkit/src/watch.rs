//! Seeing what is told of a domain.

use crate::action::is_told_beside;
use crate::failure::{Failure, Outcome, ensure, ensure_eq};
use crate::rig::Rig;
use omnivirt_core::event::*;
use omnivirt_core::events::{Delivery, EventFilter, EventStream, Policy};
use omnivirt_core::*;
use std::sync::Arc;
use std::time::Duration;

/// How long an event may be on its way that must come. Nothing waits for one that must not: see [`Watch::of_until_now`].
const ON_ITS_WAY: Duration = Duration::from_secs(5);

/// A subscription to all that a connection tells; to nothing, if its driver has no events.
#[derive(Debug)]
pub(crate) struct Watch {
    stream: Option<EventStream>,
    last_seq: u64,
}

impl Watch {
    pub(crate) async fn all(connection: &Connection) -> Result<Self> {
        let stream = match connection.driver().events() {
            Some(_) => Some(connection.subscribe(EventFilter::all(), Policy::unbounded()).await?),
            None => None,
        };
        Ok(Self { stream, last_seq: 0 })
    }

    /// Whether the driver has events at all.
    pub(crate) fn is_on(&self) -> bool {
        self.stream.is_some()
    }

    /// The next event. Their numbers rise.
    pub(crate) async fn next(&mut self) -> Outcome<Arc<Event>> {
        let Some(stream) = &mut self.stream else { return Err(Failure::new("the driver has no events")) };
        let received = tokio::time::timeout(ON_ITS_WAY, stream.recv()).await;
        let Ok(received) = received else { return Err(Failure::new("an event that must come does not")) };
        let event = match received {
            Some(Delivery::Event(event)) => event,
            Some(Delivery::Gap(gap)) => {
                return Err(Failure::new(format!("a queue without bounds has lost events: {gap:?}")));
            }
            None => return Err(Failure::new("the events have ended")),
        };
        ensure!(event.seq > self.last_seq, "event {} came after event {}", event.seq, self.last_seq);
        self.last_seq = event.seq;
        Ok(event)
    }

    /// Every event up to one about a domain that is made for that: whatever was caused before has come by then, over
    /// whatever way events take.
    pub(crate) async fn until_now(&mut self, rig: &Rig) -> Outcome<Vec<Arc<Event>>> {
        if !self.is_on() {
            return Ok(Vec::new());
        }
        let mark = rig.xml(&rig.fresh());
        let domain = if rig.claims(&calls::CONNECTION_DEFINE) {
            rig.drive(rig.connection().define(&mark, DefineOptions::default())).await?
        } else {
            rig.drive(rig.connection().create(&mark, CreateOptions::default())).await?
        };
        let mut events = Vec::new();
        loop {
            let event = self.next().await?;
            if event.object == Some(domain.reference().clone().into()) {
                return Ok(events);
            }
            events.push(event);
        }
    }

    /// Every event of a domain so far.
    pub(crate) async fn of_until_now(&mut self, rig: &Rig, domain: &Domain) -> Outcome<Vec<Arc<Event>>> {
        let object = Some(ObjectRef::from(domain.reference().clone()));
        let mut events = self.until_now(rig).await?;
        events.retain(|event| event.object == object);
        let numbers: Vec<u64> = events.iter().map(|event| event.object_seq).collect();
        ensure!(
            numbers.windows(2).all(|pair| pair[1] == pair[0] + 1),
            "the events of one domain are numbered {numbers:?}"
        );
        Ok(events)
    }

    /// Fails unless these and no other events of a domain have come, if the driver has events.
    pub(crate) async fn told(&mut self, rig: &Rig, domain: &Domain, expected: &[EventBody]) -> Outcome {
        if self.is_on() {
            let events = self.of_until_now(rig, domain).await?;
            let mut bodies: Vec<EventBody> = events.iter().map(|event| event.body.clone()).collect();
            bodies.retain(|body| expected.contains(body) || !is_told_beside(body));
            ensure_eq!(bodies, expected, "what was told of the domain");
        }
        Ok(())
    }
}
