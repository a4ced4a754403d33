//! `doctor`, where what is there differs from run to run.

use crate::shell::{omnivirt, run, stdout};
use std::os::unix::net::UnixListener;

fn diagnosis(arguments: &[&str], code: i32) -> serde_json::Value {
    let output = omnivirt(&["-o", "json", "doctor"]).args(arguments).output().expect("it runs");
    assert_eq!(output.status.code(), Some(code), "{}", stdout(&output));
    serde_json::from_slice(&output.stdout).expect("it is JSON alone")
}

fn states(diagnosis: &serde_json::Value) -> Vec<(&str, &str)> {
    let layers = diagnosis["layers"].as_array().expect("there are layers");
    let state = |layer| -> Option<(&str, &str)> {
        let layer: &serde_json::Value = layer;
        Some((layer["layer"].as_str()?, layer["state"].as_str()?))
    };
    layers.iter().filter_map(state).collect()
}

#[test]
fn a_host_of_this_process_is_told_in_full() {
    let found = diagnosis(&["test:///default"], 0);
    assert_eq!(
        states(&found),
        [("uri", "ok"), ("driver", "ok"), ("open", "ok"), ("hypervisor", "ok")],
        "{found}"
    );
    let connection = &found["connection"];
    assert_eq!(connection["driver"], "test");
    assert_eq!(connection["hypervisor"], "TEST");
    assert_eq!((&connection["domains"], &connection["running_domains"]), (&1.into(), &1.into()));
    assert_eq!(connection["events"], true);
    assert!(connection["round_trip_ns"].is_u64(), "{found}");
}

#[test]
fn the_connection_of_the_command_line_is_examined_unless_one_is_named() {
    let output = run(&["-c", "nope:///", "-o", "json", "doctor"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).contains("\"uri\":\"nope:///\""));
    let output = run(&["-c", "nope:///", "doctor", "test:///default"]);
    assert!(output.status.success(), "{}", stdout(&output));
}

#[test]
fn what_takes_connections_and_is_silent_has_failed_to_greet() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let socket = folder.path().join("silent");
    let _listener = UnixListener::bind(&socket).expect("the folder is empty");
    let uri = format!("test+unix:///default?socket={}", socket.display());
    let found = diagnosis(&["--timeout", "300ms", &uri], 1);
    assert_eq!(states(&found)[1..3], [("transport", "ok"), ("greeting", "failed")], "{found}");
    assert_eq!(found["error"]["kind"], "timeout");
    assert!(found["fix"].as_str().is_some_and(|fix| fix.contains("does not answer")), "{found}");
}

#[test]
fn a_host_that_a_daemon_serves_is_looked_for_there() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    // What there is of daemons differs from machine to machine; the user's own cannot be where no program of its is.
    let output = omnivirt(&["-o", "json", "doctor", "qemu:///session"])
        .env("XDG_RUNTIME_DIR", folder.path())
        .env("OMNIVIRTD", "/missing/omnivirtd")
        .output()
        .expect("it runs");
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).expect("it is JSON alone");
    let names = ["uri", "transport", "greeting", "auth", "open", "hypervisor"];
    let told = ["ok", "failed", "not_tried", "not_tried", "not_tried", "not_tried"];
    assert_eq!(states(&found), std::iter::zip(names, told).collect::<Vec<_>>(), "{found}");
    assert!(found["fix"].as_str().is_some_and(|fix| fix.contains("OMNIVIRTD")), "{found}");
    let named = folder.path().join("socket");
    let found = diagnosis(&[&format!("qemu:///system?socket={}", named.display())], 1);
    assert_eq!(states(&found)[1], ("transport", "failed"), "{found}");
    assert_eq!(found["error"]["context"]["socket"], named.display().to_string());
    let found = diagnosis(&["qemu:///elsewhere"], 1);
    assert_eq!(states(&found)[..2], [("uri", "failed"), ("driver", "not_tried")], "{found}");
}
