//! One socket to a daemon: calls on their way, streams, and what the daemon says of itself.
//!
//! Whoever has something to say writes it at once if nobody else is writing and the socket takes it. One task reads; it
//! takes all packets of a read together and wakes those who wait for them.

mod keepalive;
mod outbox;
mod reader;
mod stream;

use crate::error;
use crate::transport::{Carrier, WriteHalf};
use crate::uri::Keepalive;
use bytes::Bytes;
use omnivirt_core::event::CloseReason;
use omnivirt_core::{Error, ErrorKind, Result, Retry};
use omnivirt_wire::packet::{Header, PacketType, Status};
use omnivirt_wire::procedure::{Call, Files, Procedure, Program};
use omnivirt_wire::structs;
use omnivirt_wire::xdr::Xdr;
use outbox::Outbox;
use parking_lot::Mutex;
use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
pub(crate) use stream::RemoteStream;
use stream::StreamState;
use tokio::sync::{Notify, oneshot, watch};

/// How many calls may be on the wire without an answer. A libvirtd stops reading when it has 5 of a client's, and then
/// answers no pings either: with one less, a connection on which all calls take long is still known to live.
const UNANSWERED_CALLS: usize = 4;

/// Where a packet's serial is.
const SERIAL_AT: std::ops::Range<usize> = 20..24;

/// What is called with messages that nobody asked for, in the order in which they came. It must not wait.
pub(crate) trait Listener: Send + Sync + 'static {
    /// An event, or something that this version does not know.
    fn message(&self, header: &Header, payload: &[u8]);
}

/// Why a link ended.
#[derive(Debug, Clone)]
pub(crate) struct Ended {
    pub(crate) reason: CloseReason,
    kind: ErrorKind,
    message: String,
}

impl Ended {
    pub(crate) fn new(reason: CloseReason, message: impl Into<String>) -> Self {
        Self { reason, kind: ErrorKind::ConnectionClosed, message: message.into() }
    }

    fn protocol(message: impl fmt::Display) -> Self {
        Self {
            reason: CloseReason::Error,
            kind: ErrorKind::ProtocolError,
            message: format!("the connection was given up: {message}"),
        }
    }

    /// As the error of a call that it ended.
    pub(crate) fn error(&self) -> Error {
        let error = Error::new(self.kind, self.message.clone());
        if self.reason == CloseReason::Client { error } else { error.with_retry(Retry::AfterReconnect) }
    }
}

/// An answer to a call.
pub(crate) struct Reply {
    header: Header,
    payload: Bytes,
    pub(crate) files: Vec<OwnedFd>,
    pub(crate) stream: Option<RemoteStream>,
}

type Outcome = std::result::Result<Reply, Ended>;

/// Run by the reader when the answer is there, before any later packet is looked at, whether or not the caller still
/// waits.
pub(crate) type OnReply = Box<dyn FnOnce(&Reply) + Send>;

/// A call that waits for its answer.
struct Pending {
    program: u32,
    procedure: &'static Procedure,
    /// None if the caller has gone: the answer is thrown away.
    caller: Option<oneshot::Sender<Outcome>>,
    on_reply: Option<OnReply>,
    stream: Option<Arc<StreamState>>,
}

/// A stream on the wire.
enum Flow {
    /// Somebody has it.
    Live(Arc<StreamState>),
    /// It was given up here, and the daemon has not said yet that it is over.
    Draining,
}

struct State {
    ended: Option<Ended>,
    next_serial: u32,
    most_unanswered: usize,
    /// On the wire.
    pending: HashMap<u32, Pending>,
    /// Calls that wait until another has been answered.
    queue: VecDeque<(u32, Outgoing, Pending)>,
    streams: HashMap<u32, Flow>,
    outbox: Outbox,
    /// Somebody is writing; they take what is added meanwhile.
    is_writing: bool,
    /// The socket takes nothing more; the writing task waits for it.
    is_blocked: bool,
    /// The reader has woken several callers: what they say next is written together.
    is_corked: bool,
}

/// A packet and what goes along.
struct Outgoing {
    packet: Vec<u8>,
    files: Vec<OwnedFd>,
}

