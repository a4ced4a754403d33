use super::*;

fn live_migration() -> MigrationOptions {
    MigrationOptions::default().live(true)
}

#[tokio::test]
async fn a_guest_moves_with_all_that_it_is() {
    let (source, destination) = (open().await, open().await);
    let domain = rich(&source).await;
    source.advance_time(10_000).await.unwrap();
    domain.set_user_password("root", "secret", UserPasswordOptions::default()).await.unwrap();
    domain.block_resize("vda", 20 << 30, BlockResizeOptions::default()).await.unwrap();
    let used = domain.info().await.unwrap().cpu_time_ns;
    let (mut there, mut here) = (watch(&destination).await, watch(&source).await);
    let moved = domain.migrate(&destination, live_migration()).await.unwrap();
    assert_eq!(
        words(&mut here),
        [
            "MigrationIteration",
            "MigrationIteration",
            "MigrationIteration",
            "Suspended(Migrated)",
            "JobCompleted",
            "Stopped(Migrated)"
        ]
    );
    let arrived = words(&mut there);
    assert_eq!(
        arrived.iter().filter(|word| word.contains("Migrated")).collect::<Vec<_>>(),
        ["Started(Migrated)", "Suspended(Migrated)", "Resumed(Migrated)"]
    );
    assert_eq!(moved.state().await.unwrap().reason, DomainStateReason::RunningMigrated);
    assert!(moved.info().await.unwrap().cpu_time_ns >= used);
    assert_eq!(moved.block_info("vda").await.unwrap().capacity_bytes, 20 << 30);
    assert!(!moved.status().await.unwrap().persistent);
    assert_eq!(domain.state().await.unwrap().reason, DomainStateReason::ShutoffMigrated);
}

#[tokio::test]
async fn definitions_come_along_and_stay_behind_as_asked() {
    let (source, destination) = (open().await, open().await);
    let domain = rich(&source).await;
    domain.suspend().await.unwrap();
    let options = live_migration().persist_destination(true).undefine_source(true).destination_name("moved");
    let moved = domain.migrate(&destination, options).await.unwrap();
    assert_eq!(moved.name(), "moved");
    assert!(moved.status().await.unwrap().persistent);
    assert_eq!(moved.state().await.unwrap().state, DomainState::Paused);
    assert_eq!(kind(domain.state().await), ErrorKind::NotFound);
    // And back, where the name is free again.
    moved.migrate(&source, live_migration()).await.unwrap();
    assert!(source.domain_by_name("moved").await.is_ok());
}

#[tokio::test]
async fn a_migration_that_fails_leaves_the_domain_where_it_was() {
    let (source, destination) = (open().await, open().await);
    let domain = rich(&source).await;
    rich(&destination).await;
    assert_eq!(kind(domain.migrate(&destination, live_migration()).await), ErrorKind::AlreadyExists);
    assert_eq!(domain.state().await.unwrap().state, DomainState::Running);
    let cpu = defined(
        &source,
        &RICH
            .replace("rich", "cpu")
            .replace("3fa0", "3fa1")
            .replace("<devices>", "<cpu><model>Skylake-Client</model></cpu><devices>"),
    )
    .await;
    cpu.start(StartOptions::default()).await.unwrap();
    assert_eq!(kind(cpu.migrate(&destination, live_migration()).await), ErrorKind::CpuIncompatible);
    let cached = defined(
        &source,
        &RICH
            .replace("rich", "cached")
            .replace("3fa0", "3fa2")
            .replace("<target dev='vda'", "<driver cache='writeback'/><target dev='vda'"),
    )
    .await;
    assert_eq!(kind(cached.migrate(&destination, live_migration()).await), ErrorKind::InvalidState);
    cached.start(StartOptions::default()).await.unwrap();
    assert_eq!(kind(cached.migrate(&destination, live_migration()).await), ErrorKind::MigrationUnsafe);
    cached.migrate(&destination, live_migration().allow_unsafe(true)).await.unwrap();
    let contradiction = live_migration().tunnelled(true);
    assert_eq!(kind(domain.migrate(&destination, contradiction).await), ErrorKind::InvalidArgument);
}

