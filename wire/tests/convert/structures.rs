//! Values that travel as structures of the wire, and what of them stays behind.

use crate::made_up::any_value;
use omnivirt_model::*;
use omnivirt_wire::convert::{FromWire, IntoWire, LegacyName};
use omnivirt_wire::structs;
use omnivirt_wire::xdr::Xdr;
use proptest::prelude::*;

/// A value after it was bytes.
fn travelled<T: IntoWire<W> + FromWire<W>, W: Xdr>(value: T) -> T {
    let bytes = value.into_wire().unwrap().to_bytes().unwrap();
    T::from_wire(W::from_bytes(&bytes).unwrap()).unwrap()
}

fn reasons() -> impl Strategy<Value = DomainStateReason> {
    proptest::sample::select(DomainStateReason::ALL)
}

fn state_of(reason: DomainStateReason) -> DomainState {
    DomainState::from_number(reason.number() / 256).unwrap()
}

proptest! {
    #[test]
    fn structures_come_back_whole(
        iothread in any_value::<IothreadInfo>(),
        error in any_value::<DiskError>(),
        label in any_value::<SecurityLabel>(),
        interface in any_value::<GuestInterface>(),
        mut fault in any_value::<FaultRule>(),
    ) {
        // Numbers that may be missing have a sign on the wire, for when they are.
        fault.per_million = fault.per_million.map(|number| number / 2);
        fault.times = fault.times.map(|number| number / 2);
        prop_assert_eq!(travelled::<_, structs::FaultRule>(fault.clone()), fault);
        prop_assert_eq!(travelled::<_, structs::DomainIothreadInfo>(iothread.clone()), iothread);
        prop_assert_eq!(travelled::<_, structs::DomainDiskError>(error.clone()), error);
        prop_assert_eq!(travelled::<_, structs::SecurityLabel>(label.clone()), label);
        prop_assert_eq!(travelled::<_, structs::DomainInterface>(interface.clone()), interface);
    }

    #[test]
    fn the_cpus_of_a_virtual_cpu_travel_apart(mut vcpu in any_value::<VcpuInfo>()) {
        // The number of a CPU has a sign on the wire, for that of none.
        vcpu.cpu = vcpu.cpu.map(|cpu| cpu / 2);
        let back = travelled::<_, structs::VcpuInfo>(vcpu.clone());
        prop_assert_eq!(back.affinity(vcpu.affinity.clone()), vcpu);
    }

    #[test]
    fn a_filesystem_has_the_targets_of_its_disks(filesystem in any_value::<GuestFilesystem>()) {
        let back = travelled::<_, structs::DomainFsinfo>(filesystem.clone());
        let targets = |filesystem: &GuestFilesystem| -> Vec<_> {
            filesystem.disks.iter().filter_map(|disk| disk.target.clone()).collect()
        };
        prop_assert_eq!(targets(&back), targets(&filesystem));
        prop_assert_eq!((back.mountpoint, back.name, back.kind), (filesystem.mountpoint, filesystem.name, filesystem.kind));
    }

    #[test]
    fn numbered_and_named_values_come_back(
        memory in any_value::<MemoryStats>(),
        node_cpu in any_value::<NodeCpuStats>(),
        node_memory in any_value::<NodeMemoryStats>(),
    ) {
        let tagged: Vec<structs::DomainMemoryStat> = memory.clone().into_wire().unwrap();
        let mut without_maximum = memory;
        without_maximum.maximum_kib = None;
        prop_assert_eq!(MemoryStats::from_wire(tagged).unwrap(), without_maximum);
        let named: Vec<structs::NodeCpuStat> = node_cpu.clone().into_wire().unwrap();
        prop_assert_eq!(NodeCpuStats::from_wire(named).unwrap(), node_cpu);
        let named: Vec<structs::NodeMemoryStat> = node_memory.clone().into_wire().unwrap();
        prop_assert_eq!(NodeMemoryStats::from_wire(named).unwrap(), node_memory);
    }

    #[test]
    fn statistics_of_a_domain_name_it(mut stats in any_value::<DomainStats>(), reason in reasons()) {
        stats.domain.id = stats.domain.id.map(|id| id / 2);
        stats.state = Some(StateStats::default().state(state_of(reason)).reason(reason));
        let record: structs::DomainStatsRecord = stats.clone().into_wire().unwrap();
        let told = record.params.iter().find(|parameter| parameter.field == "state.reason").unwrap();
        prop_assert_eq!(&told.value, &structs::TypedParamValue::Int(reason.number() & 0xff));
        let back = DomainStats::from_wire(record).unwrap();
        prop_assert_eq!(format!("{:?}", back.domain), format!("{:?}", stats.domain));
        prop_assert_eq!((back.age_ms, back.state, back.blocks), (None, stats.state, stats.blocks));
    }

    #[test]
    fn a_version_is_one_number(major in 0..1000_u32, minor in 0..1000_u32, release in 0..1000_u32) {
        let version = Version::default().major(major).minor(minor).release(release);
        let wire: u64 = version.clone().into_wire().unwrap();
        prop_assert_eq!(Version::from_wire(wire).unwrap(), version);
    }
}

#[test]
fn what_a_newer_peer_tells_is_passed_over_and_what_has_no_meaning_refused() {
    let stat = |tag, val| structs::DomainMemoryStat { tag, val };
    let stats = MemoryStats::from_wire(vec![stat(99, 1), stat(6, 1024)]).unwrap();
    assert_eq!(stats, MemoryStats::default().current_kib(1024_u64));
    let named = structs::NodeCpuStat { field: "guest".to_owned(), value: 5 };
    assert_eq!(NodeCpuStats::from_wire(vec![named]).unwrap(), NodeCpuStats::default());

    let error = structs::DomainDiskError { disk: "vda".to_owned(), error: 9 };
    assert_eq!(DiskError::from_wire(error).unwrap_err().to_string(), "9 is no number of DiskErrorKind");
    let label = structs::SecurityLabel { label: vec![-1], enforcing: 1 };
    assert!(SecurityLabel::from_wire(label).is_err());
    let iothread = structs::DomainIothreadInfo { iothread_id: 1, cpumap: vec![1; 4096] };
    assert!(IothreadInfo::from_wire(iothread).is_err());
    assert!(Version::from_wire(u64::MAX).is_err());
}

#[test]
fn old_lists_have_names_and_of_secrets_the_uuid() {
    let uuid = Uuid::from_u128(1);
    assert_eq!(DomainRef::new("web", uuid, None).legacy_name(), "web");
    assert_eq!(SecretRef::new(uuid, 2, "ceph").legacy_name(), uuid.to_string());
}
