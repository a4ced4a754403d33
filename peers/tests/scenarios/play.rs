//! Playing a scenario, and writing down what is told.

use super::all::{Scenario, Step};
use omnivirt::event::{Event, EventKind, Initiator};
use omnivirt::events::{Delivery, EventFilter, EventStream, Policy};
use omnivirt::stream::ByteStream;
use omnivirt::*;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// How long an event or a part of a console's text may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// What was told of a domain's events.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) lines: Vec<String>,
    pub(crate) causes: Vec<(String, Initiator)>,
}

struct Scene<'a> {
    domain: Domain,
    events: EventStream,
    told: Told,
    /// How many of the lines have been waited for.
    seen: usize,
    console: Option<ByteStream>,
    folder: &'a Path,
    name: String,
}

/// Plays a scenario on a domain of its own, which is gone afterwards.
pub(crate) async fn play(
    connection: &Connection,
    scenario: &Scenario,
    kernel: &Path,
    folder: &Path,
    full: &FullDisk,
) -> Told {
    let name: String =
        scenario.name.chars().map(|letter| if letter.is_alphanumeric() { letter } else { '-' }).collect();
    let xml = document(&name, scenario, kernel, folder, &full.path);
    let domain = connection
        .define(&xml, DefineOptions::default())
        .await
        .unwrap_or_else(|error| panic!("{}: {error}", scenario.name));
    let filter = EventFilter::of(domain.reference().clone());
    let events = connection.subscribe(filter, Policy::default()).await.unwrap();
    let told = Told { lines: Vec::new(), causes: Vec::new() };
    let mut scene = Scene { domain, events, told, seen: 0, console: None, folder, name };
    for step in scenario.steps {
        let done = tokio::time::timeout(PATIENCE * 2, scene.step(*step)).await;
        if done.is_err() {
            panic!("{}: {step:?} does not end; told is {:?}", scenario.name, scene.told.lines);
        }
    }
    // The end of every scenario is that the guest has stopped.
    scene.until("lifecycle stopped", 0, scenario.name).await;
    forget_what_libvirt_tells_of_its_own_doing(&mut scene.told.lines);
    let now = connection.domain_by_name(&scene.name).await;
    if let Ok(now) = now {
        let state = now.state().await.unwrap();
        scene.told.lines.push(format!("state {} {}", state.state, state.reason));
        now.undefine(UndefineOptions::default().managed_save(true)).await.unwrap();
    } else {
        scene.told.lines.push("gone".to_owned());
    }
    scene.told
}

