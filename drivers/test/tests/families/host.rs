use super::*;
use omnivirt_core::xml::Document;

#[tokio::test]
async fn the_host_says_the_same_in_numbers_and_in_documents() {
    let connection = open().await;
    let node = connection.node_info().await.unwrap();
    let capabilities = Document::parse(connection.capabilities().await.unwrap()).unwrap();
    let cells = capabilities.root().descendant(&["host", "topology", "cells"]).unwrap();
    assert_eq!(cells.children().count(), node.numa_nodes as usize);
    let cpus: usize = cells.children().map(|cell| cell.child("cpus").unwrap().children().count()).sum();
    assert_eq!(cpus, node.cpus as usize);
    assert_eq!(connection.node_cpu_map().await.unwrap().online.len(), cpus);
    let guests: Vec<_> = capabilities.root().children().filter(|child| child.name() == "guest").collect();
    assert!(!guests.is_empty());
    let domain = connection
        .domain_capabilities(
            EmulatorChoice::default().domain_type("test"),
            DomainCapabilitiesOptions::default(),
        )
        .await
        .unwrap();
    assert!(
        domain.contains(&format!("<vcpu max='{}'/>", connection.max_vcpus(Some("test")).await.unwrap())),
        "{domain}"
    );
    let other = EmulatorChoice::default().domain_type("kvm");
    let refused = connection.domain_capabilities(other, DomainCapabilitiesOptions::default()).await;
    assert_eq!(kind(refused), ErrorKind::ConfigUnsupported);
    assert_eq!(connection.version().await.unwrap().hypervisor, "TEST");
    assert!(connection.is_secure().await.unwrap());
    assert!(connection.sysinfo().await.unwrap().contains("<sysinfo type='smbios'>"));
    assert!(connection.sev_info().await.unwrap().c_bit_position.is_some());
}

#[tokio::test]
async fn guests_and_huge_pages_take_memory() {
    let connection = open().await;
    let total = |free: &FreeMemory| free.nodes.iter().map(|node| node.free_bytes).sum::<u64>();
    let before = connection.free_memory().await.unwrap();
    assert_eq!(total(&before), before.total_bytes);
    rich(&connection).await;
    let with_guest = connection.free_memory().await.unwrap();
    assert_eq!(before.total_bytes - with_guest.total_bytes, 512 << 20);
    let pages = [PageCount::default().page_size_kib(2048_u32).count(100_u64)];
    let second = NumaNodeRange::default().first(1_u32);
    assert_eq!(
        connection.alloc_pages(&pages, second.clone(), AllocPagesOptions::default()).await.unwrap(),
        1
    );
    let free = connection.free_pages(&[4, 2048], NumaNodeRange::default()).await.unwrap();
    let huge: Vec<u64> =
        free.iter().filter(|free| free.page_size_kib == 2048).map(|free| free.count).collect();
    assert_eq!(huge, [0, 100]);
    let with_pages = connection.free_memory().await.unwrap();
    assert_eq!(with_guest.nodes[1].free_bytes - with_pages.nodes[1].free_bytes, 200 << 20);
    let many = [PageCount::default().page_size_kib(1_u32 << 20).count(1_000_u64)];
    assert_eq!(
        kind(connection.alloc_pages(&many, second, AllocPagesOptions::default()).await),
        ErrorKind::System
    );
    let stats = connection.node_memory_stats(Some(1)).await.unwrap();
    assert_eq!(
        stats.free_kib.unwrap() + stats.cached_kib.unwrap() + stats.buffers_kib.unwrap(),
        with_pages.nodes[1].free_bytes >> 10
    );
    assert_eq!(kind(connection.node_memory_stats(Some(2)).await), ErrorKind::InvalidArgument);
}

#[tokio::test]
async fn what_is_set_of_the_host_is_shown() {
    let connection = open().await;
    let parameters = NodeMemoryParameters::default().pages_to_scan(7_u32).merge_across_nodes(0_u32);
    connection.set_node_memory_parameters(&parameters).await.unwrap();
    let shown = connection.node_memory_parameters().await.unwrap();
    assert_eq!((shown.pages_to_scan, shown.merge_across_nodes), (Some(7), Some(0)));
    connection.node_suspend(SuspendTarget::Memory, 60).await.unwrap();
    assert_eq!(kind(connection.node_suspend(SuspendTarget::Disk, 60).await), ErrorKind::ResourceBusy);
    connection.advance_time(61_000).await.unwrap();
    connection.node_suspend(SuspendTarget::Disk, 60).await.unwrap();
}

#[tokio::test]
async fn time_passes_on_the_hosts_cpus() {
    let connection = open().await;
    connection.advance_time(10_000).await.unwrap();
    let of = |stats: NodeCpuStats| {
        stats.kernel_ns.unwrap()
            + stats.user_ns.unwrap()
            + stats.idle_ns.unwrap()
            + stats.iowait_ns.unwrap()
            + stats.interrupts_ns.unwrap()
    };
    assert_eq!(of(connection.node_cpu_stats(Some(0)).await.unwrap()), 10_000_000_000);
    assert_eq!(of(connection.node_cpu_stats(None).await.unwrap()), 160_000_000_000);
    assert_eq!(kind(connection.node_cpu_stats(Some(16)).await), ErrorKind::InvalidArgument);
}

