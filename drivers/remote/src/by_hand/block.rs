//! Disks: amounts whose unit libvirt's flags give.

use super::{CallCx, RemoteDriver, Result};
use crate::values::to_wire;
use omnivirt_core::{BlockCommitOptions, BlockPullOptions, BlockResizeOptions, DomainRef};
use omnivirt_wire::convert::Flags;
use omnivirt_wire::remote;

/// libvirt's flags for a bandwidth in bytes per second, and for a size in bytes.
const PULL_IN_BYTES: u32 = 0x40;
const COMMIT_IN_BYTES: u32 = 0x10;
const SPEED_IN_BYTES: u32 = 0x1;
const SIZE_IN_BYTES: u32 = 0x1;

/// Without a base it is libvirt's older call, which more drivers have.
pub(crate) async fn domain_block_pull(
    driver: &RemoteDriver,
    cx: &CallCx,
    domain: &DomainRef,
    disk: &str,
    options: &BlockPullOptions,
) -> Result<()> {
    let (dom, path, bandwidth) = (to_wire(domain)?, disk.to_owned(), options.bandwidth_bytes_per_s);
    let flags = options.bits() | PULL_IN_BYTES;
    match &options.base {
        None if options.bits() == 0 => {
            let args = remote::DomainBlockPullArgs { dom, path, bandwidth, flags };
            driver.client.call::<remote::DomainBlockPull>(cx, &args).await
        }
        base => {
            let args = remote::DomainBlockRebaseArgs { dom, path, base: base.clone(), bandwidth, flags };
            driver.client.call::<remote::DomainBlockRebase>(cx, &args).await
        }
    }
}

pub(crate) async fn domain_block_commit(
    driver: &RemoteDriver,
    cx: &CallCx,
    domain: &DomainRef,
    disk: &str,
    options: &BlockCommitOptions,
) -> Result<()> {
    let args = remote::DomainBlockCommitArgs {
        dom: to_wire(domain)?,
        disk: disk.to_owned(),
        base: options.base.clone(),
        top: options.top.clone(),
        bandwidth: options.bandwidth_bytes_per_s,
        flags: options.bits() | COMMIT_IN_BYTES,
    };
    driver.client.call::<remote::DomainBlockCommit>(cx, &args).await
}

pub(crate) async fn domain_set_block_job_speed(
    driver: &RemoteDriver,
    cx: &CallCx,
    domain: &DomainRef,
    disk: &str,
    bandwidth_bytes_per_s: u64,
) -> Result<()> {
    let args = remote::DomainBlockJobSetSpeedArgs {
        dom: to_wire(domain)?,
        path: disk.to_owned(),
        bandwidth: bandwidth_bytes_per_s,
        flags: SPEED_IN_BYTES,
    };
    driver.client.call::<remote::DomainBlockJobSetSpeed>(cx, &args).await
}

pub(crate) async fn domain_block_resize(
    driver: &RemoteDriver,
    cx: &CallCx,
    domain: &DomainRef,
    disk: &str,
    size_bytes: u64,
    options: &BlockResizeOptions,
) -> Result<()> {
    let args = remote::DomainBlockResizeArgs {
        dom: to_wire(domain)?,
        disk: disk.to_owned(),
        size: size_bytes,
        flags: options.bits() | SIZE_IN_BYTES,
    };
    driver.client.call::<remote::DomainBlockResize>(cx, &args).await
}
