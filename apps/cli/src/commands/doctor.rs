//! `doctor`.

use super::if_supported;
use crate::error::{Report, what_failed};
use crate::output::{Cell, style};
use crate::session::Session;
use clap::Args;
use omnivirt::event::EventKind;
use omnivirt::events::{EventFilter, Policy};
use omnivirt::{
    ConnectOptions, ConnectUri, Connection, DomainFilter, Error, ErrorKind, Registry, Result, Version,
    connect_with,
};
use serde::Serialize;
use std::cmp::Ordering;
use std::time::{Duration, Instant};

/// How often the way there and back is timed; the middle of them is told.
const ROUND_TRIPS: usize = 9;

/// Say whether a URI opens, and if not, what fails on the way there and how to mend it
///
/// The layers are tried in their order, and each is ok, has failed, or was not tried because an earlier one has failed:
/// uri, transport, greeting, auth, open and hypervisor through a daemon; uri, driver, open and hypervisor in this process.
/// If all are ok, what is there is told. The exit code is 1 if something has failed. Nothing is changed, but that the user's own
/// daemon is started, as whenever it is asked for and is not there.
///
/// Example: omnivirt doctor qemu:///system
///
/// Example: omnivirt doctor 'qemu+unix:///system'
///
/// Example: omnivirt doctor --timeout 2s 'test+unix:///default?socket=/tmp/omnivirt/libvirt-sock'
#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// What to connect to; that of --connect unless given
    #[arg(value_name = "URI")]
    uri: Option<String>,
}

/// What a connection goes through, in order.
const IN_PROCESS: &[&str] = &["uri", "driver", "open", "hypervisor"];
const THROUGH_A_DAEMON: &[&str] = &["uri", "transport", "greeting", "auth", "open", "hypervisor"];

/// What was found. `error` and `fix` are there if something failed, else `connection`.
#[derive(Debug, Serialize)]
struct Diagnosis<'a> {
    uri: String,
    ok: bool,
    layers: Vec<Layer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Report<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    connection: Option<Facts>,
}

#[derive(Debug, Serialize)]
struct Layer {
    layer: &'static str,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Ok,
    Failed,
    NotTried,
}

/// What stands behind the URI. What the driver has no call for is left out.
#[derive(Debug, Default, Serialize)]
struct Facts {
    driver: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    hypervisor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hypervisor_version: Option<Version>,
    #[serde(skip_serializing_if = "Option::is_none")]
    library_version: Option<Version>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hostname: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    domains: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    running_domains: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    round_trip_ns: Option<u64>,
    events: bool,
}

/// A failure, and in which layer it was.
struct Failure {
    layer: &'static str,
    error: Error,
}

impl Doctor {
    pub(crate) async fn run(self, session: &mut Session) -> Result<()> {
        let uri = match self.uri {
            Some(uri) => uri,
            None => session.uri()?,
        };
        let parsed = uri.parse::<ConnectUri>();
        let through_daemon = parsed.as_ref().is_ok_and(|uri| goes_elsewhere(uri, &session.connect_options()));
        let layers = if through_daemon { THROUGH_A_DAEMON } else { IN_PROCESS };
        let found = match parsed {
            Ok(_) => examine(&uri, session, layers).await,
            Err(error) => Err(Failure { layer: "uri", error: error.into() }),
        };
        // A URI that cannot be read may have a password anywhere, but it is what was just typed.
        let shown = uri.parse::<ConnectUri>().map_or(uri, |uri| uri.without_secrets());
        tell(shown, layers, found, session)
    }
}

/// Whether a URI is opened through a daemon: because it says so, or because its driver is not to be in this process.
fn goes_elsewhere(uri: &ConnectUri, options: &ConnectOptions) -> bool {
    let registry = Registry::linked();
    let entry = registry.driver_for(uri, options);
    uri.transport().is_some() || uri.host().is_some() || entry.is_ok_and(|entry| !entry.transports.is_empty())
}

