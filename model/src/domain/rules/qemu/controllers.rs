//! The controllers that a machine has in any case, and the models of those that leave it open.

use super::machine::{Architecture, Machine, MachineFamily};
use crate::document::DocumentErrorKind;
use crate::domain::Domain;
use crate::domain::devices::controller::{
    ControllerBus, PciImplementationName, PciModel, ScsiModel, UsbController, UsbModel,
};
use crate::domain::devices::{Controller, Devices};
use crate::domain::rules::Fault;

/// The most ports of a USB controller for USB 3.
const MOST_XHCI_PORTS: u32 = 15;

/// Adds the controllers that the machine has in any case.
///
/// # Errors
///
/// The document's root of PCI is not that of the machine.
pub(super) fn add_default(domain: &mut Domain) -> Result<(), Fault> {
    let machine = Machine::of(domain);
    let usb = machine.has_default_usb().then(|| default_usb(machine));
    let sata = machine.family == MachineFamily::Q35;
    let root = root(machine);
    let devices = &mut domain.devices;
    if let Some(model) = usb.filter(|_| !has(devices, "usb", 0)) {
        let mut usb = UsbController::default();
        usb.model = model;
        devices.controllers.push(Controller::of(ControllerBus::Usb(usb), 0));
    }
    if sata && !has(devices, "sata", 0) {
        devices.controllers.push(Controller::of(ControllerBus::Sata, 0));
    }
    if let Some(root) = root {
        check_root(devices, root)?;
        if !has(devices, "pci", 0) {
            devices.controllers.push(Controller::of(root.into(), 0));
        }
    }
    Ok(())
}

fn has(devices: &Devices, name: &str, index: u32) -> bool {
    let mut controllers = devices.controllers.iter();
    controllers.any(|controller| controller.bus.as_str() == name && controller.index == Some(index))
}

/// The root of PCI of a machine.
fn root(machine: Machine<'_>) -> Option<PciModel> {
    if machine.has_pcie_root() {
        Some(PciModel::PcieRoot)
    } else {
        machine.has_pci_root().then_some(PciModel::PciRoot)
    }
}

fn check_root(devices: &Devices, root: PciModel) -> Result<(), Fault> {
    for (position, controller) in devices.controllers.iter().enumerate() {
        let Some(pci) = controller.pci() else { continue };
        let is_root = matches!(pci.model, Some(PciModel::PciRoot | PciModel::PcieRoot));
        if (controller.index == Some(0)) && pci.model != Some(root) {
            let message = format!("the PCI controller with index 0 must be {root} on this machine");
            let path = format!("devices/controller[{}]/@model", position + 1);
            return Err(Fault::new(DocumentErrorKind::Invalid, path, message));
        }
        if is_root && controller.index != Some(0) && root == PciModel::PcieRoot {
            let path = format!("devices/controller[{}]/@index", position + 1);
            return Err(Fault::new(DocumentErrorKind::Invalid, path, "a root of PCI has the index 0"));
        }
    }
    Ok(())
}

/// The USB controller that nobody asked for.
fn default_usb(machine: Machine<'_>) -> Option<UsbModel> {
    match machine.family {
        MachineFamily::Q35 => Some(UsbModel::QemuXhci),
        _ => None,
    }
}

/// The USB controller where the document leaves it open.
fn usual_usb(machine: Machine<'_>) -> UsbModel {
    match machine.architecture {
        architecture if architecture.is_s390() => UsbModel::None,
        architecture if architecture.is_ppc64() => UsbModel::QemuXhci,
        Architecture::Aarch64 => UsbModel::QemuXhci,
        _ => UsbModel::Piix3Uhci,
    }
}

/// The SCSI controller where the document leaves it open.
fn usual_scsi(machine: Machine<'_>) -> ScsiModel {
    match machine.family {
        MachineFamily::Pseries => ScsiModel::IbmVscsi,
        MachineFamily::S390Ccw => ScsiModel::VirtioScsi,
        _ if has_built_in_scsi(machine) => ScsiModel::Ncr53c90,
        _ => ScsiModel::LsiLogic,
    }
}

/// Whether the machine has an NCR 53C90 built in.
pub(super) fn has_built_in_scsi(machine: Machine<'_>) -> bool {
    let sparc = [
        "LX",
        "SPARCbook",
        "SPARCClassic",
        "SS-10",
        "SS-20",
        "SS-4",
        "SS-5",
        "SS-600MP",
        "Voyager",
        "leon3_generic",
    ];
    machine.architecture == Architecture::Sparc && sparc.contains(&machine.name)
        || machine.architecture == Architecture::M68k && machine.name == "q800"
        || machine.architecture.as_str().starts_with("mips64") && matches!(machine.name, "magnum" | "pica61")
}

