//! Past the driver: `qemu-monitor`, `qemu-agent`.

use super::DomainArgument;
use crate::argument;
use crate::error::usage;
use crate::output::Format;
use crate::session::Session;
use clap::{Args, Subcommand};
use omnivirt::{AgentTimeout, AgentWait, Error, ErrorKind, MonitorCommandOptions, Result};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::time::Duration;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a command of QEMU's monitor, and show its answer
    ///
    /// COMMAND is JSON as QEMU reads it, or a command's name and its arguments as NAME=VALUE, or with --hmp what people type: what
    /// begins with a hyphen there stands behind --, or in quotes together with the word before it. An answer
    /// that is an error is shown too; the exit code is then 1. The driver may lose track of a domain that is changed this way.
    ///
    /// What QEMU tells by itself is shown by 'omnivirt events --kind monitor_event'.
    ///
    /// Example: omnivirt qemu-monitor web query-status
    ///
    /// Example: omnivirt qemu-monitor web human-monitor-command 'command-line="info status"'
    ///
    /// Example: omnivirt qemu-monitor web --hmp info status
    #[command(visible_alias = "qemu-monitor-command")]
    QemuMonitor(Monitor),
    /// Send the guest agent a command, and show its answer
    ///
    /// COMMAND is JSON as the agent reads it, or a command's name and its arguments as NAME=VALUE. An answer that is an error is shown
    /// too; the exit code is then 1.
    ///
    /// Example: omnivirt qemu-agent web guest-info
    #[command(visible_alias = "qemu-agent-command")]
    QemuAgent(Agent),
}

#[derive(Debug, Args)]
pub(crate) struct Monitor {
    #[command(flatten)]
    domain: DomainArgument,
    /// The command is as people type it
    #[arg(long)]
    hmp: bool,
    #[command(flatten)]
    words: Words,
}

#[derive(Debug, Args)]
pub(crate) struct Agent {
    #[command(flatten)]
    domain: DomainArgument,
    /// How long to wait for the agent: a time such as 5s, 'forever', or 'no' not to wait; as the driver is set up unless given
    #[arg(long, value_name = "TIME", value_parser = wait)]
    wait: Option<AgentTimeout>,
    #[command(flatten)]
    words: Words,
}

/// The command itself, and how its answer is shown.
#[derive(Debug, Args)]
struct Words {
    /// Indent the answer
    #[arg(long)]
    pretty: bool,
    /// Show only what the command returned
    #[arg(long)]
    return_value: bool,
    /// The command; several words are joined
    #[arg(value_name = "COMMAND", required = true)]
    command: Vec<String>,
}

fn wait(text: &str) -> Result<AgentTimeout, String> {
    let timeout = AgentTimeout::default();
    match text {
        "forever" => Ok(timeout.wait(AgentWait::Forever)),
        "no" => Ok(timeout.wait(AgentWait::NoWait)),
        text => {
            let time: Duration = argument::duration(text)?;
            // The call counts whole seconds; less than one is one.
            let seconds = time.as_secs() + u64::from(time.subsec_nanos() > 0);
            let seconds = u32::try_from(seconds.max(1)).map_err(|_| format!("'{text}' is too long"))?;
            Ok(timeout.seconds(seconds))
        }
    }
}

impl Command {
    pub(crate) async fn run(self, session: &mut Session) -> Result<()> {
        match self {
            Self::QemuMonitor(monitor) => monitor.run(session).await,
            Self::QemuAgent(agent) => agent.run(session).await,
        }
    }
}

impl Monitor {
    async fn run(self, session: &mut Session) -> Result<()> {
        let options = MonitorCommandOptions::default().hmp(self.hmp);
        let command = match self.hmp {
            true => self.words.command.join(" "),
            false => self.words.as_json()?,
        };
        let domain = self.domain.find(session).await?;
        let answer = domain.qemu_monitor_command(&command, options).await?;
        match (self.hmp, session.output.format()) {
            (false, _) => self.words.show(&answer, session),
            (true, Format::Json) => session.output.text("answer", &answer),
            (true, Format::Table) => {
                // QEMU ends its lines as terminals want them.
                let answer = answer.replace("\r\n", "\n");
                if answer.trim().is_empty() { Ok(()) } else { session.output.text("answer", &answer) }
            }
        }
    }
}

