//! Runs the virsh session and writes down what virsh said: `virsh-session libvirtd` or `virsh-session omnivirtd`.

use omnivirt_peers::{Result, differences, libvirtd, own_file, session, transcript};
use std::process::ExitCode;

fn main() -> ExitCode {
    let argument = std::env::args().nth(1);
    let done = match argument.as_deref() {
        Some("libvirtd") => record_libvirtd(),
        Some("omnivirtd") => differences::record(),
        _ => Err("virsh-session libvirtd|omnivirtd".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("virsh-session: {message}");
            ExitCode::FAILURE
        }
    }
}

fn record_libvirtd() -> Result<()> {
    let daemon = libvirtd::start()?;
    let mut parts = Vec::new();
    for part in session::read()? {
        parts.push(transcript::Part { entries: session::play(&part, &daemon)?, name: part.name });
    }
    let head = "What virsh 9.0.0 says to the session with the test driver of libvirtd 9.0.0.\n\
                Written by `cargo xtask virsh libvirtd`.";
    let text = transcript::write(head, &parts);
    std::fs::write(own_file(differences::LIBVIRT), text).map_err(|error| error.to_string())
}
