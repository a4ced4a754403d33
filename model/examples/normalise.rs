//! Prints a document as a driver would print it after defining it; a refusal is one line of JSON.
//!
//! `normalise KIND DRIVER FILE [base=FILE] [op=OPERATION] [flags=NUMBER] [preload=FILE,FILE]`

#![allow(clippy::print_stdout, reason = "that is what it is for")]

use omnivirt_model::normalise::{Request, normalise};
use std::io::{Error, ErrorKind, Write};
use std::process::ExitCode;

fn main() -> Result<ExitCode, Error> {
    let mut arguments = std::env::args().skip(1);
    let mut next =
        || arguments.next().ok_or_else(|| Error::new(ErrorKind::InvalidInput, "KIND DRIVER FILE is wanted"));
    let mut request = Request::new(next()?, next()?);
    let input = std::fs::read(next()?)?;
    for option in arguments {
        match option.split_once('=').filter(|(_, value)| !value.is_empty()) {
            Some(("base", file)) => request.base = Some(std::fs::read_to_string(file)?),
            Some(("op", operation)) => request.operation = Some(operation.to_owned()),
            Some(("flags", flags)) => request.flags = flags.parse().map_err(Error::other)?,
            Some(("preload", files)) => {
                request.preload = files.split(',').map(std::fs::read_to_string).collect::<Result<_, _>>()?;
            }
            _ => {}
        }
    }
    match normalise(&request, &input) {
        Ok(xml) => {
            std::io::stdout().write_all(xml.as_bytes())?;
            Ok(ExitCode::SUCCESS)
        }
        Err(refusal) => {
            let line = serde_json::json!({"code": refusal.code, "domain": refusal.domain, "message": refusal.message});
            eprintln!("{line}");
            Ok(ExitCode::FAILURE)
        }
    }
}
