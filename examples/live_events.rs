//! Watches the events of three domains while they go through their life.
//!
//! The domains are from real virt-install documents; the host is simulated, so no hypervisor is needed. One task
//! plays the part of administrator, guests and hardware, the other shows each event as it arrives. It ends by itself.

#![allow(clippy::print_stdout, reason = "showing is what this program is for")]

use omnivirt::event::record::{FieldRef, FieldVisitor};
use omnivirt::event::{
    Cause, Event, EventBody, Initiator, IoError, IoErrorAction, LifecycleChange, RtcChange, Watchdog,
    WatchdogAction,
};
use omnivirt::events::{Delivery, EventFilter, EventStream, Policy};
use omnivirt::{
    AffectOptions, Caller, ConnectOptions, Connection, DefineOptions, DestroyOptions, Domain, RebootOptions,
    RestoreOptions, Result, SaveOptions, SetMemoryOptions, ShutdownOptions, SnapshotCreateOptions,
    SnapshotRevertOptions, StartOptions, Timestamp, UndefineOptions, Uuid,
};
use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Duration;

const DEBIAN: &str = include_str!("domains/debian.xml");
const FEDORA: &str = include_str!("domains/fedora.xml");
const WINDOWS: &str = include_str!("domains/windows.xml");

/// A second disk, to be plugged into a running domain.
const DISK: &str = "<disk type='file' device='disk'><driver name='qemu' type='qcow2'/>\
                    <source file='/var/lib/libvirt/images/data.qcow2'/><target dev='vdb' bus='virtio'/></disk>";

