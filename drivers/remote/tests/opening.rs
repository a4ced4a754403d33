//! Opening connections through the public door, and how what cannot be opened is told.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use omnivirt_core::{ConnectOptions, ErrorKind, Registry};
use omnivirt_wire::packet::{Header, PacketType, Status};
use omnivirt_wire::procedure::Call;
use omnivirt_wire::remote;
use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt;

/// What a daemon answers to the call of that number.
fn answer<C: Call>(serial: u32, ret: &C::Ret) -> Vec<u8> {
    let mut packet = Vec::new();
    let header = Header::new(C::PROGRAM, C::PROCEDURE.number, PacketType::Reply, serial, Status::Ok);
    header.write(None, ret, &mut packet).unwrap();
    packet
}

#[tokio::test]
async fn a_command_carries_the_connection() {
    let no = remote::ConnectSupportsFeatureRet { supported: 0 };
    let feature = |serial| answer::<remote::ConnectSupportsFeature>(serial, &no);
    // How many bytes are asked, and what is answered then.
    let steps = [
        (28, vec![answer::<remote::AuthList>(1, &remote::AuthListRet { types: vec![0] })]),
        (88, vec![feature(2), answer::<remote::ConnectOpen>(3, &())]),
        (96, vec![feature(4), feature(5), feature(6)]),
        (
            28,
            vec![answer::<remote::ConnectGetHostname>(
                7,
                &remote::ConnectGetHostnameRet { hostname: "far".into() },
            )],
        ),
        (28, vec![answer::<remote::ConnectClose>(8, &())]),
    ];
    let folder = tempfile::tempdir().unwrap();
    let mut script = String::from("#!/bin/sh\n");
    for (number, (bytes, answers)) in steps.into_iter().enumerate() {
        let file = folder.path().join(number.to_string());
        std::fs::write(&file, answers.concat()).unwrap();
        writeln!(script, "dd bs=1 count={bytes} of=/dev/null 2>/dev/null; cat {}", file.display()).unwrap();
    }
    let command = folder.path().join("command");
    std::fs::write(&command, script).unwrap();
    std::fs::set_permissions(&command, std::fs::Permissions::from_mode(0o755)).unwrap();
    let registry = Registry::of([omnivirt_driver_remote::ENTRY]);
    let uri = format!("test+ext:///default?command={}", command.display());
    let connection = registry.open(&uri, ConnectOptions::default()).await.unwrap();
    assert_eq!(connection.hostname().await.unwrap(), "far");
    connection.close().await.unwrap();
}

#[tokio::test]
async fn what_fails_is_told_with_its_layer_and_a_hint() {
    let registry = Registry::of([omnivirt_driver_remote::ENTRY]);
    for (uri, kind, layer) in [
        ("qemu+tls://host/system", ErrorKind::Unsupported, "transport"),
        ("qemu+unix:///system?socket=/nowhere/at-all", ErrorKind::ConnectFailed, "transport"),
        ("qemu+ext:///system?command=/nowhere/at-all", ErrorKind::ConnectFailed, "transport"),
        ("qemu+ext:///system?command=/bin/true", ErrorKind::ConnectionClosed, "greeting"),
    ] {
        let error = registry.open(uri, ConnectOptions::default()).await.unwrap_err();
        assert_eq!((error.kind(), error.context("layer")), (kind, Some(layer)), "{uri}: {error}");
        assert!(error.hint().is_some(), "{uri}: {error}");
    }
}