#[tokio::test]
async fn a_cancelled_migration_is_put_right_on_both_sides() {
    let (source, destination) = (open().await, open().await);
    let domain = rich(&source).await;
    let options = live_migration();
    let begun = domain.migrate_begin(options.clone()).await.unwrap();
    let prepared = destination.migrate_prepare(&begun.cookie, &begun.xml, options.clone()).await.unwrap();
    assert!(prepared.hypervisor_uri.unwrap().starts_with("tcp:"));
    assert_eq!(
        destination.domain_by_name("rich").await.unwrap().state().await.unwrap().reason,
        DomainStateReason::PausedMigration
    );
    let sent = domain
        .migrate_perform(&prepared.cookie, MigrationDestination::default(), options.clone())
        .await
        .unwrap();
    assert_eq!(domain.state().await.unwrap().reason, DomainStateReason::PausedMigration);
    let mut there = watch(&destination).await;
    let finished = destination
        .migrate_finish("rich", &sent, MigrationOutcome::Cancelled, options.clone())
        .await
        .unwrap();
    assert!(finished.domain.is_none());
    assert_eq!(words(&mut there), ["Stopped(Failed)"]);
    domain.migrate_confirm(&finished.cookie, MigrationOutcome::Cancelled, options.clone()).await.unwrap();
    assert_eq!(domain.state().await.unwrap().reason, DomainStateReason::RunningMigrationCanceled);
    let unknown =
        destination.migrate_finish("rich", &sent, MigrationOutcome::Succeeded, options.clone()).await;
    assert_eq!(kind(unknown), ErrorKind::NotFound);
    let nonsense = destination.migrate_prepare(b"nonsense", &begun.xml, options).await;
    assert_eq!(kind(nonsense), ErrorKind::InvalidArgument);
}

#[tokio::test]
async fn a_definition_moves_without_a_run() {
    let (source, destination) = (open().await, open().await);
    let domain = defined(&source, RICH).await;
    let options = MigrationOptions::default().offline(true).persist_destination(true).undefine_source(true);
    let moved = domain.migrate(&destination, options).await.unwrap();
    assert_eq!(moved.state().await.unwrap().state, DomainState::Shutoff);
    assert_eq!(kind(domain.state().await), ErrorKind::NotFound);
    let alone = MigrationOptions::default().offline(true);
    assert_eq!(kind(moved.migrate(&source, alone).await), ErrorKind::InvalidArgument);
}

#[tokio::test]
async fn limits_are_those_of_the_run() {
    let connection = open().await;
    let domain = rich(&connection).await;
    domain.set_migrate_max_downtime(50).await.unwrap();
    assert_eq!(domain.migrate_max_downtime().await.unwrap(), 50);
    domain.set_migrate_max_speed(7, MigrationSpeedOptions::default().post_copy(true)).await.unwrap();
    assert_eq!(domain.migrate_max_speed(MigrationSpeedOptions::default().post_copy(true)).await.unwrap(), 7);
    assert_ne!(domain.migrate_max_speed(MigrationSpeedOptions::default()).await.unwrap(), 7);
    assert_eq!(
        kind(domain.set_migrate_max_speed(u64::MAX, MigrationSpeedOptions::default()).await),
        ErrorKind::Overflow
    );
    assert_eq!(kind(domain.set_migrate_compression_cache(5000).await), ErrorKind::InvalidArgument);
    domain.set_migrate_compression_cache(8192).await.unwrap();
    assert_eq!(domain.migrate_compression_cache().await.unwrap(), 8192);
    assert_eq!(kind(domain.migrate_start_post_copy().await), ErrorKind::InvalidState);
    domain.destroy(DestroyOptions::default()).await.unwrap();
    assert_eq!(kind(domain.migrate_max_downtime().await), ErrorKind::InvalidState);
}

