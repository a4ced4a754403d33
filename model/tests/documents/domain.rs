//! What is known of a domain by type: read, refused, changed.

use omnivirt_model::document::{DocumentErrorKind, MemorySize, OnOff};
use omnivirt_model::domain::{
    BootTarget, CrashAction, Domain, DomainConfig, DomainName, DomainType, GenerationId, LifecycleAction,
    SnapshotConfig, SnapshotDisk, SnapshotLocation, Vcpu, VcpuPlacement,
};
use omnivirt_model::{CpuMap, Uuid};
use proptest::prelude::*;

/// A good domain with other lines in it.
fn with(lines: &str) -> String {
    format!(
        "<domain type='test'>\n  <name>web</name>\n  <memory unit='MiB'>1</memory>\n  <os>\n    <type>hvm</type>\n  </os>\n  {lines}\n</domain>\n"
    )
}

#[test]
fn all_that_is_known_is_read() {
    let text = "<?xml version='1.0'?>
<domain type='kvm' id=' 7'>
  <name> w&amp;b </name>
  <uuid>C7A5FDBD CDAF 9455 926A D65C16DB1809</uuid>
  <genid/>
  <title>a title</title><description>two
lines</description>
  <maxMemory slots='16' unit='GiB'>8</maxMemory>
  <memory unit='MB'>1000</memory><currentMemory>500</currentMemory>
  <vcpu placement='static' cpuset='0-3,^2' current='2'>+4</vcpu>
  <vcpu>9</vcpu>
  <os><type arch='x86_64' machine='q35'>hvm</type><boot dev='hd'/><boot dev='network'/><kernel>/k</kernel></os>
  <features><acpi/><smm state='off'/></features>
  <on_poweroff>preserve</on_poweroff><on_crash>coredump-destroy</on_crash>
</domain>";
    let config = DomainConfig::parse(text).unwrap();
    let domain = config.domain();
    assert_eq!((&*domain.name, &*domain.domain_type, domain.id), (" w&b ", "kvm", Some(7)));
    assert_eq!(domain.uuid.unwrap().to_string(), "c7a5fdbd-cdaf-9455-926a-d65c16db1809");
    assert_eq!((config.name().as_ref(), config.uuid()), (" w&b ", domain.uuid));
    assert_eq!(domain.generation_id, Some(GenerationId::Generate));
    assert_eq!(
        (domain.title.as_deref(), domain.description.as_deref()),
        (Some("a title"), Some("two\nlines"))
    );
    let max = domain.max_memory.as_ref().unwrap();
    assert_eq!((max.size.kib(), max.slots), (8 << 20, Some(16)));
    assert_eq!(domain.memory_size().map(MemorySize::kib), Some(976_563));
    assert_eq!(domain.current_memory.map(MemorySize::kib), Some(500));
    let vcpu = domain.vcpu.unwrap();
    assert_eq!((vcpu.max, vcpu.current, vcpu.placement), (4, Some(2), Some(VcpuPlacement::Static)));
    assert_eq!(vcpu.cpuset, Some("0,1,3".parse().unwrap()));
    let os = domain.os.unwrap();
    assert_eq!(
        os.os_type.as_ref().map(|os_type| (os_type.name.as_str(), os_type.machine.as_deref())),
        Some(("hvm", Some("q35")))
    );
    assert_eq!(
        os.boot.iter().map(|boot| boot.dev).collect::<Vec<_>>(),
        [BootTarget::HardDisk, BootTarget::Network]
    );
    assert_eq!((os.kernel.as_deref(), os.initrd), (Some("/k"), None));
    assert_eq!((domain.on_poweroff, domain.on_reboot), (Some(LifecycleAction::Preserve), None));
    assert_eq!(domain.on_crash, Some(CrashAction::CoredumpDestroy));
    let features = domain.features.unwrap();
    assert!(features.acpi && !features.pae);
    assert_eq!(features.system_management.and_then(|smm| smm.state), Some(OnOff::Off));
}

