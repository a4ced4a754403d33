//! Moving a running domain to another host, at the host that it comes to.

use super::cookie::Cookie;
use super::definition::Named;
use super::state::Simulated;
use super::transitions::Origin;
use crate::connection::TestDriver;
use crate::host::Host;
use omnivirt_core::Error;
use omnivirt_core::domain::DomainConfig;
use omnivirt_core::event::*;
use omnivirt_core::*;

impl TestDriver {
    /// Makes ready to take a domain: it is there from then on, and stands still.
    ///
    /// # Errors
    ///
    /// `AlreadyExists`, `XmlSyntax`, `XmlInvalid`, `ConfigUnsupported`, `CpuIncompatible`, `InvalidArgument` for a
    /// cookie that is none.
    pub(super) fn expect(
        &self,
        cx: &CallCx,
        cookie: &[u8],
        xml: &str,
        options: &MigrationOptions,
    ) -> Result<()> {
        super::migration_source::check_options(options)?;
        Cookie::read(cookie)?;
        let config = DomainConfig::parse(xml)?;
        self.host.check_cpu_of(&config)?;
        let known = config.uuid().and_then(|uuid| self.host.domains.by_uuid(uuid));
        if known.is_some_and(|entry| entry.lock().is_ok_and(|domain| domain.is_active())) {
            let message = format!("the domain '{}' runs here already", config.name());
            return Err(Error::new(ErrorKind::AlreadyExists, message));
        }
        if options.offline {
            return Ok(());
        }
        let domain =
            self.host.create(&cx.cause(), Named::of(config)?, Origin::Migrated, true, Some(self.number))?;
        let entry = self.host.domain(&domain)?;
        entry.lock()?.run()?.extras.is_arriving = true;
        Ok(())
    }

    /// Lets the domain that has arrived run, or throws away what came of it.
    ///
    /// # Errors
    ///
    /// `NotFound`, `InvalidArgument` for a cookie that is none, what defining it says.
    pub(super) fn take_in(
        &self,
        cx: &CallCx,
        name: &str,
        cookie: &[u8],
        outcome: MigrationOutcome,
        options: &MigrationOptions,
    ) -> Result<MigrationFinished> {
        let cookie = Cookie::read(cookie)?.unwrap_or_default();
        let cause = cx.cause();
        if options.offline {
            return self.take_definition(&cause, outcome, cookie);
        }
        let missing = || Error::new(ErrorKind::NotFound, format!("no domain '{name}' is arriving"));
        let entry = self.host.domains.by_name(name).ok_or_else(missing)?;
        let mut domain = entry.lock()?;
        let is_arriving = domain.run.as_mut().is_some_and(|run| std::mem::take(&mut run.extras.is_arriving));
        if !is_arriving {
            return Err(missing());
        }
        if outcome == MigrationOutcome::Cancelled {
            domain.end(&self.host, &cause, DomainStateReason::ShutoffFailed, StoppedDetail::Failed);
            return Ok(MigrationFinished::default());
        }
        let persistent = persistent_config(&domain, options)?;
        for (path, image) in &cookie.images {
            self.host.images.set(path, *image);
        }
        domain.extras().guest = cookie.files;
        if let Some(run) = &mut domain.run {
            run.cpu_time_ns = cookie.cpu_time_ns;
            run.auto_destroy = None;
        }
        if let Some(config) = persistent {
            domain.become_persistent(&self.host, &cause, config);
        }
        if !cookie.is_paused && !options.paused {
            domain.unpause(&self.host, &cause, DomainStateReason::RunningMigrated, ResumedDetail::Migrated);
        } else {
            domain.stand(&self.host, DomainState::Paused, DomainStateReason::PausedUser);
        }
        Ok(MigrationFinished::default().domain(domain.reference()))
    }

    /// Takes the definition of a domain that does not run.
    fn take_definition(
        &self,
        cause: &Cause,
        outcome: MigrationOutcome,
        cookie: Cookie,
    ) -> Result<MigrationFinished> {
        if outcome == MigrationOutcome::Cancelled {
            return Ok(MigrationFinished::default());
        }
        let Some(xml) = &cookie.definition else {
            return Err(Error::new(
                ErrorKind::InvalidArgument,
                "a domain that does not run moves as its definition, and the cookie has none",
            ));
        };
        Ok(MigrationFinished::default().domain(self.host.define(cause, Named::read(xml)?)?))
    }
}

/// How the domain is to be defined here, if it is.
fn persistent_config(domain: &Simulated, options: &MigrationOptions) -> Result<Option<DomainConfig>> {
    if !options.persist_destination {
        return Ok(None);
    }
    match &options.persistent_xml {
        None => super::definition::without_id(&domain.current().config).map_err(Error::from).map(Some),
        Some(xml) => {
            let config = DomainConfig::parse(xml.as_str())?;
            if config.uuid() == Some(domain.uuid) && config.name() == *domain.name {
                return Ok(Some(config));
            }
            let message = format!("the definition for the destination is not one of {}", domain.reference());
            Err(Error::new(ErrorKind::InvalidArgument, message))
        }
    }
}

impl Simulated {
    fn become_persistent(&mut self, host: &Host, cause: &Cause, config: DomainConfig) {
        let detail = if self.is_persistent() { DefinedDetail::Updated } else { DefinedDetail::Added };
        self.definition = Some(super::state::Configuration::new(config));
        self.emit(host, cause, LifecycleChange::Defined(detail));
    }
}
