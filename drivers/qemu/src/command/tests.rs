//! Command lines of whole documents, as they are started.

#![allow(clippy::unwrap_used, reason = "what helps a test may fail it")]

use super::line::SecretFile;
use super::*;
use omnivirt_core::ErrorKind;
use omnivirt_core::domain::DomainConfig;
use omnivirt_core::domain::devices::{DeviceInfo, Graphics};
use omnivirt_core::domain::rules::QemuHypervisor;
use serde_json::json;
use std::path::{Path, PathBuf};

/// A domain with aliases, of what is in its elements.
fn domain(elements: &str, devices: &str) -> Domain {
    let xml = format!(
        "<domain type='qemu'><name>a,b</name><uuid>{UUID}</uuid><memory unit='MiB'>64</memory>{elements}<devices>\
         <memballoon model='none'/>{devices}</devices></domain>"
    );
    let mut domain = DomainConfig::parse(xml).unwrap().completed(&QemuHypervisor::default()).unwrap();
    assign_aliases(&mut domain);
    domain
}

const UUID: &str = "6b8a0c5e-7d1f-4c53-8a1c-0d0e0f101112";
const PC: &str = "<os><type machine='pc'>hvm</type></os><features><acpi/></features>";

fn line(domain: &Domain) -> Result<CommandLine> {
    line_with(domain, &ProgramFacts::default())
}

fn line_with(domain: &Domain, program: &ProgramFacts) -> Result<CommandLine> {
    let (directory, library) = (Path::new("/run/7"), Path::new("/lib"));
    build(domain, &Context { directory, library, program, is_incoming: false })
}

/// What follows an option, each time it is there.
fn values<'l>(line: &'l CommandLine, option: &str) -> Vec<&'l str> {
    let pairs = line.arguments.windows(2);
    pairs.filter(|pair| pair[0] == option).map(|pair| pair[1].as_str()).collect()
}

#[test]
fn a_plain_guest() {
    let domain = domain(
        PC,
        "<disk type='file'><driver type='qcow2' cache='none'/><source file='/i,x.qcow2'/><target dev='vda'/></disk>
         <interface type='user'><mac address='52:54:00:00:00:01'/><model type='virtio'/></interface>
         <serial type='pty'/><graphics type='vnc' port='5907' passwd='secret'/>",
    );
    let line = line(&domain).unwrap();
    let expected = r#"-name guest=a,,b,debug-threads=on
-S
-object {"qom-type":"secret","id":"masterKey0","format":"raw","file":"/run/7/master-key.aes"}
-machine pc-i440fx-7.2,usb=off,dump-guest-core=off,memory-backend=pc.ram
-accel tcg
-cpu qemu64
-m 64
-object {"qom-type":"memory-backend-ram","id":"pc.ram","size":67108864}
-overcommit mem-lock=off
-smp 1,sockets=1,cores=1,threads=1
-uuid 6b8a0c5e-7d1f-4c53-8a1c-0d0e0f101112
-no-user-config
-nodefaults
-chardev socket,id=charmonitor,fd=3,server=on,wait=off
-mon chardev=charmonitor,id=monitor,mode=control
-rtc base=utc
-no-shutdown
-boot strict=on
-device {"driver":"piix3-usb-uhci","id":"usb","bus":"pci.0","addr":"0x1.0x2"}
-blockdev {"driver":"file","filename":"/i,x.qcow2","node-name":"libvirt-1-storage","cache":{"direct":true,"no-flush":false},"auto-read-only":true,"discard":"unmap"}
-blockdev {"node-name":"libvirt-1-format","read-only":false,"cache":{"direct":true,"no-flush":false},"driver":"qcow2","file":"libvirt-1-storage"}
-device {"driver":"virtio-blk-pci","bus":"pci.0","addr":"0x4","drive":"libvirt-1-format","id":"virtio-disk0","bootindex":1,"write-cache":"on"}
-netdev {"type":"user","id":"hostnet0"}
-device {"driver":"virtio-net-pci","netdev":"hostnet0","id":"net0","mac":"52:54:00:00:00:01","bus":"pci.0","addr":"0x3"}
-chardev pty,id=charserial0
-device {"driver":"isa-serial","chardev":"charserial0","id":"serial0","index":0}
-audiodev {"id":"audio1","driver":"none"}
-vnc 127.0.0.1:7,password=on,audiodev=audio1
-device {"driver":"cirrus-vga","id":"video0","bus":"pci.0","addr":"0x2"}
-sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny
-msg timestamp=on"#;
    let expected: Vec<&str> = expected.lines().flat_map(|line| line.splitn(2, ' ')).collect();
    assert_eq!(line.arguments, expected);
    assert_eq!(line.program, "/usr/bin/qemu-system-x86_64");
    assert_eq!(line.files, [PassedFile::Monitor]);
    let key = SecretFile { path: "/run/7/master-key.aes".into(), content: SecretContent::Random(32) };
    assert_eq!(line.secrets, [key]);
    let command = MonitorCommand {
        name: "set_password",
        arguments: json!({ "protocol": "vnc", "password": "secret" }),
    };
    assert_eq!(line.commands, [command], "no password is on the command line");
}

