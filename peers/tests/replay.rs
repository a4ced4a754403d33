//! Recorded sessions, played again to our daemon: it never ends a connection that libvirt's did not end.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use omnivirt_peers::daemon::Daemon;
use omnivirt_peers::raw::{Arrival, PATIENCE, RawClient};
use omnivirt_peers::recording::{self, Frame, Recording};
use omnivirt_peers::{Result, omnivirtd};
use std::collections::HashSet;
use std::collections::btree_map::{BTreeMap, Entry};
use std::os::fd::OwnedFd;
use std::time::Instant;

#[test]
fn kept_sessions_end_as_they_did() {
    play_all(&recording::kept().unwrap());
}

#[test]
#[ignore = "wants all recorded sessions beside the repository"]
fn all_sessions_end_as_they_did() {
    let folder = recording::all_beside().expect("they lie beside the repository");
    play_all(&recording::folder(&folder).unwrap());
}

fn play_all(recordings: &[Recording]) {
    let mut daemon = omnivirtd::start().unwrap();
    let mut problems = Vec::new();
    for recording in recordings {
        if let Err(problem) = play(recording, &daemon) {
            problems.push(format!("{}: {problem}", recording.name));
        }
    }
    assert!(daemon.runs(), "it ended by itself: {}", daemon.output());
    assert!(problems.is_empty(), "{} of {}:\n{}", problems.len(), recordings.len(), problems.join("\n"));
    daemon.stop().unwrap();
}

/// A connection of a session, the calls that were made on it, and those that are answered.
struct Line {
    client: RawClient,
    called: HashSet<(u32, u32)>,
    answered: HashSet<(u32, u32)>,
}

fn play(recording: &Recording, daemon: &Daemon) -> Result<()> {
    let mut lines: BTreeMap<u32, Line> = BTreeMap::new();
    for (number, frame) in recording.frames.iter().enumerate() {
        let line = match lines.entry(frame.connection) {
            Entry::Occupied(line) => line.into_mut(),
            Entry::Vacant(place) => {
                let client = RawClient::connect(daemon.socket())?;
                place.insert(Line { client, called: HashSet::new(), answered: HashSet::new() })
            }
        };
        let done = if frame.from_client {
            line.called.insert((frame.header.program, frame.header.serial));
            send(&mut line.client, frame)
        } else if frame.is_reply() && line.called.contains(&(frame.header.program, frame.header.serial)) {
            wait_for_answer(line, frame)
        } else {
            // Events and data come when they come, and another host has others.
            Ok(())
        };
        done.map_err(|problem| format!("packet {} ({}): {problem}", number + 1, frame.header.procedure))?;
    }
    Ok(())
}

fn send(client: &mut RawClient, frame: &Frame) -> Result<()> {
    client.write(&frame.bytes_for_test()?)?;
    let file = || std::fs::File::open("/dev/null").map(OwnedFd::from).map_err(|error| error.to_string());
    let files = (0..frame.files).map(|_| file()).collect::<Result<Vec<_>>>()?;
    client.pass_files(&files)
}

fn wait_for_answer(line: &mut Line, frame: &Frame) -> Result<()> {
    let wanted = (frame.header.program, frame.header.serial);
    let end = Instant::now() + PATIENCE;
    while !line.answered.remove(&wanted) {
        match line.client.next(end.saturating_duration_since(Instant::now())) {
            Arrival::Packet(packet) => {
                line.answered.insert((packet.header.program, packet.header.serial));
            }
            Arrival::Closed => return Err("the connection was closed".into()),
            Arrival::Nothing => return Err("no answer".into()),
        }
    }
    Ok(())
}
