//! Moving a running domain to another host: the phases, and what can be set while one runs.

use crate::connection::TestDriver;
use omnivirt_core::event::Cause;
use omnivirt_core::stream::ByteStream;
use omnivirt_core::*;

/// On which ports a host takes domains, in turn.
const FIRST_PORT: u32 = 49_152;
const PORTS: u32 = 64;

/// The largest speed in MiB a second: it is told in bytes on the way.
const MOST_MIB_PER_S: u64 = u64::MAX >> 20;

#[driver_ops]
impl DomainMigrationOps for TestDriver {
    async fn migrate_begin(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        options: &MigrationOptions,
    ) -> Result<MigrationBegun> {
        let entry = self.host.domain(domain)?;
        let domain = entry.lock()?;
        domain.begin_migration(&self.host, options)
    }

    async fn migrate_prepare(
        &self,
        cx: &CallCx,
        cookie: &[u8],
        xml: &str,
        options: &MigrationOptions,
    ) -> Result<MigrationPrepared> {
        self.expect(cx, cookie, xml, options)?;
        let mut prepared = MigrationPrepared::default().cookie(cookie.to_vec());
        if options.hypervisor_uri.is_none() {
            let port = FIRST_PORT + self.host.machine.next_port() % PORTS;
            prepared = prepared.hypervisor_uri(format!("tcp:{}:{port}", self.host.machine.hostname));
        }
        Ok(prepared)
    }

    async fn migrate_prepare_tunnel(
        &self,
        cx: &CallCx,
        mut stream: ByteStream,
        cookie: &[u8],
        xml: &str,
        options: &MigrationOptions,
    ) -> Result<Vec<u8>> {
        self.expect(cx, cookie, xml, options)?;
        // What goes through the tunnel is of no use here: all that there is to know is in the cookies.
        omnivirt_host::spawn(async move {
            let mut buffer = [0; 4096];
            while let Ok(1..) = stream.read(&mut buffer).await {}
        })?;
        Ok(cookie.to_vec())
    }

    async fn migrate_perform(
        &self,
        cx: &CallCx,
        domain: &DomainRef,
        cookie: &[u8],
        destination: &MigrationDestination,
        options: &MigrationOptions,
    ) -> Result<Vec<u8>> {
        super::migration_source::check_options(options)?;
        super::cookie::Cookie::read(cookie)?;
        match &destination.connect_uri {
            Some(uri) if options.peer_to_peer => self.migrate_peer_to_peer(cx, domain, uri, options).await,
            None if options.peer_to_peer => Err(Error::new(
                ErrorKind::InvalidArgument,
                "a source that talks to the destination by itself needs its URI",
            )),
            _ => self.send(cx, &*self.host.domain(domain)?, options).await,
        }
    }

    async fn migrate_finish(
        &self,
        cx: &CallCx,
        name: &str,
        cookie: &[u8],
        outcome: MigrationOutcome,
        options: &MigrationOptions,
    ) -> Result<MigrationFinished> {
        self.take_in(cx, name, cookie, outcome, options)
    }

    async fn migrate_confirm(
        &self,
        cx: &CallCx,
        domain: &DomainRef,
        _: &[u8],
        outcome: MigrationOutcome,
        options: &MigrationOptions,
    ) -> Result<()> {
        self.confirm(&cx.cause(), domain, outcome, options)
    }

    async fn migrate_max_downtime(&self, _: &CallCx, domain: &DomainRef) -> Result<u64> {
        Ok(self.host.domain(domain)?.lock()?.run()?.extras.migration.downtime_ms)
    }

    async fn set_migrate_max_downtime(&self, _: &CallCx, domain: &DomainRef, downtime_ms: u64) -> Result<()> {
        self.host.domain(domain)?.lock()?.run()?.extras.migration.downtime_ms = downtime_ms;
        Ok(())
    }

