//! Containers from the configuration of LXC's own tools.

use super::config::DomainConfig;
use crate::document::{DocumentError, DocumentErrorKind};
use crate::xml::{Document, NewElement, quoted};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The memory of a container whose configuration has no limit, in KiB, as libvirt writes it.
const DEFAULT_MEMORY: u64 = 65_536;
/// The most consoles, so that no small text makes a large document.
const MOST_CONSOLES: u32 = 64;

/// The settings that libvirt makes something of, old names and new.
#[derive(Debug, Default)]
struct Settings {
    name: Option<String>,
    root: Option<String>,
    architecture: Option<String>,
    consoles: u32,
    memory_limit: Option<u64>,
    dropped: Vec<String>,
    /// Sort (`u` or `g`), first in the container, first on the host, how many.
    id_maps: Vec<[String; 4]>,
    /// By number; those with old names are counted.
    networks: BTreeMap<u32, BTreeMap<String, String>>,
}

impl DomainConfig {
    /// The container that a configuration of LXC's tools describes, with a UUID made for it.
    ///
    /// # Errors
    ///
    /// A line is no setting, or a value makes no sense.
    pub fn from_lxc_native(text: &str) -> Result<Self, DocumentError> {
        let settings = Settings::read(text)?;
        Self::try_from(Document::try_from(&settings.domain())?)
    }
}

impl Settings {
    fn read(text: &str) -> Result<Self, DocumentError> {
        let mut settings = Self::default();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let wrong = |message: String| syntax(number, message);
            let (key, value) = line
                .split_once('=')
                .map(|(key, value)| (key.trim(), value.trim()))
                .filter(|(key, _)| !key.is_empty())
                .ok_or_else(|| wrong(format!("{} is no setting; write it as name = value", quoted(line))))?;
            settings.set(key, value).map_err(wrong)?;
        }
        Ok(settings)
    }

    fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        match key {
            "lxc.uts.name" | "lxc.utsname" => self.name = Some(value.to_owned()),
            "lxc.rootfs.path" | "lxc.rootfs" => self.root = Some(value.to_owned()),
            "lxc.arch" => self.architecture = Some(architecture(value).to_owned()),
            "lxc.tty.max" | "lxc.tty" => {
                let count =
                    value.parse().map_err(|_| format!("{} is no number of consoles", quoted(value)))?;
                self.consoles = MOST_CONSOLES.min(count);
            }
            "lxc.cgroup.memory.limit_in_bytes" => self.memory_limit = Some(memory(value)?),
            "lxc.cap.drop" => self.dropped.extend(value.split_whitespace().map(str::to_owned)),
            "lxc.idmap" | "lxc.id_map" => self.id_maps.push(id_map(value)?),
            _ => self.set_network(key, value),
        }
        Ok(())
    }

    /// `lxc.net.0.link`, or `lxc.network.link` behind the `lxc.network.type` that begins the interface.
    fn set_network(&mut self, key: &str, value: &str) {
        let last = self.networks.keys().next_back().copied();
        let (number, name) = match (key.strip_prefix("lxc.network."), key.strip_prefix("lxc.net.")) {
            (Some("type"), _) => (last.map_or(0, |last| last.saturating_add(1)), "type"),
            (Some(name), _) => (last.unwrap_or(0), name),
            (None, Some(rest)) => match rest.split_once('.').map(|(number, name)| (number.parse(), name)) {
                Some((Ok(number), name)) => (number, name),
                _ => return,
            },
            (None, None) => return,
        };
        self.networks.entry(number).or_default().insert(name.to_owned(), value.to_owned());
    }

    fn domain(&self) -> NewElement {
        let text = |name: &str, text: &str| NewElement::new(name).text(text);
        let kib = |name: &str, kib: u64| NewElement::new(name).attribute("unit", "KiB").text(kib.to_string());
        let memory = self.memory_limit.unwrap_or(DEFAULT_MEMORY);
        let mut domain = NewElement::new("domain")
            .attribute("type", "lxc")
            .child(text("name", self.name.as_deref().unwrap_or("unnamed")))
            .child(text("uuid", &Uuid::new_v4().hyphenated().to_string()))
            .child(kib("memory", memory))
            .child(kib("currentMemory", memory));
        if let Some(limit) = self.memory_limit {
            domain = domain.child(NewElement::new("memtune").child(kib("hard_limit", limit)));
        }
        let mut os_type = text("type", "exe");
        if let Some(architecture) = &self.architecture {
            os_type = os_type.attribute("arch", architecture.as_str());
        }
        domain = domain
            .child(text("vcpu", "1").attribute("placement", "static"))
            .child(NewElement::new("os").child(os_type).child(text("init", "/sbin/init")));
        if !self.id_maps.is_empty() {
            domain = domain.child(self.id_map());
        }
        domain
            .child(NewElement::new("features").child(self.capabilities()))
            .child(NewElement::new("clock").attribute("offset", "utc"))
            .child(text("on_poweroff", "destroy"))
            .child(text("on_reboot", "restart"))
            .child(text("on_crash", "destroy"))
            .child(self.devices())
    }

    fn id_map(&self) -> NewElement {
        let of = |sort: &str, name: &str, map: NewElement| {
            self.id_maps.iter().filter(|[own, ..]| own == sort).fold(map, |map, [_, target, start, count]| {
                map.child(
                    NewElement::new(name)
                        .attribute("start", start.as_str())
                        .attribute("target", target.as_str())
                        .attribute("count", count.as_str()),
                )
            })
        };
        of("g", "gid", of("u", "uid", NewElement::new("idmap")))
    }

    fn capabilities(&self) -> NewElement {
        let allowed = NewElement::new("capabilities").attribute("policy", "allow");
        self.dropped.iter().fold(allowed, |all, dropped| {
            all.child(NewElement::new(dropped.as_str()).attribute("state", "off"))
        })
    }

    fn devices(&self) -> NewElement {
        let mut devices = NewElement::new("devices")
            .child(NewElement::new("emulator").text("/usr/lib/libvirt/libvirt_lxc"));
        if let Some(root) = &self.root {
            devices = devices.child(
                NewElement::new("filesystem")
                    .attribute("type", "mount")
                    .attribute("accessmode", "passthrough")
                    .child(NewElement::new("source").attribute("dir", root.as_str()))
                    .child(NewElement::new("target").attribute("dir", "/")),
            );
        }
        devices = self.networks.values().filter_map(interface).fold(devices, NewElement::child);
        (0..self.consoles).fold(devices, |devices, port| {
            let target =
                NewElement::new("target").attribute("type", "lxc").attribute("port", port.to_string());
            devices.child(NewElement::new("console").attribute("type", "pty").child(target))
        })
    }
}

