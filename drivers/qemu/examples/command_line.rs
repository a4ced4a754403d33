//! Prints the command line of QEMU that a domain's document stands for.
//!
//! ```text
//! cargo run -p omnivirt-driver-qemu --example command_line -- domain.xml
//! ```
//!
//! A document that is refused ends it with 1, and says on one line of JSON why, with libvirt's numbers.

#![allow(clippy::print_stderr, reason = "a program says why it fails")]

use omnivirt_core::normalise::{Request, normalise};
use omnivirt_core::{Error, ErrorKind, Result};
use std::io::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(path) = std::env::args_os().nth(1) else {
        eprintln!("usage: command_line FILE");
        return ExitCode::from(2);
    };
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) => {
            eprintln!("cannot read {}: {error}", std::path::Path::new(&path).display());
            return ExitCode::from(2);
        }
    };
    let (code, domain, message) = match print(&bytes) {
        Ok(()) => return ExitCode::SUCCESS,
        // What reading and completing refuse has libvirt's own numbers.
        Err(error) => match normalise(&Request::new("domain", "qemu"), &bytes) {
            Err(refusal) => (refusal.code, refusal.domain, refusal.message),
            Ok(_) => (error.libvirt_code(), QEMU, error.to_string()),
        },
    };
    eprintln!("{}", serde_json::json!({ "code": code, "domain": domain, "message": message }));
    ExitCode::FAILURE
}

/// The number of libvirt's part for QEMU.
const QEMU: u32 = 10;

fn print(bytes: &[u8]) -> Result<()> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        Error::new(ErrorKind::XmlSyntax, "the document is not in UTF-8").with_source(error)
    })?;
    let line = omnivirt_driver_qemu::native_command_line(text)?;
    writeln!(std::io::stdout(), "{line}").map_err(|error| {
        Error::new(ErrorKind::System, "the command line cannot be printed").with_source(error)
    })
}
