//! The ways of writing a command line.

use super::{CommandLine, Context, PassedFile};
use omnivirt_core::document::TextValue;
use omnivirt_core::domain::Domain;
use omnivirt_core::domain::devices::address::Address;
use omnivirt_core::domain::devices::{DeviceInfo, VirtioOptions};
use omnivirt_core::domain::rules::qemu::{Machine, MachineFamily};
use omnivirt_core::{Error, ErrorKind, Result};
use serde_json::{Map, Value};
use std::fmt::Write as _;

/// A command line that is being written.
pub(super) struct Builder<'a> {
    pub(super) domain: &'a Domain,
    pub(super) context: &'a Context<'a>,
    pub(super) machine: Machine<'a>,
    arguments: Vec<String>,
    files: Vec<PassedFile>,
}

/// The number of the first file that a process inherits.
const FIRST_FILE: usize = 3;

impl<'a> Builder<'a> {
    pub(super) fn new(domain: &'a Domain, context: &'a Context<'a>) -> Self {
        Self { domain, context, machine: Machine::of(domain), arguments: Vec::new(), files: Vec::new() }
    }

    /// Writes an option that stands alone.
    pub(super) fn flag(&mut self, name: &str) {
        self.arguments.push(name.to_owned());
    }

    /// Writes an option with a value.
    pub(super) fn option(&mut self, name: &str, value: impl Into<String>) {
        self.arguments.push(name.to_owned());
        self.arguments.push(value.into());
    }

    /// Writes an option whose value is a list of properties.
    pub(super) fn list(&mut self, name: &str, list: List) {
        self.option(name, list.0);
    }

    /// Writes an option whose value is in JSON.
    pub(super) fn json(&mut self, name: &str, properties: Properties) {
        self.option(name, Value::Object(properties.0).to_string());
    }

    /// Writes a device, with what the document's `qemu:override` says of it.
    pub(super) fn device(&mut self, mut properties: Properties) -> Result<()> {
        let id = properties.0.get("id").and_then(Value::as_str).map(str::to_owned);
        if let (Some(overrides), Some(id)) = (&self.domain.qemu_override, id) {
            let of_this = overrides.devices.iter().filter(|device| device.alias.as_deref() == Some(&id));
            for property in
                of_this.filter_map(|device| device.frontend.as_ref()).flat_map(|end| &end.properties)
            {
                properties.change(property)?;
            }
        }
        self.json("-device", properties);
        Ok(())
    }

    /// Has the process inherit a file, and says which number it has.
    pub(super) fn pass(&mut self, file: PassedFile) -> usize {
        self.files.push(file);
        FIRST_FILE + self.files.len() - 1
    }

    pub(super) fn finish(self) -> Result<CommandLine> {
        let program = self.domain.devices.emulator.clone().ok_or_else(|| {
            Error::new(ErrorKind::Internal, "a completed domain names no program that runs it")
        })?;
        let mut environment = vec![
            ("LC_ALL".to_owned(), "C".to_owned()),
            ("PATH".to_owned(), "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".to_owned()),
            ("HOME".to_owned(), self.context.directory.display().to_string()),
        ];
        for variable in self.domain.qemu_command_line.iter().flat_map(|line| &line.environment) {
            let name = variable.name.clone().unwrap_or_default();
            environment.push((name, variable.value.clone().unwrap_or_default()));
        }
        Ok(CommandLine { program, arguments: self.arguments, environment, files: self.files })
    }

    /// The name that a device has; completed documents have one for each.
    pub(super) fn id<'d>(&self, info: &'d DeviceInfo) -> Result<&'d str> {
        let name = info.alias.as_ref().and_then(|alias| alias.name.as_deref());
        name.ok_or_else(|| Error::new(ErrorKind::Internal, "a device of a completed domain has no name"))
    }

    /// Which of virtio's devices it is, by where it stands.
    pub(super) fn virtio(&self, name: &str, info: &DeviceInfo) -> String {
        let bus = match info.address {
            Some(Address::Ccw(_)) => "ccw",
            Some(Address::VirtioMmio) => "device",
            None if self.machine.family == MachineFamily::Microvm => "device",
            _ => "pci",
        };
        format!("virtio-{name}-{bus}")
    }
}

/// Properties of a device or a backend, in JSON.
#[derive(Debug, Clone)]
pub(super) struct Properties(Map<String, Value>);

