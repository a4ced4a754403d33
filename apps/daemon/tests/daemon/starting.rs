//! How the daemon starts, and when it does not.

use crate::client::Client;
use crate::daemon::{Daemon, program};
use omnivirt_wire::remote::{DomainSuspend, DomainSuspendArgs};
use rustix::process::Signal;
use std::os::unix::fs::PermissionsExt;
use std::process::Output;

fn check(config: &str) -> Output {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("omnivirtd.toml");
    std::fs::write(&path, config).unwrap();
    program().arg("--config").arg(&path).arg("--check-config").output().unwrap()
}

#[test]
fn a_configuration_is_checked() {
    let good = check(include_str!("../../omnivirtd.toml"));
    assert!(good.status.success());
    assert_eq!(good.stdout, b"ok\n");
    for (config, line, text) in [
        ("\n[limits]\nmax_client = 3\n", 3, "unknown field `max_client`"),
        ("[limits]\nmax_clients = 0\n", 2, "give a number from 1 to"),
        ("default_uri = 7\n", 1, "invalid type: integer"),
    ] {
        let bad = check(config);
        assert!(!bad.status.success());
        let message = String::from_utf8(bad.stderr).unwrap();
        assert!(message.contains(&format!("omnivirtd.toml:{line}: ")), "{message}");
        assert!(message.contains(text), "{message}");
    }
    let bad = check("[auth]\nallow_users = [\"nobody-of-that-name\"]\n");
    assert!(String::from_utf8(bad.stderr).unwrap().contains("there is no user 'nobody-of-that-name'"));
    let bad = check("[qemu]\nroot = \"relative\"\n");
    assert!(String::from_utf8(bad.stderr).unwrap().contains("qemu.root: 'relative' is no absolute path"));
}

#[test]
fn the_daemons_own_qemu_host_is_at_one_uri() {
    let daemon = Daemon::start();
    for (uri, says) in [
        ("qemu:///embed?root=/tmp", "clients of this daemon may name no directory to work in; open qemu:///"),
        ("qemu:///", "there is no QEMU host '/'; try qemu:///"),
        ("lxc:///system", "no connection driver available for lxc:///system: the lxc driver cannot open"),
    ] {
        let error = daemon.client().open(uri).unwrap_err();
        let message = error.message.unwrap();
        assert!(message.contains(says), "{message}");
    }
}

#[test]
fn sockets_have_the_permissions_that_were_asked_for() {
    let daemon =
        Daemon::with("[sockets]\nmode = \"0660\"\nread_only_mode = \"0666\"\nread_only_name = \"ro\"\n");
    let mode = |name| std::fs::metadata(daemon.path(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("libvirt-sock"), mode("ro")), (0o660, 0o666));
}

#[test]
fn a_stale_socket_is_replaced_and_a_served_one_is_not() {
    let mut daemon = Daemon::start();
    let directory = daemon.path("");
    let second =
        program().arg("--socket-dir").arg(&directory).arg("--state-dir").arg(&directory).output().unwrap();
    assert!(!second.status.success());
    let message = String::from_utf8(second.stderr).unwrap();
    assert!(message.contains("another omnivirtd serves"), "{message}");
    daemon.opened().check();
    // One that was killed leaves its sockets behind.
    daemon.signal(Signal::KILL);
    daemon.wait();
    assert!(daemon.path("libvirt-sock").exists());
    let daemon = daemon.again();
    daemon.opened().check();
}

#[test]
fn something_that_is_no_socket_stays() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("libvirt-sock");
    std::fs::write(&path, "precious").unwrap();
    let output = program()
        .arg("--socket-dir")
        .arg(directory.path())
        .arg("--state-dir")
        .arg(directory.path())
        .output()
        .unwrap();
    assert!(!output.status.success());
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "precious");
}

#[test]
fn logs_are_lines_of_json_where_asked() {
    let daemon = Daemon::with("[log]\nformat = \"json\"\nlevel = \"debug\"\n");
    daemon.opened().check();
    let log = daemon.log();
    let lines: Vec<serde_json::Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let answered = lines.iter().find(|line| line["fields"]["message"] == "answered").unwrap();
    assert_eq!(answered["fields"]["client"], 1);
}

#[test]
fn sockets_from_systemd_are_served_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("given.sock");
    let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    let script =
        "LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=libvirtd-ro.socket exec \"$0\" \"$@\" 3<&0 0</dev/null";
    let mut child = std::process::Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_omnivirtd"), "--socket-dir"])
        .arg(directory.path())
        .arg("--state-dir")
        .arg(directory.path())
        .stdin(std::os::fd::OwnedFd::from(listener))
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    // It waits in the socket until the daemon is there.
    let mut client = Client::connect(&path);
    client.open("test:///default").unwrap();
    let dom = client.domain("test");
    let error = client.call::<DomainSuspend>(&DomainSuspendArgs { dom }).unwrap_err();
    assert_eq!(error.code, 29);
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), Signal::TERM).unwrap();
    client.assert_hung_up();
    assert!(child.wait().unwrap().success());
    assert!(path.exists());
    assert!(!directory.path().join("libvirt-sock").exists());
}
