//! Migration, version 3 of the protocol, with its arguments as typed parameters.

use super::{CallCx, RemoteDriver, Result};
use crate::values::{from_wire, to_wire};
use omnivirt_core::stream::ByteStream;
use omnivirt_core::{
    DomainRef, MigrationBegun, MigrationDestination, MigrationFinished, MigrationOptions, MigrationOutcome,
    MigrationPrepared,
};
use omnivirt_wire::convert::{Flags, Parameters};
use omnivirt_wire::remote;
use omnivirt_wire::structs::TypedParam;

/// The options, and the document among them.
fn with_document(options: &MigrationOptions, xml: &str) -> Vec<TypedParam> {
    options.clone().destination_xml(xml.to_owned()).to_parameters()
}

pub(crate) async fn domain_migrate_begin(
    driver: &RemoteDriver,
    cx: &CallCx,
    domain: &DomainRef,
    options: &MigrationOptions,
) -> Result<MigrationBegun> {
    let args = remote::DomainMigrateBegin3ParamsArgs {
        dom: to_wire(domain)?,
        params: options.to_parameters(),
        flags: options.bits(),
    };
    let ret = driver.client.call::<remote::DomainMigrateBegin3Params>(cx, &args).await?;
    Ok(MigrationBegun::default().xml(ret.xml).cookie(ret.cookie_out))
}

pub(crate) async fn connection_migrate_prepare(
    driver: &RemoteDriver,
    cx: &CallCx,
    cookie: &[u8],
    xml: &str,
    options: &MigrationOptions,
) -> Result<MigrationPrepared> {
    let args = remote::DomainMigratePrepare3ParamsArgs {
        params: with_document(options, xml),
        cookie_in: cookie.to_vec(),
        flags: options.bits(),
    };
    let ret = driver.client.call::<remote::DomainMigratePrepare3Params>(cx, &args).await?;
    let mut prepared = MigrationPrepared::default().cookie(ret.cookie_out);
    prepared.hypervisor_uri = ret.uri_out;
    Ok(prepared)
}

pub(crate) async fn connection_migrate_prepare_tunnel(
    driver: &RemoteDriver,
    cx: &CallCx,
    mut stream: ByteStream,
    cookie: &[u8],
    xml: &str,
    options: &MigrationOptions,
) -> Result<Vec<u8>> {
    let args = remote::DomainMigratePrepareTunnel3ParamsArgs {
        params: with_document(options, xml),
        cookie_in: cookie.to_vec(),
        flags: options.bits(),
    };
    let (ret, mut tunnel) =
        driver.client.open_stream::<remote::DomainMigratePrepareTunnel3Params>(cx, &args).await?;
    tokio::spawn(async move {
        // The source learns of a failure when its end of the stream closes; dropping the tunnel aborts it.
        let copied = tokio::io::copy(&mut stream, &mut tunnel).await;
        if let Err(error) = copied {
            tracing::debug!(%error, "a migration's tunnel ended early");
        } else if let Err(error) = tunnel.finish().await {
            tracing::debug!(%error, "the destination did not take a migration's tunnel to its end");
        }
    });
    Ok(ret.cookie_out)
}

pub(crate) async fn domain_migrate_perform(
    driver: &RemoteDriver,
    cx: &CallCx,
    domain: &DomainRef,
    cookie: &[u8],
    destination: &MigrationDestination,
    options: &MigrationOptions,
) -> Result<Vec<u8>> {
    let mut parameters = options.clone();
    if destination.hypervisor_uri.is_some() {
        parameters.hypervisor_uri.clone_from(&destination.hypervisor_uri);
    }
    let args = remote::DomainMigratePerform3ParamsArgs {
        dom: to_wire(domain)?,
        dconnuri: destination.connect_uri.clone(),
        params: parameters.to_parameters(),
        cookie_in: cookie.to_vec(),
        flags: options.bits(),
    };
    Ok(driver.client.call::<remote::DomainMigratePerform3Params>(cx, &args).await?.cookie_out)
}

pub(crate) async fn connection_migrate_finish(
    driver: &RemoteDriver,
    cx: &CallCx,
    name: &str,
    cookie: &[u8],
    outcome: MigrationOutcome,
    options: &MigrationOptions,
) -> Result<MigrationFinished> {
    let args = remote::DomainMigrateFinish3ParamsArgs {
        params: options.clone().destination_name(name.to_owned()).to_parameters(),
        cookie_in: cookie.to_vec(),
        flags: options.bits(),
        cancelled: to_wire(outcome)?,
    };
    let ret = driver.client.call::<remote::DomainMigrateFinish3Params>(cx, &args).await?;
    let mut finished = MigrationFinished::default().cookie(ret.cookie_out);
    finished.domain = Some(from_wire(ret.dom)?);
    Ok(finished)
}

pub(crate) async fn domain_migrate_confirm(
    driver: &RemoteDriver,
    cx: &CallCx,
    domain: &DomainRef,
    cookie: &[u8],
    outcome: MigrationOutcome,
    options: &MigrationOptions,
) -> Result<()> {
    let args = remote::DomainMigrateConfirm3ParamsArgs {
        dom: to_wire(domain)?,
        params: options.to_parameters(),
        cookie_in: cookie.to_vec(),
        flags: options.bits(),
        cancelled: to_wire(outcome)?,
    };
    driver.client.call::<remote::DomainMigrateConfirm3Params>(cx, &args).await
}
