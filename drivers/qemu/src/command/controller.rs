//! Buses to which other devices are connected. Those that are part of the machine are not written.

use super::address::is_companion;
use super::builder::{Builder, Properties, is_on, unsupported};
use omnivirt_core::Result;
use omnivirt_core::document::{OnOff, TextValue};
use omnivirt_core::domain::devices::Controller;
use omnivirt_core::domain::devices::controller::{
    ControllerBus, PciController, PciModel, ScsiModel, UsbController, UsbModel, VirtioSerialModel,
};
use omnivirt_core::domain::rules::qemu::MachineFamily;

pub(super) fn write(builder: &mut Builder<'_>) -> Result<()> {
    // Each bus before what stands on it.
    let sorts: [fn(&ControllerBus) -> bool; 3] = [
        |bus| matches!(bus, ControllerBus::Pci(_)),
        |bus| matches!(bus, ControllerBus::Usb(_)),
        |bus| !matches!(bus, ControllerBus::Pci(_) | ControllerBus::Usb(_)),
    ];
    for is_meant in sorts {
        let mut meant: Vec<&Controller> = builder
            .domain
            .devices
            .controllers
            .iter()
            .filter(|controller| is_meant(&controller.bus))
            .collect();
        meant.sort_by_key(|controller| controller.index.unwrap_or(0));
        for controller in meant {
            write_one(builder, controller)?;
        }
    }
    Ok(())
}

fn write_one(builder: &mut Builder<'_>, controller: &Controller) -> Result<()> {
    let index = controller.index.unwrap_or(0);
    let properties = match &controller.bus {
        ControllerBus::Pci(pci) => match pci_device(builder, controller, pci)? {
            Some(properties) => properties,
            None => return Ok(()),
        },
        ControllerBus::Usb(usb) => match usb_device(builder, controller, usb)? {
            Some(properties) => properties,
            None => return Ok(()),
        },
        ControllerBus::Scsi(scsi) => scsi_device(builder, controller, scsi.model)?,
        ControllerBus::VirtioSerial(serial) => {
            let device = builder.virtio("serial", &controller.info) + virtio_serial_suffix(serial.model);
            Properties::of(device).maybe("max_ports", serial.ports).maybe("vectors", serial.vectors)
        }
        ControllerBus::Sata(_) => {
            if index == 0 && builder.machine.family == MachineFamily::Q35 {
                return Ok(());
            }
            Properties::of("ahci")
        }
        ControllerBus::Ide(_) => {
            if builder.machine.has_built_in_ide() && index == 0 {
                return Ok(());
            }
            return Err(unsupported(format!("the IDE controller {index} on this machine")));
        }
        ControllerBus::Floppy(_) => {
            if builder.machine.family == MachineFamily::Q35 {
                Properties::of("isa-fdc")
            } else {
                return Ok(());
            }
        }
        ControllerBus::Ccid(_) => Properties::of("usb-ccid"),
        other => return Err(unsupported(format!("a <controller> of the sort {other:?}"))),
    };
    let driver = controller.driver.as_ref();
    let properties = properties
        .maybe(
            "iothread",
            driver.and_then(|driver| driver.io_thread).map(|number| format!("iothread{number}")),
        )
        .maybe("num_queues", driver.and_then(|driver| driver.queues))
        .maybe("cmd_per_lun", driver.and_then(|driver| driver.commands_per_unit))
        .maybe("max_sectors", driver.and_then(|driver| driver.max_sectors))
        .maybe("ioeventfd", driver.and_then(|driver| driver.io_event_descriptor).map(is_on))
        .with("id", builder.id(&controller.info)?);
    let properties = builder.placed(properties, &controller.info)?;
    builder.device(properties)
}

fn virtio_serial_suffix(model: Option<VirtioSerialModel>) -> &'static str {
    match model {
        Some(VirtioSerialModel::Transitional) => "-transitional",
        Some(VirtioSerialModel::NonTransitional) => "-non-transitional",
        _ => "",
    }
}

