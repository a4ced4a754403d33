//! What the document adds to the command line in QEMU's own words.

use super::arguments::Arguments;
use super::refusal::unsupported;
use omnivirt_core::Result;

/// Adds what `qemu:commandline` says.
pub(super) fn add(arguments: &mut Arguments<'_>) -> Result<()> {
    let arguments_given = arguments.domain.qemu_command_line.iter().flat_map(|line| &line.arguments);
    for argument in arguments_given {
        arguments.word(argument.value.as_deref().unwrap_or_default());
    }
    let unused = arguments.unused_overrides().min().map(str::to_owned);
    if let Some(alias) = unused {
        let why = format!("no device has the alias '{alias}'");
        return Err(
            unsupported("qemu:override", why).with_hint("give the device an alias that begins with ua-")
        );
    }
    Ok(())
}
