//! Bytes that no client should send: the daemon survives them, stays small, and serves the others.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use fastrand::Rng;
use omnivirt_peers::raw::{Arrival, PATIENCE, RawClient};
use omnivirt_peers::recording;
use omnivirt_peers::scene::{MOST_GROWTH, Scene, end_of};
use omnivirt_wire::packet::{Header, MOST_BYTES, PacketType, Status};
use omnivirt_wire::procedure::{Call, Program};
use omnivirt_wire::remote::{
    ConnectGetAllDomainStats, ConnectGetAllDomainStatsArgs, DomainSetMemoryParameters,
};
use omnivirt_wire::structs::Domain;
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::path::Path;

/// Sends bytes on a connection of their own.
fn send(socket: &Path, bytes: &[u8]) {
    let mut stream = UnixStream::connect(socket).unwrap();
    // The daemon may close the connection at any byte.
    let _ = stream.write_all(bytes);
    end_of(stream).unwrap();
}

/// What the clients of the kept sessions sent, shared out among two attackers.
fn attack(with: impl Fn(&Path, &[u8]) + Sync) {
    let scene = Scene::begin().unwrap();
    let sessions: Vec<_> =
        recording::kept().unwrap().iter().map(|session| session.client_bytes().unwrap()).collect();
    assert_eq!(sessions.len(), 50);
    let (socket, with) = (scene.daemon().socket(), &with);
    std::thread::scope(|scope| {
        for half in sessions.chunks(25) {
            scope.spawn(move || half.iter().for_each(|session| with(socket, session)));
        }
    });
    scene.end(MOST_GROWTH).unwrap();
}

#[test]
fn every_prefix_of_fifty_sessions() {
    attack(|socket, session| (0..session.len()).for_each(|end| send(socket, &session[..end])));
}

#[test]
fn every_byte_of_fifty_sessions_changed() {
    attack(|socket, session| {
        let mut rng = Rng::with_seed(session.len() as u64);
        for at in 0..session.len() {
            for change in [0x01, 0x80, rng.u8(1..)] {
                let mut changed = session.to_vec();
                changed[at] ^= change;
                send(socket, &changed);
            }
        }
    });
}

/// A client that has opened the test driver's host; another if the daemon has closed the last.
fn opened(scene: &Scene) -> RawClient {
    RawClient::open(scene.daemon().socket(), "test:///default").unwrap()
}

#[test]
fn random_packets() {
    let scene = Scene::begin().unwrap();
    let mut rng = Rng::with_seed(4);
    for _ in 0..200 {
        let mut client = opened(&scene);
        for serial in 0..100 {
            let bytes = random_packet(&mut rng, serial);
            if client.write(&bytes).is_err() {
                break;
            }
            // Answers are read now and then, so that it is not for them that the daemon waits.
            while let Arrival::Packet(_) = client.next(std::time::Duration::from_micros(1)) {}
        }
    }
    scene.end(MOST_GROWTH).unwrap();
}

fn random_packet(rng: &mut Rng, serial: u32) -> Vec<u8> {
    // Simulated faults would be felt by the others, as they are meant to be.
    let programs =
        [0x2000_8086, 0x2000_8086, 0x2000_8086, 0x2000_8087, 0x0006_8000, 0x6b65_6570, rng.u32(..0x1000)];
    let header = Header {
        program: programs[rng.usize(..programs.len())],
        version: u32::from(rng.u8(..20) != 0),
        procedure: rng.i32(-1..470),
        packet_type: [0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 6, 7][rng.usize(..12)],
        serial,
        status: [0, 0, 0, 0, 0, 0, 0, 1, 2, 3][rng.usize(..10)],
    };
    let mut payload = Vec::new();
    for _ in 0..rng.usize(..40) {
        let text = |text: &str| [&(text.len() as u32).to_be_bytes()[..], text.as_bytes(), &[0; 3]].concat();
        match rng.u8(..6) {
            0 => payload.extend(rng.u32(..).to_be_bytes()),
            1 => payload.extend(rng.u32(..20).to_be_bytes()),
            2 => payload.extend(&text("test!")[..12]),
            3 => payload.extend([0x66; 16]),
            4 => payload.extend(u32::MAX.to_be_bytes()),
            _ => payload.extend([0; 4]),
        }
    }
    [header.before(payload.len()).unwrap().to_vec(), payload].concat()
}

#[test]
fn every_procedure_with_payloads_of_one_word() {
    let scene = Scene::begin().unwrap();
    let programs = [0x2000_8086, 0x2000_8087, 0x0006_8000].map(|number| Program::find(number).unwrap());
    for word in [0, 1, 7, 16, 0x4000, 0x7fff_ffff, u32::MAX] {
        let payload = word.to_be_bytes().repeat(16 * 1024);
        let mut client = opened(&scene);
        for program in programs {
            for procedure in program.procedures {
                let header = Header::new(program, procedure.number, PacketType::Call, 1000, Status::Ok);
                let packet = [&header.before(payload.len()).unwrap()[..], &payload].concat();
                if client.write(&packet).is_err() || matches!(client.next(PATIENCE), Arrival::Closed) {
                    client = opened(&scene);
                }
            }
        }
    }
    scene.end(MOST_GROWTH).unwrap();
}

/// The largest packet that there can be, about the call `C`.
fn largest<C: Call>(payload: &[u8]) -> Vec<u8> {
    let header = Header::new(C::PROGRAM, C::PROCEDURE.number, PacketType::Call, 1, Status::Ok);
    let mut packet = header.before(MOST_BYTES - 28).unwrap().to_vec();
    packet.extend(payload);
    packet.resize(MOST_BYTES, 0);
    packet
}

/// Sends the packet as often as memory would have to grow with it, and waits for what comes of it each time.
fn send_large(packet: &[u8], most_growth: u64) {
    let scene = Scene::begin().unwrap();
    for _ in 0..4 {
        let mut client = opened(&scene);
        if client.write(packet).is_ok() {
            assert!(!matches!(client.next(PATIENCE), Arrival::Nothing), "neither answered nor closed");
        }
    }
    scene.end(most_growth).unwrap();
}

#[test]
fn the_largest_packet_of_empty_domains() {
    // A list of as many domains as a list can have, and more behind it.
    send_large(&largest::<ConnectGetAllDomainStats>(&16_384_u32.to_be_bytes()), MOST_GROWTH);
}

#[test]
fn the_largest_packet_of_lists_that_say_more_than_they_have() {
    send_large(
        &largest::<ConnectGetAllDomainStats>(&16_384_u32.to_be_bytes().repeat(8_000_000)),
        MOST_GROWTH,
    );
    send_large(&largest::<DomainSetMemoryParameters>(&16_u32.to_be_bytes().repeat(8_000_000)), MOST_GROWTH);
}

#[test]
fn the_largest_packet_of_domains_with_long_names() {
    let dom = Domain { name: "a".repeat(4_000_000), uuid: Default::default(), id: -1 };
    let args = ConnectGetAllDomainStatsArgs { doms: vec![dom; 8], stats: 0, flags: 0 };
    let header = Header::new(
        ConnectGetAllDomainStats::PROGRAM,
        ConnectGetAllDomainStats::PROCEDURE.number,
        PacketType::Call,
        1,
        Status::Ok,
    );
    let mut packet = Vec::new();
    header.write(None, &args, &mut packet).unwrap();
    // All of it is text: there is the packet, what is read of it, and what the allocator has not given back yet.
    send_large(&packet, 72 << 20);
}
