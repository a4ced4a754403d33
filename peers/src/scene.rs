//! A daemon under attack, and a well-behaved client of it that must notice nothing.

use crate::daemon::Daemon;
use crate::raw::RawClient;
use crate::{Result, omnivirtd};
use omnivirt_wire::remote::ConnectGetHostname;
use std::io::Read;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The most that an attack may cost the daemon in memory.
pub const MOST_GROWTH: u64 = 64 << 20;
/// The longest that the well-behaved client may wait for an answer. Idle it is a fraction of a millisecond; the machine
/// has the attackers' work to do besides.
const LONGEST_CALL: Duration = Duration::from_secs(2);

/// A daemon, and the client that watches over it.
#[derive(Debug)]
pub struct Scene {
    daemon: Daemon,
    before: Before,
    stop: Arc<AtomicBool>,
    witness: JoinHandle<Result<Duration>>,
}

/// What the daemon had before the attack.
#[derive(Debug, Clone, Copy)]
struct Before {
    resident_bytes: u64,
    files: usize,
}

impl Scene {
    /// Starts a daemon and its witness.
    ///
    /// # Errors
    ///
    /// The daemon does not start.
    pub fn begin() -> Result<Self> {
        let daemon = omnivirtd::start_with("[log]\nlevel = \"warn\"\n")?;
        let client = RawClient::open(daemon.socket(), "test:///default")?;
        let stop = Arc::new(AtomicBool::new(false));
        let witness = std::thread::spawn({
            let stop = stop.clone();
            move || witness(client, &stop)
        });
        // A first client and its end, so that what the daemon sets up once is set up.
        end_of(UnixStream::connect(daemon.socket()).map_err(|error| error.to_string())?)?;
        let before = Before { resident_bytes: daemon.resident_bytes()?, files: daemon.open_files()? };
        daemon.forget_peak()?;
        Ok(Self { daemon, before, stop, witness })
    }

    /// The daemon.
    #[must_use]
    pub fn daemon(&self) -> &Daemon {
        &self.daemon
    }

    /// Ends it all, and says what the daemon or its witness has to complain about.
    ///
    /// # Errors
    ///
    /// The daemon has ended, panicked, grown by more than `most_growth`, kept file descriptors, or let its witness wait.
    pub fn end(mut self, most_growth: u64) -> Result<()> {
        if !self.daemon.runs() {
            return Err(format!("the daemon has ended: {}", self.daemon.output()));
        }
        self.stop.store(true, Ordering::Relaxed);
        let longest = self.witness.join().map_err(|_| "the witness panicked")??;
        let growth = self.daemon.peak_resident_bytes()?.saturating_sub(self.before.resident_bytes);
        eprintln!("grown by {} KiB at most; the longest call took {} ms", growth / 1024, longest.as_millis());
        // The witness itself is gone by now, or goes soon.
        let end = Instant::now() + Duration::from_secs(10);
        while self.daemon.open_files()? > self.before.files {
            if Instant::now() > end {
                return Err(format!(
                    "{} open files, and {} before",
                    self.daemon.open_files()?,
                    self.before.files
                ));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let output = self.daemon.output();
        self.daemon.stop()?;
        if output.contains("panicked") {
            return Err(format!("the daemon panicked: {output}"));
        }
        if growth > most_growth {
            return Err(format!("the daemon has grown by {} KiB", growth / 1024));
        }
        if longest > LONGEST_CALL {
            return Err(format!("a call of another client took {} ms", longest.as_millis()));
        }
        Ok(())
    }
}

/// Calls all the time, and says how long the longest call took.
fn witness(mut client: RawClient, stop: &AtomicBool) -> Result<Duration> {
    let mut longest = Duration::ZERO;
    while !stop.load(Ordering::Relaxed) {
        let started = Instant::now();
        client.call::<ConnectGetHostname>(&()).map_err(|error| format!("another client: {error}"))?;
        longest = longest.max(started.elapsed());
        std::thread::sleep(Duration::from_millis(2));
    }
    Ok(longest)
}

/// Says that nothing more comes, reads what there is, and waits until the daemon has closed the connection.
///
/// # Errors
///
/// It does not close it.
pub fn end_of(mut socket: UnixStream) -> Result<()> {
    // It may be closed already.
    let _ = socket.shutdown(Shutdown::Write);
    socket.set_read_timeout(Some(Duration::from_secs(20))).map_err(|error| error.to_string())?;
    let mut chunk = [0; 4096];
    loop {
        match socket.read(&mut chunk) {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => return Ok(()),
            Err(error) => return Err(format!("the connection is not closed: {error}")),
        }
    }
}
