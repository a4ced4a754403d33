//! What the document adds to the command line in QEMU's own words.

use super::arguments::Arguments;
use super::refusal::unsupported;
use omnivirt_core::Result;

/// Adds what `qemu:commandline` and `qemu:deprecation` say.
pub(super) fn add(arguments: &mut Arguments<'_>) -> Result<()> {
    let arguments_given = arguments.domain.qemu_command_line.iter().flat_map(|line| &line.arguments);
    for argument in arguments_given {
        arguments.word(argument.value.as_deref().unwrap_or_default());
    }
    deprecation(arguments)?;
    let unused = arguments.unused_overrides().min().map(str::to_owned);
    if let Some(alias) = unused {
        let why = format!("no device has the alias '{alias}'");
        return Err(
            unsupported("qemu:override", why).with_hint("give the device an alias that begins with ua-")
        );
    }
    Ok(())
}

/// What QEMU does when it is asked for what will go away.
fn deprecation(arguments: &mut Arguments<'_>) -> Result<()> {
    let behavior = arguments.domain.qemu_deprecation.as_ref().and_then(|one| one.behavior.as_deref());
    let policy = match behavior {
        None | Some("none") => return Ok(()),
        Some("omit") => "deprecated-output=hide",
        Some("reject") => "deprecated-output=hide,deprecated-input=reject",
        Some("crash") => "deprecated-output=hide,deprecated-input=crash",
        Some(other) => {
            return Err(unsupported("qemu:deprecation", format!("there is no behavior '{other}'")));
        }
    };
    arguments.option("-compat", policy);
    Ok(())
}
