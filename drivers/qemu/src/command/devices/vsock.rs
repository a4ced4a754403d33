//! `<vsock>`.

use crate::command::address::{alias, placed, virtio, virtio_options};
use crate::command::arguments::Arguments;
use crate::command::line::PassedFile;
use crate::command::properties::Properties;
use omnivirt_core::Result;
use omnivirt_core::domain::YesNo;

/// Adds the socket between host and guest; the host's side is open before QEMU starts, which gives it the guest's number.
pub(super) fn add(arguments: &mut Arguments<'_>) -> Result<()> {
    for vsock in &arguments.domain.devices.vsocks {
        let name = alias(&vsock.info, "vsock")?;
        let context_id = vsock.context_id.as_ref();
        let address = context_id.and_then(|context_id| context_id.address);
        if address.is_none() || context_id.is_some_and(|context_id| context_id.auto == Some(YesNo::Yes)) {
            arguments.refuse_start("vsock/cid", "no free number can be chosen yet; write one in address")?;
        }
        let file = arguments.pass(PassedFile::Device("/dev/vhost-vsock".into()));
        let device = Properties::driver(virtio("vhost-vsock", &vsock.info, vsock.model)?)
            .and(virtio_options(vsock.driver.as_ref()))
            .with("id", name)
            .with("guest-cid", address.unwrap_or(0))
            .with("vhostfd", file.to_string())
            .and(placed(arguments.domain, &vsock.info)?);
        arguments.device(name, device);
    }
    Ok(())
}
