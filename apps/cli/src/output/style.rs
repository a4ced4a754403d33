//! Colours: only where a terminal shows them and `NO_COLOR` is not set.

use omnivirt::DomainState;
use std::borrow::Cow;
use std::io::IsTerminal;

/// An ANSI style: the parameters of its escape sequence.
pub(crate) type Style = &'static str;

pub(crate) const HEADING: Style = "1";
pub(crate) const FAINT: Style = "2";
pub(crate) const ERROR: Style = "1;31";
pub(crate) const NOTE: Style = "1;36";
pub(crate) const GOOD: Style = "32";
pub(crate) const WARNING: Style = "33";
pub(crate) const BAD: Style = "31";
pub(crate) const NAME: Style = "36";

/// Whether one of the standard streams shows styles.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Palette {
    enabled: bool,
}

/// For standard output.
pub(crate) fn stdout() -> Palette {
    Palette { enabled: allowed() && std::io::stdout().is_terminal() }
}

/// For standard error.
pub(crate) fn stderr() -> Palette {
    Palette { enabled: allowed() && std::io::stderr().is_terminal() }
}

fn allowed() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        && std::env::var_os("TERM").is_none_or(|terminal| terminal != "dumb")
}

impl Palette {
    /// Shows no styles.
    #[cfg(test)]
    pub(crate) fn plain() -> Self {
        Self { enabled: false }
    }

    /// The text in that style, or as it is.
    pub(crate) fn paint(self, style: Style, text: &str) -> String {
        let mut painted = String::with_capacity(text.len() + 12);
        self.write(style, text, &mut painted);
        painted
    }

    /// Appends the text in that style, or as it is.
    pub(crate) fn write(self, style: Style, text: &str, to: &mut String) {
        if self.enabled && !style.is_empty() {
            to.extend(["\x1b[", style, "m", text, "\x1b[0m"]);
        } else {
            to.push_str(text);
        }
    }
}

/// The style of a domain's state.
pub(crate) fn state(state: DomainState) -> Style {
    match state {
        DomainState::Running | DomainState::Blocked => GOOD,
        DomainState::Paused | DomainState::PmSuspended | DomainState::Shutdown => WARNING,
        DomainState::Crashed => BAD,
        _ => FAINT,
    }
}

/// The text with control characters written out: names and what guests say may not command the terminal.
pub(crate) fn printable<'a>(text: impl Into<Cow<'a, str>>) -> Cow<'a, str> {
    // The two beyond them are in no XML either.
    let is_odd = |character: char| character.is_control() || matches!(character, '\u{fffe}' | '\u{ffff}');
    let text = text.into();
    // The quick look settles most texts.
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) || !text.contains(is_odd) {
        return text;
    }
    let mut shown = String::new();
    for character in text.chars() {
        match is_odd(character) {
            true => shown.extend(character.escape_default()),
            false => shown.push(character),
        }
    }
    shown.into()
}
