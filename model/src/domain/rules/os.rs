//! How a domain boots.

use super::Fault;
use crate::document::{DocumentErrorKind, YesNo};
use crate::domain::Domain;
use crate::domain::os::{Bios, BootTarget, FirmwareType, Loader, LoaderType, NvramStore, Os};
use std::collections::BTreeSet;

/// The most kinds of device to boot from that are looked at.
const MOST_BOOT_DEVICES: usize = 4;

/// Fills in what is booted and from what, and drops what says nothing.
pub(super) fn complete(domain: &mut Domain) -> Result<(), Fault> {
    let boots_by_device = check_boot_orders(domain)?;
    let Some(os) = &mut domain.os else { return Ok(()) };
    let kind = os.os_type.as_ref().map(|os_type| os_type.name.clone()).unwrap_or_default();
    if kind == "exe" {
        if os.init.is_none() {
            let message = "the container has no program to start";
            return Err(
                Fault::new(DocumentErrorKind::Invalid, "os", message).hint("write <init>/sbin/init</init>")
            );
        }
        only_init(os);
        return Ok(());
    }
    without_init(os);
    complete_firmware(os)?;
    check_tables(os)?;
    if domain.bootloader.is_some() {
        // The boot loader of the host decides.
        os.boot.clear();
        (os.boot_menu, os.bios) = (None, None);
        return Ok(());
    }
    complete_boot_menu(os)?;
    if boots_by_device && !os.boot.is_empty() {
        let message = "devices have places in the order to boot from, and <os> names devices too";
        return Err(Fault::new(DocumentErrorKind::Unsupported, "os/boot", message).hint("use one of the two"));
    }
    complete_boot(os, kind == "hvm" && !boots_by_device);
    Ok(())
}

/// A container has nothing but the program that it starts.
fn only_init(os: &mut Os) {
    let mut kept = Os::default();
    kept.os_type = os.os_type.take();
    kept.init = os.init.take();
    kept.init_arguments = std::mem::take(&mut os.init_arguments);
    kept.init_environment = std::mem::take(&mut os.init_environment);
    kept.init_directory = os.init_directory.take();
    kept.init_user = os.init_user.take();
    kept.init_group = os.init_group.take();
    *os = kept;
}

fn without_init(os: &mut Os) {
    os.init = None;
    os.init_arguments.clear();
    os.init_environment.clear();
    os.init_directory = None;
    os.init_user = None;
    os.init_group = None;
}

fn complete_firmware(os: &mut Os) -> Result<(), Fault> {
    let refuse = |path: &str, message: &str| Err(Fault::new(DocumentErrorKind::Syntax, path, message));
    os.nvram = os.nvram.take().and_then(complete_nvram);
    let stateless = os.loader.as_ref().is_some_and(|loader| loader.stateless == Some(YesNo::Yes));
    if os.firmware.is_some() {
        if os.loader.as_ref().is_some_and(|loader| {
            loader.loader_type.is_some() || loader.read_only.is_some() || loader.secure == Some(YesNo::No)
        }) {
            return refuse("os/loader", "what the driver chooses is not described here too");
        }
        if os.loader.as_ref().is_some_and(|loader| !loader.path.is_empty()) {
            return refuse("os/loader", "the driver chooses the firmware, and a path is given");
        }
        if os.nvram.as_ref().is_some_and(|nvram| nvram.template.is_some()) {
            return refuse("os/nvram/@template", "the driver chooses the firmware, and a template is given");
        }
        if os.firmware == Some(FirmwareType::Bios) && os.nvram.is_some() {
            return refuse("os/nvram", "a BIOS keeps no settings, and a place for them is given");
        }
        os.firmware_features.sort_by_key(|feature| feature.name.as_str());
    } else {
        os.firmware_features.clear();
        let has_path = os.loader.as_ref().is_some_and(|loader| !loader.path.is_empty());
        if !has_path && (os.loader.is_some() || os.nvram.is_some()) {
            return refuse("os/loader", "the firmware has no path, and the driver does not choose it");
        }
        if let Some(loader) = &mut os.loader {
            loader.loader_type.get_or_insert(LoaderType::Rom);
        }
    }
    if stateless && os.nvram.is_some() {
        return refuse("os/nvram", "the firmware keeps no settings, and a place for them is given");
    }
    os.loader = os.loader.take().filter(|loader| *loader != Loader::default());
    Ok(())
}

