//! Clients of a simulated graphical console. Those of VNC are served a picture of the screen, by RFC 6143; what others
//! send is read and dropped.

use super::screen::{HEIGHT, WIDTH};
use super::state::Simulated;
use super::table::DomainEntry;
use crate::host::{Clock, Host};
use omnivirt_core::event::*;
use omnivirt_core::{Error, ErrorKind, Result};
use omnivirt_host::{Session, spawn};
use std::io;
use std::os::unix::net::UnixStream as Socket;
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

/// How long a client waits for the next picture when it only wants what has changed.
const BETWEEN_PICTURES: Duration = Duration::from_millis(500);

/// The longest text from a client's clipboard that is skipped.
const LONGEST_TEXT: u32 = 1 << 20;

/// A client that has been let in.
#[derive(Debug)]
pub(crate) struct Viewer {
    pub(crate) host: Weak<Host>,
    pub(crate) entry: Arc<DomainEntry>,
    pub(crate) run: u32,
    /// Which client of the run it is, counted from 1.
    pub(crate) number: u64,
    pub(crate) is_vnc: bool,
    /// What the console asks for; none where it asks for nothing.
    pub(crate) password: Option<String>,
    pub(crate) cause: Cause,
}

/// How a client wants pixels: their size, and what a white one is.
#[derive(Debug, Clone)]
struct PixelFormat {
    bytes: usize,
    white: Vec<u8>,
}

impl Viewer {
    /// Begins to serve the client.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` for a descriptor that is no socket, `Internal` if no tokio runtime is here.
    pub(crate) fn welcome(
        self,
        domain: &Simulated,
        host: &Host,
        session: Session,
        socket: Socket,
    ) -> Result<()> {
        // Outside of a runtime the socket could not even be looked at.
        spawn(async {})?;
        let refuse = |error: io::Error| {
            Error::new(
                ErrorKind::InvalidArgument,
                format!("the descriptor is no socket that could be served: {error}"),
            )
            .with_source(error)
        };
        socket.set_nonblocking(true).map_err(refuse)?;
        let stream = UnixStream::from_std(socket).map_err(refuse)?;
        domain.emit_body(host, &self.cause, self.event(GraphicsPhase::Connect));
        if !self.is_vnc {
            domain.emit_body(host, &self.cause, self.event(GraphicsPhase::Initialize));
        }
        let clock = host.clock.clone();
        spawn(async move {
            // A client that breaks off, or off the rules, is only let go of.
            let _ = session.serve(self.serve(stream, &clock)).await;
            self.tell(GraphicsPhase::Disconnect);
        })
    }

    fn event(&self, phase: GraphicsPhase) -> Graphics {
        let end = |node: String| GraphicsAddress::new(GraphicsAddressFamily::Unix, node, "");
        let scheme = if phase == GraphicsPhase::Connect { "" } else { "none" };
        Graphics::new(phase, end("host".into()), end(format!("client-{}", self.number)), scheme, Vec::new())
    }

    fn tell(&self, phase: GraphicsPhase) {
        self.with_domain(|domain, host| domain.emit_body(host, &self.cause, self.event(phase)));
    }

    /// Does something with the domain, if it is still in the same run.
    fn with_domain<T>(&self, action: impl FnOnce(&mut Simulated, &Host) -> T) -> Option<T> {
        let host = self.host.upgrade()?;
        let mut domain = self.entry.lock().ok()?;
        domain.run.as_ref().filter(|run| run.id == self.run)?;
        Some(action(&mut domain, &host))
    }

    async fn serve(&self, mut stream: UnixStream, clock: &Clock) -> io::Result<()> {
        if !self.is_vnc {
            tokio::io::copy(&mut stream, &mut tokio::io::sink()).await?;
            return Ok(());
        }
        if !self.shake_hands(&mut stream).await? {
            return Ok(());
        }
        self.tell(GraphicsPhase::Initialize);
        let mut format = PixelFormat::of(&PixelFormat::OWN);
        loop {
            match stream.read_u8().await? {
                0 => {
                    let mut described = [0; 19];
                    stream.read_exact(&mut described).await?;
                    format = PixelFormat::of(&described[3..]);
                }
                2 => {
                    let mut head = [0; 3];
                    stream.read_exact(&mut head).await?;
                    skip(&mut stream, u64::from(u16::from_be_bytes([head[1], head[2]])) * 4).await?;
                }
                3 => {
                    let mut wanted = [0; 9];
                    stream.read_exact(&mut wanted).await?;
                    if wanted[0] != 0 {
                        clock.sleep(BETWEEN_PICTURES).await;
                    }
                    let Some(update) = self.picture(&format) else { return Ok(()) };
                    stream.write_all(&update).await?;
                }
                4 => {
                    let mut key = [0; 7];
                    stream.read_exact(&mut key).await?;
                    self.with_domain(|domain, _| {
                        if let Some(run) = domain.run.as_mut().filter(|_| key[0] != 0) {
                            run.extras.input.keys += 1;
                        }
                    });
                }
                5 => skip(&mut stream, 5).await?,
                6 => {
                    let mut head = [0; 7];
                    stream.read_exact(&mut head).await?;
                    let length = u32::from_be_bytes([head[3], head[4], head[5], head[6]]);
                    if length > LONGEST_TEXT {
                        return Ok(());
                    }
                    skip(&mut stream, length.into()).await?;
                }
                _ => return Ok(()),
            }
        }
    }

