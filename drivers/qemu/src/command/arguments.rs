//! The command line while it is made.

use super::context::Context;
use super::keyed::Keyed;
use super::line::{CommandLine, Helper, MonitorCommand, PassedFile, SecretContent, SecretFile};
use super::properties::Properties;
use super::refusal::missing;
use omnivirt_core::Result;
use omnivirt_core::domain::Domain;
use omnivirt_core::domain::foreign::QemuPropertyType;
use omnivirt_core::domain::rules::qemu::Machine;
use serde_json::Value;
use std::collections::HashMap;
use std::path::PathBuf;

/// What a command line is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To be run by this driver.
    Start,
    /// To be read, and run by hand: the monitor is a path, for nobody hands over an open socket.
    Show,
}

/// The command line while it is made.
#[derive(Debug)]
pub(super) struct Arguments<'a> {
    /// What it is made of.
    pub(super) domain: &'a Domain,
    /// What else it depends on.
    pub(super) context: &'a Context<'a>,
    /// What the domain's machine is like.
    pub(super) machine: Machine<'a>,
    purpose: Purpose,
    program: String,
    arguments: Vec<String>,
    files: Vec<PassedFile>,
    folders: Vec<PathBuf>,
    copies: Vec<(PathBuf, PathBuf)>,
    secrets: Vec<SecretFile>,
    descriptor_sets: u32,
    helpers: Vec<Helper>,
    commands: Vec<MonitorCommand>,
    overrides: HashMap<&'a str, Vec<Change<'a>>>,
}

/// A property of a device that the document sets apart from all else.
#[derive(Debug)]
struct Change<'a> {
    name: &'a str,
    /// None takes it away.
    value: Option<Value>,
}

impl<'a> Arguments<'a> {
    pub(super) fn new(domain: &'a Domain, context: &'a Context<'a>, purpose: Purpose) -> Result<Self> {
        let program = domain.devices.emulator.clone().ok_or_else(|| missing("devices/emulator"))?;
        Ok(Self {
            domain,
            context,
            machine: Machine::of(domain),
            purpose,
            program,
            arguments: Vec::new(),
            files: Vec::new(),
            folders: Vec::new(),
            copies: Vec::new(),
            secrets: Vec::new(),
            descriptor_sets: 0,
            helpers: Vec::new(),
            commands: Vec::new(),
            overrides: overrides(domain)?,
        })
    }

    /// Name, the state in which it begins, and the key for secrets that are told to it later.
    pub(super) fn start(&mut self) {
        if self.purpose == Purpose::Start {
            self.pass(PassedFile::Monitor);
        }
        let name = Keyed::default().with("guest", &*self.domain.name).with("debug-threads", "on");
        self.option("-name", name);
        self.word("-S");
        if self.context.is_incoming {
            self.option("-incoming", Keyed::new("defer"));
        }
        let key = self.path("master-key.aes");
        let object =
            Properties::object("secret", "masterKey0").with("format", "raw").with("file", text(&key));
        self.json("-object", object);
        self.secrets.push(SecretFile { path: key, content: SecretContent::Random(32) });
    }

    /// The socket on which QEMU is talked to.
    pub(super) fn monitor(&mut self) {
        self.word("-no-user-config");
        self.word("-nodefaults");
        let socket = Keyed::new("socket").with("id", "charmonitor");
        let socket = match self.purpose {
            Purpose::Start => socket.with("fd", FIRST_FILE),
            Purpose::Show => socket.with("path", text(&self.path("monitor.sock"))),
        };
        self.option("-chardev", socket.with("server", "on").with("wait", "off"));
        let monitor = Keyed::default().with("chardev", "charmonitor").with("id", "monitor");
        self.option("-mon", monitor.with("mode", "control"));
    }

    /// Whether the host's processor runs the guest's instructions itself.
    pub(super) fn is_kvm(&self) -> bool {
        &*self.domain.domain_type == "kvm"
    }

    /// Adds an option without a value.
    pub(super) fn word(&mut self, name: &str) {
        self.arguments.push(name.to_owned());
    }

    /// Adds an option.
    pub(super) fn option(&mut self, name: &str, value: impl Into<String>) {
        self.arguments.extend([name.to_owned(), value.into()]);
    }

    /// Adds an option whose value is JSON.
    pub(super) fn json(&mut self, name: &str, value: Properties) {
        self.option(name, value.to_string());
    }

    /// Adds a device, changed as the document says for its alias.
    pub(super) fn device(&mut self, alias: &str, mut device: Properties) {
        for change in self.overrides.remove(alias).into_iter().flatten() {
            match change.value {
                Some(value) => device.set(change.name, value),
                None => device.remove(change.name),
            }
        }
        self.json("-device", device);
    }

