//! virsh shows every kind of event as it is injected into the daemon's simulated host by somebody else.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use omnivirt_peers::daemon::Daemon;
use omnivirt_peers::omnivirtd;
use omnivirt_peers::raw::{PATIENCE, RawClient};
use omnivirt_peers::watcher::Watcher;
use omnivirt_wire::simulator::{InjectEvent, InjectEventArgs};
use std::process::Command;
use std::time::{Duration, Instant};

const DOMAIN: &str = r#"{"kind":"domain","name":"test"}"#;
const NETWORK: &str = r#"{"kind":"network","name":"default","uuid":"dd8fe884-6c02-601e-7551-cca97df1c5df"}"#;
const POOL: &str =
    r#"{"kind":"storage_pool","name":"default-pool","uuid":"dfe224cb-28fb-8dd0-c4b2-64eb3f0f4566"}"#;
const DEVICE: &str = r#"{"kind":"node_device","name":"computer"}"#;
const SECRET: &str = r#"{"kind":"secret","uuid":"0a81f5b2-8403-7b23-c8d6-21ccc2f80d6f","usage_type":1,"usage_id":"/guest/diskimage1"}"#;

/// An event: its kind, its body, and what virsh prints of it.
type Case = (&'static str, &'static str, &'static [&'static str]);

