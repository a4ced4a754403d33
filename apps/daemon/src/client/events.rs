//! What a client wants to be told, and telling it: one subscription for all its registrations, so that the order of events
//! holds over all of them.

use super::{Client, End};
use crate::config::{self, WhenLost};
use futures_util::StreamExt;
use omnivirt::event::{Event, EventKind};
use omnivirt::events::{Delivery, EventFilter, EventStream, Policy};
use omnivirt::{ObjectRef, Uuid};
use omnivirt_wire::convert::event::{Registration, WireEvent, messages_of};
use omnivirt_wire::packet::{Header, LEAST_BYTES, PacketType, Status};
use omnivirt_wire::procedure::Program;
use std::cell::RefCell;
use std::rc::Rc;
use std::task::{Context, Poll};

/// How many events are told before calls have their turn.
const MOST_EVENTS: usize = 256;
/// libvirtd puts it into every event.
const SERIAL: u32 = 1;

/// What a client wants to be told.
#[derive(Debug)]
pub(crate) struct Registrations {
    list: Vec<Registered>,
    next_id: i32,
    stream: Option<EventStream>,
    policy: Policy,
    when_lost: WhenLost,
    /// The number of the last event that was told, or passed over.
    last_seq: u64,
    lost: u64,
}

/// One registration.
#[derive(Debug, Clone)]
pub(crate) struct Registered {
    /// By which the client knows it.
    pub(crate) id: i32,
    pub(crate) what: Registration,
    /// The object whose events are told; those of all if there is none.
    pub(crate) object: Option<ObjectRef>,
    /// Of the monitor's events, those whose name is matched.
    pub(crate) name: Option<regex_lite::Regex>,
}

impl Registered {
    fn wants(&self, message: &WireEvent, event: &Event) -> bool {
        self.what == message.registration
            && (self.object.is_none() || self.object == event.object)
            && self.name.as_ref().is_none_or(|name| match &event.body {
                omnivirt::event::EventBody::MonitorEvent(monitor) => name.is_match(&monitor.event),
                _ => false,
            })
    }
}

impl Registrations {
    pub(crate) fn new(config: &config::Events) -> Self {
        Self {
            list: Vec::new(),
            next_id: 0,
            stream: None,
            policy: Policy::drop_oldest().capacity(config.queue.count()),
            when_lost: config.when_lost,
            last_seq: 0,
            lost: 0,
        }
    }

    pub(crate) fn policy(&self) -> Policy {
        self.policy
    }

    pub(crate) fn list(&self) -> &[Registered] {
        &self.list
    }

    /// An id that no registration of this client has had.
    pub(crate) fn next_id(&mut self) -> i32 {
        let id = self.next_id;
        self.next_id = id.wrapping_add(1).max(0);
        id
    }

    /// Which events these registrations need.
    pub(crate) fn filter(list: &[Registered]) -> EventFilter {
        let kind = |registered: &Registered| registered.what.kind().unwrap_or(EventKind::ConnectionClosed);
        let mut filter = EventFilter::all().kinds(list.iter().map(kind));
        // One that is for all objects makes a filter for some useless.
        if list.iter().all(|registered| registered.object.is_some()) {
            filter.objects = list.iter().filter_map(|registered| registered.object.clone()).collect();
        }
        filter
    }

    /// From now on these are the registrations, and this is what brings their events. The former's have been told.
    pub(crate) fn replace(&mut self, list: Vec<Registered>, stream: Option<EventStream>) {
        self.list = list;
        self.stream = stream;
    }
}

/// The messages of the event that was told last: many clients are told the same.
type LastMessages = Option<((Uuid, u64), Rc<[WireEvent]>)>;

thread_local! {
    static LAST: RefCell<LastMessages> = const { RefCell::new(None) };
}

fn messages(event: &Event) -> Rc<[WireEvent]> {
    let key = (event.epoch, event.seq);
    LAST.with_borrow_mut(|last| {
        if let Some((known, messages)) = last
            && *known == key
        {
            return messages.clone();
        }
        let messages: Rc<[WireEvent]> = match messages_of(event) {
            Ok(messages) => messages.into(),
            Err(error) => {
                tracing::warn!(kind = event.kind().as_str(), seq = event.seq, %error, "an event cannot be told");
                Rc::new([])
            }
        };
        *last = Some((key, messages.clone()));
        messages
    })
}

impl Client {
    /// Tells the client of events while there is room for them.
    pub(super) fn send_events(&mut self, task: &mut Context<'_>) -> Result<bool, End> {
        let mut did = false;
        for _ in 0..MOST_EVENTS {
            if self.is_full() || self.is_closing {
                break;
            }
            let Some(stream) = &mut self.registrations.stream else { break };
            match stream.poll_next_unpin(task) {
                Poll::Pending => break,
                Poll::Ready(Some(delivery)) => self.deliver(&delivery)?,
                Poll::Ready(None) => self.registrations.stream = None,
            }
            did = true;
        }
        Ok(did)
    }

    /// Tells of all that has happened so far.
    pub(super) fn drain_events(&mut self) -> Result<(), End> {
        while let Some(delivery) = self.registrations.stream.as_mut().and_then(EventStream::try_recv) {
            self.deliver(&delivery)?;
        }
        Ok(())
    }

    /// The same, unless too much waits for the client already.
    pub(super) fn tell_what_happened(&mut self) -> Result<(), End> {
        if self.is_full() { Ok(()) } else { self.drain_events() }
    }

    fn deliver(&mut self, delivery: &Delivery) -> Result<(), End> {
        match delivery {
            Delivery::Event(event) if event.seq > self.registrations.last_seq => {
                self.registrations.last_seq = event.seq;
                self.tell(event);
                Ok(())
            }
            // A subscription that took another's place brings what that one has told.
            Delivery::Event(_) => Ok(()),
            Delivery::Gap(gap) => {
                self.registrations.lost += gap.lost;
                tracing::warn!(
                    client = self.session.number,
                    user = self.peer.user_id,
                    process = self.peer.process_id,
                    from = gap.from,
                    to = gap.to,
                    lost = gap.lost,
                    lost_in_all = self.registrations.lost,
                    "a client does not read its events, and lost some"
                );
                match self.registrations.when_lost {
                    WhenLost::Log => Ok(()),
                    WhenLost::Close => Err(End::LostEvents),
                }
            }
        }
    }

    fn tell(&mut self, event: &Event) {
        for message in messages(event).iter() {
            for registered in &self.registrations.list {
                if !registered.wants(message, event) {
                    continue;
                }
                let Some(program) = Program::find(message.program) else { continue };
                let header = Header::new(program, message.procedure, PacketType::Message, SERIAL, Status::Ok);
                let payload = message.payload(registered.id);
                let written = self.out.write(|buffer| {
                    buffer.reserve(LEAST_BYTES + payload.len());
                    buffer.extend_from_slice(&header.before(payload.len())?);
                    buffer.extend_from_slice(&payload);
                    Ok::<(), omnivirt_wire::xdr::XdrError>(())
                });
                if let Err(error) = written {
                    tracing::warn!(kind = event.kind().as_str(), seq = event.seq, %error, "an event cannot be told");
                }
            }
        }
    }
}