#[test]
fn mistakes_are_told_with_place_path_and_code() {
    use DocumentErrorKind::{
        Invalid, InvalidArgument, Malformed, MissingName, Overflow, Syntax, Unsupported,
    };
    for (text, kind, line, column, path) in [
        (with("<title>a\nb</title>"), Invalid, 7, 3, "/domain/title"),
        (with("<vcpu>two</vcpu>"), Invalid, 7, 3, "/domain/vcpu"),
        (with("<vcpu>-1</vcpu>"), Invalid, 7, 3, "/domain/vcpu"),
        (with("<vcpu>0</vcpu>"), Malformed, 7, 3, "/domain/vcpu"),
        (with("<vcpu  current='3'>2</vcpu>"), Unsupported, 7, 10, "/domain/vcpu/@current"),
        (with("<vcpu cpuset='5-2'>2</vcpu>"), InvalidArgument, 7, 9, "/domain/vcpu/@cpuset"),
        (with("<vcpu cpuset='0,^0'>2</vcpu>"), Unsupported, 7, 9, "/domain/vcpu/@cpuset"),
        (with("<vcpu placement='magic'>2</vcpu>"), Invalid, 7, 9, "/domain/vcpu/@placement"),
        (
            with("<currentMemory unit='parsec'>2</currentMemory>"),
            InvalidArgument,
            7,
            18,
            "/domain/currentMemory/@unit",
        ),
        (with("<currentMemory unit='EiB'>9999</currentMemory>"), Overflow, 7, 3, "/domain/currentMemory"),
        (with("<uuid>{1}</uuid>"), Malformed, 7, 3, "/domain/uuid"),
        (with("<on_reboot>explode</on_reboot>"), Unsupported, 7, 3, "/domain/on_reboot"),
        (with("<on_reboot>coredump-destroy</on_reboot>"), Unsupported, 7, 3, "/domain/on_reboot"),
        (with("<features>\n<acpi/><warp/></features>"), Unsupported, 8, 8, "/domain/features/warp"),
        (with("<features><smm state='maybe'/></features>"), Invalid, 7, 18, "/domain/features/smm/@state"),
        (with("<x/>").replace("hvm", "HVM"), Unsupported, 5, 5, "/domain/os/type"),
        (
            with("<x/>").replace("<type>hvm</type>", "<boot dev='cloud'/>"),
            Invalid,
            5,
            11,
            "/domain/os/boot/@dev",
        ),
        (with("<x/>").replace("<type>hvm</type>", ""), Invalid, 4, 3, "/domain/os"),
        (with("<x/>").replace("'MiB'>1", "'MiB'>"), Invalid, 3, 3, "/domain/memory"),
        (with("<x/>").replace("'MiB'>1", "'MiB'>0"), Invalid, 3, 3, "/domain/memory"),
        (with("<x/>").replace("web", ""), MissingName, 1, 1, "/domain"),
        (with("<x/>").replace("web", "a/b"), Invalid, 2, 3, "/domain/name"),
        (with("<x/>").replace("web", "a\nb"), Syntax, 2, 3, "/domain/name"),
        (with("<x/>").replace(" type='test'", ""), Malformed, 1, 1, "/domain"),
        (with("<x/>").replace("type=", "xmlns='a' type="), MissingName, 1, 9, "/domain/@xmlns"),
        ("<network><name>n</name></network>".into(), Invalid, 1, 1, "/network"),
    ] {
        let error = DomainConfig::parse(text.as_str()).expect_err(&text);
        assert_eq!(
            (error.kind, error.line, error.column, error.path.as_str()),
            (kind, line, column, path),
            "{text}{error}"
        );
    }
}

#[test]
fn a_change_touches_only_what_it_is_about() {
    let text = with("<!-- mine --><extra a=\"1\">kept</extra>\n\t<vcpu  current='1' other='x'>2</vcpu>");
    let config = DomainConfig::parse(text.as_str()).unwrap();
    let changed = |from: &str, to: &str, change: &dyn Fn(&mut Domain)| {
        assert_eq!(config.with(change).unwrap().as_str(), text.replace(from, to));
    };
    changed("", "", &|_| {});
    changed("", "", &|domain| domain.memory = Some(MemorySize::from_kib(1024).into()));
    changed("'MiB'>1<", "'KiB'>2048<", &|domain| domain.memory = Some(MemorySize::from_kib(2048).into()));
    changed(">web<", ">a&lt;b<", &|domain| domain.name = DomainName::new("a<b").unwrap());
    changed("'test'>", "'test' id='3'>", &|domain| domain.id = Some(3));
    changed(" current='1' other='x'>2", " current='4' other='x'>8", &|domain| {
        let vcpu = domain.vcpu.as_mut().unwrap();
        (vcpu.max, vcpu.current) = (8, Some(4));
    });
    changed("  current='1'", "", &|domain| domain.vcpu.as_mut().unwrap().current = None);
    changed("\n\t<vcpu  current='1' other='x'>2</vcpu>", "", &|domain| domain.vcpu = None);
    changed("</name>\n", "</name>\n  <title>t</title>\n  <description>d</description>\n", &|domain| {
        domain.title = Some("t".into());
        domain.description = Some("d".into());
    });
    changed("</vcpu>\n", "</vcpu>\n\t<on_crash>restart</on_crash>\n", &|domain| {
        domain.on_crash = Some(CrashAction::Restart)
    });
    changed("hvm</type>\n", "hvm</type>\n    <boot dev='hd'/>\n    <boot dev='cdrom'/>\n", &|domain| {
        domain.os.as_mut().unwrap().boot = vec![BootTarget::HardDisk.into(), BootTarget::CdRom.into()];
    });
    let error = config.with(|domain| domain.title = Some("a\nb".into())).unwrap_err();
    assert_eq!((error.line, error.path.as_str()), (3, "/domain/title"));
    let error = config.with(|domain| domain.title = Some("a\u{1}b".into())).unwrap_err();
    assert_eq!((error.line, error.column), (3, 11));
}

