//! `inject`.

use crate::completion;
use crate::error::usage;
use crate::session::Session;
use crate::target;
use clap::Args;
use clap::builder::PossibleValuesParser;
use clap_complete::ArgValueCompleter;
use omnivirt::event::{Event, EventBody, EventKind};
use omnivirt::{ObjectKind, Result, Timestamp, Uuid};
use serde_json::{Map, Value, json};

/// Raise an event on a simulated host, as if it had happened
///
/// Only whoever watches the same host sees it: use it in a script, with --events.
///
/// Example: omnivirt inject watchdog --domain test action=reset
#[derive(Debug, Args)]
pub(crate) struct Inject {
    /// The kind of event
    #[arg(value_parser = PossibleValuesParser::new(EventKind::NAMES), hide_possible_values = true)]
    kind: String,
    /// Fields of the event; those of a field's own as in remote.node=host1
    #[arg(value_name = "FIELD=VALUE", value_parser = field)]
    fields: Vec<(String, String)>,
    /// The domain that it happens to
    #[arg(short, long, add = ArgValueCompleter::new(completion::domains))]
    domain: Option<String>,
}

fn field(text: &str) -> Result<(String, String), String> {
    let (name, value) =
        text.split_once('=').ok_or_else(|| format!("'{text}' is not of the form FIELD=VALUE"))?;
    Ok((name.to_owned(), value.to_owned()))
}

impl Inject {
    pub(crate) async fn run(self, session: &mut Session) -> Result<()> {
        let body = body(&self.kind, &self.fields)?;
        let kind = body.kind();
        let mut event = Event::new(Uuid::nil(), 0, Timestamp::now(), body);
        match (kind.object_kind(), &self.domain) {
            (Some(ObjectKind::Domain), Some(domain)) => {
                let domain = target::domain(&session.connection().await?, domain).await?;
                event.object = Some(domain.reference().clone().into());
            }
            (Some(ObjectKind::Domain), None) => {
                return Err(
                    usage(format!("a {kind} event happens to a domain")).with_hint("name it with --domain")
                );
            }
            (Some(object), _) => {
                return Err(usage(format!("a {kind} event happens to a {}", object.noun()))
                    .with_hint("only events of domains and of the connection can be raised here"));
            }
            (None, _) => {}
        }
        let event = serde_json::to_string(&event).expect("an event is always JSON");
        session.connection().await?.inject_event(&event).await?;
        session.output.text("injected", kind.as_str())
    }
}

/// The event that the words describe. Numbers and truth values may be written as words.
fn body(kind: &str, fields: &[(String, String)]) -> Result<EventBody> {
    let mut body = Map::new();
    for (path, value) in fields {
        let mut place = &mut body;
        let mut steps = path.split('.').peekable();
        while let Some(step) = steps.next() {
            if steps.peek().is_none() {
                place.insert(step.to_owned(), Value::String(value.clone()));
                break;
            }
            let below = place.entry(step).or_insert_with(|| Value::Object(Map::new()));
            place = below
                .as_object_mut()
                .ok_or_else(|| usage(format!("{step} has a value and fields of its own")))?;
        }
    }
    serde_json::from_value(json!({ "type": kind, "body": body })).map_err(|failure| {
        let kind = kind.parse::<EventKind>();
        let known: Vec<&str> =
            kind.map(|kind| kind.fields().iter().map(|field| field.name).collect()).unwrap_or_default();
        usage(failure.to_string()).with_hint(format!("its fields are: {}", known.join(", ")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_make_an_event() {
        let fields = [("offset_seconds".to_owned(), "-7".to_owned())];
        let EventBody::RtcChange(change) = body("rtc_change", &fields).unwrap() else {
            panic!("another kind")
        };
        assert_eq!(change.offset_seconds, -7);
    }

    #[test]
    fn a_wrong_field_is_named_with_those_there_are() {
        let fields = [("offset_seconds".to_owned(), "soon".to_owned())];
        let error = body("rtc_change", &fields).unwrap_err();
        assert!(error.message().contains("offset_seconds"), "{error}");
        assert_eq!(error.hint(), Some("its fields are: offset_seconds"));
    }
}
