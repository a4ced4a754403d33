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
    /// Reads the arguments. They are not there a second time: what is large is not kept twice.
    pub(crate) fn args<C: Call>(&mut self) -> Result<C::Args, Failure> {
        let payload = std::mem::take(&mut self.payload);
        Ok(C::Args::from_bytes(&payload)?)
    }

    /// The one file descriptor that came along.
    pub(crate) fn one_file(&mut self) -> Result<OwnedFd, Failure> {
        self.files.pop().ok_or_else(|| Failure::internal("no file descriptor came with the call"))
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

    /// The answer with these results, from which on there is a stream.
    pub(crate) fn reply_with_stream<C: Call>(
        &self,
        ret: &C::Ret,
        stream: ByteStream,
    ) -> Result<Answer, Failure> {
        Ok(self.reply::<C>(ret)?.with_stream(stream))
    }
}

impl Answer {
    /// Says that the call has opened a stream.
    pub(crate) fn with_stream(mut self, stream: ByteStream) -> Self {
        self.stream = Some(stream);
        self
    }
}

/// How many the caller has room for.
///
/// # Errors
///
/// More than the answer to that call can hold.
pub(crate) fn room<C: Call>(most: i32) -> Result<usize, Failure> {
    let (what, bound, name) = match C::PROCEDURE.name {
        "connect_list_domains" => ("maxids", 16_384, "REMOTE_DOMAIN_LIST_MAX"),
        "connect_list_defined_domains" => ("maxnames", 16_384, "REMOTE_DOMAIN_LIST_MAX"),
        "connect_list_networks" | "connect_list_defined_networks" => {
            ("maxnames", 16_384, "REMOTE_NETWORK_LIST_MAX")
        }
        "connect_list_storage_pools" | "connect_list_defined_storage_pools" => {
            ("maxnames", 16_384, "REMOTE_STORAGE_POOL_LIST_MAX")
        }
        "storage_pool_list_volumes" => ("maxnames", 16_384, "REMOTE_STORAGE_VOL_LIST_MAX"),
        "connect_list_interfaces" | "connect_list_defined_interfaces" => {
            ("maxnames", 16_384, "REMOTE_INTERFACE_LIST_MAX")
        }
        "connect_list_secrets" => ("maxuuids", 16_384, "REMOTE_SECRET_LIST_MAX"),
        "connect_list_nwfilters" => ("maxnames", 16_384, "REMOTE_NWFILTER_LIST_MAX"),
        "domain_snapshot_list_names" | "domain_snapshot_list_children_names" => {
            ("maxnames", 16_384, "REMOTE_DOMAIN_SNAPSHOT_LIST_MAX")
        }
        "node_list_devices" => ("maxnames", 65_536, "REMOTE_NODE_DEVICE_LIST_MAX"),
        "node_device_list_caps" => ("maxnames", 65_536, "REMOTE_NODE_DEVICE_CAPS_LIST_MAX"),
        "node_get_cells_free_memory" => ("maxcells", 1_024, "REMOTE_NODE_MAX_CELLS"),
        "domain_get_vcpu_pin_info" => ("ncpumaps", 16_384, "REMOTE_VCPUINFO_MAX"),
        _ => ("maxinfo", 16_384, "REMOTE_VCPUINFO_MAX"),
    };
    match usize::try_from(most) {
        Ok(room) if room <= bound => Ok(room),
        _ => Err(Failure::rpc(format!("{what} > {name}"))),
    }
}

/// The length of each of so many CPU maps.
///
/// # Errors
///
/// They are more than the answer to a call can hold.
pub(crate) fn many<C: Call>(length: i32, maps: usize) -> Result<usize, Failure> {
    const MOST_BYTES: usize = 8_388_608;
    match usize::try_from(length) {
        Ok(length) if length.saturating_mul(maps) <= MOST_BYTES => Ok(length),
        _ => Err(Failure::rpc(format!("{}: maxinfo * maplen > REMOTE_CPUMAPS_MAX", C::PROCEDURE.name))),
    }
}

/// Values, for a caller that first asks how many there are: without room only their number, else at most as many as there
/// is room for, and 0.
pub(crate) fn counted<T>(room: impl TryInto<usize>, mut values: Vec<T>) -> (Vec<T>, i32) {
    match room.try_into() {
        Ok(0) | Err(_) => (Vec::new(), i32::try_from(values.len()).unwrap_or(i32::MAX)),
        Ok(room) => {
            values.truncate(room);
            (values, 0)
        }
    }
}
