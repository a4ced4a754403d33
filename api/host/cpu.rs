//! The host's CPUs: which there are, what they do, and which guests they suit.

/// Describes the host's CPUs, and compares CPU models with them and with each other.
#[family(accessor = host_cpu)]
trait HostCpuOps {
    /// Says which CPUs the host has, and which of them are on line.
    #[call(access = read, procedures = [node_get_cpu_map])]
    fn node_cpu_map(connection: Connection) -> NodeCpuMap;

    /// Says what the host's CPUs, or one of them, spent their time with since the host was started.
    #[call(access = read, procedures = [node_get_cpu_stats])]
    fn node_cpu_stats(connection: Connection, cpu: Option<u32>) -> NodeCpuStats;

    /// Lists the CPU models that are known for an architecture, such as `x86_64`.
    #[call(access = read, procedures = [connect_get_cpu_model_names])]
    fn cpu_models(connection: Connection, arch: String) -> Vec<String>;

    /// Compares a CPU, described in XML, with the host's.
    #[call(access = read, raises = [XmlSyntax, XmlInvalid, CpuIncompatible], procedures = [connect_compare_cpu])]
    fn cpu_compare(connection: Connection, xml: String, options: CpuCompareOptions) -> CpuComparison;

    /// Finds the CPU with the most features that all the hosts have whose CPUs are described in XML.
    #[call(access = read, raises = [XmlSyntax, XmlInvalid, CpuIncompatible], procedures = [connect_baseline_cpu])]
    fn cpu_baseline(connection: Connection, cpus_xml: Vec<String>, options: CpuBaselineOptions) -> String;

    /// Compares a CPU, described in XML, with what an emulator can give a guest on this host.
    #[call(access = read, raises = [XmlSyntax, XmlInvalid, CpuIncompatible, ConfigUnsupported],
           procedures = [connect_compare_hypervisor_cpu])]
    fn hypervisor_cpu_compare(
        connection: Connection,
        emulator: EmulatorChoice,
        xml: String,
        options: CpuCompareOptions,
    ) -> CpuComparison;

    /// Finds the CPU with the most features that an emulator can give guests on all the hosts described in XML.
    #[call(access = read, raises = [XmlSyntax, XmlInvalid, CpuIncompatible, ConfigUnsupported],
           procedures = [connect_baseline_hypervisor_cpu])]
    fn hypervisor_cpu_baseline(
        connection: Connection,
        emulator: EmulatorChoice,
        cpus_xml: Vec<String>,
        options: CpuBaselineOptions,
    ) -> String;
}

/// How CPUs are compared.
#[options]
struct CpuCompareOptions {
    /// Fails with `CpuIncompatible`, which says what is missing, instead of answering `Incompatible`.
    #[flag(0x1)]
    fail_incompatible: bool,
    /// Refuses XML that the schema does not know.
    #[flag(0x2)]
    validate: bool,
}

/// How a common CPU is described.
#[options]
struct CpuBaselineOptions {
    /// Lists also the features that the model implies.
    #[flag(0x1)]
    expand_features: bool,
    /// Leaves out features that keep a guest from moving.
    #[flag(0x2)]
    migratable: bool,
}

/// How a CPU compares with another.
enum CpuComparison {
    /// It needs something that the other does not have.
    #[default]
    Incompatible = 0,
    /// They are the same.
    Identical = 1,
    /// The other has all that it needs, and more.
    Superset = 2,
}

/// The host's CPUs.
#[info]
struct NodeCpuMap {
    /// How many it has, on line or not.
    cpus: u32,
    /// Those on line.
    online: CpuMap,
}

/// What CPUs spent their time with. What the host does not tell is absent.
#[info]
struct NodeCpuStats {
    /// In the kernel, in nanoseconds.
    #[param("kernel", ullong)]
    kernel_ns: Option<u64>,
    /// In programs, in nanoseconds.
    #[param("user", ullong)]
    user_ns: Option<u64>,
    /// Idle, in nanoseconds.
    #[param("idle", ullong)]
    idle_ns: Option<u64>,
    /// Idle while waiting for disks, in nanoseconds.
    #[param("iowait", ullong)]
    iowait_ns: Option<u64>,
    /// With interrupts, in nanoseconds.
    #[param("intr", ullong)]
    interrupts_ns: Option<u64>,
    /// How busy they are, in percent; told instead of the times by hosts that know nothing else.
    #[param("utilization", ullong)]
    utilization_percent: Option<u64>,
}