#[tokio::main]
async fn main() -> ExitCode {
    match show().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn show() -> Result<()> {
    let options = ConnectOptions::default().caller(Caller::named("you"));
    let connection = omnivirt::connect_with("test:///default", options).await?;
    let events = connection.subscribe(EventFilter::all(), Policy::default()).await?;
    let screen = Screen::new();
    screen.heading(&connection);
    let watching = tokio::spawn(watch(events, screen));
    let played = play(&connection).await;
    // Closing delivers what is queued, then the end.
    let closed = connection.close().await;
    let (shown, lost) = watching.await.expect("the watcher does not panic");
    println!(
        "\n{shown} events in order, {lost} lost. Go on with README.md, docs/src/events.md, or omnivirt --help"
    );
    played.and(closed)
}

/// Shows every delivery until the connection closes, and counts the events that came and those that were lost.
async fn watch(mut events: EventStream, screen: Screen) -> (u64, u64) {
    let (mut shown, mut lost) = (0, 0);
    while let Some(delivery) = events.recv().await {
        match delivery {
            Delivery::Event(event) => {
                screen.event(&event);
                shown += 1;
            }
            // What is lost, since a program does not keep up, is never lost in silence.
            Delivery::Gap(gap) => {
                println!("{} events were lost here", gap.lost);
                lost += gap.lost;
            }
        }
    }
    (shown, lost)
}

/// What happens on the host.
async fn play(connection: &Connection) -> Result<()> {
    let debian = connection.define(DEBIAN, DefineOptions::default()).await?;
    let fedora = connection.define(FEDORA, DefineOptions::default()).await?;
    let windows = connection.define(WINDOWS, DefineOptions::default()).await?;
    pause().await;
    for domain in [&debian, &fedora, &windows] {
        domain.start(StartOptions::default()).await?;
        pause().await;
    }

    // An administrator at work.
    debian.set_memory(768 * 1024, AffectOptions::default(), SetMemoryOptions::default()).await?;
    pause().await;
    debian.attach_device(DISK, AffectOptions::default().live(true)).await?;
    pause().await;
    fedora.suspend().await?;
    pause().await;
    fedora.resume().await?;
    pause().await;
    let before = "<domainsnapshot><name>before-upgrade</name></domainsnapshot>";
    let snapshot = fedora.create_snapshot(before, SnapshotCreateOptions::default()).await?;
    pause().await;
    fedora.reboot(RebootOptions::default()).await?;
    pause().await;
    snapshot.revert(SnapshotRevertOptions::default()).await?;
    pause().await;
    windows.save("/var/lib/saved/windows", SaveOptions::default()).await?;
    pause().await;
    connection.restore("/var/lib/saved/windows", RestoreOptions::default()).await?;
    pause().await;

    // Guests and hardware act by themselves.
    let image = "/var/lib/libvirt/images/w11.qcow2".to_owned();
    let full = IoError::new(image, "sata0-0-0".to_owned(), IoErrorAction::Pause, Some("enospc".to_owned()));
    happens(&windows, Cause::hypervisor(), full).await?;
    pause().await;
    happens(&debian, Cause::guest(), RtcChange::new(3600)).await?;
    pause().await;
    happens(&debian, Cause::guest(), Watchdog::new(WatchdogAction::Reset)).await?;
    pause().await;

    // And the end.
    debian.shutdown(ShutdownOptions::default()).await?;
    pause().await;
    for domain in [&fedora, &windows] {
        domain.destroy(DestroyOptions::default()).await?;
        pause().await;
    }
    for domain in [&debian, &fedora, &windows] {
        domain.undefine(UndefineOptions::default().snapshots_metadata(true).nvram(true).tpm(true)).await?;
    }
    Ok(())
}

/// Has something happen to a domain that no call brings about.
async fn happens(domain: &Domain, cause: Cause, what: impl Into<EventBody>) -> Result<()> {
    let mut event = Event::new(Uuid::nil(), 0, Timestamp::now(), what);
    event.object = Some(domain.reference().clone().into());
    event.cause = cause;
    let json = serde_json::to_string(&event).expect("an event is always JSON");
    domain.connection().inject_event(&json).await
}

/// Time to read.
async fn pause() {
    tokio::time::sleep(Duration::from_millis(550)).await;
}

/// Writes events as coloured columns.
struct Screen {
    is_coloured: bool,
}

impl Screen {
    fn new() -> Self {
        let is_plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self { is_coloured: std::io::stdout().is_terminal() && !is_plain }
    }

    fn heading(&self, connection: &Connection) {
        println!("Watching {}\n", connection.uri());
        let columns =
            format!("{:14}{:>4}  {:10}{:20}{:33}{}", "TIME", "SEQ", "DOMAIN", "EVENT", "CAUSE", "DETAILS");
        println!("{}", self.paint("1", &columns));
    }

    fn event(&self, event: &Event) {
        let time = event.time.to_string();
        // The time of day, to the millisecond.
        let time = time.get(11..23).unwrap_or(&time);
        let object = event.object.as_ref().map_or("-", |object| object.name());
        let (name, colour) = name_and_colour(&event.body);
        let mut details = Details::default();
        event.body.fields().visit(&mut details);
        println!(
            "{}{:>4}  {}{}{}{}",
            self.paint("2", &format!("{time:14}")),
            event.seq,
            self.paint("36", &format!("{object:10}")),
            self.paint(colour, &format!("{name:20}")),
            self.paint("2", &format!("{:33}", cause(event))),
            details.0,
        );
    }

    fn paint(&self, style: &str, text: &str) -> String {
        if self.is_coloured { format!("\x1b[{style}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

fn name_and_colour(body: &EventBody) -> (String, &'static str) {
    let EventBody::Lifecycle(lifecycle) = body else { return (body.kind().to_string(), "35") };
    let colour = match lifecycle.change {
        LifecycleChange::Started(_) | LifecycleChange::Resumed(_) => "32",
        LifecycleChange::Stopped(_) | LifecycleChange::Crashed(_) => "31",
        LifecycleChange::Suspended(_) | LifecycleChange::Shutdown(_) => "33",
        _ => "0",
    };
    (lifecycle.change.to_string(), colour)
}

fn cause(event: &Event) -> String {
    match (event.cause.initiator, &event.cause.call) {
        (Initiator::Client, Some(call)) => {
            format!("{}: {call}", event.cause.who.as_deref().unwrap_or("a client"))
        }
        (initiator, _) => initiator.to_string(),
    }
}

/// The fields of an event on one line.
#[derive(Default)]
struct Details(String);

impl FieldVisitor for Details {
    fn field(&mut self, name: &'static str, value: FieldRef<'_>) {
        let value = match value {
            // It is the name of the event already.
            FieldRef::Text(_) if name == "change" => return,
            FieldRef::Text(text) => text.to_owned(),
            FieldRef::List(list) => format!("({})", list.len()),
            other => format!("{other:?}"),
        };
        if !self.0.is_empty() {
            self.0.push_str(", ");
        }
        self.0 += &if name == "detail" { value } else { format!("{name}={value}") };
    }
}
