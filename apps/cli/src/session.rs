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
        let mut options =
            ConnectOptions::default().read_only(self.options.read_only).caller(Caller::named("omnivirt"));
        if let Some(limit) = self.options.timeout {
            options = options.timeout(limit);
        }
        let uri = match self.options.connect.as_deref().filter(|uri| !uri.is_empty()) {
            Some(uri) => uri,
            None => {
                self.output.note(&format!(
                    "no URI given: {DEFAULT_URI} is used, a simulated host that ends with this command; \
                     set OMNIVIRT_URI or use --connect"
                ))?;
                DEFAULT_URI
            }
        };
        omnivirt::connect_with(uri, options).await
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
