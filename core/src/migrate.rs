//! Migration between two connections: the five phases in their order, put right when one fails.

use crate::error::{Error, Result};
use crate::handle::{Connection, Domain};
use omnivirt_model::{ErrorKind, MigrationDestination, MigrationOptions, MigrationOutcome};

impl Domain {
    /// Moves the domain to the host behind another connection, and answers with its handle there.
    ///
    /// The phases run in a task of their own: giving up this future gives up the wait, and the migration still comes
    /// to an end on both sides. [`Domain::abort_job`] stops it.
    ///
    /// # Errors
    ///
    /// What the first phase that failed says; the domain then goes on where it was. `MigrationIncomplete` if the
    /// destination could not be told so and may still hold what it received.
    pub async fn migrate(&self, destination: &Connection, options: MigrationOptions) -> Result<Self> {
        let migration = Migration { source: self.clone(), destination: destination.clone(), options };
        let running = tokio::spawn(migration.run());
        running.await.unwrap_or_else(|error| {
            Err(Error::new(ErrorKind::Internal, "the migration's task ended early").with_source(error))
        })
    }
}

struct Migration {
    source: Domain,
    destination: Connection,
    options: MigrationOptions,
}

impl Migration {
    async fn run(self) -> Result<Domain> {
        let options = &self.options;
        let begun = self.source.migrate_begin(options.clone()).await?;
        let prepared =
            match self.destination.migrate_prepare(&begun.cookie, &begun.xml, options.clone()).await {
                Ok(prepared) => prepared,
                Err(error) => return Err(self.put_back(&begun.cookie, error).await),
            };
        let mut target = MigrationDestination::default();
        target.hypervisor_uri = prepared.hypervisor_uri;
        let performed = self.source.migrate_perform(&prepared.cookie, target, options.clone()).await;
        let (cookie, outcome) = match &performed {
            Ok(cookie) => (cookie.as_slice(), MigrationOutcome::Succeeded),
            Err(_) => (prepared.cookie.as_slice(), MigrationOutcome::Cancelled),
        };
        let name = options.destination_name.as_deref().unwrap_or(self.source.name());
        let finished = self.destination.migrate_finish(name, cookie, outcome, options.clone()).await;
        let arrived = match (performed, finished) {
            (Ok(_), Ok(finished)) => finished,
            (Err(error), Ok(finished)) => return Err(self.put_back(&finished.cookie, error).await),
            (Ok(cookie), Err(error)) => return Err(self.put_back(&cookie, error).await),
            (Err(error), Err(unfinished)) => {
                let error = self.put_back(&begun.cookie, error).await;
                return Err(Error::new(ErrorKind::MigrationIncomplete, error.message())
                    .with_context("destination", unfinished)
                    .with_source(error));
            }
        };
        let domain = arrived.domain.ok_or_else(|| {
            Error::new(ErrorKind::MigrationIncomplete, "the destination finished, and holds no domain")
        })?;
        self.source.migrate_confirm(&arrived.cookie, MigrationOutcome::Succeeded, options.clone()).await?;
        Ok(Domain::new(self.destination, domain))
    }

    /// Lets the domain run on at the source; gives back the error that ended the migration.
    async fn put_back(&self, cookie: &[u8], error: Error) -> Error {
        match self.source.migrate_confirm(cookie, MigrationOutcome::Cancelled, self.options.clone()).await {
            Ok(()) => error,
            Err(confirm) => error.with_context("source", confirm),
        }
    }
}