    /// Hands a file to the process. The answer is its number there.
    pub(super) fn pass(&mut self, file: PassedFile) -> usize {
        self.files.push(file);
        FIRST_FILE + self.files.len() - 1
    }

    /// The number of a set of files that has none yet.
    pub(super) fn next_descriptor_set(&mut self) -> u32 {
        self.descriptor_sets += 1;
        self.descriptor_sets
    }

    /// Has a file copied before QEMU starts, if it is not there.
    pub(super) fn copy(&mut self, from: &str, to: &str) {
        self.copies.push((from.into(), to.into()));
    }

    /// Has a folder made before QEMU starts.
    pub(super) fn folder(&mut self, path: PathBuf) {
        if !self.folders.contains(&path) {
            self.folders.push(path);
        }
    }

    /// Puts a secret in a file of the run. The answer is its path.
    pub(super) fn secret(&mut self, name: &str, bytes: Vec<u8>) -> String {
        let path = self.path(name);
        let shown = text(&path);
        self.secrets.push(SecretFile { path, content: SecretContent::Bytes(bytes) });
        shown
    }

    /// Has a program started before QEMU.
    pub(super) fn help(&mut self, helper: Helper) {
        self.helpers.push(helper);
    }

    /// Whether there is an object of this name.
    pub(super) fn has_object(&self, id: &str) -> bool {
        let id = format!("\"id\":\"{id}\"");
        self.arguments.iter().any(|argument| argument.contains(&id))
    }

    /// Whether the command line is only to be read.
    pub(super) fn is_shown(&self) -> bool {
        self.purpose == Purpose::Show
    }

    /// Refuses what the driver would have to do besides, where the guest is to be started and not only shown.
    pub(super) fn refuse_start(&self, element: &str, why: &str) -> Result<()> {
        match self.purpose {
            Purpose::Start => Err(super::refusal::unsupported(element, why)),
            Purpose::Show => Ok(()),
        }
    }

    /// Has QEMU told something before the guest runs.
    pub(super) fn command(&mut self, name: &'static str, arguments: Value) {
        self.commands.push(MonitorCommand { name, arguments });
    }

    /// A path in the folder of the run.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.context.directory.join(name)
    }

    /// What folders of this run are called: the domain's number, -1 while it has none, and the start of its name.
    pub(super) fn run_name(&self) -> String {
        let name: String = self.domain.name.chars().take(20).collect();
        match self.domain.id {
            Some(id) => format!("{id}-{name}"),
            None => format!("-1-{name}"),
        }
    }

    /// Aliases whose changes no device took.
    pub(super) fn unused_overrides(&self) -> impl Iterator<Item = &str> {
        self.overrides.keys().copied()
    }

    pub(super) fn finish(self, environment: Vec<(String, String)>) -> CommandLine {
        CommandLine {
            program: self.program,
            arguments: self.arguments,
            environment,
            files: self.files,
            folders: self.folders,
            copies: self.copies,
            secrets: self.secrets,
            helpers: self.helpers,
            commands: self.commands,
        }
    }
}

/// The number of the first file that a process inherits besides its standard ones.
const FIRST_FILE: usize = 3;

/// A path as text. Paths come from documents, which are text.
pub(super) fn text(path: &std::path::Path) -> String {
    path.to_string_lossy().into_owned()
}

/// What `qemu:override` says, by alias.
fn overrides(domain: &Domain) -> Result<HashMap<&str, Vec<Change<'_>>>> {
    let devices = domain.qemu_override.iter().flat_map(|changes| &changes.devices);
    let mut all: HashMap<_, Vec<_>> = HashMap::new();
    for device in devices {
        let Some(alias) = device.alias.as_deref() else { continue };
        for property in device.frontend.iter().flat_map(|frontend| &frontend.properties) {
            let Some(name) = property.name.as_deref() else { continue };
            let text = property.value.as_deref().unwrap_or_default();
            let value = match property.property_type {
                Some(QemuPropertyType::Remove) => None,
                Some(QemuPropertyType::Signed) => Some(number(text.parse::<i64>().ok(), name)?),
                Some(QemuPropertyType::Unsigned) => Some(number(text.parse::<u64>().ok(), name)?),
                Some(QemuPropertyType::Bool) => Some(Value::Bool(text == "true")),
                _ => Some(Value::from(text)),
            };
            all.entry(alias).or_default().push(Change { name, value });
        }
    }
    Ok(all)
}

fn number(value: Option<impl Into<Value>>, name: &str) -> Result<Value> {
    value.map(Into::into).ok_or_else(|| {
        super::refusal::unsupported("qemu:override", format!("the value of '{name}' is no number"))
    })
}
