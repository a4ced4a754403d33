use super::*;

fn chain(xml: &str) -> Vec<String> {
    let config = omnivirt_core::domain::DomainConfig::parse(xml).unwrap();
    let disk = config
        .devices()
        .find(|device| device.target().is_some_and(|target| target == "vda"))
        .unwrap()
        .element();
    let path = |element: omnivirt_core::xml::Element<'_>| {
        element
            .child("source")
            .and_then(|source| source.attribute_value("file"))
            .map(|path| path.into_owned())
    };
    let mut paths = vec![path(disk).unwrap()];
    let mut store = disk.child("backingStore");
    while let Some(image) = store {
        paths.extend(path(image));
        store = image.child("backingStore");
    }
    paths
}

/// Puts images on top of the first disk.
async fn grown(domain: &Domain, names: &[&str]) {
    for name in names {
        let xml = format!(
            "<domainsnapshot><name>{name}</name><disks><disk name='vda' snapshot='external'><source file='/images/{name}'/></disk>\
             <disk name='vdb' snapshot='no'/></disks></domainsnapshot>"
        );
        let options = SnapshotCreateOptions::default().disk_only(true).no_metadata(true);
        domain.create_snapshot(&xml, options).await.unwrap();
    }
}

#[tokio::test]
async fn a_pull_takes_its_time_and_shortens_the_chain() {
    let connection = open().await;
    let domain = rich(&connection).await;
    grown(&domain, &["one", "two"]).await;
    assert_eq!(chain(&xml(&domain).await), ["/images/two", "/images/one", "/images/system.qcow2"]);
    let mut events = watch(&connection).await;
    let options = BlockPullOptions::default().bandwidth_bytes_per_s(1_u64 << 29);
    domain.block_pull("vda", options.clone()).await.unwrap();
    assert_eq!(kind(domain.block_pull("/images/two", options).await), ErrorKind::ResourceBusy);
    connection.advance_time(1_000).await.unwrap();
    let info = domain.block_job_info("vda").await.unwrap().unwrap();
    assert_eq!((info.kind, info.current), (BlockJobKind::Pull, 1 << 29));
    domain.set_block_job_speed("vda", 1 << 20).await.unwrap();
    connection.advance_time(1_000).await.unwrap();
    assert_eq!(domain.block_job_info("vda").await.unwrap().unwrap().current, (1 << 29) + (1 << 20));
    domain.set_block_job_speed("vda", 0).await.unwrap();
    connection.advance_time(1_000).await.unwrap();
    assert_eq!(words(&mut events), ["Pull/Completed vda"]);
    assert_eq!(domain.block_job_info("vda").await.unwrap(), None);
    assert_eq!(chain(&xml(&domain).await), ["/images/two"]);
    assert_eq!(
        kind(domain.abort_block_job("vda", AbortBlockJobOptions::default()).await),
        ErrorKind::InvalidState
    );
    assert_eq!(kind(domain.block_job_info("vdz").await), ErrorKind::DeviceMissing);
}

#[tokio::test]
async fn a_commit_merges_downwards() {
    let connection = open().await;
    let domain = rich(&connection).await;
    grown(&domain, &["one", "two", "three"]).await;
    let mut events = watch(&connection).await;
    let middle = BlockCommitOptions::default().top("/images/two").base("vda[3]").delete(true);
    domain.block_commit("vda", middle).await.unwrap();
    connection.advance_time(10_000).await.unwrap();
    assert_eq!(words(&mut events), ["Commit/Completed vda"]);
    assert_eq!(chain(&xml(&domain).await), ["/images/three", "/images/system.qcow2"]);
    assert_eq!(
        kind(domain.block_commit("vda", BlockCommitOptions::default()).await),
        ErrorKind::InvalidArgument
    );
    domain.block_commit("vda", BlockCommitOptions::default().active(true)).await.unwrap();
    connection.advance_time(10_000).await.unwrap();
    assert_eq!(words(&mut events), ["ActiveCommit/Ready vda"]);
    domain.abort_block_job("vda", AbortBlockJobOptions::default().pivot(true)).await.unwrap();
    assert_eq!(words(&mut events), ["ActiveCommit/Completed vda"]);
    assert_eq!(chain(&xml(&domain).await), ["/images/system.qcow2"]);
    let nothing = domain.block_commit("vda", BlockCommitOptions::default().active(true)).await;
    assert_eq!(kind(nothing), ErrorKind::OperationUnsupported);
}