#[tokio::test]
async fn cpus_are_compared_and_combined() {
    let connection = open().await;
    let own = connection.capabilities().await.unwrap();
    let document = Document::parse(own).unwrap();
    let cpu = document.root().descendant(&["host", "cpu"]).unwrap().source().to_owned();
    let compare = |xml: &str, options: CpuCompareOptions| {
        let (connection, xml) = (connection.clone(), xml.to_owned());
        async move { connection.cpu_compare(&xml, options).await }
    };
    let none = CpuCompareOptions::default;
    assert_eq!(compare(&cpu, none()).await.unwrap(), CpuComparison::Identical);
    let older = "<cpu><model>Opteron_G3</model></cpu>";
    assert_eq!(compare(older, none()).await.unwrap(), CpuComparison::Superset);
    let other = "<cpu><model>Skylake-Client</model></cpu>";
    assert_eq!(compare(other, none()).await.unwrap(), CpuComparison::Incompatible);
    assert_eq!(kind(compare(other, none().fail_incompatible(true)).await), ErrorKind::CpuIncompatible);
    let common =
        connection.cpu_baseline(&[cpu, older.to_owned()], CpuBaselineOptions::default()).await.unwrap();
    assert!(common.contains(">Opteron_G3</model>"), "{common}");
    assert_eq!(compare(&common, none()).await.unwrap(), CpuComparison::Superset);
    let models = connection.cpu_models("x86_64").await.unwrap();
    assert!(models.iter().any(|model| model == "EPYC-Rome"));
}

#[tokio::test]
async fn a_host_file_says_what_the_host_has() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("host.xml");
    std::fs::write(directory.path().join("net.xml"), "<network><name>lan</name></network>").unwrap();
    let host = "<node><cpu><model>i686</model><active>3</active><nodes>1</nodes><sockets>1</sockets><cores>2</cores><threads>2</threads></cpu>\
                <memory>1048576</memory><network file='net.xml'/><pool type='fs'><name>p</name></pool>\
                <device><name>d</name><capability type='net'/></device></node>";
    std::fs::write(&path, host).unwrap();
    let connection = open_uri(&format!("test://{}", path.display())).await;
    let node = connection.node_info().await.unwrap();
    assert_eq!((node.cpus, node.memory_kib, node.numa_nodes), (3, 1 << 20, 1));
    assert_eq!(kind(connection.sev_info().await), ErrorKind::OperationUnsupported);
    assert_eq!(
        connection.list_networks(NetworkFilter::default()).await.unwrap()[0].reference().name.as_ref(),
        "lan"
    );
    assert_eq!(connection.list_storage_pools(StoragePoolFilter::default().dir(true)).await.unwrap().len(), 0);
    assert_eq!(connection.list_storage_pools(StoragePoolFilter::default().fs(true)).await.unwrap().len(), 1);
    assert_eq!(connection.list_node_devices(NodeDeviceFilter::default().net(true)).await.unwrap().len(), 1);
    assert_eq!(connection.list_interfaces(InterfaceFilter::default()).await.unwrap().len(), 0);
}

#[tokio::test]
async fn a_host_file_says_what_was_kept_of_its_domains() {
    let made = open().await;
    let domain = rich(&made).await;
    let xml = "<domainsnapshot><name>before</name></domainsnapshot>";
    let snapshot = domain.create_snapshot(xml, SnapshotCreateOptions::default()).await.unwrap();
    let snapshot = snapshot.dumpxml(SnapshotXmlOptions::default()).await.unwrap();
    let checkpoint = domain.create_checkpoint(
        "<domaincheckpoint><name>c</name></domaincheckpoint>",
        CheckpointCreateOptions::default(),
    );
    let checkpoint = checkpoint.await.unwrap().dumpxml(CheckpointXmlOptions::default()).await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
    write("before.xml", &snapshot.replace("</domainsnapshot>", "<active>1</active></domainsnapshot>"));
    write("c.xml", &checkpoint);
    let kept = "<t:runstate xmlns:t='http://libvirt.org/schemas/domain/test/1.0'>5</t:runstate>\
                <t:domainsnapshot xmlns:t='http://libvirt.org/schemas/domain/test/1.0' file='before.xml'/>\
                <t:domaincheckpoint xmlns:t='http://libvirt.org/schemas/domain/test/1.0' file='c.xml'/></domain>";
    write("host.xml", &format!("<node>{}</node>", RICH.replace("</domain>", kept)));
    let connection = open_uri(&format!("test://{}", directory.path().join("host.xml").display())).await;
    let domain = connection.domain_by_name("rich").await.unwrap();
    let current = domain.current_snapshot().await.unwrap().unwrap();
    assert_eq!(&*current.reference().name, "before");
    domain.checkpoint_by_name("c").await.unwrap();
    current.revert(SnapshotRevertOptions::default()).await.unwrap();
    assert_eq!(domain.state().await.unwrap().state, DomainState::Running);
    write("before.xml", "<domainsnapshot><name>before</name></domainsnapshot>");
    let registry = Registry::of([omnivirt_driver_test::ENTRY]);
    let uri = format!("test://{}", directory.path().join("host.xml").display());
    let refused = registry.open(&uri, ConnectOptions::default()).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::XmlInvalid);
    assert!(refused.context("file").unwrap().ends_with("before.xml"), "{refused}");
}
