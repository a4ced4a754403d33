//! The parameters of a test URI.

use omnivirt_core::{ConnectUri, Error, ErrorKind, FaultRule, Result};
use std::time::Duration;

/// What a URI's parameters ask for.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Options {
    /// The name of the shared host to connect to; a host of the connection's own if there is none.
    pub(crate) host: Option<String>,
    /// How long each call waits first.
    pub(crate) latency: Duration,
    /// What the faults are drawn from.
    pub(crate) seed: u64,
    /// Which calls fail now and then.
    pub(crate) faults: Vec<FaultRule>,
    /// Whether time stands still until it is told to go on.
    pub(crate) virtual_time: bool,
}

const KNOWN: &str = "host, latency_ms, seed, faults, time";

impl Options {
    /// Reads them.
    ///
    /// # Errors
    ///
    /// `InvalidUri` for a parameter that is not known, and for a value that makes no sense; both are named.
    pub(crate) fn of(uri: &ConnectUri) -> Result<Self> {
        let mut options = Self::default();
        for (name, value) in uri.parameters() {
            match name.as_str() {
                "host" if !value.is_empty() => options.host = Some(value.clone()),
                "host" => return Err(refused(name, value, "the name of a shared host")),
                "latency_ms" => options.latency = Duration::from_millis(number(name, value)?),
                "seed" => options.seed = number(name, value)?,
                "faults" => {
                    options.faults = value.split(',').map(fault_rule).collect::<Result<_>>()?;
                }
                "time" => {
                    options.virtual_time = match value.as_str() {
                        "virtual" => true,
                        "real" => false,
                        _ => return Err(refused(name, value, "real or virtual")),
                    }
                }
                _ => {
                    let message = format!("the test driver knows no URI parameter '{name}'");
                    return Err(
                        Error::new(ErrorKind::InvalidUri, message).with_hint(format!("it knows {KNOWN}"))
                    );
                }
            }
        }
        Ok(options)
    }
}

/// Reads `CALL:KIND:PROBABILITY`, where a call has colons of its own. What it names is checked with the rule.
fn fault_rule(text: &str) -> Result<FaultRule> {
    let refuse = |wanted: &str| refused("faults", text, wanted);
    let mut parts = text.rsplitn(3, ':');
    let (Some(probability), Some(kind), Some(call)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(refuse("CALL:KIND:PROBABILITY, such as Domain::start:resource_busy:0.1"));
    };
    let probability = probability.parse().ok().filter(|probability: &f64| (0.0..=1.0).contains(probability));
    let probability =
        probability.ok_or_else(|| refuse("CALL:KIND:PROBABILITY with a probability from 0 to 1"))?;
    let call = if call == "*" { "" } else { call };
    Ok(FaultRule::default().call(call).error(kind).per_million((probability * 1e6).round() as u32))
}

fn number(name: &str, value: &str) -> Result<u64> {
    value.parse().map_err(|_| refused(name, value, "a whole number from 0"))
}

fn refused(name: &str, value: &str, wanted: &str) -> Error {
    Error::new(
        ErrorKind::InvalidUri,
        format!("the URI parameter '{name}' is '{value}' and has to be {wanted}"),
    )
}
