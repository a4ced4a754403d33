//! What the commands of one run share: the options, the connection, and where output goes.

use crate::cli::GlobalOptions;
use crate::output::Output;
use omnivirt::{Caller, ConnectOptions, Connection, Result};

/// What is opened where no URI is given.
pub(crate) const DEFAULT_URI: &str = "test:///default";

/// One run of the program. The connection opens when a command first asks for it.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) options: GlobalOptions,
    pub(crate) output: Output,
    /// The exit code where failures were told already.
    pub(crate) exit_code: u8,
    connection: Option<Connection>,
}

impl Session {
    pub(crate) fn new(options: GlobalOptions, output: Output) -> Self {
        Self { options, output, exit_code: 0, connection: None }
    }

    /// The connection, opened if it is not yet. A limit that was asked for holds for its calls, also for jobs.
    pub(crate) async fn connection(&mut self) -> Result<Connection> {
        let connection = match &self.connection {
            Some(connection) => connection.clone(),
            None => {
                let connection = self.open().await?;
                self.connection = Some(connection.clone());
                connection
            }
        };
        Ok(self.options.timeout.map(|limit| connection.with_timeout(limit)).unwrap_or(connection))
    }

    async fn open(&mut self) -> Result<Connection> {
        let uri = self.uri()?;
        omnivirt::connect_with(&uri, self.connect_options()).await
    }

    /// What the command line, or the environment, says to connect to; a note says so where neither does.
    pub(crate) fn uri(&mut self) -> Result<String> {
        match self.options.connect.as_deref().filter(|uri| !uri.is_empty()) {
            Some(uri) => Ok(uri.to_owned()),
            None => {
                self.output.note(&format!(
                    "no URI given: {DEFAULT_URI} is used, a simulated host that ends with this command; \
                     set OMNIVIRT_URI or use --connect"
                ))?;
                Ok(DEFAULT_URI.to_owned())
            }
        }
    }

    /// How the options of the command line open a connection.
    pub(crate) fn connect_options(&self) -> ConnectOptions {
        let options =
            ConnectOptions::default().read_only(self.options.read_only).caller(Caller::named("omnivirt"));
        match self.options.timeout {
            Some(limit) => options.timeout(limit),
            None => options,
        }
    }

    /// Writes out what is written, and closes the connection.
    pub(crate) async fn finish(&mut self) -> Result<()> {
        let flushed = self.output.flush();
        match &self.connection {
            Some(connection) => connection.close().await.and(flushed),
            None => flushed,
        }
    }
}
