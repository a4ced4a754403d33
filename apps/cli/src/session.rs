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
    connection: Option<Connection>,
}

impl Session {
    pub(crate) fn new(options: GlobalOptions, output: Output) -> Self {
        Self { options, output, connection: None }
    }

    /// The connection, opened if it is not yet.
    pub(crate) async fn connection(&mut self) -> Result<Connection> {
        if let Some(connection) = &self.connection {
            return Ok(connection.clone());
        }
        let uri = self.options.connect.as_deref().filter(|uri| !uri.is_empty());
        if uri.is_none() {
            self.output.note(&format!(
                "no URI given: {DEFAULT_URI} is used, a simulated host that ends with this command; set OMNIVIRT_URI or use --connect"
            ))?;
        }
        let connection = open(uri.unwrap_or(DEFAULT_URI), &self.options).await?;
        self.connection = Some(connection.clone());
        Ok(connection)
    }

    /// Writes out what is written, and closes the connection.
    pub(crate) async fn finish(&mut self) -> Result<()> {
        let flushed = self.output.flush();
        match self.connection.take() {
            Some(connection) => connection.close().await.and(flushed),
            None => flushed,
        }
    }
}

/// Opens a connection as the options say.
pub(crate) async fn open(uri: &str, options: &GlobalOptions) -> Result<Connection> {
    let mut how = ConnectOptions::default().read_only(options.read_only).caller(Caller::named("omnivirt"));
    if let Some(limit) = options.timeout {
        how = how.timeout(limit);
    }
    let connection = omnivirt::connect_with(uri, how).await?;
    // A limit that was asked for holds for jobs too.
    Ok(options.timeout.map(|limit| connection.with_timeout(limit)).unwrap_or(connection))
}
