use super::*;

#[tokio::test]
async fn cpu_time_is_given_live_or_from_the_next_start() {
    let connection = open().await;
    let domain = rich(&connection).await;
    let mut events = watch(&connection).await;
    assert_eq!(domain.scheduler_type().await.unwrap(), "posix");
    let parameters = SchedulerParameters::default().cpu_shares(512_u64).vcpu_quota_us(20_000_i64);
    domain.set_scheduler_parameters(&parameters, live()).await.unwrap();
    let events: Vec<_> = told(&mut events);
    let EventBody::Tunable(tunable) = &events[0].body else { panic!("{events:?}") };
    assert_eq!(tunable.parameters.value("cputune.cpu_shares"), Some(&512_u64.into()));
    assert_eq!(tunable.parameters.value("cputune.vcpu_quota"), Some(&20_000_i64.into()));
    assert_eq!(events[0].cause.call.as_deref(), Some("Domain::set_scheduler_parameters"));
    assert_eq!(domain.scheduler_parameters(live()).await.unwrap().cpu_shares, Some(512));
    assert_eq!(domain.scheduler_parameters(config()).await.unwrap().cpu_shares, Some(1024));
    domain
        .set_scheduler_parameters(&SchedulerParameters::default().cpu_shares(256_u64), config())
        .await
        .unwrap();
    domain.destroy(DestroyOptions::default()).await.unwrap();
    domain.start(StartOptions::default()).await.unwrap();
    assert_eq!(domain.scheduler_parameters(live()).await.unwrap().cpu_shares, Some(256));
    for bad in [
        SchedulerParameters::default().weight(1_u32),
        SchedulerParameters::default().cpu_shares(1_u64),
        SchedulerParameters::default().vcpu_period_us(1_u64),
    ] {
        assert_eq!(kind(domain.set_scheduler_parameters(&bad, live()).await), ErrorKind::InvalidArgument);
    }
}

#[tokio::test]
async fn memory_nodes_are_those_of_the_host() {
    let connection = open().await;
    let domain = rich(&connection).await;
    domain.set_numa_parameters(&NumaParameters::default().nodes("0-1"), live()).await.unwrap();
    assert_eq!(domain.numa_parameters(live()).await.unwrap().nodes.as_deref(), Some("0-1"));
    assert_eq!(
        kind(domain.set_numa_parameters(&NumaParameters::default().nodes("2"), live()).await),
        ErrorKind::InvalidArgument
    );
    let mode = NumaParameters::default().mode(NumaMode::Interleave);
    assert_eq!(kind(domain.set_numa_parameters(&mode.clone(), live()).await), ErrorKind::InvalidState);
    domain.set_numa_parameters(&mode, config()).await.unwrap();
    assert_eq!(domain.numa_parameters(config()).await.unwrap().mode, Some(NumaMode::Interleave));
}

#[tokio::test]
async fn limits_on_disks_are_kept_and_told() {
    let connection = open().await;
    let domain = rich(&connection).await;
    let mut events = watch(&connection).await;
    let tune = BlockIoTune::default().total_bytes_per_s(1_000_000_u64).group_name("both");
    domain.set_block_io_tune("vda", &tune, live()).await.unwrap();
    domain.set_block_io_tune("vdb", &BlockIoTune::default().group_name("both"), live()).await.unwrap();
    let first = &told(&mut events)[0].body;
    let EventBody::Tunable(tunable) = first else { panic!("{first:?}") };
    assert_eq!(tunable.parameters.value("blkdeviotune.disk"), Some(&"vda".into()));
    // Who joins a group has its limits, and a change for one is a change for all.
    assert_eq!(domain.block_io_tune("vdb", live()).await.unwrap().total_bytes_per_s, Some(1_000_000));
    domain.set_block_io_tune("vdb", &BlockIoTune::default().total_bytes_per_s(5_u64), live()).await.unwrap();
    assert_eq!(
        domain.block_io_tune("/images/system.qcow2", live()).await.unwrap().total_bytes_per_s,
        Some(5)
    );
    assert_eq!(domain.block_io_tune("vda", config()).await.unwrap().total_bytes_per_s, Some(0));
    assert_eq!(kind(domain.block_io_tune("vdz", live()).await), ErrorKind::DeviceMissing);
    let both = BlockIoTune::default().total_iops_per_s(5_u64).read_iops_per_s(5_u64);
    assert_eq!(kind(domain.set_block_io_tune("vda", &both, live()).await), ErrorKind::InvalidArgument);
}

