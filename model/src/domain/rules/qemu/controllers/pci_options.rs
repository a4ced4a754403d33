//! Which options each model of PCI controller has.

use crate::document::DocumentErrorKind::{Invalid, Unsupported};
use crate::domain::Domain;
use crate::domain::devices::controller::{PciController, PciImplementationName, PciModel};
use crate::domain::rules::Fault;
use crate::domain::rules::qemu::{Machine, MachineFamily};

/// Refuses options that a PCI controller has not.
pub(super) fn check(domain: &Domain) -> Result<(), Fault> {
    let several_roots = Machine::of(domain).family == MachineFamily::Pseries;
    let cells = domain.cpu.as_ref().and_then(|cpu| cpu.numa.as_ref()).map_or(0, |numa| numa.cells.len());
    for (position, controller) in domain.devices.controllers.iter().enumerate() {
        let Some(pci) = controller.pci() else { continue };
        let Some(model) = pci.model else { continue };
        let index = controller.index.unwrap_or(0);
        check_node(pci, cells)
            .and_then(|()| check_implementation(pci, model, several_roots))
            .and_then(|()| check_target(pci, model, index, several_roots))
            .map_err(|fault| fault.within(&format!("devices/controller[{}]", position + 1)))?;
    }
    Ok(())
}

fn check_node(pci: &PciController, cells: usize) -> Result<(), Fault> {
    match pci.target.as_ref().and_then(|target| target.node) {
        Some(node) if node as usize >= cells => {
            Err(Fault::new(Invalid, "target/node", format!("the guest has no NUMA node {node}")))
        }
        _ => Ok(()),
    }
}

fn check_implementation(pci: &PciController, model: PciModel, several_roots: bool) -> Result<(), Fault> {
    use PciImplementationName as Name;
    let Some(name) = pci.implementation.as_ref().and_then(|implementation| implementation.name) else {
        return Ok(());
    };
    let fits = match model {
        PciModel::PciRoot => several_roots && name == Name::SpaprPciHostBridge,
        PciModel::PcieRoot => false,
        PciModel::PciBridge => name == Name::PciBridge,
        PciModel::DmiToPciBridge => name == Name::I82801b11Bridge,
        PciModel::PcieToPciBridge => name == Name::PciePciBridge,
        PciModel::PcieRootPort => matches!(name, Name::Ioh3420 | Name::PcieRootPort),
        PciModel::PcieSwitchUpstreamPort => name == Name::X3130Upstream,
        PciModel::PcieSwitchDownstreamPort => name == Name::Xio3130Downstream,
        PciModel::PciExpanderBus => name == Name::Pxb,
        PciModel::PcieExpanderBus => name == Name::PxbPcie,
    };
    if fits {
        Ok(())
    } else {
        let message = format!("a {model} is not the device {name}");
        Err(Fault::new(Unsupported, "model/@name", message).hint("leave the name out"))
    }
}

fn check_target(pci: &PciController, model: PciModel, index: u32, several_roots: bool) -> Result<(), Fault> {
    let Some(target) = &pci.target else { return Ok(()) };
    let is_port = matches!(model, PciModel::PcieRootPort | PciModel::PcieSwitchDownstreamPort);
    let is_expander = matches!(model, PciModel::PciExpanderBus | PciModel::PcieExpanderBus);
    let is_root = model == PciModel::PciRoot;
    let options = [
        ("chassisNr", target.chassis_number.is_some(), model == PciModel::PciBridge),
        ("chassis", target.chassis.is_some(), is_port),
        ("port", target.port.is_some(), is_port),
        ("busNr", target.bus_number.is_some(), is_expander),
        ("index", target.index.is_some(), is_root && several_roots),
        ("hotplug", target.hotplug.is_some(), is_port || is_root),
        ("node", target.node.is_some(), is_expander || is_root || is_port),
    ];
    if let Some((name, ..)) = options.iter().find(|(_, there, known)| *there && !known) {
        return Err(Fault::new(Unsupported, "target", format!("a {model} has no option {name}")));
    }
    if target.index.is_some_and(|target| (target == 0) != (index == 0)) {
        let message = "the first root of PCI, and it alone, has the target index 0";
        return Err(Fault::new(Unsupported, "target/@index", message));
    }
    Ok(())
}