/// Fills in the models that the document leaves open.
///
/// # Errors
///
/// The machine cannot have such a controller.
pub(super) fn complete_models(domain: &mut Domain) -> Result<(), Fault> {
    let machine = Machine::of(domain);
    let (usb_model, scsi_model) = (usual_usb(machine), usual_scsi(machine));
    let pseries = machine.family == MachineFamily::Pseries;
    let has_ide = machine.has_built_in_ide();
    for (position, controller) in domain.devices.controllers.iter_mut().enumerate() {
        match &mut controller.bus {
            ControllerBus::Ide(_) if !has_ide || controller.index.unwrap_or(0) > 0 => {
                let path = format!("devices/controller[{}]/@type", position + 1);
                let message = if has_ide {
                    "the machine has one IDE controller"
                } else {
                    "the machine has no IDE controller"
                };
                return Err(Fault::new(DocumentErrorKind::Unsupported, path, message)
                    .hint("use another bus, such as virtio, for the disks"));
            }
            ControllerBus::Usb(usb) => {
                usb.model.get_or_insert(usb_model);
            }
            ControllerBus::Scsi(scsi) if matches!(scsi.model, None | Some(ScsiModel::Auto)) => {
                scsi.model = Some(scsi_model);
            }
            ControllerBus::Pci(pci) if pseries && pci.model == Some(PciModel::PciRoot) => {
                if pci.implementation.is_none() {
                    pci.implementation = Some(PciImplementationName::SpaprPciHostBridge.into());
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// Refuses options that the model of a controller has not.
pub(super) fn check(domain: &Domain) -> Result<(), Fault> {
    for (position, controller) in domain.devices.controllers.iter().enumerate() {
        let path = format!("devices/controller[{}]", position + 1);
        let unsupported = |place: &str, message: &str| {
            Err(Fault::new(DocumentErrorKind::Unsupported, format!("{path}/{place}"), message))
        };
        if let ControllerBus::Usb(usb) = &controller.bus {
            let is_xhci = matches!(usb.model, Some(UsbModel::NecXhci | UsbModel::QemuXhci));
            if is_xhci && usb.ports.is_some_and(|ports| ports > MOST_XHCI_PORTS) {
                return unsupported("@ports", "the controller has at most 15 ports");
            }
            if matches!(usb.model, Some(UsbModel::Qusb1 | UsbModel::Qusb2)) {
                return unsupported("@model", "this model is Xen's");
            }
        }
        let model = match &controller.bus {
            ControllerBus::Scsi(scsi) => scsi.model,
            _ => None,
        };
        let is_virtio_scsi = matches!(
            model,
            Some(ScsiModel::VirtioScsi | ScsiModel::VirtioTransitional | ScsiModel::VirtioNonTransitional)
        );
        if matches!(model, Some(ScsiModel::BusLogic)) {
            return unsupported("@model", "QEMU has no such SCSI controller");
        }
        if model == Some(ScsiModel::Ncr53c90) && !has_built_in_scsi(Machine::of(domain)) {
            return unsupported("@model", "this SCSI controller is a part of other machines");
        }
        let driver = controller.driver.as_ref().filter(|_| !is_virtio_scsi);
        if driver.is_some_and(|driver| driver.io_thread.is_some()) {
            let message = "only a virtio-scsi controller can have an I/O thread";
            return Err(Fault::new(DocumentErrorKind::Invalid, format!("{path}/driver/@iothread"), message));
        }
        let tuned = driver.is_some_and(|driver| {
            driver.queues.or(driver.commands_per_unit).or(driver.max_sectors).is_some()
                || driver.io_event_descriptor.is_some()
        });
        if tuned {
            return unsupported("driver", "only a virtio-scsi controller has these options");
        }
    }
    check_pci_options(&domain.devices)
}

/// Each model of PCI controller has its own options.
fn check_pci_options(devices: &Devices) -> Result<(), Fault> {
    for (position, controller) in devices.controllers.iter().enumerate() {
        let Some(target) = controller.pci().and_then(|pci| pci.target.as_ref()) else { continue };
        let Some(model) = controller.pci().and_then(|pci| pci.model) else { continue };
        let is_port = matches!(model, PciModel::PcieRootPort | PciModel::PcieSwitchDownstreamPort);
        let is_expander = matches!(model, PciModel::PciExpanderBus | PciModel::PcieExpanderBus);
        let options = [
            ("chassisNr", target.chassis_number.is_some(), model == PciModel::PciBridge),
            ("chassis", target.chassis.is_some(), is_port),
            ("port", target.port.is_some(), is_port),
            ("busNr", target.bus_number.is_some(), is_expander),
            ("node", target.node.is_some(), is_expander || model == PciModel::PciRoot || is_port),
        ];
        if let Some((name, ..)) = options.iter().find(|(_, there, known)| *there && !known) {
            let message = format!("a {model} has no option {name}");
            let path = format!("devices/controller[{}]/target", position + 1);
            return Err(Fault::new(DocumentErrorKind::Unsupported, path, message));
        }
    }
    Ok(())
}