#[tokio::test]
async fn throttle_groups_come_and_go() {
    let connection = open().await;
    let domain = defined(
        &connection,
        &RICH.replace(
            "<serial>S1",
            "<throttlefilters><throttlefilter group='used'/></throttlefilters><serial>S1",
        ),
    )
    .await;
    for group in ["used", "free"] {
        domain
            .set_throttle_group(group, &BlockIoTune::default().read_iops_per_s(7_u64), config())
            .await
            .unwrap();
    }
    assert!(xml(&domain).await.contains("<group_name>free</group_name>"));
    domain.delete_throttle_group("free", config()).await.unwrap();
    assert_eq!(kind(domain.delete_throttle_group("free", config()).await), ErrorKind::InvalidArgument);
    assert_eq!(kind(domain.delete_throttle_group("used", config()).await), ErrorKind::ResourceBusy);
    assert_eq!(
        kind(domain.set_throttle_group("x", &BlockIoTune::default(), live()).await),
        ErrorKind::InvalidState
    );
}

#[tokio::test]
async fn a_threshold_is_told_of_once_when_it_is_passed() {
    let connection = open().await;
    let domain = rich(&connection).await;
    let written = domain.block_stats("vda").await.unwrap().allocation_bytes.unwrap();
    domain.set_block_threshold("vda", written + (1 << 20)).await.unwrap();
    assert_eq!(domain.block_stats("vda").await.unwrap().threshold_bytes, Some(written + (1 << 20)));
    assert_eq!(kind(domain.set_block_threshold("vda[1]", 1).await), ErrorKind::DeviceMissing);
    let mut events = watch(&connection).await;
    connection.advance_time(1_000).await.unwrap();
    assert_eq!(told(&mut events), []);
    connection.advance_time(60_000).await.unwrap();
    let events = told(&mut events);
    let [Event { body: EventBody::BlockThreshold(event), cause, .. }] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!((event.target.as_str(), event.threshold_bytes), ("vda", written + (1 << 20)));
    assert!(event.excess_bytes > 0 && event.excess_bytes < 1 << 20);
    assert_eq!(cause.initiator, omnivirt_core::event::Initiator::Guest);
    assert_eq!(domain.block_stats("vda").await.unwrap().threshold_bytes, None);
}

#[tokio::test]
async fn interfaces_are_limited_by_name_or_by_address() {
    let connection = open().await;
    let domain = rich(&connection).await;
    let limits =
        InterfaceBandwidth::default().inbound_average_kib_per_s(100_u32).inbound_peak_kib_per_s(200_u32);
    domain.set_interface_parameters("vnet7", &limits, live()).await.unwrap();
    let shown = domain.interface_parameters("52:54:00:00:00:07", live()).await.unwrap();
    assert_eq!((shown.inbound_average_kib_per_s, shown.outbound_average_kib_per_s), (Some(100), Some(0)));
    let zero = InterfaceBandwidth::default().inbound_average_kib_per_s(0_u32);
    assert_eq!(
        kind(domain.set_interface_parameters("vnet7", &zero.clone(), live()).await),
        ErrorKind::InvalidArgument
    );
    domain.set_interface_parameters("vnet7", &zero.inbound_peak_kib_per_s(0_u32), live()).await.unwrap();
    assert!(!xml(&domain).await.contains("bandwidth"));
    assert_eq!(kind(domain.interface_parameters("vnet8", live()).await), ErrorKind::DeviceMissing);
}
