use super::*;

async fn taken(domain: &Domain, name: &str) -> Snapshot {
    domain
        .create_snapshot(
            &format!("<domainsnapshot><name>{name}</name></domainsnapshot>"),
            SnapshotCreateOptions::default(),
        )
        .await
        .unwrap()
}

fn names(snapshots: &[Snapshot]) -> Vec<&str> {
    snapshots.iter().map(|snapshot| &*snapshot.reference().name).collect()
}

async fn list(domain: &Domain, filter: SnapshotFilter) -> Vec<Snapshot> {
    domain.snapshots(filter, RootsOptions::default()).await.unwrap()
}

#[tokio::test]
async fn snapshots_grow_as_a_tree() {
    let connection = open().await;
    let domain = rich(&connection).await;
    assert!(domain.current_snapshot().await.unwrap().is_none());
    let first = taken(&domain, "first").await;
    let second = taken(&domain, "second").await;
    first.revert(SnapshotRevertOptions::default()).await.unwrap();
    let third = taken(&domain, "third").await;
    assert_eq!(names(&list(&domain, SnapshotFilter::default()).await), ["first", "second", "third"]);
    assert_eq!(names(&list(&domain, SnapshotFilter::default().leaves(true)).await), ["second", "third"]);
    assert_eq!(
        names(
            &domain
                .snapshots(SnapshotFilter::default(), RootsOptions::default().roots_only(true))
                .await
                .unwrap()
        ),
        ["first"]
    );
    assert_eq!(third.parent().await.unwrap().unwrap().reference(), first.reference());
    assert!(first.parent().await.unwrap().is_none());
    let children = first.children(SnapshotFilter::default(), DescendantsOptions::default()).await.unwrap();
    assert_eq!(names(&children), ["second", "third"]);
    assert!(third.status().await.unwrap().current && !second.status().await.unwrap().current);
    let shown = third.dumpxml(SnapshotXmlOptions::default()).await.unwrap();
    for part in ["<state>running</state>", "<parent>", "<memory snapshot='internal'/>", "<name>rich</name>"] {
        assert!(shown.contains(part), "{shown}");
    }
    third.delete(TreeDeleteOptions::default()).await.unwrap();
    assert_eq!(&*domain.current_snapshot().await.unwrap().unwrap().reference().name, "first");
    first.delete(TreeDeleteOptions::default().children_only(true)).await.unwrap();
    assert_eq!(names(&list(&domain, SnapshotFilter::default()).await), ["first"]);
    assert_eq!(kind(second.dumpxml(SnapshotXmlOptions::default()).await), ErrorKind::NotFound);
    assert_eq!(kind(domain.snapshot_by_name("second").await), ErrorKind::NotFound);
    let again = domain.create_snapshot(
        "<domainsnapshot><name>first</name></domainsnapshot>",
        SnapshotCreateOptions::default(),
    );
    assert_eq!(kind(again.await), ErrorKind::AlreadyExists);
    assert_eq!(kind(domain.undefine(UndefineOptions::default()).await), ErrorKind::InvalidState);
}

#[tokio::test]
async fn going_back_restores_state_and_configuration() {
    let connection = open().await;
    let domain = defined(&connection, RICH).await;
    let off = taken(&domain, "off").await;
    domain.start(StartOptions::default()).await.unwrap();
    let running = taken(&domain, "running").await;
    domain.suspend().await.unwrap();
    let paused = taken(&domain, "paused").await;
    domain.set_memory(300 << 10, config(), SetMemoryOptions::default()).await.unwrap();
    let mut events = watch(&connection).await;

    running.revert(SnapshotRevertOptions::default()).await.unwrap();
    assert_eq!(domain.state().await.unwrap().reason, DomainStateReason::RunningFromSnapshot);
    assert_eq!(
        words(&mut events),
        ["Suspended(FromSnapshot)", "Defined(FromSnapshot)", "Resumed(FromSnapshot)"]
    );
    assert!(!xml(&domain).await.contains("currentMemory"));

    paused.revert(SnapshotRevertOptions::default()).await.unwrap();
    assert_eq!(domain.state().await.unwrap().reason, DomainStateReason::PausedFromSnapshot);

    assert_eq!(
        kind(off.revert(SnapshotRevertOptions::default().running(true)).await),
        ErrorKind::SnapshotRevertRisky
    );
    told(&mut events);
    off.revert(SnapshotRevertOptions::default()).await.unwrap();
    assert_eq!(domain.state().await.unwrap().reason, DomainStateReason::ShutoffFromSnapshot);
    assert_eq!(words(&mut events), ["Stopped(FromSnapshot)", "Defined(FromSnapshot)"]);

    running.revert(SnapshotRevertOptions::default().paused(true)).await.unwrap();
    let begun = words(&mut events);
    assert_eq!(begun[..2], ["Started(FromSnapshot)", "Suspended(FromSnapshot)"]);
    let both = SnapshotRevertOptions::default().running(true).paused(true);
    assert_eq!(kind(running.revert(both).await), ErrorKind::InvalidArgument);
}