#[test]
fn of_elements_given_twice_the_first_decides() {
    let config = DomainConfig::parse(with(
        "<title/><title>second</title><on_crash>restart</on_crash><on_crash>x</on_crash>",
    ))
    .unwrap();
    assert_eq!((config.domain().title, config.domain().on_crash), (None, Some(CrashAction::Restart)));
    assert_eq!(config.with(|_| ()).unwrap(), config);
    let titled = config.with(|domain| domain.title = Some("first".into())).unwrap();
    assert!(titled.as_str().contains("<title>first</title><title>second</title>"), "{titled}");
    let untitled = titled.with(|domain| (domain.title, domain.on_crash) = (None, None)).unwrap();
    assert!(!untitled.as_str().contains("title") && !untitled.as_str().contains("on_crash"), "{untitled}");
}

#[test]
fn a_list_in_the_middle_keeps_its_ends() {
    let text = "<domainsnapshot>\n  <disks>\n    <disk name='a' x='1'/>\n    <disk name='b' x='2'/>\n    <disk name='c' x='3'/>\n  </disks>\n</domainsnapshot>";
    let config = SnapshotConfig::parse(text).unwrap();
    let changed = |change: &dyn Fn(&mut Vec<SnapshotDisk>)| {
        let changed = config.with(|snapshot| change(&mut snapshot.disks.as_mut().unwrap().disks)).unwrap();
        changed
            .into_string()
            .replace("<domainsnapshot>\n  <disks>\n", "")
            .replace("  </disks>\n</domainsnapshot>", "")
    };
    let disk = |name: &str| {
        let mut disk = SnapshotDisk::default();
        disk.name = name.into();
        disk.snapshot = Some(SnapshotLocation::No);
        disk
    };
    assert_eq!(
        changed(&|disks| drop(disks.remove(1))),
        "    <disk name='a' x='1'/>\n    <disk name='c' x='3'/>\n"
    );
    assert_eq!(
        changed(&|disks| disks.insert(1, disk("n"))),
        "    <disk name='a' x='1'/>\n    <disk name='n' snapshot='no'/>\n    <disk name='b' x='2'/>\n    <disk name='c' x='3'/>\n"
    );
    assert_eq!(
        changed(&|disks| disks[1].name = "n".into()),
        "    <disk name='a' x='1'/>\n    <disk name='n' x='2'/>\n    <disk name='c' x='3'/>\n"
    );
    assert_eq!(
        changed(&|disks| disks.insert(0, disk("n"))).lines().next(),
        Some("    <disk name='n' snapshot='no'/>")
    );
    assert_eq!(
        changed(&|disks| disks.push(disk("n"))).lines().last(),
        Some("    <disk name='n' snapshot='no'/>")
    );
    assert_eq!(changed(&|disks| disks.clear()), "");
    let error =
        config.with(|snapshot| snapshot.disks.as_mut().unwrap().disks[2].name = "a".into()).unwrap_err();
    assert_eq!(
        (error.kind, error.path.as_str()),
        (DocumentErrorKind::Unsupported, "/domainsnapshot/disks/disk[3]")
    );
}

#[test]
fn a_snapshot_holds_the_configuration() {
    let domain = DomainConfig::parse(with("<qemu:x xmlns:qemu='q'/>")).unwrap();
    let snapshot = SnapshotConfig::parse("<domainsnapshot/>").unwrap();
    let snapshot = snapshot.with(|snapshot| snapshot.name = Some("s1".into())).unwrap();
    assert_eq!(snapshot.as_str(), "<domainsnapshot>\n  <name>s1</name>\n</domainsnapshot>");
    let snapshot = snapshot.with_saved_domain(&domain).unwrap().with_saved_domain(&domain).unwrap();
    let saved = snapshot.saved_domain().unwrap().unwrap();
    assert_eq!(saved.domain(), domain.domain());
    assert!(snapshot.as_str().contains("\n  <domain type='test'>\n    <name>web</name>\n"), "{snapshot}");
}

