//! Streams both ways.

use crate::client::{Client, result_of, told};
use crate::daemon::Daemon;
use omnivirt_wire::packet::{Header, PacketType, Status};
use omnivirt_wire::remote::*;
use omnivirt_wire::structs::{Domain, Error};
use omnivirt_wire::xdr::Xdr;

const XML: &str = "<domain type='test'><name>wired</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>\
    <os><type>hvm</type></os><devices><console type='pty'/>\
    <channel type='unix'><target type='virtio' name='org.example.echo'/></channel>\
    <channel type='unix'><target type='virtio' name='org.example.other'/></channel>\
    <graphics type='vnc'/><video><model type='vga'/></video></devices></domain>";

/// A client, and a running domain with everything that streams come from.
fn wired(daemon: &Daemon) -> (Client, Domain) {
    let mut client = daemon.opened();
    let args = DomainCreateXmlArgs { xml_desc: XML.into(), flags: 0 };
    let dom = client.call::<DomainCreateXml>(&args).unwrap().dom;
    (client, dom)
}

fn channel(client: &mut Client, dom: &Domain, name: &str) -> Header {
    let args = DomainOpenChannelArgs { dom: dom.clone(), name: Some(name.into()), flags: 0 };
    let header = client.send::<DomainOpenChannel>(&args);
    let answer = client.answer(&header);
    result_of::<DomainOpenChannel>(&answer).unwrap();
    header
}

fn data(header: &Header) -> Header {
    header.answer(PacketType::Stream, Status::Continue)
}

/// Reads so many bytes of a stream.
fn read(client: &mut Client, header: &Header, length: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while bytes.len() < length {
        let packet = client.stream_packet(header);
        assert!(packet.header.is(Status::Continue), "{packet:?}");
        assert!(!packet.payload.is_empty());
        bytes.extend_from_slice(&packet.payload);
    }
    bytes
}

#[test]
fn bytes_go_both_ways_and_the_end_is_confirmed() {
    let daemon = Daemon::start();
    let (mut client, dom) = wired(&daemon);
    let stream = channel(&mut client, &dom, "org.example.echo");
    for text in ["a", "some more", "\0\u{1}\u{2}"] {
        client.send_packet(&data(&stream), text.as_bytes());
        assert_eq!(read(&mut client, &stream, text.len()), text.as_bytes());
    }
    client.send_packet(&stream.answer(PacketType::Stream, Status::Ok), &[]);
    let end = client.stream_packet(&stream);
    assert!(end.header.is(Status::Ok) && end.payload.is_empty());
    // What comes late for a stream that is gone is passed over.
    client.send_packet(&data(&stream), b"late");
    client.check();
    channel(&mut client, &dom, "org.example.echo");
}

#[test]
fn two_streams_are_told_apart_and_calls_go_on_beside() {
    let daemon = Daemon::start();
    let (mut client, dom) = wired(&daemon);
    let one = channel(&mut client, &dom, "org.example.echo");
    let other = channel(&mut client, &dom, "org.example.other");
    client.send_packet(&data(&one), b"one");
    assert_eq!(read(&mut client, &one, 3), b"one");
    client.check();
    client.send_packet(&data(&other), b"other");
    assert_eq!(read(&mut client, &other, 5), b"other");
}

#[test]
fn a_large_transfer_arrives_whole() {
    let daemon = Daemon::start();
    let (mut client, dom) = wired(&daemon);
    let stream = channel(&mut client, &dom, "org.example.echo");
    let bytes: Vec<u8> = (0..3_000_000_u32).map(|index| (index % 251) as u8).collect();
    let mut writer = client.stream.try_clone().unwrap();
    let header = data(&stream);
    let sent = bytes.clone();
    let writing = std::thread::spawn(move || {
        for part in sent.chunks(262_120) {
            use std::io::Write;
            writer.write_all(&header.before(part.len()).unwrap()).unwrap();
            writer.write_all(part).unwrap();
        }
    });
    assert!(read(&mut client, &stream, bytes.len()) == bytes);
    writing.join().unwrap();
    client.check();
}

#[test]
fn a_picture_is_read_to_its_end() {
    let daemon = Daemon::start();
    let (mut client, dom) = wired(&daemon);
    let header = client.send::<DomainScreenshot>(&DomainScreenshotArgs { dom, screen: 0, flags: 0 });
    let answer = client.answer(&header);
    assert!(result_of::<DomainScreenshot>(&answer).unwrap().mime.is_some());
    let mut picture = Vec::new();
    loop {
        let packet = client.stream_packet(&header);
        assert!(packet.header.is(Status::Continue));
        if packet.payload.is_empty() {
            break;
        }
        picture.extend_from_slice(&packet.payload);
    }
    assert!(picture.len() > 100);
    client.send_packet(&header.answer(PacketType::Stream, Status::Ok), &[]);
    assert!(client.stream_packet(&header).header.is(Status::Ok));
}

