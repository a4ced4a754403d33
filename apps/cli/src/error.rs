//! How failures are told and which exit code they end with.

use crate::output::{Format, style};
use clap::error::ErrorKind as ClapKind;
use omnivirt::{Error, ErrorKind, Result, Retry};
use serde::Serialize;
use serde_json::{Map, Value};
use std::io::{self, Write};

/// What the exit codes mean, for `--help` and the manual.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  failed for another reason than those below
  2  usage: the command line, the URI or an argument makes no sense
  3  not found: no such domain, snapshot, device or metadata
  4  time ran out: --timeout passed, or the other side did not answer
  5  state: the object is in a state that does not allow it, is busy, or exists already
  6  unsupported: no driver for the URI, or the driver or hypervisor cannot do it
  7  refused: the connection is read-only, or access or authentication was denied";

/// The exit code of a failure of that kind.
pub(crate) fn exit_code(kind: ErrorKind) -> u8 {
    use ErrorKind::*;
    match kind {
        InvalidArgument | InvalidUri => 2,
        NotFound | DeviceMissing | NoMetadata | NoBackup | NoHostname => 3,
        Timeout => 4,
        InvalidState | AlreadyExists | ResourceBusy | BlockCopyActive | SnapshotRevertRisky | Ambiguous => 5,
        Unsupported | ArgumentUnsupported | OperationUnsupported | ConfigUnsupported | NoDriver => 6,
        ReadOnly | AccessDenied | AuthFailed => 7,
        _ => 1,
    }
}

/// A failure of this program's own input or output.
pub(crate) fn system(message: impl Into<String>, source: io::Error) -> Error {
    Error::new(ErrorKind::System, message).with_source(source)
}

/// An argument that makes no sense.
pub(crate) fn usage(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidArgument, message)
}

/// Tells a failure on standard error, and gives the exit code.
pub(crate) fn report(error: &Error, format: Format) -> u8 {
    // Whoever read the output has gone, as `head` does once it has enough: that is no failure of the command.
    if sources(error).any(|source| {
        source.downcast_ref::<io::Error>().is_some_and(|source| source.kind() == io::ErrorKind::BrokenPipe)
    }) {
        return 0;
    }
    show(error, format);
    exit_code(error.kind())
}

/// Tells a failure on standard error.
pub(crate) fn show(error: &Error, format: Format) {
    let line = match format {
        Format::Json => json_line(&Report::of(error)),
        Format::Table => {
            let label = style::stderr().paint(style::ERROR, "error:");
            format!("{label} {}", sentence(error))
        }
    };
    // Nobody is left to be told where standard error fails.
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Tells that clap could not make sense of the command line, or shows the help that was asked for.
pub(crate) fn refuse_command_line(refusal: &clap::Error) -> u8 {
    if !refusal.use_stderr() {
        // Nobody is left to be told where standard output fails, or has gone.
        let _ = refusal.print();
        return 0;
    }
    match asks_for_json(std::env::args()) {
        true => show(&usage_of(refusal), Format::Json),
        false => drop(refusal.print()),
    }
    exit_code(ErrorKind::InvalidArgument)
}

/// A refusal of clap's as one sentence.
pub(crate) fn usage_of(refusal: &clap::Error) -> Error {
    if refusal.kind() == ClapKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return usage("no command is given").with_hint("'omnivirt --help' lists the commands");
    }
    let text = refusal.render().to_string();
    let first: Vec<&str> = text.lines().map(str::trim).take_while(|line| !line.is_empty()).collect();
    let message = first.join(" ");
    usage(message.trim_start_matches("error: "))
        .with_hint("'omnivirt help COMMAND' shows how a command is used")
}

fn asks_for_json(arguments: impl Iterator<Item = String>) -> bool {
    let arguments: Vec<String> = arguments.collect();
    let one_word = |argument: &String| matches!(argument.as_str(), "--output=json" | "-ojson" | "-o=json");
    let two_words = |pair: &[String]| matches!(pair[0].as_str(), "-o" | "--output") && pair[1] == "json";
    arguments.iter().any(one_word) || arguments.windows(2).any(two_words)
}

