//! `script`.

use crate::argument;
use crate::cli::Command;
use crate::error::{self, Context};
use crate::output::event::{EventFormat, EventWriter};
use crate::session::Session;
use clap::{Args, Parser, ValueHint};
use omnivirt::Result;
use omnivirt::events::{EventFilter, EventStream, Policy};
use std::fs::File;
use std::io::{BufRead, BufReader, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Run several commands, a line each, against one connection
///
/// A line is a command of this program without its name: 'start web'. Words are quoted as in a shell; # begins a
/// comment. The first command that fails ends the script, with its exit code.
///
/// Since test:///default is a fresh host for each run of this program, this is how several steps are made against one:
///
///     printf 'define web.xml\nstart web\nlist --all\n' | omnivirt script --events
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Script {
    /// The file with the commands; standard input unless given
    #[arg(default_value = "-", hide_default_value = true, value_hint = ValueHint::FilePath)]
    file: PathBuf,
    /// Show the events that the commands cause, after each command
    #[arg(short, long)]
    events: bool,
    /// Go on after a command that fails; the exit code is that of the last such
    #[arg(short, long)]
    keep_going: bool,
}

/// A line of a script.
#[derive(Debug, Parser)]
#[command(no_binary_name = true, name = "omnivirt")]
struct Line {
    /// The most time that this command may take
    #[arg(long, global = true, value_name = "TIME", value_parser = argument::duration)]
    timeout: Option<Duration>,
    #[command(subcommand)]
    command: Command,
}

impl Script {
    pub(crate) async fn run(self, session: &mut Session) -> Result<()> {
        let mut watcher = match self.events {
            true => Some(Watcher::new(session).await?),
            false => None,
        };
        let mut lines = Lines::open(&self.file)?;
        while let Some(line) = lines.next(session).await? {
            let outcome = run_line(&line, session)
                .await
                .map_err(|error| error.with_context("script_line", lines.number));
            if let Some(watcher) = &mut watcher {
                watcher.show_due(session)?;
            }
            session.output.flush()?;
            match outcome {
                Ok(()) => {}
                Err(failure) if lines.is_typed => error::show(&failure, session.output.format()),
                Err(failure) if self.keep_going => {
                    session.exit_code = error::exit_code(failure.kind());
                    error::show(&failure, session.output.format());
                }
                Err(failure) => return Err(failure),
            }
        }
        Ok(())
    }
}

async fn run_line(line: &str, session: &mut Session) -> Result<()> {
    let words = shlex::split(line).ok_or_else(|| error::usage("a quotation mark is not closed"))?;
    if words.is_empty() {
        return Ok(());
    }
    let Line { timeout, command } = match Line::try_parse_from(words) {
        Ok(line) => line,
        Err(refusal) if refusal.use_stderr() => return Err(error::usage_of(&refusal)),
        Err(help) => return session.output.write(&help.render().to_string()),
    };
    if let Command::Script(_) = command {
        return Err(error::usage("a script cannot run a script"));
    }
    let of_all = session.options.timeout;
    session.options.timeout = timeout.or(of_all);
    let outcome = Box::pin(command.run(session)).await;
    session.options.timeout = of_all;
    outcome
}

/// The lines of a script, from a file or as they are typed.
struct Lines {
    /// None for standard input.
    file: Option<BufReader<File>>,
    number: usize,
    is_typed: bool,
}

impl Lines {
    fn open(path: &Path) -> Result<Self> {
        if path == Path::new("-") {
            return Ok(Self { file: None, number: 0, is_typed: std::io::stdin().is_terminal() });
        }
        let file = File::open(path).context(|| format!("cannot read {}", path.display()))?;
        Ok(Self { file: Some(BufReader::new(file)), number: 0, is_typed: false })
    }

    /// The next line; none at the end.
    async fn next(&mut self, session: &Session) -> Result<Option<String>> {
        if self.is_typed && !session.options.quiet {
            let mut stderr = std::io::stderr().lock();
            write!(stderr, "omnivirt> ")
                .and_then(|()| stderr.flush())
                .context(|| "cannot ask for a command".into())?;
        }
        let mut line = String::new();
        let read = match &mut self.file {
            Some(file) => file.read_line(&mut line).map(|_| line),
            // Nobody knows when it comes: the connection lives on meanwhile.
            None => tokio::task::spawn_blocking(move || std::io::stdin().read_line(&mut line).map(|_| line))
                .await
                .expect("reading a line does not panic"),
        };
        let line = read.context(|| "cannot read the script".into())?;
        self.number += 1;
        Ok(Some(line).filter(|line| !line.is_empty()))
    }
}

/// Shows events that have come since it was last asked.
struct Watcher {
    stream: EventStream,
    writer: EventWriter,
}

impl Watcher {
    async fn new(session: &mut Session) -> Result<Self> {
        let connection = session.connection().await?;
        // Nothing is read while a command runs, and a command may cause any number.
        let stream = connection.subscribe(EventFilter::all(), Policy::unbounded()).await?;
        let format = if session.output.is_json() { EventFormat::Json } else { EventFormat::Table };
        Ok(Self { stream, writer: EventWriter::new(format, connection.uri(), session.output.palette()) })
    }

    fn show_due(&mut self, session: &mut Session) -> Result<()> {
        while let Some(delivery) = self.stream.try_recv() {
            let line = self.writer.delivery(&delivery);
            session.output.line(&line)?;
        }
        Ok(())
    }
}
