//! How the daemon ends.

use crate::daemon::Daemon;
use omnivirt_wire::remote::*;
use rustix::process::Signal;

#[test]
fn what_is_under_way_is_answered_and_the_sockets_are_removed() {
    let mut daemon = Daemon::start();
    let mut idle = daemon.opened();
    let mut client = daemon.client();
    client.open("test:///default?latency_ms=300").unwrap();
    let header = client.send::<ConnectGetHostname>(&());
    // An answer that overtakes it shows that the call was taken.
    client.call::<ConnectSupportsFeature>(&ConnectSupportsFeatureArgs { feature: 14 }).unwrap();
    daemon.signal(Signal::TERM);
    daemon.wait_for("STOPPING=1");
    assert!(client.answer(&header).header.is(omnivirt_wire::packet::Status::Ok));
    client.assert_hung_up();
    idle.assert_hung_up();
    assert!(daemon.wait().success());
    assert!(!daemon.path("libvirt-sock").exists());
    assert!(!daemon.path("libvirt-sock-ro").exists());
}

#[test]
fn what_takes_too_long_is_given_up() {
    let mut daemon = Daemon::with("[timeouts]\nshutdown = 0\n");
    let mut client = daemon.client();
    client.open("test:///default?latency_ms=60000").unwrap();
    client.send::<ConnectGetHostname>(&());
    client.call::<ConnectSupportsFeature>(&ConnectSupportsFeatureArgs { feature: 14 }).unwrap();
    daemon.signal(Signal::INT);
    assert!(daemon.wait().success());
}