impl Scene<'_> {
    async fn step(&mut self, step: Step) {
        let domain = self.domain.clone();
        let image = self.folder.join(format!("{}.image", self.name)).display().to_string();
        match step {
            Step::Boot => {
                domain
                    .start(StartOptions::default().paused(true))
                    .await
                    .unwrap_or_else(|error| panic!("{}: {error}", self.name));
                let mut console = domain.open_console(None, ConsoleOptions::default()).await.unwrap();
                domain.resume().await.unwrap();
                read_until(&mut console, "READY").await;
                self.console = Some(console);
                self.until("lifecycle resumed", 0, "booting").await;
                self.told.lines.clear();
                self.told.causes.clear();
                self.seen = 0;
            }
            Step::Do(letter) => {
                let console = self.console.as_mut().unwrap();
                console.write(&[b'!', letter]).await.unwrap();
                console.flush().await.unwrap();
            }
            Step::Shutdown => {
                domain.shutdown(ShutdownOptions::default().acpi_power_button(true)).await.unwrap()
            }
            Step::Reboot => domain.reboot(RebootOptions::default().acpi_power_button(true)).await.unwrap(),
            Step::Reset => domain.reset().await.unwrap(),
            Step::Suspend => domain.suspend().await.unwrap(),
            Step::Resume => domain.resume().await.unwrap(),
            Step::Destroy => domain.destroy(DestroyOptions::default()).await.unwrap(),
            Step::DestroyGracefully => {
                domain.destroy(DestroyOptions::default().graceful(true)).await.unwrap()
            }
            Step::Save => domain.save(&image, SaveOptions::default()).await.unwrap(),
            Step::ManagedSave => domain.managed_save(ManagedSaveOptions::default()).await.unwrap(),
            Step::Dump => {
                let options = DumpOptions::default().memory_only(true);
                domain.dump(&image, DumpFormat::Raw, options).await.unwrap();
            }
            Step::DumpAndCrash => {
                let options = DumpOptions::default().memory_only(true).crash(true);
                domain.dump(&image, DumpFormat::Raw, options).await.unwrap();
            }
            Step::Undefine => domain.undefine(UndefineOptions::default()).await.unwrap(),
            Step::Wakeup => domain.pm_wakeup().await.unwrap(),
            Step::Memory(kib) => {
                domain
                    .set_memory(kib, AffectOptions::default().live(true), SetMemoryOptions::default())
                    .await
                    .unwrap();
            }
            Step::Monitor(command) => {
                // The answer of a command that ends QEMU may not come.
                let _ = domain.qemu_monitor_command(command, MonitorCommandOptions::default()).await;
            }
            Step::Signal(number) => {
                let pid = process_of(&self.name);
                let signal = rustix::process::Signal::from_named_raw(number).unwrap();
                rustix::process::kill_process(pid, signal).unwrap();
            }
            Step::Told(line) => {
                self.seen = self.until(line, self.seen, "a step").await;
            }
            Step::View => view(&self.folder.join("viewers/vnc.sock")).await,
        }
    }

    /// Waits until a line that begins so is told, looking from the given one on. Returns the place behind it.
    async fn until(&mut self, beginning: &str, from: usize, what: &str) -> usize {
        let mut place = from;
        loop {
            while place < self.told.lines.len() {
                place += 1;
                if self.told.lines[place - 1].starts_with(beginning) {
                    return place;
                }
            }
            let delivery = tokio::time::timeout(PATIENCE, self.events.recv()).await;
            let delivery = delivery.unwrap_or_else(|_| {
                panic!("{}: {what}: '{beginning}' is not told, but {:?}", self.name, self.told.lines)
            });
            let Some(Delivery::Event(event)) = delivery else { panic!("{delivery:?}") };
            self.note(&event);
        }
    }

    fn note(&mut self, event: &Event) {
        let Some(line) = line_of(event) else { return };
        self.told.causes.push((line.clone(), event.cause.initiator));
        // A machine may be reset more than once on its way: by its keyboard controller, then by its firmware.
        if line == "reboot" && self.told.lines.last().is_some_and(|last| last == "reboot") {
            return;
        }
        self.told.lines.push(line);
    }
}

/// Where libvirt destroys a domain, it tells now and then that QEMU was asked to end, and that its monitor broke; and where a guest
/// panics, that its virtual CPUs stand still for that, and run again.
fn forget_what_libvirt_tells_of_its_own_doing(lines: &mut Vec<String>) {
    lines.retain(|line| line != "control_error");
    if let Some(place) = lines.iter().position(|line| line == "lifecycle crashed panicked") {
        let mut place = place;
        if place > 0 && lines[place - 1] == "lifecycle suspended paused" {
            lines.remove(place - 1);
            place -= 1;
        }
        let runs_again = lines.iter().skip(place).position(|line| line == "lifecycle resumed unpaused");
        if let Some(later) = runs_again {
            lines.remove(place + later);
        }
    }
    let destroyed = lines.iter().position(|line| line == "lifecycle stopped destroyed");
    if let Some(place) = destroyed.and_then(|place| place.checked_sub(1))
        && lines[place] == "lifecycle shutdown host"
    {
        lines.remove(place);
    }
}

