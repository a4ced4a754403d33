//! A command line that can run beside others, beneath one folder, and without rights.

use crate::qemu::MONITOR;
use serde_json::Value;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The command line with everything that it names on the host put beneath a folder.
pub(crate) fn rewritten(line: &str, folder: &Path, number: usize) -> Vec<String> {
    let mut words = shlex::split(line).unwrap();
    let first = words.iter().position(|word| !is_variable(word)).unwrap();
    words.drain(..first);
    let small = memory_to_shrink(&words);
    let mut files = Files { folder, known: HashMap::new(), formats: formats(&words) };
    let mut rewritten = vec![words[0].clone()];
    let mut words = words.into_iter().skip(1).peekable();
    while let Some(option) = words.next() {
        let has_value = words.peek().is_some_and(|next| !next.starts_with('-'));
        let value = if has_value { words.next() } else { None };
        let value = value.map(|value| one(&option, &value, &mut files, number, small.as_deref()));
        rewritten.push(option);
        rewritten.extend(value);
    }
    rewritten
}

fn is_variable(word: &str) -> bool {
    let name = word.split('=').next().unwrap_or_default();
    word.contains('=')
        && !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
}

/// The size of the memory, in MiB, where it is one piece that may be smaller.
fn memory_to_shrink(words: &[String]) -> Option<String> {
    let size = words.iter().position(|word| word == "-m").map(|at| words[at + 1].clone())?;
    let is_one_piece = !words.iter().any(|word| word == "-numa");
    (is_one_piece && size.parse::<u64>().is_ok_and(|size| !(8..=256).contains(&size))).then_some(size)
}

/// The formats of the images, by the node of what stores them.
fn formats(words: &[String]) -> HashMap<String, String> {
    let nodes = words.iter().filter_map(|word| serde_json::from_str::<Value>(word).ok());
    let pair = |node: Value| Some((node["file"].as_str()?.to_owned(), node["driver"].as_str()?.to_owned()));
    nodes.filter_map(pair).collect()
}

fn one(option: &str, value: &str, files: &mut Files<'_>, number: usize, small: Option<&str>) -> String {
    match option {
        "-accel" => "tcg".to_owned(),
        "-cpu" => match value.strip_prefix("host") {
            Some(rest) => format!("max{rest}"),
            None => value.to_owned(),
        },
        "-m" if small == Some(value) => "256".to_owned(),
        "-chardev" if value.contains("id=charmonitor") => {
            format!("socket,id=charmonitor,path={}", files.folder.join(MONITOR).display())
        }
        "-chardev" => sockets_here(&paths(value, files), number),
        "-vnc" => {
            paths(value, files).replace("vnc=unix:/", "unix:/").pipe(|value| screen_here(&value, number))
        }
        "-spice" => {
            let value = paths(value, files);
            let parts = value.split(',').map(|part| match part.strip_prefix("port=") {
                Some(port) if port != "0" => format!("port={}", 20_000 + number),
                _ if part.starts_with("addr=") && !part.contains('/') => "addr=127.0.0.1".to_owned(),
                _ => part.to_owned(),
            });
            parts.collect::<Vec<_>>().join(",")
        }
        "-kernel" => files.at(value, Kind::Kernel),
        _ if value.starts_with('{') => json(option, value, files, small),
        _ => paths(value, files),
    }
}

trait Pipe: Sized {
    fn pipe<T>(self, with: impl FnOnce(Self) -> T) -> T {
        with(self)
    }
}

impl Pipe for String {}

/// A display on this host, with a number that no other case has.
fn screen_here(value: &str, number: usize) -> String {
    if value.starts_with("unix:") {
        return value.to_owned();
    }
    let mut parts = value.split(',').map(str::to_owned).collect::<Vec<_>>();
    parts[0] = format!("127.0.0.1:{}", 14_000 + number);
    for part in &mut parts {
        if part.starts_with("websocket=") {
            *part = format!("websocket={}", 30_000 + number);
        }
    }
    parts.join(",")
}

/// Sockets of the network listen: nobody else does, at ports that no other case has.
fn sockets_here(value: &str, number: usize) -> String {
    if !value.starts_with("socket,") || !value.contains(",port=") {
        return value.to_owned();
    }
    let base = 40_000 + number * 8;
    let digit = value.bytes().filter(u8::is_ascii_digit).map(usize::from).sum::<usize>() % 8;
    let mut parts: Vec<_> = value.split(',').map(str::to_owned).collect();
    for part in &mut parts {
        if part.starts_with("port=") {
            *part = format!("port={}", base + digit);
        } else if part.starts_with("host=") {
            *part = "host=127.0.0.1".to_owned();
        }
    }
    if !value.contains("server=on") {
        parts.push("server=on,wait=off".to_owned());
    }
    parts.join(",")
}

