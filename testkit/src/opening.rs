//! Drivers that only register so far: what opening one says.

use omnivirt_core::{ConnectOptions, DriverEntry, Error, ErrorKind, Registry};

/// Checks that a driver which cannot open anything yet says so for each URI that it takes: which driver it is, that
/// this is not there yet, and what to use until then. It is what such a driver's `tests/conformance.rs` calls until it
/// can run [`main!`](crate::main).
///
/// # Errors
///
/// Says which URI opens, or what its error does not tell.
pub fn refuses_to_open(entry: DriverEntry) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    let registry = Registry::of([entry]);
    let of_schemes = entry.schemes.iter().map(|scheme| format!("{scheme}:///"));
    let of_transports = entry.transports.iter().map(|transport| format!("qemu+{transport}://host/system"));
    for uri in of_schemes.chain(of_transports).chain([entry.example.to_owned()]) {
        match runtime.block_on(registry.open(&uri, ConnectOptions::default().in_process(true))) {
            Ok(_) => return Err(format!("{uri} opens: run the whole suite against it")),
            Err(error) => says_what_is_missing(entry, &uri, &error)?,
        }
    }
    Ok(())
}

fn says_what_is_missing(entry: DriverEntry, uri: &str, error: &Error) -> Result<(), String> {
    let problems = [
        (error.kind() != ErrorKind::Unsupported, "the kind is not unsupported"),
        (!error.message().contains(entry.name), "the message does not name the driver"),
        (!error.message().contains("yet"), "the message does not say that this is not there yet"),
        (error.hint().is_none(), "there is no hint about what to use"),
        (error.context("driver") != Some(entry.name), "the context does not name the driver"),
        (error.context("uri").is_none(), "the context does not show the URI"),
    ];
    match problems.iter().find(|(is_wrong, _)| *is_wrong) {
        Some((_, problem)) => Err(format!("opening {uri}: {problem}: {error}")),
        None => Ok(()),
    }
}