    /// Agrees on a version and on how the client is let in, and describes the screen. False if it is not let in.
    async fn shake_hands(&self, stream: &mut UnixStream) -> io::Result<bool> {
        stream.write_all(b"RFB 003.008\n").await?;
        let mut version = [0; 12];
        stream.read_exact(&mut version).await?;
        if self.password.is_some() {
            // No way of letting in, and the reason.
            let reason = b"the simulated console cannot check passwords: open it with skip_auth";
            stream.write_u8(0).await?;
            stream.write_u32(reason.len() as u32).await?;
            stream.write_all(reason).await?;
            return Ok(false);
        }
        // One way: nothing is asked.
        stream.write_all(&[1, 1]).await?;
        if stream.read_u8().await? != 1 {
            return Ok(false);
        }
        stream.write_u32(0).await?;
        let _is_shared = stream.read_u8().await?;
        let Some(name) = self.with_domain(|domain, _| domain.name.clone()) else { return Ok(false) };
        stream.write_u16(WIDTH as u16).await?;
        stream.write_u16(HEIGHT as u16).await?;
        stream.write_all(&PixelFormat::OWN).await?;
        stream.write_u32(name.len() as u32).await?;
        stream.write_all(name.as_bytes()).await?;
        Ok(true)
    }

    /// The whole screen as one rectangle.
    fn picture(&self, format: &PixelFormat) -> Option<Vec<u8>> {
        let picture = self.with_domain(|domain, host| domain.draw(0, host.clock.now()))?;
        let mut update = Vec::with_capacity(16 + (WIDTH * HEIGHT) as usize * format.bytes);
        update.extend([0, 0, 0, 1, 0, 0, 0, 0]);
        update.extend((WIDTH as u16).to_be_bytes());
        update.extend((HEIGHT as u16).to_be_bytes());
        update.extend([0; 4]);
        for y in 0..HEIGHT {
            for x in 0..WIDTH {
                match picture.is_white(x, y) {
                    true => update.extend(&format.white),
                    false => update.resize(update.len() + format.bytes, 0),
                }
            }
        }
        Some(update)
    }
}

impl PixelFormat {
    /// Four bytes a pixel, of which three are used: blue, green and red.
    const OWN: [u8; 16] = [32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0];

    /// Reads what a client asks for.
    fn of(described: &[u8]) -> Self {
        let most = |at: usize| u32::from(u16::from_be_bytes([described[at], described[at + 1]]));
        let bytes = usize::from(described[0] / 8).clamp(1, 4);
        let colours = [(most(4), described[10]), (most(6), described[11]), (most(8), described[12])];
        let white =
            colours.into_iter().fold(0_u32, |white, (most, shift)| white | most.wrapping_shl(shift.into()));
        let white = match described[2] {
            0 => white.to_le_bytes()[..bytes].to_vec(),
            _ => white.to_be_bytes()[4 - bytes..].to_vec(),
        };
        Self { bytes, white }
    }
}

async fn skip(stream: &mut UnixStream, bytes: u64) -> io::Result<()> {
    tokio::io::copy(&mut stream.take(bytes), &mut tokio::io::sink()).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_is_written_as_the_client_wants_it() {
        assert_eq!(PixelFormat::of(&PixelFormat::OWN).white, [255, 255, 255, 0]);
        let of_16_bits = [16, 16, 1, 1, 0, 31, 0, 63, 0, 31, 11, 5, 0, 0, 0, 0];
        assert_eq!(PixelFormat::of(&of_16_bits).white, [0xff, 0xff]);
        assert_eq!(PixelFormat::of(&[0; 16]).bytes, 1);
    }
}
