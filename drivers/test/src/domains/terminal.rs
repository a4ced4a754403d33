//! What answers on a simulated guest's serial console: a login, and a shell of a few words.

use super::table::DomainEntry;
use crate::host::Host;
use omnivirt_core::event::Cause;
use omnivirt_core::stream::ByteStream;
use omnivirt_core::{ErrorKind, Result};
use std::sync::{Arc, Weak};

/// How much can be on its way to the reader of a console.
pub(crate) const BUFFER_BYTES: usize = 4096;

/// The longest line that is taken.
const LONGEST_LINE: usize = 1024;

/// The guest's end of a console.
pub(crate) struct Terminal {
    pub(crate) stream: ByteStream,
    pub(crate) host: Weak<Host>,
    pub(crate) entry: Arc<DomainEntry>,
    /// The number of the run whose console it is.
    pub(crate) run: u32,
}

impl Terminal {
    /// Serves whoever has the console open, until they close it.
    pub(crate) async fn serve(mut self) {
        // A reader that has gone is the ordinary end.
        let _ = self.log_in_again_and_again().await;
    }

    async fn log_in_again_and_again(&mut self) -> Result<()> {
        let Some(name) = self.with_guest(|domain, _| domain.guest_name()) else { return Ok(()) };
        loop {
            self.write(&format!("\r\nOmnivirt simulated guest\r\n\r\n{name} login: ")).await?;
            let user = self.read_line(true).await?;
            self.write("Password: ").await?;
            let password = self.read_line(false).await?;
            if self.with_guest(|domain, _| domain.guest_lets_in(&user, &password)) != Some(true) {
                self.write("\r\nLogin incorrect\r\n").await?;
                continue;
            }
            self.note_login(&user, true);
            let done = self.shell(&user, &name).await;
            self.note_login(&user, false);
            done?;
        }
    }

    async fn shell(&mut self, user: &str, name: &str) -> Result<()> {
        let prompt = format!("{user}@{name}:~{} ", if user == "root" { '#' } else { '$' });
        loop {
            self.write(&prompt).await?;
            let line = self.read_line(true).await?;
            let (command, arguments) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
            match command {
                "" => {}
                "exit" | "logout" => return Ok(()),
                "echo" => self.write(&format!("{arguments}\r\n")).await?,
                "hostname" => self.write(&format!("{name}\r\n")).await?,
                "whoami" => self.write(&format!("{user}\r\n")).await?,
                // The end of the run, or its new start, ends this terminal too.
                "poweroff" => {
                    self.with_guest(|domain, host| domain.guest_powers_off(host, &Cause::guest()));
                }
                "reboot" => {
                    self.with_guest(|domain, host| domain.guest_reboots(host, &Cause::guest()));
                    return Ok(());
                }
                other => self.write(&format!("{other}: command not found\r\n")).await?,
            }
        }
    }

    fn note_login(&self, user: &str, is_in: bool) {
        self.with_guest(|domain, host| {
            let Some(run) = &mut domain.run else { return };
            let logged_in = &mut run.extras.guest.logged_in;
            if is_in {
                logged_in.push((user.to_owned(), host.clock.now()));
            } else {
                logged_in.retain(|(name, _)| name != user);
            }
        });
    }

    /// Does something with the domain, if it is still in the same run.
    fn with_guest<T>(&self, action: impl FnOnce(&mut super::state::Simulated, &Host) -> T) -> Option<T> {
        let host = self.host.upgrade()?;
        let mut domain = self.entry.lock().ok()?;
        domain.run.as_ref().filter(|run| run.id == self.run)?;
        Some(action(&mut domain, &host))
    }

    async fn write(&mut self, text: &str) -> Result<()> {
        self.stream.write(text.as_bytes()).await
    }

    /// Reads a line, showing what is typed as terminals do.
    async fn read_line(&mut self, shown: bool) -> Result<String> {
        let mut line = Vec::new();
        loop {
            let mut byte = [0];
            if self.stream.read(&mut byte).await? == 0 {
                return Err(omnivirt_core::Error::new(ErrorKind::System, "the console was closed"));
            }
            match byte[0] {
                b'\r' | b'\n' => {
                    self.write("\r\n").await?;
                    return Ok(String::from_utf8_lossy(&line).into_owned());
                }
                // Backspace and delete.
                0x08 | 0x7f => {
                    let is_erased = line.pop().is_some();
                    if is_erased && shown {
                        self.write("\u{8} \u{8}").await?;
                    }
                }
                byte if byte >= b' ' && line.len() < LONGEST_LINE => {
                    line.push(byte);
                    if shown {
                        self.stream.write(&[byte]).await?;
                    }
                }
                _ => {}
            }
        }
    }
}

/// Serves a channel to a program in the guest, which sends back whatever it receives.
pub(crate) async fn echo(mut stream: ByteStream) {
    let mut buffer = [0; 1024];
    while let Ok(count @ 1..) = stream.read(&mut buffer).await {
        if stream.write(&buffer[..count]).await.is_err() {
            return;
        }
    }
}
