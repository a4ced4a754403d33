//! What domains are, and what is done to them.

use super::{CallCx, RemoteDriver, Result, agent_timeout, where_known};
use crate::values::{from_wire, senseless, to_wire};
use omnivirt_core::{
    AgentTimeout, Autostart, AutostartOptions, BlockJobInfo, DomainRef, DomainStateInfo, DomainStatus,
    RestoreOptions, SaveOptions, SnapshotRef, SnapshotStatus, Timestamp,
};
use omnivirt_wire::convert::{Flags, Parameters, moment, seconds_and_nanoseconds, state_info};
use omnivirt_wire::structs::{TypedParam, TypedParamValue};
use omnivirt_wire::{qemu, remote};

/// libvirt's flag for "as the host's clock says".
const TIME_OF_HOST: u32 = 1;

/// libvirt's flag for a bandwidth in bytes.
const BANDWIDTH_IN_BYTES: u32 = 1;

pub(crate) async fn domain_state(
    driver: &RemoteDriver,
    cx: &CallCx,
    domain: &DomainRef,
) -> Result<DomainStateInfo> {
    let args = remote::DomainGetStateArgs { dom: to_wire(domain)?, flags: 0 };
    let ret = driver.client.call::<remote::DomainGetState>(cx, &args).await?;
    state_info(ret.state, ret.reason).map_err(senseless)
}

pub(crate) async fn domain_status(
    driver: &RemoteDriver,
    cx: &CallCx,
    domain: &DomainRef,
) -> Result<DomainStatus> {
    let active = remote::DomainIsActiveArgs { dom: to_wire(domain)? };
    let persistent = remote::DomainIsPersistentArgs { dom: to_wire(domain)? };
    let updated = remote::DomainIsUpdatedArgs { dom: to_wire(domain)? };
    let (active, persistent, updated) = tokio::join!(
        driver.client.call::<remote::DomainIsActive>(cx, &active),
        driver.client.call::<remote::DomainIsPersistent>(cx, &persistent),
        driver.client.call::<remote::DomainIsUpdated>(cx, &updated),
    );
    Ok(DomainStatus::default()
        .active(active?.active != 0)
        .persistent(persistent?.persistent != 0)
        .updated(updated?.updated != 0))
}

pub(crate) async fn snapshot_status(
    driver: &RemoteDriver,
    cx: &CallCx,
    snapshot: &SnapshotRef,
) -> Result<SnapshotStatus> {
    let current = remote::DomainSnapshotIsCurrentArgs { snap: to_wire(snapshot)?, flags: 0 };
    let metadata = remote::DomainSnapshotHasMetadataArgs { snap: to_wire(snapshot)?, flags: 0 };
    let (current, metadata) = tokio::join!(
        driver.client.call::<remote::DomainSnapshotIsCurrent>(cx, &current),
        driver.client.call::<remote::DomainSnapshotHasMetadata>(cx, &metadata),
    );
    Ok(SnapshotStatus::default().current(current?.current != 0).has_metadata(metadata?.metadata != 0))
}

pub(crate) async fn domain_autostart(
    driver: &RemoteDriver,
    cx: &CallCx,
    domain: &DomainRef,
) -> Result<Autostart> {
    let enabled = remote::DomainGetAutostartArgs { dom: to_wire(domain)? };
    let once = remote::DomainGetAutostartOnceArgs { dom: to_wire(domain)? };
    let (enabled, once) = tokio::join!(
        driver.client.call::<remote::DomainGetAutostart>(cx, &enabled),
        driver.client.call::<remote::DomainGetAutostartOnce>(cx, &once),
    );
    let once = where_known(once)?.is_some_and(|once| once.autostart != 0);
    Ok(Autostart::default().enabled(enabled?.autostart != 0).once(once))
}

pub(crate) async fn domain_set_autostart(
    driver: &RemoteDriver,
    cx: &CallCx,
    domain: &DomainRef,
    options: &AutostartOptions,
) -> Result<()> {
    if let Some(enabled) = options.enabled {
        let args = remote::DomainSetAutostartArgs { dom: to_wire(domain)?, autostart: enabled.into() };
        driver.client.call::<remote::DomainSetAutostart>(cx, &args).await?;
    }
    if let Some(once) = options.once {
        let args = remote::DomainSetAutostartOnceArgs { dom: to_wire(domain)?, autostart: once.into() };
        driver.client.call::<remote::DomainSetAutostartOnce>(cx, &args).await?;
    }
    Ok(())
}

pub(crate) async fn domain_time(driver: &RemoteDriver, cx: &CallCx, domain: &DomainRef) -> Result<Timestamp> {
    let args = remote::DomainGetTimeArgs { dom: to_wire(domain)?, flags: 0 };
    let ret = driver.client.call::<remote::DomainGetTime>(cx, &args).await?;
    moment(ret.seconds, ret.nseconds).map_err(senseless)
}

