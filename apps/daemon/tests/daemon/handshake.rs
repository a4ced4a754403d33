//! How a client comes in, and what is said to one that does it wrong.

use crate::client::{Client, told};
use crate::daemon::Daemon;
use omnivirt_wire::packet::{Header, PacketType, Status};
use omnivirt_wire::procedure::Call;
use omnivirt_wire::remote::*;
use omnivirt_wire::structs::Error;
use omnivirt_wire::xdr::Xdr;

const NOT_OPEN: (i32, i32, &str) = (1, 7, "internal error: hypervisor connection not open");

fn feature(client: &mut Client, feature: i32) -> Result<i32, Error> {
    client.call::<ConnectSupportsFeature>(&ConnectSupportsFeatureArgs { feature }).map(|ret| ret.supported)
}

fn error_of(client: &mut Client, header: &Header, payload: &[u8]) -> Error {
    client.send_packet(header, payload);
    let answer = client.answer(header);
    assert!(answer.header.is(Status::Error));
    assert_eq!((answer.header.program, answer.header.version), (header.program, header.version));
    Error::from_bytes(&answer.payload).unwrap()
}

#[test]
fn a_client_comes_in_as_the_c_library_does() {
    let daemon = Daemon::start();
    let mut client = daemon.client();
    assert_eq!(client.call::<AuthList>(&()).unwrap().types, [0]);
    assert_eq!(feature(&mut client, 10).unwrap(), 1);
    client.call::<ConnectOpen>(&ConnectOpenArgs { name: Some("test:///default".into()), flags: 0 }).unwrap();
    assert_eq!(client.call::<ConnectGetUri>(&()).unwrap().uri, "test:///default");
    let supported: Vec<i32> = (1..=17).filter(|number| feature(&mut client, *number).unwrap() == 1).collect();
    assert_eq!(supported, [8, 9, 10, 14, 15, 16]);
    client.check();
    client.call::<ConnectClose>(&()).unwrap();
    client.assert_hung_up();
}

#[test]
fn nothing_but_keepalive_is_answered_before_a_connection_is_open() {
    let daemon = Daemon::start();
    let mut client = daemon.client();
    assert_eq!(told(&client.call::<ConnectGetHostname>(&()).unwrap_err()), NOT_OPEN);
    assert_eq!(told(&feature(&mut client, 14).unwrap_err()), NOT_OPEN);
    assert_eq!(feature(&mut client, 10).unwrap(), 1);
    assert_eq!(told(&client.call::<ConnectGetUri>(&()).unwrap_err()), NOT_OPEN);
    assert_eq!(told(&client.call::<ConnectDomainEventRegister>(&()).unwrap_err()), NOT_OPEN);
    client.call::<ConnectClose>(&()).unwrap();
}

#[test]
fn a_connection_is_opened_once() {
    let daemon = Daemon::start();
    let mut client = daemon.client();
    let error = client.open("nosuch:///x").unwrap_err();
    assert_eq!(told(&error), (5, 0, "no connection driver available for nosuch:///x"));
    client.open("").unwrap();
    let error = client.open("test:///default").unwrap_err();
    assert_eq!(told(&error), (1, 7, "internal error: connection already open"));
    client.check();
}

#[test]
fn the_default_host_is_one_for_all_and_gone_with_the_last() {
    let daemon = Daemon::start();
    let mut one = daemon.opened();
    let mut other = daemon.opened();
    let dom = one.domain("test");
    one.call::<DomainSuspend>(&DomainSuspendArgs { dom: dom.clone() }).unwrap();
    let state = DomainGetStateArgs { dom, flags: 0 };
    assert_eq!(other.call::<DomainGetState>(&state).unwrap().state, 3);
    drop(one);
    assert_eq!(other.call::<DomainGetState>(&state).unwrap().state, 3);
    other.call::<ConnectClose>(&()).unwrap();
    other.assert_hung_up();
    let mut later = daemon.opened();
    assert_eq!(later.call::<DomainGetState>(&state).unwrap().state, 1);
}

#[test]
fn a_read_only_client_changes_nothing() {
    let daemon = Daemon::start();
    let mut by_socket = Client::connect(&daemon.path("libvirt-sock-ro"));
    by_socket.open("test:///default").unwrap();
    let mut by_flag = daemon.client();
    by_flag.call::<ConnectOpen>(&ConnectOpenArgs { name: Some("test:///default".into()), flags: 1 }).unwrap();
    for client in [&mut by_socket, &mut by_flag] {
        let dom = client.domain("test");
        let error = client.call::<DomainSuspend>(&DomainSuspendArgs { dom }).unwrap_err();
        assert_eq!(told(&error), (29, 20, "operation forbidden: read only access prevents virDomainSuspend"));
        client.check();
    }
}

