//! What is asked for on the wire.

use super::{Daemon, connection_to};
use omnivirt_core::event::EventKind;
use omnivirt_core::events::{Delivery, EventFilter, Policy};
use omnivirt_core::{DomainRef, ErrorKind, Uuid};
use omnivirt_wire::{remote, structs};

type Register = remote::ConnectDomainEventCallbackRegisterAny;
type Deregister = remote::ConnectDomainEventCallbackDeregisterAny;

fn reboot() -> EventFilter {
    EventFilter::all().kinds([EventKind::Reboot])
}

fn told(callback_id: i32, number: u128) -> remote::DomainEventCallbackReboot {
    let dom = structs::Domain { name: "web".into(), uuid: Uuid::from_u128(number), id: 1 };
    let msg = structs::DomainEventRebootMsg { dom };
    remote::DomainEventCallbackReboot { callback_id, msg }
}

#[tokio::test]
async fn what_two_want_is_asked_for_once_and_given_back_by_the_last() {
    let daemon = Daemon::new();
    let (connection, mut peer) = connection_to(&daemon, "").await;
    let registering =
        peer.answer::<Register>(|_| remote::ConnectDomainEventCallbackRegisterAnyRet { callback_id: 3 });
    let (first, second, _) = tokio::join!(
        connection.subscribe(reboot(), Policy::default()),
        connection.subscribe(reboot(), Policy::default()),
        registering,
    );
    let (first, mut second) = (first.unwrap(), second.unwrap());
    drop(first);
    assert!(peer.until_pong().await.is_empty());
    peer.tell(&told(3, 1)).await;
    assert!(matches!(second.recv().await, Some(Delivery::Event(_))));
    drop(second);
    peer.answer::<Deregister>(|args| assert_eq!(args.callback_id, 3)).await;
    // And asked for again by the next.
    let registering =
        peer.answer::<Register>(|_| remote::ConnectDomainEventCallbackRegisterAnyRet { callback_id: 4 });
    let (third, _) = tokio::join!(connection.subscribe(reboot(), Policy::default()), registering);
    third.unwrap();
}

#[tokio::test]
async fn what_the_daemon_tells_twice_is_passed_on_once() {
    let daemon = Daemon::new();
    let (connection, mut peer) = connection_to(&daemon, "").await;
    let web = DomainRef::new("web", Uuid::from_u128(1), Some(1));
    let of_web = EventFilter::of(web).kinds([EventKind::Reboot]);
    let registering = peer.answer::<Register>(|args| {
        assert_eq!(args.dom.unwrap().uuid, Uuid::from_u128(1));
        remote::ConnectDomainEventCallbackRegisterAnyRet { callback_id: 1 }
    });
    let (one, _) = tokio::join!(connection.subscribe(of_web, Policy::default()), registering);
    let mut one = one.unwrap();
    let registering = peer.answer::<Register>(|args| {
        assert!(args.dom.is_none());
        remote::ConnectDomainEventCallbackRegisterAnyRet { callback_id: 2 }
    });
    let (all, _) = tokio::join!(connection.subscribe(reboot(), Policy::default()), registering);
    let mut all = all.unwrap();
    for id in [1, 2] {
        peer.tell(&told(id, 1)).await;
    }
    peer.tell(&told(2, 2)).await;
    for _ in 0..2 {
        assert!(matches!(all.recv().await, Some(Delivery::Event(_))));
    }
    assert!(matches!(one.recv().await, Some(Delivery::Event(_))));
    assert!(one.try_recv().is_none() && all.try_recv().is_none());
}

#[tokio::test]
async fn what_the_daemon_does_not_tell_is_an_error_where_it_was_named() {
    let daemon = Daemon::new();
    let (connection, mut peer) = connection_to(&daemon, "").await;
    let refusing = async {
        let (header, _) = peer.next_call::<Register>().await;
        peer.refuse(&header, 1, 7, "internal error: unsupported event ID 1").await;
    };
    let (refused, ()) = tokio::join!(connection.subscribe(reboot(), Policy::default()), refusing);
    let error = refused.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
}

#[tokio::test]
async fn an_event_that_cannot_be_read_is_a_gap() {
    let daemon = Daemon::new();
    let (connection, mut peer) = connection_to(&daemon, "").await;
    let registering =
        peer.answer::<Register>(|_| remote::ConnectDomainEventCallbackRegisterAnyRet { callback_id: 1 });
    let (stream, _) = tokio::join!(connection.subscribe(reboot(), Policy::default()), registering);
    let header = omnivirt_wire::packet::Header {
        program: remote::PROGRAM.number,
        version: 1,
        procedure: 319,
        packet_type: 2,
        serial: 1,
        status: 0,
    };
    peer.send(&header, &()).await;
    assert!(matches!(stream.unwrap().recv().await, Some(Delivery::Gap(_))));
}
