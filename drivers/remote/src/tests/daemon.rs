//! A daemon that does as the test says.

use bytes::Bytes;
use omnivirt_wire::packet::{Header, Packet, PacketReader, PacketType, Status};
use omnivirt_wire::procedure::{Call, Message};
use omnivirt_wire::xdr::Xdr;
use omnivirt_wire::{keepalive, remote, structs};
use std::os::fd::OwnedFd;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};

pub(super) struct Daemon {
    listener: UnixListener,
    folder: tempfile::TempDir,
}

impl Daemon {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { listener: UnixListener::bind(folder.path().join("sock")).unwrap(), folder }
    }

    pub(super) fn uri(&self, parameters: &str) -> String {
        format!("test+unix:///default?socket={}/sock{parameters}", self.folder.path().display())
    }

    pub(super) async fn accept(&self) -> Peer {
        let (socket, _) = self.listener.accept().await.unwrap();
        Peer { socket, reader: PacketReader::new() }
    }

    /// Accepts a client, and answers all that it asks until it has opened the connection.
    pub(super) async fn greet(&self) -> Peer {
        let mut peer = self.accept().await;
        peer.answer::<remote::AuthList>(|_| remote::AuthListRet { types: vec![0] }).await;
        for _ in 0..2 {
            let packet = peer.next().await;
            if packet.header.procedure == remote::ConnectOpen::PROCEDURE.number {
                peer.reply::<remote::ConnectOpen>(&packet.header, &()).await;
            } else {
                peer.say_feature(&packet).await;
            }
        }
        for _ in 0..3 {
            let packet = peer.next().await;
            peer.say_feature(&packet).await;
        }
        peer
    }
}

/// A client, as the daemon has it.
pub(super) struct Peer {
    pub(super) socket: UnixStream,
    reader: PacketReader<OwnedFd>,
}

impl Peer {
    /// The next packet; none at the end.
    pub(super) async fn try_next(&mut self) -> Option<Packet<OwnedFd>> {
        loop {
            if let Some(packet) = self.reader.next_packet().unwrap() {
                return Some(packet);
            }
            if self.socket.read_buf(self.reader.buffer()).await.ok()? == 0 {
                return None;
            }
        }
    }

    pub(super) async fn next(&mut self) -> Packet<OwnedFd> {
        self.try_next().await.expect("the client says something")
    }

    pub(super) async fn next_call<C: Call>(&mut self) -> (Header, C::Args) {
        let packet = self.next().await;
        assert_eq!(packet.header.procedure, C::PROCEDURE.number, "{}", C::PROCEDURE.name);
        (packet.header, C::Args::from_bytes(&packet.payload).unwrap())
    }

    pub(super) async fn answer<C: Call>(&mut self, ret: impl FnOnce(C::Args) -> C::Ret) -> Header {
        let (header, args) = self.next_call::<C>().await;
        self.reply::<C>(&header, &ret(args)).await;
        header
    }

    async fn say_feature(&mut self, packet: &Packet<OwnedFd>) {
        let args = remote::ConnectSupportsFeatureArgs::from_bytes(&packet.payload).unwrap();
        let supported = i32::from([8, 10, 14].contains(&args.feature));
        let ret = remote::ConnectSupportsFeatureRet { supported };
        self.reply::<remote::ConnectSupportsFeature>(&packet.header, &ret).await;
    }

    pub(super) async fn reply<C: Call>(&mut self, call: &Header, ret: &C::Ret) {
        self.send(&call.answer(PacketType::Reply, Status::Ok), ret).await;
    }

    pub(super) async fn refuse(&mut self, call: &Header, code: i32, domain: i32, message: &str) {
        let error = structs::Error {
            code,
            domain,
            message: Some(message.into()),
            level: 2,
            str1: Some("%s".into()),
            str2: Some(message.into()),
            int1: -1,
            int2: -1,
            ..structs::Error::default()
        };
        let packet_type =
            if call.kind() == Some(PacketType::Stream) { PacketType::Stream } else { PacketType::Reply };
        self.send(&call.answer(packet_type, Status::Error), &error).await;
    }

    pub(super) async fn tell<M: Message>(&mut self, message: &M) {
        let header = Header::new(M::PROGRAM, M::PROCEDURE.number, PacketType::Message, 1, Status::Ok);
        self.send(&header, message).await;
    }

    /// A packet of a stream.
    pub(super) async fn stream(&mut self, call: &Header, status: Status, data: &[u8]) {
        let header = call.answer(PacketType::Stream, status);
        self.socket.write_all(&header.before(data.len()).unwrap()).await.unwrap();
        self.socket.write_all(data).await.unwrap();
    }

    /// The next packet of a stream: its status and its data.
    pub(super) async fn next_stream(&mut self) -> (i32, Bytes) {
        let packet = self.next().await;
        assert_eq!(packet.header.kind(), Some(PacketType::Stream));
        (packet.header.status, packet.payload)
    }

    pub(super) async fn send(&mut self, header: &Header, payload: &impl Xdr) {
        let mut packet = Vec::new();
        header.write(None, payload, &mut packet).unwrap();
        self.socket.write_all(&packet).await.unwrap();
    }

    /// Sends a ping, and returns what comes before its pong.
    pub(super) async fn until_pong(&mut self) -> Vec<Packet<OwnedFd>> {
        self.tell(&keepalive::Ping {}).await;
        let mut before = Vec::new();
        loop {
            let packet = self.next().await;
            if packet.header.program == keepalive::PROGRAM.number {
                assert_eq!(packet.header.procedure, keepalive::Pong::PROCEDURE.number);
                return before;
            }
            before.push(packet);
        }
    }
}
