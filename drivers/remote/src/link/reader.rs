//! The task that reads: it cuts packets, wakes callers, feeds streams, answers pings and passes events on.

use super::stream::StreamState;
use super::{Ended, Flow, Link, Listener, OnReply, Outcome, RemoteStream, Reply, State, keepalive};
use crate::transport::ReadHalf;
use bytes::Bytes;
use omnivirt_wire::keepalive as pings;
use omnivirt_wire::packet::{Header, Packet, PacketReader, PacketType, Status};
use omnivirt_wire::structs;
use omnivirt_wire::xdr::Xdr;
use std::future::Future as _;
use std::io;
use std::os::fd::OwnedFd;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::sync::oneshot;

/// How much room there is for a read at least.
const ROOM_BYTES: usize = 4_096;

/// How much is set aside when there is less.
const CHUNK_BYTES: usize = 65_536;

/// How long a stream whose queue is full may hold up the connection without being read at all.
const LAGGING: Duration = Duration::from_secs(15);

pub(super) async fn run(link: Arc<Link>, mut from: Box<dyn ReadHalf>, listener: Arc<dyn Listener>) {
    let mut reader = PacketReader::new();
    let ended = loop {
        match read(&link, &mut *from, &mut reader).await {
            Ok(0) => break link.ended_by_peer(),
            Ok(_) => {}
            Err(error) => break link.lost(&format!("reading from the daemon failed: {error}")),
        }
        link.heard.again();
        let mut batch = Batch::default();
        let outcome = link.take_in(&mut reader, &mut batch);
        let woken = batch.carry_out(&link, &*listener);
        if let Err(ended) = outcome {
            break ended;
        }
        if woken > 1 {
            // They run now, and what they have to say goes out together.
            tokio::task::yield_now().await;
            link.state.lock().is_corked = false;
        }
        link.flush();
        if !batch.full.is_empty() {
            link.is_paused.store(true, Ordering::Relaxed);
            for stream in &batch.full {
                wait_for_room(&link, stream).await;
            }
            link.is_paused.store(false, Ordering::Relaxed);
        }
    };
    link.end(ended);
}

async fn read(link: &Link, from: &mut dyn ReadHalf, reader: &mut PacketReader<OwnedFd>) -> io::Result<usize> {
    let missing = reader.missing();
    let buffer = reader.buffer();
    let room = buffer.capacity() - buffer.len();
    if room < missing.max(ROOM_BYTES) {
        // What a packet says of its length is believed as far as it has come true so far.
        buffer.reserve(missing.min(buffer.len()).max(CHUNK_BYTES));
    }
    let mut files = Vec::new();
    // Looked at each time that there may be something: a call whose answer brings some may have been made meanwhile.
    let count = std::future::poll_fn(|task| match link.expected_files.load(Ordering::Relaxed) {
        0 => pin!(from.read_buf(buffer)).poll(task),
        _ => from.poll_receive(task, buffer, &mut files),
    })
    .await?;
    files.into_iter().for_each(|file| reader.push_file(file));
    Ok(count)
}

/// Back-pressure: until the stream is read, nothing more is.
async fn wait_for_room(link: &Link, stream: &Arc<StreamState>) {
    loop {
        let taken = stream.taken();
        let room = std::future::poll_fn(|task| stream.poll_room(task));
        if tokio::time::timeout(LAGGING, room).await.is_ok() {
            return;
        }
        if stream.taken() == taken {
            link.give_up_stream(stream);
            stream.fail_lagging(LAGGING);
            return;
        }
    }
}

/// What packets set off, put together with the link locked and carried out after, in their order.
#[derive(Default)]
struct Batch {
    effects: Vec<Effect>,
    replies: usize,
    /// Streams that hold as much as they may.
    full: Vec<Arc<StreamState>>,
}

enum Effect {
    Reply(Option<oneshot::Sender<Outcome>>, Option<OnReply>, Reply),
    Message(Header, Bytes),
    Data(Arc<StreamState>, Bytes),
    Hole(Arc<StreamState>, u64),
    EndOfData(Arc<StreamState>),
    Over(Arc<StreamState>, Option<structs::Error>),
}

impl Batch {
    /// Says how many callers were woken.
    fn carry_out(&mut self, link: &Arc<Link>, listener: &dyn Listener) -> usize {
        for effect in self.effects.drain(..) {
            match effect {
                Effect::Reply(caller, on_reply, reply) => {
                    if let Some(on_reply) = on_reply {
                        on_reply(&reply);
                    }
                    // Without a caller, what came along is dropped here: files are closed, a stream is aborted.
                    if let Some(caller) = caller {
                        let _ = caller.send(Ok(reply));
                    }
                }
                Effect::Message(header, payload) => listener.message(&header, &payload),
                Effect::Data(stream, data) => {
                    if stream.take_in(data) {
                        self.full.push(stream);
                    }
                }
                Effect::Hole(stream, length) => {
                    if stream.take_in_hole(length) {
                        self.full.push(stream);
                    }
                }
                Effect::EndOfData(stream) => stream.end_of_data(link),
                Effect::Over(stream, failure) => stream.over(failure),
            }
        }
        self.replies
    }
}

