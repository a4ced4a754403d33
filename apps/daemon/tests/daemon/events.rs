//! What clients are told.

use crate::client::{Client, told};
use crate::daemon::Daemon;
use omnivirt_wire::qemu::*;
use omnivirt_wire::remote::*;
use omnivirt_wire::structs::Domain;
use omnivirt_wire::xdr::Xdr;
use uuid::Uuid;

fn register(client: &mut Client, event_id: i32, dom: Option<Domain>) -> i32 {
    let args = ConnectDomainEventCallbackRegisterAnyArgs { event_id, dom };
    client.call::<ConnectDomainEventCallbackRegisterAny>(&args).unwrap().callback_id
}

fn lifecycle(client: &mut Client) -> (i32, i32) {
    let event = DomainEventCallbackLifecycle::from_bytes(&client.message(318)).unwrap();
    (event.callback_id, event.msg.event)
}

#[test]
fn the_answer_comes_before_the_first_event_and_events_in_their_order() {
    let daemon = Daemon::start();
    let mut client = daemon.opened();
    let dom = client.domain("test");
    // All in one write, as a client that does not wait would.
    let mut all = Vec::new();
    let mut headers = Vec::new();
    for (procedure, payload) in [
        (316, ConnectDomainEventCallbackRegisterAnyArgs { event_id: 0, dom: None }.to_bytes().unwrap()),
        (34, DomainSuspendArgs { dom: dom.clone() }.to_bytes().unwrap()),
        (28, DomainResumeArgs { dom: dom.clone() }.to_bytes().unwrap()),
    ] {
        client.serial += 1;
        let header = omnivirt_wire::packet::Header {
            program: 0x2000_8086,
            version: 1,
            procedure,
            packet_type: 0,
            serial: client.serial,
            status: 0,
        };
        all.extend_from_slice(&header.before(payload.len()).unwrap());
        all.extend_from_slice(&payload);
        headers.push(header);
    }
    std::io::Write::write_all(&mut client.stream, &all).unwrap();
    let first = client.next().unwrap();
    assert_eq!((first.header.packet_type, first.header.procedure), (1, 316));
    let id = ConnectDomainEventCallbackRegisterAnyRet::from_bytes(&first.payload).unwrap().callback_id;
    let mut events = Vec::new();
    while events.len() < 2 {
        let packet = client.next().unwrap();
        if packet.header.packet_type == 2 {
            assert_eq!((packet.header.serial, packet.header.status), (1, 0));
            let event = DomainEventCallbackLifecycle::from_bytes(&packet.payload).unwrap();
            assert_eq!(event.callback_id, id);
            events.push(event.msg.event);
        } else {
            assert_eq!(packet.header.status, 0);
        }
    }
    assert_eq!(events, [3, 4]);
}

#[test]
fn registrations_have_ids_of_their_own_and_filters_go_by_uuid() {
    let daemon = Daemon::start();
    let mut client = daemon.opened();
    let mut other = daemon.opened();
    let dom = client.domain("test");
    let all = register(&mut client, 0, None);
    let again = register(&mut client, 0, None);
    let stale = Domain { name: "another name".into(), id: 77, ..dom.clone() };
    let one = register(&mut client, 0, Some(stale));
    let unknown = Domain { uuid: Uuid::from_u128(7), ..dom.clone() };
    let none = register(&mut client, 0, Some(unknown));
    let reboots = register(&mut client, 1, None);
    let net = client
        .call::<ConnectNetworkEventRegisterAny>(&ConnectNetworkEventRegisterAnyArgs {
            event_id: 0,
            net: None,
        })
        .unwrap()
        .callback_id;
    let mut ids = vec![all, again, one, none, reboots, net];
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 6);

    other.call::<DomainSuspend>(&DomainSuspendArgs { dom: dom.clone() }).unwrap();
    let mut told = [lifecycle(&mut client), lifecycle(&mut client), lifecycle(&mut client)];
    told.sort_unstable();
    assert_eq!(told, [(all, 3), (again, 3), (one, 3)]);

    let gone = ConnectDomainEventCallbackDeregisterAnyArgs { callback_id: all };
    client.call::<ConnectDomainEventCallbackDeregisterAny>(&gone).unwrap();
    let gone = ConnectDomainEventCallbackDeregisterAnyArgs { callback_id: one };
    client.call::<ConnectDomainEventCallbackDeregisterAny>(&gone).unwrap();
    other.call::<DomainResume>(&DomainResumeArgs { dom }).unwrap();
    assert_eq!(lifecycle(&mut client), (again, 4));
    client.check();
}

