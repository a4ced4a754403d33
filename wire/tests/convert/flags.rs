//! Options that are bits of `flags`.

use crate::parameters::implementations;
use omnivirt_model::*;
use omnivirt_wire::convert::{FlagBits, Flags};
use proptest::prelude::*;

macro_rules! all {
    ($($name:ident),* $(,)?) => {
        proptest! {
            #[test]
            fn bits_are_read_back(bits: u32) {
                $(
                    prop_assert_eq!($name::from_bits(bits).bits(), bits & $name::ALL);
                    let mut flags = FlagBits::new(bits);
                    let mut options = $name::default();
                    flags.take(&mut options);
                    prop_assert_eq!(options.bits(), bits & $name::ALL);
                    prop_assert_eq!(flags.finish("virCall").is_ok(), bits & !$name::ALL == 0);
                )*
            }
        }

        const TESTED: &[&str] = &[$(stringify!($name)),*];
    };
}

all!(
    AbortBlockJobOptions,
    AbortJobOptions,
    AffectOptions,
    AllocPagesOptions,
    AssociateFilesOptions,
    BackupOptions,
    BlockCommitOptions,
    BlockCopyOptions,
    BlockPullOptions,
    BlockResizeOptions,
    ChannelOptions,
    CheckpointCreateOptions,
    CheckpointFilter,
    CheckpointXmlOptions,
    ConsoleOptions,
    CpuBaselineOptions,
    CpuCompareOptions,
    CreateOptions,
    DefineOptions,
    DescendantsOptions,
    DestroyOptions,
    DomainCapabilitiesOptions,
    DomainFilter,
    DumpOptions,
    DumpxmlOptions,
    GraphicsOptions,
    GuestInfoGroups,
    HostnameOptions,
    InterfaceFilter,
    JobInfoOptions,
    ManagedSaveOptions,
    MessageOptions,
    MigrationOptions,
    MigrationSpeedOptions,
    MonitorCommandOptions,
    NetworkFilter,
    NodeDeviceFilter,
    RebootOptions,
    RestoreOptions,
    RootsOptions,
    SaveOptions,
    SavedStateOptions,
    SavedXmlOptions,
    SecretFilter,
    SetMemoryOptions,
    SetVcpusOptions,
    ShutdownOptions,
    SnapshotCreateOptions,
    SnapshotFilter,
    SnapshotRevertOptions,
    SnapshotXmlOptions,
    StartOptions,
    StatsGroups,
    StatsOptions,
    StoragePoolFilter,
    TreeDeleteOptions,
    UndefineOptions,
    UpdateDeviceOptions,
    UserPasswordOptions,
    UserSshKeysOptions,
    VcpuCountOptions
);

#[test]
fn all_options_are_tested() {
    let mut all = implementations("Flags");
    all.sort_unstable();
    assert_eq!(TESTED, all);
}

#[test]
fn what_no_options_stand_for_is_refused_by_name() {
    let mut flags = FlagBits::with_parameters(0x105);
    flags.take(&mut StartOptions::default());
    let error = flags.finish("virDomainCreateWithFlags").unwrap_err();
    assert_eq!(error.to_string(), "unsupported flags (0x100) in function virDomainCreateWithFlags");
}
