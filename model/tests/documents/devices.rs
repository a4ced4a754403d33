//! Devices are attached, found, updated and detached.

use omnivirt_model::document::DocumentErrorKind;
use omnivirt_model::domain::DomainConfig;

const DOMAIN: &str = "<domain type='test'>
  <name>web</name>
  <memory>1024</memory>
  <os><type>hvm</type></os>
  <devices>
    <emulator>/usr/bin/x</emulator>
    <disk type='file' device='cdrom'>
      <source file='/a'/>
      <target dev='vda' bus='virtio'/>
    </disk>
    <interface type='user'>
      <mac address='52:54:00:00:be:ef'/>
    </interface>
    <graphics type='vnc' port='-1'/>
    <hostdev mode='subsystem' type='pci'>
      <source><address domain='0' bus='1' slot='2' function='3'/></source>
      <alias name='ua-card'/>
    </hostdev>
  </devices>
</domain>
";

fn config() -> DomainConfig {
    DomainConfig::parse(DOMAIN).unwrap()
}

#[test]
fn devices_are_listed() {
    let config = config();
    let devices: Vec<_> = config.devices().collect();
    let kinds: Vec<&str> = devices.iter().map(|device| device.kind()).collect();
    assert_eq!(kinds, ["disk", "interface", "graphics", "hostdev"]);
    assert_eq!(devices[0].target().as_deref(), Some("vda"));
    assert_eq!(devices[1].mac().as_deref(), Some("52:54:00:00:be:ef"));
    assert_eq!(devices[3].alias().as_deref(), Some("ua-card"));
}

#[test]
fn a_device_goes_behind_those_of_its_kind() {
    let attached = config()
        .attach("<disk type='file'>\n  <source file='/b'/>\n <target dev='vdb'/>\n</disk>\n")
        .unwrap();
    let disk = "    <disk type='file'>\n      <source file='/b'/>\n      <target dev='vdb'/>\n    </disk>\n";
    assert_eq!(attached.as_str(), DOMAIN.replace("    <interface", &format!("{disk}    <interface")));
    let attached = config().attach("<sound model='ich6'/>").unwrap();
    assert_eq!(attached.as_str(), DOMAIN.replace("    <hostdev", "    <sound model='ich6'/>\n    <hostdev"));
    let attached = config().attach("<!-- a --> <vsock model='virtio'/>").unwrap();
    assert_eq!(
        attached.as_str(),
        DOMAIN.replace("  </devices>", "    <vsock model='virtio'/>\n  </devices>")
    );
}

#[test]
fn devices_are_found_as_people_name_them() {
    let found = |xml: &str| {
        config().find_device(xml).map(|device| device.kind().to_owned()).map_err(|error| error.kind)
    };
    assert_eq!(found("<disk><target dev='vda'/></disk>").as_deref(), Ok("disk"));
    assert_eq!(
        found("<interface type='bridge'><mac address='52:54:00:00:BE:EF'/></interface>").as_deref(),
        Ok("interface")
    );
    assert_eq!(found("<graphics type='vnc' passwd='x'/>").as_deref(), Ok("graphics"));
    assert_eq!(found("<hostdev><alias name='ua-card'/></hostdev>").as_deref(), Ok("hostdev"));
    assert_eq!(
        found("<hostdev type='pci'>\n<source><address bus='1'/></source>\n</hostdev>").as_deref(),
        Ok("hostdev")
    );
    for missing in [
        "<disk><target dev='vdz'/></disk>",
        "<graphics type='spice'/>",
        "<hostdev><source><address bus='9'/></source></hostdev>",
        "<hostdev><alias name='ua-other'/></hostdev>",
        "<rng/>",
    ] {
        assert_eq!(found(missing), Err(DocumentErrorKind::DeviceMissing), "{missing}");
    }
}

#[test]
fn devices_are_updated_and_detached() {
    let updated =
        config().update("<disk device='cdrom'><source file='/b'/><target dev='vda'/></disk>").unwrap();
    let old = &DOMAIN[DOMAIN.find("<disk").unwrap()..DOMAIN.find("</disk>").unwrap() + "</disk>".len()];
    assert_eq!(
        updated.as_str(),
        DOMAIN.replace(old, "<disk device='cdrom'><source file='/b'/><target dev='vda'/></disk>")
    );
    let detached = config().detach("<disk><target dev='vda'/></disk>").unwrap();
    assert_eq!(detached.as_str(), DOMAIN.replace(&format!("    {old}\n"), ""));
}

#[test]
fn what_cannot_be_attached_is_refused() {
    let refused = |xml: &str| config().attach(xml).map(drop).unwrap_err();
    assert_eq!(refused("<disk><target dev='vda'/></disk>").kind.libvirt_code(), 55);
    assert_eq!(refused("<rng><alias name='ua-card'/></rng>").kind, DocumentErrorKind::Conflict);
    let error = refused("<gizmo/>");
    assert_eq!((error.kind.libvirt_code(), error.path.as_str()), (67, "/gizmo"));
    assert_eq!(refused("<disk\n").kind.libvirt_code(), 35);
    assert_eq!(refused("</devices><evil/>").kind, DocumentErrorKind::Syntax);
    assert_eq!(refused("<rng/><evil/>").kind, DocumentErrorKind::Syntax);
}

#[test]
fn a_domain_without_devices_gets_some() {
    for (before, after) in [
        ("  <devices/>\n", ""),
        ("  <devices></devices>\n", ""),
        ("  <devices>\n  </devices>\n", ""),
        ("", ""),
    ] {
        let text = format!(
            "<domain type='test'>\n  <name>x</name>\n  <memory>1</memory>\n  <os><type>hvm</type></os>\n{before}{after}</domain>"
        );
        let attached = DomainConfig::parse(text.as_str()).unwrap().attach("<sound model='ich6'/>").unwrap();
        let attached = attached.attach("<vsock/>").unwrap();
        let expected = "  <devices>\n    <sound model='ich6'/>\n    <vsock/>\n  </devices>\n</domain>";
        assert!(attached.as_str().ends_with(&format!("</os>\n{expected}")), "{attached}");
    }
    let text = "<domain type='test'><name>x</name><memory>1</memory><os><type>hvm</type></os></domain>";
    let attached = DomainConfig::parse(text).unwrap().attach("<sound model='ich6'/>").unwrap();
    assert_eq!(
        attached.as_str(),
        text.replace("</domain>", "<devices><sound model='ich6'/></devices></domain>")
    );
}