fn pci_device(
    builder: &mut Builder<'_>,
    controller: &Controller,
    pci: &PciController,
) -> Result<Option<Properties>> {
    let index = controller.index.unwrap_or(0);
    let model = pci.model.unwrap_or(PciModel::PciRoot);
    if matches!(model, PciModel::PciRoot | PciModel::PcieRoot) && index == 0 {
        if let Some(hole) = pci.hole64 {
            let host = if model == PciModel::PcieRoot { "q35-pcihost" } else { "i440FX-pcihost" };
            builder.option("-global", format!("{host}.pci-hole64-size={}K", hole.kib()));
        }
        return Ok(None);
    }
    let target = pci.target.as_ref();
    let name = pci.implementation.as_ref().and_then(|implementation| implementation.name);
    let name = name.map(|name| name.to_text().into_owned());
    let named = |usual: &str| Properties::of(name.clone().unwrap_or_else(|| usual.to_owned()));
    let chassis = target.and_then(|target| target.chassis);
    let port = target.and_then(|target| target.port).map(|port| port.0);
    let hotplug =
        target.and_then(|target| target.hotplug).filter(|hotplug| *hotplug == OnOff::Off).map(is_on);
    Ok(Some(match model {
        PciModel::PciBridge => named("pci-bridge")
            .maybe("chassis_nr", target.and_then(|target| target.chassis_number))
            .maybe("shpc", hotplug),
        PciModel::DmiToPciBridge => named("i82801b11-bridge"),
        PciModel::PcieToPciBridge => named("pcie-pci-bridge"),
        PciModel::PcieRootPort => {
            named("pcie-root-port").maybe("port", port).maybe("chassis", chassis).maybe("hotplug", hotplug)
        }
        PciModel::PcieSwitchUpstreamPort => named("x3130-upstream"),
        PciModel::PcieSwitchDownstreamPort => named("xio3130-downstream")
            .maybe("port", port)
            .maybe("chassis", chassis)
            .maybe("hotplug", hotplug),
        PciModel::PciExpanderBus => named("pxb")
            .maybe("bus_nr", target.and_then(|target| target.bus_number))
            .maybe("numa_node", target.and_then(|target| target.node)),
        PciModel::PcieExpanderBus => named("pxb-pcie")
            .maybe("bus_nr", target.and_then(|target| target.bus_number))
            .maybe("numa_node", target.and_then(|target| target.node)),
        PciModel::PciRoot => {
            Properties::of("spapr-pci-host-bridge").maybe("index", target.and_then(|target| target.index))
        }
        other => {
            return Err(unsupported(format!("a second PCI controller of the model {}", other.to_text())));
        }
    }))
}

fn usb_device(
    builder: &Builder<'_>,
    controller: &Controller,
    usb: &UsbController,
) -> Result<Option<Properties>> {
    let Some(model) = usb.model else { return Err(unsupported("a USB controller without a model")) };
    let name = match model {
        UsbModel::None => return Ok(None),
        UsbModel::Piix3Uhci => "piix3-usb-uhci",
        UsbModel::Piix4Uhci => "piix4-usb-uhci",
        UsbModel::Ehci => "usb-ehci",
        UsbModel::Ich9Ehci1 => "ich9-usb-ehci1",
        UsbModel::Ich9Uhci1 => "ich9-usb-uhci1",
        UsbModel::Ich9Uhci2 => "ich9-usb-uhci2",
        UsbModel::Ich9Uhci3 => "ich9-usb-uhci3",
        UsbModel::Vt82c686bUhci => "vt82c686b-usb-uhci",
        UsbModel::PciOhci => "pci-ohci",
        UsbModel::NecXhci => "nec-usb-xhci",
        UsbModel::QemuXhci => "qemu-xhci",
        other => return Err(unsupported(format!("a USB controller of the model {}", other.to_text()))),
    };
    let mut properties = Properties::of(name);
    if let Some(ports) = usb.ports {
        properties = properties.with("p2", ports).with("p3", ports);
    }
    if is_companion(model) {
        let index = controller.index.unwrap_or(0);
        let master = builder.controller(index, super::address::is_usb).unwrap_or_else(|| "usb".to_owned());
        let port = controller.info.master.as_ref().and_then(|master| master.start_port).unwrap_or(0);
        properties = properties.with("masterbus", format!("{master}.0")).with("firstport", port);
    }
    Ok(Some(properties))
}

fn scsi_device(
    builder: &Builder<'_>,
    controller: &Controller,
    model: Option<ScsiModel>,
) -> Result<Properties> {
    let virtio = builder.virtio("scsi", &controller.info);
    Ok(Properties::of(match model {
        Some(ScsiModel::VirtioScsi) => virtio,
        Some(ScsiModel::VirtioTransitional) => format!("{virtio}-transitional"),
        Some(ScsiModel::VirtioNonTransitional) => format!("{virtio}-non-transitional"),
        Some(ScsiModel::LsiLogic) | None => "lsi".to_owned(),
        Some(ScsiModel::LsiSas1068) => "mptsas1068".to_owned(),
        Some(ScsiModel::LsiSas1078) => "megasas".to_owned(),
        Some(ScsiModel::Vmpvscsi) => "pvscsi".to_owned(),
        Some(ScsiModel::IbmVscsi) => "spapr-vscsi".to_owned(),
        Some(ScsiModel::Am53c974) => "am53c974".to_owned(),
        Some(ScsiModel::Dc390) => "dc-390".to_owned(),
        Some(other) => {
            return Err(unsupported(format!("a SCSI controller of the model {}", other.to_text())));
        }
    }))
}
