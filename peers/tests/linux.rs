//! A Linux guest and its agent: on Debian's libvirtd 9.0.0, on the qemu driver in this process, and through omnivirtd.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use omnivirt::event::{Event, EventKind, Initiator};
use omnivirt::events::{Delivery, EventFilter, EventStream, Policy};
use omnivirt::stream::ByteStream;
use omnivirt::*;
use omnivirt_peers::linux::{self, Linux};
use omnivirt_peers::{guest, libvirtd, omnivirtd};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::io::AsyncWriteExt;

/// How long the guest may take to start, under emulation on a busy host.
const PATIENCE: Duration = Duration::from_secs(120);

const PING: &str = r#"{"execute":"guest-ping"}"#;

#[tokio::test(flavor = "multi_thread")]
async fn libvirtd_s() {
    let daemon = libvirtd::start().unwrap();
    let connection = connect(&daemon.uri("qemu", "/system")).await.unwrap();
    let mut guest = Guest::define(&connection, daemon.folder()).await;
    guest.agent_comes_and_goes().await;
    guest.is_saved_with_its_agent().await;
    guest.sleeps().await;
    guest.agent_is_asked().await;
    guest.end().await;
    connection.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_qemu_drivers() {
    let folder = tempfile::tempdir().unwrap();
    let uri = format!("qemu:///embed?root={}", folder.path().join("root").display());
    let connection = connect(&uri).await.unwrap();
    let mut guest = Guest::define(&connection, folder.path()).await;
    guest.agent_comes_and_goes().await;
    guest.is_caused("agent_lifecycle disconnected channel", Initiator::Guest);
    guest.is_caused("lifecycle stopped shutdown", Initiator::Client);
    guest.is_saved_with_its_agent().await;
    guest.sleeps().await;
    guest.changes_mac().await;
    guest.is_caused("nic_mac_change 52:54:00:00:00:01 52:54:00:00:00:99", Initiator::Guest);
    guest.agent_is_asked().await;
    guest.is_caused("lifecycle pm_suspended memory", Initiator::Client);
    guest.end().await;
    connection.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn omnivirtds() {
    let daemon = omnivirtd::start().unwrap();
    let connection = connect(&daemon.uri("qemu", "/system")).await.unwrap();
    let mut guest = Guest::define(&connection, daemon.folder()).await;
    guest.agent_comes_and_goes().await;
    guest.changes_mac().await;
    guest.agent_is_asked().await;
    guest.end().await;
    connection.close().await.unwrap();
}

/// What the guest does while nobody looks is told to the next who does, and not once more to the one after that.
#[tokio::test(flavor = "multi_thread")]
async fn what_changes_meanwhile_is_told_once() {
    let folder = tempfile::tempdir().unwrap();
    let uri = format!("qemu:///embed?root={}", folder.path().join("root").display());
    let connection = connect(&uri).await.unwrap();
    let mut guest = Guest::define(&connection, folder.path()).await;
    let mut console = guest.boot().await;
    // The disk says when it is done; until somebody writes to it, the guest waits for that.
    say(
        &mut console,
        "(until [ -s /tmp/go ]; do usleep 10000; dd if=/dev/vda of=/tmp/go bs=2 count=1 iflag=direct; \
         grep -q go /tmp/go || rm -f /tmp/go; done; ",
    )
    .await;
    say(
        &mut console,
        "ip link set eth0 down; ip link set eth0 address 52:54:00:00:00:99; ip link set eth0 up; agent stop; ",
    )
    .await;
    say(
        &mut console,
        "echo changed | dd of=/dev/vda bs=512 seek=1 conv=sync oflag=direct) 2>/dev/null & echo BEGUN\n",
    )
    .await;
    read_until(&mut console, "BEGUN\r\n").await;
    drop(console);
    connection.close().await.unwrap();
    let disk = std::fs::File::options().read(true).write(true).open(folder.path().join("vda.img")).unwrap();
    disk.write_all_at(b"go", 0).unwrap();
    let begun = std::time::Instant::now();
    let mut said = [0; 7];
    while &said != b"changed" {
        assert!(begun.elapsed() < PATIENCE, "the guest does not say that it has changed its address");
        tokio::time::sleep(Duration::from_millis(20)).await;
        disk.read_exact_at(&mut said, 512).unwrap();
    }
    for is_told in [true, false] {
        let connection = connect(&uri).await.unwrap();
        guest.domain = connection.domain_by_name("linux").await.unwrap();
        let filter = EventFilter::of(guest.domain.reference().clone());
        guest.events = connection.subscribe(filter, Policy::default()).await.unwrap();
        (guest.told, guest.seen) = (Vec::new(), 0);
        if is_told {
            guest.until("nic_mac_change 52:54:00:00:00:01 52:54:00:00:00:99").await;
            guest.until("agent_lifecycle disconnected channel").await;
        }
        guest.domain.suspend().await.unwrap();
        guest.until("lifecycle suspended paused").await;
        for kind in ["nic_mac_change", "agent_lifecycle"] {
            let count = guest.told.iter().filter(|(line, _)| line.starts_with(kind)).count();
            assert_eq!(count, usize::from(is_told), "{kind}: {:?}", guest.told);
        }
        guest.shows_channel("disconnected").await;
        guest.domain.resume().await.unwrap();
        connection.close().await.unwrap();
    }
}

/// The guest, with what is told of it.
struct Guest {
    domain: Domain,
    events: EventStream,
    /// Each line that was told, and who brought it about.
    told: Vec<(String, Initiator)>,
    /// How many of the lines have been waited for.
    seen: usize,
    /// Below it the guest runs, unless libvirt looks after it.
    folder: PathBuf,
}

impl Drop for Guest {
    fn drop(&mut self) {
        guest::end_all_in(&self.folder);
    }
}

impl Guest {
    async fn define(connection: &Connection, folder: &Path) -> Self {
        let linux = linux::build(Path::new(env!("CARGO_TARGET_TMPDIR")), folder).unwrap();
        let domain = connection.define(&document(&linux), DefineOptions::default()).await.unwrap();
        let filter = EventFilter::of(domain.reference().clone());
        let events = connection.subscribe(filter, Policy::default()).await.unwrap();
        Self { domain, events, told: Vec::new(), seen: 0, folder: folder.to_owned() }
    }

    /// Starts it, and waits until it and its agent are there.
    async fn boot(&mut self) -> ByteStream {
        self.domain.start(StartOptions::default().paused(true)).await.unwrap();
        self.until("agent_lifecycle disconnected domain_started").await;
        self.until("lifecycle started booted").await;
        self.shows_channel("disconnected").await;
        let mut console = self.domain.open_console(None, ConsoleOptions::default()).await.unwrap();
        self.domain.resume().await.unwrap();
        read_until(&mut console, "READY").await;
        self.until("agent_lifecycle connected channel").await;
        self.shows_channel("connected").await;
        console
    }

    /// Whether the guest has its channel open is in the document while it runs, and only then.
    async fn shows_channel(&self, state: &str) {
        let options = DumpxmlOptions::default();
        let xml = self.domain.dumpxml(options.clone()).await.unwrap();
        let target = format!("<target type='virtio' name='org.qemu.guest_agent.0' state='{state}'/>");
        assert!(xml.contains(&target), "{xml}");
        let xml = self.domain.dumpxml(options.inactive(true)).await.unwrap();
        assert!(xml.contains("<target type='virtio' name='org.qemu.guest_agent.0'/>"), "{xml}");
    }

    /// What the guest had open when it was saved it opens again when it goes on.
    async fn is_saved_with_its_agent(&mut self) {
        let console = self.boot().await;
        drop(console);
        self.domain.managed_save(ManagedSaveOptions::default()).await.unwrap();
        self.until("lifecycle stopped saved").await;
        self.domain.start(StartOptions::default()).await.unwrap();
        self.until("agent_lifecycle disconnected domain_started").await;
        self.until("lifecycle started restored").await;
        self.until("agent_lifecycle connected channel").await;
        self.shows_channel("connected").await;
        self.domain.time().await.unwrap();
        self.domain.destroy(DestroyOptions::default()).await.unwrap();
        self.until("lifecycle stopped destroyed").await;
    }

    /// The agent is stopped and started in the guest, which is then turned off by its power button.
    async fn agent_comes_and_goes(&mut self) {
        let mut console = self.boot().await;
        say(&mut console, "agent stop\n").await;
        self.until("agent_lifecycle disconnected channel").await;
        say(&mut console, "agent start\n").await;
        self.until("agent_lifecycle connected channel").await;
        self.domain.shutdown(ShutdownOptions::default().acpi_power_button(true)).await.unwrap();
        self.until("lifecycle shutdown guest").await;
        self.until("lifecycle stopped shutdown").await;
    }

    /// The agent answers, unless it is stopped, and turns the guest off.
    async fn agent_is_asked(&mut self) {
        let mut console = self.boot().await;
        let answer =
            self.domain.qemu_agent_command(PING, AgentTimeout::default().seconds(30_u32)).await.unwrap();
        assert_eq!(answer.unwrap().replace(' ', ""), r#"{"return":{}}"#);
        let name = self.domain.hostname(HostnameOptions::default().agent(true)).await.unwrap();
        assert!(!name.is_empty());
        assert!(self.domain.time().await.unwrap().seconds() > 1_700_000_000, "the guest has the host's time");
        self.agent_knows_the_guest(&mut console).await;
        self.domain.fs_freeze(&[]).await.unwrap();
        self.domain.fs_thaw(&[]).await.unwrap();
        say(&mut console, "agent stop\n").await;
        self.until("agent_lifecycle disconnected channel").await;
        // One that is not there is not waited for.
        let forever = AgentTimeout::default().wait(AgentWait::Forever);
        let error = self.domain.qemu_agent_command(PING, forever).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AgentUnresponsive, "{error}");
        say(&mut console, "agent start\n").await;
        self.until("agent_lifecycle connected channel").await;
        self.domain.shutdown(ShutdownOptions::default().guest_agent(true)).await.unwrap();
        self.until("lifecycle shutdown guest").await;
        self.until("lifecycle stopped shutdown").await;
    }

    /// What the agent says of disks, file systems and interfaces is told by the names of the domain's document.
    async fn agent_knows_the_guest(&self, console: &mut ByteStream) {
        say(
            console,
            "ip addr add 10.0.2.15/24 dev eth0; ip link set eth0 up; mke2fs /dev/vda; mkdir /disk; ",
        )
        .await;
        say(console, "mount -t ext4 /dev/vda /disk; echo MOUNTED\n").await;
        read_until(console, "MOUNTED").await;
        let info = self.domain.guest_info(GuestInfoGroups::default()).await.unwrap();
        assert!(info.os.as_ref().unwrap().kernel_release.is_some(), "{info:?}");
        assert_eq!(info.timezone_offset_seconds, Some(0));
        let mut disks: Vec<_> = info.disks.iter().map(|disk| (&*disk.name, disk.target.as_deref())).collect();
        disks.sort_unstable();
        assert_eq!(disks, [("/dev/sda", Some("sda")), ("/dev/vda", Some("vda"))]);
        let filesystems = self.domain.fs_info().await.unwrap();
        for filesystems in [&info.filesystems, &filesystems] {
            let disk = filesystems.iter().find(|filesystem| filesystem.mountpoint == "/disk").unwrap();
            assert_eq!((&*disk.kind, disk.disks[0].target.as_deref()), ("ext4", Some("vda")));
        }
        let interfaces = self.domain.interface_addresses(AddressSource::Agent).await.unwrap();
        assert_eq!(interfaces, info.interfaces);
        let interface = interfaces.iter().find(|interface| interface.name == "eth0").unwrap();
        assert_eq!(interface.mac.as_deref(), Some("52:54:00:00:00:01"));
        assert_eq!(interface.addresses[0].address, "10.0.2.15");
        assert_eq!(self.domain.interface_addresses(AddressSource::Lease).await.unwrap(), []);
        self.domain.fs_trim(None, 0).await.unwrap();
        let alone = self.domain.fs_trim(Some("/disk"), 0).await.unwrap_err();
        assert_eq!(alone.kind(), ErrorKind::ArgumentUnsupported, "{alone}");
        let waking = PmSuspendOptions::default().wake_after_seconds(5_u64);
        let waking = self.domain.pm_suspend(SuspendTarget::Memory, waking).await.unwrap_err();
        assert_eq!(waking.kind(), ErrorKind::ArgumentUnsupported, "{waking}");
        self.domain
            .set_user_ssh_keys("root", &["ssh-ed25519 AAAA a".to_owned()], UserSshKeysOptions::default())
            .await
            .unwrap();
        self.domain
            .set_user_ssh_keys(
                "root",
                &["ssh-ed25519 BBBB b".to_owned()],
                UserSshKeysOptions::default().append(true),
            )
            .await
            .unwrap();
        assert_eq!(self.domain.user_ssh_keys("root").await.unwrap().len(), 2);
        self.domain
            .set_user_ssh_keys(
                "root",
                &["ssh-ed25519 AAAA a".to_owned()],
                UserSshKeysOptions::default().remove(true),
            )
            .await
            .unwrap();
        assert_eq!(self.domain.user_ssh_keys("root").await.unwrap(), ["ssh-ed25519 BBBB b"]);
        let nobody = self.domain.user_ssh_keys("nobody").await.unwrap_err();
        assert!(nobody.message().contains("nobody"), "{nobody}");
        // The guest has no program for it: that is what its agent says.
        let options = UserPasswordOptions::default();
        let without = self.domain.set_user_password("root", "secret", options).await.unwrap_err();
        assert!(without.message().contains("passwd"), "{without}");
    }

    /// It gives its network interface another MAC address, and the first one again.
    async fn changes_mac(&mut self) {
        let mut console = self.boot().await;
        let (first, other) = ("52:54:00:00:00:01", "52:54:00:00:00:99");
        for (old, new) in [(first, other), (other, first)] {
            say(
                &mut console,
                &format!("ip link set eth0 down; ip link set eth0 address {new}; ip link set eth0 up\n"),
            )
            .await;
            self.until(&format!("nic_mac_change {old} {new}")).await;
        }
        self.domain.destroy(DestroyOptions::default()).await.unwrap();
        self.until("lifecycle stopped destroyed").await;
    }

    /// It sleeps in memory, wakes up, and its agent is there as before.
    async fn sleeps(&mut self) {
        let _console = self.boot().await;
        self.domain.pm_suspend(SuspendTarget::Memory, PmSuspendOptions::default()).await.unwrap();
        self.until("lifecycle pm_suspended memory").await;
        assert_eq!(self.domain.state().await.unwrap().state, DomainState::PmSuspended);
        let asleep =
            self.domain.pm_suspend(SuspendTarget::Memory, PmSuspendOptions::default()).await.unwrap_err();
        assert_eq!(asleep.kind(), ErrorKind::InvalidState, "{asleep}");
        self.domain.pm_wakeup().await.unwrap();
        self.until("lifecycle started wakeup").await;
        // Its driver closes the channel for the sleep, and opens it behind.
        self.until("agent_lifecycle connected channel").await;
        let name = self.domain.hostname(HostnameOptions::default().agent(true)).await.unwrap();
        assert!(!name.is_empty());
        self.domain.destroy(DestroyOptions::default()).await.unwrap();
        self.until("lifecycle stopped destroyed").await;
    }

    async fn end(&self) {
        let state = self.domain.state().await.unwrap();
        assert_eq!(format!("{} {}", state.state, state.reason), "shutoff shutoff_shutdown");
        self.domain.undefine(UndefineOptions::default()).await.unwrap();
    }

    fn is_caused(&self, line: &str, by: Initiator) {
        let cause = self.told.iter().find(|(told, _)| told == line).map(|(_, initiator)| *initiator);
        assert_eq!(cause, Some(by), "{line}");
    }

    /// Waits until this is told, behind all that was waited for before.
    async fn until(&mut self, line: &str) {
        loop {
            while let Some((told, _)) = self.told.get(self.seen) {
                self.seen += 1;
                if told == line {
                    return;
                }
            }
            let delivery = tokio::time::timeout(PATIENCE, self.events.recv()).await;
            let delivery = delivery.unwrap_or_else(|_| panic!("'{line}' is not told, but {:?}", self.told));
            let Some(Delivery::Event(event)) = delivery else { panic!("{delivery:?}") };
            self.told.push((line_of(&event), event.cause.initiator));
        }
    }
}

fn line_of(event: &Event) -> String {
    let body = serde_json::to_value(event).unwrap()["body"].take();
    let text = |field: &str| body[field].as_str().unwrap_or_default().to_owned();
    match event.kind() {
        EventKind::Lifecycle => format!("lifecycle {} {}", text("change"), text("detail")),
        EventKind::AgentLifecycle => format!("agent_lifecycle {} {}", text("state"), text("reason")),
        EventKind::NicMacChange => format!("nic_mac_change {} {}", text("old_mac"), text("new_mac")),
        kind => kind.as_str().to_owned(),
    }
}

fn document(linux: &Linux) -> String {
    let disk = |name: &str| {
        let path = linux.initrd.with_file_name(name);
        std::fs::File::create(&path).and_then(|file| file.set_len(8 << 20)).unwrap();
        path.display().to_string()
    };
    format!(
        "<domain type='qemu'><name>linux</name><memory unit='MiB'>160</memory><vcpu>1</vcpu>\
         <os><type arch='x86_64' machine='q35'>hvm</type><kernel>{}</kernel><initrd>{}</initrd><cmdline>{}</cmdline></os>\
         <features><acpi/></features><devices><emulator>/usr/bin/qemu-system-x86_64</emulator><serial type='pty'/>\
         <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>\
         <interface type='user'><mac address='52:54:00:00:00:01'/><model type='virtio'/></interface>\
         <disk type='file' device='disk'><driver name='qemu' type='raw' discard='unmap'/><source file='{}'/><target dev='vda' bus='virtio'/></disk>\
         <disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='{}'/><target dev='sda' bus='scsi'/></disk>\
         <controller type='scsi' model='virtio-scsi'/></devices></domain>",
        linux.kernel.display(),
        linux.initrd.display(),
        Linux::COMMAND_LINE,
        disk("vda.img"),
        disk("sda.img"),
    )
}

async fn say(console: &mut ByteStream, line: &str) {
    console.write(line.as_bytes()).await.unwrap();
    console.flush().await.unwrap();
}

async fn read_until(console: &mut ByteStream, wanted: &str) {
    let mut text = String::new();
    let mut chunk = [0; 256];
    while !text.contains(wanted) {
        let read = tokio::time::timeout(PATIENCE, console.read(&mut chunk)).await;
        let count = read.unwrap_or_else(|_| panic!("{text:?}, and nothing more")).unwrap();
        assert!(count > 0, "the console ends after {text:?}");
        text.push_str(&String::from_utf8_lossy(&chunk[..count]));
    }
}
