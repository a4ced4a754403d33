use super::*;

async fn checkpoint(domain: &Domain, name: &str) -> Checkpoint {
    let xml = format!("<domaincheckpoint><name>{name}</name></domaincheckpoint>");
    domain.create_checkpoint(&xml, CheckpointCreateOptions::default()).await.unwrap()
}

#[tokio::test]
async fn checkpoints_remember_what_changes() {
    let connection = open().await;
    let domain = rich(&connection).await;
    let first = checkpoint(&domain, "first").await;
    connection.advance_time(60_000).await.unwrap();
    let second = checkpoint(&domain, "second").await;
    assert_eq!(second.parent().await.unwrap().unwrap().reference(), first.reference());
    let shown = first.dumpxml(CheckpointXmlOptions::default().size(true).no_domain(true)).await.unwrap();
    let size = shown.split("size='").nth(1).unwrap().split('\'').next().unwrap().parse::<u64>().unwrap();
    assert_eq!(size, domain.block_stats("vda").await.unwrap().write_bytes.unwrap());
    assert!(shown.contains("<disk name='sda' checkpoint='no'/>"), "{shown}");
    let listed =
        domain.checkpoints(CheckpointFilter::default().leaves(true), RootsOptions::default()).await.unwrap();
    assert_eq!(listed.iter().map(|checkpoint| &*checkpoint.reference().name).collect::<Vec<_>>(), ["second"]);
    let document = second.dumpxml(CheckpointXmlOptions::default()).await.unwrap();
    second.delete(TreeDeleteOptions::default()).await.unwrap();
    let redefine = CheckpointCreateOptions::default().redefine(true);
    let validated = domain.create_checkpoint(&document, redefine.clone().redefine_validate(true)).await;
    assert_eq!(kind(validated), ErrorKind::CheckpointInconsistent);
    let second = domain.create_checkpoint(&document, redefine).await.unwrap();
    assert_eq!(second.dumpxml(CheckpointXmlOptions::default()).await.unwrap(), document);
    first.delete(TreeDeleteOptions::default().children(true)).await.unwrap();
    assert_eq!(kind(domain.checkpoint_by_name("second").await), ErrorKind::NotFound);
    domain.destroy(DestroyOptions::default()).await.unwrap();
    let off = domain.create_checkpoint("<domaincheckpoint/>", CheckpointCreateOptions::default()).await;
    assert_eq!(kind(off), ErrorKind::InvalidState);
}

#[tokio::test]
async fn a_backup_runs_by_the_clock_and_says_when_it_is_done() {
    let connection = open().await;
    let domain = rich(&connection).await;
    let mut events = watch(&connection).await;
    assert_eq!(kind(domain.backup_dumpxml().await), ErrorKind::NoBackup);
    let xml =
        "<domainbackup><disks><disk name='vda'><target file='/backup/a'/></disk></disks></domainbackup>";
    let point = "<domaincheckpoint><name>c</name></domaincheckpoint>";
    domain.backup_begin(xml, Some(point), BackupOptions::default()).await.unwrap();
    assert!(domain.backup_dumpxml().await.unwrap().contains("<disk name='vdb' backup='no'/>"));
    assert_eq!(kind(domain.backup_begin(xml, None, BackupOptions::default()).await), ErrorKind::ResourceBusy);
    connection.advance_time(500).await.unwrap();
    let info = domain.job_info(JobInfoOptions::default()).await.unwrap();
    assert_eq!((info.status, info.operation), (JobStatus::Bounded, JobOperation::Backup));
    assert!(info.data_processed_bytes > Some(0) && info.data_processed_bytes < info.data_total_bytes);
    assert_eq!(told(&mut events), []);
    connection.advance_time(1_000).await.unwrap();
    assert_eq!(words(&mut events), ["JobCompleted"]);
    assert_eq!(kind(domain.backup_dumpxml().await), ErrorKind::NoBackup);
    assert_eq!(
        domain.job_info(JobInfoOptions::default().completed(true)).await.unwrap().status,
        JobStatus::Completed
    );
    let incremental = "<domainbackup><incremental>c</incremental></domainbackup>";
    connection.advance_time(10_000).await.unwrap();
    domain.backup_begin(incremental, None, BackupOptions::default()).await.unwrap();
    let total = domain.job_info(JobInfoOptions::default()).await.unwrap().data_total_bytes.unwrap();
    assert!(total > 0 && total < 1 << 30, "{total}");
    let missing = "<domainbackup><incremental>x</incremental></domainbackup>";
    domain.abort_job(AbortJobOptions::default()).await.unwrap();
    assert_eq!(kind(domain.backup_begin(missing, None, BackupOptions::default()).await), ErrorKind::NotFound);
    assert_eq!(kind(domain.backup_begin(xml, None, BackupOptions::default()).await), ErrorKind::System);
}

#[tokio::test]
async fn a_backup_that_is_pulled_ends_when_it_is_told_to() {
    let connection = open().await;
    let domain = rich(&connection).await;
    let mut events = watch(&connection).await;
    let xml = "<domainbackup mode='pull'><server name='localhost' port='10809'/></domainbackup>";
    domain.backup_begin(xml, None, BackupOptions::default()).await.unwrap();
    connection.advance_time(100_000).await.unwrap();
    assert_eq!(told(&mut events), []);
    domain.abort_job(AbortJobOptions::default()).await.unwrap();
    assert_eq!(words(&mut events), ["JobCompleted"]);
    assert_eq!(
        domain.job_info(JobInfoOptions::default().completed(true)).await.unwrap().status,
        JobStatus::Completed
    );
    domain.backup_begin(xml, None, BackupOptions::default()).await.unwrap();
    domain.destroy(DestroyOptions::default()).await.unwrap();
    assert_eq!(words(&mut events), ["JobCompleted", "Stopped(Destroyed)"]);
    assert_eq!(kind(domain.backup_begin(xml, None, BackupOptions::default()).await), ErrorKind::InvalidState);
    let no_server = "<domainbackup mode='pull'/>";
    domain.start(StartOptions::default()).await.unwrap();
    assert_eq!(
        kind(domain.backup_begin(no_server, None, BackupOptions::default()).await),
        ErrorKind::XmlInvalid
    );
}