pub(crate) async fn domain_set_time(
    driver: &RemoteDriver,
    cx: &CallCx,
    domain: &DomainRef,
    time: Option<Timestamp>,
) -> Result<()> {
    let (seconds, nseconds) = time.map_or((0, 0), seconds_and_nanoseconds);
    let flags = if time.is_some() { 0 } else { TIME_OF_HOST };
    let args = remote::DomainSetTimeArgs { dom: to_wire(domain)?, seconds, nseconds, flags };
    driver.client.call::<remote::DomainSetTime>(cx, &args).await
}

pub(crate) async fn domain_set_agent_timeout(
    driver: &RemoteDriver,
    cx: &CallCx,
    domain: &DomainRef,
    timeout: &AgentTimeout,
) -> Result<()> {
    let args = remote::DomainAgentSetResponseTimeoutArgs {
        dom: to_wire(domain)?,
        timeout: agent_timeout(timeout)?,
        flags: 0,
    };
    driver.client.call::<remote::DomainAgentSetResponseTimeout>(cx, &args).await?;
    Ok(())
}

pub(crate) async fn domain_qemu_agent_command(
    driver: &RemoteDriver,
    cx: &CallCx,
    domain: &DomainRef,
    command: &str,
    timeout: &AgentTimeout,
) -> Result<Option<String>> {
    let args = qemu::DomainAgentCommandArgs {
        dom: to_wire(domain)?,
        cmd: command.into(),
        timeout: agent_timeout(timeout)?,
        flags: 0,
    };
    Ok(driver.client.call::<qemu::DomainAgentCommand>(cx, &args).await?.result)
}

pub(crate) async fn domain_block_job_info(
    driver: &RemoteDriver,
    cx: &CallCx,
    domain: &DomainRef,
    disk: &str,
) -> Result<Option<BlockJobInfo>> {
    let args = remote::DomainGetBlockJobInfoArgs {
        dom: to_wire(domain)?,
        path: disk.into(),
        flags: BANDWIDTH_IN_BYTES,
    };
    let ret = driver.client.call::<remote::DomainGetBlockJobInfo>(cx, &args).await?;
    if ret.found == 0 {
        return Ok(None);
    }
    let info = BlockJobInfo::default()
        .kind(from_wire(ret.r#type)?)
        .bandwidth_bytes_per_s(ret.bandwidth)
        .current(ret.cur)
        .end(ret.end);
    Ok(Some(info))
}

pub(crate) async fn domain_scheduler_type(
    driver: &RemoteDriver,
    cx: &CallCx,
    domain: &DomainRef,
) -> Result<String> {
    let args = remote::DomainGetSchedulerTypeArgs { dom: to_wire(domain)? };
    Ok(driver.client.call::<remote::DomainGetSchedulerType>(cx, &args).await?.r#type)
}

/// Where the image is, as a typed parameter.
fn file(path: &str) -> TypedParam {
    TypedParam { field: "file".into(), value: TypedParamValue::String(path.into()) }
}

/// The newer form is only used for what the older one cannot say: it works with older daemons.
pub(crate) async fn domain_save(
    driver: &RemoteDriver,
    cx: &CallCx,
    domain: &DomainRef,
    path: &str,
    options: &SaveOptions,
) -> Result<()> {
    let dom = to_wire(domain)?;
    if options.image_format.is_none() && options.parallel_channels.is_none() {
        let args = remote::DomainSaveFlagsArgs {
            dom,
            to: path.into(),
            dxml: options.xml.clone(),
            flags: options.bits(),
        };
        return driver.client.call::<remote::DomainSaveFlags>(cx, &args).await;
    }
    let mut params = options.to_parameters();
    params.push(file(path));
    let args = remote::DomainSaveParamsArgs { dom, params, flags: options.bits() };
    driver.client.call::<remote::DomainSaveParams>(cx, &args).await
}

/// As for [`domain_save`].
pub(crate) async fn connection_restore(
    driver: &RemoteDriver,
    cx: &CallCx,
    path: &str,
    options: &RestoreOptions,
) -> Result<()> {
    if options.parallel_channels.is_none() {
        let args = remote::DomainRestoreFlagsArgs {
            from: path.into(),
            dxml: options.xml.clone(),
            flags: options.bits(),
        };
        return driver.client.call::<remote::DomainRestoreFlags>(cx, &args).await;
    }
    let mut params = options.to_parameters();
    params.push(file(path));
    let args = remote::DomainRestoreParamsArgs { params, flags: options.bits() };
    driver.client.call::<remote::DomainRestoreParams>(cx, &args).await
}
