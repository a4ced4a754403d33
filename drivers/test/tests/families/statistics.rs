use super::*;

#[tokio::test]
async fn counters_grow_with_the_clock_and_stand_while_the_domain_is_paused() {
    let connection = open().await;
    let domain = rich(&connection).await;
    let start = domain.block_stats("vda").await.unwrap();
    connection.advance_time(10_000).await.unwrap();
    let later = domain.block_stats("vda").await.unwrap();
    assert!(later.read_bytes > start.read_bytes && later.write_requests > start.write_requests);
    assert!(domain.interface_stats("vnet7").await.unwrap().tx_bytes.unwrap() > 0);
    domain.suspend().await.unwrap();
    let paused = domain.block_stats("").await.unwrap();
    connection.advance_time(10_000).await.unwrap();
    assert_eq!(domain.block_stats("").await.unwrap(), paused);
    assert_eq!(kind(domain.block_stats("vdz").await), ErrorKind::DeviceMissing);
    assert_eq!(kind(domain.interface_stats("vnet8").await), ErrorKind::DeviceMissing);
    domain.destroy(DestroyOptions::default()).await.unwrap();
    assert_eq!(kind(domain.block_stats("vda").await), ErrorKind::InvalidState);
    assert_eq!(kind(domain.cpu_stats(CpuRange::default()).await), ErrorKind::InvalidState);
}

#[tokio::test]
async fn what_a_guest_writes_stays_on_its_disk() {
    let connection = open().await;
    let domain = rich(&connection).await;
    let before = domain.block_info("vda").await.unwrap();
    connection.advance_time(60_000).await.unwrap();
    let running = domain.block_info("vda").await.unwrap();
    assert!(running.allocation_bytes > before.allocation_bytes);
    domain.destroy(DestroyOptions::default()).await.unwrap();
    assert_eq!(domain.block_info("/images/system.qcow2").await.unwrap(), running);
    assert_eq!(kind(domain.block_info("sda").await), ErrorKind::InvalidArgument);
}

#[tokio::test]
async fn the_parts_of_cpu_time_make_the_whole() {
    let connection = open().await;
    let domain = rich(&connection).await;
    connection.advance_time(7_001).await.unwrap();
    let stats = domain.cpu_stats(CpuRange::default()).await.unwrap();
    let total = stats.total.cpu_time_ns.unwrap();
    assert_eq!(total, domain.info().await.unwrap().cpu_time_ns);
    assert_eq!(stats.per_cpu.iter().map(|cpu| cpu.cpu_time_ns.unwrap()).sum::<u64>(), total);
    assert_eq!(stats.total.user_time_ns.unwrap() + stats.total.system_time_ns.unwrap(), total);
    let two = domain.cpu_stats(CpuRange::default().first(15_u32).count(9_u32)).await.unwrap();
    assert_eq!(two.per_cpu.len(), 1);
    assert_eq!(kind(domain.cpu_stats(CpuRange::default().first(16_u32)).await), ErrorKind::InvalidArgument);
}

#[tokio::test]
async fn one_call_tells_of_all_domains() {
    let connection = open().await;
    let domain = rich(&connection).await;
    connection.advance_time(5_000).await.unwrap();
    let ask = |domains: Vec<Domain>, groups| {
        let connection = connection.clone();
        async move {
            connection
                .domain_stats(&domains, groups, DomainFilter::default(), StatsOptions::default())
                .await
                .unwrap()
        }
    };
    let all = ask(Vec::new(), StatsGroups::default()).await;
    assert_eq!(all.len(), 2);
    let stats = &ask(vec![domain.clone()], StatsGroups::default()).await[0];
    assert_eq!(stats.blocks.len(), 3);
    assert_eq!(stats.blocks[0], domain.block_stats("vda").await.unwrap());
    assert_eq!(stats.interfaces[0], domain.interface_stats("vnet7").await.unwrap());
    let cpu = stats.cpu.as_ref().unwrap().time_ns.unwrap();
    assert_eq!(stats.vcpus.iter().map(|vcpu| vcpu.time_ns.unwrap()).sum::<u64>(), cpu);
    assert_eq!(stats.state.as_ref().unwrap().state, DomainState::Running);
    assert!(stats.vm.value("exits.sum").is_some());
    let only = &ask(vec![domain], StatsGroups::default().state(true)).await[0];
    assert!(only.cpu.is_none() && only.blocks.is_empty() && only.state.is_some());
}

#[tokio::test]
async fn counters_count_once_they_are_enabled() {
    let connection = open().await;
    let domain = rich(&connection).await;
    domain.set_perf_events(&PerfEvents::default().instructions(true), live()).await.unwrap();
    assert_eq!(domain.perf_events(live()).await.unwrap().instructions, Some(true));
    assert_eq!(domain.perf_events(config()).await.unwrap().instructions, Some(false));
    connection.advance_time(1_000).await.unwrap();
    let groups = StatsGroups::default().perf(true);
    let stats = connection
        .domain_stats(&[domain], groups, DomainFilter::default(), StatsOptions::default())
        .await
        .unwrap();
    let perf = stats[0].perf.as_ref().unwrap();
    assert!(perf.instructions.unwrap() > 0 && perf.cpu_cycles.is_none());
}

#[tokio::test]
async fn the_change_of_memory_is_measured_over_time() {
    let connection = open().await;
    let domain = rich(&connection).await;
    domain.start_dirty_rate_calc(2, DirtyRateMode::DirtyRing).await.unwrap();
    assert_eq!(
        kind(domain.start_dirty_rate_calc(2, DirtyRateMode::PageSampling).await),
        ErrorKind::InvalidState
    );
    assert_eq!(
        kind(domain.start_dirty_rate_calc(0, DirtyRateMode::PageSampling).await),
        ErrorKind::InvalidArgument
    );
    let rate = |connection: Connection, domain: Domain| async move {
        let groups = StatsGroups::default().dirty_rate(true);
        let stats = connection
            .domain_stats(&[domain], groups, DomainFilter::default(), StatsOptions::default())
            .await;
        stats.unwrap()[0].dirty_rate.clone().unwrap()
    };
    assert_eq!(rate(connection.clone(), domain.clone()).await.status, DirtyRateStatus::Measuring);
    connection.advance_time(2_000).await.unwrap();
    let measured = rate(connection.clone(), domain).await;
    assert_eq!((measured.status, measured.vcpus.len()), (DirtyRateStatus::Measured, 2));
    assert_eq!(
        measured.mib_per_s.unwrap(),
        measured.vcpus.iter().map(|vcpu| vcpu.mib_per_s as i64).sum::<i64>()
    );
}

#[tokio::test]
async fn disks_that_have_failed_are_listed_until_the_domain_runs_on() {
    let connection = open().await;
    let domain = rich(&connection).await;
    let event = r#"{"type": "io_error", "object": {"kind": "domain", "name": "rich"},
        "body": {"source_path": "/images/data.qcow2", "alias": "virtio-disk1", "action": "pause", "reason": "enospc"}}"#;
    connection.inject_event(event).await.unwrap();
    let failed = domain.disk_errors().await.unwrap();
    assert_eq!(failed, [DiskError::default().disk("vdb").error(DiskErrorKind::NoSpace)]);
    domain.suspend().await.unwrap();
    domain.resume().await.unwrap();
    assert_eq!(domain.disk_errors().await.unwrap(), []);
}
