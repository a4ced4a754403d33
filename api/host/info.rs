//! What the host and its hypervisor are and can do.

/// Describes the host and the hypervisor.
#[family(accessor = host_info)]
trait HostInfoOps {
    /// Shows as XML what the host has and what guests the hypervisor can run on it.
    #[call(access = read, procedures = [connect_get_capabilities])]
    fn capabilities(connection: Connection) -> String;

    /// Shows as XML what domains of one machine and CPU architecture can have.
    #[call(access = read, raises = [ConfigUnsupported], procedures = [connect_get_domain_capabilities])]
    fn domain_capabilities(
        connection: Connection,
        emulator: EmulatorChoice,
        options: DomainCapabilitiesOptions,
    ) -> String;

    /// Says which hypervisor this is, and which version of it and of what drives it.
    #[call(access = read, procedures = [connect_get_type, connect_get_version, connect_get_lib_version])]
    fn version(connection: Connection) -> VersionInfo;

    /// Says the host's name, as it calls itself.
    #[call(access = read, procedures = [connect_get_hostname])]
    fn hostname(connection: Connection) -> String;

    /// Says in numbers what the host has.
    #[call(access = read, procedures = [node_get_info])]
    fn node_info(connection: Connection) -> NodeInfo;

    /// Shows as XML what the host's firmware says of it: its SMBIOS tables.
    #[call(access = read, procedures = [connect_get_sysinfo])]
    fn sysinfo(connection: Connection) -> String;

    /// Says how many virtual CPUs a domain can have; of domains of that type, such as `kvm`, if one is named.
    #[call(access = read, procedures = [connect_get_max_vcpus])]
    fn max_vcpus(connection: Connection, domain_type: Option<String>) -> u32;

    /// Says whether nobody on the way to the hypervisor can listen in or change what is said.
    #[call(access = read, procedures = [connect_is_secure])]
    fn is_secure(connection: Connection) -> bool;

    /// Says which security model keeps guests apart.
    #[call(access = read, procedures = [node_get_security_model])]
    fn security_model(connection: Connection) -> SecurityModel;

    /// Says what the host offers for guests with memory that AMD SEV encrypts.
    #[call(access = read, raises = [OperationUnsupported], procedures = [node_get_sev_info])]
    fn sev_info(connection: Connection) -> SevInfo;

    /// Puts the host to sleep for a while.
    #[call(access = write, raises = [OperationUnsupported, ResourceBusy], procedures = [node_suspend_for_duration])]
    fn node_suspend(connection: Connection, target: SuspendTarget, wake_after_seconds: u64);
}

/// What `Connection::domain_capabilities` shows.
#[options]
struct DomainCapabilitiesOptions {
    /// Leaves out CPU features that the hypervisor calls deprecated.
    #[flag(0x1)]
    disable_deprecated_features: bool,
}

/// Which hypervisor this is.
#[info]
struct VersionInfo {
    /// Its name, as libvirt writes it: `QEMU`, `LXC`, `Xen`, `TEST` ….
    hypervisor: String,
    /// Its version; 0.0.0 when it has none to tell.
    hypervisor_version: Version,
    /// The version of libvirt's interface that is spoken.
    library_version: Version,
}

/// What a host has.
#[info]
struct NodeInfo {
    /// The model of its CPUs, such as `x86_64`.
    cpu_model: String,
    /// Its memory, in KiB.
    memory_kib: u64,
    /// How many CPUs are on line.
    cpus: u32,
    /// The clock rate of its CPUs, in MHz; 0 if that is not known.
    cpu_mhz: u32,
    /// How many NUMA nodes it has; 1 where memory is uniform.
    numa_nodes: u32,
    /// How many CPU sockets each node has.
    sockets_per_node: u32,
    /// How many cores each socket has.
    cores_per_socket: u32,
    /// How many threads each core has.
    threads_per_core: u32,
}

/// What keeps guests apart.
#[info]
struct SecurityModel {
    /// Its name, such as `selinux` or `apparmor`; empty where there is none.
    model: String,
    /// The domain of interpretation of its labels.
    doi: String,
}

/// What a host offers for AMD SEV.
#[info]
struct SevInfo {
    /// The platform's Diffie-Hellman key, in base64.
    #[param("pdh", string)]
    platform_key: Option<String>,
    /// The certificates that vouch for it, in base64.
    #[param("cert-chain", string)]
    certificate_chain: Option<String>,
    /// The identity of the first CPU, in base64; absent where it cannot be read.
    #[param("cpu0-id", string)]
    cpu0_id: Option<String>,
    /// Which bit of a page table entry says that the page is encrypted.
    #[param("cbitpos", uint)]
    c_bit_position: Option<u32>,
    /// How many bits of the physical address the encryption takes.
    #[param("reduced-phys-bits", uint)]
    reduced_physical_bits: Option<u32>,
    /// How many guests can use SEV at a time.
    #[param("max-guests", uint)]
    max_guests: Option<u32>,
    /// How many guests can use SEV-ES at a time.
    #[param("max-es-guests", uint)]
    max_es_guests: Option<u32>,
}
