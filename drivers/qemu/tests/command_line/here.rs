//! What command lines name that a host may lack.

use std::path::Path;

/// What of a command line, environment included, is not there, or is on another host.
pub(crate) fn lacking(line: &[String]) -> Option<&'static str> {
    let program = line.iter().find(|word| word.starts_with('/'));
    if !program.is_some_and(|program| Path::new(program).exists()) {
        return Some("an emulator of another architecture");
    }
    let of_packages = line.iter().flat_map(|word| word.split('"')).filter(|word| word.starts_with("/usr/"));
    if of_packages.into_iter().any(|path| !Path::new(path).exists()) {
        return Some("firmware");
    }
    let has = |texts: &[&str]| line.iter().any(|word| texts.iter().any(|text| word.contains(text)));
    let servers = [
        "\"driver\":\"nbd\"",
        "\"driver\":\"rbd\"",
        "\"driver\":\"gluster\"",
        "\"driver\":\"iscsi\"",
        "\"driver\":\"http",
        "\"driver\":\"ftp",
        "\"driver\":\"ssh\"",
        "\"driver\":\"nfs\"",
    ];
    let devices = ["vhost-vsock", "\"driver\":\"vfio-", "usb-host", "vhost-vdpa", "\"driver\":\"nvme\""];
    let processes = [
        "vhost-user-",
        "chr-vu-",
        "\"type\":\"vhost-user\"",
        "pr-manager-helper",
        "-tpmdev",
        "ivshmem-doorbell",
    ];
    let screens = ["egl-headless", "gl=on", "-gl\"", "DISPLAY="];
    match () {
        () if has(&servers) => Some("a server of images"),
        () if has(&devices) => Some("a device of the host"),
        () if has(&processes) => Some("a process that emulates a device"),
        () if has(&screens) => Some("a screen"),
        () if has(&["serial,id", "parallel,id"]) => Some("a serial port"),
        () => None,
    }
}
