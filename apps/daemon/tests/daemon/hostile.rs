//! Clients that mean harm, or do not know better.

use crate::client::Client;
use crate::daemon::Daemon;
use omnivirt_wire::packet::{Header, PacketType, Status};
use omnivirt_wire::procedure::Call;
use omnivirt_wire::remote::*;
use omnivirt_wire::xdr::Xdr;
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags};
use std::io::{IoSlice, Read, Write};
use std::mem::MaybeUninit;
use std::os::fd::AsFd;

fn call(procedure: i32, packet_type: PacketType) -> Header {
    Header::new(ConnectOpen::PROGRAM, procedure, packet_type, 1, Status::Ok)
}

#[test]
fn lengths_that_cannot_be_end_the_connection() {
    let daemon = Daemon::start();
    let mut other = daemon.opened();
    for length in [0_u32, 4, 27, 33_554_437, 0x8000_0000, u32::MAX] {
        let mut client = daemon.opened();
        client.stream.write_all(&length.to_be_bytes()).unwrap();
        client.assert_hung_up();
    }
    other.check();
}

#[test]
fn too_many_or_missing_descriptors_end_the_connection() {
    let daemon = Daemon::start();
    for (count, rest) in [(33_u32, &[][..]), (1, &[0][..])] {
        let mut client = daemon.opened();
        let header = call(ConnectGetHostname::PROCEDURE.number, PacketType::CallWithFiles);
        client.send_packet(&header, &count.to_be_bytes());
        let _ = client.stream.write_all(rest);
        client.assert_hung_up();
    }
    // None is well.
    let mut client = daemon.opened();
    let header = call(ConnectGetHostname::PROCEDURE.number, PacketType::CallWithFiles);
    client.send_packet(&header, &0_u32.to_be_bytes());
    assert!(client.answer(&header).header.is(Status::Ok));
}

/// Sends bytes along with descriptors.
fn send_with(client: &Client, bytes: &[u8], files: &[&std::fs::File]) {
    let files: Vec<_> = files.iter().map(|file| file.as_fd()).collect();
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(200))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    assert!(ancillary.push(SendAncillaryMessage::ScmRights(&files)));
    rustix::net::sendmsg(&client.stream, &[IoSlice::new(bytes)], &mut ancillary, SendFlags::empty()).unwrap();
}

#[test]
fn descriptors_where_none_belong_are_closed() {
    let daemon = Daemon::start();
    let file = std::fs::File::open("/dev/null").unwrap();
    let mut client = daemon.opened();
    let before = daemon.descriptors();
    let header = call(ConnectGetHostname::PROCEDURE.number, PacketType::Call);
    for files in [1, 32, 200] {
        send_with(&client, &header.before(0).unwrap(), &vec![&file; files]);
        assert!(client.answer(&header).header.is(Status::Ok));
    }
    // Surplus ones on a call that wants none are passed over.
    let with_files = call(ConnectGetHostname::PROCEDURE.number, PacketType::CallWithFiles);
    client.send_packet(&with_files, &2_u32.to_be_bytes());
    send_with(&client, &[0], &[&file]);
    send_with(&client, &[0], &[&file]);
    assert!(client.answer(&with_files).header.is(Status::Ok));
    client.check();
    assert_eq!(daemon.descriptors(), before);
}

#[test]
fn every_beginning_of_a_session_leaves_others_alone() {
    let daemon = Daemon::start();
    let mut other = daemon.opened();
    let mut session = Vec::new();
    for (procedure, payload) in [
        (66, Vec::new()),
        (1, ConnectOpenArgs { name: Some("test:///default".into()), flags: 0 }.to_bytes().unwrap()),
        (316, ConnectDomainEventCallbackRegisterAnyArgs { event_id: 0, dom: None }.to_bytes().unwrap()),
        (23, DomainLookupByNameArgs { name: "test".into() }.to_bytes().unwrap()),
    ] {
        let header = call(procedure, PacketType::Call);
        session.extend_from_slice(&header.before(payload.len()).unwrap());
        session.extend_from_slice(&payload);
    }
    for length in 0..session.len() {
        let mut client = daemon.client();
        client.stream.write_all(&session[..length]).unwrap();
    }
    for index in 0..session.len() {
        let mut wrong = session.clone();
        wrong[index] ^= 0xff;
        let mut client = daemon.client();
        let _ = client.stream.write_all(&wrong);
        let _ = client.stream.shutdown(std::net::Shutdown::Write);
        let _ = client.stream.read_to_end(&mut Vec::new());
    }
    other.check();
    assert!(!daemon.log().contains("panic"), "{}", daemon.log());
}

#[test]
fn noise_leaves_others_alone() {
    let daemon = Daemon::start();
    let mut other = daemon.opened();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for _ in 0..300 {
        let mut client = daemon.opened();
        let length = (random() % 400) as usize;
        let payload: Vec<u8> = (0..length).map(|_| random() as u8).collect();
        let header = Header {
            program: 0x2000_8086 + (random() % 3) as u32,
            version: 1,
            procedure: (random() % 460) as i32,
            packet_type: (random() % 8) as i32,
            serial: random() as u32 % 4,
            status: (random() % 3) as i32,
        };
        // That one ends the session, which is no harm.
        client.stream.write_all(&header.before(length).unwrap()).unwrap();
        let _ = client.stream.write_all(&payload);
    }
    other.check();
    assert!(!daemon.log().contains("panic"), "{}", daemon.log());
}

#[test]
fn a_large_packet_of_nothing_is_read_and_answered_without_staying() {
    let daemon = Daemon::start();
    let mut client = daemon.opened();
    let before = daemon.memory_kib();
    for _ in 0..3 {
        let header = call(DomainLookupByName::PROCEDURE.number, PacketType::Call);
        client.send_packet(&header, &vec![0xff; 33_554_408]);
        assert!(client.answer(&header).header.is(Status::Error));
    }
    client.check();
    assert!(daemon.memory_kib() < before + 64 * 1_024, "{} KiB from {before}", daemon.memory_kib());
}
