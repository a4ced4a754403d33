//! SCSI host adapters, their targets and units.

use crate::document::mapped;

/// A host adapter.
#[mapped]
pub struct ScsiHost {
    /// Its number.
    #[element("host", error = Malformed)]
    pub host: u32,
    /// A number that it keeps; negative for none.
    #[element("unique_id", error = Malformed)]
    pub unique_id: Option<i32>,
    /// What else it can do.
    #[element("capability")]
    pub capabilities: Vec<ScsiHostCapability>,
}

/// What else a host adapter can do.
#[mapped(tag = "type", error = Malformed, missing = Malformed)]
pub enum ScsiHostCapability {
    /// It is of Fibre Channel.
    #[value("fc_host")]
    FcHost(FcHost),
    /// It can be made into several.
    #[value("vport_ops")]
    VportOperations(VportOperations),
}

/// The names of a Fibre Channel adapter.
#[mapped]
pub struct FcHost {
    /// Of the adapter.
    #[element("wwnn", error = Malformed)]
    pub node_name: String,
    /// Of the port.
    #[element("wwpn", error = Malformed)]
    pub port_name: String,
    /// Of the fabric that it is part of.
    #[element("fabric_wwn")]
    pub fabric_name: Option<String>,
}

/// Virtual adapters.
#[mapped]
pub struct VportOperations {
    /// How many there can be.
    #[element("max_vports", lenient)]
    pub most: Option<u32>,
    /// How many there are.
    #[element("vports", lenient)]
    pub count: Option<u32>,
}

/// A target of a host adapter.
#[mapped]
pub struct ScsiTarget {
    /// Its name.
    #[element("target", error = Malformed)]
    pub target: String,
    /// What else it can do.
    #[element("capability")]
    pub capabilities: Vec<ScsiTargetCapability>,
}

/// What else a target can do.
#[mapped(tag = "type", error = Malformed, missing = Malformed)]
pub enum ScsiTargetCapability {
    /// It is a port of Fibre Channel.
    #[value("fc_remote_port")]
    FcRemotePort(FcRemotePort),
}

/// The names of a Fibre Channel port.
#[mapped]
pub struct FcRemotePort {
    /// In the kernel.
    #[element("rport", error = Malformed)]
    pub name: String,
    /// In the fabric.
    #[element("wwpn", error = Malformed)]
    pub port_name: String,
}

/// A unit of a target.
#[mapped]
pub struct ScsiDevice {
    /// The number of the host adapter.
    #[element("host", error = Malformed)]
    pub host: u32,
    /// The bus of the host adapter.
    #[element("bus", error = Malformed)]
    pub bus: u32,
    /// The target on the bus.
    #[element("target", error = Malformed)]
    pub target: u32,
    /// The unit of the target.
    #[element("lun", error = Malformed)]
    pub unit: u32,
    /// What it is.
    #[element("type")]
    pub device_type: Option<String>,
}
