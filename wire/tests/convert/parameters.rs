//! Structures whose fields travel as typed parameters.

use crate::made_up::{any_value, full_value};
use omnivirt_model::*;
use omnivirt_wire::convert::Parameters;
use omnivirt_wire::structs::TypedParam;
use proptest::prelude::*;
use serde::de::DeserializeOwned;
use std::fmt::Debug;

/// The parameters by name, without the lengths of lists: members of which nothing is told do not come through.
fn sorted(mut parameters: Vec<TypedParam>) -> Vec<TypedParam> {
    parameters.retain(|parameter| !parameter.field.ends_with(".count"));
    parameters.sort_by(|left, right| left.field.cmp(&right.field));
    parameters
}

fn there_and_back<T: Parameters + DeserializeOwned + PartialEq + Debug + 'static>(
    tested: &mut Vec<&'static str>,
) {
    tested.push(std::any::type_name::<T>().rsplit("::").next().unwrap());
    let full = full_value::<T>();
    let back = T::from_parameters(&full.to_parameters()).unwrap();
    assert_eq!(sorted(back.to_parameters()), sorted(full.to_parameters()));
    let config = ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let run = runner.run(&any_value::<T>(), |value| {
        let told = value.to_parameters();
        let back = T::from_parameters(&told).unwrap();
        prop_assert_eq!(sorted(back.to_parameters()), sorted(told), "{:?}", value);
        prop_assert_eq!(T::from_parameters(&back.to_parameters()).unwrap(), back);
        Ok(())
    });
    run.unwrap_or_else(|error| panic!("{}: {error}", std::any::type_name::<T>()));
}

macro_rules! all {
    ($($name:ident),* $(,)?) => {{
        let mut tested = Vec::new();
        $(there_and_back::<$name>(&mut tested);)*
        tested
    }};
}

#[test]
fn what_is_told_of_any_structure_comes_back() {
    let mut tested = all!(
        BlkioParameters,
        BlockCopyOptions,
        BlockIoTune,
        BlockStats,
        CacheBank,
        CacheMonitor,
        CpuStats,
        CpuTimes,
        DirtyRateStats,
        DomainCpuStats,
        DomainStats,
        GuestDisk,
        GuestDiskDependency,
        GuestFilesystem,
        GuestFilesystemDisk,
        GuestInfo,
        GuestInterface,
        GuestOs,
        GuestUser,
        GuestVcpus,
        InterfaceBandwidth,
        InterfaceStats,
        IothreadParameters,
        IothreadStats,
        IpAddress,
        JobInfo,
        LaunchSecurityInfo,
        LaunchSecurityState,
        MemoryBandwidthMonitor,
        MemoryBandwidthNode,
        MemoryParameters,
        MemoryStats,
        MigrationOptions,
        NodeCpuStats,
        NodeMemoryParameters,
        NodeMemoryStats,
        NumaParameters,
        PerfEvents,
        PerfStats,
        RestoreOptions,
        SaveOptions,
        SchedulerParameters,
        SevInfo,
        StateStats,
        VcpuCountStats,
        VcpuDirtyRate,
        VcpuStats,
    );
    let mut all = implementations("Parameters");
    tested.sort_unstable();
    all.sort_unstable();
    assert_eq!(tested, all);
}

/// The types for which the generated code implements a trait.
pub(crate) fn implementations(of: &str) -> Vec<&'static str> {
    let start = format!("impl {of} for ");
    let lines = include_str!("../../src/generated/model.rs").lines();
    lines.filter_map(|line| line.strip_prefix(&start)?.strip_suffix(" {")).collect()
}
