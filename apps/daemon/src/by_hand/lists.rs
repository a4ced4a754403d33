//! Lists as old clients ask for them: numbers, names, one at a time.

use super::prelude::*;
use crate::request::room;

/// The ids of those that run.
pub(crate) fn connect_list_domains(mut request: Request) -> Answering {
    Box::pin(async move {
        let args = request.args::<remote::ConnectListDomains>()?;
        let room = room::<remote::ConnectListDomains>(args.maxids)?;
        let running = request.connection()?.list_domains(DomainFilter::default().active(true)).await?;
        let ids = running.iter().filter_map(|domain| domain.reference().id);
        let ids = ids.take(room).map(IntoWire::into_wire).collect::<Result<_, _>>()?;
        request.reply::<remote::ConnectListDomains>(&remote::ConnectListDomainsRet { ids })
    })
}

pub(crate) fn node_list_devices(mut request: Request) -> Answering {
    Box::pin(async move {
        let args = request.args::<remote::NodeListDevices>()?;
        no_flags(args.flags, "virNodeListDevices")?;
        let room = room::<remote::NodeListDevices>(args.maxnames)?;
        let found = devices(&request, args.cap.as_deref()).await?;
        let names = found.iter().take(room).map(|device| device.reference().name.to_string()).collect();
        request.reply::<remote::NodeListDevices>(&remote::NodeListDevicesRet { names })
    })
}

pub(crate) fn node_num_of_devices(mut request: Request) -> Answering {
    Box::pin(async move {
        let args = request.args::<remote::NodeNumOfDevices>()?;
        no_flags(args.flags, "virNodeNumOfDevices")?;
        let found = devices(&request, args.cap.as_deref()).await?;
        let num = u32::try_from(found.len()).unwrap_or(u32::MAX).into_wire()?;
        request.reply::<remote::NodeNumOfDevices>(&remote::NodeNumOfDevicesRet { num })
    })
}

/// The devices that have a capability, by libvirt's name of it.
async fn devices(request: &Request, capability: Option<&str>) -> Result<Vec<NodeDevice>, Failure> {
    let mut filter = NodeDeviceFilter::default();
    let chosen = match capability {
        None => None,
        Some("system") => Some(&mut filter.system),
        Some("pci") => Some(&mut filter.pci),
        Some("usb_device") => Some(&mut filter.usb_device),
        Some("usb") => Some(&mut filter.usb_interface),
        Some("net") => Some(&mut filter.net),
        Some("scsi_host") => Some(&mut filter.scsi_host),
        Some("scsi_target") => Some(&mut filter.scsi_target),
        Some("scsi") => Some(&mut filter.scsi),
        Some("storage") => Some(&mut filter.storage),
        Some("fc_host") => Some(&mut filter.fc_host),
        Some("vports") => Some(&mut filter.vports),
        Some("scsi_generic") => Some(&mut filter.scsi_generic),
        Some("drm") => Some(&mut filter.drm),
        Some("mdev_types") => Some(&mut filter.mdev_types),
        Some("mdev") => Some(&mut filter.mdev),
        Some("ccw") => Some(&mut filter.ccw),
        Some("css") => Some(&mut filter.css),
        Some("vdpa") => Some(&mut filter.vdpa),
        Some("ap_card") => Some(&mut filter.ap_card),
        Some("ap_queue") => Some(&mut filter.ap_queue),
        Some("ap_matrix") => Some(&mut filter.ap_matrix),
        Some("vpd") => Some(&mut filter.vpd),
        // No device has a capability that is not known.
        Some(_) => return Ok(Vec::new()),
    };
    if let Some(chosen) = chosen {
        *chosen = true;
    }
    Ok(request.connection()?.list_node_devices(filter).await?)
}
