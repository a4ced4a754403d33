//! Which host a connection has: the default one, one of a file, one that it shares.

#![allow(clippy::unwrap_used, reason = "a test that fails here says where")]

use omnivirt_core::*;
use std::path::Path;

async fn open(uri: &str) -> Result<Connection> {
    Registry::of([omnivirt_driver_test::ENTRY]).open(uri, ConnectOptions::default()).await
}

/// Opens the host that a text describes, with other files beside it.
async fn open_file(text: &str, others: &[(&str, &str)]) -> Result<Connection> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("host.xml"), text).unwrap();
    for (name, text) in others {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    open(&uri_of(&folder.path().join("host.xml"))).await
}

fn uri_of(path: &Path) -> String {
    format!("test://{}", path.display())
}

fn domain(name: &str) -> String {
    format!("<domain type='test'><name>{name}</name><memory>1024</memory><os><type>hvm</type></os></domain>")
}

#[tokio::test]
async fn the_default_host_has_one_running_domain() {
    let connection = open("test:///default").await.unwrap();
    let domains = connection.list_domains(DomainFilter::default()).await.unwrap();
    assert_eq!(domains.iter().map(Domain::name).collect::<Vec<_>>(), ["test"]);
    let test = connection.domain_by_id(1).await.unwrap();
    let info = test.info().await.unwrap();
    assert_eq!(
        (info.state, info.max_memory_kib, info.memory_kib, info.vcpus),
        (DomainState::Running, 8_388_608, 2_097_152, 2)
    );
    assert!(test.status().await.unwrap().persistent);
    let xml = test.dumpxml(DumpxmlOptions::default()).await.unwrap();
    assert!(xml.starts_with("<domain type='test' id='1'>"), "{xml}");
    let xml = test.dumpxml(DumpxmlOptions::default().inactive(true)).await.unwrap();
    assert!(xml.starts_with("<domain type='test'>"), "{xml}");
}

#[tokio::test]
async fn a_file_describes_a_host_and_names_other_files() {
    let host = format!(
        "<node xmlns:test='http://libvirt.org/schemas/domain/test/1.0'>
           <cpu><active>6</active></cpu><memory>4194304</memory>
           {}
           {}
           <domain file='other.xml'/>
         </node>",
        domain("runs"),
        domain("off").replace("<os>", "<test:runstate>5</test:runstate><test:hasmanagedsave/><os>"),
    );
    let connection = open_file(&host, &[("other.xml", &domain("other"))]).await.unwrap();
    assert_eq!(connection.node_info().await.unwrap().cpus, 6);
    for (name, state, saved) in [
        ("runs", DomainState::Running, false),
        ("off", DomainState::Shutoff, true),
        ("other", DomainState::Running, false),
    ] {
        let domain = connection.domain_by_name(name).await.unwrap();
        assert_eq!(domain.state().await.unwrap().state, state, "{name}");
        assert_eq!(domain.has_managed_save().await.unwrap(), saved, "{name}");
    }
}

#[tokio::test]
async fn what_is_wrong_in_a_file_is_told_with_the_file_and_the_line() {
    let missing = open("test:///no/such/host.xml").await.unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::System);
    assert!(missing.message().contains("/no/such/host.xml"), "{missing}");

    let broken = open_file("<node>\n  <domain>\n</node>", &[]).await.unwrap_err();
    assert_eq!((broken.kind(), broken.context("line")), (ErrorKind::XmlSyntax, Some("3")), "{broken}");
    assert!(broken.context("file").unwrap().ends_with("host.xml"), "{broken}");

    let nameless =
        open_file("<node>\n<domain type='test'><memory>1</memory></domain></node>", &[]).await.unwrap_err();
    assert_eq!((nameless.kind(), nameless.context("line")), (ErrorKind::XmlInvalid, Some("2")), "{nameless}");

    let other =
        open_file("<node>\n<domain file='other.xml'/></node>", &[("other.xml", "<domain>\n\n\n</x>")])
            .await
            .unwrap_err();
    assert_eq!((other.kind(), other.context("line")), (ErrorKind::XmlSyntax, Some("4")), "{other}");
    assert!(other.context("file").unwrap().ends_with("other.xml"), "{other}");

    let twice = open_file(&format!("<node>{0}{0}</node>", domain("a")), &[]).await.unwrap_err();
    assert_eq!(twice.kind(), ErrorKind::AlreadyExists, "{twice}");

    let folder = tempfile::tempdir().unwrap();
    assert_eq!(open(&uri_of(folder.path())).await.unwrap_err().kind(), ErrorKind::System);
    assert_eq!(open("test:///").await.unwrap_err().kind(), ErrorKind::InvalidUri);
}

