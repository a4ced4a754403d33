//! Limits on the disk I/O of a domain, and thresholds that raise events.

/// Limits and watches what a domain reads and writes.
#[family(accessor = block_tuning)]
trait DomainBlockTuningOps {
    /// Shows the domain's share of the host's block devices.
    #[call(access = read, raises = [NotFound, InvalidState], procedures = [domain_get_blkio_parameters])]
    fn blkio_parameters(domain: Domain, affect: AffectOptions) -> BlkioParameters;

    /// Sets the domain's share of the host's block devices. What is absent or empty stays as it is.
    #[call(access = write, raises = [NotFound, InvalidState], procedures = [domain_set_blkio_parameters])]
    fn set_blkio_parameters(domain: Domain, parameters: BlkioParameters, affect: AffectOptions);

    /// Shows the limits on a disk, which is named by its target or its source.
    #[call(access = read, raises = [NotFound, InvalidState, DeviceMissing], procedures = [domain_get_block_io_tune])]
    fn block_io_tune(domain: Domain, disk: String, affect: AffectOptions) -> BlockIoTune;

    /// Sets limits on a disk, which is named by its target or its source. What is absent stays as it is.
    #[call(access = write, raises = [NotFound, InvalidState, DeviceMissing], emits = [Tunable],
           procedures = [domain_set_block_io_tune])]
    fn set_block_io_tune(domain: Domain, disk: String, tune: BlockIoTune, affect: AffectOptions);

    /// Makes a throttle group, whose limits disks share, or changes it. What is absent stays as it is.
    #[call(access = write, raises = [NotFound, InvalidState], emits = [Tunable],
           procedures = [domain_set_throttle_group])]
    fn set_throttle_group(domain: Domain, group: String, tune: BlockIoTune, affect: AffectOptions);

    /// Deletes a throttle group that no disk uses.
    #[call(access = write, raises = [NotFound, InvalidState, ResourceBusy], procedures = [domain_del_throttle_group])]
    fn delete_throttle_group(domain: Domain, group: String, affect: AffectOptions);

    /// Raises an event, once, when a write passes that offset of a disk or of a backing image, as in `vda[1]`.
    #[call(access = write, raises = [NotFound, InvalidState, DeviceMissing], emits = [BlockThreshold],
           procedures = [domain_set_block_threshold])]
    fn set_block_threshold(domain: Domain, device: String, threshold_bytes: u64);
}

/// A domain's share of the host's block devices. On the wire each list is a text: `/dev/sda,500,/dev/sdb,200`.
#[info]
struct BlkioParameters {
    /// Its weight, from 100 to 1000, in relation to the weights of others.
    #[param("weight", uint)]
    weight: Option<u32>,
    /// Its weight on a device; 0 removes it.
    #[param("device_weight", string)]
    device_weights: Vec<BlkioDeviceValue>,
    /// The most read requests a second on a device; 0 removes the limit.
    #[param("device_read_iops_sec", string)]
    device_read_iops_per_s: Vec<BlkioDeviceValue>,
    /// The most write requests a second on a device; 0 removes the limit.
    #[param("device_write_iops_sec", string)]
    device_write_iops_per_s: Vec<BlkioDeviceValue>,
    /// The most that it reads from a device, in bytes a second; 0 removes the limit.
    #[param("device_read_bytes_sec", string)]
    device_read_bytes_per_s: Vec<BlkioDeviceValue>,
    /// The most that it writes to a device, in bytes a second; 0 removes the limit.
    #[param("device_write_bytes_sec", string)]
    device_write_bytes_per_s: Vec<BlkioDeviceValue>,
}

/// A value for a block device of the host.
#[info]
struct BlkioDeviceValue {
    /// The path of the device.
    device: String,
    /// The value.
    value: u64,
}

/// Limits on a disk or a throttle group; 0 for no limit. A limit on the total rules out those on reads and writes.
#[info]
struct BlockIoTune {
    /// The most that is read and written, in bytes a second.
    #[param("total_bytes_sec", ullong)]
    total_bytes_per_s: Option<u64>,
    /// The most that is read, in bytes a second.
    #[param("read_bytes_sec", ullong)]
    read_bytes_per_s: Option<u64>,
    /// The most that is written, in bytes a second.
    #[param("write_bytes_sec", ullong)]
    write_bytes_per_s: Option<u64>,
    /// The most requests a second.
    #[param("total_iops_sec", ullong)]
    total_iops_per_s: Option<u64>,
    /// The most read requests a second.
    #[param("read_iops_sec", ullong)]
    read_iops_per_s: Option<u64>,
    /// The most write requests a second.
    #[param("write_iops_sec", ullong)]
    write_iops_per_s: Option<u64>,
    /// The most that is read and written during a burst, in bytes a second.
    #[param("total_bytes_sec_max", ullong)]
    total_bytes_per_s_max: Option<u64>,
    /// The most that is read during a burst, in bytes a second.
    #[param("read_bytes_sec_max", ullong)]
    read_bytes_per_s_max: Option<u64>,
    /// The most that is written during a burst, in bytes a second.
    #[param("write_bytes_sec_max", ullong)]
    write_bytes_per_s_max: Option<u64>,
    /// The most requests a second during a burst.
    #[param("total_iops_sec_max", ullong)]
    total_iops_per_s_max: Option<u64>,
    /// The most read requests a second during a burst.
    #[param("read_iops_sec_max", ullong)]
    read_iops_per_s_max: Option<u64>,
    /// The most write requests a second during a burst.
    #[param("write_iops_sec_max", ullong)]
    write_iops_per_s_max: Option<u64>,
    /// How long a burst of `total_bytes_per_s_max` may last, in seconds.
    #[param("total_bytes_sec_max_length", ullong)]
    total_bytes_per_s_max_seconds: Option<u64>,
    /// How long a burst of `read_bytes_per_s_max` may last, in seconds.
    #[param("read_bytes_sec_max_length", ullong)]
    read_bytes_per_s_max_seconds: Option<u64>,
    /// How long a burst of `write_bytes_per_s_max` may last, in seconds.
    #[param("write_bytes_sec_max_length", ullong)]
    write_bytes_per_s_max_seconds: Option<u64>,
    /// How long a burst of `total_iops_per_s_max` may last, in seconds.
    #[param("total_iops_sec_max_length", ullong)]
    total_iops_per_s_max_seconds: Option<u64>,
    /// How long a burst of `read_iops_per_s_max` may last, in seconds.
    #[param("read_iops_sec_max_length", ullong)]
    read_iops_per_s_max_seconds: Option<u64>,
    /// How long a burst of `write_iops_per_s_max` may last, in seconds.
    #[param("write_iops_sec_max_length", ullong)]
    write_iops_per_s_max_seconds: Option<u64>,
    /// How large a request counts as one, in bytes; larger ones count as several.
    #[param("size_iops_sec", ullong)]
    request_size_bytes: Option<u64>,
    /// The group of disks that share these limits.
    #[param("group_name", string)]
    group_name: Option<String>,
}
