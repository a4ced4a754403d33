//! How much a client can have.

use crate::client::Client;
use crate::daemon::{Daemon, PATIENCE};
use omnivirt_wire::packet::{Header, PacketType, Status};
use omnivirt_wire::procedure::Call;
use omnivirt_wire::remote::*;
use omnivirt_wire::xdr::Xdr;
use std::io::Write;
use std::time::Instant;

#[test]
fn a_client_too_many_is_turned_away_and_comes_in_later() {
    let daemon = Daemon::with("[limits]\nmax_clients = 2\n");
    let one = daemon.opened();
    let mut two = daemon.opened();
    daemon.client().assert_hung_up();
    drop(one);
    let until = Instant::now() + PATIENCE;
    while daemon.client().next_or_hung_up().is_none() {
        assert!(Instant::now() < until);
    }
    two.check();
}

impl Client {
    /// Asks for something and says whether the daemon answers.
    fn next_or_hung_up(&mut self) -> Option<()> {
        let header =
            Header::new(AuthList::PROGRAM, AuthList::PROCEDURE.number, PacketType::Call, 1, Status::Ok);
        self.stream.write_all(&header.before(0).unwrap()).ok()?;
        self.next().map(drop)
    }
}

#[test]
fn clients_that_say_nothing_make_room_for_those_that_do() {
    let daemon = Daemon::with("[limits]\nmax_anonymous_clients = 3\n");
    let mut known = daemon.opened();
    let silent: Vec<Client> = (0..12).map(|_| daemon.client()).collect();
    // It waits behind them all, for as long as they are spared.
    let mut late = daemon.opened();
    late.check();
    known.check();
    drop(silent);
}

#[test]
fn a_client_that_makes_no_call_is_disconnected() {
    let daemon = Daemon::with("[timeouts]\nfirst_call = 1\n");
    let mut silent = daemon.client();
    let mut slow = daemon.client();
    slow.stream.write_all(&[0, 0, 0]).unwrap();
    let mut known = daemon.opened();
    silent.assert_hung_up();
    slow.assert_hung_up();
    known.check();
}

#[test]
fn all_of_many_calls_at_once_are_answered() {
    let daemon = Daemon::with("[limits]\nmax_client_requests = 4\n");
    let mut client = daemon.opened();
    let headers: Vec<Header> = (0..2_000).map(|_| client.send::<ConnectGetHostname>(&())).collect();
    for header in &headers {
        client.answer(header);
    }
}

#[test]
fn a_quick_call_overtakes_a_slow_one() {
    let daemon = Daemon::start();
    let mut client = daemon.client();
    client.open("test:///default?latency_ms=100").unwrap();
    let slow = client.send::<ConnectGetHostname>(&());
    let args = ConnectSupportsFeatureArgs { feature: 14 };
    let quick = client.send::<ConnectSupportsFeature>(&args);
    assert_eq!(client.next().unwrap().header.serial, quick.serial);
    assert_eq!(client.next().unwrap().header.serial, slow.serial);
}

#[test]
fn a_client_that_does_not_read_its_answers_is_bounded() {
    let daemon = Daemon::start();
    let mut client = daemon.opened();
    client.stream.set_nonblocking(true).unwrap();
    let header = Header::new(
        ConnectGetCapabilities::PROGRAM,
        ConnectGetCapabilities::PROCEDURE.number,
        PacketType::Call,
        1,
        Status::Ok,
    );
    let before = daemon.memory_kib();
    // Until the daemon takes no more.
    let mut other = daemon.opened();
    let mut refused = 0;
    let mut asked = 0;
    while refused < 3 {
        match client.stream.write(&header.before(0).unwrap()) {
            // A part of a packet, too: the daemon takes no more.
            Ok(28) => asked += 1,
            Ok(_) => break,
            Err(_) => {
                refused += 1;
                other.check();
            }
        }
    }
    assert!(asked > 100, "{asked}");
    assert!(daemon.memory_kib() < before + 8 * 1_024, "{} KiB from {before}", daemon.memory_kib());
    other.check();
}

#[test]
fn a_client_that_does_not_read_its_events_is_bounded_and_the_loss_is_logged() {
    let daemon = Daemon::with("[events]\nqueue = 100\n");
    let mut deaf = daemon.opened();
    let args = ConnectDomainEventCallbackRegisterAnyArgs { event_id: 0, dom: None };
    deaf.call::<ConnectDomainEventCallbackRegisterAny>(&args).unwrap();
    let mut client = daemon.opened();
    let dom = client.domain("test");
    let before = daemon.memory_kib();
    for _ in 0..15_000 {
        client.call::<DomainSuspend>(&DomainSuspendArgs { dom: dom.clone() }).unwrap();
        client.call::<DomainResume>(&DomainResumeArgs { dom: dom.clone() }).unwrap();
    }
    assert!(daemon.memory_kib() < before + 8 * 1_024, "{} KiB from {before}", daemon.memory_kib());
    // When it reads again, it is told what came last, and the log what it missed.
    let mut told = 0;
    while told < 30_000 {
        let header = deaf.send::<ConnectGetHostname>(&());
        let packet = deaf.next().unwrap();
        if packet.header.packet_type == 1 && packet.header.serial > header.serial.saturating_sub(1) {
            break;
        }
        told += 1;
    }
    assert!(told > 100);
    assert!(daemon.log().contains("does not read its events, and lost some"), "{}", daemon.log());
}

#[test]
fn a_client_can_be_told_of_lost_events_by_its_end() {
    let daemon = Daemon::with("[events]\nqueue = 10\nwhen_lost = \"close\"\n[limits]\nclient_bytes = 4096\n");
    let mut deaf = daemon.opened();
    let args = ConnectDomainEventCallbackRegisterAnyArgs { event_id: 0, dom: None };
    deaf.call::<ConnectDomainEventCallbackRegisterAny>(&args).unwrap();
    let mut client = daemon.opened();
    let dom = client.domain("test");
    for _ in 0..5_000 {
        client.call::<DomainSuspend>(&DomainSuspendArgs { dom: dom.clone() }).unwrap();
        client.call::<DomainResume>(&DomainResumeArgs { dom: dom.clone() }).unwrap();
    }
    while let Some(packet) = deaf.next() {
        DomainEventCallbackLifecycle::from_bytes(&packet.payload).unwrap();
    }
}
