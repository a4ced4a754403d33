//! Log lines, on standard error.

use crate::config::{Format, Log};
use std::io::Write;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Begins to log.
pub(crate) fn start(config: &Log) {
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(false);
    let registry = tracing_subscriber::registry().with(config.level.targets());
    match config.format {
        Format::Text => registry.with(lines).init(),
        Format::Json => registry.with(lines.json()).init(),
    }
}

/// Says something on standard output. That nobody listens is no failure.
pub(crate) fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}