/// Paths in the values of an option.
fn paths(value: &str, files: &mut Files<'_>) -> String {
    if value.starts_with('/') {
        return files.at(value, Kind::Blob);
    }
    let parts = value.split(',').map(|part| match part.split_once('=') {
        Some(("path", path)) if value.starts_with("local,") => {
            format!("path={}", files.at(path, Kind::Folder))
        }
        Some(("path", path)) if value.starts_with("pipe,") => format!("path={}", files.at(path, Kind::Pipe)),
        Some(("path", path)) if value.starts_with("socket,") => {
            format!("path={}", files.at(path, Kind::None))
        }
        Some((key, path)) if path.starts_with('/') => format!("{key}={}", files.at(path, Kind::Blob)),
        Some(("vnc", path)) => format!("vnc=unix:{}", files.at(path.trim_start_matches("unix:"), Kind::None)),
        _ => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join(",")
}

fn json(option: &str, value: &str, files: &mut Files<'_>, small: Option<&str>) -> String {
    let mut object: Value = serde_json::from_str(value).unwrap();
    if option == "-netdev" && object["type"] == "tap" {
        return serde_json::json!({ "type": "user", "id": object["id"] }).to_string();
    }
    if object["driver"] == "host_device" && option == "-blockdev" {
        object["driver"] = "file".into();
    }
    let is_variables = object["node-name"].as_str().is_some_and(|name| name.contains("pflash1"));
    let format = object["node-name"].as_str().and_then(|name| files.formats.get(name)).cloned();
    let is_memory = object["qom-type"].as_str().is_some_and(|kind| kind.starts_with("memory-backend"));
    if is_memory {
        let is_main = object["id"].as_str().is_some_and(|id| id.ends_with("ram") || id.ends_with("highmem"));
        if is_main && small.is_some() {
            object["size"] = (256_u64 << 20).into();
        }
        if object.get("prealloc").is_some() {
            object["prealloc"] = false.into();
        }
    }
    for (key, value) in object.as_object_mut().unwrap() {
        let Some(path) = value.as_str().filter(|path| path.starts_with('/')) else { continue };
        let kind = match (key.as_str(), format.as_deref()) {
            ("dir", _) => Kind::Folder,
            ("mem-path", _) => Kind::None,
            ("filename", Some(format)) if format != "raw" => Kind::Image(format.to_owned()),
            ("filename", _) if path.starts_with("/dev/") && path.contains("random") => continue,
            ("filename", _) if is_variables => Kind::Variables,
            ("filename", _) => Kind::Disk,
            ("file", _) => Kind::Blob,
            _ => continue,
        };
        *value = files.at(path, kind).into();
    }
    object.to_string()
}

/// What is made for a path.
enum Kind {
    None,
    /// Something to read.
    Blob,
    Disk,
    Image(String),
    /// The variables of firmware.
    Variables,
    Kernel,
    Folder,
    Pipe,
}

struct Files<'a> {
    folder: &'a Path,
    known: HashMap<String, PathBuf>,
    formats: HashMap<String, String>,
}

impl Files<'_> {
    /// Where a path is beneath the folder. The same path is the same file.
    fn at(&mut self, path: &str, kind: Kind) -> String {
        // What the system's packages have is there, or is not.
        if path.starts_with("/usr/") && !matches!(kind, Kind::None) {
            return path.to_owned();
        }
        if let Some(known) = self.known.get(path) {
            return known.display().to_string();
        }
        let made = self.folder.join(format!("f{}", self.known.len()));
        make(path, &made, &kind);
        self.known.insert(path.to_owned(), made.clone());
        made.display().to_string()
    }
}

/// What QEMU takes for a Linux kernel: the header of one, and nothing that runs.
fn kernel() -> Vec<u8> {
    let mut kernel = vec![0; 1 << 16];
    kernel[0x1f1] = 1;
    kernel[0x202..0x206].copy_from_slice(b"HdrS");
    kernel[0x206..0x208].copy_from_slice(&0x020c_u16.to_le_bytes());
    kernel[0x211] = 1;
    kernel[0x22c..0x230].copy_from_slice(&0x7fff_ffff_u32.to_le_bytes());
    kernel
}

fn make(path: &str, made: &Path, kind: &Kind) {
    let disk = |bytes: u64| std::fs::File::create(made).unwrap().set_len(bytes).unwrap();
    match kind {
        Kind::None => {}
        Kind::Folder => std::fs::create_dir(made).unwrap(),
        Kind::Pipe => {
            let status = Command::new("mkfifo").arg(made).status().unwrap();
            assert!(status.success(), "mkfifo");
        }
        Kind::Blob if path.ends_with("master-key.aes") => std::fs::write(made, [7; 32]).unwrap(),
        Kind::Blob => disk(1 << 12),
        Kind::Kernel => std::fs::write(made, kernel()).unwrap(),
        Kind::Variables => {
            std::fs::copy("/usr/share/OVMF/OVMF_VARS_4M.fd", made).map_or_else(|_| disk(64 << 10), |_| ());
        }
        Kind::Disk => disk(64 << 20),
        Kind::Image(format) => {
            let mut create = Command::new("qemu-img");
            create.args(["create", "-q", "-f", format]).arg(made).arg("64M");
            assert!(create.status().unwrap().success(), "qemu-img create -f {format}");
        }
    }
}
