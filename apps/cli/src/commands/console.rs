//! `console`.

use super::DomainArgument;
use crate::error::Context;
use crate::session::Session;
use crate::terminal::{Keyboard, RawMode};
use clap::Args;
use omnivirt::stream::ByteStream;
use omnivirt::{ConsoleOptions, Error, ErrorKind, Result};
use std::io::Write;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::Receiver;
use tokio::sync::oneshot;

/// Talk to a guest on its serial or virtual console
///
/// It ends when the escape character is typed, when the guest's run ends, or when --timeout has passed, then with exit code 4. What
/// the guest says goes to standard output; all else that this command says, to standard error. At a terminal all other keys go to
/// the guest, Ctrl-C too. Otherwise what is on standard input goes there, and at its end the guest is listened to until one of the
/// above.
///
/// Example: omnivirt console web
///
/// Example: omnivirt console web </dev/null | grep -m 1 'login:'
#[derive(Debug, Args)]
pub(crate) struct Console {
    #[command(flatten)]
    domain: DomainArgument,
    /// The alias of the console, serial or parallel port, such as serial0; the first console unless given
    #[arg(long, value_name = "ALIAS", alias = "devname")]
    device: Option<String>,
    /// Take it from whoever has it
    #[arg(long)]
    force: bool,
    /// Fail if the driver cannot keep others out meanwhile
    #[arg(long)]
    safe: bool,
    /// The character that ends it: as in ^], or none
    #[arg(short, long, value_name = "CHARACTER", default_value = "^]", value_parser = escape)]
    escape: Escape,
}

/// What ends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Escape {
    Nothing,
    /// The character, and its name if it is a control character.
    Character(u8, Option<char>),
}

fn escape(text: &str) -> Result<Escape, String> {
    match *text.as_bytes() {
        [b'^', name @ b'@'..=b'_'] => Ok(Escape::Character(name ^ 0x40, Some(char::from(name)))),
        [b'^', name @ b'a'..=b'z'] => {
            let name = name.to_ascii_uppercase();
            Ok(Escape::Character(name ^ 0x40, Some(char::from(name))))
        }
        [character @ b'!'..=b'~'] => Ok(Escape::Character(character, None)),
        _ if text == "none" => Ok(Escape::Nothing),
        _ => Err(format!("'{text}' is no character such as ^], ^T or ~; 'none' switches it off")),
    }
}

impl Escape {
    fn byte(self) -> Option<u8> {
        match self {
            Self::Nothing => None,
            Self::Character(byte, _) => Some(byte),
        }
    }

    /// As virsh says it.
    fn told(self) -> Option<String> {
        match self {
            Self::Nothing => None,
            Self::Character(_, Some(name)) => Some(format!("Escape character is ^{name} (Ctrl + {name})")),
            Self::Character(byte, None) => Some(format!("Escape character is {}", char::from(byte))),
        }
    }
}

impl Console {
    pub(crate) async fn run(self, session: &mut Session) -> Result<()> {
        let domain = self.domain.find(session).await?;
        let options = ConsoleOptions::default().force(self.force).safe(self.safe);
        let stream = domain.open_console(self.device.as_deref(), options).await?;
        say(session, &format!("Connected to domain '{}'", domain.name()))?;
        if let Some(told) = self.escape.told() {
            say(session, &told)?;
        }
        session.output.flush()?;
        let raw = RawMode::begin()?;
        let is_typed = raw.is_some();
        let outcome = talk(stream, self.escape, session.options.timeout, is_typed).await;
        drop(raw);
        if is_typed {
            // What the guest said last need not have ended its line.
            say(session, "")?;
        }
        outcome
    }
}

/// Says something beside what the guest says.
fn say(session: &mut Session, text: &str) -> Result<()> {
    if session.output.is_json() {
        return if text.is_empty() { Ok(()) } else { session.output.note(text) };
    }
    if session.options.quiet {
        return Ok(());
    }
    writeln!(std::io::stderr().lock(), "{text}").context(|| "cannot write to standard error".into())
}

async fn talk(stream: ByteStream, escape: Escape, limit: Option<Duration>, is_typed: bool) -> Result<()> {
    let (from_guest, to_guest) = tokio::io::split(stream);
    let Keyboard { keys, left, unheard, .. } = &mut Keyboard::open(escape.byte())?;
    // Somebody at a terminal leaves at once; what was piped before the escape character is still passed on.
    let (at_once, in_turn) = if is_typed { (Some(left), None) } else { (None, Some(left)) };
    tokio::select! {
        biased;
        () = told(at_once) => Ok(()),
        // Whoever looked for something in what the guest says has found it.
        () = told(Some(unheard)) => Ok(()),
        told = told_to_end(), if is_typed => Err(told),
        shown = show(from_guest) => shown,
        typed = async {
            type_in(keys, to_guest).await?;
            told(in_turn).await;
            Ok(())
        } => typed,
        () = tokio::time::sleep(limit.unwrap_or_default()), if limit.is_some() => {
            Err(Error::new(ErrorKind::Timeout, "the time was over before the console was left"))
        }
    }
}

/// Resolves when the keyboard tells that, if it is listened to here.
async fn told(what: Option<&mut oneshot::Receiver<()>>) {
    let is_told = match what {
        Some(what) => what.await.is_ok(),
        None => false,
    };
    if !is_told {
        std::future::pending().await
    }
}

/// Shows what the guest says until it says no more.
async fn show(mut guest: ReadHalf<ByteStream>) -> Result<()> {
    let mut screen = tokio::io::stdout();
    let mut buffer = vec![0; 16_384];
    loop {
        let count = guest.read(&mut buffer).await.map_err(of_stream)?;
        if count == 0 {
            return Ok(());
        }
        let shown = async {
            screen.write_all(&buffer[..count]).await?;
            screen.flush().await
        };
        shown.await.context(|| "cannot write to standard output".into())?;
    }
}

/// Passes on what is typed, to its end, which is not that of the guest's words.
async fn type_in(keys: &mut Receiver<Vec<u8>>, mut guest: WriteHalf<ByteStream>) -> Result<()> {
    while let Some(keys) = keys.recv().await {
        let taken = async {
            guest.write_all(&keys).await?;
            guest.flush().await
        };
        if let Err(error) = taken.await {
            // A guest that has ended takes nothing; it is its last words that count.
            return match error.kind() {
                std::io::ErrorKind::BrokenPipe => std::future::pending().await,
                _ => Err(of_stream(error)),
            };
        }
    }
    Ok(())
}

fn of_stream(error: std::io::Error) -> Error {
    // A driver's own error has travelled as an I/O error.
    match error.downcast::<Error>() {
        Ok(error) => error,
        Err(error) => Error::new(ErrorKind::System, "the console failed").with_source(error),
    }
}

/// Somebody ends this program while the terminal is not as it was.
async fn told_to_end() -> Error {
    let ended = Error::new(ErrorKind::Cancelled, "ended by a signal");
    let (Ok(mut terminate), Ok(mut hang_up)) =
        (signal(SignalKind::terminate()), signal(SignalKind::hangup()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => ended,
        _ = hang_up.recv() => ended,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_characters() {
        assert_eq!(escape("^]"), Ok(Escape::Character(0x1d, Some(']'))));
        assert_eq!(escape("^t"), Ok(Escape::Character(0x14, Some('T'))));
        assert_eq!(escape("~"), Ok(Escape::Character(b'~', None)));
        assert_eq!(escape("none"), Ok(Escape::Nothing));
        for text in ["", "^]]", "ab", "ä", " "] {
            assert!(escape(text).is_err(), "{text}");
        }
    }
}