#[test]
fn clients_that_never_finish_what_they_read_can_go_on_reading() {
    let daemon = Daemon::with("[limits]\nmax_client_streams = 2\n");
    let (mut client, dom) = wired(&daemon);
    for _ in 0..5 {
        let args = DomainScreenshotArgs { dom: dom.clone(), screen: 0, flags: 0 };
        let header = client.send::<DomainScreenshot>(&args);
        let answer = client.answer(&header);
        result_of::<DomainScreenshot>(&answer).unwrap();
        while !client.stream_packet(&header).payload.is_empty() {}
    }
    let live = channel(&mut client, &dom, "org.example.echo");
    channel(&mut client, &dom, "org.example.other");
    let args = DomainOpenConsoleArgs { dom, dev_name: None, flags: 0 };
    assert_eq!(client.call::<DomainOpenConsole>(&args).unwrap_err().code, 1);
    client.send_packet(&data(&live), b"alive");
    assert_eq!(read(&mut client, &live, 5), b"alive");
}

#[test]
fn a_stream_is_given_up_and_its_end_is_told() {
    let daemon = Daemon::start();
    let (mut client, dom) = wired(&daemon);
    let stream = channel(&mut client, &dom, "org.example.echo");
    client.send_packet(&stream.answer(PacketType::Stream, Status::Error), &[]);
    let end = client.stream_packet(&stream);
    assert!(end.header.is(Status::Ok) && end.payload.is_empty());
    client.check();
}

#[test]
fn data_after_the_end_of_data_fails_the_stream() {
    let daemon = Daemon::start();
    let (mut client, dom) = wired(&daemon);
    let stream = channel(&mut client, &dom, "org.example.echo");
    client.send_packet(&data(&stream), &[]);
    client.send_packet(&data(&stream), b"more");
    loop {
        let packet = client.stream_packet(&stream);
        if packet.header.is(Status::Error) {
            let error = Error::from_bytes(&packet.payload).unwrap();
            assert_eq!(told(&error), (38, 38, "cannot write to stream: Bad file descriptor"));
            assert_eq!(error.int1, 9);
            break;
        }
    }
    client.check();
}

#[test]
fn the_end_of_the_domain_ends_its_console() {
    let daemon = Daemon::start();
    let (mut client, dom) = wired(&daemon);
    let args = DomainOpenConsoleArgs { dom: dom.clone(), dev_name: None, flags: 0 };
    let header = client.send::<DomainOpenConsole>(&args);
    let answer = client.answer(&header);
    result_of::<DomainOpenConsole>(&answer).unwrap();
    let greeting = client.stream_packet(&header);
    assert!(String::from_utf8_lossy(&greeting.payload).contains("Omnivirt simulated guest"));
    let mut other = daemon.opened();
    other.call::<DomainDestroy>(&DomainDestroyArgs { dom }).unwrap();
    while !client.stream_packet(&header).payload.is_empty() {}
    client.send_packet(&header.answer(PacketType::Stream, Status::Ok), &[]);
    assert!(client.stream_packet(&header).header.is(Status::Ok));
}

#[test]
fn a_hole_where_none_can_be_ends_the_connection() {
    let daemon = Daemon::start();
    let (mut client, dom) = wired(&daemon);
    let stream = channel(&mut client, &dom, "org.example.echo");
    client.send_packet(&stream.answer(PacketType::StreamHole, Status::Continue), &[0; 12]);
    client.assert_hung_up();
    daemon.opened().check();
}

#[test]
fn a_client_that_is_gone_leaves_its_streams_to_others() {
    let daemon = Daemon::start();
    let (mut keeper, dom) = wired(&daemon);
    let mut client = daemon.opened();
    let stream = channel(&mut client, &dom, "org.example.echo");
    client.send_packet(&data(&stream), &[b'x'; 100_000]);
    drop(client);
    // The channel is free as soon as the daemon has noticed.
    let until = std::time::Instant::now() + crate::daemon::PATIENCE;
    loop {
        let args =
            DomainOpenChannelArgs { dom: dom.clone(), name: Some("org.example.echo".into()), flags: 0 };
        match keeper.call::<DomainOpenChannel>(&args) {
            Ok(()) => break,
            Err(_) => assert!(std::time::Instant::now() < until),
        }
    }
}