impl Properties {
    /// Those of a driver.
    pub(super) fn of(driver: impl Into<String>) -> Self {
        Self::default().with("driver", driver.into())
    }

    /// Those of an object.
    pub(super) fn object(class: &str, id: impl Into<String>) -> Self {
        Self::default().with("qom-type", class).with("id", id.into())
    }

    #[must_use]
    pub(super) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    /// With a property that is there only if it has a value.
    #[must_use]
    pub(super) fn maybe(self, name: &str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// With a word of the document, in the same spelling.
    #[must_use]
    pub(super) fn word(self, name: &str, value: Option<&impl TextValue>) -> Self {
        self.maybe(name, value.map(|value| value.to_text().into_owned()))
    }

    /// With what every virtio device can be told.
    #[must_use]
    pub(super) fn virtio(self, options: Option<&VirtioOptions>) -> Self {
        let Some(options) = options else { return self };
        self.maybe("iommu_platform", options.iommu.map(is_on))
            .maybe("ats", options.address_translation.map(is_on))
            .maybe("packed", options.packed.map(is_on))
            .maybe("page-per-vq", options.page_per_queue.map(is_on))
    }

    /// With what every device has: its place, the order in which it is booted from, its ROM.
    #[must_use]
    pub(super) fn info(self, info: &DeviceInfo) -> Self {
        self.maybe("bootindex", info.boot.as_ref().map(|boot| boot.order))
            .maybe("rombar", info.rom.as_ref().and_then(|rom| rom.bar).map(|bar| u32::from(is_on(bar))))
            .maybe("romfile", info.rom.as_ref().and_then(|rom| rom.file.clone()))
            .maybe("acpi-index", info.acpi.as_ref().and_then(|acpi| acpi.index))
    }

    fn change(&mut self, property: &omnivirt_core::domain::foreign::QemuProperty) -> Result<()> {
        use omnivirt_core::domain::foreign::QemuPropertyType as Type;
        let name = property.name.clone().unwrap_or_default();
        let text = property.value.clone().unwrap_or_default();
        let wrong = || {
            let message =
                format!("the value '{text}' of the property '{name}' in <qemu:override> is none of its type");
            Error::new(ErrorKind::XmlInvalid, message)
        };
        let value = match property.property_type {
            Some(Type::Remove) => {
                self.0.remove(&name);
                return Ok(());
            }
            Some(Type::Signed) => text.parse::<i64>().map_err(|_| wrong())?.into(),
            Some(Type::Unsigned) => text.parse::<u64>().map_err(|_| wrong())?.into(),
            Some(Type::Bool) => text.parse::<bool>().map_err(|_| wrong())?.into(),
            _ => text.clone().into(),
        };
        self.0.insert(name, value);
        Ok(())
    }
}

impl Default for Properties {
    fn default() -> Self {
        Self(Map::new())
    }
}

/// Properties in QEMU's older form, `a=b,c=d`.
#[derive(Debug, Clone)]
pub(super) struct List(String);

impl List {
    /// One without anything in it yet.
    pub(super) fn new() -> Self {
        Self(String::new())
    }

    /// One that begins with a value without a name.
    pub(super) fn of(first: impl AsRef<str>) -> Self {
        Self(escaped(first.as_ref()))
    }

    #[must_use]
    pub(super) fn with(mut self, name: &str, value: impl std::fmt::Display) -> Self {
        let value = escaped(&value.to_string());
        let comma = if self.0.is_empty() { "" } else { "," };
        // Writing to a string does not fail.
        let _ = write!(self.0, "{comma}{name}={value}");
        self
    }

    #[must_use]
    pub(super) fn maybe(self, name: &str, value: Option<impl std::fmt::Display>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }
}

/// A comma in a value is written twice.
fn escaped(value: &str) -> String {
    value.replace(',', ",,")
}

pub(super) fn is_on(value: omnivirt_core::document::OnOff) -> bool {
    value == omnivirt_core::document::OnOff::On
}

/// As QEMU says it.
pub(super) fn on_off(value: bool) -> &'static str {
    if value { "on" } else { "off" }
}

/// Something in the document cannot be done.
pub(super) fn unsupported(what: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::ConfigUnsupported, format!("the qemu driver cannot do {what}"))
        .with_hint("leave it out of the document")
}