impl Link {
    /// Takes all packets that are whole.
    fn take_in(self: &Arc<Self>, reader: &mut PacketReader<OwnedFd>, batch: &mut Batch) -> Result<(), Ended> {
        let mut state = self.state.lock();
        while let Some(packet) = reader.next_packet().map_err(Ended::protocol)? {
            self.take_packet(&mut state, packet, batch)?;
        }
        if batch.replies > 1 {
            state.is_corked = true;
        }
        Ok(())
    }

    fn take_packet(
        self: &Arc<Self>,
        state: &mut State,
        packet: Packet<OwnedFd>,
        batch: &mut Batch,
    ) -> Result<(), Ended> {
        let Packet { header, payload, files } = packet;
        match header.kind() {
            Some(PacketType::Reply | PacketType::ReplyWithFiles) => {
                self.take_reply(state, header, payload, files, batch)
            }
            Some(PacketType::Message) if header.program == pings::PROGRAM.number => {
                if keepalive::is_ping(&header)
                    && state.ended.is_none()
                    && let Ok(packet) = keepalive::pong().before(0)
                {
                    state.outbox.push(packet.to_vec(), None);
                }
                Ok(())
            }
            Some(PacketType::Message) => {
                batch.effects.push(Effect::Message(header, payload));
                Ok(())
            }
            Some(PacketType::Stream | PacketType::StreamHole) => {
                take_stream_packet(state, &header, payload, batch)
            }
            Some(PacketType::Call | PacketType::CallWithFiles) | None => {
                Err(Ended::protocol(format!("the daemon sent a packet of the type {}", header.packet_type)))
            }
        }
    }

    fn take_reply(
        self: &Arc<Self>,
        state: &mut State,
        header: Header,
        payload: Bytes,
        files: Vec<OwnedFd>,
        batch: &mut Batch,
    ) -> Result<(), Ended> {
        let is_known =
            state.pending.get(&header.serial).is_some_and(|pending| pending.program == header.program);
        let pending = if is_known { self.take_answered(state, header.serial) } else { None };
        let Some(pending) = pending else {
            return Err(Ended::protocol(format!(
                "the daemon answered a call that was not made (serial {})",
                header.serial
            )));
        };
        let stream = pending.stream.filter(|_| header.is(Status::Ok)).map(|stream| {
            state.streams.insert(header.serial, Flow::Live(stream.clone()));
            RemoteStream::new(self.clone(), stream)
        });
        if pending.caller.is_some() {
            batch.replies += 1;
        }
        let reply = Reply { header, payload, files, stream };
        batch.effects.push(Effect::Reply(pending.caller, pending.on_reply, reply));
        Ok(())
    }

    /// Aborts a stream that is not over; whatever comes of it is thrown away.
    pub(super) fn give_up_stream(&self, stream: &StreamState) {
        let header = stream.header();
        let mut state = self.state.lock();
        if state.ended.is_some() || state.live(header.serial).is_none() {
            return;
        }
        state.streams.insert(header.serial, Flow::Draining);
        drop(state);
        if stream.may_abort() {
            self.send_bare(&header.answer(PacketType::Stream, Status::Error));
        }
    }
}

fn take_stream_packet(
    state: &mut State,
    header: &Header,
    payload: Bytes,
    batch: &mut Batch,
) -> Result<(), Ended> {
    let Some(flow) = state.streams.get(&header.serial) else {
        // The end of one that was over for this side already.
        return Ok(());
    };
    let stream = match flow {
        Flow::Live(stream) => Some(stream.clone()),
        Flow::Draining => None,
    };
    let is_data = header.is(Status::Continue);
    if !is_data {
        state.streams.remove(&header.serial);
    }
    let Some(stream) = stream else { return Ok(()) };
    let effect = if !is_data {
        let failure = header.is(Status::Error).then(|| {
            structs::Error::from_bytes(&payload)
                .map_err(|error| Ended::protocol(format!("the end of a stream cannot be read: {error}")))
        });
        Effect::Over(stream, failure.transpose()?)
    } else if header.kind() == Some(PacketType::StreamHole) {
        Effect::Hole(stream, hole_length(&payload)?)
    } else if payload.is_empty() {
        Effect::EndOfData(stream)
    } else {
        Effect::Data(stream, payload)
    };
    batch.effects.push(effect);
    Ok(())
}

fn hole_length(payload: &[u8]) -> Result<u64, Ended> {
    let length = payload.first_chunk().map(|bytes| i64::from_be_bytes(*bytes));
    length
        .and_then(|length| u64::try_from(length).ok())
        .ok_or_else(|| Ended::protocol("a hole in a stream has no length"))
}
