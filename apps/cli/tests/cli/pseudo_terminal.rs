//! The program at a terminal: a pseudo-terminal whose other end is the test's.

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::fs::{Mode, OFlags};
use rustix::pty::OpenptFlags;
use rustix::termios::{LocalModes, tcgetattr};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, ExitStatus, Stdio};

/// How long anything may take before a test fails.
const PATIENCE: Timespec = Timespec { tv_sec: 30, tv_nsec: 0 };

/// A program and its terminal.
pub(crate) struct Terminal {
    child: Child,
    /// Where the test types and reads.
    near: OwnedFd,
    /// The program's end, to see how it is set.
    far: OwnedFd,
    /// What was read and not yet looked for.
    screen: String,
}

impl Terminal {
    /// Runs a program with the terminal as all of its standard streams.
    pub(crate) fn run(mut command: Command) -> Self {
        let near = rustix::pty::openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)
            .expect("there are pseudo-terminals");
        rustix::pty::grantpt(&near).expect("it is ours");
        rustix::pty::unlockpt(&near).expect("it is ours");
        let name = rustix::pty::ptsname(&near, Vec::new()).expect("it has a name");
        let far = rustix::fs::open(&*name, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty())
            .expect("the program's end opens");
        let stream = || Stdio::from(far.try_clone().expect("it can be had again"));
        let child =
            command.stdin(stream()).stdout(stream()).stderr(stream()).spawn().expect("the program runs");
        Self { child, near, far, screen: String::new() }
    }

    /// Reads until that text is there; what stands before it.
    pub(crate) fn wait_for(&mut self, text: &str) -> String {
        loop {
            if let Some(at) = self.screen.find(text) {
                let rest = self.screen.split_off(at + text.len());
                let mut before = std::mem::replace(&mut self.screen, rest);
                before.truncate(at);
                return before;
            }
            let mut watched = [PollFd::new(&self.near, PollFlags::IN)];
            let ready = rustix::event::poll(&mut watched, Some(&PATIENCE)).expect("it can be waited for");
            assert!(ready > 0, "'{text}' does not come; there is: {}", self.screen);
            let mut bytes = [0; 1024];
            let count = rustix::io::read(&self.near, &mut bytes).expect("it can be read");
            self.screen += std::str::from_utf8(&bytes[..count]).expect("the guest writes ASCII");
        }
    }

    pub(crate) fn types(&self, text: &str) {
        let written = rustix::io::write(&self.near, text.as_bytes()).expect("it can be typed");
        assert_eq!(written, text.len());
    }

    /// Whether the terminal waits for whole lines, and makes signals of Ctrl-C.
    pub(crate) fn is_as_usual(&self) -> bool {
        let modes = tcgetattr(&self.far).expect("it is a terminal").local_modes;
        modes.contains(LocalModes::ICANON | LocalModes::ISIG | LocalModes::ECHO)
    }

    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        rustix::process::kill_process(rustix::process::Pid::from_child(&self.child), signal)
            .expect("it is ours");
    }

    /// Waits for the program's end.
    pub(crate) fn end(&mut self) -> ExitStatus {
        self.child.wait().expect("the program ends")
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