fn complete_nvram(mut nvram: NvramStore) -> Option<NvramStore> {
    match (&nvram.source_type, &nvram.source) {
        (Some(_), Some(_)) => nvram.path.clear(),
        _ => (nvram.source_type, nvram.source) = (None, None),
    }
    let path = nvram.path.trim();
    if nvram.source.is_some() || path.is_empty() {
        nvram.path.clear();
    }
    let says_nothing = nvram.source.is_none() && nvram.path.is_empty() && nvram.template.is_none();
    (!says_nothing).then_some(nvram)
}

fn check_tables(os: &Os) -> Result<(), Fault> {
    let refuse = |message: &str| Err(Fault::new(DocumentErrorKind::Invalid, "os/acpi", message));
    match os.acpi_tables.as_slice() {
        [] => Ok(()),
        [table] if table.table_type.as_deref() == Some("slic") => Ok(()),
        [_] => refuse("the table's type is not slic"),
        _ => refuse("there is more than one table"),
    }
}

fn complete_boot_menu(os: &mut Os) -> Result<(), Fault> {
    if let Some(menu) = &mut os.boot_menu {
        if menu.enable != Some(YesNo::Yes) {
            menu.timeout = None;
        }
        if menu.timeout.is_some_and(|timeout| timeout > 65535) {
            let message = "the boot menu waits up to 65535 milliseconds";
            return Err(Fault::new(DocumentErrorKind::Unsupported, "os/bootmenu/@timeout", message));
        }
    }
    os.boot_menu = os.boot_menu.take().filter(|menu| menu.enable.is_some());
    if let Some(bios) = &os.bios
        && bios.reboot_timeout.is_some_and(|timeout| !(-1..=65535).contains(&timeout))
    {
        let message = "the time until a reboot is -1 or up to 65535 milliseconds";
        return Err(Fault::new(DocumentErrorKind::Unsupported, "os/bios/@rebootTimeout", message));
    }
    os.bios = os.bios.take().filter(|bios| *bios != Bios::default());
    os.smbios = os.smbios.take().filter(|smbios| smbios.mode.is_some());
    Ok(())
}

/// A machine that says nothing boots from its hard disk.
fn complete_boot(os: &mut Os, from_disk: bool) {
    os.boot.truncate(MOST_BOOT_DEVICES);
    if os.boot.is_empty() && from_disk {
        os.boot.push(BootTarget::HardDisk.into());
    }
}

/// Whether devices have places in the order to boot from; no place is taken twice.
fn check_boot_orders(domain: &Domain) -> Result<bool, Fault> {
    let devices = &domain.devices;
    let orders = |kind: &'static str, order: Option<u32>, index: usize| {
        order.map(|order| (order, format!("devices/{kind}[{}]/boot/@order", index + 1)))
    };
    let disks = devices.disks.iter().map(|disk| disk.info.boot.as_ref().map(|boot| boot.order));
    let interfaces = devices.interfaces.iter().map(|one| one.info.boot.as_ref().map(|boot| boot.order));
    let hostdevs = devices.hostdevs.iter().map(|one| one.info.boot.as_ref().map(|boot| boot.order));
    let redirected =
        devices.redirected_devices.iter().map(|one| one.info.boot.as_ref().map(|boot| boot.order));
    let all = disks
        .enumerate()
        .filter_map(|(index, order)| orders("disk", order, index))
        .chain(interfaces.enumerate().filter_map(|(index, order)| orders("interface", order, index)))
        .chain(hostdevs.enumerate().filter_map(|(index, order)| orders("hostdev", order, index)))
        .chain(redirected.enumerate().filter_map(|(index, order)| orders("redirdev", order, index)));
    let mut taken = BTreeSet::new();
    for (order, path) in all {
        if order == 0 {
            return Err(Fault::new(DocumentErrorKind::Invalid, path, "places are counted from 1 on"));
        }
        if !taken.insert(order) {
            let message = format!("place {order} is taken twice");
            return Err(Fault::new(DocumentErrorKind::Unsupported, path, message));
        }
    }
    Ok(!taken.is_empty())
}
