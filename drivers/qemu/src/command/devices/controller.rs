//! `<controller>`.

use super::usb_controller;
use crate::command::address::{alias, bootable, is_on, placed, virtio};
use crate::command::arguments::Arguments;
use crate::command::properties::Properties;
use crate::command::refusal::{missing, unsupported};
use omnivirt_core::Result;
use omnivirt_core::document::OnOff;
use omnivirt_core::domain::devices::controller::{
    ControllerBus, ControllerDriver, IdeController, PciController, PciImplementationName as Implementation,
    PciModel, ScsiController, ScsiModel, VirtioSerialController, VirtioSerialModel,
};
use omnivirt_core::domain::devices::{Controller, VirtioModel};
use omnivirt_core::domain::rules::qemu::MachineFamily;

/// Adds the controllers that are no part of the machine, a bus before what is plugged into it.
pub(super) fn add(arguments: &mut Arguments<'_>) -> Result<()> {
    let controllers = &arguments.domain.devices.controllers;
    let is_pci = |one: &&Controller| matches!(one.bus, ControllerBus::Pci(_));
    for one in controllers.iter().filter(is_pci) {
        add_one(arguments, one)?;
    }
    // That of smartcards is a USB device itself.
    let is_ccid = |one: &&Controller| matches!(one.bus, ControllerBus::Ccid(_));
    for one in controllers.iter().filter(|one| !is_pci(one) && !is_ccid(one)) {
        add_one(arguments, one)?;
    }
    for one in controllers.iter().filter(is_ccid) {
        add_one(arguments, one)?;
    }
    Ok(())
}

fn add_one(arguments: &mut Arguments<'_>, one: &Controller) -> Result<()> {
    match &one.bus {
        ControllerBus::Pci(pci) => add_pci(arguments, one, pci),
        ControllerBus::Usb(usb) => usb_controller::add(arguments, one, usb),
        ControllerBus::Scsi(scsi) => add_scsi(arguments, one, scsi),
        ControllerBus::VirtioSerial(serial) => add_virtio_serial(arguments, one, serial),
        ControllerBus::Sata(_) => add_sata(arguments, one),
        ControllerBus::Ide(ide) => add_ide(arguments, one, ide),
        ControllerBus::Ccid(_) => {
            let name = alias(&one.info, "controller")?;
            let device =
                Properties::driver("usb-ccid").with("id", name).and(placed(arguments.domain, &one.info)?);
            arguments.device(name, device);
            Ok(())
        }
        // Part of the machine where floppy disks are on it.
        ControllerBus::Floppy(_) => add_floppy(arguments, one),
        ControllerBus::Isa(_) => Ok(()),
        _ => Err(unsupported("controller/@type", "QEMU is no Xen")),
    }
}

fn add_sata(arguments: &mut Arguments<'_>, one: &Controller) -> Result<()> {
    if one.index == Some(0) && arguments.machine.family == MachineFamily::Q35 {
        return Ok(());
    }
    let name = alias(&one.info, "controller")?;
    let device = Properties::driver("ahci").with("id", name).and(placed(arguments.domain, &one.info)?);
    arguments.device(name, device);
    Ok(())
}

fn add_ide(arguments: &Arguments<'_>, one: &Controller, _: &IdeController) -> Result<()> {
    match one.index {
        None | Some(0)
            if arguments.machine.has_built_in_ide() || arguments.machine.family == MachineFamily::IsaPc =>
        {
            Ok(())
        }
        _ => {
            let why = "the machine has one IDE controller at most, and QEMU cannot add another";
            Err(unsupported("controller", why).with_hint("use a controller of type 'sata' or 'scsi'"))
        }
    }
}