/// One socket to a daemon.
pub(crate) struct Link {
    state: Mutex<State>,
    writer: Box<dyn WriteHalf>,
    passes_files: bool,
    blocked: Notify,
    /// How many calls are on the wire whose answers bring file descriptors.
    expected_files: AtomicUsize,
    /// Nothing is read, because the reader of a stream lags.
    is_paused: AtomicBool,
    heard: keepalive::Heard,
    ended: watch::Sender<Option<Ended>>,
}

impl Link {
    /// Begins to read and write on a carrier.
    pub(crate) fn start(carrier: Carrier, listener: Arc<dyn Listener>) -> Arc<Self> {
        let link = Arc::new(Self {
            state: Mutex::new(State {
                ended: None,
                next_serial: 1,
                most_unanswered: UNANSWERED_CALLS,
                pending: HashMap::new(),
                queue: VecDeque::new(),
                streams: HashMap::new(),
                outbox: Outbox::default(),
                is_writing: false,
                is_blocked: false,
                is_corked: false,
            }),
            writer: carrier.writer,
            passes_files: carrier.passes_files,
            blocked: Notify::new(),
            expected_files: AtomicUsize::new(0),
            is_paused: AtomicBool::new(false),
            heard: keepalive::Heard::now(),
            ended: watch::Sender::new(None),
        });
        tokio::spawn(reader::run(link.clone(), carrier.reader, listener));
        tokio::spawn(write_when_possible(link.clone()));
        link
    }

    /// Sends pings whenever the daemon has been quiet for long, and ends the link when they stay without an answer.
    pub(crate) fn keep_alive(self: &Arc<Self>, keepalive: Keepalive) {
        tokio::spawn(keepalive::run(Arc::downgrade(self), self.ended(), keepalive));
    }

    /// Lets so many calls be on the wire without an answer, where the daemon says that it takes them.
    pub(crate) fn allow_unanswered(&self, most: usize) {
        self.state.lock().most_unanswered = most.max(1);
    }

    /// Whether file descriptors can go along.
    pub(crate) fn passes_files(&self) -> bool {
        self.passes_files
    }

    /// Tells when the link has ended, and why.
    pub(crate) fn ended(&self) -> watch::Receiver<Option<Ended>> {
        self.ended.subscribe()
    }

    /// Makes a call. Dropping the future gives up the waiting: an answer that still comes is thrown away.
    ///
    /// # Errors
    ///
    /// That the link ended, or that the arguments do not fit into a packet.
    pub(crate) async fn call<C: Call>(
        self: &Arc<Self>,
        args: &C::Args,
        files: Vec<OwnedFd>,
        on_reply: Option<OnReply>,
    ) -> Result<Reply> {
        let with_files = !files.is_empty();
        let packet_type = if with_files { PacketType::CallWithFiles } else { PacketType::Call };
        let header = Header::new(C::PROGRAM, C::PROCEDURE.number, packet_type, 0, Status::Ok);
        let mut packet = Vec::with_capacity(64);
        header
            .write(with_files.then_some(files.len()), args, &mut packet)
            .map_err(|error| error::unsendable(C::PROCEDURE.name, error))?;
        let outgoing = Outgoing { packet, files };
        let waiting =
            self.submit(C::PROGRAM, C::PROCEDURE, outgoing, on_reply).map_err(|ended| ended.error())?;
        waiting.answer().await.map_err(|ended| ended.error())
    }

    fn submit(
        self: &Arc<Self>,
        program: &'static Program,
        procedure: &'static Procedure,
        mut outgoing: Outgoing,
        on_reply: Option<OnReply>,
    ) -> std::result::Result<Waiting, Ended> {
        let (caller, receiver) = oneshot::channel();
        let mut state = self.state.lock();
        if let Some(ended) = &state.ended {
            return Err(ended.clone());
        }
        let serial = state.new_serial();
        outgoing.packet[SERIAL_AT].copy_from_slice(&serial.to_be_bytes());
        let stream = procedure.stream.map(|direction| {
            let header = Header::new(program, procedure.number, PacketType::Stream, serial, Status::Continue);
            Arc::new(StreamState::new(header, direction))
        });
        let pending = Pending { program: program.number, procedure, caller: Some(caller), on_reply, stream };
        let waiting = Waiting { link: self.clone(), serial, receiver: Some(receiver) };
        if state.pending.len() < state.most_unanswered && state.queue.is_empty() {
            self.put_on_wire(&mut state, serial, outgoing, pending);
            drop(state);
            self.flush();
        } else {
            state.queue.push_back((serial, outgoing, pending));
        }
        Ok(waiting)
    }

