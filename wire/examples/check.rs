//! Reads every packet of recorded sessions and writes it again: `check DIR`. `cargo xtask wire-check DIR` runs it.
//!
//! A session is a file of JSON lines, one packet each, with its header and `payload_hex`.

#![allow(clippy::print_stdout, reason = "that is what it is for")]

use omnivirt_wire::packet::{Header, PacketReader, PacketType, Status};
use omnivirt_wire::procedure::{Direction, Program};
use omnivirt_wire::structs::Error as WireError;
use omnivirt_wire::xdr::{Xdr, XdrError};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

type Result<T, E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

fn main() -> Result<ExitCode> {
    let folder = std::env::args().nth(1).ok_or("the folder of the sessions is wanted")?;
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<std::io::Result<_>>()?;
    files.retain(|file| file.extension().is_some_and(|ending| ending == "jsonl"));
    files.sort();
    let (mut frames, mut mismatches) = (0, 0);
    for file in &files {
        for (number, line) in std::fs::read_to_string(file)?.lines().enumerate() {
            frames += 1;
            if let Err(problem) = check(line) {
                mismatches += 1;
                println!("{}:{}: {problem}", name(file), number + 1);
            }
        }
    }
    println!("frames {frames}, mismatches {mismatches}");
    Ok(if frames > 0 && mismatches == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn name(file: &Path) -> String {
    file.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn check(line: &str) -> Result<()> {
    let line: Value = serde_json::from_str(line)?;
    let number = |key: &str| line[key].as_i64().ok_or_else(|| format!("no number {key}"));
    let header = Header {
        program: u32::try_from(number("prog")?)?,
        version: u32::try_from(number("vers")?)?,
        procedure: i32::try_from(number("proc")?)?,
        packet_type: i32::try_from(number("type")?)?,
        serial: u32::try_from(number("serial")?)?,
        status: i32::try_from(number("status")?)?,
    };
    let payload = bytes(line["payload_hex"].as_str().ok_or("no payload_hex")?)?;
    let packet = whole(&header, &payload)?;
    let again = recode(&header, &packet)?;
    // Real peers write some packets otherwise than they should; those are marked, and only read.
    if again == payload || line["noncanonical"] == true {
        return Ok(());
    }
    let same = again.iter().zip(&payload).take_while(|(left, right)| left == right).count();
    Err(format!("{} bytes become {}, from byte {same} on otherwise", payload.len(), again.len()).into())
}

fn bytes(hex: &str) -> Result<Vec<u8>> {
    let pair = |at: usize| hex.get(at..at + 2).ok_or("half a byte");
    (0..hex.len()).step_by(2).map(|at| Ok(u8::from_str_radix(pair(at)?, 16)?)).collect()
}

/// The payload, after the packet went through a reader.
fn whole(header: &Header, payload: &[u8]) -> Result<Vec<u8>> {
    let mut reader = PacketReader::<()>::new();
    reader.buffer().extend_from_slice(&header.before(payload.len())?);
    reader.buffer().extend_from_slice(payload);
    let with_files = matches!(header.kind(), Some(PacketType::CallWithFiles | PacketType::ReplyWithFiles));
    let mut count = Vec::new();
    if with_files {
        count = payload.get(..4).ok_or("no count of file descriptors")?.to_vec();
        for _ in 0..u32::from_be_bytes(count.as_slice().try_into()?) {
            reader.push_file(());
            reader.buffer().extend_from_slice(&[0]);
        }
    }
    let packet = reader.next_packet()?.ok_or("the packet is not whole")?;
    if packet.header != *header {
        return Err("the header is not the one that was written".into());
    }
    count.extend_from_slice(&packet.payload);
    Ok(count)
}

/// Reads a payload and writes it again.
type Recode = fn(&[u8]) -> Result<Vec<u8>, XdrError>;

fn recode(header: &Header, payload: &[u8]) -> Result<Vec<u8>> {
    let kind = header.kind().ok_or("an unknown type of packet")?;
    if header.is(Status::Error) && !payload.is_empty() {
        return Ok(WireError::from_bytes(payload)?.to_bytes()?);
    }
    match kind {
        PacketType::Stream => return Ok(payload.to_vec()),
        PacketType::StreamHole => {
            return Ok(omnivirt_wire::structs::StreamHole::from_bytes(payload)?.to_bytes()?);
        }
        _ => {}
    }
    let program = Program::find(header.program).ok_or("an unknown program")?;
    let procedure = program.procedure(header.procedure).ok_or("an unknown procedure")?;
    let (is_message, recode): (bool, Recode) = match kind {
        PacketType::Reply | PacketType::ReplyWithFiles => (false, procedure.recode_ret),
        _ => (kind == PacketType::Message, procedure.recode_args),
    };
    if is_message != (procedure.direction == Direction::Message) {
        return Err(format!("{} is not said so", procedure.name).into());
    }
    match kind {
        PacketType::CallWithFiles | PacketType::ReplyWithFiles => {
            let (count, rest) = payload.split_at_checked(4).ok_or("no count of file descriptors")?;
            Ok([count.to_vec(), recode(rest)?].concat())
        }
        _ => Ok(recode(payload)?),
    }
}