/// The machine's own, or where it has none one on its ISA bus.
fn add_floppy(arguments: &mut Arguments<'_>, one: &Controller) -> Result<()> {
    if arguments.machine.family != MachineFamily::Q35 {
        return Ok(());
    }
    let name = alias(&one.info, "controller")?;
    let mut device = Properties::driver("isa-fdc").with("id", name);
    for disk in &arguments.domain.devices.disks {
        if let Some((letter, turn)) = crate::command::disks::floppy_turn(arguments.domain, disk) {
            device.push(&format!("bootindex{letter}"), turn);
        }
    }
    arguments.device(name, device);
    Ok(())
}

fn add_virtio_serial(
    arguments: &mut Arguments<'_>,
    one: &Controller,
    serial: &VirtioSerialController,
) -> Result<()> {
    let name = alias(&one.info, "controller")?;
    let model = serial.model.map(|model| match model {
        VirtioSerialModel::Transitional => VirtioModel::VirtioTransitional,
        VirtioSerialModel::NonTransitional => VirtioModel::VirtioNonTransitional,
        _ => VirtioModel::Virtio,
    });
    let device = Properties::driver(virtio("virtio-serial", &one.info, model)?)
        .and(virtio_driver(one.driver.as_ref()))
        .with("id", name)
        .with_some("max_ports", serial.ports)
        .with_some("vectors", serial.vectors)
        .and(placed(arguments.domain, &one.info)?);
    arguments.device(name, device);
    Ok(())
}

fn add_scsi(arguments: &mut Arguments<'_>, one: &Controller, scsi: &ScsiController) -> Result<()> {
    let name = alias(&one.info, "controller")?;
    let driver = one.driver.as_ref();
    let is_virtio = crate::command::disks::is_virtio_scsi(scsi.model);
    let device = match scsi.model {
        Some(ScsiModel::VirtioScsi) => Properties::driver(virtio("virtio-scsi", &one.info, None)?),
        Some(ScsiModel::VirtioTransitional) => {
            Properties::driver(virtio("virtio-scsi", &one.info, Some(VirtioModel::VirtioTransitional))?)
        }
        Some(ScsiModel::VirtioNonTransitional) => {
            Properties::driver(virtio("virtio-scsi", &one.info, Some(VirtioModel::VirtioNonTransitional))?)
        }
        Some(ScsiModel::LsiLogic) => Properties::driver("lsi"),
        Some(ScsiModel::LsiSas1068) => Properties::driver("mptsas1068"),
        Some(ScsiModel::LsiSas1078) => Properties::driver("megasas"),
        Some(ScsiModel::Vmpvscsi) => Properties::driver("pvscsi"),
        Some(ScsiModel::IbmVscsi) => Properties::driver("spapr-vscsi"),
        Some(ScsiModel::Dc390) => Properties::driver("dc-390"),
        Some(ScsiModel::Am53c974) => Properties::driver("am53c974"),
        // Part of its machine.
        Some(ScsiModel::Ncr53c90) => return Ok(()),
        Some(other) => {
            return Err(unsupported("controller", format!("QEMU has no SCSI controller '{other}'")));
        }
        None => return Err(missing("controller/@model")),
    };
    let thread = driver.and_then(|driver| driver.io_thread).filter(|_| is_virtio);
    let device = device
        .and(virtio_driver(driver))
        .with_some("iothread", thread.map(|thread| format!("iothread{thread}")))
        .with("id", name)
        .with_some("num_queues", driver.and_then(|driver| driver.queues))
        .with_some("cmd_per_lun", driver.and_then(|driver| driver.commands_per_unit))
        .with_some("max_sectors", driver.and_then(|driver| driver.max_sectors))
        .with_some("ioeventfd", driver.and_then(|driver| driver.io_event_descriptor).map(is_on))
        .and(placed(arguments.domain, &one.info)?);
    arguments.device(name, device);
    Ok(())
}

