//! Work on disks of a running domain: copying, merging and resizing them, and looking into them.

use super::block_job::{BlockJob, Outcome, no_job};
use super::chains::{self, Destination};
use super::disks::{self, Disk};
use super::state::Simulated;
use crate::connection::TestDriver;
use crate::host::{Image, content};
use omnivirt_core::xml::Document;
use omnivirt_core::*;

/// The most that one call reads of a disk, as libvirt has it.
const MOST_PEEKED: u32 = 4 << 20;

/// What sizes of disks are rounded up to.
const SECTOR: u64 = 512;

#[driver_ops]
impl DomainBlockJobOps for TestDriver {
    async fn block_pull(
        &self,
        cx: &CallCx,
        domain: &DomainRef,
        disk: &str,
        options: &BlockPullOptions,
    ) -> Result<()> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        let disk = domain.idle_disk(disk)?;
        let chain = disk.chain();
        let base = options.base.as_deref().map(|base| chains::place(disk, base)).transpose()?;
        if base == Some(0) {
            return Err(refused(format!("the disk '{}' is not behind itself", disk.target())));
        }
        if options.relative && base.is_none() {
            return Err(refused("a relative path of a base needs a base".into()));
        }
        let end = base.unwrap_or(chain.len());
        let total = chain[1..end].iter().map(|path| self.host.images.get(path).allocated_bytes).sum();
        let own = self.host.images.get(&chain[0]);
        let outcome = Outcome {
            first: Destination::of_path(&chain[0], None),
            behind: chain[end..].to_vec(),
            deleted: Vec::new(),
            written: Some((chain[0].clone(), own.grown_by(total))),
        };
        let target = disk.target().into_owned();
        let job = BlockJob::new(
            BlockJobKind::Pull,
            total,
            options.bandwidth_bytes_per_s,
            outcome,
            &self.host,
            cx.cause(),
        );
        self.host.begin_block_job(&entry, &mut domain, &target, job)
    }

    async fn block_copy(
        &self,
        cx: &CallCx,
        domain: &DomainRef,
        disk: &str,
        destination_xml: &str,
        options: &BlockCopyOptions,
    ) -> Result<()> {
        let destination = read_destination(destination_xml)?;
        if options
            .granularity_bytes
            .is_some_and(|size| !size.is_power_of_two() || !(512..=64 << 20).contains(&size))
        {
            return Err(refused(
                "changes are remembered in units of a power of two from 512 bytes to 64 MiB".into(),
            ));
        }
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        let disk = domain.idle_disk(disk)?;
        let chain = disk.chain();
        if chain.contains(&destination.path) {
            return Err(refused(format!("'{}' holds the disk already", destination.path)));
        }
        let is_there =
            self.host.images.is_known(&destination.path) || self.host.files.read(&destination.path).is_ok();
        if is_there && !options.reuse_external {
            return Err(Error::new(
                ErrorKind::System,
                format!("there is a file '{}' already", destination.path),
            )
            .with_hint("name another one, or say reuse_external"));
        }
        let own = self.host.images.get(&chain[0]);
        let (copied, behind) =
            if options.shallow { (&chain[..1], chain[1..].to_vec()) } else { (&chain[..], Vec::new()) };
        let total = copied.iter().map(|path| self.host.images.get(path).allocated_bytes).sum();
        let copy = Image::empty(own.capacity_bytes).grown_by(total);
        let outcome = Outcome { first: destination.clone(), behind, deleted: Vec::new(), written: None };
        let target = disk.target().into_owned();
        let bandwidth = options.bandwidth_bytes_per_s.unwrap_or(0);
        let job = BlockJob::new(BlockJobKind::Copy, total, bandwidth, outcome, &self.host, cx.cause());
        self.host.begin_block_job(&entry, &mut domain, &target, job)?;
        // The file is there from the start, and grows.
        self.host.images.set(&destination.path, copy);
        Ok(())
    }

    async fn block_commit(
        &self,
        cx: &CallCx,
        domain: &DomainRef,
        disk: &str,
        options: &BlockCommitOptions,
    ) -> Result<()> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        let disk = domain.idle_disk(disk)?;
        let chain = disk.chain();
        let top = options.top.as_deref().map_or(Ok(0), |top| chains::place(disk, top))?;
        if top + 1 >= chain.len() {
            let message = format!("nothing is behind the image '{}'", chain[top]);
            return Err(Error::new(ErrorKind::OperationUnsupported, message));
        }
        let base = match options.base.as_deref() {
            Some(base) => chains::place(disk, base)?,
            None if options.shallow => top + 1,
            None => chain.len() - 1,
        };
        if base <= top {
            return Err(refused(format!("the image '{}' is not behind '{}'", chain[base], chain[top])));
        }
        if options.active != (top == 0) {
            return Err(match top {
                0 => refused("the guest writes to the image that is to be merged".into())
                    .with_hint("say active, or name another top"),
                _ => refused(format!("the guest does not write to '{}'", chain[top]))
                    .with_hint("leave active out"),
            });
        }
        let merged = &chain[top..base];
        let total = merged.iter().map(|path| self.host.images.get(path).allocated_bytes).sum();
        let into = self.host.images.get(&chain[base]);
        let capacity = into.capacity_bytes.max(self.host.images.get(&chain[top]).capacity_bytes);
        let left: Vec<String> = chain[..top].iter().chain(&chain[base..]).cloned().collect();
        let outcome = Outcome {
            first: Destination::of_path(&left[0], None),
            behind: left[1..].to_vec(),
            deleted: if options.delete { merged.to_vec() } else { Vec::new() },
            written: Some((chain[base].clone(), into.resized(capacity).grown_by(total))),
        };
        let kind = if top == 0 { BlockJobKind::ActiveCommit } else { BlockJobKind::Commit };
        let target = disk.target().into_owned();
        let job = BlockJob::new(kind, total, options.bandwidth_bytes_per_s, outcome, &self.host, cx.cause());
        self.host.begin_block_job(&entry, &mut domain, &target, job)
    }

    async fn block_job_info(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        disk: &str,
    ) -> Result<Option<BlockJobInfo>> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        let run = domain.run()?;
        let target = disks::find(&run.configuration.config, disk)?.target();
        Ok(run.extras.block_jobs.get(&*target).map(|job| job.info(self.host.clock.now())))
    }

    async fn set_block_job_speed(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        disk: &str,
        bandwidth_bytes_per_s: u64,
    ) -> Result<()> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        let target = disks::find(&domain.run()?.configuration.config, disk)?.target().into_owned();
        self.host.set_block_job_speed(&entry, &mut domain, &target, bandwidth_bytes_per_s)
    }

    async fn abort_block_job(
        &self,
        cx: &CallCx,
        domain: &DomainRef,
        disk: &str,
        options: &AbortBlockJobOptions,
    ) -> Result<()> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        let run = domain.run()?;
        let target = disks::find(&run.configuration.config, disk)?.target().into_owned();
        let job = run.extras.block_jobs.get(&target).ok_or_else(|| no_job(&target))?;
        let refuse =
            |kind, message: &str| Err(Error::new(kind, format!("the job on the disk '{target}' {message}")));
        match options.pivot {
            false => domain.cancel_block_job(&self.host, &cx.cause(), &target),
            true if !job.waits_to_be_ended() => {
                return refuse(ErrorKind::InvalidState, "makes nothing that the domain could be moved to");
            }
            true if !job.is_ready => return refuse(ErrorKind::BlockCopyActive, "is not ready yet"),
            true => domain.complete_block_job(&self.host, &cx.cause(), &target),
        }
        Ok(())
    }

    async fn block_resize(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        disk: &str,
        size_bytes: u64,
        options: &BlockResizeOptions,
    ) -> Result<()> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        let disk = disks::find(&domain.run()?.configuration.config, disk)?;
        let Some(source) = disk.source() else {
            return Err(refused(format!("the drive '{}' is empty", disk.target())));
        };
        if !disk.is_writable() {
            return Err(refused(format!("the disk '{}' cannot be written to", disk.target())));
        }
        if options.to_capacity {
            let is_device = disk.element().attribute_value("type").is_some_and(|kind| kind == "block");
            // What a simulated device has, the disk on it has already.
            return match (is_device, size_bytes) {
                (true, 0) => Ok(()),
                (true, _) => Err(refused("the size comes from the block device, and one was given".into())),
                (false, _) => Err(refused(format!("the disk '{}' is on no block device", disk.target()))),
            };
        }
        if size_bytes > i64::MAX as u64 - SECTOR {
            return Err(Error::new(ErrorKind::Overflow, format!("no disk has {size_bytes} bytes")));
        }
        if size_bytes == 0 {
            return Err(refused("a disk cannot be without size".into()));
        }
        let image = self.host.images.get(&source);
        self.host.images.set(&source, image.resized(size_bytes.next_multiple_of(SECTOR)));
        Ok(())
    }

    async fn block_peek(
        &self,
        _: &CallCx,
        domain: &DomainRef,
        disk: &str,
        offset_bytes: u64,
        size_bytes: u32,
    ) -> Result<Vec<u8>> {
        let entry = self.host.domain(domain)?;
        let domain = entry.lock()?;
        let disk = disks::find(&domain.current().config, disk)?;
        let Some(source) = disk.source() else {
            return Err(Error::new(ErrorKind::System, format!("the drive '{}' is empty", disk.target())));
        };
        if size_bytes > MOST_PEEKED {
            return Err(Error::new(
                ErrorKind::LimitExceeded,
                format!("at most {MOST_PEEKED} bytes can be read at once"),
            ));
        }
        let capacity = self.host.images.get(&source).capacity_bytes;
        if offset_bytes.checked_add(size_bytes.into()).is_none_or(|end| end > capacity) {
            return Err(refused(format!("the disk '{}' ends at offset {capacity}", disk.target())));
        }
        Ok(content(&source, offset_bytes, size_bytes))
    }
}

