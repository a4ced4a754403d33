//! Calls: which of them are allowed, what serves them, and their answers.

use super::served;
use super::{Client, End};
use crate::failure::Failure;
use crate::generated;
use crate::request::{Answer, Answering, Request};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use omnivirt_wire::packet::{Header, Packet, PacketType, Status};
use omnivirt_wire::procedure::{Direction, Procedure, Program};
use std::os::fd::OwnedFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

/// The calls of a client that are being served.
#[derive(Debug, Default)]
pub(crate) struct Calls(FuturesUnordered<Serving>);

impl Calls {
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

/// A call that is being served.
struct Serving {
    header: Header,
    /// Whether the stream that it opens can have holes.
    has_holes: bool,
    answering: Answering,
}

impl std::fmt::Debug for Serving {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Serving").field("header", &self.header).finish_non_exhaustive()
    }
}

/// How a call ended.
struct Served {
    header: Header,
    has_holes: bool,
    result: Result<Answer, Failure>,
}

impl Future for Serving {
    type Output = Served;

    fn poll(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Served> {
        let answering = self.answering.as_mut();
        let polled = catch_unwind(AssertUnwindSafe(|| answering.poll(task)));
        let result = match polled {
            Ok(polled) => std::task::ready!(polled),
            Err(_) => {
                tracing::error!(procedure = self.header.procedure, "serving a call panicked");
                Err(Failure::internal("the call met a defect of omnivirtd"))
            }
        };
        Poll::Ready(Served { header: self.header, has_holes: self.has_holes, result })
    }
}

impl Client {
    /// Begins a call.
    pub(super) fn take_call(&mut self, packet: Packet<OwnedFd>, task: &mut Context<'_>) -> Result<(), End> {
        let header = packet.header;
        let procedure = match self.check(&header) {
            Ok(procedure) => procedure,
            Err(failure) => {
                self.fail(&header, failure);
                return Ok(());
            }
        };
        self.make_known();
        self.tell_what_happened()?;
        if self.serve_itself(&packet, task) {
            return Ok(());
        }
        let Some(handler) = generated::handler(header.program, header.procedure) else {
            self.fail(&header, Failure::unsupported());
            return Ok(());
        };
        let has_holes = procedure.holes && served::asks_for_holes(&packet.payload);
        let request =
            Request { session: self.session.clone(), header, payload: packet.payload, files: packet.files };
        let mut serving = Serving { header, has_holes, answering: handler(request) };
        match Pin::new(&mut serving).poll(task) {
            Poll::Ready(served) => self.answer(served)?,
            Poll::Pending => self.calls.0.push(serving),
        }
        Ok(())
    }

    /// Whether there is such a call, and this client may make it.
    fn check(&self, header: &Header) -> Result<&'static Procedure, Failure> {
        let program = Program::find(header.program)
            .filter(|program| program.version == header.version)
            .ok_or_else(|| Failure::no_program(header))?;
        if !header.is(Status::Ok) {
            return Err(Failure::rpc(format!("Unexpected message status {}", header.status)));
        }
        let procedure = program
            .procedure(header.procedure)
            .filter(|procedure| procedure.direction == Direction::Call)
            .ok_or_else(|| Failure::rpc(format!("unknown procedure: {}", header.procedure)))?;
        if !self.is_let_in && !procedure.before_auth {
            return Err(Failure::rpc("authentication required"));
        }
        Ok(procedure)
    }

    /// Answers the calls that have come to their end.
    pub(super) fn finish_calls(&mut self, task: &mut Context<'_>) -> Result<bool, End> {
        let mut did = self.finish_step(task);
        while !self.calls.0.is_empty() {
            match self.calls.0.poll_next_unpin(task) {
                Poll::Ready(Some(served)) => self.answer(served)?,
                Poll::Ready(None) | Poll::Pending => break,
            }
            did = true;
        }
        Ok(did)
    }

    /// What happened before the answer was found is told before it: a client that asks how things are knows which events that
    /// contains.
    fn answer(&mut self, Served { header, has_holes, result }: Served) -> Result<(), End> {
        self.tell_what_happened()?;
        match result {
            Ok(Answer { packet, files, stream }) => {
                tracing::debug!(
                    client = self.session.number,
                    program = header.program,
                    procedure = header.procedure,
                    serial = header.serial,
                    "answered"
                );
                if let Some(stream) = stream
                    && let Err(failure) = self.streams.open(header, stream, has_holes)
                {
                    self.out.push(failure.packet(&header, PacketType::Reply), Vec::new());
                    return Ok(());
                }
                self.out.push(packet, files);
            }
            Err(failure) => self.fail(&header, failure),
        }
        Ok(())
    }
}
