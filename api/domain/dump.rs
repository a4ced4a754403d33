//! Dumps of a domain's memory, for those who look for what went wrong in a guest.

/// Dumps the memory of a domain.
#[family(accessor = dump)]
trait DomainDumpOps {
    /// Writes the domain's memory to a file on its host. The guest stands still meanwhile, unless it is told not to.
    #[call(access = write, raises = [NotFound, InvalidState, ResourceBusy, System, Aborted, ArgumentUnsupported],
           emits = [Lifecycle, JobCompleted], job = Dump,
           procedures = [domain_core_dump, domain_core_dump_with_format])]
    fn dump(domain: Domain, path: String, format: DumpFormat, options: DumpOptions);
}

/// How `Domain::dump` dumps, and what follows.
#[options]
struct DumpOptions {
    /// Ends the domain after it, as a crash would.
    #[flag(0x1)]
    crash: bool,
    /// Lets the guest run on meanwhile.
    #[flag(0x2)]
    live: bool,
    /// Writes past the host's page cache.
    #[flag(0x4)]
    bypass_cache: bool,
    /// Resets the domain after it.
    #[flag(0x8)]
    reset: bool,
    /// Writes memory only, as an ELF file that debuggers read.
    #[flag(0x10)]
    memory_only: bool,
}

/// The form of a dump.
enum DumpFormat {
    /// As the hypervisor writes it.
    #[default]
    Raw = 0,
    /// Linux's kdump, with zlib.
    KdumpZlib = 1,
    /// Linux's kdump, with LZO.
    KdumpLzo = 2,
    /// Linux's kdump, with Snappy.
    KdumpSnappy = 3,
    /// The form of Windows.
    WinDmp = 4,
}
