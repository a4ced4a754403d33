//! `events`.

use crate::completion;
use crate::output::event::{EventFormat, EventWriter};
use crate::output::{Cell, style};
use crate::session::Session;
use crate::target;
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap_complete::ArgValueCompleter;
use omnivirt::event::EventKind;
use omnivirt::events::{Delivery, EventFilter, EventStream, Policy};
use omnivirt::{Connection, DomainNow, Error, ErrorKind, ObjectKind, ObjectRef, Result};
use serde::Serialize;
use tokio::time::Instant;

/// So many events wait while a slow terminal or pipe holds this program up.
const QUEUE: usize = 1 << 16;

/// Show events as they happen
///
/// Ends when --count events were shown, when --timeout has passed, or with Ctrl-C. If the time passes before --count
/// events came, the exit code is 4.
///
/// Example: omnivirt events --kind lifecycle --where 'body.change in ["stopped", "crashed"]'
#[derive(Debug, Args)]
#[command(alias = "event")]
pub(crate) struct Events {
    /// Only events of these kinds; where nothing else chooses, all but monitor_event, QEMU's own words for the others
    #[arg(short, long, value_name = "KIND", value_delimiter = ',', value_parser = kinds(), hide_possible_values = true)]
    kind: Vec<EventKind>,
    /// Only events of these domains
    #[arg(short, long, add = ArgValueCompleter::new(completion::domains))]
    domain: Vec<String>,
    /// Only events for which this CEL expression over their JSON is true
    #[arg(short, long = "where", value_name = "EXPRESSION")]
    expression: Option<String>,
    /// First the state of each domain, then every event since
    #[arg(long)]
    since_start: bool,
    /// End after so many events
    #[arg(short = 'n', long, value_name = "NUMBER")]
    count: Option<u64>,
    /// The form of events; with --output json, json
    #[arg(short, long, value_enum)]
    format: Option<EventFormat>,
    /// List the kinds of events and end
    #[arg(short, long)]
    list: bool,
}

fn kinds() -> impl TypedValueParser<Value = EventKind> {
    PossibleValuesParser::new(EventKind::NAMES).try_map(|name| name.parse::<EventKind>())
}

impl Events {
    pub(crate) async fn run(self, session: &mut Session) -> Result<()> {
        if self.list {
            return list_kinds(session);
        }
        let deadline = session.options.timeout.map(|limit| Instant::now() + limit);
        let connection = session.connection().await?;
        let writer = self.writer(&connection, session);
        let stream = self.begin(&connection, &writer, session).await?;
        let shown = self.show(stream, &writer, deadline, session).await?;
        match self.count {
            Some(count) if shown < count => Err(Error::new(
                ErrorKind::Timeout,
                format!("the time was over after {shown} of {count} events"),
            )),
            _ => Ok(()),
        }
    }

    fn writer(&self, connection: &Connection, session: &Session) -> EventWriter {
        let format = self.format.unwrap_or(match session.output.is_json() {
            true => EventFormat::Json,
            false => EventFormat::Table,
        });
        EventWriter::new(format, connection.uri(), session.output.palette())
    }

    /// Which kinds are shown.
    fn kinds(&self) -> Vec<EventKind> {
        if !self.kind.is_empty() || self.expression.is_some() {
            return self.kind.clone();
        }
        let all = EventKind::NAMES.iter().filter_map(|name| name.parse().ok());
        all.filter(|kind| *kind != EventKind::MonitorEvent).collect()
    }

    /// Registers, and writes what stands before the first event.
    async fn begin(
        &self,
        connection: &Connection,
        writer: &EventWriter,
        session: &mut Session,
    ) -> Result<EventStream> {
        let mut filter = EventFilter::all().kinds(self.kinds());
        filter.expression.clone_from(&self.expression);
        for name in &self.domain {
            filter = filter.object(target::domain(connection, name).await?.reference().clone());
        }
        let policy = Policy::drop_oldest().capacity(QUEUE);
        let (states, seq, stream) = match self.since_start {
            false => (Vec::new(), 0, connection.subscribe(filter.clone(), policy).await?),
            true => {
                let begun = connection.snapshot_then_stream(filter.clone(), policy).await?;
                (begun.state, begun.seq, begun.stream)
            }
        };
        if let Some(heading) = writer.heading() {
            session.output.line(&heading)?;
        }
        for now in states.iter().filter(|now| filter.objects.is_empty() || is_among(now, &filter.objects)) {
            let line = writer.state(now, seq);
            session.output.line(&line)?;
        }
        Ok(stream)
    }

    /// Shows events until there are enough, the time is over or the connection closes. Says how many there were.
    async fn show(
        &self,
        mut stream: EventStream,
        writer: &EventWriter,
        deadline: Option<Instant>,
        session: &mut Session,
    ) -> Result<u64> {
        let mut shown = 0;
        while self.count.is_none_or(|count| shown < count) {
            if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
                break;
            }
            let next = match stream.try_recv() {
                Some(delivery) => Some(delivery),
                None => {
                    session.output.flush()?;
                    let Some(next) = before(deadline, stream.recv()).await else { break };
                    next
                }
            };
            let Some(delivery) = next else {
                return Err(Error::new(ErrorKind::ConnectionClosed, "the connection was closed"));
            };
            session.output.line(&writer.delivery(&delivery))?;
            shown += u64::from(matches!(delivery, Delivery::Event(_)));
        }
        session.output.flush()?;
        Ok(shown)
    }
}

fn is_among(now: &DomainNow, objects: &[ObjectRef]) -> bool {
    objects.iter().any(|object| object.uuid() == Some(now.domain.uuid))
}

/// Shows which kinds of events there are, and what their bodies hold.
fn list_kinds(session: &mut Session) -> Result<()> {
    #[derive(Serialize)]
    struct Kind {
        kind: &'static str,
        object: Option<ObjectKind>,
        fields: Vec<&'static str>,
    }
    let kind = |kind: &EventKind| Kind {
        kind: kind.as_str(),
        object: kind.object_kind(),
        fields: kind.fields().iter().map(|field| field.name).collect(),
    };
    let kinds: Vec<Kind> = EventKind::ALL.iter().map(kind).collect();
    session.output.list(&kinds, ["Kind", "Object", "Fields"], |kind| {
        [
            Cell::new(kind.kind).style(style::NAME),
            Cell::optional(kind.object),
            Cell::new(kind.fields.join(", ")),
        ]
    })
}

/// What the future gives, or nothing if the deadline comes first.
async fn before<T>(deadline: Option<Instant>, future: impl Future<Output = T>) -> Option<T> {
    match deadline {
        Some(deadline) => tokio::time::timeout_at(deadline, future).await.ok(),
        None => Some(future.await),
    }
}