#[tokio::test]
async fn disks_alone_go_on_in_new_images_until_the_snapshot_is_deleted() {
    let connection = open().await;
    let domain = rich(&connection).await;
    let options = SnapshotCreateOptions::default().disk_only(true);
    let snapshot = domain
        .create_snapshot("<domainsnapshot><name>d</name></domainsnapshot>", options.clone())
        .await
        .unwrap();
    assert!(xml(&domain).await.contains("<source file='/images/system.d'/>"));
    assert_eq!(domain.block_info("vda").await.unwrap().allocation_bytes, 0);
    assert_eq!(names(&list(&domain, SnapshotFilter::default().disk_only(true).external(true)).await), ["d"]);
    let same = "<domainsnapshot><name>e</name><disks><disk name='vda'><source file='/images/system.d'/></disk></disks></domainsnapshot>";
    assert_eq!(kind(domain.create_snapshot(same, options).await), ErrorKind::ConfigUnsupported);
    connection.advance_time(60_000).await.unwrap();
    snapshot.delete(TreeDeleteOptions::default()).await.unwrap();
    let whole = xml(&domain).await;
    assert!(whole.contains("/images/system.qcow2") && !whole.contains("system.d"), "{whole}");
}

#[tokio::test]
async fn a_snapshot_is_made_known_again_from_its_document() {
    let connection = open().await;
    let domain = rich(&connection).await;
    taken(&domain, "a").await;
    let b = taken(&domain, "b").await;
    let document = b.dumpxml(SnapshotXmlOptions::default()).await.unwrap();
    b.delete(TreeDeleteOptions::default().metadata_only(true)).await.unwrap();
    let redefine = SnapshotCreateOptions::default().redefine(true);
    let b = domain.create_snapshot(&document, redefine.clone().current(true)).await.unwrap();
    assert_eq!(b.dumpxml(SnapshotXmlOptions::default()).await.unwrap(), document);
    assert!(b.status().await.unwrap().current);
    let circle = document
        .replace("<name>b</name>", "<name>a</name>")
        .replace("<parent>\n    <name>a</name>", "<parent>\n    <name>b</name>");
    for wrong in
        ["<domainsnapshot><name>x</name></domainsnapshot>", &circle, &document.replace("3fa0", "3fa9")]
    {
        assert_eq!(
            kind(domain.create_snapshot(wrong, redefine.clone()).await),
            ErrorKind::XmlInvalid,
            "{wrong}"
        );
    }
    assert_eq!(kind(domain.create_snapshot("<domainsnapshot>", redefine).await), ErrorKind::XmlSyntax);
}

#[tokio::test]
async fn options_do_what_they_say() {
    let connection = open().await;
    let domain = rich(&connection).await;
    let mut events = watch(&connection).await;
    let none = "<domainsnapshot><name>n</name></domainsnapshot>";
    domain.create_snapshot(none, SnapshotCreateOptions::default().no_metadata(true)).await.unwrap();
    assert!(list(&domain, SnapshotFilter::default()).await.is_empty());
    let quiesce = SnapshotCreateOptions::default().disk_only(true).quiesce(true);
    let other = connection.domain_by_name("test").await.unwrap();
    assert_eq!(kind(other.create_snapshot(none, quiesce).await), ErrorKind::AgentUnresponsive);
    assert_eq!(words(&mut events), Vec::<String>::new());
    let secret = domain.create_snapshot(none, SnapshotCreateOptions::default().halt(true)).await.unwrap();
    assert_eq!(words(&mut events), ["Stopped(FromSnapshot)"]);
    secret.delete(TreeDeleteOptions::default()).await.unwrap();
}
