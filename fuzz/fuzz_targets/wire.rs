//! What a peer sends: cut into packets, and read as what the packet's procedure takes and gives.

#![no_main]

use libfuzzer_sys::fuzz_target;
use omnivirt_wire::packet::PacketReader;
use omnivirt_wire::procedure::Program;
use omnivirt_wire::structs::Error;
use omnivirt_wire::xdr::Xdr;

fuzz_target!(|bytes: &[u8]| {
    // The first byte says in how large pieces the others come.
    let Some((&size, bytes)) = bytes.split_first() else { return };
    let mut reader = PacketReader::<()>::new();
    for piece in bytes.chunks(usize::from(size).max(1)) {
        reader.buffer().extend_from_slice(piece);
        reader.push_file(());
        loop {
            match reader.next_packet() {
                Ok(Some(packet)) => read(packet.header.program, packet.header.procedure, &packet.payload),
                Ok(None) => break,
                Err(_) => return,
            }
        }
    }
});

/// What can be read can be written, and is read from that as the same again.
fn read(program: u32, procedure: i32, payload: &[u8]) {
    if let Ok(error) = Error::from_bytes(payload) {
        error.to_bytes().expect("an error that was read can be written");
    }
    let Some(procedure) = Program::find(program).and_then(|program| program.procedure(procedure)) else { return };
    for recode in [procedure.recode_args, procedure.recode_ret] {
        if let Ok(once) = recode(payload) {
            assert_eq!(recode(&once).expect("what was written can be read"), once, "{}", procedure.name);
        }
    }
}
