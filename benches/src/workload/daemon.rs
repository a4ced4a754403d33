//! Calls and events through a daemon, with a client that does nothing but write and read packets: what differs between
//! the sides is the daemon alone.

use super::{emit, nanoseconds};
use crate::Outcome;
use crate::statistics::quantile;
use omnivirt_peers::daemon::Daemon;
use omnivirt_peers::{libvirtd, omnivirtd};
use omnivirt_wire::packet::{Header, PacketType, Status};
use omnivirt_wire::procedure::Call;
use omnivirt_wire::remote::*;
use omnivirt_wire::structs::Domain;
use omnivirt_wire::xdr::Xdr;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// Runs a mode against the daemon that its first argument names: `omnivirtd`, `libvirtd`, or the path of the null server.
pub(super) fn run(arguments: &[&str]) -> Outcome {
    let (side, mode) = arguments.split_first().ok_or("which daemon?")?;
    let daemon = start(side)?;
    let socket = daemon.socket();
    match *mode {
        ["calls", times] => calls(socket, times.parse()?),
        ["callers", count, seconds] => callers(socket, count.parse()?, seconds.parse()?),
        ["connections", count, seconds] => connections(socket, count.parse()?, seconds.parse()?),
        ["open", times] => open(socket, times.parse()?),
        ["list", uri, times] => list(socket, uri, times.parse()?),
        ["fan-out", clients, pairs] => fan_out(socket, clients.parse()?, pairs.parse()?),
        ["memory", clients] => memory(&daemon, clients.parse()?),
        ["deaf", pairs] => deaf(&daemon, pairs.parse()?),
        _ => Err(format!("no such workload: {}", mode.join(" ")).into()),
    }
}

fn start(side: &str) -> Outcome<Daemon> {
    Ok(match side {
        "omnivirtd" => omnivirtd::start()?,
        "libvirtd" => libvirtd::start()?,
        program => {
            let folder = tempfile::tempdir()?;
            let mut command = Command::new(program);
            command.arg(folder.path().join("null-sock"));
            Daemon::start(command, folder, "null-sock", rustix::process::Signal::KILL, "nullserver")?
        }
    })
}

/// A connection, and what was read of it and not used yet.
struct Client {
    socket: UnixStream,
    buffer: Vec<u8>,
    have: usize,
    used: usize,
    serial: u32,
}

impl Client {
    fn open(socket: &Path, uri: &str) -> Outcome<Self> {
        let mut client = Self {
            socket: UnixStream::connect(socket)?,
            buffer: vec![0; 1 << 16],
            have: 0,
            used: 0,
            serial: 0,
        };
        client.call::<AuthList>(&())?;
        client.call::<ConnectOpen>(&ConnectOpenArgs { name: Some(uri.to_owned()), flags: 0 })?;
        Ok(client)
    }

    /// Calls, and waits for the answer. Events that come meanwhile are dropped.
    fn call<C: Call>(&mut self, args: &C::Args) -> Outcome<C::Ret> {
        self.send::<C>(args)?;
        Ok(C::Ret::from_bytes(self.reply(C::PROCEDURE.name)?)?)
    }

    fn send<C: Call>(&mut self, args: &C::Args) -> Outcome {
        self.serial += 1;
        let number = C::PROCEDURE.number;
        let header = Header::new(C::PROGRAM, number, PacketType::Call, self.serial, Status::Ok);
        let mut packet = Vec::with_capacity(64);
        header.write(None, args, &mut packet)?;
        Ok(self.socket.write_all(&packet)?)
    }

    /// The payload of the next reply.
    fn reply(&mut self, what: &str) -> Outcome<&[u8]> {
        loop {
            let (start, end) = self.packet()?;
            let word = |at: usize| self.buffer[start + at..start + at + 4] != [0; 4];
            // The type of a reply is 1 and that of an event 2; the status of a success is 0.
            if self.buffer[start + 19] == PacketType::Reply as u8 {
                if word(24) {
                    return Err(format!("{what} failed").into());
                }
                return Ok(&self.buffer[start + 28..end]);
            }
        }
    }

