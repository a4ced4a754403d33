//! Events as lines: for people with time, number, object, event, details and cause; for programs in each rendering.

use super::style::{self, BAD, FAINT, GOOD, HEADING, NAME, Palette, Style, WARNING, printable};
use jiff::tz::TimeZone;
use omnivirt::event::record::{FieldRef, FieldVisitor, Record};
use omnivirt::event::{Cause, Event, EventBody, Initiator, LifecycleChange};
use omnivirt::events::{Delivery, Gap};
use omnivirt::xml::{Document, NewElement};
use omnivirt::{DomainNow, DomainRef, ObjectKind, ObjectRef, Timestamp};
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

/// Wide enough for most; a line whose cell is wider moves on by that much, since no line is held back for others.
const WIDTHS: [usize; 4] = [12, 6, 20, 24];

/// The form of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum EventFormat {
    /// Columns for people
    Table,
    /// A JSON document a line
    Json,
    /// An XML element a line
    Xml,
    /// A CloudEvents 1.0 document in JSON a line
    #[value(name = "cloudevents")]
    CloudEvents,
}

/// Writes what a registration receives, a line for each.
#[derive(Debug)]
pub(crate) struct EventWriter {
    format: EventFormat,
    /// What CloudEvents name as their source.
    uri: String,
    lines: EventLines,
}

impl EventWriter {
    pub(crate) fn new(format: EventFormat, uri: &str, palette: Palette) -> Self {
        Self { format, uri: uri.to_owned(), lines: EventLines { zone: TimeZone::system(), palette } }
    }

    /// What stands above the columns, if there are columns.
    pub(crate) fn heading(&self) -> Option<String> {
        (self.format == EventFormat::Table).then(|| self.lines.heading())
    }

    /// The line of a delivery. A gap is told in the same format, since what is lost is never lost in silence.
    pub(crate) fn delivery(&self, delivery: &Delivery) -> String {
        match (delivery, self.format) {
            (Delivery::Event(event), EventFormat::Table) => self.lines.event(event),
            (Delivery::Event(event), EventFormat::Json) => to_json(&**event),
            (Delivery::Event(event), EventFormat::Xml) => event.to_xml(),
            (Delivery::Event(event), EventFormat::CloudEvents) => event.to_cloud_event(&self.uri),
            (Delivery::Gap(gap), EventFormat::Table) => self.lines.gap(gap),
            (Delivery::Gap(Gap { from, to, lost }), _) => {
                self.other("gap", json!({ "from": from, "to": to, "lost": lost }), &to.to_string())
            }
        }
    }

    /// The line of a domain's state, which contains the events up to `seq`.
    pub(crate) fn state(&self, now: &DomainNow, seq: u64) -> String {
        if self.format == EventFormat::Table {
            return self.lines.state(now, seq);
        }
        let DomainRef { name, uuid, id } = &now.domain;
        let state = json!({
            "seq": seq, "name": name, "uuid": uuid, "id": id,
            "state": now.state.state, "reason": now.state.reason, "persistent": now.persistent,
        });
        self.other("state", state, &format!("{uuid}:{seq}"))
    }

    /// What is no event, in the format of events for programs.
    fn other(&self, name: &str, fields: Value, id: &str) -> String {
        match self.format {
            EventFormat::Xml => {
                let attributes =
                    fields.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
                let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                let element = attributes.fold(NewElement::new(name), |element, (name, value)| {
                    element.attribute(name, printable(text(value)))
                });
                let document = Document::try_from(&element).expect("what is printable can be written as XML");
                document.as_str().trim_end().to_owned()
            }
            EventFormat::CloudEvents => to_json(&json!({
                "specversion": "1.0", "id": format!("{name}:{id}"), "source": self.uri, "type": format!("omnivirt.{name}"),
                "datacontenttype": "application/json", "data": fields,
            })),
            _ => to_json(&json!({ name: fields })),
        }
    }
}

fn to_json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("an event is always JSON")
}

/// Writes events as columns.
#[derive(Debug)]
struct EventLines {
    zone: TimeZone,
    palette: Palette,
}

impl EventLines {
    /// What stands above the columns.
    fn heading(&self) -> String {
        self.columns(
            ["TIME", "SEQ", "OBJECT", "EVENT"],
            [HEADING; 4],
            &self.palette.paint(HEADING, "DETAILS (CAUSE)"),
        )
    }

    /// An event.
    fn event(&self, event: &Event) -> String {
        let object = event.object.as_ref().map_or_else(|| "-".to_owned(), name_of);
        let (name, event_style) = name_and_style(&event.body);
        let cells = [&*self.time(event.time), &event.seq.to_string(), &*printable(object), &name];
        let details = details(&event.body);
        let cause = cause(&event.cause);
        let rest = match (details.is_empty(), cause.is_empty()) {
            (_, true) => details,
            (true, false) => self.palette.paint(FAINT, &format!("({cause})")),
            (false, false) => format!("{details} {}", self.palette.paint(FAINT, &format!("({cause})"))),
        };
        self.columns(cells, [FAINT, FAINT, NAME, event_style], &rest)
    }

    /// Events that were lost because this program did not keep up.
    fn gap(&self, gap: &Gap) -> String {
        let lost = format!("{} events were lost between {} and {}", gap.lost, gap.from, gap.to);
        self.columns(["", "", "", "gap"], [FAINT, FAINT, NAME, style::ERROR], &lost)
    }

    fn state(&self, now: &DomainNow, seq: u64) -> String {
        let state = now.state.state;
        let cells = ["(now)", &seq.to_string(), &*printable(&*now.domain.name), state.as_str()];
        self.columns(cells, [FAINT, FAINT, NAME, style::state(state)], now.state.reason.as_str())
    }

