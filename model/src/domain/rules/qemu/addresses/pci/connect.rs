//! What connects a device to a PCI bus.

use crate::domain::devices::controller::PciModel;
use std::ops::{BitOr, Sub};

/// What a device asks of a bus, or what a bus offers to devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Connect(u16);

impl Connect {
    /// Nothing that is known.
    pub(in super::super) const NOTHING: Self = Self(0);
    /// A conventional PCI device.
    pub(in super::super) const PCI: Self = Self(1);
    /// A PCI Express device.
    pub(in super::super) const EXPRESS: Self = Self(1 << 1);
    /// A part of the root itself.
    pub(in super::super) const INTEGRATED: Self = Self(1 << 2);
    const PCI_BRIDGE: Self = Self(1 << 3);
    const PCI_EXPANDER: Self = Self(1 << 4);
    const ROOT_PORT: Self = Self(1 << 5);
    const SWITCH_UPSTREAM: Self = Self(1 << 6);
    const SWITCH_DOWNSTREAM: Self = Self(1 << 7);
    const DMI_BRIDGE: Self = Self(1 << 8);
    const EXPRESS_EXPANDER: Self = Self(1 << 9);
    const EXPRESS_TO_PCI: Self = Self(1 << 10);
    /// It can be plugged in while the guest runs.
    pub(in super::super) const HOTPLUG: Self = Self(1 << 11);

    /// A conventional PCI device that can be plugged in.
    pub(in super::super) const PLUGGED_PCI: Self = Self(Self::PCI.0 | Self::HOTPLUG.0);
    /// A PCI Express device that can be plugged in.
    pub(in super::super) const PLUGGED_EXPRESS: Self = Self(Self::EXPRESS.0 | Self::HOTPLUG.0);

    /// What a PCI controller asks of the bus that it is on; a root is on none.
    pub(super) fn of_controller(model: PciModel) -> Option<Self> {
        Some(match model {
            PciModel::PciRoot | PciModel::PcieRoot => return None,
            PciModel::PciBridge => Self::PCI_BRIDGE,
            PciModel::DmiToPciBridge => Self::DMI_BRIDGE,
            PciModel::PcieToPciBridge => Self::EXPRESS_TO_PCI,
            PciModel::PcieRootPort => Self::ROOT_PORT,
            PciModel::PcieSwitchUpstreamPort => Self::SWITCH_UPSTREAM,
            PciModel::PcieSwitchDownstreamPort => Self::SWITCH_DOWNSTREAM,
            PciModel::PciExpanderBus => Self::PCI_EXPANDER,
            PciModel::PcieExpanderBus => Self::EXPRESS_EXPANDER,
        })
    }

    /// What the bus of a PCI controller offers.
    pub(super) fn offered_by(model: PciModel) -> Self {
        match model {
            PciModel::PciRoot => Self::PLUGGED_PCI | Self::PCI_BRIDGE | Self::PCI_EXPANDER,
            PciModel::PciBridge | PciModel::PciExpanderBus | PciModel::PcieToPciBridge => {
                Self::PLUGGED_PCI | Self::PCI_BRIDGE
            }
            PciModel::DmiToPciBridge => Self::PCI | Self::PCI_BRIDGE,
            PciModel::PcieRoot => {
                Self::ROOT_PORT | Self::DMI_BRIDGE | Self::EXPRESS_EXPANDER | Self::INTEGRATED
            }
            PciModel::PcieExpanderBus => Self::ROOT_PORT | Self::DMI_BRIDGE,
            PciModel::PcieRootPort | PciModel::PcieSwitchDownstreamPort => {
                Self::PLUGGED_EXPRESS | Self::SWITCH_UPSTREAM | Self::EXPRESS_TO_PCI
            }
            PciModel::PcieSwitchUpstreamPort => Self::SWITCH_DOWNSTREAM,
        }
    }

    /// What an offer is where the user chose the place: there sorts of device can be mixed.
    pub(super) fn as_user_sees_it(self, model: PciModel) -> Self {
        let devices = Self::PCI | Self::EXPRESS | Self::INTEGRATED | Self::HOTPLUG;
        match model {
            PciModel::PcieRoot => self | devices | Self::PCI_BRIDGE,
            PciModel::PcieSwitchUpstreamPort | PciModel::PcieExpanderBus => self,
            _ => self | devices,
        }
    }

    /// Whether an offer has all that is asked for.
    pub(super) fn has(self, asked: Self) -> bool {
        self.0 & asked.0 == asked.0
    }

    /// Whether it is a PCI Express root port, of which eight share a slot.
    pub(super) fn shares_slot(self) -> bool {
        self == Self::ROOT_PORT
    }

    /// The controller that would offer it, on a machine with such a root.
    pub(super) fn wanted_controller(self, root: PciModel) -> Option<PciModel> {
        let sort = self - Self::HOTPLUG;
        let express = root == PciModel::PcieRoot;
        match sort {
            Self::PCI if express => Some(PciModel::PcieToPciBridge),
            Self::PCI => Some(PciModel::PciBridge),
            Self::EXPRESS | Self::SWITCH_UPSTREAM if express => Some(PciModel::PcieRootPort),
            _ => None,
        }
    }
}

impl BitOr for Connect {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl Sub for Connect {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}