/// An interface; those that are no device of the host's network are left out.
fn interface(settings: &BTreeMap<String, String>) -> Option<NewElement> {
    let value = |name: &str| settings.get(name).map(String::as_str);
    let link = value("link");
    let (sort, source) = match (value("type")?, link) {
        ("veth", Some(link)) => ("bridge", NewElement::new("source").attribute("bridge", link)),
        ("macvlan", Some(link)) => {
            let mode = value("macvlan.mode").unwrap_or("private");
            ("direct", NewElement::new("source").attribute("dev", link).attribute("mode", mode))
        }
        _ => return None,
    };
    let state = if value("flags") == Some("up") { "up" } else { "down" };
    let mac = value("hwaddr").unwrap_or("00:00:00:00:00:00");
    Some(
        NewElement::new("interface")
            .attribute("type", sort)
            .child(NewElement::new("mac").attribute("address", mac))
            .child(source)
            .child(NewElement::new("link").attribute("state", state)),
    )
}

fn architecture(name: &str) -> &str {
    match name {
        "x86" | "i386" | "i486" | "i586" => "i686",
        "amd64" => "x86_64",
        other => other,
    }
}

/// A number of bytes, or of units of 1024 by the letter behind it; in KiB.
fn memory(text: &str) -> Result<u64, String> {
    let wrong = || format!("{} is no amount of memory; write it as 512M", quoted(text));
    let (number, power) = match text.char_indices().last().ok_or_else(wrong)? {
        (at, unit) if unit.is_ascii_alphabetic() => {
            (&text[..at], 1 + "kmgt".find(unit.to_ascii_lowercase()).ok_or_else(wrong)? as u32)
        }
        _ => (text, 0),
    };
    let bytes = number.parse::<u64>().ok().and_then(|number| number.checked_mul(1024_u64.pow(power)));
    bytes.map(|bytes| bytes.div_ceil(1024)).ok_or_else(wrong)
}

fn id_map(text: &str) -> Result<[String; 4], String> {
    let parts: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    let parts: [String; 4] = parts.try_into().unwrap_or_default();
    let are_numbers = parts[1..].iter().all(|part| part.parse::<u32>().is_ok());
    if matches!(parts[0].as_str(), "u" | "g") && are_numbers {
        return Ok(parts);
    }
    Err(format!("{} maps no ids; write it as u 0 100000 65536", quoted(text)))
}

fn syntax(line: usize, message: String) -> DocumentError {
    DocumentError {
        kind: DocumentErrorKind::NativeSyntax,
        line: u32::try_from(line + 1).unwrap_or(u32::MAX),
        column: 1,
        path: String::new(),
        message,
        hint: "",
    }
}