    /// Where the next packet begins and ends in the buffer.
    fn packet(&mut self) -> Outcome<(usize, usize)> {
        loop {
            if let Some(range) = self.whole() {
                return Ok(range);
            }
            if !self.read()? {
                return Err("the daemon closed the connection".into());
            }
        }
    }

    fn whole(&mut self) -> Option<(usize, usize)> {
        let length =
            self.buffer[self.used..self.have].first_chunk().map(|word| u32::from_be_bytes(*word) as usize)?;
        if self.have - self.used < length {
            if self.buffer.len() < length {
                self.buffer.resize(length, 0);
            }
            return None;
        }
        let start = self.used;
        self.used += length;
        Some((start, self.used))
    }

    fn read(&mut self) -> std::io::Result<bool> {
        self.buffer.copy_within(self.used..self.have, 0);
        self.have -= self.used;
        self.used = 0;
        let count = self.socket.read(&mut self.buffer[self.have..])?;
        self.have += count;
        Ok(count > 0)
    }

    fn test(&mut self) -> Outcome<Domain> {
        Ok(self.call::<DomainLookupByName>(&DomainLookupByNameArgs { name: "test".into() })?.dom)
    }

    fn register(&mut self) -> Outcome {
        let args = ConnectDomainEventCallbackRegisterAnyArgs { event_id: 0, dom: None };
        self.call::<ConnectDomainEventCallbackRegisterAny>(&args)?;
        Ok(())
    }

    /// Two events.
    fn stir(&mut self, dom: &Domain) -> Outcome {
        self.call::<DomainSuspend>(&DomainSuspendArgs { dom: dom.clone() })?;
        self.call::<DomainResume>(&DomainResumeArgs { dom: dom.clone() })?;
        Ok(())
    }
}

const URI: &str = "test:///default";

fn calls(socket: &Path, times: usize) -> Outcome {
    let mut client = Client::open(socket, URI)?;
    let mut took = Vec::with_capacity(times);
    for _ in 0..times + 200 {
        let begun = Instant::now();
        client.call::<ConnectGetLibVersion>(&())?;
        took.push(nanoseconds(begun) / 1e3);
    }
    emit("p50", quantile(took.split_off(200), 0.5), "us");
    Ok(())
}

/// Callers that share a connection: as many calls are on their way at any time.
fn callers(socket: &Path, callers: usize, seconds: f64) -> Outcome {
    let mut client = Client::open(socket, URI)?;
    for _ in 0..callers {
        client.send::<ConnectGetLibVersion>(&())?;
    }
    let (begun, mut answered) = (Instant::now(), 0_u32);
    while begun.elapsed().as_secs_f64() < seconds {
        client.reply("connect_get_lib_version")?;
        client.send::<ConnectGetLibVersion>(&())?;
        answered += 1;
    }
    emit("calls_per_s", f64::from(answered) / begun.elapsed().as_secs_f64(), "1/s");
    Ok(())
}

fn connections(socket: &Path, connections: usize, seconds: f64) -> Outcome {
    let clients = (0..connections).map(|_| Client::open(socket, URI)).collect::<Outcome<Vec<_>>>()?;
    let begun = Instant::now();
    let answered: u32 = std::thread::scope(|scope| {
        let threads = clients.into_iter().map(|mut client| {
            scope.spawn(move || {
                let mut answered = 0;
                while begun.elapsed().as_secs_f64() < seconds
                    && client.call::<ConnectGetLibVersion>(&()).is_ok()
                {
                    answered += 1;
                }
                answered
            })
        });
        let threads: Vec<_> = threads.collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or(0)).sum()
    });
    emit("calls_per_s", f64::from(answered) / begun.elapsed().as_secs_f64(), "1/s");
    Ok(())
}

