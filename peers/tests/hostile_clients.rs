//! Clients that misbehave in other ways than by what they say: the daemon serves the others, and keeps nothing of them.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use omnivirt_peers::raw::{Arrival, PATIENCE, RawClient};
use omnivirt_peers::scene::{MOST_GROWTH, Scene, end_of};
use omnivirt_wire::packet::{Header, PacketType, Status};
use omnivirt_wire::procedure::Call;
use omnivirt_wire::remote::*;
use omnivirt_wire::simulator::{InjectEvent, InjectEventArgs};
use omnivirt_wire::structs::Domain;
use rustix::process::{Resource, Rlimit, setrlimit};
use std::io::Write;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

fn files(count: usize) -> Vec<OwnedFd> {
    (0..count).map(|_| std::fs::File::open("/dev/null").unwrap().into()).collect()
}

fn opened(scene: &Scene) -> RawClient {
    RawClient::open(scene.daemon().socket(), "test:///default").unwrap()
}

fn lookup(client: &mut RawClient) -> Domain {
    client.call::<DomainLookupByName>(&DomainLookupByNameArgs { name: "test".into() }).unwrap().dom
}

/// A call of no arguments that says that so many file descriptors come with it.
fn call_with_files(count: u32) -> Vec<u8> {
    let number = ConnectGetHostname::PROCEDURE.number;
    let header = Header::new(ConnectGetHostname::PROGRAM, number, PacketType::CallWithFiles, 9, Status::Ok);
    [&header.before(4).unwrap()[..], &count.to_be_bytes()].concat()
}

#[test]
fn file_descriptors_where_none_belong() {
    let scene = Scene::begin().unwrap();
    for _ in 0..50 {
        // With a call that wants none: taken, and closed.
        let mut client = opened(&scene);
        client.write(&call_with_files(32)).unwrap();
        client.pass_files(&files(32)).unwrap();
        assert!(matches!(client.next(PATIENCE), Arrival::Packet(packet) if packet.header.is(Status::Ok)));
        // More than a packet may have.
        client.write(&call_with_files(33)).unwrap();
        assert!(matches!(client.next(PATIENCE), Arrival::Closed));
        // Said, but they do not come.
        let mut client = opened(&scene);
        client.write(&call_with_files(1)).unwrap();
        client.write(&call_with_files(0)).unwrap();
        assert!(matches!(client.next(PATIENCE), Arrival::Closed));
        // Glued to the bytes of a packet, and to each byte of another.
        let held = files(16);
        let glued: Vec<_> = held.iter().map(AsFd::as_fd).collect();
        let mut client = opened(&scene);
        let _ = client.write_with_files(&call_with_files(0), &glued);
        for byte in call_with_files(16) {
            let _ = client.write_with_files(&[byte], &glued);
        }
        end_of(client.socket().try_clone().unwrap()).unwrap();
    }
    scene.end(MOST_GROWTH).unwrap();
}

#[test]
fn a_thousand_that_send_a_byte_and_wait() {
    let limit = Rlimit { current: Some(8192), maximum: Some(8192) };
    setrlimit(Resource::Nofile, limit).unwrap();
    let scene = Scene::begin().unwrap();
    let slow: Vec<UnixStream> = (0..1000)
        .filter_map(|_| {
            let mut stream = UnixStream::connect(scene.daemon().socket()).ok()?;
            // The daemon may want no more of them.
            let _ = stream.write_all(&[0]);
            Some(stream)
        })
        .collect();
    // Whoever comes now is served as ever.
    for _ in 0..10 {
        let started = Instant::now();
        let mut client = opened(&scene);
        lookup(&mut client);
        assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    }
    drop(slow);
    scene.end(MOST_GROWTH).unwrap();
}

#[test]
fn a_thousand_that_have_opened_and_wait() {
    let limit = Rlimit { current: Some(8192), maximum: Some(8192) };
    setrlimit(Resource::Nofile, limit).unwrap();
    let scene = Scene::begin().unwrap();
    let mut waiting: Vec<RawClient> = (0..1000).map(|_| opened(&scene)).collect();
    for client in &mut waiting {
        client.write(&[0, 0]).unwrap();
    }
    lookup(&mut opened(&scene));
    drop(waiting);
    scene.end(MOST_GROWTH).unwrap();
}

#[test]
fn one_that_registers_for_events_and_never_reads() {
    let scene = Scene::begin().unwrap();
    let mut deaf = opened(&scene);
    for event_id in [0, 2, 4, 5] {
        let args = ConnectDomainEventCallbackRegisterAnyArgs { event_id, dom: None };
        deaf.call::<ConnectDomainEventCallbackRegisterAny>(&args).unwrap();
    }
    let mut injector = opened(&scene);
    let event_json = format!(
        r#"{{"type":"io_error","object":{{"kind":"domain","name":"test"}},"body":{{"source_path":"{}","alias":"a","action":"pause"}}}}"#,
        "/x".repeat(500)
    );
    // 40 MB of events.
    for _ in 0..40_000 {
        injector.call::<InjectEvent>(&InjectEventArgs { event_json: event_json.clone() }).unwrap();
    }
    drop((deaf, injector));
    scene.end(8 << 20).unwrap();
}

#[test]
fn one_that_calls_and_never_reads() {
    let scene = Scene::begin().unwrap();
    let mut deaf = opened(&scene);
    let dom = lookup(&mut deaf);
    deaf.socket().set_write_timeout(Some(Duration::from_millis(500))).unwrap();
    // Until the daemon takes no more.
    let calls = (0..200_000).take_while(|_| {
        let args = DomainGetXmlDescArgs { dom: dom.clone(), flags: 0 };
        deaf.send::<DomainGetXmlDesc>(&args).is_ok()
    });
    assert!(calls.count() < 200_000, "it reads calls without end");
    drop(deaf);
    scene.end(16 << 20).unwrap();
}

#[test]
fn those_that_vanish_in_the_middle_of_things() {
    let scene = Scene::begin().unwrap();
    for round in 0..300 {
        let mut client = opened(&scene);
        let dom = lookup(&mut client);
        match round % 3 {
            0 => {
                client.send::<DomainGetXmlDesc>(&DomainGetXmlDescArgs { dom, flags: 0 }).unwrap();
            }
            1 => {
                let args = DomainOpenConsoleArgs { dom, dev_name: None, flags: 1 };
                // Whether there is one does not matter here.
                let _ = client.call::<DomainOpenConsole>(&args);
            }
            _ => {
                let args = ConnectDomainEventCallbackRegisterAnyArgs { event_id: 0, dom: None };
                client.call::<ConnectDomainEventCallbackRegisterAny>(&args).unwrap();
                client.send::<DomainSuspend>(&DomainSuspendArgs { dom: dom.clone() }).unwrap();
                client.send::<DomainResume>(&DomainResumeArgs { dom }).unwrap();
            }
        }
    }
    scene.end(8 << 20).unwrap();
}
