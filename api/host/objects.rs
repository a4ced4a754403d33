//! The objects beside domains that a connection has. What can be done with them is described with their drivers.

/// Lists networks, storage pools, devices, secrets, filters and interfaces of the host.
#[family(accessor = host_objects)]
trait HostObjectsOps {
    /// Lists the virtual networks that pass the filter.
    #[call(access = read,
           procedures = [connect_list_all_networks, connect_list_networks, connect_num_of_networks,
                         connect_list_defined_networks, connect_num_of_defined_networks])]
    fn list_networks(connection: Connection, filter: NetworkFilter) -> Vec<Network>;

    /// Lists the storage pools that pass the filter.
    #[call(access = read,
           procedures = [connect_list_all_storage_pools, connect_list_storage_pools, connect_num_of_storage_pools,
                         connect_list_defined_storage_pools, connect_num_of_defined_storage_pools])]
    fn list_storage_pools(connection: Connection, filter: StoragePoolFilter) -> Vec<StoragePool>;

    /// Shows as XML which kinds of storage pools there can be.
    #[call(access = read, procedures = [connect_get_storage_pool_capabilities])]
    fn storage_pool_capabilities(connection: Connection) -> String;

    /// Looks for what could become a storage pool of that type, and shows it as XML.
    #[call(access = write, raises = [XmlSyntax, XmlInvalid], procedures = [connect_find_storage_pool_sources])]
    fn find_storage_pool_sources(
        connection: Connection,
        pool_type: String,
        source_xml: Option<String>,
    ) -> String;

    /// Lists the devices of the host that pass the filter.
    #[call(access = read, procedures = [connect_list_all_node_devices, node_list_devices, node_num_of_devices])]
    fn list_node_devices(connection: Connection, filter: NodeDeviceFilter) -> Vec<NodeDevice>;

    /// Lists the secrets that pass the filter. Their values are not shown.
    #[call(access = read, procedures = [connect_list_all_secrets, connect_list_secrets, connect_num_of_secrets])]
    fn list_secrets(connection: Connection, filter: SecretFilter) -> Vec<Secret>;

    /// Lists the network filters.
    #[call(access = read,
           procedures = [connect_list_all_nwfilters, connect_list_nwfilters, connect_num_of_nwfilters])]
    fn list_nwfilters(connection: Connection) -> Vec<NwFilter>;

    /// Lists where network filters are in force.
    #[call(access = read, procedures = [connect_list_all_nwfilter_bindings])]
    fn list_nwfilter_bindings(connection: Connection) -> Vec<NwFilterBinding>;

    /// Lists the network interfaces of the host that pass the filter.
    #[call(access = read,
           procedures = [connect_list_all_interfaces, connect_list_interfaces, connect_num_of_interfaces,
                         connect_list_defined_interfaces, connect_num_of_defined_interfaces])]
    fn list_interfaces(connection: Connection, filter: InterfaceFilter) -> Vec<Interface>;
}

/// Which networks are meant. Read as `DomainFilter` is.
#[options]
struct NetworkFilter {
    /// Those that do not run.
    #[flag(0x1)]
    inactive: bool,
    /// Those that run.
    #[flag(0x2)]
    active: bool,
    /// Those that have a definition.
    #[flag(0x4)]
    persistent: bool,
    /// Those that are gone when their run ends.
    #[flag(0x8)]
    transient: bool,
    /// Those that start with the host.
    #[flag(0x10)]
    autostart: bool,
    /// Those that do not start with the host.
    #[flag(0x20)]
    no_autostart: bool,
}