    fn put_on_wire(&self, state: &mut State, serial: u32, outgoing: Outgoing, pending: Pending) {
        if brings_files(pending.procedure) {
            self.expected_files.fetch_add(1, Ordering::Relaxed);
        }
        state.pending.insert(serial, pending);
        state.outbox.push(outgoing.packet, None);
        outgoing.files.into_iter().for_each(|file| state.outbox.push_file(file));
    }

    /// Takes out the call that is answered, and lets the next ones go.
    fn take_answered(&self, state: &mut State, serial: u32) -> Option<Pending> {
        let pending = state.pending.remove(&serial)?;
        if brings_files(pending.procedure) {
            self.expected_files.fetch_sub(1, Ordering::Relaxed);
        }
        while state.pending.len() < state.most_unanswered {
            let Some((serial, outgoing, pending)) = state.queue.pop_front() else { break };
            self.put_on_wire(state, serial, outgoing, pending);
        }
        Some(pending)
    }

    /// The caller has gone.
    fn abandon(&self, serial: u32) {
        let mut state = self.state.lock();
        let given_up = if let Some(pending) = state.pending.get_mut(&serial) {
            pending.caller = None;
            None
        } else {
            let place = state.queue.iter().position(|(queued, ..)| *queued == serial);
            place.and_then(|place| state.queue.remove(place))
        };
        drop(state);
        drop(given_up);
    }

    /// Sends a packet that nobody answers.
    fn send(&self, packet: Vec<u8>, of_stream: Option<u32>) {
        let mut state = self.state.lock();
        if state.ended.is_some() {
            return;
        }
        state.outbox.push(packet, of_stream);
        drop(state);
        self.flush();
    }

    /// Sends a packet without a payload.
    fn send_bare(&self, header: &Header) {
        if let Ok(packet) = header.before(0) {
            self.send(packet.to_vec(), None);
        }
    }

    /// Writes what waits, unless somebody else does or will.
    fn flush(&self) {
        let mut state = self.state.lock();
        if state.is_writing || state.is_blocked || state.is_corked || state.outbox.is_empty() {
            return;
        }
        state.is_writing = true;
        loop {
            let mut outbox = std::mem::take(&mut state.outbox);
            drop(state);
            let written = outbox.write(&*self.writer);
            state = self.state.lock();
            state.outbox.put_before(outbox);
            let streams: Vec<_> = written.streams.iter().filter_map(|serial| state.live(*serial)).collect();
            let outcome = written.outcome;
            let goes_on = outcome.is_ok() && !state.outbox.is_empty();
            if !goes_on {
                state.is_writing = false;
                state.is_blocked =
                    matches!(&outcome, Err(error) if error.kind() == std::io::ErrorKind::WouldBlock);
            }
            let is_blocked = state.is_blocked;
            drop(state);
            streams.iter().for_each(|stream| stream.packet_written());
            match outcome {
                Ok(()) if goes_on => state = self.state.lock(),
                Ok(()) => return,
                Err(_) if is_blocked => return self.blocked.notify_one(),
                Err(error) => return self.end(self.lost(&format!("writing to the daemon failed: {error}"))),
            }
        }
    }

    fn lost(&self, how: &str) -> Ended {
        let words = self.writer.last_words().map(|words| format!(" ({words})")).unwrap_or_default();
        Ended::new(CloseReason::Error, format!("the connection was lost: {how}{words}"))
    }

    fn ended_by_peer(&self) -> Ended {
        let words = self.writer.last_words().map(|words| format!(" ({words})")).unwrap_or_default();
        Ended::new(CloseReason::Eof, format!("the connection was lost: the daemon closed it{words}"))
    }

