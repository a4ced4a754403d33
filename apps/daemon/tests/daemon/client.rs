//! A client that writes its packets by hand.

use crate::daemon::PATIENCE;
use bytes::Bytes;
use omnivirt_wire::packet::{Header, Packet, PacketReader, PacketType, Status};
use omnivirt_wire::procedure::Call;
use omnivirt_wire::remote::*;
use omnivirt_wire::structs::{Domain, Error};
use omnivirt_wire::xdr::Xdr;
use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

pub(crate) struct Client {
    pub(crate) stream: UnixStream,
    reader: PacketReader<()>,
    pub(crate) serial: u32,
    /// What came while something else was waited for.
    aside: VecDeque<Packet<()>>,
}

impl Client {
    pub(crate) fn connect(path: &Path) -> Self {
        let stream = UnixStream::connect(path).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        Self { stream, reader: PacketReader::new(), serial: 0, aside: VecDeque::new() }
    }

    /// Sends a call, and gives its header.
    pub(crate) fn send<C: Call>(&mut self, args: &C::Args) -> Header {
        self.serial += 1;
        let header = Header::new(C::PROGRAM, C::PROCEDURE.number, PacketType::Call, self.serial, Status::Ok);
        self.send_packet(&header, &args.to_bytes().unwrap());
        header
    }

    pub(crate) fn send_packet(&mut self, header: &Header, payload: &[u8]) {
        let mut packet = header.before(payload.len()).unwrap().to_vec();
        packet.extend_from_slice(payload);
        self.stream.write_all(&packet).unwrap();
    }

    /// The next packet of any kind; none when the daemon has hung up.
    pub(crate) fn next(&mut self) -> Option<Packet<()>> {
        if let Some(packet) = self.aside.pop_front() {
            return Some(packet);
        }
        self.read()
    }

    fn read(&mut self) -> Option<Packet<()>> {
        loop {
            if let Some(packet) = self.reader.next_packet().unwrap() {
                return Some(packet);
            }
            let mut buffer = [0; 65_536];
            match self.stream.read(&mut buffer) {
                Ok(0) => return None,
                Ok(length) => self.reader.buffer().extend_from_slice(&buffer[..length]),
                Err(error) if error.kind() == ErrorKind::ConnectionReset => return None,
                Err(error) => panic!("nothing came: {error}"),
            }
        }
    }

    /// The answer to the call of that header; what else comes is kept aside.
    pub(crate) fn answer(&mut self, header: &Header) -> Packet<()> {
        loop {
            let packet = self.read().expect("the daemon has hung up");
            let is_reply = packet.header.kind() == Some(PacketType::Reply);
            if is_reply && packet.header.serial == header.serial {
                assert_eq!(packet.header.procedure, header.procedure);
                return packet;
            }
            self.aside.push_back(packet);
        }
    }

    /// Makes a call.
    pub(crate) fn call<C: Call>(&mut self, args: &C::Args) -> Result<C::Ret, Error> {
        let header = self.send::<C>(args);
        let packet = self.answer(&header);
        result_of::<C>(&packet)
    }

    pub(crate) fn open(&mut self, uri: &str) -> Result<(), Error> {
        self.call::<AuthList>(&())?;
        self.call::<ConnectOpen>(&ConnectOpenArgs { name: Some(uri.into()), flags: 0 })
    }

    pub(crate) fn domain(&mut self, name: &str) -> Domain {
        self.call::<DomainLookupByName>(&DomainLookupByNameArgs { name: name.into() }).unwrap().dom
    }

    /// Says that all is well with the client and the daemon.
    pub(crate) fn check(&mut self) {
        self.call::<ConnectGetHostname>(&()).unwrap();
    }

    /// The next message, which must be this one; its payload.
    pub(crate) fn message(&mut self, procedure: i32) -> Bytes {
        let packet = self.next().expect("the daemon has hung up");
        assert_eq!((packet.header.packet_type, packet.header.procedure), (2, procedure));
        packet.payload
    }

    /// The next packet of a stream.
    pub(crate) fn stream_packet(&mut self, header: &Header) -> Packet<()> {
        let packet = self.next().expect("the daemon has hung up");
        assert_eq!(packet.header.kind(), Some(PacketType::Stream), "{packet:?}");
        assert_eq!((packet.header.procedure, packet.header.serial), (header.procedure, header.serial));
        packet
    }

    pub(crate) fn assert_hung_up(&mut self) {
        let packet = self.next();
        assert!(packet.is_none(), "{packet:?}");
    }
}

pub(crate) fn result_of<C: Call>(packet: &Packet<()>) -> Result<C::Ret, Error> {
    if packet.header.is(Status::Ok) {
        Ok(C::Ret::from_bytes(&packet.payload).unwrap())
    } else {
        Err(Error::from_bytes(&packet.payload).unwrap())
    }
}

/// What of an error clients look at.
pub(crate) fn told(error: &Error) -> (i32, i32, &str) {
    assert_eq!(error.level, 2);
    (error.code, error.domain, error.message.as_deref().unwrap())
}
