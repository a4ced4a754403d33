//! Tap devices, in a network of the test's own.

use crate::guests::{Guests, is_root, start, stop};
use omnivirt_core::{DumpxmlOptions, ErrorKind};
use std::process::Command;

/// Set where the test runs in a network of its own.
const INSIDE: &str = "OMNIVIRT_TEST_OWN_NETWORK";

fn ip(arguments: &[&str]) -> String {
    let output = Command::new("ip").args(arguments).output().expect("there is the program ip");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_guest_has_a_device_on_a_bridge_for_as_long_as_it_runs() {
    if std::env::var_os(INSIDE).is_none() {
        if !is_root() {
            return;
        }
        let name = "network::a_guest_has_a_device_on_a_bridge_for_as_long_as_it_runs";
        let inside = Command::new("unshare")
            .args([
                "--net",
                std::env::current_exe().unwrap().to_str().unwrap(),
                "--exact",
                name,
                "--nocapture",
            ])
            .env(INSIDE, "1")
            .status();
        assert!(inside.expect("there is the program unshare").success());
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(inside());
}

async fn inside() {
    ip(&["link", "add", "br0", "type", "bridge"]);
    ip(&["link", "set", "br0", "mtu", "1400", "up"]);
    let guests = Guests::new();
    let connection = guests.open("&user=nobody&group=nogroup").await;
    let devices = "<interface type='bridge'><mac address='52:54:00:11:22:33'/><source bridge='br0'/>\
                   <target dev='vnet7'/><model type='virtio'/></interface>\
                   <interface type='ethernet'><target dev='mine0'/><mtu size='1300'/><model type='virtio'/></interface>";
    let domain = start(&connection, &guests.xml("a", "", devices)).await.unwrap();
    let xml = domain.dumpxml(DumpxmlOptions::default()).await.unwrap();
    assert!(xml.contains("<target dev='vnet0'/>") && xml.contains("<target dev='mine0'/>"), "{xml}");
    let on_bridge = ip(&["-o", "link", "show", "vnet0"]);
    println!("{on_bridge}");
    for part in ["master br0", "mtu 1400", "UP", "fe:54:00:11:22:33"] {
        assert!(on_bridge.contains(part), "{part}: {on_bridge}");
    }
    let alone = ip(&["-o", "link", "show", "mine0"]);
    assert!(alone.contains("mtu 1300") && !alone.contains("master"), "{alone}");
    // Another guest cannot have the same device.
    let same = "<interface type='ethernet'><target dev='mine0'/></interface>";
    let error = start(&connection, &guests.xml("b", "", same)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ResourceBusy, "{error}");
    let nowhere = "<interface type='bridge'><source bridge='br9'/></interface>";
    let error = start(&connection, &guests.xml("c", "", nowhere)).await.unwrap_err();
    assert!(error.message().contains("there is no bridge 'br9'"), "{error}");
    stop(&domain).await;
    let left = ip(&["-o", "link"]);
    assert!(!left.contains("vnet") && !left.contains("mine0"), "{left}");
    connection.close().await.unwrap();
}
