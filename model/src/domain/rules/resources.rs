//! NUMA nodes, block devices, groups of processes and users of the host.

use super::Fault;
use crate::document::DocumentErrorKind;
use crate::domain::resources::{BlockTune, BlockTuneDevice, IdRange, NumaMode, NumaTune};
use crate::domain::{Domain, VcpuPlacement};
use std::collections::BTreeSet;

/// Completes and checks what says where the domain's resources come from.
pub(super) fn complete(domain: &mut Domain) -> Result<(), Fault> {
    complete_numa(domain)?;
    complete_blocks(domain)?;
    if let Some(resource) = &domain.resource {
        let application = resource.fibre_channel.as_ref().and_then(|channel| channel.application.as_ref());
        if resource.partition.is_none() && application.is_none() {
            let message = "the group of processes has no path";
            return Err(Fault::new(DocumentErrorKind::Malformed, "resource", message)
                .hint("write <partition>, or leave <resource> out"));
        }
    }
    if let Some(map) = &mut domain.id_map {
        if map.users.is_empty() != map.groups.is_empty() {
            let message = "users and groups must both be mapped";
            return Err(Fault::new(DocumentErrorKind::Unsupported, "idmap", message));
        }
        for ranges in [&mut map.users, &mut map.groups] {
            complete_ranges(ranges)?;
        }
    }
    Ok(())
}

fn complete_ranges(ranges: &mut [IdRange]) -> Result<(), Fault> {
    ranges.sort_by_key(|range| range.start);
    match ranges.first() {
        Some(first) if first.start != 0 => {
            let message = "the superuser is not mapped";
            Err(Fault::new(DocumentErrorKind::Unsupported, "idmap", message).hint("start one range at 0"))
        }
        _ => Ok(()),
    }
}

fn complete_numa(domain: &mut Domain) -> Result<(), Fault> {
    let placement = domain.vcpu.as_ref().and_then(|vcpu| vcpu.placement);
    let cells = domain.cpu.as_ref().and_then(|cpu| cpu.numa.as_ref()).map_or(0, |numa| numa.cells.len());
    let Some(tune) = &mut domain.numa_tune else { return Ok(()) };
    if let Some(memory) = &mut tune.memory {
        let silent = memory.mode.is_none() && memory.placement.is_none() && memory.nodes.is_none();
        let wanted = memory.placement.or(match memory.nodes {
            Some(_) => Some(VcpuPlacement::Static),
            None => placement.filter(|placement| *placement == VcpuPlacement::Auto),
        });
        match (wanted, &memory.nodes) {
            (None, None) if silent => tune.memory = None,
            (Some(VcpuPlacement::Static) | None, None) => {
                let message = "memory is to come from given nodes, and none is given";
                return Err(Fault::new(DocumentErrorKind::Unsupported, "numatune/memory", message)
                    .hint("write nodeset='0', or placement='auto'"));
            }
            (Some(VcpuPlacement::Auto), _) => {
                memory.mode.get_or_insert(NumaMode::Strict);
                (memory.placement, memory.nodes) = (wanted, None);
            }
            _ => {
                memory.mode.get_or_insert(NumaMode::Strict);
                memory.placement = None;
            }
        }
    }
    let is_auto = tune.memory.as_ref().is_some_and(|memory| memory.placement == Some(VcpuPlacement::Auto));
    if is_auto && !tune.cells.is_empty() {
        let message = "a daemon advises on all memory, and a cell has nodes of its own";
        return Err(Fault::new(DocumentErrorKind::Unsupported, "numatune/memnode", message));
    }
    let mut seen = BTreeSet::new();
    for (index, node) in tune.cells.iter_mut().enumerate() {
        let fault = |message: &str| {
            Fault::new(DocumentErrorKind::Invalid, format!("numatune/memnode[{}]", index + 1), message)
        };
        if node.cell as usize >= cells {
            return Err(fault("the guest has no such cell"));
        }
        if node.nodes.is_none() {
            return Err(fault("no nodes of the host are given"));
        }
        if !seen.insert(node.cell) {
            return Err(fault("the cell is there twice"));
        }
        node.mode.get_or_insert(NumaMode::Strict);
    }
    tune.cells.sort_by_key(|node| node.cell);
    domain.numa_tune = domain.numa_tune.take().filter(|tune| *tune != NumaTune::default());
    Ok(())
}

fn complete_blocks(domain: &mut Domain) -> Result<(), Fault> {
    let Some(tune) = &mut domain.block_tune else { return Ok(()) };
    tune.weight = tune.weight.filter(|weight| *weight > 0);
    let mut seen = BTreeSet::new();
    for (index, device) in tune.devices.iter().enumerate() {
        let fault = |message: &str| {
            Fault::new(DocumentErrorKind::Unsupported, format!("blkiotune/device[{}]", index + 1), message)
        };
        let Some(path) = &device.path else { return Err(fault("the device has no path")) };
        if !seen.insert(path) {
            return Err(fault("the device is there twice"));
        }
    }
    tune.devices.iter_mut().for_each(without_zeros);
    tune.devices.retain(|device| {
        let mut empty = BlockTuneDevice::default();
        empty.path.clone_from(&device.path);
        *device != empty
    });
    domain.block_tune = domain.block_tune.take().filter(|tune| *tune != BlockTune::default());
    Ok(())
}

fn without_zeros(device: &mut BlockTuneDevice) {
    device.weight = device.weight.filter(|value| *value > 0);
    for value in [&mut device.read_operations_per_second, &mut device.write_operations_per_second] {
        *value = value.filter(|value| *value > 0);
    }
    for value in [&mut device.read_bytes_per_second, &mut device.write_bytes_per_second] {
        *value = value.filter(|value| *value > 0);
    }
}