impl Agent {
    async fn run(self, session: &mut Session) -> Result<()> {
        let command = self.words.as_json()?;
        let domain = self.domain.find(session).await?;
        match domain.qemu_agent_command(&command, self.wait.unwrap_or_default()).await? {
            Some(answer) => self.words.show(&answer, session),
            None => session.output.done(domain.reference(), "qemu-agent", "was sent the command"),
        }
    }
}

impl Words {
    /// The command in JSON.
    fn as_json(&self) -> Result<String> {
        let joined = self.command.join(" ");
        if joined.trim_start().starts_with('{') {
            return Ok(joined);
        }
        // One word in a shell may be several here: 'stop' and "query-block" are names, with spaces they are not.
        let mut words = self.command.iter();
        let name = words.next().map(String::as_str).unwrap_or_default();
        if name.is_empty() || name.contains(|letter: char| letter.is_whitespace() || letter == '=') {
            return Err(usage(format!("'{name}' is no command's name")).with_hint(
                "write JSON, or a name and its arguments as NAME=VALUE; --hmp takes what people type",
            ));
        }
        let mut arguments = Map::new();
        for word in words {
            let Some((name, value)) = word.split_once('=') else {
                return Err(usage(format!("'{word}' is not of the form NAME=VALUE"))
                    .with_hint("--hmp takes commands as people type them"));
            };
            // What is no JSON is text.
            let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
            arguments.insert(name.to_owned(), value);
        }
        let mut command = Map::from_iter([("execute".to_owned(), Value::from(name))]);
        if !arguments.is_empty() {
            command.insert("arguments".into(), arguments.into());
        }
        Ok(Value::from(command).to_string())
    }

    /// Shows an answer in JSON, in its own order.
    fn show(&self, answer: &str, session: &mut Session) -> Result<()> {
        let Ok(Answer { returned, error }) = serde_json::from_str(answer) else {
            // It is shown as it came; what is in it nobody knows.
            return session.output.text("answer", answer);
        };
        if error.is_some() {
            session.exit_code = 1;
        }
        let shown = returned.filter(|_| self.return_value).map_or(answer, RawValue::get).trim();
        match self.pretty && !session.output.is_json() {
            true => session.output.line(&indented(shown)?),
            false => session.output.line(shown),
        }
    }
}

/// What of an answer matters here.
#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow, rename = "return")]
    returned: Option<&'a RawValue>,
    error: Option<IgnoredAny>,
}

/// JSON with a line for each value.
fn indented(json: &str) -> Result<String> {
    let mut reader = serde_json::Deserializer::from_str(json);
    let mut text = Vec::new();
    let mut writer = serde_json::Serializer::pretty(&mut text);
    serde_transcode::transcode(&mut reader, &mut writer).map_err(|error| {
        Error::new(ErrorKind::ProtocolError, "the answer cannot be indented").with_source(error)
    })?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(words: &[&str]) -> Result<String> {
        let command = words.iter().map(|word| (*word).to_owned()).collect();
        Words { pretty: false, return_value: false, command }.as_json()
    }

    #[test]
    fn a_command_is_json_or_made_into_it() {
        for (words, expected) in [
            (&["{\"execute\":", "\"stop\"}"][..], r#"{"execute": "stop"}"#),
            (&["query-status"], r#"{"execute":"query-status"}"#),
            (
                &["balloon", "value=1024", "x=a=b", "y={\"z\": [1]}"],
                r#"{"arguments":{"value":1024,"x":"a=b","y":{"z":[1]}},"execute":"balloon"}"#,
            ),
        ] {
            assert_eq!(json(words).unwrap(), expected);
        }
        for words in [&["info status"][..], &["info", "status"], &["a=b"], &[""]] {
            assert!(json(words).unwrap_err().hint().is_some_and(|hint| hint.contains("--hmp")), "{words:?}");
        }
    }

    #[test]
    fn waiting_for_the_agent() {
        assert_eq!(wait("1500ms"), Ok(AgentTimeout::default().seconds(2_u32)));
        assert_eq!(wait("no"), Ok(AgentTimeout::default().wait(AgentWait::NoWait)));
        assert!(wait("soon").is_err() && wait("200000000000s").is_err());
    }
}