#[tokio::test]
async fn a_source_talks_to_the_destination_by_itself() {
    let there = "test:///default?time=virtual&host=peer-to-peer";
    let (source, destination) = (open().await, open_uri(there).await);
    let domain = rich(&source).await;
    let target = || MigrationDestination::default().connect_uri(there);
    for options in [live_migration(), live_migration().tunnelled(true)] {
        let options = options.peer_to_peer(true).persist_destination(true);
        domain.migrate_perform(&[], target(), options).await.unwrap();
        let moved = destination.domain_by_name("rich").await.unwrap();
        assert_eq!(moved.state().await.unwrap().reason, DomainStateReason::RunningMigrated);
        moved.destroy(DestroyOptions::default()).await.unwrap();
        assert_eq!(domain.state().await.unwrap().reason, DomainStateReason::ShutoffMigrated);
        domain.start(StartOptions::default()).await.unwrap();
    }
    let nowhere = MigrationDestination::default().connect_uri("test:///nowhere.xml");
    let failed = domain.migrate_perform(&[], nowhere, live_migration().peer_to_peer(true)).await;
    assert_eq!(kind(failed), ErrorKind::ConnectFailed);
    let unnamed = domain
        .migrate_perform(&[], MigrationDestination::default(), live_migration().peer_to_peer(true))
        .await;
    assert_eq!(kind(unnamed), ErrorKind::InvalidArgument);
    assert_eq!(domain.state().await.unwrap().state, DomainState::Running);
}

/// A source whose calls take 100 ms each, a destination, and the source's domain and events.
async fn slow() -> (Connection, Connection, Domain, EventStream) {
    let (source, destination) = (open_uri("test:///default?time=virtual&latency_ms=100").await, open().await);
    destination.domain_by_name("test").await.unwrap().destroy(DestroyOptions::default()).await.unwrap();
    let domain = later(&source, source.domain_by_name("test")).await;
    let events = later(&source, source.subscribe(EventFilter::all(), Policy::default())).await;
    (source, destination, domain, events)
}

/// Lets the clock go on a little, and everything that waits for it.
async fn go_on(connection: &Connection) {
    connection.advance_time(10).await.unwrap();
    tokio::task::yield_now().await;
}

/// Lets the clock go on until the call has been answered.
async fn later<T>(connection: &Connection, call: impl Future<Output = Result<T>>) -> T {
    let mut call = std::pin::pin!(call);
    loop {
        tokio::select! {
            biased;
            answer = &mut call => return answer.unwrap(),
            () = go_on(connection) => {}
        }
    }
}

#[tokio::test]
async fn a_migration_can_be_aborted_and_the_guest_runs_on() {
    let (source, destination, domain, mut events) = slow().await;
    let options = live_migration();
    let begun = later(&source, domain.migrate_begin(options.clone())).await;
    let prepared = destination.migrate_prepare(&begun.cookie, &begun.xml, options.clone()).await.unwrap();
    let performing = tokio::spawn({
        let (domain, options) = (domain.clone(), options.clone());
        async move { domain.migrate_perform(&prepared.cookie, MigrationDestination::default(), options).await }
    });
    while !words(&mut events).contains(&"MigrationIteration".to_owned()) {
        go_on(&source).await;
    }
    let aborting = tokio::spawn({
        let domain = domain.clone();
        async move { domain.abort_job(AbortJobOptions::default()).await }
    });
    later(&source, async { aborting.await.unwrap() }).await;
    assert_eq!(kind(performing.await.unwrap()), ErrorKind::Aborted);
    assert_eq!(words(&mut events).last().map(String::as_str), Some("JobCompleted"));
    let state = later(&source, domain.state()).await;
    assert_eq!(state.state, DomainState::Running);
}

#[tokio::test]
async fn a_migration_that_nobody_waits_for_leaves_the_guest_running() {
    let (source, _destination, domain, mut events) = slow().await;
    {
        let mut performing =
            std::pin::pin!(domain.migrate_perform(&[], MigrationDestination::default(), live_migration()));
        while !words(&mut events).contains(&"MigrationIteration".to_owned()) {
            tokio::select! {
                biased;
                sent = &mut performing => panic!("{sent:?}"),
                () = go_on(&source) => {}
            }
        }
    }
    assert_eq!(later(&source, domain.state()).await.state, DomainState::Running);
    later(&source, domain.suspend()).await;
}

#[tokio::test]
async fn a_guest_goes_ahead_of_its_memory_where_that_is_allowed() {
    let (source, destination, domain, mut events) = slow().await;
    let migrating = tokio::spawn({
        let (domain, destination) = (domain.clone(), destination.clone());
        let options = live_migration().post_copy(true);
        async move { domain.migrate(&destination, options).await }
    });
    while !words(&mut events).contains(&"MigrationIteration".to_owned()) {
        go_on(&source).await;
    }
    later(&source, domain.migrate_start_post_copy()).await;
    later(&source, async { migrating.await.unwrap() }).await;
    assert!(words(&mut events).contains(&"Suspended(Postcopy)".to_owned()));
}
