//! The controllers that a machine has in any case, and the models of those that leave it open.

mod pci_options;

use super::disk::io_threads;
use super::machine::{Architecture, Machine, MachineFamily};
use crate::document::DocumentErrorKind;
use crate::domain::Domain;
use crate::domain::devices::address::Address;
use crate::domain::devices::controller::{
    ControllerBus, ModellessController, PciController, PciImplementationName, PciModel, ScsiModel,
    UsbController, UsbModel,
};
use crate::domain::devices::disk::{Disk, DiskBus};
use crate::domain::devices::{Controller, Devices};
use crate::domain::rules::Fault;
use crate::domain::rules::controllers::is_virtio_scsi;

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
    let (root, has_several) = (root(machine), machine.family == MachineFamily::Pseries);
    let devices = &mut domain.devices;
    if let Some(model) = usb.filter(|_| !has(devices, "usb", 0)) {
        let mut usb = UsbController::default();
        usb.model = model;
        devices.controllers.push(Controller::of(ControllerBus::Usb(usb), 0));
    }
    if sata && !has(devices, "sata", 0) {
        devices.controllers.push(Controller::of(ControllerBus::Sata(ModellessController::default()), 0));
    }
    if let Some(root) = root {
        check_root(devices, root, has_several)?;
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

fn check_root(devices: &Devices, root: PciModel, has_several: bool) -> Result<(), Fault> {
    for (position, controller) in devices.controllers.iter().enumerate() {
        let Some(pci) = controller.pci() else { continue };
        let is_root = matches!(pci.model, Some(PciModel::PciRoot | PciModel::PcieRoot));
        if (controller.index == Some(0)) && pci.model != Some(root) {
            let message = format!("the PCI controller with index 0 must be {root} on this machine");
            let path = format!("devices/controller[{}]/@model", position + 1);
            return Err(Fault::new(DocumentErrorKind::Invalid, path, message));
        }
        if is_root && controller.index != Some(0) && !has_several {
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
    let (family, has_ide) = (machine.family, machine.has_built_in_ide());
    let disks_need_more = domain.devices.disks.iter().any(is_on_further_ide);
    for (position, controller) in domain.devices.controllers.iter_mut().enumerate() {
        match &mut controller.bus {
            ControllerBus::Ide(_) if !has_ide || controller.index.unwrap_or(0) > 0 => {
                let path = format!("devices/controller[{}]/@type", position + 1);
                let message = if has_ide {
                    "the machine has one IDE controller"
                } else {
                    "the machine has no IDE controller"
                };
                let kind = if disks_need_more {
                    DocumentErrorKind::Malformed
                } else {
                    DocumentErrorKind::Unsupported
                };
                return Err(
                    Fault::new(kind, path, message).hint("use another bus, such as virtio, for the disks")
                );
            }
            ControllerBus::Usb(usb) => {
                usb.model.get_or_insert(usb_model);
            }
            ControllerBus::Scsi(scsi) if matches!(scsi.model, None | Some(ScsiModel::Auto)) => {
                scsi.model = Some(scsi_model);
            }
            ControllerBus::Pci(pci) if pseries && pci.model == Some(PciModel::PciRoot) => {
                pci.implementation.get_or_insert_with(|| PciImplementationName::SpaprPciHostBridge.into());
            }
            ControllerBus::Pci(pci) => {
                check_pci_model(pci, family)
                    .map_err(|fault| fault.within(&format!("devices/controller[{}]", position + 1)))?;
                pci.hole64.take_if(|_| !matches!(pci.model, Some(PciModel::PciRoot | PciModel::PcieRoot)));
            }
            _ => {}
        }
        if let Some(driver) = &mut controller.driver {
            // 0 stands for none.
            driver.io_thread.take_if(|thread| *thread == 0);
        }
    }
    Ok(())
}

fn is_on_further_ide(disk: &Disk) -> bool {
    let bus = disk.target.as_ref().and_then(|target| target.bus);
    bus == Some(DiskBus::Ide)
        && matches!(&disk.info.address, Some(Address::Drive(drive)) if drive.controller.unwrap_or(0) > 0)
}

/// Further roots are for some machines only.
fn check_pci_model(pci: &PciController, family: MachineFamily) -> Result<(), Fault> {
    let fits = match pci.model {
        None => {
            let message = "it is not said what sort of PCI controller it is";
            return Err(Fault::new(DocumentErrorKind::Malformed, "@model", message).hint("name its model"));
        }
        Some(PciModel::PciExpanderBus) => family == MachineFamily::I440fx,
        Some(PciModel::PcieExpanderBus) => matches!(family, MachineFamily::Q35 | MachineFamily::ArmVirt),
        Some(_) => true,
    };
    if fits {
        Ok(())
    } else {
        let message = "this machine has no further roots of that sort";
        Err(Fault::new(DocumentErrorKind::Unsupported, "@model", message))
    }
}

/// Refuses options that the model of a controller has not.
pub(super) fn check(domain: &Domain) -> Result<(), Fault> {
    let threads = io_threads(domain);
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
        if matches!(model, Some(ScsiModel::BusLogic)) {
            return unsupported("@model", "QEMU has no such SCSI controller");
        }
        if model == Some(ScsiModel::Ncr53c90) && !has_built_in_scsi(Machine::of(domain)) {
            return unsupported("@model", "this SCSI controller is a part of other machines");
        }
        let thread = controller.driver.as_ref().and_then(|driver| driver.io_thread);
        if thread.is_some_and(|thread| !threads.has(thread)) {
            return unsupported("driver/@iothread", "the domain has no such I/O thread");
        }
        let driver = controller.driver.as_ref().filter(|_| !is_virtio_scsi(controller));
        let tuned = driver.is_some_and(|driver| {
            driver.queues.or(driver.commands_per_unit).or(driver.max_sectors).is_some()
                || driver.io_event_descriptor.is_some()
        });
        if tuned {
            return unsupported("driver", "only a virtio-scsi controller has these options");
        }
    }
    pci_options::check(domain)
}