#[test]
fn wrong_calls_are_answered_and_the_connection_goes_on() {
    let daemon = Daemon::start();
    let mut client = daemon.opened();
    let good = Header::new(
        ConnectGetHostname::PROGRAM,
        ConnectGetHostname::PROCEDURE.number,
        PacketType::Call,
        0x7fff_0001,
        Status::Ok,
    );
    let cases = [
        (Header { program: 0x2000_8085, ..good }, "Cannot find program 536903813 version 1"),
        (Header { version: 2, ..good }, "Cannot find program 536903814 version 2"),
        (Header { procedure: 9_999, ..good }, "unknown procedure: 9999"),
        (Header { procedure: 107, ..good }, "unknown procedure: 107"),
        (Header { procedure: -1, ..good }, "unknown procedure: -1"),
        (Header { status: 1, ..good }, "Unexpected message status 1"),
        (
            Header { procedure: DomainLookupByName::PROCEDURE.number, ..good },
            "Unable to decode message payload",
        ),
    ];
    for (header, message) in cases {
        let error = error_of(&mut client, &header, &[]);
        assert_eq!(told(&error), (39, 7, message));
        assert_eq!((error.str1.as_deref(), error.str2.as_deref()), (Some("%s"), Some(message)));
        assert_eq!((error.int1, error.int2), (-1, -1));
    }
    // A bound: one byte more than a string can have.
    let header = Header { procedure: DomainLookupByName::PROCEDURE.number, ..good };
    let mut long = 4_194_308_u32.to_be_bytes().to_vec();
    long.resize(4 + 4_194_308, b'a');
    assert_eq!(told(&error_of(&mut client, &header, &long)).2, "Unable to decode message payload");
    client.check();
}

#[test]
fn what_no_client_sends_is_passed_over() {
    let daemon = Daemon::start();
    let mut client = daemon.opened();
    let header = Header::new(ConnectGetHostname::PROGRAM, 59, PacketType::Call, 7, Status::Ok);
    for packet_type in [1, 2, 3, 5, 6, 7, -1] {
        client.send_packet(&Header { packet_type, ..header }, &[0; 12]);
    }
    client.check();
}

#[test]
fn a_call_that_nothing_serves_names_its_function() {
    let daemon = Daemon::start();
    let mut client = daemon.opened();
    let error = client.call::<ConnectDomainXmlFromNative>(&ConnectDomainXmlFromNativeArgs {
        native_format: "qemu-argv".into(),
        native_config: String::new(),
        flags: 0,
    });
    if let Err(error) = error
        && error.code == 3
    {
        let text = "this function is not supported by the connection driver: virConnectDomainXMLFromNative";
        assert_eq!(told(&error), (3, 20, text));
    }
    let error = client.call::<ConnectSetIdentity>(&ConnectSetIdentityArgs { params: vec![], flags: 0 });
    assert_eq!(error.unwrap_err().code, 88);
    let error = client.call::<AuthPolkit>(&()).unwrap_err();
    assert_eq!(told(&error), (45, 7, "authentication failed: authentication failed"));
}

#[test]
fn a_ping_has_a_pong_whenever_it_comes() {
    let daemon = Daemon::start();
    let mut client = daemon.client();
    let program = &omnivirt_wire::keepalive::PROGRAM;
    client.send_packet(&Header::new(program, 1, PacketType::Message, 5, Status::Ok), &[]);
    let pong = client.next().unwrap();
    assert_eq!(pong.header, Header::new(program, 2, PacketType::Message, 0, Status::Ok));
    // These are none.
    client.send_packet(
        &Header { version: 2, ..Header::new(program, 1, PacketType::Message, 5, Status::Ok) },
        &[],
    );
    client.open("test:///default").unwrap();
    assert!(client.call::<ConnectGetHostname>(&()).is_ok());
}

#[test]
fn the_server_pings_only_those_who_said_that_they_answer() {
    let daemon = Daemon::with("[keepalive]\ninterval = 1\ncount = 1\n");
    let mut silent = daemon.opened();
    let mut asked = daemon.client();
    assert_eq!(feature(&mut asked, 10).unwrap(), 1);
    let program = &omnivirt_wire::keepalive::PROGRAM;
    let ping = asked.next().unwrap();
    assert_eq!(ping.header, Header::new(program, 1, PacketType::Message, 0, Status::Ok));
    // One that gives no sign of life is disconnected; one that was never asked is not.
    asked.assert_hung_up();
    silent.check();
}

#[test]
fn who_is_on_no_list_is_not_let_in() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let daemon = Daemon::with("[sockets]\nmode = \"0666\"\n[auth]\nallow_users = [\"1\"]\n");
    let path = daemon.path("libvirt-sock");
    // Another user must reach the directory.
    let directory = path.parent().unwrap();
    std::fs::set_permissions(directory, std::os::unix::fs::PermissionsExt::from_mode(0o711)).unwrap();
    let as_user = |user: u32| {
        let script = "import socket,sys; s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); \
            h=bytes.fromhex; s.sendall(h('0000001c2000808600000001')+h('0000003b')+h('000000000000000100000000')); \
            print(s.recv(4096)[28:].hex())";
        use std::os::unix::process::CommandExt;
        let output =
            std::process::Command::new("python3").args(["-c", script]).arg(&path).uid(user).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    // Both ask for the host name at once: the one is told that it has opened nothing, the other that it may not.
    assert!(as_user(1).starts_with("0000000100000007"));
    assert!(as_user(2).starts_with("0000002700000007"));
}
