//! Calls on their way.

use super::{Daemon, client_of, cx};
use omnivirt_core::ErrorKind;
use omnivirt_wire::packet::{PacketType, Status};
use omnivirt_wire::remote;
use omnivirt_wire::xdr::Xdr;
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags};
use std::future::poll_fn;
use std::io::{IoSlice, Read, Seek, Write};
use std::mem::MaybeUninit;
use std::os::fd::AsFd;
use std::pin::pin;
use std::task::Poll;
use tokio::io::AsyncWriteExt;

type Lookup = remote::DomainLookupByName;

fn named(name: &str) -> remote::DomainLookupByNameArgs {
    remote::DomainLookupByNameArgs { name: name.into() }
}

fn found(args: remote::DomainLookupByNameArgs) -> remote::DomainLookupByNameRet {
    let dom = omnivirt_wire::structs::Domain { name: args.name, ..Default::default() };
    remote::DomainLookupByNameRet { dom }
}

#[tokio::test]
async fn a_late_answer_is_thrown_away() {
    let daemon = Daemon::new();
    let (client, mut peer) = client_of(&daemon).await;
    let cx = cx();
    {
        let args = named("first");
        let mut given_up = pin!(client.call::<Lookup>(&cx, &args));
        let first = poll_fn(|task| Poll::Ready(given_up.as_mut().poll(task).is_pending())).await;
        assert!(first);
    }
    let second = named("second");
    let answering = async {
        peer.answer::<Lookup>(found).await;
        peer.answer::<Lookup>(found).await;
    };
    let (second, ()) = tokio::join!(client.call::<Lookup>(&cx, &second), answering);
    assert_eq!(second.unwrap().dom.name, "second");
}

#[tokio::test]
async fn only_so_many_calls_are_unanswered_and_the_others_wait_in_order() {
    let daemon = Daemon::new();
    let (client, mut peer) = client_of(&daemon).await;
    let calls: Vec<_> = (0..10)
        .map(|number| {
            let client = client.clone();
            tokio::spawn(async move { client.call::<Lookup>(&cx(), &named(&format!("{number}"))).await })
        })
        .collect();
    tokio::task::yield_now().await;
    let sent = peer.until_pong().await;
    assert_eq!(sent.len(), 4);
    // The last is answered first; a call that waited takes its place.
    let mut unanswered: Vec<_> = sent
        .into_iter()
        .map(|packet| (packet.header, remote::DomainLookupByNameArgs::from_bytes(&packet.payload).unwrap()))
        .collect();
    for next in 4..14 {
        let (header, args) = unanswered.pop().unwrap();
        peer.reply::<Lookup>(&header, &found(args)).await;
        if next < 10 {
            let (header, args) = peer.next_call::<Lookup>().await;
            assert_eq!(args.name, next.to_string());
            unanswered.push((header, args));
        }
    }
    for (number, call) in calls.into_iter().enumerate() {
        assert_eq!(call.await.unwrap().unwrap().dom.name, number.to_string());
    }
}

#[tokio::test]
async fn what_cannot_be_read_fails_one_call() {
    let daemon = Daemon::new();
    let (client, mut peer) = client_of(&daemon).await;
    let cx = cx();
    let args = named("web");
    let answering = async {
        let (header, _) = peer.next_call::<Lookup>().await;
        peer.send(&header.answer(PacketType::Reply, Status::Ok), &()).await;
        let (mut header, args) = peer.next_call::<Lookup>().await;
        header.procedure += 1;
        peer.reply::<Lookup>(&header, &found(args)).await;
        let (header, _) = peer.next_call::<Lookup>().await;
        peer.send(&header.answer(PacketType::Reply, Status::Continue), &()).await;
        let (header, _) = peer.next_call::<Lookup>().await;
        peer.refuse(&header, 39, 7, "unknown procedure: 23").await;
        let (header, _) = peer.next_call::<Lookup>().await;
        peer.refuse(&header, 38, 10, "cannot open: Permission denied").await;
        peer.answer::<Lookup>(found).await;
    };
    let calling = async {
        for _ in 0..3 {
            let error = client.call::<Lookup>(&cx, &args).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ProtocolError, "{error}");
        }
        let error = client.call::<Lookup>(&cx, &args).await.unwrap_err();
        assert_eq!((error.kind(), error.libvirt_code()), (ErrorKind::Unsupported, 3), "{error}");
        let error = client.call::<Lookup>(&cx, &args).await.unwrap_err();
        assert_eq!((error.kind(), error.libvirt_code()), (ErrorKind::System, 38), "{error}");
        assert_eq!(error.libvirt().unwrap().texts[0].as_deref(), Some("%s"));
        client.call::<Lookup>(&cx, &args).await.unwrap();
    };
    tokio::join!(answering, calling);
}

#[tokio::test]
async fn what_breaks_the_protocol_ends_the_connection() {
    let garbage: [&[u8]; 4] = [
        &[0, 0, 0, 5, 0],
        &[0xff; 28],
        // An answer to a call that was not made.
        &[0, 0, 0, 28, 0x20, 0, 0x80, 0x86, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0x27, 0x10, 0, 0, 0, 0],
        // A packet of no known type.
        &[0, 0, 0, 28, 0x20, 0, 0x80, 0x86, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 7, 0, 0, 0, 1, 0, 0, 0, 0],
    ];
    for bytes in garbage {
        let daemon = Daemon::new();
        let (client, mut peer) = client_of(&daemon).await;
        let cx = cx();
        let args = named("web");
        let answering = async {
            peer.next_call::<Lookup>().await;
            peer.socket.write_all(bytes).await.unwrap();
            assert!(peer.try_next().await.is_none());
        };
        let (error, ()) = tokio::join!(client.call::<Lookup>(&cx, &args), answering);
        assert_eq!(error.unwrap_err().kind(), ErrorKind::ProtocolError);
        assert!(client.call::<Lookup>(&cx, &args).await.is_err());
    }
}

#[tokio::test]
async fn file_descriptors_go_both_ways() {
    let daemon = Daemon::new();
    let (client, mut peer) = client_of(&daemon).await;
    let cx = cx();
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(b"hello").unwrap();
    file.rewind().unwrap();
    let args = remote::DomainOpenGraphicsFdArgs::default();
    let answering = async {
        peer.answer::<remote::ConnectSupportsFeature>(|_| remote::ConnectSupportsFeatureRet { supported: 1 })
            .await;
        let (header, _) = peer.next_call::<remote::DomainOpenGraphicsFd>().await;
        let mut packet = Vec::new();
        header.answer(PacketType::ReplyWithFiles, Status::Ok).write(Some(1), &(), &mut packet).unwrap();
        peer.socket.write_all(&packet).await.unwrap();
        let files = [file.as_fd()];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        control.push(SendAncillaryMessage::ScmRights(&files));
        rustix::net::sendmsg(&peer.socket, &[IoSlice::new(&[0])], &mut control, SendFlags::empty()).unwrap();
    };
    let calling = client.call_with_files::<remote::DomainOpenGraphicsFd>(&cx, &args, Vec::new());
    let (got, ()) = tokio::join!(calling, answering);
    let ((), files) = got.unwrap();
    let mut text = String::new();
    std::fs::File::from(files.into_iter().next().unwrap()).read_to_string(&mut text).unwrap();
    assert_eq!(text, "hello");
}