#[tokio::test]
async fn connections_have_hosts_of_their_own_unless_they_share_one() {
    let (one, other) = (open("test:///default").await.unwrap(), open("test:///default").await.unwrap());
    one.define(&domain("mine"), DefineOptions::default()).await.unwrap();
    assert_eq!(other.domain_by_name("mine").await.unwrap_err().kind(), ErrorKind::NotFound);

    let uri = "test:///default?host=shared-by-two";
    let (one, other) = (open(uri).await.unwrap(), open(uri).await.unwrap());
    let mut events = other.subscribe(events::EventFilter::all(), events::Policy::default()).await.unwrap();
    one.define(&domain("ours"), DefineOptions::default()).await.unwrap();
    assert_eq!(other.domain_by_name("ours").await.unwrap().name(), "ours");
    assert!(events.try_recv().is_some(), "events reach every connection of the host");

    one.close().await.unwrap();
    assert_eq!(open(uri).await.unwrap().domain_by_name("ours").await.unwrap().name(), "ours");
}

#[tokio::test]
async fn a_shared_host_ends_with_its_last_connection() {
    let uri = "test:///default?host=ends";
    let first = open(uri).await.unwrap();
    first.define(&domain("mine"), DefineOptions::default()).await.unwrap();
    first.close().await.unwrap();
    assert_eq!(
        open(uri).await.unwrap().domain_by_name("mine").await.unwrap_err().kind(),
        ErrorKind::NotFound
    );
}

#[tokio::test]
async fn a_shared_host_has_one_time() {
    let _real = open("test:///default?host=timed").await.unwrap();
    let error = open("test:///default?host=timed&time=virtual").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidUri);
    assert!(error.message().contains("timed"), "{error}");
}

#[tokio::test]
async fn domains_that_were_started_for_a_connection_end_with_it() {
    let uri = "test:///default?host=auto-destroy";
    let (one, other) = (open(uri).await.unwrap(), open(uri).await.unwrap());
    one.create(&domain("short"), CreateOptions::default().auto_destroy(true)).await.unwrap();
    other.create(&domain("long"), CreateOptions::default().auto_destroy(true)).await.unwrap();
    one.close().await.unwrap();
    assert_eq!(other.domain_by_name("short").await.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(other.domain_by_name("long").await.unwrap().name(), "long");
}

#[tokio::test]
async fn what_has_one_name_or_uuid_has_them_alone() {
    let connection = open("test:///default").await.unwrap();
    let uuid = Uuid::from_u128(7);
    let with_uuid = |name: &str| domain(name).replace("<memory>", &format!("<uuid>{uuid}</uuid><memory>"));
    connection.define(&with_uuid("a"), DefineOptions::default()).await.unwrap();
    for xml in [domain("a"), with_uuid("b")] {
        let error = connection.define(&xml, DefineOptions::default()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AlreadyExists, "{error}");
        let error = connection.create(&xml, CreateOptions::default()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AlreadyExists, "{error}");
    }
    let kvm = domain("c").replace("'test'", "'kvm'");
    assert_eq!(
        connection.define(&kvm, DefineOptions::default()).await.unwrap_err().kind(),
        ErrorKind::ConfigUnsupported
    );
}

#[tokio::test]
async fn a_place_in_an_error_is_that_in_what_was_given() {
    let connection = open("test:///default").await.unwrap();
    let xml = "<domain type='test'>\n  <name>a</name>\n  <memory unit='parsec'>1</memory>\n  <os><type>hvm</type></os>\n</domain>";
    let error = connection.define(xml, DefineOptions::default()).await.unwrap_err();
    assert_eq!((error.kind(), error.context("line")), (ErrorKind::XmlInvalid, Some("3")), "{error}");
}