/// An event, as far as it is the same on every host.
fn line_of(event: &Event) -> Option<String> {
    let json = serde_json::to_value(event).unwrap();
    let body = &json["body"];
    let text = |field: &str| body[field].as_str().unwrap_or_default().to_owned();
    let kind = event.kind();
    let line = match kind {
        EventKind::Lifecycle => format!("lifecycle {} {}", text("change"), text("detail")),
        EventKind::Watchdog => format!("watchdog {}", text("action")),
        EventKind::IoError => format!("io_error {} {}", text("action"), text("reason")),
        EventKind::Graphics => format!("graphics {}", text("phase")),
        EventKind::TrayChange => format!("tray_change {} {}", text("alias"), text("reason")),
        EventKind::MemoryFailure => format!("memory_failure {} {}", text("recipient"), text("action")),
        EventKind::MonitorEvent => return None,
        _ => kind.as_str().to_owned(),
    };
    Some(line)
}

fn document(name: &str, scenario: &Scenario, kernel: &Path, folder: &Path, full: &Path) -> String {
    let devices = scenario
        .devices
        .replace("FULL", &full.display().to_string())
        .replace("FOLDER", &folder.display().to_string());
    format!(
        "<domain type='qemu'><name>{name}</name><memory unit='MiB'>16</memory><vcpu>1</vcpu>\
         <os><type arch='x86_64' machine='pc'>hvm</type><kernel>{}</kernel></os><features><acpi/></features>{}\
         <devices><emulator>/usr/bin/qemu-system-x86_64</emulator><serial type='pty'/>{devices}</devices></domain>",
        kernel.display(),
        scenario.elements,
    )
}

/// A file system of 64 KiB with a disk image in it that has more than that to be written. It is made before a daemon that
/// has mounts of its own is started.
#[derive(Debug)]
pub(crate) struct FullDisk {
    path: PathBuf,
    _folder: tempfile::TempDir,
}

impl FullDisk {
    pub(crate) fn make() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("full");
        std::fs::create_dir_all(&path).unwrap();
        std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
        let flags = rustix::mount::MountFlags::empty();
        rustix::mount::mount("full", &path, "tmpfs", flags, Some(c"size=64k,mode=0777")).unwrap();
        let image = std::fs::File::create(path.join("disk.img")).unwrap();
        image.set_len(1 << 20).unwrap();
        // What is left after this is less than a block.
        std::fs::write(path.join("rest"), vec![0; 128 << 10]).unwrap_err();
        std::fs::set_permissions(path.join("disk.img"), PermissionsExt::from_mode(0o666)).unwrap();
        Self { path, _folder: folder }
    }
}

impl Drop for FullDisk {
    fn drop(&mut self) {
        // A guest that a failed scenario has left may hold it: it goes with that.
        let _ = rustix::mount::unmount(&self.path, rustix::mount::UnmountFlags::DETACH);
    }
}

/// The QEMU process of a domain, by its command line.
fn process_of(name: &str) -> rustix::process::Pid {
    let wanted = format!("guest={name},");
    for process in std::fs::read_dir("/proc").unwrap().filter_map(std::result::Result::ok) {
        let line = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line);
        if line.contains(&wanted) && line.contains("qemu-system") {
            let number = process.file_name().to_str().and_then(|name| name.parse().ok());
            return number.and_then(rustix::process::Pid::from_raw).unwrap();
        }
    }
    panic!("no process of the domain {name} is there");
}

/// Comes as a viewer of VNC without a password, and goes.
async fn view(socket: &Path) {
    let mut stream = tokio::net::UnixStream::connect(socket).await.unwrap();
    let mut version = [0; 12];
    stream.read_exact(&mut version).await.unwrap();
    stream.write_all(b"RFB 003.008\n").await.unwrap();
    let mut kinds = [0; 2];
    stream.read_exact(&mut kinds).await.unwrap();
    assert_eq!(kinds, [1, 1], "the kinds of security");
    stream.write_all(&[1]).await.unwrap();
    let mut result = [0; 4];
    stream.read_exact(&mut result).await.unwrap();
    assert_eq!(result, [0; 4], "the result of security");
    stream.write_all(&[1]).await.unwrap();
    let mut size = [0; 24];
    stream.read_exact(&mut size).await.unwrap();
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