#[test]
fn wrong_registrations_are_refused() {
    let daemon = Daemon::start();
    let mut client = daemon.opened();
    let args = ConnectDomainEventCallbackRegisterAnyArgs { event_id: 99, dom: None };
    let error = client.call::<ConnectDomainEventCallbackRegisterAny>(&args).unwrap_err();
    assert_eq!(told(&error), (1, 7, "internal error: unsupported event ID 99"));
    let args = ConnectDomainEventRegisterAnyArgs { event_id: 16 };
    let error = client.call::<ConnectDomainEventRegisterAny>(&args).unwrap_err();
    assert_eq!(told(&error), (1, 7, "internal error: unsupported event ID 16"));
    let network = ConnectNetworkEventRegisterAnyArgs { event_id: 0, net: None };
    let callback_id = client.call::<ConnectNetworkEventRegisterAny>(&network).unwrap().callback_id;
    // It is a network's.
    let args = ConnectDomainEventCallbackDeregisterAnyArgs { callback_id };
    let error = client.call::<ConnectDomainEventCallbackDeregisterAny>(&args).unwrap_err();
    let message = format!("internal error: domain event callback {callback_id} not registered");
    assert_eq!(told(&error), (1, 7, message.as_str()));
}

#[test]
fn old_clients_are_told_in_their_way() {
    let daemon = Daemon::start();
    let mut oldest = daemon.opened();
    let mut old = daemon.opened();
    assert_eq!(oldest.call::<ConnectDomainEventRegister>(&()).unwrap().cb_registered, 0);
    old.call::<ConnectDomainEventRegisterAny>(&ConnectDomainEventRegisterAnyArgs { event_id: 0 }).unwrap();
    let dom = old.domain("test");
    let mut other = daemon.opened();
    other.call::<DomainSuspend>(&DomainSuspendArgs { dom: dom.clone() }).unwrap();
    for client in [&mut oldest, &mut old] {
        let event = DomainEventLifecycle::from_bytes(&client.message(107)).unwrap();
        assert_eq!((event.event, event.dom.uuid), (3, dom.uuid));
    }
    let again = oldest.call::<ConnectDomainEventRegister>(&()).unwrap_err();
    assert_eq!(told(&again), (8, 0, "invalid argument: event callback already tracked"));
    assert_eq!(oldest.call::<ConnectDomainEventDeregister>(&()).unwrap().cb_registered, 0);
    old.call::<ConnectDomainEventDeregisterAny>(&ConnectDomainEventDeregisterAnyArgs { event_id: 0 })
        .unwrap();
    other.call::<DomainResume>(&DomainResumeArgs { dom }).unwrap();
    oldest.check();
    old.check();
}

#[test]
fn close_and_monitor_callbacks_are_registered() {
    let daemon = Daemon::start();
    let mut client = daemon.opened();
    client.call::<ConnectRegisterCloseCallback>(&()).unwrap();
    client.call::<ConnectUnregisterCloseCallback>(&()).unwrap();
    assert_eq!(client.call::<ConnectUnregisterCloseCallback>(&()).unwrap_err().code, 1);
    let wrong = ConnectDomainMonitorEventRegisterArgs { dom: None, event: Some("(".into()), flags: 1 };
    assert_eq!(client.call::<ConnectDomainMonitorEventRegister>(&wrong).unwrap_err().code, 8);
    let right = ConnectDomainMonitorEventRegisterArgs { dom: None, event: Some("^DEV.*".into()), flags: 3 };
    let callback_id = client.call::<ConnectDomainMonitorEventRegister>(&right).unwrap().callback_id;
    let gone = ConnectDomainMonitorEventDeregisterArgs { callback_id };
    client.call::<ConnectDomainMonitorEventDeregister>(&gone).unwrap();
}
