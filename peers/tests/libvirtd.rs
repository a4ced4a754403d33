//! The remote driver with Debian's libvirtd 9.0.0: its test driver, and real machines in QEMU's emulation.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use omnivirt::event::EventKind;
use omnivirt::events::{Delivery, EventFilter, EventStream, Policy};
use omnivirt::stream::ByteStream;
use omnivirt::*;
use omnivirt_peers::{guest, libvirtd};
use std::time::Duration;

/// How long an event or a part of a console's text may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the next event about a domain of that name says, as `change detail`.
async fn next(events: &mut EventStream, name: &str) -> String {
    loop {
        let delivery = tokio::time::timeout(PATIENCE, events.recv()).await.expect("no event comes");
        let Some(Delivery::Event(event)) = delivery else { panic!("{delivery:?}") };
        if event.object.as_ref().is_some_and(|object| object.name() == name) {
            let body = serde_json::to_value(&*event).unwrap()["body"].take();
            return format!("{} {}", body["change"].as_str().unwrap(), body["detail"].as_str().unwrap());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_domain_of_its_test_driver() {
    let daemon = libvirtd::start().unwrap();
    let connection = connect(&daemon.uri("test", "/default")).await.unwrap();
    let lifecycle = EventFilter::all().kinds([EventKind::Lifecycle]);
    let mut events = connection.subscribe(lifecycle, Policy::default()).await.unwrap();
    let xml = "<domain type='test'><name>web</name><memory unit='MiB'>64</memory><vcpu>2</vcpu>\
               <os><type>hvm</type></os></domain>";
    let web = connection.define(xml, DefineOptions::default()).await.unwrap();
    web.start(StartOptions::default()).await.unwrap();
    web.suspend().await.unwrap();
    assert_eq!(web.state().await.unwrap().state, DomainState::Paused);
    web.resume().await.unwrap();
    assert_eq!(web.vcpus().await.unwrap().len(), 2);
    web.destroy(DestroyOptions::default()).await.unwrap();
    web.undefine(UndefineOptions::default()).await.unwrap();
    for told in [
        "defined added",
        "started booted",
        "suspended paused",
        "resumed unpaused",
        "stopped destroyed",
        "undefined removed",
    ] {
        assert_eq!(next(&mut events, "web").await, told);
    }
    let error = connection.domain_by_name("web").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    connection.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_machine_with_its_events_and_its_console() {
    let daemon = libvirtd::start().unwrap();
    let kernel = guest::build(daemon.folder()).unwrap();
    let connection = connect(&daemon.uri("qemu", "/system")).await.unwrap();
    let lifecycle = EventFilter::all().kinds([EventKind::Lifecycle]);
    let mut events = connection.subscribe(lifecycle, Policy::default()).await.unwrap();
    let xml = format!(
        "<domain type='qemu'><name>tiny</name><memory unit='MiB'>16</memory><vcpu>1</vcpu>\
         <os><type arch='x86_64' machine='pc'>hvm</type><kernel>{}</kernel></os><features><acpi/></features>\
         <devices><emulator>/usr/bin/qemu-system-x86_64</emulator><serial type='pty'/>\
         <controller type='usb' model='none'/><memballoon model='none'/></devices></domain>",
        kernel.display()
    );
    let tiny = connection.define(&xml, DefineOptions::default()).await.unwrap();
    assert_eq!(next(&mut events, "tiny").await, "defined added");
    tiny.start(StartOptions::default().paused(true)).await.unwrap();
    assert_eq!(next(&mut events, "tiny").await, "started booted");
    assert_eq!(next(&mut events, "tiny").await, "suspended paused");
    assert_eq!(tiny.state().await.unwrap().state, DomainState::Paused);

    // The guest speaks first; it waits for whoever listens.
    let mut console = tiny.open_console(None, ConsoleOptions::default()).await.unwrap();
    tiny.resume().await.unwrap();
    assert_eq!(next(&mut events, "tiny").await, "resumed unpaused");
    read_until(&mut console, "READY").await;
    console.write(b"do you hear me?").await.unwrap();
    read_until(&mut console, "do you hear me?").await;

    tiny.suspend().await.unwrap();
    assert_eq!(next(&mut events, "tiny").await, "suspended paused");
    tiny.resume().await.unwrap();
    assert_eq!(next(&mut events, "tiny").await, "resumed unpaused");
    assert!(tiny.info().await.unwrap().cpu_time_ns > 0);
    tiny.shutdown(ShutdownOptions::default()).await.unwrap();
    assert_eq!(next(&mut events, "tiny").await, "shutdown guest");
    assert_eq!(next(&mut events, "tiny").await, "stopped shutdown");
    // The console ends with the machine.
    let mut rest = [0; 64];
    let ended = tokio::time::timeout(PATIENCE, async {
        while console.read(&mut rest).await.is_ok_and(|count| count > 0) {}
    });
    ended.await.expect("the console goes on without the machine");

    tiny.start(StartOptions::default()).await.unwrap();
    // libvirt tells that the virtual CPUs run before it tells that the machine has started.
    assert_eq!(next(&mut events, "tiny").await, "resumed unpaused");
    assert_eq!(next(&mut events, "tiny").await, "started booted");
    tiny.destroy(DestroyOptions::default()).await.unwrap();
    // QEMU may tell that it was asked to end, if it comes to that.
    let told = next(&mut events, "tiny").await;
    let told = if told == "shutdown host" { next(&mut events, "tiny").await } else { told };
    assert_eq!(told, "stopped destroyed");
    tiny.undefine(UndefineOptions::default()).await.unwrap();
    assert_eq!(next(&mut events, "tiny").await, "undefined removed");
    connection.close().await.unwrap();
}

async fn read_until(console: &mut ByteStream, wanted: &str) {
    let mut text = String::new();
    let mut chunk = [0; 256];
    while !text.contains(wanted) {
        let read = tokio::time::timeout(PATIENCE, console.read(&mut chunk)).await;
        let count = read.unwrap_or_else(|_| panic!("{text:?}, and nothing more")).unwrap();
        assert!(count > 0, "the console ends after {text:?}");
        text.push_str(&String::from_utf8_lossy(&chunk[..count]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_that_dies_is_told_of_at_once() {
    let daemon = libvirtd::start().unwrap();
    let connection = connect(&daemon.uri("test", "/default")).await.unwrap();
    let mut events = connection.subscribe(EventFilter::all(), Policy::default()).await.unwrap();
    // It is killed, not asked to end.
    drop(daemon);
    let delivery = tokio::time::timeout(PATIENCE, events.recv()).await.expect("no event comes");
    let Some(Delivery::Event(event)) = delivery else { panic!("{delivery:?}") };
    assert_eq!(event.kind(), EventKind::ConnectionClosed);
    connection.hostname().await.unwrap_err();
}

#[tokio::test(flavor = "multi_thread")]
async fn no_call_with_parameters_asks_for_what_libvirt_does_not_know() {
    let daemon = libvirtd::start().unwrap();
    let connection = connect(&daemon.uri("qemu", "/system")).await.unwrap();
    let xml = "<domain type='qemu'><name>tuned</name><memory unit='MiB'>64</memory><vcpu>2</vcpu><iothreads>1</iothreads>\
               <os><type arch='x86_64' machine='pc'>hvm</type></os><devices>\
               <disk type='file' device='disk'><source file='/nowhere.img'/><target dev='vda' bus='virtio'/></disk>\
               <interface type='user'><mac address='52:54:00:00:00:01'/></interface></devices></domain>";
    let domain = connection.define(xml, DefineOptions::default()).await.unwrap();
    let config = || AffectOptions::default().config(true);
    let mut refused = Vec::new();
    let mut look = |call: &str, answer: Result<()>| match answer {
        Err(error) if error.to_string().contains("flags") => refused.push(format!("{call}: {error}")),
        // What else this host lacks is its own affair.
        _ => {}
    };
    macro_rules! look {
        ($($carrier:ident.$call:ident($($argument:expr),*),)*) => {
            $(look(stringify!($call), $carrier.$call($($argument),*).await.map(drop));)*
        };
    }
    look! {
        domain.memory_parameters(config()),
        domain.set_memory_parameters(&MemoryParameters::default().soft_limit_kib(32_768_u64), config()),
        domain.blkio_parameters(config()),
        domain.set_blkio_parameters(&BlkioParameters::default().weight(500_u32), config()),
        domain.scheduler_parameters(config()),
        domain.set_scheduler_parameters(&SchedulerParameters::default().cpu_shares(1024_u64), config()),
        domain.numa_parameters(config()),
        domain.set_numa_parameters(&NumaParameters::default(), config()),
        domain.block_io_tune("vda", config()),
        domain.set_block_io_tune("vda", &BlockIoTune::default().total_bytes_per_s(1_000_000_u64), config()),
        domain.interface_parameters("52:54:00:00:00:01", config()),
        domain.set_interface_parameters("52:54:00:00:00:01", &InterfaceBandwidth::default(), config()),
        domain.perf_events(config()),
        domain.set_perf_events(&PerfEvents::default().cmt(false), config()),
        domain.guest_vcpus(),
        domain.guest_info(GuestInfoGroups::default()),
        domain.launch_security_info(),
        connection.node_memory_parameters(),
        connection.set_node_memory_parameters(&NodeMemoryParameters::default()),
        connection.sev_info(),
    }
    assert_eq!(refused, Vec::<String>::new());
    let tuned = domain.dumpxml(DumpxmlOptions::default()).await.unwrap();
    for part in ["<soft_limit unit='KiB'>32768", "<shares>1024", "<total_bytes_sec>1000000", "<weight>500"] {
        assert!(tuned.contains(part), "{part} was set: {tuned}");
    }
    domain.undefine(UndefineOptions::default()).await.unwrap();
    connection.close().await.unwrap();
}