    fn time(&self, time: Timestamp) -> String {
        let moment = jiff::Timestamp::from_nanosecond(time.nanoseconds().into())
            .expect("64 bits of nanoseconds are in range");
        moment.to_zoned_datetime(self.zone.clone()).strftime("%H:%M:%S%.3f").to_string()
    }

    fn columns(&self, cells: [&str; 4], styles: [Style; 4], rest: &str) -> String {
        let mut line = String::with_capacity(128);
        for ((cell, style), width) in cells.iter().zip(styles).zip(WIDTHS) {
            self.palette.write(style, cell, &mut line);
            line.extend(std::iter::repeat_n(' ', width.saturating_sub(cell.width()) + 2));
        }
        line.push_str(rest);
        line.truncate(line.trim_end().len());
        line
    }
}

/// A domain by its name alone, since most events are of domains.
fn name_of(object: &ObjectRef) -> String {
    match object {
        ObjectRef::Snapshot(snapshot) => format!("{}/{}", snapshot.domain.name, snapshot.name),
        ObjectRef::Checkpoint(checkpoint) => format!("{}/{}", checkpoint.domain.name, checkpoint.name),
        object if object.kind() == ObjectKind::Domain => object.name().to_owned(),
        object => format!("{} {}", object.kind().noun(), object.name()),
    }
}

fn name_and_style(body: &EventBody) -> (String, Style) {
    let EventBody::Lifecycle(lifecycle) = body else { return (body.kind().as_str().to_owned(), WARNING) };
    let style = match lifecycle.change {
        LifecycleChange::Started(_) | LifecycleChange::Resumed(_) => GOOD,
        LifecycleChange::Stopped(_) | LifecycleChange::Crashed(_) => BAD,
        LifecycleChange::Defined(_) | LifecycleChange::Undefined(_) => "",
        _ => WARNING,
    };
    (lifecycle.change.to_string(), style)
}

fn cause(cause: &Cause) -> String {
    match (cause.initiator, &cause.who, &cause.call) {
        (Initiator::Unknown, None, None) => String::new(),
        (Initiator::Client, who, call) => {
            let who = who.as_deref().unwrap_or("client");
            printable(call.as_deref().map_or_else(|| who.to_owned(), |call| format!("{who}: {call}")))
                .into_owned()
        }
        (initiator, ..) => initiator.to_string(),
    }
}

/// The fields of an event on one line: `action=pause, reason=no space`. Those of a lifecycle event say only why, since
/// its name says what.
fn details(body: &EventBody) -> String {
    let mut line = DetailLine { text: String::new(), is_lifecycle: matches!(body, EventBody::Lifecycle(_)) };
    body.fields().visit(&mut line);
    line.text
}

struct DetailLine {
    text: String,
    is_lifecycle: bool,
}

impl DetailLine {
    fn nested(record: &dyn Record) -> String {
        let mut parameter = Parameter::default();
        record.visit(&mut parameter);
        if let Parameter { name: Some(name), value: Some(value) } = parameter {
            return format!("{name}={value}");
        }
        let mut line = Self { text: String::new(), is_lifecycle: false };
        record.visit(&mut line);
        line.text
    }
}

/// A record that has a name and a value: the two are all there is to show of it.
#[derive(Default)]
struct Parameter {
    name: Option<String>,
    value: Option<String>,
}

impl FieldVisitor for Parameter {
    fn field(&mut self, name: &'static str, value: FieldRef<'_>) {
        match name {
            "name" => self.name = plain(value),
            "value" => self.value = plain(value),
            _ => {}
        }
    }
}

/// The text of a value without parts.
fn plain(value: FieldRef<'_>) -> Option<String> {
    match value {
        FieldRef::Bool(value) => Some(value.to_string()),
        FieldRef::Int(value) => Some(value.to_string()),
        FieldRef::Uint(value) => Some(value.to_string()),
        FieldRef::Double(value) => Some(value.to_string()),
        FieldRef::Text(value) => Some(printable(value).into_owned()),
        FieldRef::Record(_) | FieldRef::List(_) => None,
    }
}

impl FieldVisitor for DetailLine {
    fn field(&mut self, name: &'static str, value: FieldRef<'_>) {
        if self.is_lifecycle && name == "change" {
            return;
        }
        let value = match value {
            FieldRef::Text("") => return,
            FieldRef::Record(record) => format!("{{{}}}", Self::nested(record)),
            FieldRef::List(list) => {
                let items = (0..list.len()).filter_map(|index| list.get(index)).map(Self::nested);
                format!("[{}]", items.collect::<Vec<_>>().join(", "))
            }
            other => plain(other).unwrap_or_default(),
        };
        if !self.text.is_empty() {
            self.text.push_str(", ");
        }
        match self.is_lifecycle {
            true => self.text.push_str(&value),
            false => self.text.extend([name, "=", &value]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use omnivirt::event::{Lifecycle, StoppedDetail};
    use omnivirt::{DomainRef, Uuid};

    #[test]
    fn an_event_is_a_line_of_columns() {
        let lines = EventLines { zone: TimeZone::UTC, palette: Palette::plain() };
        let change = LifecycleChange::Stopped(StoppedDetail::Destroyed);
        let mut event = Event::new(Uuid::nil(), 7, Timestamp::from_seconds(61), Lifecycle::new(change));
        event.object = Some(DomainRef::new("web", Uuid::nil(), Some(1)).into());
        event.cause = Cause::client(3).who("omnivirt").call("Domain::destroy");
        assert_eq!(
            lines.heading(),
            "TIME          SEQ     OBJECT                EVENT                     DETAILS (CAUSE)"
        );
        assert_eq!(
            lines.event(&event),
            "00:01:01.000  7       web                   stopped                   destroyed (omnivirt: Domain::destroy)"
        );
    }
}
