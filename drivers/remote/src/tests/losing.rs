//! Connections that are lost.

use super::{Daemon, client_of, connection_to, cx};
use omnivirt_core::event::{CloseReason, EventBody, EventKind};
use omnivirt_core::events::{Delivery, EventFilter, Policy};
use omnivirt_core::{ErrorKind, Retry};
use omnivirt_wire::keepalive::Ping;
use omnivirt_wire::procedure::Message;
use omnivirt_wire::remote;
use std::time::Duration;
use tokio::time::Instant;

#[tokio::test]
async fn every_call_ends_at_once_when_the_daemon_goes() {
    let daemon = Daemon::new();
    let (client, mut peer) = client_of(&daemon).await;
    let calls: Vec<_> = (0..8)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.call::<remote::ConnectGetHostname>(&cx(), &()).await })
        })
        .collect();
    peer.next().await;
    drop(peer);
    for call in calls {
        let error = call.await.unwrap().unwrap_err();
        assert_eq!((error.kind(), error.retry()), (ErrorKind::ConnectionClosed, Retry::AfterReconnect));
    }
}

#[tokio::test]
async fn the_events_end_with_the_connection() {
    let daemon = Daemon::new();
    let (connection, mut peer) = connection_to(&daemon, "").await;
    let filter = EventFilter::all().kinds([EventKind::Reboot]);
    let registering = peer.answer::<remote::ConnectDomainEventCallbackRegisterAny>(|_| {
        remote::ConnectDomainEventCallbackRegisterAnyRet { callback_id: 1 }
    });
    let (stream, _) = tokio::join!(connection.subscribe(filter, Policy::default()), registering);
    let mut stream = stream.unwrap();
    drop(peer);
    let Some(Delivery::Event(event)) = stream.recv().await else { panic!("an event was due") };
    let EventBody::ConnectionClosed(closed) = &event.body else { panic!("{event:?}") };
    assert_eq!(closed.reason, CloseReason::Eof);
    assert!(stream.recv().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_daemon_that_is_silent_is_pinged_and_then_given_up() {
    let daemon = Daemon::new();
    let (client, mut peer) = client_of(&daemon).await;
    client.link().keep_alive(crate::uri::Keepalive { interval: Duration::from_secs(60), count: 2 });
    let start = Instant::now();
    let mut ended = client.link().ended();
    let reading = async {
        let mut pings = 0;
        while let Some(packet) = peer.try_next().await {
            pings += u32::from(packet.header.program == Ping::PROGRAM.number);
        }
        pings
    };
    let (ended, pings) = tokio::join!(ended.wait_for(Option::is_some), reading);
    assert_eq!(ended.unwrap().as_ref().unwrap().reason, CloseReason::Keepalive);
    // The one by which the connection was opened keeps the usual times: it ends first, at 30 seconds.
    assert_eq!((start.elapsed().as_secs(), pings), (30, 5));
}

#[tokio::test]
async fn a_connection_is_made_again_and_what_was_missed_is_told() {
    let daemon = Daemon::new();
    let (connection, mut peer) = connection_to(&daemon, "&reconnect=yes").await;
    let filter = EventFilter::all().kinds([EventKind::Reboot]);
    let register = |id| {
        move |args: remote::ConnectDomainEventCallbackRegisterAnyArgs| {
            assert_eq!(args.event_id, 1);
            remote::ConnectDomainEventCallbackRegisterAnyRet { callback_id: id }
        }
    };
    let registering = peer.answer::<remote::ConnectDomainEventCallbackRegisterAny>(register(1));
    let (stream, _) = tokio::join!(connection.subscribe(filter, Policy::default()), registering);
    let mut stream = stream.unwrap();
    peer.tell(&remote::DomainEventCallbackReboot { callback_id: 1, ..Default::default() }).await;
    assert!(matches!(stream.recv().await, Some(Delivery::Event(_))));
    drop(peer);
    let mut peer = daemon.greet().await;
    peer.answer::<remote::ConnectDomainEventCallbackRegisterAny>(register(7)).await;
    let Some(Delivery::Gap(gap)) = stream.recv().await else { panic!("a gap was due") };
    assert_eq!(gap.lost, 0);
    peer.tell(&remote::DomainEventCallbackReboot { callback_id: 7, ..Default::default() }).await;
    assert!(matches!(stream.recv().await, Some(Delivery::Event(_))));
    let calling = connection.hostname();
    let answering = peer.answer::<remote::ConnectGetHostname>(|()| remote::ConnectGetHostnameRet {
        hostname: "again".into(),
    });
    let (hostname, _) = tokio::join!(calling, answering);
    assert_eq!(hostname.unwrap(), "again");
}

#[tokio::test(start_paused = true)]
async fn a_daemon_that_does_not_answer_does_not_hold_up_closing() {
    let daemon = Daemon::new();
    let (client, mut peer) = client_of(&daemon).await;
    let reading = async { while peer.try_next().await.is_some() {} };
    let (closed, ()) = tokio::join!(client.close(), reading);
    assert_eq!(closed.unwrap_err().kind(), ErrorKind::Timeout);
}
