//! `drivers`.

use crate::error::usage;
use crate::output::{Cell, style};
use crate::session::Session;
use clap::Args;
use futures_util::future::join_all;
use omnivirt::{ConnectOptions, ConnectUri, DriverEntry, Error, ErrorKind, Registry, Result, calls};
use serde::Serialize;
use std::time::Duration;

/// Longer an example is not waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// List the drivers that are linked into this program, or show what one can do
///
/// What a driver can do is asked of a connection to its example URI, if that is on this host and can be opened.
#[derive(Debug, Args)]
pub(crate) struct Drivers {
    /// Show each family of calls of this driver
    #[arg(value_name = "DRIVER")]
    name: Option<String>,
}

/// A driver. `families` is there if its example could be opened, else `cannot_open`.
#[derive(Debug, Serialize)]
struct Driver {
    name: &'static str,
    about: &'static str,
    schemes: &'static [&'static str],
    transports: &'static [&'static str],
    example: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    families: Option<Vec<Family>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cannot_open: Option<String>,
}

/// The calls of a family that a driver fills, and those that it leaves out.
#[derive(Debug, Serialize)]
struct Family {
    name: &'static str,
    calls: Vec<&'static str>,
    lacks: Vec<&'static str>,
}

impl Drivers {
    pub(crate) async fn run(self, session: &mut Session) -> Result<()> {
        let registry = Registry::linked();
        let Some(name) = self.name else {
            let drivers = join_all(registry.drivers().iter().map(driver)).await;
            return show_all(&drivers, session);
        };
        let Some(entry) = registry.drivers().iter().find(|entry| entry.name == name) else {
            let known: Vec<&str> = registry.drivers().iter().map(|entry| entry.name).collect();
            return Err(Error::new(ErrorKind::NoDriver, format!("no driver named '{name}' is linked"))
                .with_hint(format!("linked drivers: {}", known.join(", "))));
        };
        show_one(&driver(entry).await, session)
    }
}

async fn driver(entry: &DriverEntry) -> Driver {
    let (families, cannot_open) = match families(entry).await {
        Ok(families) => (Some(families), None),
        Err(error) => (None, Some(error.message().to_owned())),
    };
    Driver {
        name: entry.name,
        about: entry.about,
        schemes: entry.schemes,
        transports: entry.transports,
        example: entry.example,
        families,
        cannot_open,
    }
}

/// What a connection to the example says that it can do.
async fn families(entry: &DriverEntry) -> Result<Vec<Family>> {
    let uri: ConnectUri = entry.example.parse()?;
    if uri.host().is_some() {
        return Err(usage("its example is on another host, which is not called for this list"));
    }
    let options = ConnectOptions::default().read_only(true).in_process(true).timeout(PATIENCE);
    let connection = Registry::of([*entry]).open(entry.example, options).await?;
    let claims = connection.claims();
    connection.close().await?;
    let family = |(name, claimed): (&'static str, &'static [&'static str])| {
        let all = calls::ALL.iter().filter(|call| call.family == name).map(|call| call.name);
        let (calls, lacks) = all.partition(|call| claimed.contains(call));
        Family { name, calls, lacks }
    };
    Ok(claims.into_iter().map(family).collect())
}

fn show_all(drivers: &[Driver], session: &mut Session) -> Result<()> {
    session.output.list(drivers, ["Driver", "Example", "Calls", "About"], |driver| {
        let filled = |families: &Vec<Family>| families.iter().map(|family| family.calls.len()).sum::<usize>();
        let calls =
            driver.families.as_ref().map(|families| format!("{} of {}", filled(families), calls::ALL.len()));
        [
            Cell::new(driver.name).style(style::NAME),
            Cell::new(driver.example),
            Cell::optional(calls),
            Cell::new(driver.about),
        ]
    })?;
    if session.output.is_json() {
        return Ok(());
    }
    for driver in drivers {
        if let Some(reason) = &driver.cannot_open {
            session.output.note(&format!("{}: {reason}", driver.name))?;
        }
    }
    Ok(())
}

fn show_one(driver: &Driver, session: &mut Session) -> Result<()> {
    if session.output.is_json() {
        return session.output.json(driver);
    }
    for (label, value) in [
        ("about", driver.about.to_owned()),
        ("schemes", driver.schemes.join(", ")),
        ("transports", driver.transports.join(", ")),
        ("example", driver.example.to_owned()),
        ("cannot open", driver.cannot_open.clone().unwrap_or_default()),
    ] {
        if !value.is_empty() {
            let label = session.output.palette().paint(style::HEADING, &format!("{label:14}"));
            session.output.line(&format!("{label}{value}"))?;
        }
    }
    let Some(families) = &driver.families else { return Ok(()) };
    session.output.line("")?;
    session.output.list(families, ["Family", "Calls", "Lacks"], |family| {
        [
            Cell::new(family.name),
            Cell::new(format!("{} of {}", family.calls.len(), family.calls.len() + family.lacks.len())),
            Cell::new(family.lacks.join(" ")).style(style::FAINT),
        ]
    })
}
