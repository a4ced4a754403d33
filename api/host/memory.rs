//! The host's memory: how much is free, huge pages, and the sharing of equal pages.

/// Describes and tunes the host's memory.
#[family(accessor = host_memory)]
trait HostMemoryOps {
    /// Says how much memory is free, in all and on each NUMA node.
    #[call(access = read, procedures = [node_get_free_memory, node_get_cells_free_memory])]
    fn free_memory(connection: Connection) -> FreeMemory;

    /// Says how many pages of each of these sizes are free on each NUMA node.
    #[call(access = read, procedures = [node_get_free_pages])]
    fn free_pages(connection: Connection, page_sizes_kib: Vec<u32>, nodes: NumaNodeRange) -> Vec<FreePages>;

    /// Makes huge pages, or gives them back, on each NUMA node; says on how many nodes that was done.
    #[call(access = write, raises = [System, OperationUnsupported], procedures = [node_alloc_pages])]
    fn alloc_pages(
        connection: Connection,
        pages: Vec<PageCount>,
        nodes: NumaNodeRange,
        options: AllocPagesOptions,
    ) -> u32;

    /// Says what the memory of the host, or of one NUMA node, is used for.
    #[call(access = read, procedures = [node_get_memory_stats])]
    fn node_memory_stats(connection: Connection, node: Option<u32>) -> NodeMemoryStats;

    /// Shows how the host looks for equal pages to share, and what it has found.
    #[call(access = read, raises = [OperationUnsupported], procedures = [node_get_memory_parameters])]
    fn node_memory_parameters(connection: Connection) -> NodeMemoryParameters;

    /// Sets how the host looks for equal pages to share. What is absent stays as it is.
    #[call(access = write, raises = [OperationUnsupported], procedures = [node_set_memory_parameters])]
    fn set_node_memory_parameters(connection: Connection, parameters: NodeMemoryParameters);
}

/// A run of NUMA nodes.
#[options]
struct NumaNodeRange {
    /// The first; absent, all nodes are meant.
    first: Option<u32>,
    /// How many; absent, the first only.
    count: Option<u32>,
}

/// How `Connection::alloc_pages` counts.
#[options]
struct AllocPagesOptions {
    /// The counts are how many pages there shall be, not how many more.
    #[flag(0x1)]
    set: bool,
}

/// A number of pages of one size.
#[info]
struct PageCount {
    /// The size of a page, in KiB.
    page_size_kib: u32,
    /// How many.
    count: u64,
}

/// Free pages of one size on one NUMA node.
#[info]
struct FreePages {
    /// The node.
    node: u32,
    /// The size of a page, in KiB.
    page_size_kib: u32,
    /// How many are free.
    count: u64,
}

/// The host's free memory.
#[info]
struct FreeMemory {
    /// In all, in bytes.
    total_bytes: u64,
    /// On each node; empty where memory is uniform.
    nodes: Vec<NodeFreeMemory>,
}

/// The free memory of one NUMA node.
#[info]
struct NodeFreeMemory {
    /// The node.
    node: u32,
    /// What is free of it, in bytes.
    free_bytes: u64,
}

/// What memory is used for. What the host does not tell is absent.
#[info]
struct NodeMemoryStats {
    /// What there is, in KiB.
    #[param("total", ullong)]
    total_kib: Option<u64>,
    /// What is free, in KiB.
    #[param("free", ullong)]
    free_kib: Option<u64>,
    /// What holds blocks of disks, in KiB.
    #[param("buffers", ullong)]
    buffers_kib: Option<u64>,
    /// What holds contents of files, in KiB.
    #[param("cached", ullong)]
    cached_kib: Option<u64>,
}

/// How the host shares equal pages. The first two and the last can be set.
#[info]
struct NodeMemoryParameters {
    /// How many pages it looks at before it rests.
    #[param("shm_pages_to_scan", uint)]
    pages_to_scan: Option<u32>,
    /// How long it rests, in milliseconds.
    #[param("shm_sleep_millisecs", uint)]
    sleep_ms: Option<u32>,
    /// Shared pages that are in use.
    #[param("shm_pages_shared", ullong)]
    pages_shared: Option<u64>,
    /// How many more pages would be in use without sharing.
    #[param("shm_pages_sharing", ullong)]
    pages_sharing: Option<u64>,
    /// Pages that have no equal, though they are looked at again and again.
    #[param("shm_pages_unshared", ullong)]
    pages_unshared: Option<u64>,
    /// Pages that change too fast to be shared.
    #[param("shm_pages_volatile", ullong)]
    pages_volatile: Option<u64>,
    /// How often all memory was looked through.
    #[param("shm_full_scans", ullong)]
    full_scans: Option<u64>,
    /// Whether pages of different NUMA nodes are shared: 0 for no, 1 for yes.
    #[param("shm_merge_across_nodes", uint)]
    merge_across_nodes: Option<u32>,
}
