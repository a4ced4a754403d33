//! One client: a task that reads its packets, begins its calls, and sends what is due to it.

mod calls;
mod events;
mod keepalive;
mod outgoing;
mod registering;
mod served;
mod socket;
mod streams;

use crate::clients::Place;
use crate::failure::Failure;
use crate::peer::Peer;
use crate::server::Server;
use crate::session::Session;
use bytes::BytesMut;
use calls::Calls;
use events::Registrations;
use keepalive::{Due, Keepalive};
use omnivirt_wire::keepalive as ping;
use omnivirt_wire::packet::{Header, MOST_BYTES, Packet, PacketError, PacketReader, PacketType, Status};
use outgoing::Outgoing;
use served::Stepping;
use socket::{Read, Socket};
use std::fmt;
use std::future::poll_fn;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::task::{Context, Poll};
use streams::Streams;

/// How often a client's task goes round before others have their turn.
const MOST_ROUNDS: usize = 8;
/// From how many bytes on a packet was so large that the memory which it was read into is given back.
const LARGE_PACKET: usize = 65_536;
/// How many of a client's packets are served before what they brought about is sent.
const MOST_PACKETS: usize = 256;

/// A client.
struct Client {
    server: Arc<Server>,
    session: Arc<Session>,
    place: Place,
    peer: Peer,
    /// The client came in by the socket for calls that change nothing.
    read_only_socket: bool,
    is_known: bool,
    is_let_in: bool,
    socket: Socket,
    reader: PacketReader<OwnedFd>,
    has_read_large: bool,
    out: Outgoing,
    calls: Calls,
    /// What the client does that everything after it has to wait for.
    step: Option<Stepping>,
    registrations: Registrations,
    streams: Streams,
    keepalive: Keepalive,
    /// Nothing more is read; the client is gone when all is sent.
    is_closing: bool,
}

/// Why a client is gone.
#[derive(Debug)]
enum End {
    /// It hung up.
    HungUp,
    /// It closed, and has its answer.
    Closed,
    /// Its connection failed.
    Socket(std::io::Error),
    /// What it sent makes no sense, and there is no way to go on.
    Protocol(PacketError),
    /// It sent a hole in a stream that has none.
    Hole,
    /// It did not say or do what it has to in time.
    Time(Due),
    /// Others needed its place.
    MadeRoom,
    /// It cannot be told that it lost events otherwise.
    LostEvents,
    /// The daemon ends.
    Ending,
}

impl fmt::Display for End {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HungUp => formatter.write_str("it hung up"),
            Self::Closed => formatter.write_str("it closed"),
            Self::Socket(error) => write!(formatter, "its connection failed: {error}"),
            Self::Protocol(error) => write!(formatter, "it sent {error}"),
            Self::Hole => formatter.write_str("it sent a hole in a stream without holes"),
            Self::Time(Due::NoCall) => formatter.write_str("it made no call"),
            Self::Time(_) => formatter.write_str("it has gone silent"),
            Self::MadeRoom => formatter.write_str("it made no call, and others needed its place"),
            Self::LostEvents => formatter.write_str("it lost events"),
            Self::Ending => formatter.write_str("the daemon ends"),
        }
    }
}

/// Serves a client until it is gone.
pub(crate) async fn serve(
    server: Arc<Server>,
    socket: UnixStream,
    peer: Peer,
    number: u64,
    place: Place,
    read_only_socket: bool,
) {
    let Ok(socket) = Socket::new(socket) else { return };
    let is_let_in = server.access.lets_in(peer).await;
    let mut reader = PacketReader::new();
    if !is_let_in {
        reader.limit(server.config.limits.max_anonymous_packet.count());
    }
    let made_room = place.end();
    let ending = server.ending();
    let mut client = Box::new(Client {
        session: Arc::new(Session::new(number, peer.caller(), server.hosts.clone())),
        place,
        peer,
        read_only_socket,
        is_known: false,
        is_let_in,
        socket,
        reader,
        has_read_large: false,
        out: Outgoing::default(),
        calls: Calls::default(),
        step: None,
        registrations: Registrations::new(&server.config.events),
        streams: Streams::new(&server.config.limits),
        keepalive: Keepalive::new(&server.config),
        is_closing: false,
        server,
    });
    tracing::debug!(client = number, user = peer.user_id, process = peer.process_id, "a client came");
    let end = tokio::select! {
        biased;
        end = poll_fn(|task| client.poll(task)) => end,
        () = ending => client.finish().await,
        () = made_room.notified() => End::MadeRoom,
    };
    // Nobody is there to wait for it.
    drop(client.session.close());
    match end {
        End::HungUp | End::Closed | End::Ending => {
            tracing::debug!(client = number, user = peer.user_id, reason = %end, "a client is gone");
        }
        end => {
            tracing::info!(client = number, user = peer.user_id, process = peer.process_id, reason = %end, "a client was disconnected");
        }
    }
}

impl Client {
    /// Does all that can be done now. Ready when the client is gone.
    fn poll(&mut self, task: &mut Context<'_>) -> Poll<End> {
        match self.go_round(task) {
            Ok(()) => Poll::Pending,
            Err(end) => Poll::Ready(end),
        }
    }

    fn go_round(&mut self, task: &mut Context<'_>) -> Result<(), End> {
        for _ in 0..MOST_ROUNDS {
            let mut did = self.finish_calls(task)?;
            did |= self.take_packets(task)?;
            did |= self.send_events(task)?;
            did |= self.poll_streams(task)?;
            did |= self.send(task)?;
            if !did {
                return self.look_at_time(task);
            }
        }
        // Others have their turn.
        task.waker().wake_by_ref();
        Ok(())
    }

