//! The devices that a domain can have.

use super::answers::Abilities;
use super::cpu_mode::{values, yes};
use omnivirt_core::capabilities::Values;
use omnivirt_core::capabilities::domain::{Choices, DeviceCapabilities};
use omnivirt_core::domain::rules::qemu::{Machine, MachineFamily};

/// Those that the program has for the machine.
pub(super) fn devices(machine: Machine<'_>, abilities: &Abilities) -> DeviceCapabilities {
    let mut devices = DeviceCapabilities::default();
    devices.disk = Some(disk(machine, abilities));
    devices.graphics = Some(there(vec![values("type", graphics(abilities))]));
    devices.video = Some(there(vec![values("modelType", video(abilities))]));
    devices.hostdev = Some(host_devices(abilities));
    devices.random_generator = Some(random(abilities));
    devices.filesystem = Some(filesystem(abilities));
    devices.tpm = Some(tpm(abilities));
    let redirect: Vec<&str> = some(abilities, &[("usb", &["usb-redir"])]);
    devices.redirected_device = Some(if_any(!redirect.is_empty(), vec![values("bus", redirect)]));
    devices.channel = Some(there(vec![values("type", channels(abilities))]));
    devices
}

pub(super) fn there(enums: Vec<Values>) -> Choices {
    if_any(true, enums)
}

pub(super) fn if_any(is_there: bool, enums: Vec<Values>) -> Choices {
    let mut choices = Choices::new(yes(is_there));
    choices.enums = if is_there { enums } else { Vec::new() };
    choices
}

/// The values of which one of the types is there.
fn some<'a>(abilities: &Abilities, all: &[(&'a str, &[&str])]) -> Vec<&'a str> {
    let has = |types: &[&str]| types.iter().any(|name| abilities.has(name));
    all.iter().filter(|(_, types)| has(types)).map(|(value, _)| *value).collect()
}

fn disk(machine: Machine<'_>, abilities: &Abilities) -> Choices {
    let has_floppy = machine.family != MachineFamily::Pseries;
    let when = |is: bool, value: &'static str| is.then_some(value);
    let sorts = [Some("disk"), Some("cdrom"), when(has_floppy, "floppy"), Some("lun")];
    let buses = [
        when(machine.has_built_in_ide(), "ide"),
        when(has_floppy, "fdc"),
        Some("scsi"),
        Some("virtio"),
        when(abilities.has("usb-storage"), "usb"),
        when(abilities.has("ich9-ahci"), "sata"),
    ];
    let mut models = vec!["virtio"];
    models.extend(virtio_variants(abilities, "virtio-blk-pci"));
    there(vec![
        values("diskDevice", sorts.into_iter().flatten()),
        values("bus", buses.into_iter().flatten()),
        values("model", models),
    ])
}

/// The variants of a virtio device for guests that know it of old.
fn virtio_variants(abilities: &Abilities, device: &str) -> Vec<&'static str> {
    let all = [("-transitional", "virtio-transitional"), ("-non-transitional", "virtio-non-transitional")];
    let is_there = |suffix: &str| abilities.has(&format!("{device}{suffix}"));
    all.iter().filter(|(suffix, _)| is_there(suffix)).map(|(_, value)| *value).collect()
}

fn graphics(abilities: &Abilities) -> Vec<&'static str> {
    let command = |name: &str| abilities.commands.contains(name);
    let display = |name: &str| abilities.displays.contains(name);
    let all = [
        ("sdl", display("sdl")),
        ("vnc", command("query-vnc")),
        ("spice", command("query-spice")),
        ("egl-headless", display("egl-headless")),
        ("dbus", display("dbus")),
    ];
    all.into_iter().filter(|(_, is_there)| *is_there).map(|(name, _)| name).collect()
}

fn video(abilities: &Abilities) -> Vec<&'static str> {
    let virtio = &["virtio-gpu-pci", "virtio-gpu-device", "virtio-gpu-ccw"];
    let mut all = some(
        abilities,
        &[
            ("vga", &["VGA"]),
            ("cirrus", &["cirrus-vga"]),
            ("vmvga", &["vmware-svga"]),
            ("qxl", &["qxl-vga", "qxl"]),
            ("virtio", virtio),
        ],
    );
    all.push("none");
    all.extend(some(abilities, &[("bochs", &["bochs-display"]), ("ramfb", &["ramfb"])]));
    all
}

fn host_devices(abilities: &Abilities) -> Choices {
    let mut sorts = some(abilities, &[("usb", &["usb-host"])]);
    sorts.extend(["pci", "scsi"]);
    there(vec![
        values("mode", ["subsystem"]),
        values("startupPolicy", ["default", "mandatory", "requisite", "optional"]),
        values("subsysType", sorts),
        values("capsType", []),
        values("pciBackend", []),
    ])
}

fn random(abilities: &Abilities) -> Choices {
    let mut models =
        some(abilities, &[("virtio", &["virtio-rng-pci", "virtio-rng-device", "virtio-rng-ccw"])]);
    models.extend(virtio_variants(abilities, "virtio-rng-pci"));
    let backends =
        some(abilities, &[("random", &["rng-random"]), ("egd", &["rng-egd"]), ("builtin", &["rng-builtin"])]);
    if_any(!backends.is_empty(), vec![values("model", models), values("backendModel", backends)])
}

fn filesystem(abilities: &Abilities) -> Choices {
    let mut drivers = vec!["path", "handle"];
    let virtiofs: &[&str] = &["vhost-user-fs-pci", "vhost-user-fs-device", "vhost-user-fs-ccw"];
    drivers.extend(some(abilities, &[("virtiofs", virtiofs)]));
    there(vec![values("driverType", drivers)])
}

fn tpm(abilities: &Abilities) -> Choices {
    let models = some(
        abilities,
        &[
            ("tpm-tis", &["tpm-tis", "tpm-tis-device"]),
            ("tpm-crb", &["tpm-crb"]),
            ("tpm-spapr", &["tpm-spapr"]),
            ("spapr-tpm-proxy", &["spapr-tpm-proxy"]),
        ],
    );
    let has = |name: &&str| abilities.tpm_backends.contains(*name);
    let mut backends: Vec<&str> = ["passthrough", "emulator"].into_iter().filter(has).collect();
    let mut enums = vec![values("model", models.iter().copied())];
    if abilities.tpm_backends.contains("emulator") {
        // A program that is there already, and which versions there are, is not QEMU's to say.
        backends.push("external");
        enums.push(values("backendModel", backends));
        enums.push(values("backendVersion", ["1.2", "2.0"]));
    } else {
        enums.push(values("backendModel", backends));
    }
    if_any(!models.is_empty(), enums)
}

fn channels(abilities: &Abilities) -> Vec<&'static str> {
    ["pty", "unix", "spicevmc"]
        .into_iter()
        .filter(|name| {
            let known = match *name {
                "unix" => "socket",
                other => other,
            };
            abilities.character_devices.contains(known)
        })
        .collect()
}
