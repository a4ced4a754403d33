//! The command line as text, for people.

use super::arguments::Purpose;
use super::context::{Context, ProgramFacts};
use super::{FirmwareDescriptor, assign_aliases, build_for, choose_firmware};
use omnivirt_core::domain::DomainConfig;
use omnivirt_core::domain::rules::QemuHypervisor;
use omnivirt_core::{Error, ErrorKind, Result};
use std::borrow::Cow;
use std::path::Path;

/// The command line that a domain's document stands for: environment and arguments on one line, quoted for a shell. Folders are
/// libvirt's, as there is no run yet that has its own.
///
/// # Errors
///
/// The document is malformed, or asks for what cannot be had.
pub(crate) fn native(xml: &str) -> Result<String> {
    let config = DomainConfig::parse(xml)?;
    let mut domain = config.completed(&QemuHypervisor::default())?;
    if domain.os.as_ref().is_some_and(|os| os.firmware.is_some()) {
        choose_firmware(&mut domain, &FirmwareDescriptor::of_host()?, &Path::new(LIBRARY).join("nvram"))?;
    }
    assign_aliases(&mut domain);
    let facts = ProgramFacts::default();
    let name: String = domain.name.chars().take(20).collect();
    let directory = format!("{LIBRARY}/domain--1-{name}");
    let context = Context {
        directory: Path::new(&directory),
        library: Path::new(LIBRARY),
        program: &facts,
        is_incoming: false,
    };
    let line = build_for(&domain, &context, Purpose::Show)?;
    let variables = line.environment.iter().map(|(name, value)| Ok(format!("{name}={}", quoted(value)?)));
    let arguments =
        std::iter::once(&line.program).chain(&line.arguments).map(|one| quoted(one).map(Cow::into_owned));
    let words: Result<Vec<_>> = variables.chain(arguments).collect();
    Ok(words?.join(" "))
}

/// Where libvirt keeps what belongs to its guests.
const LIBRARY: &str = "/var/lib/libvirt/qemu";

fn quoted(word: &str) -> Result<Cow<'_, str>> {
    shlex::try_quote(word).map_err(|error| {
        Error::new(ErrorKind::InvalidArgument, "a text of the document cannot be written on a command line")
            .with_source(error)
    })
}