    async fn migrate_max_speed(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        options: &MigrationSpeedOptions,
    ) -> Result<u64> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        let limits = &domain.run()?.extras.migration;
        Ok(if options.post_copy { limits.post_copy_mib_per_s } else { limits.mib_per_s })
    }

    async fn set_migrate_max_speed(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        bandwidth_mib_per_s: u64,
        options: &MigrationSpeedOptions,
    ) -> Result<()> {
        if bandwidth_mib_per_s > MOST_MIB_PER_S {
            let message = format!("{bandwidth_mib_per_s} MiB a second are more than can be told in bytes");
            return Err(Error::new(ErrorKind::Overflow, message));
        }
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        let limits = &mut domain.run()?.extras.migration;
        *(if options.post_copy { &mut limits.post_copy_mib_per_s } else { &mut limits.mib_per_s }) =
            bandwidth_mib_per_s;
        Ok(())
    }

    async fn migrate_compression_cache(&self, _: &CallCx, domain: &DomainRef) -> Result<u64> {
        Ok(self.host.domain(domain)?.lock()?.run()?.extras.migration.cache_bytes)
    }

    async fn set_migrate_compression_cache(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        size_bytes: u64,
    ) -> Result<()> {
        if !size_bytes.is_power_of_two() || size_bytes < 4096 {
            let message = format!(
                "the cache is to have {size_bytes} bytes and has to have a power of two from 4096 on"
            );
            return Err(Error::new(ErrorKind::InvalidArgument, message));
        }
        self.host.domain(domain)?.lock()?.run()?.extras.migration.cache_bytes = size_bytes;
        Ok(())
    }

    async fn migrate_start_post_copy(&self, _: &CallCx, domain: &DomainRef) -> Result<()> {
        self.host.domain(domain)?.lock()?.start_post_copy()
    }
}

impl TestDriver {
    fn confirm(
        &self,
        cause: &Cause,
        domain: &DomainRef,
        outcome: MigrationOutcome,
        options: &MigrationOptions,
    ) -> Result<()> {
        let entry = self.host.domain(domain)?;
        entry.lock()?.confirm_migration(&self.host, cause, outcome, options)
    }

    /// Goes through all phases from here, with a connection of its own to the destination.
    async fn migrate_peer_to_peer(
        &self,
        cx: &CallCx,
        domain: &DomainRef,
        uri: &str,
        options: &MigrationOptions,
    ) -> Result<Vec<u8>> {
        let failed = |error: Error| {
            Error::new(
                ErrorKind::ConnectFailed,
                format!("cannot connect to the destination: {}", error.message()),
            )
            .with_source(error)
        };
        let entry = self.host.domain(domain)?;
        let begun = entry.lock()?.begin_migration(&self.host, options)?;
        let destination = connect(uri).await.map_err(failed)?;
        let cause = cx.cause();
        let prepared = self.prepare_there(&destination, &begun, options).await;
        let cookie = match prepared {
            Ok(cookie) => cookie,
            Err(error) => {
                self.confirm(&cause, domain, MigrationOutcome::Cancelled, options)?;
                return Err(error);
            }
        };
        let sent = self.send(cx, &entry, options).await;
        let outcome = if sent.is_ok() { MigrationOutcome::Succeeded } else { MigrationOutcome::Cancelled };
        let name = options.destination_name.as_deref().unwrap_or(&domain.name);
        let finished = destination
            .migrate_finish(name, sent.as_deref().unwrap_or(&cookie), outcome, options.clone())
            .await;
        let outcome = if finished.is_ok() { outcome } else { MigrationOutcome::Cancelled };
        self.confirm(&cause, domain, outcome, options)?;
        finished?;
        destination.close().await?;
        sent
    }

    async fn prepare_there(
        &self,
        destination: &Connection,
        begun: &MigrationBegun,
        options: &MigrationOptions,
    ) -> Result<Vec<u8>> {
        if options.tunnelled {
            let (_near, far) = ByteStream::pair(4096);
            return destination.migrate_prepare_tunnel(far, &begun.cookie, &begun.xml, options.clone()).await;
        }
        Ok(destination.migrate_prepare(&begun.cookie, &begun.xml, options.clone()).await?.cookie)
    }
}
