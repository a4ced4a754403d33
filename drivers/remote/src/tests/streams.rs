//! Streams.

use super::{Daemon, client_of, cx};
use omnivirt_core::ErrorKind;
use omnivirt_core::stream::ByteStream;
use omnivirt_wire::packet::{Header, PacketType, Status};
use omnivirt_wire::procedure::Call;
use omnivirt_wire::remote;

async fn open<C: Call<Args: Default, Ret: Default>>(
    client: &crate::client::Client,
    peer: &mut super::daemon::Peer,
) -> (ByteStream, Header) {
    let (cx, args) = (cx(), C::Args::default());
    let (stream, header) =
        tokio::join!(client.open_stream::<C>(&cx, &args), peer.answer::<C>(|_| C::Ret::default()));
    (stream.unwrap().1, header)
}

#[tokio::test]
async fn a_download_ends_when_both_sides_say_so() {
    let daemon = Daemon::new();
    let (client, mut peer) = client_of(&daemon).await;
    let (mut stream, header) = open::<remote::StorageVolDownload>(&client, &mut peer).await;
    let sending = async {
        peer.stream(&header, Status::Continue, b"some ").await;
        let mut hole = Vec::new();
        hole.extend_from_slice(&header.answer(PacketType::StreamHole, Status::Continue).before(12).unwrap());
        hole.extend_from_slice(&[0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0]);
        tokio::io::AsyncWriteExt::write_all(&mut peer.socket, &hole).await.unwrap();
        peer.stream(&header, Status::Continue, b"data").await;
        peer.stream(&header, Status::Continue, b"").await;
        assert_eq!(peer.next_stream().await, (Status::Ok as i32, "".into()));
        peer.stream(&header, Status::Ok, b"").await;
    };
    let (bytes, ()) = tokio::join!(stream.read_to_end(100), sending);
    assert_eq!(bytes.unwrap(), b"some \0\0\0data");
}

#[tokio::test]
async fn an_upload_is_told_of_a_late_failure() {
    let daemon = Daemon::new();
    let (client, mut peer) = client_of(&daemon).await;
    let (mut stream, _) = open::<remote::StorageVolUpload>(&client, &mut peer).await;
    let taking = async {
        let mut taken = 0;
        loop {
            let packet = peer.next().await;
            if packet.header.is(Status::Ok) {
                peer.refuse(&packet.header, 38, 0, "cannot write to stream: No space left on device").await;
                return taken;
            }
            assert!(packet.payload.len() <= 262_120);
            taken += packet.payload.len();
        }
    };
    let writing = async {
        stream.write(&vec![7; 1_000_000]).await.unwrap();
        stream.finish().await.unwrap_err()
    };
    let (error, taken) = tokio::join!(writing, taking);
    assert_eq!((error.kind(), error.libvirt_code(), taken), (ErrorKind::System, 38, 1_000_000), "{error}");
}

#[tokio::test]
async fn a_stream_that_is_dropped_is_aborted_and_what_still_comes_is_thrown_away() {
    let daemon = Daemon::new();
    let (client, mut peer) = client_of(&daemon).await;
    let (stream, header) = open::<remote::DomainOpenConsole>(&client, &mut peer).await;
    drop(stream);
    assert_eq!(peer.next_stream().await, (Status::Error as i32, "".into()));
    peer.stream(&header, Status::Continue, b"late").await;
    peer.stream(&header, Status::Ok, b"").await;
    assert!(peer.until_pong().await.is_empty());
}

#[tokio::test]
async fn a_console_goes_both_ways_and_ends_with_the_connection() {
    let daemon = Daemon::new();
    let (client, mut peer) = client_of(&daemon).await;
    let (mut stream, header) = open::<remote::DomainOpenConsole>(&client, &mut peer).await;
    stream.write(b"root\n").await.unwrap();
    assert_eq!(peer.next_stream().await, (Status::Continue as i32, "root\n".into()));
    peer.stream(&header, Status::Continue, b"password:").await;
    let mut bytes = [0; 9];
    assert_eq!(stream.read(&mut bytes).await.unwrap(), 9);
    drop(peer);
    let error = stream.read(&mut bytes).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionClosed, "{error}");
}

#[tokio::test]
async fn a_stream_that_is_read_late_holds_the_daemon_back_and_loses_nothing() {
    const PACKETS: usize = 400;
    let daemon = Daemon::new();
    let (client, mut peer) = client_of(&daemon).await;
    let (mut stream, header) = open::<remote::StorageVolDownload>(&client, &mut peer).await;
    let (half, mut has_half) = tokio::sync::watch::channel(0);
    let sending = tokio::spawn(async move {
        let data = vec![5; 100_000];
        for number in 1..=PACKETS {
            peer.stream(&header, Status::Continue, &data).await;
            half.send_replace(number);
        }
        peer.stream(&header, Status::Continue, b"").await;
        peer.next_stream().await;
        peer.stream(&header, Status::Ok, b"").await;
        peer
    });
    // More than the queue holds does not get through while nobody reads.
    has_half.wait_for(|sent| *sent > 80).await.unwrap();
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
    let sent = *has_half.borrow();
    assert!(sent < 100, "{sent} packets were taken in");
    let bytes = stream.read_to_end(1 << 30).await.unwrap();
    assert_eq!(bytes.len(), PACKETS * 100_000);
    sending.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_nobody_reads_is_given_up_and_calls_go_on() {
    let daemon = Daemon::new();
    let (client, mut peer) = client_of(&daemon).await;
    let (mut stream, header) = open::<remote::StorageVolDownload>(&client, &mut peer).await;
    let data = vec![5; 1_000_000];
    let sending = async {
        for _ in 0..12 {
            peer.stream(&header, Status::Continue, &data).await;
        }
        loop {
            let packet = peer.next().await;
            if packet.header.procedure == remote::ConnectGetHostname::PROCEDURE.number {
                peer.reply::<remote::ConnectGetHostname>(&packet.header, &Default::default()).await;
                return;
            }
        }
    };
    let cx = cx();
    let (answer, ()) = tokio::join!(client.call::<remote::ConnectGetHostname>(&cx, &()), sending);
    answer.unwrap();
    let error = stream.read_to_end(1 << 30).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded, "{error}");
}
