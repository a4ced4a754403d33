//! Disks and network interfaces: how large, and what went through them.

use crate::guests::{Guests, next};
use omnivirt_core::event::{DiskChangeReason, EventBody, EventKind};
use omnivirt_core::*;
use std::os::unix::fs::MetadataExt;
use std::process::Command;

async fn guest_with_disks(guests: &Guests) -> Domain {
    let (image, raw) = (guests.path("image.qcow2"), guests.path("raw.img"));
    let made = Command::new("qemu-img").args(["create", "-q", "-f", "qcow2"]).arg(&image).arg("64M").status();
    assert!(made.expect("qemu-img is installed").success());
    std::fs::write(&raw, vec![1; 8192]).unwrap();
    std::fs::File::options().write(true).open(&raw).unwrap().set_len(1 << 20).unwrap();
    let devices = format!(
        "<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='{}'/><target dev='vda' bus='virtio'/></disk>\
         <disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='{}'/><target dev='hda' bus='ide'/></disk>\
         <disk type='file' device='cdrom'><target dev='hdc' bus='ide'/><readonly/></disk>\
         <interface type='user'><mac address='52:54:00:00:00:01'/><model type='virtio'/></interface>",
        image.display(),
        raw.display()
    );
    guests.define("disks", "", &devices).await
}

#[tokio::test]
async fn a_disk_is_as_large_running_as_it_is_off() {
    let guests = Guests::new().await;
    let domain = guest_with_disks(&guests).await;
    let raw = guests.path("raw.img").display().to_string();
    let off = (domain.block_info("vda").await.unwrap(), domain.block_info(&raw).await.unwrap());
    assert_eq!(off.0.capacity_bytes, 64 << 20);
    let file = std::fs::metadata(guests.path("image.qcow2")).unwrap();
    assert_eq!((off.0.physical_bytes, off.0.allocation_bytes), (file.len(), file.blocks() * 512));
    assert_eq!((off.1.capacity_bytes, off.1.physical_bytes), (1 << 20, 1 << 20));
    assert!(off.1.allocation_bytes < 1 << 20, "{:?}", off.1);
    domain.start(StartOptions::default()).await.unwrap();
    let running = (domain.block_info("vda").await.unwrap(), domain.block_info(&raw).await.unwrap());
    assert_eq!(off, running);
    for life in ["running", "off"] {
        for (disk, kind) in [("hdc", ErrorKind::InvalidArgument), ("vdz", ErrorKind::DeviceMissing)] {
            let refused = domain.block_info(disk).await.unwrap_err();
            assert_eq!(refused.kind(), kind, "{life}: {refused}");
        }
        if life == "running" {
            domain.destroy(DestroyOptions::default()).await.unwrap();
        }
    }
}

#[tokio::test]
async fn what_went_through_disks_is_counted() {
    let guests = Guests::new().await;
    let domain = guest_with_disks(&guests).await;
    let refused = domain.block_stats("vda").await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidState);
    domain.start(StartOptions::default()).await.unwrap();
    let by_target = domain.block_stats("vda").await.unwrap();
    assert_eq!((by_target.name.as_str(), by_target.capacity_bytes), ("vda", Some(64 << 20)));
    assert!(by_target.read_requests.is_some() && by_target.write_bytes == Some(0), "{by_target:?}");
    let raw = guests.path("raw.img").display().to_string();
    assert_eq!(domain.block_stats(&raw).await.unwrap().name, "hda");
    assert_eq!(domain.block_stats("").await.unwrap().write_requests, Some(0));
    assert_eq!(domain.disk_errors().await.unwrap(), []);

    let stats = guests
        .connection()
        .domain_stats(
            std::slice::from_ref(&domain),
            StatsGroups::default().block(true),
            DomainFilter::default(),
            StatsOptions::default(),
        )
        .await
        .unwrap();
    let names: Vec<_> = stats[0].blocks.iter().map(|block| block.name.as_str()).collect();
    assert_eq!(names, ["vda", "hda", "hdc"]);
}

#[tokio::test]
async fn the_users_own_network_has_no_counters() {
    let guests = Guests::new().await;
    let domain = guest_with_disks(&guests).await;
    domain.start(StartOptions::default()).await.unwrap();
    let refused = domain.interface_stats("52:54:00:00:00:01").await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidArgument);
    assert!(refused.message().contains("'user'"), "{refused}");
    let refused = domain.interface_stats("vnet7").await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::DeviceMissing);
}

#[tokio::test]
async fn what_is_missing_at_the_start_is_left_out_where_the_document_says_so() {
    let guests = Guests::new().await;
    let disk = |device: &str, policy: &str, target: &str, bus: &str| {
        format!(
            "<disk type='file' device='{device}'><source file='/nowhere/{target}.img' startupPolicy='{policy}'/>\
             <target dev='{target}' bus='{bus}'/></disk>"
        )
    };
    let devices = disk("cdrom", "optional", "hda", "ide") + &disk("disk", "optional", "vda", "virtio");
    let mut changes = guests.listen(EventKind::DiskChange).await;
    let domain = guests.start("without", "", &devices).await;
    for (alias, reason) in [
        ("ide0-0-0", DiskChangeReason::MissingOnStart),
        ("virtio-disk0", DiskChangeReason::DropMissingOnStart),
    ] {
        let event = next(&mut changes).await;
        let EventBody::DiskChange(change) = &event.body else { panic!("{event:?}") };
        assert_eq!((change.alias.as_str(), change.reason), (alias, reason));
        assert!(change.old_source_path.is_some() && change.new_source_path.is_none(), "{change:?}");
    }
    let live = domain.dumpxml(DumpxmlOptions::default()).await.unwrap();
    assert!(
        !live.contains("/nowhere") && live.contains("dev='hda'") && !live.contains("dev='vda'"),
        "{live}"
    );
    let kept = domain.dumpxml(DumpxmlOptions::default().inactive(true)).await.unwrap();
    assert_eq!(kept.matches("/nowhere").count(), 2, "{kept}");
    domain.destroy(DestroyOptions::default()).await.unwrap();
    for policy in ["mandatory", "requisite"] {
        let domain = guests.define(policy, "", &disk("cdrom", policy, "hda", "ide")).await;
        let refused = domain.start(StartOptions::default()).await.unwrap_err();
        assert!(refused.message().contains("/nowhere/hda.img"), "{refused}");
    }
}