fn virtio_driver(driver: Option<&ControllerDriver>) -> Properties {
    let Some(driver) = driver else { return Properties::default() };
    Properties::default()
        .with_some("iommu_platform", driver.iommu.map(is_on))
        .with_some("ats", driver.address_translation.map(is_on))
        .with_some("packed", driver.packed.map(is_on))
        .with_some("page-per-vq", driver.page_per_queue.map(is_on))
}

fn add_pci(arguments: &mut Arguments<'_>, one: &Controller, pci: &PciController) -> Result<()> {
    let name = alias(&one.info, "controller")?;
    let index = one.index.unwrap_or(0);
    let model = pci.model.ok_or_else(|| missing("controller/@model"))?;
    if matches!(model, PciModel::PciRoot | PciModel::PcieRoot) && index == 0 {
        return set_root(arguments, pci, model);
    }
    let none = Default::default();
    let target = pci.target.as_ref().unwrap_or(&none);
    let driver = implementation(pci, model)?;
    let port = target.port.map(|port| port.0);
    let hotplug = target.hotplug.filter(|hotplug| *hotplug == OnOff::Off).map(is_on);
    let device = Properties::driver(driver);
    let device = match model {
        PciModel::PciBridge => {
            device.with_some("chassis_nr", target.chassis_number).with("id", name).with_some("shpc", hotplug)
        }
        PciModel::PciExpanderBus | PciModel::PcieExpanderBus => {
            device.with_some("bus_nr", target.bus_number).with("id", name).with_some("numa_node", target.node)
        }
        PciModel::PcieRootPort | PciModel::PcieSwitchDownstreamPort => device
            .with_some("port", port)
            .with_some("chassis", target.chassis)
            .with("id", name)
            .with_some("hotplug", hotplug),
        PciModel::PciRoot => {
            device.with_some("index", target.index).with("id", name).with_some("numa_node", target.node)
        }
        _ => device.with("id", name),
    };
    let device = device.and(bootable(arguments.domain, &one.info)?);
    arguments.device(name, device);
    Ok(())
}

fn implementation(pci: &PciController, model: PciModel) -> Result<&'static str> {
    let given = pci.implementation.as_ref().and_then(|implementation| implementation.name);
    let name = given.or(match model {
        PciModel::PciRoot => Some(Implementation::SpaprPciHostBridge),
        PciModel::PciBridge => Some(Implementation::PciBridge),
        PciModel::DmiToPciBridge => Some(Implementation::I82801b11Bridge),
        PciModel::PcieToPciBridge => Some(Implementation::PciePciBridge),
        PciModel::PcieRootPort => Some(Implementation::PcieRootPort),
        PciModel::PcieSwitchUpstreamPort => Some(Implementation::X3130Upstream),
        PciModel::PcieSwitchDownstreamPort => Some(Implementation::Xio3130Downstream),
        PciModel::PciExpanderBus => Some(Implementation::Pxb),
        PciModel::PcieExpanderBus => Some(Implementation::PxbPcie),
        _ => None,
    });
    name.map(Implementation::as_str)
        .ok_or_else(|| unsupported("controller", format!("there can be no second PCI controller '{model}'")))
}

/// What is said of the bus that the machine has.
fn set_root(arguments: &mut Arguments<'_>, pci: &PciController, model: PciModel) -> Result<()> {
    if let Some(hole) = pci.hole64 {
        let bridge = match model {
            PciModel::PciRoot => "i440FX-pcihost",
            _ => "q35-pcihost",
        };
        arguments.option("-global", format!("{bridge}.pci-hole64-size={}K", hole.kib()));
    }
    let hotplug = pci.target.as_ref().and_then(|target| target.hotplug);
    if let Some(hotplug) = hotplug {
        match arguments.machine.family {
            MachineFamily::I440fx => {
                arguments.option("-global", format!("PIIX4_PM.acpi-root-pci-hotplug={hotplug}"))
            }
            _ => {
                return Err(unsupported(
                    "controller/target/@hotplug",
                    "the root of this machine has no such switch",
                ));
            }
        }
    }
    Ok(())
}
