//! QEMU's command line, made of a domain's document.
//!
//! `builder` has the ways of writing it, `machine` what is no device, and the other files one kind of device each. What a
//! document asks for and cannot be done is refused by name in `refusals`, never left out.

mod address;
mod aliases;
mod builder;
mod character;
mod controller;
mod disk;
mod display;
mod input;
mod interface;
mod machine;
mod processor;
mod refusals;
mod small_devices;

pub(crate) use aliases::assign_aliases;

use builder::Builder;
use omnivirt_core::Result;
use omnivirt_core::domain::rules::QemuHypervisor;
use omnivirt_core::domain::{Domain, DomainConfig};
use std::path::Path;

/// How QEMU is started.
#[derive(Debug)]
pub(crate) struct CommandLine {
    pub(crate) program: String,
    pub(crate) arguments: Vec<String>,
    pub(crate) environment: Vec<(String, String)>,
    pub(crate) files: Vec<PassedFile>,
}

/// A file that the new process inherits: the first as number 3, the next as 4, and so on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PassedFile {
    /// The socket at which it is commanded.
    Monitor,
    /// A network device of the host, made for it; on that bridge, if one is named.
    Tap { name: Option<String>, bridge: Option<String> },
}

/// Where a run is, and what it begins with.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    /// The folder of the run: its sockets are there.
    pub(crate) directory: &'a Path,
    /// Whether the guest comes from elsewhere and is not booted.
    pub(crate) is_incoming: bool,
}

/// The command line of a completed domain whose devices have names.
///
/// # Errors
///
/// `ConfigUnsupported` names what cannot be done.
pub(crate) fn build(domain: &Domain, context: &Context<'_>) -> Result<CommandLine> {
    refusals::check(domain)?;
    let mut builder = Builder::new(domain, context);
    machine::head(&mut builder)?;
    processor::write(&mut builder)?;
    machine::memory(&mut builder)?;
    machine::rest(&mut builder)?;
    controller::write(&mut builder)?;
    disk::write(&mut builder)?;
    interface::write(&mut builder)?;
    character::write(&mut builder)?;
    input::write(&mut builder)?;
    display::write(&mut builder)?;
    small_devices::write(&mut builder)?;
    machine::tail(&mut builder)?;
    builder.finish()
}

/// The command line of a document, as text in which a shell would find the same words.
///
/// # Errors
///
/// What is wrong with the document, `ConfigUnsupported`.
pub(crate) fn native(xml: &str) -> Result<String> {
    let config = DomainConfig::parse(xml)?;
    let mut domain = config.completed(&QemuHypervisor::default())?;
    assign_aliases(&mut domain);
    let directory = Path::new("/run/omnivirt/qemu").join(&*domain.name);
    let line = build(&domain, &Context { directory: &directory, is_incoming: false })?;
    let environment = line.environment.iter().map(|(name, value)| format!("{name}={value}"));
    let words: Vec<String> = environment
        .chain(std::iter::once(line.program))
        .chain(line.arguments)
        .map(|word| quoted(&word))
        .collect();
    Ok(words.join(" "))
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_=./:,+@%".contains(&byte);
    if !word.is_empty() && word.bytes().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}