/// Which storage pools are meant. Read as `DomainFilter` is.
#[options]
struct StoragePoolFilter {
    /// Those that do not run.
    #[flag(0x1)]
    inactive: bool,
    /// Those that run.
    #[flag(0x2)]
    active: bool,
    /// Those that have a definition.
    #[flag(0x4)]
    persistent: bool,
    /// Those that are gone when their run ends.
    #[flag(0x8)]
    transient: bool,
    /// Those that start with the host.
    #[flag(0x10)]
    autostart: bool,
    /// Those that do not start with the host.
    #[flag(0x20)]
    no_autostart: bool,
    /// Those in a directory.
    #[flag(0x40)]
    dir: bool,
    /// Those on a file system of their own.
    #[flag(0x80)]
    fs: bool,
    /// Those on a network file system.
    #[flag(0x100)]
    netfs: bool,
    /// Those in an LVM volume group.
    #[flag(0x200)]
    logical: bool,
    /// Those that are partitions of a disk.
    #[flag(0x400)]
    disk: bool,
    /// Those on an iSCSI target that the host logs in to.
    #[flag(0x800)]
    iscsi: bool,
    /// Those on a SCSI host adapter.
    #[flag(0x1000)]
    scsi: bool,
    /// The one of the multipath devices.
    #[flag(0x2000)]
    mpath: bool,
    /// Those in a Ceph pool.
    #[flag(0x4000)]
    rbd: bool,
    /// Those in Sheepdog.
    #[flag(0x8000)]
    sheepdog: bool,
    /// Those in Gluster.
    #[flag(0x10000)]
    gluster: bool,
    /// Those in a ZFS pool.
    #[flag(0x20000)]
    zfs: bool,
    /// Those in Virtuozzo storage.
    #[flag(0x40000)]
    vstorage: bool,
    /// Those on an iSCSI target that the hypervisor logs in to.
    #[flag(0x80000)]
    iscsi_direct: bool,
}

/// Which secrets are meant. Read as `DomainFilter` is.
#[options]
struct SecretFilter {
    /// Those kept in memory only.
    #[flag(0x1)]
    ephemeral: bool,
    /// Those kept on disk.
    #[flag(0x2)]
    no_ephemeral: bool,
    /// Those whose value is never shown.
    #[flag(0x4)]
    private: bool,
    /// Those whose value may be shown.
    #[flag(0x8)]
    no_private: bool,
}

/// Which interfaces of the host are meant. Read as `DomainFilter` is.
#[options]
struct InterfaceFilter {
    /// Those that are down.
    #[flag(0x1)]
    inactive: bool,
    /// Those that are up.
    #[flag(0x2)]
    active: bool,
}

/// Which devices of the host are meant: those with one of the capabilities set. Read as `DomainFilter` is.
#[options]
struct NodeDeviceFilter {
    /// The host itself.
    #[flag(0x1)]
    system: bool,
    /// PCI devices.
    #[flag(0x2)]
    pci: bool,
    /// USB devices.
    #[flag(0x4)]
    usb_device: bool,
    /// Interfaces of USB devices.
    #[flag(0x8)]
    usb_interface: bool,
    /// Network devices.
    #[flag(0x10)]
    net: bool,
    /// SCSI host adapters.
    #[flag(0x20)]
    scsi_host: bool,
    /// SCSI targets.
    #[flag(0x40)]
    scsi_target: bool,
    /// SCSI devices.
    #[flag(0x80)]
    scsi: bool,
    /// Storage devices.
    #[flag(0x100)]
    storage: bool,
    /// Fibre Channel host adapters.
    #[flag(0x200)]
    fc_host: bool,
    /// Adapters that can have virtual ports.
    #[flag(0x400)]
    vports: bool,
    /// SCSI generic devices.
    #[flag(0x800)]
    scsi_generic: bool,
    /// Graphics cards with a DRM device.
    #[flag(0x1000)]
    drm: bool,
    /// Devices that can be split into mediated devices.
    #[flag(0x2000)]
    mdev_types: bool,
    /// Mediated devices.
    #[flag(0x4000)]
    mdev: bool,
    /// CCW devices of s390.
    #[flag(0x8000)]
    ccw: bool,
    /// CSS devices of s390.
    #[flag(0x10000)]
    css: bool,
    /// vDPA devices.
    #[flag(0x20000)]
    vdpa: bool,
    /// Cryptography cards of s390.
    #[flag(0x40000)]
    ap_card: bool,
    /// Queues of cryptography cards of s390.
    #[flag(0x80000)]
    ap_queue: bool,
    /// The matrix device for cryptography of s390.
    #[flag(0x100000)]
    ap_matrix: bool,
    /// PCI devices with vital product data.
    #[flag(0x200000)]
    vpd: bool,
    /// Groups of CCW devices of s390.
    #[flag(0x400000)]
    ccw_group: bool,
    /// Members of groups of CCW devices of s390.
    #[flag(0x800000)]
    ccw_group_member: bool,
    /// Those that have a definition.
    #[flag(0x10000000)]
    persistent: bool,
    /// Those that are gone when they are removed.
    #[flag(0x20000000)]
    transient: bool,
    /// Those that are defined but not there.
    #[flag(0x40000000)]
    inactive: bool,
    /// Those that are there.
    #[flag(0x80000000)]
    active: bool,
}
