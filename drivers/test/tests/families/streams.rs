use super::*;
use omnivirt_core::stream::ByteStream;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;

/// Reads until the text ends so.
async fn until(stream: &mut ByteStream, end: &str) -> String {
    let mut text = String::new();
    let mut buffer = [0; 64];
    while !text.ends_with(end) {
        let count = stream.read(&mut buffer).await.unwrap();
        assert!(count > 0, "{text}");
        text.push_str(std::str::from_utf8(&buffer[..count]).unwrap());
    }
    text
}

#[tokio::test]
async fn the_console_lets_users_in_and_obeys_them() {
    let connection = open().await;
    let domain = rich(&connection).await;
    domain.set_user_password("root", "secret", UserPasswordOptions::default()).await.unwrap();
    let mut console = domain.open_console(None, ConsoleOptions::default()).await.unwrap();
    assert_eq!(kind(domain.open_console(None, ConsoleOptions::default()).await), ErrorKind::ResourceBusy);
    for (password, end) in [("wrong", "login: "), ("secret", "# ")] {
        if password == "wrong" {
            until(&mut console, "login: ").await;
        }
        console.write(b"root\r").await.unwrap();
        until(&mut console, "Password: ").await;
        console.write(format!("{password}\r").as_bytes()).await.unwrap();
        until(&mut console, end).await;
    }
    assert_eq!(
        domain.guest_info(GuestInfoGroups::default().users(true)).await.unwrap().users[0].name,
        "root"
    );
    console.write(b"echo hello\r").await.unwrap();
    assert!(until(&mut console, "# ").await.contains("\r\nhello\r\n"));
    let mut events = watch(&connection).await;
    console.write(b"poweroff\r").await.unwrap();
    while console.read(&mut [0; 64]).await.unwrap() > 0 {}
    let events = told(&mut events);
    assert_eq!(events.iter().map(|event| word(&event.body)).collect::<Vec<_>>(), ["Stopped(Shutdown)"]);
    assert_eq!(events[0].cause.initiator, omnivirt_core::event::Initiator::Guest);
    assert_eq!(kind(domain.open_console(None, ConsoleOptions::default()).await), ErrorKind::InvalidState);
}

#[tokio::test]
async fn a_console_can_be_taken_by_force_and_channels_echo() {
    let connection = open().await;
    let domain = rich(&connection).await;
    let mut first = domain.open_console(Some("console0"), ConsoleOptions::default()).await.unwrap();
    let second = domain.open_console(Some("console0"), ConsoleOptions::default().force(true)).await.unwrap();
    while first.read(&mut [0; 64]).await.unwrap() > 0 {}
    drop(second);
    assert_eq!(
        kind(domain.open_console(Some("nothing"), ConsoleOptions::default()).await),
        ErrorKind::DeviceMissing
    );
    let mut channel = domain.open_channel(Some("com.example.echo"), ChannelOptions::default()).await.unwrap();
    channel.write(b"ping").await.unwrap();
    assert_eq!(until(&mut channel, "ping").await, "ping");
    let agent = domain.open_channel(Some("org.qemu.guest_agent.0"), ChannelOptions::default()).await;
    assert_eq!(kind(agent), ErrorKind::ResourceBusy);
    let without = connection.domain_by_name("test").await.unwrap();
    assert_eq!(kind(without.open_channel(None, ChannelOptions::default()).await), ErrorKind::DeviceMissing);
    assert_eq!(kind(without.open_console(None, ConsoleOptions::default()).await), ErrorKind::DeviceMissing);
}

#[tokio::test]
async fn the_screen_is_a_picture_that_changes() {
    let connection = open().await;
    let domain = rich(&connection).await;
    let take = |domain: Domain| async move {
        let mut stream = domain.screenshot(0).await.unwrap();
        assert_eq!(stream.content_type(), Some("image/png"));
        stream.read_to_end(1 << 20).await.unwrap()
    };
    let first = take(domain.clone()).await;
    assert!(first.starts_with(b"\x89PNG\r\n\x1a\n"));
    assert_eq!(take(domain.clone()).await, first);
    domain.send_key(KeycodeSet::Linux, &[30], 0).await.unwrap();
    assert_ne!(take(domain.clone()).await, first);
    assert_eq!(kind(domain.screenshot(1).await), ErrorKind::DeviceMissing);
    domain.destroy(DestroyOptions::default()).await.unwrap();
    assert_eq!(kind(domain.screenshot(0).await), ErrorKind::InvalidState);
}

/// Goes through the handshake of VNC and asks for the screen once.
fn view(mut socket: UnixStream) -> std::io::Result<Vec<u8>> {
    let mut version = [0; 12];
    socket.read_exact(&mut version)?;
    socket.write_all(&version)?;
    let mut ways = [0; 2];
    socket.read_exact(&mut ways)?;
    assert_eq!(ways, [1, 1]);
    socket.write_all(&[1])?;
    socket.read_exact(&mut [0; 4])?;
    socket.write_all(&[1])?;
    let mut described = [0; 24];
    socket.read_exact(&mut described)?;
    let mut name = vec![0; described[23].into()];
    socket.read_exact(&mut name)?;
    assert_eq!(name, b"rich");
    socket.write_all(&[3, 0, 0, 0, 0, 0, 2, 128, 1, 144])?;
    let mut picture = vec![0; 16 + 640 * 400 * 4];
    socket.read_exact(&mut picture)?;
    Ok(picture)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_of_vnc_sees_the_screen() {
    let connection = open().await;
    let domain = rich(&connection).await;
    let mut events = watch(&connection).await;
    let socket: OwnedFd = domain.open_graphics(0, GraphicsOptions::default()).await.unwrap();
    let picture = tokio::task::spawn_blocking(move || view(socket.into())).await.unwrap().unwrap();
    assert!(picture[16..].contains(&255));
    let mut phases = Vec::new();
    while phases.len() < 3 {
        match events.recv().await {
            Some(Delivery::Event(event)) => phases.push(word(&event.body)),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(phases, ["GraphicsConnect", "GraphicsInitialize", "GraphicsDisconnect"]);
    let (near, far) = UnixStream::pair().unwrap();
    domain.open_graphics_on(1, far.into(), GraphicsOptions::default()).await.unwrap();
    drop(near);
    assert_eq!(kind(domain.open_graphics(2, GraphicsOptions::default()).await), ErrorKind::DeviceMissing);
    let file: OwnedFd = std::fs::File::open("/proc/self/status").unwrap().into();
    assert_eq!(
        kind(domain.open_graphics_on(0, file, GraphicsOptions::default()).await),
        ErrorKind::InvalidArgument
    );
    domain.graphics_reload(GraphicsReload::Vnc).await.unwrap();
    let without = connection.domain_by_name("test").await.unwrap();
    assert_eq!(kind(without.graphics_reload(GraphicsReload::Any).await), ErrorKind::DeviceMissing);
}