impl Simulated {
    /// A disk of the run, on which a job can begin.
    ///
    /// # Errors
    ///
    /// `InvalidState`, `DeviceMissing`, `ResourceBusy` if a job runs on it or on the domain, `InvalidArgument` if it is
    /// empty.
    fn idle_disk(&self, disk: &str) -> Result<Disk<'_>> {
        let Some(run) = &self.run else { return Err(super::state::not_running()) };
        self.check_no_job()?;
        let disk = disks::find(&run.configuration.config, disk)?;
        if let Some(job) = run.extras.block_jobs.get(&*disk.target()) {
            let message = format!("a {} job runs on the disk '{}'", job.kind, disk.target());
            return Err(Error::new(ErrorKind::ResourceBusy, message).with_hint("wait for it, or abort it"));
        }
        match disk.source() {
            Some(_) => Ok(disk),
            None => Err(refused(format!("the drive '{}' is empty", disk.target()))),
        }
    }
}

fn read_destination(xml: &str) -> Result<Destination> {
    let document = Document::parse(xml)?;
    let root = document.root();
    let destination = (root.name() == "disk").then(|| Destination::read(root, "source")).flatten();
    destination.ok_or_else(|| {
        Error::new(ErrorKind::XmlInvalid, "the destination is no <disk> with a <source>")
            .with_hint("write it as in <disk type='file'><source file='/path'/><driver type='raw'/></disk>")
    })
}

fn refused(message: String) -> Error {
    Error::new(ErrorKind::InvalidArgument, message)
}
