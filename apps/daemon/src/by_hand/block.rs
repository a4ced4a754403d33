//! Disks: amounts that libvirt's flags give a unit, and a copy that is asked for as a rebase.

use super::prelude::*;
use crate::request::counted;
use omnivirt_wire::convert::FlagBits;

/// libvirt's flags for a bandwidth in bytes per second; without it, it is in MiB.
const PULL_IN_BYTES: u32 = 0x40;
const COMMIT_IN_BYTES: u32 = 0x10;
const SPEED_IN_BYTES: u32 = 0x1;

/// libvirt's flag for a size in bytes; without it, it is in KiB.
const SIZE_IN_BYTES: u32 = 0x1;

fn in_bytes(amount: u64, unit: u64, what: &str) -> Result<u64, Failure> {
    let too_large = || Error::new(ErrorKind::Overflow, format!("{what} {amount} is too large"));
    Ok(amount.checked_mul(unit).ok_or_else(too_large)?)
}

/// A bandwidth, by the flag that says that it is in bytes.
fn bandwidth(amount: u64, flags: u32, is_in_bytes: u32) -> Result<u64, Failure> {
    in_bytes(amount, if flags & is_in_bytes == 0 { 1 << 20 } else { 1 }, "bandwidth")
}

pub(crate) fn domain_block_pull(mut request: Request) -> Answering {
    Box::pin(async move {
        let args = request.args::<remote::DomainBlockPull>()?;
        let mut options: BlockPullOptions = flags(args.flags & !PULL_IN_BYTES, "virDomainBlockPull")?;
        options.bandwidth_bytes_per_s = bandwidth(args.bandwidth, args.flags, PULL_IN_BYTES)?;
        domain(&request, args.dom)?.block_pull(&args.path, options).await?;
        request.reply::<remote::DomainBlockPull>(&())
    })
}

/// A pull down to a base; or a copy, which old clients ask for this way.
pub(crate) fn domain_block_rebase(mut request: Request) -> Answering {
    /// libvirt's flags for a copy, for one that is raw, and for one onto a device.
    const COPY: u32 = 0x8;
    const COPY_RAW: u32 = 0x4;
    const COPY_DEVICE: u32 = 0x20;
    const FUNCTION: &str = "virDomainBlockRebase";
    Box::pin(async move {
        let args = request.args::<remote::DomainBlockRebase>()?;
        let bandwidth = bandwidth(args.bandwidth, args.flags, PULL_IN_BYTES)?;
        let rest = args.flags & !PULL_IN_BYTES;
        let domain = domain(&request, args.dom)?;
        if rest & COPY == 0 {
            let mut options: BlockPullOptions = flags(rest, FUNCTION)?;
            options.base = args.base;
            options.bandwidth_bytes_per_s = bandwidth;
            domain.block_pull(&args.path, options).await?;
        } else {
            // Shallow and onto what is there have the bits that they have in a copy; the others of a copy mean something else.
            const SHARED: u32 = 0x3;
            FlagBits::new(rest & !(COPY | COPY_RAW | COPY_DEVICE | SHARED)).finish(FUNCTION)?;
            let missing = || Error::new(ErrorKind::InvalidArgument, "the path of the copy is missing (base)");
            let path = args.base.ok_or_else(missing)?;
            let (kind, attribute) = if rest & COPY_DEVICE == 0 { ("file", "file") } else { ("block", "dev") };
            let driver = if rest & COPY_RAW == 0 { "" } else { "<driver type='raw'/>" };
            let path = path.replace('&', "&amp;").replace('<', "&lt;").replace('\'', "&apos;");
            let xml = format!("<disk type='{kind}'>{driver}<source {attribute}='{path}'/></disk>");
            let mut options = BlockCopyOptions::from_bits(rest & SHARED);
            options.bandwidth_bytes_per_s = (bandwidth > 0).then_some(bandwidth);
            domain.block_copy(&args.path, &xml, options).await?;
        }
        request.reply::<remote::DomainBlockRebase>(&())
    })
}

pub(crate) fn domain_block_commit(mut request: Request) -> Answering {
    Box::pin(async move {
        let args = request.args::<remote::DomainBlockCommit>()?;
        let mut options: BlockCommitOptions = flags(args.flags & !COMMIT_IN_BYTES, "virDomainBlockCommit")?;
        options.base = args.base;
        options.top = args.top;
        options.bandwidth_bytes_per_s = bandwidth(args.bandwidth, args.flags, COMMIT_IN_BYTES)?;
        domain(&request, args.dom)?.block_commit(&args.disk, options).await?;
        request.reply::<remote::DomainBlockCommit>(&())
    })
}

pub(crate) fn domain_block_job_set_speed(mut request: Request) -> Answering {
    Box::pin(async move {
        let args = request.args::<remote::DomainBlockJobSetSpeed>()?;
        no_flags(args.flags & !SPEED_IN_BYTES, "virDomainBlockJobSetSpeed")?;
        let bandwidth = bandwidth(args.bandwidth, args.flags, SPEED_IN_BYTES)?;
        domain(&request, args.dom)?.set_block_job_speed(&args.path, bandwidth).await?;
        request.reply::<remote::DomainBlockJobSetSpeed>(&())
    })
}

pub(crate) fn domain_block_resize(mut request: Request) -> Answering {
    Box::pin(async move {
        let args = request.args::<remote::DomainBlockResize>()?;
        let options: BlockResizeOptions = flags(args.flags & !SIZE_IN_BYTES, "virDomainBlockResize")?;
        let unit = if args.flags & SIZE_IN_BYTES == 0 { 1024 } else { 1 };
        let size = in_bytes(args.size, unit, "size")?;
        domain(&request, args.dom)?.block_resize(&args.disk, size, options).await?;
        request.reply::<remote::DomainBlockResize>(&())
    })
}

/// Without a disk it asks only how many parameters there can be.
pub(crate) fn domain_get_block_io_tune(mut request: Request) -> Answering {
    /// The parameters of `BlockIoTune`.
    const PARAMETERS: i32 = 20;
    Box::pin(async move {
        let args = request.args::<remote::DomainGetBlockIoTune>()?;
        let affect: AffectOptions = flags(args.flags & !4, "virDomainGetBlockIoTune")?;
        let ret = match args.disk {
            None if args.nparams == 0 => {
                remote::DomainGetBlockIoTuneRet { params: Vec::new(), nparams: PARAMETERS }
            }
            disk => {
                let disk: String = FromWire::from_wire(disk)?;
                let tune = domain(&request, args.dom)?.block_io_tune(&disk, affect).await?;
                let (params, nparams) = counted(args.nparams, tune.to_parameters());
                remote::DomainGetBlockIoTuneRet { params, nparams }
            }
        };
        request.reply::<remote::DomainGetBlockIoTune>(&ret)
    })
}
