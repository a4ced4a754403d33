//! libvirt's RPC, both sides of it, without any I/O: bytes in, messages out.
//!
//! [`packet`] cuts a stream of bytes into packets and puts packets together; [`xdr`] reads and writes what is in them;
//! [`remote`], [`qemu`], [`lxc`], [`simulator`] and [`keepalive`] have every message, generated from `api/protocol.toml`; [`convert`]
//! makes the API's values of what is in them, and the other way round.

pub mod convert;
mod generated;
pub mod packet;
pub mod procedure;
mod typed_param;
pub mod xdr;

pub use generated::{keepalive, lxc, qemu, remote, simulator, structs};