/// Every kind that virsh 9.0.0 knows, in the order of libvirt's numbers.
const DOMAIN_EVENTS: &[Case] = &[
    (
        "lifecycle",
        r#"{"change":"suspended","detail":"io_error"}"#,
        &["event 'lifecycle' for domain 'test': Suspended I/O Error"],
    ),
    (
        "lifecycle",
        r#"{"change":"crashed","detail":"panicked"}"#,
        &[
            "event 'lifecycle' for domain 'test': Crashed Panicked",
            "event 'lifecycle' for domain 'test': Stopped Crashed",
        ],
    ),
    ("reboot", "{}", &["event 'reboot' for domain 'test'"]),
    ("rtc_change", r#"{"offset_seconds":-3600}"#, &["event 'rtc-change' for domain 'test': -3600"]),
    ("watchdog", r#"{"action":"reset"}"#, &["event 'watchdog' for domain 'test': reset"]),
    (
        "io_error",
        r#"{"source_path":"/a","alias":"virtio-disk0","action":"pause","reason":"enospc"}"#,
        &[
            "event 'io-error' for domain 'test': /a (virtio-disk0) pause",
            "event 'io-error-reason' for domain 'test': /a (virtio-disk0) pause due to enospc",
        ],
    ),
    (
        "graphics",
        r#"{"phase":"connect","local":{"family":"ipv4","node":"127.0.0.1","service":"5900"},"remote":{"family":"ipv4","node":"127.0.0.2","service":"4711"},"auth_scheme":"sasl","identities":[{"kind":"saslUsername","name":"ann"}]}"#,
        &[
            "event 'graphics' for domain 'test': connect local[IPv4 127.0.0.1 5900] remote[IPv4 127.0.0.2 4711] sasl",
            "\tsaslUsername=ann",
        ],
    ),
    ("control_error", "{}", &["event 'control-error' for domain 'test'"]),
    (
        "block_job",
        r#"{"target":"vda","path":"/a","job":"copy","status":"ready"}"#,
        &[
            "event 'block-job' for domain 'test': Block Copy for /a ready",
            "event 'block-job-2' for domain 'test': Block Copy for vda ready",
        ],
    ),
    (
        "disk_change",
        r#"{"alias":"ide0-1-0","old_source_path":"/old","new_source_path":"/new","reason":"missing_on_start"}"#,
        &["event 'disk-change' for domain 'test' disk ide0-1-0: /old -> /new: changed"],
    ),
    (
        "tray_change",
        r#"{"alias":"ide0-1-0","reason":"open"}"#,
        &["event 'tray-change' for domain 'test' disk ide0-1-0: opened"],
    ),
    ("pm_wakeup", "{}", &["event 'pm-wakeup' for domain 'test'"]),
    ("pm_suspend", "{}", &["event 'pm-suspend' for domain 'test'"]),
    ("balloon_change", r#"{"actual_kib":4096}"#, &["event 'balloon-change' for domain 'test': 4096KiB"]),
    ("pm_suspend_disk", "{}", &["event 'pm-suspend-disk' for domain 'test'"]),
    ("device_removed", r#"{"alias":"net0"}"#, &["event 'device-removed' for domain 'test': net0"]),
    (
        "tunable",
        r#"{"parameters":[{"name":"cputune.cpu_shares","type":"ullong","value":512}]}"#,
        &["event 'tunable' for domain 'test':", "\tcputune.cpu_shares: 512"],
    ),
    (
        "agent_lifecycle",
        r#"{"state":"connected","reason":"channel"}"#,
        &["event 'agent-lifecycle' for domain 'test': state: 'connected' reason: 'channel event'"],
    ),
    ("device_added", r#"{"alias":"net1"}"#, &["event 'device-added' for domain 'test': net1"]),
    (
        "migration_iteration",
        r#"{"iteration":7}"#,
        &["event 'migration-iteration' for domain 'test': iteration: '7'"],
    ),
    (
        "job_completed",
        r#"{"parameters":[{"name":"time_elapsed","type":"ullong","value":42}]}"#,
        &["event 'job-completed' for domain 'test':", "\ttime_elapsed: 42"],
    ),
    (
        "device_removal_failed",
        r#"{"alias":"net0"}"#,
        &["event 'device-removal-failed' for domain 'test': net0"],
    ),
    (
        "metadata_change",
        r#"{"metadata":"element","namespace_uri":"http://example.org/a"}"#,
        &["event 'metadata-change' for domain 'test': type element, uri http://example.org/a"],
    ),
    (
        "block_threshold",
        r#"{"target":"vda","path":"/a","threshold_bytes":1024,"excess_bytes":5}"#,
        &["event 'block-threshold' for domain 'test': dev: vda(/a) 1024 5"],
    ),
    (
        "memory_failure",
        r#"{"recipient":"guest","action":"inject","action_required":true,"recursive":false}"#,
        &[
            "event 'memory-failure' for domain 'test':",
            "recipient: guest",
            "action: inject",
            "flags:",
            "\taction required: 1",
            "\trecursive: 0",
        ],
    ),
    (
        "memory_device_size_change",
        r#"{"alias":"virtiomem0","size_kib":131072}"#,
        &["event 'memory-device-size-change' for domain 'test':", "alias: virtiomem0", "size: 131072"],
    ),
];

/// Kinds that virsh 9.0.0 does not know: it registers for none of them, and none of them disturbs it.
const UNKNOWN_TO_VIRSH: &[Case] = &[
    (
        "nic_mac_change",
        r#"{"alias":"net0","old_mac":"52:54:00:00:00:01","new_mac":"52:54:00:00:00:02"}"#,
        &[],
    ),
    ("vcpu_removed", r#"{"vcpu":1}"#, &[]),
    ("channel_lifecycle", r#"{"channel":"org.example.0","state":"connected","reason":"channel"}"#, &[]),
];

fn inject(client: &mut RawClient, object: &str, kind: &str, body: &str) {
    let event_json = format!(r#"{{"type":"{kind}","object":{object},"body":{body}}}"#);
    let injected = client.call::<InjectEvent>(&InjectEventArgs { event_json: event_json.clone() });
    injected.unwrap_or_else(|error| panic!("{event_json}: {error}"));
}

/// The same where there is one event alone: virsh shows it.
fn virsh_shows_one_kind(watch: &str, object: &str, case: Case) {
    let daemon = omnivirtd::start().unwrap();
    let mut injector = RawClient::open(daemon.socket(), "test:///default").unwrap();
    let mut virsh = watch_with_virsh(&daemon, watch);
    wait_until_it_watches(&mut injector, &mut virsh, object, case);
    assert_eq!(virsh.seen()[0], case.2[0]);
    assert_eq!(virsh.interrupt().unwrap(), Some(0));
    daemon.stop().unwrap();
}

fn watch_with_virsh(daemon: &Daemon, watch: &str) -> Watcher {
    let mut command = Command::new("virsh");
    command.env("LC_ALL", "C").arg("-c").arg(daemon.uri("test", "/default")).arg(watch);
    Watcher::start(command).unwrap()
}

fn wait_until_it_watches(injector: &mut RawClient, virsh: &mut Watcher, object: &str, ready: Case) {
    let end = Instant::now() + PATIENCE;
    while !virsh.sees_something(Duration::from_millis(50)).unwrap() {
        assert!(Instant::now() < end, "virsh shows nothing");
        inject(injector, object, ready.0, ready.1);
    }
}

/// Watches with a virsh, injects each event, and compares what virsh prints of it. `ready` is injected until virsh shows
/// it, and `set` once after that: what comes after it is of the cases.
fn virsh_shows(watch: &str, object: &str, ready: Case, set: Case, cases: &[Case]) {
    let daemon = omnivirtd::start().unwrap();
    let mut injector = RawClient::open(daemon.socket(), "test:///default").unwrap();
    let mut virsh = watch_with_virsh(&daemon, watch);
    wait_until_it_watches(&mut injector, &mut virsh, object, ready);
    inject(&mut injector, object, set.0, set.1);
    while virsh.line(PATIENCE).unwrap() != set.2[0] {}
    let mut problems = Vec::new();
    for (kind, body, lines) in cases {
        inject(&mut injector, object, kind, body);
        let shown: Vec<_> = lines.iter().map_while(|_| virsh.line(PATIENCE).ok()).collect();
        if shown != *lines {
            problems.push(format!("{kind} {body}: {shown:#?}"));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    // Whoever watches came through it all: the connection still answers.
    inject(&mut injector, object, set.0, set.1);
    assert_eq!(virsh.line(PATIENCE).unwrap(), set.2[0]);
    assert_eq!(virsh.interrupt().unwrap(), Some(0));
    daemon.stop().unwrap();
}

#[test]
fn every_kind_of_a_domain() {
    let ready = ("rtc_change", r#"{"offset_seconds":1}"#, &["event 'rtc-change' for domain 'test': 1"][..]);
    let set = ("rtc_change", r#"{"offset_seconds":2}"#, &["event 'rtc-change' for domain 'test': 2"][..]);
    virsh_shows("event --all --loop", DOMAIN, ready, set, &[DOMAIN_EVENTS, UNKNOWN_TO_VIRSH].concat());
}

#[test]
fn those_of_networks() {
    let cases: [Case; 3] = [
        ("network_lifecycle", r#"{"change":"defined"}"#, &["event 'lifecycle' for network default: Defined"]),
        ("network_lifecycle", r#"{"change":"started"}"#, &["event 'lifecycle' for network default: Started"]),
        ("network_lifecycle", r#"{"change":"stopped"}"#, &["event 'lifecycle' for network default: Stopped"]),
    ];
    virsh_shows("net-event --event lifecycle --loop", NETWORK, cases[1], cases[2], &cases);
}

#[test]
fn those_of_storage_pools() {
    let cases: [Case; 2] = [
        (
            "storage_pool_lifecycle",
            r#"{"change":"started"}"#,
            &["event 'lifecycle' for storage pool default-pool: Started"],
        ),
        (
            "storage_pool_lifecycle",
            r#"{"change":"stopped"}"#,
            &["event 'lifecycle' for storage pool default-pool: Stopped"],
        ),
    ];
    virsh_shows("pool-event --event lifecycle --loop", POOL, cases[0], cases[1], &cases);
    virsh_shows_one_kind(
        "pool-event --event refresh --loop",
        POOL,
        ("storage_pool_refresh", "{}", &["event 'refresh' for storage pool default-pool"]),
    );
}

#[test]
fn those_of_node_devices() {
    let cases: [Case; 2] = [
        (
            "node_device_lifecycle",
            r#"{"change":"deleted"}"#,
            &["event 'lifecycle' for node device computer: Deleted"],
        ),
        (
            "node_device_lifecycle",
            r#"{"change":"created"}"#,
            &["event 'lifecycle' for node device computer: Created"],
        ),
    ];
    virsh_shows("nodedev-event --event lifecycle --loop", DEVICE, cases[1], cases[0], &cases[1..]);
    virsh_shows_one_kind(
        "nodedev-event --event update --loop",
        DEVICE,
        ("node_device_update", "{}", &["event 'update' for node device computer"]),
    );
}

#[test]
fn those_of_secrets() {
    let cases: [Case; 2] = [
        (
            "secret_lifecycle",
            r#"{"change":"undefined"}"#,
            &["event 'lifecycle' for secret 0a81f5b2-8403-7b23-c8d6-21ccc2f80d6f: Undefined"],
        ),
        (
            "secret_lifecycle",
            r#"{"change":"defined"}"#,
            &["event 'lifecycle' for secret 0a81f5b2-8403-7b23-c8d6-21ccc2f80d6f: Defined"],
        ),
    ];
    virsh_shows("secret-event --event lifecycle --loop", SECRET, cases[1], cases[0], &cases[1..]);
    virsh_shows_one_kind(
        "secret-event --event value-changed --loop",
        SECRET,
        (
            "secret_value_changed",
            "{}",
            &["event 'value-changed' for secret 0a81f5b2-8403-7b23-c8d6-21ccc2f80d6f"],
        ),
    );
}

#[test]
fn those_of_qemus_monitor() {
    let cases: [Case; 2] = [
        (
            "monitor_event",
            r#"{"event":"ONE","seconds":5,"microseconds":6}"#,
            &["event ONE at 5.000006 for domain 'test': <null>"],
        ),
        (
            "monitor_event",
            r#"{"event":"TWO","seconds":7,"microseconds":8,"details":"{\"a\":1}"}"#,
            &["event TWO at 7.000008 for domain 'test': {\"a\":1}"],
        ),
    ];
    virsh_shows("qemu-monitor-event --loop", DOMAIN, cases[0], cases[1], &cases);
}