    /// Whether the client's next packet is served.
    fn takes_packets(&self) -> bool {
        !self.is_closing
            && self.step.is_none()
            && self.calls.len() < self.server.config.limits.max_client_requests.count()
            && !self.is_full()
            && !self.streams.is_full()
    }

    /// Whether so much waits for the client that nothing is to be added.
    fn is_full(&self) -> bool {
        self.out.bytes() >= self.server.config.limits.client_bytes.count()
    }

    /// Serves the packets that are there, and reads once.
    fn take_packets(&mut self, task: &mut Context<'_>) -> Result<bool, End> {
        let mut did = self.serve_packets(task)?;
        if !self.takes_packets() {
            return if self.socket.is_gone(task) { Err(End::HungUp) } else { Ok(did) };
        }
        match self.socket.poll_read(task, &mut self.reader) {
            Poll::Pending => {}
            Poll::Ready(Ok(Read::Something)) => {
                self.serve_packets(task)?;
                self.give_memory_back();
                did = true;
            }
            Poll::Ready(Ok(Read::End)) => return Err(End::HungUp),
            Poll::Ready(Err(error)) => return Err(End::Socket(error)),
        }
        Ok(did)
    }

    fn serve_packets(&mut self, task: &mut Context<'_>) -> Result<bool, End> {
        for served in 0..MOST_PACKETS {
            if !self.takes_packets() {
                return Ok(served > 0);
            }
            match self.reader.next_packet() {
                Ok(Some(packet)) => self.take(packet, task)?,
                Ok(None) => return Ok(served > 0),
                Err(error) => return Err(End::Protocol(error)),
            }
        }
        Ok(true)
    }

    /// A client that has sent something large is not to hold that memory while it sends nothing.
    fn give_memory_back(&mut self) {
        if self.has_read_large && self.reader.buffer().is_empty() {
            *self.reader.buffer() = BytesMut::new();
            self.has_read_large = false;
        }
    }

    fn take(&mut self, packet: Packet<OwnedFd>, task: &mut Context<'_>) -> Result<(), End> {
        self.keepalive.heard();
        self.has_read_large |= packet.payload.len() >= LARGE_PACKET;
        if packet.header.program == ping::PROGRAM.number {
            self.take_ping(&packet.header);
            return Ok(());
        }
        match packet.header.kind() {
            Some(PacketType::Call | PacketType::CallWithFiles) => self.take_call(packet, task)?,
            Some(PacketType::Stream) => self.streams.take(&packet.header, packet.payload, &mut self.out),
            Some(PacketType::StreamHole) => {
                let taken = self.streams.take_hole(&packet.header, &packet.payload);
                return if taken { Ok(()) } else { Err(End::Hole) };
            }
            // Real servers pass over these.
            Some(PacketType::Reply | PacketType::ReplyWithFiles | PacketType::Message) | None => {}
        }
        Ok(())
    }

    fn take_ping(&mut self, header: &Header) {
        let is_message = header.kind() == Some(PacketType::Message);
        if header.version == ping::PROGRAM.version && is_message {
            if header.procedure == 1 {
                self.send_keepalive(2);
            }
        } else if header.kind() == Some(PacketType::Call) {
            self.fail(header, Failure::no_program(header));
        }
    }

    fn send_keepalive(&mut self, procedure: i32) {
        let header = Header::new(&ping::PROGRAM, procedure, PacketType::Message, 0, Status::Ok);
        let _ = self.out.write(|buffer| header.write(None, &(), buffer));
    }

    /// Answers a call with an error.
    fn fail(&mut self, header: &Header, failure: Failure) {
        tracing::debug!(client = self.session.number, procedure = header.procedure, serial = header.serial, error = %failure, "refused");
        self.out.push(failure.packet(header, PacketType::Reply), Vec::new());
    }

    /// The client has shown that it is one: it has made a call, and was let in.
    fn make_known(&mut self) {
        if !self.is_known && self.is_let_in {
            self.is_known = true;
            self.place.known();
            self.keepalive.called();
            self.reader.limit(MOST_BYTES);
        }
    }

    fn send(&mut self, task: &mut Context<'_>) -> Result<bool, End> {
        let before = self.out.bytes();
        let was_empty = self.out.is_empty();
        match self.out.poll_send(&self.socket, task) {
            Poll::Ready(Ok(())) if self.is_closing => return Err(End::Closed),
            Poll::Ready(Ok(())) | Poll::Pending => {}
            Poll::Ready(Err(error)) => return Err(End::Socket(error)),
        }
        let gone = self.out.take_gone();
        self.streams.sent(&gone);
        Ok(!was_empty && self.out.bytes() < before)
    }

    fn look_at_time(&mut self, task: &mut Context<'_>) -> Result<(), End> {
        while let Poll::Ready(due) = self.keepalive.poll(task) {
            if due != Due::Ping {
                return Err(End::Time(due));
            }
            self.send_keepalive(1);
            self.send(task)?;
        }
        Ok(())
    }

    /// The daemon ends: what was called is answered, nothing more is taken.
    async fn finish(&mut self) -> End {
        let limit = self.server.config.timeouts.shutdown.seconds();
        let rest = poll_fn(|task| {
            loop {
                let did = match self.finish_calls(task) {
                    Ok(did) => did,
                    Err(end) => return Poll::Ready(end),
                };
                match self.out.poll_send(&self.socket, task) {
                    Poll::Ready(Err(error)) => return Poll::Ready(End::Socket(error)),
                    Poll::Ready(Ok(())) if self.calls.len() == 0 && self.step.is_none() => {
                        return Poll::Ready(End::Ending);
                    }
                    Poll::Ready(Ok(())) if did => {}
                    _ => return Poll::Pending,
                }
            }
        });
        tokio::time::timeout(limit, rest).await.unwrap_or(End::Ending)
    }
}