#[test]
fn a_microvm_has_its_devices_on_virtio_mmio() {
    let os = "<os><type machine='microvm'>hvm</type><kernel>/k</kernel></os>";
    let disk = "<disk type='file'><driver type='raw'/><source file='/i'/><target dev='vda' bus='virtio'/>
                <address type='virtio-mmio'/></disk><controller type='usb' model='none'/>";
    let line = line(&domain(os, disk)).unwrap();
    assert_eq!(values(&line, "-machine"), ["microvm,dump-guest-core=off,memory-backend=microvm.ram"]);
    assert!(
        values(&line, "-device")[0].starts_with("{\"driver\":\"virtio-blk-device\",\"drive\":"),
        "{line:?}"
    );
    assert_eq!(values(&line, "-kernel"), ["/k"]);
}

#[test]
fn taps_and_vhost_are_files_that_the_process_inherits() {
    let interface =
        "<interface type='bridge'><source bridge='br0'/><target dev='mine'/><model type='virtio'/>
                     <driver name='vhost' queues='2'/><mtu size='1400'/></interface>";
    let line = line(&domain(PC, interface)).unwrap();
    let netdev = r#"{"type":"tap","fds":"4:5","vhost":true,"vhostfds":"6:7","id":"hostnet0"}"#;
    assert_eq!(values(&line, "-netdev"), [netdev]);
    assert!(values(&line, "-device").iter().any(|one| one.contains(r#""mq":true,"vectors":6"#)), "{line:?}");
    let [PassedFile::Monitor, PassedFile::Tap(first), PassedFile::Tap(second), rest @ ..] =
        line.files.as_slice()
    else {
        panic!("{:?}", line.files);
    };
    let vhost = PassedFile::Device("/dev/vhost-net".into());
    assert_eq!(rest, [vhost.clone(), vhost]);
    assert_eq!((first.queue, second.queue, first.queues), (0, 1, 2));
    assert_eq!(first.device.as_deref(), Some("mine"));
    assert_eq!((&first.source, first.mtu), (&TapSource::Bridge("br0".into()), Some(1400)));
    assert!(first.has_offload_header);
}

#[test]
fn vhost_is_used_where_the_host_has_it() {
    let interface = "<interface type='network'><source network='n'/><model type='virtio'/></interface>";
    let mut domain = domain(PC, interface);
    domain.domain_type = "kvm".to_owned().try_into().unwrap();
    let facts = ProgramFacts { has_vhost_net: true, ..ProgramFacts::default() };
    assert_eq!(line_with(&domain, &facts).unwrap().files.len(), 3);
    assert_eq!(line(&domain).unwrap().files.len(), 2);
}

#[test]
fn a_chain_is_made_from_below() {
    let disk = "<disk type='file'><driver type='qcow2'/><source file='/top'/><backingStore type='file'>
                <format type='raw'/><source file='/base'/><backingStore/></backingStore><target dev='sda' bus='sata'/></disk>";
    let line = line(&domain("<os><type machine='q35'>hvm</type></os>", disk)).unwrap();
    let nodes: Vec<serde_json::Value> =
        values(&line, "-blockdev").iter().map(|node| serde_json::from_str(node).unwrap()).collect();
    let names: Vec<_> = nodes.iter().map(|node| node["node-name"].as_str().unwrap()).collect();
    assert_eq!(names, ["libvirt-2-storage", "libvirt-2-format", "libvirt-1-storage", "libvirt-1-format"]);
    assert_eq!((&nodes[1]["read-only"], &nodes[3]["backing"]), (&json!(true), &json!("libvirt-2-format")));
}

#[test]
fn what_cannot_be_had_is_refused_by_name() {
    let disk = "<source file='/i'/><target dev='vda' bus='virtio'/>";
    for (devices, element) in [
        (format!("<disk type='file'>{disk}<transient/></disk>"), "disk/transient"),
        (
            "<disk type='network'><source protocol='sheepdog' name='x'><host name='h'/></source>
              <target dev='vda' bus='virtio'/></disk>"
                .into(),
            "disk/source/@protocol",
        ),
        (
            "<disk type='volume'><source pool='p' volume='v'/><target dev='vda' bus='virtio'/></disk>".into(),
            "disk/@type",
        ),
        (
            "<interface type='bridge'><source bridge='b'/><filterref filter='clean'/></interface>".into(),
            "interface/filterref",
        ),
        ("<interface type='null'/>".into(), "interface/@type"),
        (
            "<interface type='network'><source network='n'/><bandwidth><inbound average='1'/></bandwidth></interface>"
                .into(),
            "interface/bandwidth",
        ),
        (
            "<filesystem type='mount'><driver type='handle'/><source dir='/a'/><target dir='t'/></filesystem>".into(),
            "filesystem/driver",
        ),
        ("<lease><lockspace>s</lockspace><key>k</key><target path='/l'/></lease>".into(), "lease"),
    ] {
        let xml = format!(
            "<domain type='qemu'><name>a</name><memory>65536</memory><os><type>hvm</type></os><devices>{devices}</devices></domain>"
        );
        let config = DomainConfig::parse(xml).unwrap();
        let completed = config.completed(&QemuHypervisor::default());
        let mut domain = completed.unwrap_or_else(|error| panic!("{element}: {error}"));
        assign_aliases(&mut domain);
        let error = line(&domain).unwrap_err();
        assert_eq!((error.kind(), error.context("element")), (ErrorKind::ConfigUnsupported, Some(element)), "{error}");
    }
}

#[test]
fn what_nobody_does_for_the_driver_is_refused_by_name() {
    for (elements, element) in [
        ("<resource><partition>/production</partition></resource>", Some("resource/partition")),
        ("<resource><partition>/machine</partition></resource>", None),
        ("<resource><fibrechannel appid='a'/></resource>", Some("resource/fibrechannel")),
        ("<vcpu placement='auto'>2</vcpu>", Some("vcpu/@placement")),
        ("<cpu match='minimum'><model>qemu64</model></cpu>", Some("cpu/@match")),
        ("<cpu match='strict' check='partial'><model>qemu64</model></cpu>", Some("cpu/@match")),
        ("<cpu match='strict' check='none'><model>qemu64</model></cpu>", None),
        (
            "<idmap><uid start='0' target='1000' count='10'/><gid start='0' target='1000' count='10'/></idmap>",
            Some("idmap"),
        ),
        (
            "<clock offset='utc'><timer name='rtc' tickpolicy='catchup'><catchup slew='120'/></timer></clock>",
            Some("clock/timer/catchup"),
        ),
        ("<clock offset='utc'><timer name='rtc' tickpolicy='catchup'/></clock>", None),
    ] {
        let built = line(&domain(&format!("<os><type>hvm</type></os>{elements}"), ""));
        let refused = built.as_ref().err().and_then(|error| error.context("element"));
        assert_eq!(refused, element, "{elements}: {built:?}");
    }
}

#[test]
fn aliases_are_libvirts_and_given_ones_stay() {
    let mut domain = domain(
        "<os><type machine='q35'>hvm</type></os>",
        "<disk type='file'><source file='/a'/><target dev='sda' bus='sata'/></disk>
         <disk type='file'><source file='/b'/><target dev='sdb' bus='scsi'/></disk>
         <disk type='file'><source file='/c'/><target dev='vdc' bus='virtio'/><alias name='ua-mine'/></disk>
         <interface type='user'/><interface type='user'/><serial type='pty'/><console type='pty'/>
         <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>",
    );
    let mut aliases = Vec::new();
    devices::for_each(&mut domain.devices, &mut |info: &mut DeviceInfo| {
        aliases.extend(info.alias.as_ref().and_then(|alias| alias.name.clone()));
    });
    for expected in [
        "sata0-0-0",
        "scsi0-0-1",
        "ua-mine",
        "net0",
        "net1",
        "serial0",
        "channel0",
        "pcie.0",
        "pci.1",
        "ide",
        "usb",
        "scsi0",
        "virtio-serial0",
    ] {
        assert!(aliases.iter().any(|alias| alias == expected), "{expected} in {aliases:?}");
    }
    assert_eq!(domain.devices.consoles[0].info.alias, domain.devices.serials[0].info.alias);
    let before = aliases.len();
    let mut again = domain.clone();
    assign_aliases(&mut again);
    assert_eq!(again, domain, "{before} aliases stay");
}

#[test]
fn ports_that_are_left_open_are_chosen() {
    let mut domain =
        domain(PC, "<graphics type='vnc' autoport='yes'/><graphics type='spice' autoport='yes'/>");
    assign_ports(&mut domain, &|port| port != 5900).unwrap();
    let spice = domain.devices.graphics.iter().find_map(|graphics| match graphics {
        Graphics::Spice(spice) => spice.port,
        _ => None,
    });
    assert_eq!(spice, Some(5901));
    let line = line(&domain).unwrap();
    assert!(values(&line, "-vnc")[0].starts_with("127.0.0.1:0,to=59635"), "QEMU chooses that of VNC");
    assert!(values(&line, "-spice")[0].starts_with("port=5901,"));
    assert!(assign_ports(&mut domain, &|_| false).is_err());
}

#[test]
fn what_else_has_to_run_is_told() {
    let domain = domain(PC, "<tpm model='tpm-tis'><backend type='emulator' version='2.0'/></tpm>");
    let line = line(&domain).unwrap();
    let [helper] = line.helpers.as_slice() else { panic!("{:?}", line.helpers) };
    assert_eq!(
        (helper.program.as_str(), &helper.socket),
        ("/usr/bin/swtpm", &PathBuf::from("/run/7/tpm0.sock"))
    );
    assert!(values(&line, "-chardev").contains(&"socket,id=chrtpm,path=/run/7/tpm0.sock"), "{line:?}");
}

#[test]
fn what_is_told_on_the_monitor() {
    let elements = format!("<currentMemory unit='MiB'>32</currentMemory><on_reboot>destroy</on_reboot>{PC}");
    let mut domain = domain(
        &elements,
        "<disk type='file'><source file='/a'/><target dev='vda' bus='virtio'/><iotune><total_iops_sec>9</total_iops_sec></iotune></disk>
         <interface type='user'><link state='down'/></interface>",
    );
    domain.devices.memory_balloons.clear();
    let line = line(&domain).unwrap();
    let names: Vec<_> = line.commands.iter().map(|command| command.name).collect();
    assert_eq!(names, ["set-action", "block_set_io_throttle", "set_link"]);
    assert_eq!(line.commands[1].arguments["iops"], 9);
}

#[test]
fn the_line_for_people_can_be_read_back() {
    let xml = "<domain type='qemu'><name>it's</name><memory>65536</memory><os><type>hvm</type></os></domain>";
    let words = shlex::split(&native(xml).unwrap()).unwrap();
    assert!(words.contains(&"guest=it's,debug-threads=on".to_owned()), "{words:?}");
    assert_eq!(words[0], "LC_ALL=C");
    assert_eq!(native("<domain").unwrap_err().libvirt_code(), 35, "what is malformed is refused");
}