fn open(socket: &Path, times: usize) -> Outcome {
    // The host stays the same one.
    let _keeper = Client::open(socket, URI)?;
    let mut took = Vec::with_capacity(times);
    for _ in 0..times {
        let begun = Instant::now();
        Client::open(socket, URI)?.call::<ConnectClose>(&())?;
        took.push(nanoseconds(begun) / 1e3);
    }
    emit("p50", quantile(took, 0.5), "us");
    Ok(())
}

fn list(socket: &Path, uri: &str, times: usize) -> Outcome {
    let mut client = Client::open(socket, uri)?;
    let args = ConnectListAllDomainsArgs { need_results: 1, flags: 0 };
    let mut took = Vec::with_capacity(times);
    for _ in 0..times {
        let begun = Instant::now();
        client.send::<ConnectListAllDomains>(&args)?;
        let reply = client.reply("connect_list_all_domains")?.len();
        took.push(nanoseconds(begun) / 1e6);
        if reply < 100_000 {
            return Err(format!("the list has {reply} bytes").into());
        }
    }
    emit("p50", quantile(took, 0.5), "ms");
    Ok(())
}

fn fan_out(socket: &Path, clients: usize, pairs: usize) -> Outcome {
    let mut stirrer = Client::open(socket, URI)?;
    let dom = stirrer.test()?;
    let mut watchers = (0..clients).map(|_| Client::open(socket, URI)).collect::<Outcome<Vec<_>>>()?;
    for watcher in &mut watchers {
        watcher.register()?;
        watcher.socket.set_nonblocking(true)?;
    }
    let wanted = clients * pairs * 2;
    let begun = Instant::now();
    let reader =
        std::thread::spawn(move || read_all(&mut watchers, wanted).map_err(|error| error.to_string()));
    for _ in 0..pairs {
        stirrer.stir(&dom)?;
    }
    let delivered = reader.join().map_err(|_| "the reader panicked")??;
    emit("delivered_per_s", delivered as f64 / begun.elapsed().as_secs_f64(), "1/s");
    Ok(())
}

/// Reads on all connections in turn, until so many packets have come.
fn read_all(watchers: &mut [Client], wanted: usize) -> Outcome<usize> {
    let (mut delivered, mut last) = (0, Instant::now());
    while delivered < wanted {
        let before = delivered;
        for watcher in watchers.iter_mut() {
            while watcher.whole().is_some() {
                delivered += 1;
            }
            match watcher.read() {
                Ok(true) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                _ => return Err("the daemon closed the connection".into()),
            }
        }
        if delivered > before {
            last = Instant::now();
        } else if last.elapsed() > Duration::from_secs(10) {
            return Err(format!("{} of {wanted} events do not come", wanted - delivered).into());
        } else {
            std::thread::yield_now();
        }
    }
    Ok(delivered)
}

fn memory(daemon: &Daemon, clients: usize) -> Outcome {
    emit("idle", daemon.resident_bytes()? as f64 / 1024.0, "KiB");
    let mut clients =
        (0..clients).map(|_| Client::open(daemon.socket(), URI)).collect::<Outcome<Vec<_>>>()?;
    for client in &mut clients {
        client.register()?;
    }
    emit("with_clients", daemon.resident_bytes()? as f64 / 1024.0, "KiB");
    Ok(())
}

/// One that registers for events and reads none.
fn deaf(daemon: &Daemon, pairs: usize) -> Outcome {
    let mut stirrer = Client::open(daemon.socket(), URI)?;
    let dom = stirrer.test()?;
    let mut deaf = Client::open(daemon.socket(), URI)?;
    deaf.register()?;
    stirrer.stir(&dom)?;
    let before = daemon.resident_bytes()?;
    for _ in 0..pairs {
        stirrer.stir(&dom)?;
    }
    emit("growth", daemon.resident_bytes()?.saturating_sub(before) as f64 / 1024.0, "KiB");
    drop(deaf);
    Ok(())
}