/// Goes through the layers.
async fn examine(uri: &str, session: &Session, layers: &[&'static str]) -> Result<Facts, Failure> {
    let connection = connect_with(uri, session.connect_options())
        .await
        .map_err(|error| Failure { layer: layer_of(&error, layers), error })?;
    let facts = facts(&connection).await;
    // What was found counts more than how the connection ends.
    let closed = connection.close().await;
    let facts = facts.and_then(|facts| closed.map(|()| facts));
    facts.map_err(|error| Failure { layer: "hypervisor", error })
}

/// In which layer opening failed.
fn layer_of(error: &Error, layers: &[&'static str]) -> &'static str {
    let named = error.context("layer");
    if let Some(layer) = layers.iter().find(|layer| Some(**layer) == named) {
        return layer;
    }
    match error.kind() {
        ErrorKind::InvalidUri => "uri",
        // The one that has the transport, or the scheme.
        ErrorKind::NoDriver => layers[1],
        _ => "open",
    }
}

async fn facts(connection: &Connection) -> Result<Facts> {
    let mut facts = Facts { driver: connection.driver_name(), ..Facts::default() };
    if let Some(version) = if_supported(connection.version().await)? {
        facts.hypervisor = Some(version.hypervisor);
        facts.hypervisor_version = Some(version.hypervisor_version);
        facts.library_version = Some(version.library_version);
    }
    facts.hostname = if_supported(connection.hostname().await)?;
    let all = if_supported(connection.list_domains(DomainFilter::default()).await)?;
    let running = DomainFilter::default().active(true);
    let running = if_supported(connection.list_domains(running).await)?;
    facts.domains = all.map(|all| all.len());
    facts.running_domains = running.map(|running| running.len());
    facts.round_trip_ns = if_supported(round_trip(connection).await)?;
    facts.events = if_supported(events(connection).await)?.is_some();
    Ok(facts)
}

/// How long the shortest question takes, there and back, in nanoseconds.
async fn round_trip(connection: &Connection) -> Result<u64> {
    let mut times = [Duration::ZERO; ROUND_TRIPS];
    for time in &mut times {
        let start = Instant::now();
        connection.is_secure().await?;
        *time = start.elapsed();
    }
    times.sort_unstable();
    Ok(u64::try_from(times[ROUND_TRIPS / 2].as_nanos()).unwrap_or(u64::MAX))
}

/// Registers for events, and deregisters.
async fn events(connection: &Connection) -> Result<()> {
    let lifecycle = EventFilter::all().kinds([EventKind::Lifecycle]);
    let id = connection.on_event_pending(lifecycle, Policy::default(), |_| ()).await?;
    connection.event_deregister(id).await
}

fn tell(
    uri: String,
    layers: &'static [&'static str],
    found: Result<Facts, Failure>,
    session: &mut Session,
) -> Result<()> {
    let (failure, facts) = match found {
        Ok(facts) => (None, Some(facts)),
        Err(failure) => (Some(failure), None),
    };
    let failed = failure.as_ref().and_then(|failure| layers.iter().position(|name| *name == failure.layer));
    let state = |index| match failed.map(|failed| failed.cmp(&index)) {
        None | Some(Ordering::Greater) => State::Ok,
        Some(Ordering::Equal) => State::Failed,
        Some(Ordering::Less) => State::NotTried,
    };
    let layers =
        layers.iter().enumerate().map(|(index, layer)| Layer { layer, state: state(index) }).collect();
    let fix = failure.as_ref().map(|failure| failure.error.hint().unwrap_or(fix(failure.layer)));
    let error = failure.as_ref().map(|failure| Report::of(&failure.error));
    let diagnosis = Diagnosis { uri, ok: failure.is_none(), layers, error, fix, connection: facts };
    if failure.is_some() {
        session.exit_code = 1;
    }
    match session.output.is_json() {
        true => session.output.json(&diagnosis),
        false => show(&diagnosis, failure.as_ref().map(|failure| &failure.error), session),
    }
}

/// What to do where the error does not say it itself.
fn fix(layer: &str) -> &'static str {
    match layer {
        "uri" => "mend the URI as it says; 'omnivirt drivers' shows one for each driver",
        "driver" | "transport" => "'omnivirt drivers' shows the drivers and transports that are linked",
        "greeting" => {
            "something takes connections there and does not answer: the daemon may be stuck, or it is no libvirtd and no omnivirtd; start it again, or check the socket"
        }
        "auth" => {
            "the daemon waits for somebody to let this user in: look for a polkit prompt, and see the daemon's log"
        }
        "open" => "see what the driver says there, and the daemon's log if there is one",
        _ => "it opens but does not answer as it should: see the log of the daemon, or of the hypervisor",
    }
}

fn show(diagnosis: &Diagnosis<'_>, error: Option<&Error>, session: &mut Session) -> Result<()> {
    session.output.list(&diagnosis.layers, ["Layer", "State", "What failed"], |layer| {
        let (state, color) = match layer.state {
            State::Ok => ("ok", style::GOOD),
            State::Failed => ("failed", style::BAD),
            State::NotTried => ("not tried", style::FAINT),
        };
        let told = error.filter(|_| layer.state == State::Failed).map_or_else(String::new, what_failed);
        [Cell::new(layer.layer).style(style::NAME), Cell::new(state).style(color), Cell::new(told)]
    })?;
    session.output.line("")?;
    if let Some(fix) = diagnosis.fix {
        let label = session.output.palette().paint(style::HEADING, "fix:");
        session.output.line(&format!("{label} {fix}"))?;
    }
    match &diagnosis.connection {
        Some(facts) => show_facts(facts, session),
        None => Ok(()),
    }
}

fn show_facts(facts: &Facts, session: &mut Session) -> Result<()> {
    let version = |version: &Option<Version>| {
        version.as_ref().map(|version| format!("{}.{}.{}", version.major, version.minor, version.release))
    };
    let hypervisor = facts.hypervisor.as_ref().map(|name| match version(&facts.hypervisor_version) {
        Some(version) => format!("{name} {version}"),
        None => name.clone(),
    });
    let domains = facts.domains.map(|all| match facts.running_domains {
        Some(running) => format!("{all}, {running} of them running"),
        None => all.to_string(),
    });
    let round_trip =
        facts.round_trip_ns.map(|time| format!("{:.1} µs", Duration::from_nanos(time).as_secs_f64() * 1e6));
    let events = if facts.events { "yes" } else { "no" };
    for (label, value) in [
        ("driver", Some(facts.driver.to_owned())),
        ("hypervisor", hypervisor),
        ("speaks as", version(&facts.library_version).map(|version| format!("libvirt {version}"))),
        ("host", facts.hostname.clone()),
        ("domains", domains),
        ("round trip", round_trip),
        ("events", Some(events.to_owned())),
    ] {
        if let Some(value) = value {
            let label = session.output.palette().paint(style::HEADING, &format!("{label:13}"));
            session.output.line(&format!("{label}{}", style::printable(&value)))?;
        }
    }
    Ok(())
}