#[tokio::test]
async fn a_copy_waits_until_it_is_told_where_the_domain_goes_on() {
    let connection = open().await;
    let domain = rich(&connection).await;
    let mut events = watch(&connection).await;
    let to = "<disk type='file'><source file='/elsewhere/copy'/><driver type='raw'/></disk>";
    domain.block_copy("vda", to, BlockCopyOptions::default()).await.unwrap();
    let pivot = AbortBlockJobOptions::default().pivot(true);
    assert_eq!(kind(domain.abort_block_job("vda", pivot.clone()).await), ErrorKind::BlockCopyActive);
    domain.abort_block_job("vda", AbortBlockJobOptions::default()).await.unwrap();
    assert_eq!(words(&mut events), ["Copy/Canceled vda"]);
    assert_eq!(kind(domain.block_copy("vda", to, BlockCopyOptions::default()).await), ErrorKind::System);
    domain.block_copy("vda", to, BlockCopyOptions::default().reuse_external(true)).await.unwrap();
    connection.advance_time(10_000).await.unwrap();
    domain.abort_block_job("vda", pivot).await.unwrap();
    assert_eq!(words(&mut events), ["Copy/Ready vda", "Copy/Completed vda"]);
    assert_eq!(chain(&xml(&domain).await), ["/elsewhere/copy"]);
    let definition = domain.dumpxml(DumpxmlOptions::default().inactive(true)).await.unwrap();
    assert_eq!(chain(&definition), ["/elsewhere/copy"]);
    assert_eq!(
        kind(domain.block_copy("vda", "<disk/>", BlockCopyOptions::default()).await),
        ErrorKind::XmlInvalid
    );
    assert_eq!(
        kind(domain.block_copy("vda", "<disk", BlockCopyOptions::default()).await),
        ErrorKind::XmlSyntax
    );
}

#[tokio::test]
async fn disks_are_resized_and_looked_into() {
    let connection = open().await;
    let domain = rich(&connection).await;
    domain.block_resize("vda", (20 << 30) - 1, BlockResizeOptions::default()).await.unwrap();
    assert_eq!(domain.block_info("vda").await.unwrap().capacity_bytes, 20 << 30);
    assert_eq!(
        kind(domain.block_resize("vda", u64::MAX, BlockResizeOptions::default()).await),
        ErrorKind::Overflow
    );
    assert_eq!(
        kind(domain.block_resize("vdz", 1, BlockResizeOptions::default()).await),
        ErrorKind::DeviceMissing
    );
    assert_eq!(domain.block_peek("vda", 510, 2).await.unwrap(), [0x55, 0xaa]);
    assert_eq!(kind(domain.block_peek("vda", 20 << 30, 1).await), ErrorKind::InvalidArgument);
    assert_eq!(kind(domain.block_peek("sda", 0, 1).await), ErrorKind::System);
    domain.destroy(DestroyOptions::default()).await.unwrap();
    assert_eq!(
        kind(domain.block_resize("vda", 1, BlockResizeOptions::default()).await),
        ErrorKind::InvalidState
    );
    assert_eq!(domain.block_info("vda").await.unwrap().capacity_bytes, 20 << 30);
    assert_eq!(kind(domain.block_pull("vda", BlockPullOptions::default()).await), ErrorKind::InvalidState);
}

#[tokio::test]
async fn jobs_end_in_real_time_too() {
    let connection = open_uri("test:///default").await;
    let domain = connection.domain_by_name("test").await.unwrap();
    let mut events = watch(&connection).await;
    domain.block_pull("vda", BlockPullOptions::default()).await.unwrap();
    let Some(Delivery::Event(event)) = events.recv().await else { panic!("the events have ended") };
    assert_eq!(word(&event.body), "Pull/Completed vda");
    assert_eq!(event.cause.call.as_deref(), Some("Domain::block_pull"));
}