    /// Ends the link, and with it every call and stream. Ending it again does nothing.
    pub(crate) fn end(&self, ended: Ended) {
        let mut state = self.state.lock();
        if state.ended.is_some() {
            return;
        }
        state.ended = Some(ended.clone());
        let pending: Vec<_> = state.pending.drain().map(|(_, pending)| pending).collect();
        let queued: Vec<_> = state.queue.drain(..).map(|(.., pending)| pending).collect();
        let streams: Vec<_> = state.streams.drain().collect();
        let outbox = std::mem::take(&mut state.outbox);
        drop(state);
        drop(outbox);
        self.writer.shut_down();
        for caller in pending.into_iter().chain(queued).filter_map(|pending| pending.caller) {
            // The caller may have gone meanwhile.
            let _ = caller.send(Err(ended.clone()));
        }
        for (_, flow) in streams {
            if let Flow::Live(stream) = flow {
                stream.lose(&ended);
            }
        }
        self.blocked.notify_one();
        self.ended.send_replace(Some(ended));
    }
}

impl State {
    /// The next number that nothing on the wire has.
    fn new_serial(&mut self) -> u32 {
        loop {
            let serial = self.next_serial;
            self.next_serial = serial.wrapping_add(1);
            if !self.pending.contains_key(&serial) && !self.streams.contains_key(&serial) {
                return serial;
            }
        }
    }

    fn live(&self, serial: u32) -> Option<Arc<StreamState>> {
        match self.streams.get(&serial) {
            Some(Flow::Live(stream)) => Some(stream.clone()),
            _ => None,
        }
    }
}

fn brings_files(procedure: &Procedure) -> bool {
    matches!(procedure.files, Files::WithReply | Files::WithBoth)
}

/// Goes on writing once the socket takes more.
async fn write_when_possible(link: Arc<Link>) {
    loop {
        link.blocked.notified().await;
        if link.state.lock().ended.is_some() {
            return;
        }
        let ready = std::future::poll_fn(|task| link.writer.poll_ready(task)).await;
        link.state.lock().is_blocked = false;
        match ready {
            Ok(()) => link.flush(),
            Err(error) => link.end(link.lost(&format!("writing to the daemon failed: {error}"))),
        }
    }
}

/// A call whose answer somebody waits for.
struct Waiting {
    link: Arc<Link>,
    serial: u32,
    receiver: Option<oneshot::Receiver<Outcome>>,
}

impl Waiting {
    async fn answer(mut self) -> Outcome {
        let Some(receiver) = &mut self.receiver else { return Err(gone()) };
        let outcome = receiver.await;
        self.receiver = None;
        outcome.unwrap_or_else(|_| Err(gone()))
    }
}

fn gone() -> Ended {
    Ended::new(CloseReason::Error, "the connection was lost")
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if self.receiver.is_some() {
            self.link.abandon(self.serial);
        }
    }
}

impl Reply {
    /// What the call gives.
    ///
    /// # Errors
    ///
    /// What the daemon answered, or that its answer makes no sense; the link goes on in both cases.
    pub(crate) fn result<C: Call>(&self) -> Result<C::Ret> {
        let name = C::PROCEDURE.name;
        if self.header.procedure != C::PROCEDURE.number {
            return Err(error::protocol(format!("the answer to {name} is one to another procedure")));
        }
        if self.header.is(Status::Ok) {
            C::Ret::from_bytes(&self.payload).map_err(|error| error::unreadable(name, error))
        } else if self.header.is(Status::Error) {
            let wire = structs::Error::from_bytes(&self.payload);
            Err(wire.map_or_else(|error| error::unreadable(name, error), error::of_wire))
        } else {
            Err(error::protocol(format!("the answer to {name} has the status {}", self.header.status)))
        }
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state.lock();
        formatter
            .debug_struct("Link")
            .field("unanswered", &state.pending.len())
            .field("queued", &state.queue.len())
            .field("streams", &state.streams.len())
            .field("ended", &state.ended)
            .finish_non_exhaustive()
    }
}
