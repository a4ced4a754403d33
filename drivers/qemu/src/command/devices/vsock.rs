//! `<vsock>`.

use crate::command::address::{alias, placed, virtio, virtio_options};
use crate::command::arguments::Arguments;
use crate::command::line::PassedFile;
use crate::command::properties::Properties;
use omnivirt_core::Result;
use omnivirt_core::domain::YesNo;

/// Adds the socket between host and guest; the host's side is open before QEMU starts.
pub(super) fn add(arguments: &mut Arguments<'_>) -> Result<()> {
    for vsock in &arguments.domain.devices.vsocks {
        let name = alias(&vsock.info, "vsock")?;
        let context_id = vsock.context_id.as_ref();
        let is_chosen = context_id.is_none_or(|context_id| context_id.auto == Some(YesNo::Yes));
        let address = context_id.and_then(|context_id| context_id.address);
        let file = arguments.pass(PassedFile::VhostVsock { context_id: address.filter(|_| !is_chosen) });
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