/// The failure in one sentence: what failed, where that does not say it already, what lay beneath, and a hint.
fn sentence(error: &Error) -> String {
    match error.hint() {
        Some(hint) => format!("{}; {hint}", what_failed(error)),
        None => what_failed(error),
    }
}

/// What of an error's context people are not told.
const UNSAID: [&str; 6] = ["call", "driver", "uri", "layer", "libvirt_code", "libvirt_domain"];

/// The sentence without the hint.
pub(crate) fn what_failed(error: &Error) -> String {
    let mut sentence = error.message().to_owned();
    // A number in the message may be another one.
    let is_said = |value: &str| value.parse::<u64>().is_err() && error.message().contains(value);
    let places: Vec<String> = error
        .contexts()
        // A person at the shell knows the command and the URI; libvirt's numbers are beneath, and the layer is for programs.
        .filter(|(key, value)| !UNSAID.contains(key) && !is_said(value))
        .map(|(key, value)| format!("{}: {value}", key.replace('_', " ")))
        .collect();
    if !places.is_empty() {
        sentence += &format!(" ({})", places.join(", "));
    }
    for source in sources(error).map(ToString::to_string) {
        // Some say what the message says already.
        if !sentence.contains(&source) && !source.contains(error.message()) {
            sentence += &format!(": {source}");
        }
    }
    sentence
}

fn sources(error: &Error) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
    std::iter::successors(std::error::Error::source(error), |error| error.source())
}

/// A failure in JSON.
#[derive(Debug, Serialize)]
pub(crate) struct Report<'a> {
    error: &'a str,
    kind: ErrorKind,
    exit_code: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a str>,
    retry: Retry,
    libvirt_code: u32,
    context: Map<String, Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    causes: Vec<String>,
}

impl<'a> Report<'a> {
    pub(crate) fn of(error: &'a Error) -> Self {
        Self {
            error: error.message(),
            kind: error.kind(),
            exit_code: exit_code(error.kind()),
            hint: error.hint(),
            retry: error.retry(),
            libvirt_code: error.libvirt_code(),
            context: error.contexts().map(|(key, value)| (key.to_owned(), value.into())).collect(),
            causes: sources(error).map(ToString::to_string).collect(),
        }
    }
}

fn json_line(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("texts and numbers are always JSON")
}

/// Turns what this program's own input or output says into a failure of the command.
pub(crate) trait Context<T> {
    /// Says what was tried.
    fn context(self, message: impl FnOnce() -> String) -> Result<T>;
}

impl<T> Context<T> for io::Result<T> {
    fn context(self, message: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|source| system(message(), source))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_exit_code_of_the_help_is_given_by_some_kind() {
        let given: std::collections::BTreeSet<u8> =
            ErrorKind::ALL.iter().map(|kind| exit_code(*kind)).collect();
        assert_eq!(given.into_iter().collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6, 7]);
    }

    #[test]
    fn a_sentence_says_where_once_and_what_to_do() {
        let error = Error::new(ErrorKind::InvalidState, "the domain is not running")
            .with_context("domain", "web")
            .with_context("call", "Domain::suspend")
            .with_hint("start it first");
        assert_eq!(sentence(&error), "the domain is not running (domain: web); start it first");
        let named = Error::new(ErrorKind::NotFound, "no domain 'web'").with_context("domain", "web");
        assert_eq!(sentence(&named), "no domain 'web'");
    }

    #[test]
    fn json_is_asked_for_in_each_way_that_clap_reads() {
        let asks = |line: &str| asks_for_json(line.split(' ').map(str::to_owned));
        assert!(
            asks("omnivirt -o json nonsense") && asks("omnivirt --output=json") && asks("omnivirt -ojson")
        );
        assert!(!asks("omnivirt list json") && !asks("omnivirt -o table list"));
    }
}