fn domains() -> impl Strategy<Value = Domain> {
    let text = "[ -~äß€\n\r\t]{1,9}";
    let size = || prop::option::of((1..u64::from(u32::MAX)).prop_map(MemorySize::from_kib));
    let vcpu = (
        1..400_u32,
        prop::option::of(0..40_u32),
        prop::option::of(prop::collection::btree_set(0..300_u32, 1..9)),
    );
    let vcpu = vcpu.prop_map(|(max, current, cpus)| {
        let mut vcpu = Vcpu::new(max);
        vcpu.current = current.map(|current| current.min(max));
        vcpu.cpuset = cpus.map(|cpus| cpus.into_iter().collect::<CpuMap>());
        vcpu
    });
    let texts = (prop::option::of("[ -~ä\t]{1,9}"), prop::option::of(text), prop::option::of(text));
    (
        (
            "[!-.0-~äß€][ -.0-~]{0,9}",
            "[a-z]{1,4}",
            prop::option::of(any::<u32>()),
            prop::option::of(any::<u128>()),
        ),
        (size(), size(), prop::option::of(vcpu), texts),
        prop::collection::vec(prop_oneof![Just(BootTarget::Floppy), Just(BootTarget::Network)], 0..3),
    )
        .prop_map(|((name, domain_type, id, uuid), (memory, current_memory, vcpu, texts), boot)| {
            let mut domain = DomainConfig::parse(with("")).unwrap().domain();
            domain.name = DomainName::new(name).unwrap();
            domain.domain_type = DomainType::new(domain_type).unwrap();
            (domain.id, domain.uuid, domain.vcpu) = (id, uuid.map(Uuid::from_u128), vcpu);
            domain.memory = memory.map(Into::into).or(domain.memory);
            domain.current_memory = current_memory;
            let os = domain.os.as_mut().unwrap();
            os.boot = boot.into_iter().map(Into::into).collect();
            (domain.title, domain.description, os.cmdline) = texts;
            domain
        })
}

/// libvirt reads the devices of every `<devices>`. What is not changed stays where it is.
#[test]
fn devices_stand_in_several_elements() {
    let text = with(
        "<devices><disk><target dev='vda'/><own/></disk></devices>\n  <devices><disk><target dev='vdb'/><own/></disk></devices>",
    );
    let config = DomainConfig::parse(text.as_str()).unwrap();
    assert_eq!((config.domain().devices.disks.len(), config.devices().count()), (2, 2));
    let renamed = config.with(|domain| domain.name = DomainName::new("db").unwrap()).unwrap();
    assert_eq!(renamed.as_str(), text.replace(">web<", ">db<"));
    let fewer = config.with(|domain| drop(domain.devices.disks.pop())).unwrap();
    assert_eq!(fewer.as_str().matches("<disk>").count(), 1);
    assert!(fewer.as_str().contains("'vda'") && !fewer.as_str().contains("'vdb'"));
}

/// UDP has two sources; anything else has one, and a second is refused.
#[test]
fn a_character_device_of_another_sort_has_the_sources_of_that_sort() {
    let udp = with(
        "<devices><parallel type='udp'><source mode='bind' service='1'/><source/><source mode='connect' service='2'/></parallel></devices>",
    );
    let pty = with("<devices><parallel type='pty'><source path='/dev/pts/1'/></parallel></devices>");
    let other = DomainConfig::parse(pty).unwrap().domain();
    let changed = DomainConfig::parse(udp).unwrap().with(|domain| *domain = other.clone()).unwrap();
    assert_eq!(changed.domain(), other);
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(domain in domains(), other in domains()) {
        let config = DomainConfig::new(&domain).unwrap();
        prop_assert_eq!(config.domain(), domain.clone());
        let changed = config.with(|typed| typed.clone_from(&other)).unwrap();
        prop_assert_eq!(changed.domain(), other);
        // Changing it back restores all that is known.
        prop_assert_eq!(changed.with(|typed| typed.clone_from(&domain)).unwrap().domain(), domain.clone());
        #[cfg(feature = "json")]
        {
            let json = serde_json::to_string(&domain).unwrap();
            prop_assert_eq!(serde_json::from_str::<Domain>(&json).unwrap(), domain);
        }
    }
}
