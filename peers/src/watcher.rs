//! A program that goes on printing lines until it is interrupted.

use crate::Result;
use crate::daemon::pid;
use crate::program::{self, not_started};
use rustix::process::{Signal, kill_process};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

/// Such a program. Dropped, it is killed.
#[derive(Debug)]
pub struct Watcher {
    child: Child,
    lines: Receiver<String>,
    seen: Vec<String>,
}

impl Watcher {
    /// Starts it.
    ///
    /// # Errors
    ///
    /// It cannot be started.
    pub fn start(mut command: Command) -> Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(|error| not_started(&command, &error))?;
        let output = child.stdout.take().ok_or("it has no output")?;
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            BufReader::new(output).lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
        });
        Ok(Self { child, lines, seen: Vec::new() })
    }

    /// Whether it has printed anything yet, or does within that time.
    ///
    /// # Errors
    ///
    /// It has ended.
    pub fn sees_something(&mut self, patience: Duration) -> Result<bool> {
        Ok(!self.seen.is_empty() || self.next(patience)?.is_some())
    }

    /// The next line that it prints.
    ///
    /// # Errors
    ///
    /// There is none within that time, or it has ended.
    pub fn line(&mut self, patience: Duration) -> Result<String> {
        self.next(patience)?.ok_or_else(|| format!("prints nothing more after {:#?}", self.seen))
    }

    fn next(&mut self, patience: Duration) -> Result<Option<String>> {
        match self.lines.recv_timeout(patience) {
            Ok(line) => {
                self.seen.push(line.clone());
                Ok(Some(line))
            }
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(format!("has ended by itself after {:#?}", self.seen)),
        }
    }

    /// What it has printed so far, as far as it was asked for.
    #[must_use]
    pub fn seen(&self) -> &[String] {
        &self.seen
    }

    /// Interrupts it as a person does, and says its exit status.
    ///
    /// # Errors
    ///
    /// It does not end.
    pub fn interrupt(mut self) -> Result<Option<i32>> {
        let pid = pid(&self.child).ok_or("it has no pid")?;
        kill_process(pid, Signal::INT).map_err(|error| error.to_string())?;
        Ok(program::wait(&mut self.child, program::PATIENCE)?.code())
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        // It has ended already, unless something went wrong.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
