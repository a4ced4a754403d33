//! A call as its handler sees it, and what the handler gives back.

use crate::failure::Failure;
use crate::session::Session;
use bytes::Bytes;
use omnivirt::Connection;
use omnivirt::stream::ByteStream;
use omnivirt_wire::packet::{Header, PacketType, Status};
use omnivirt_wire::procedure::Call;
use omnivirt_wire::xdr::Xdr;
use std::os::fd::OwnedFd;
use std::pin::Pin;
use std::sync::Arc;

/// A call.
#[derive(Debug)]
pub(crate) struct Request {
    /// Whose call it is.
    pub(crate) session: Arc<Session>,
    pub(crate) header: Header,
    /// The arguments, as they came.
    pub(crate) payload: Bytes,
    /// The file descriptors that came along.
    pub(crate) files: Vec<OwnedFd>,
}

/// The answer to a call.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The whole packet.
    pub(crate) packet: Vec<u8>,
    /// What goes along with it. The packet must say how many there are: see [`Request::reply_with_files`].
    pub(crate) files: Vec<OwnedFd>,
    /// The stream that the call has opened.
    pub(crate) stream: Option<ByteStream>,
}

/// A call that is being served.
pub(crate) type Answering = Pin<Box<dyn Future<Output = Result<Answer, Failure>> + Send>>;

/// What serves a procedure.
pub(crate) type Handler = fn(Request) -> Answering;

impl Request {
    /// Reads the arguments.
    pub(crate) fn args<C: Call>(&self) -> Result<C::Args, Failure> {
        Ok(C::Args::from_bytes(&self.payload)?)
    }

    /// The connection that the client has opened, with its settings.
    pub(crate) fn connection(&self) -> Result<Connection, Failure> {
        self.session.connection().ok_or_else(Failure::not_open)
    }

    /// The answer with these results.
    pub(crate) fn reply<C: Call>(&self, ret: &C::Ret) -> Result<Answer, Failure> {
        let mut packet = Vec::with_capacity(64);
        let header = self.header.answer(PacketType::Reply, Status::Ok);
        header.write(None, ret, &mut packet).map_err(Failure::unsendable)?;
        Ok(Answer { packet, files: Vec::new(), stream: None })
    }

    /// The answer with these results and file descriptors.
    pub(crate) fn reply_with_files<C: Call>(
        &self,
        ret: &C::Ret,
        files: Vec<OwnedFd>,
    ) -> Result<Answer, Failure> {
        let mut packet = Vec::with_capacity(64);
        let header = self.header.answer(PacketType::ReplyWithFiles, Status::Ok);
        header.write(Some(files.len()), ret, &mut packet).map_err(Failure::unsendable)?;
        Ok(Answer { packet, files, stream: None })
    }
}

impl Answer {
    /// Says that the call has opened a stream.
    pub(crate) fn with_stream(mut self, stream: ByteStream) -> Self {
        self.stream = Some(stream);
        self
    }
}
