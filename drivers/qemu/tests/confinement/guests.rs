//! Guests in a root of their own.

use omnivirt_core::*;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A root, a folder for images beside it, and a guest's kernel. Whatever runs there ends with this.
pub(crate) struct Guests {
    folder: TempDir,
    pub(crate) kernel: PathBuf,
}

impl Guests {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        // The guests' user has to come through.
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        std::fs::create_dir(folder.path().join("root")).unwrap();
        let kernel = omnivirt_peers::guest::build(folder.path()).unwrap();
        Self { folder, kernel }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Makes a file that only its owner can use.
    pub(crate) fn file(&self, name: &str, contents: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, contents).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        path
    }

    /// An empty disk that only its owner can use.
    pub(crate) fn disk(&self, name: &str) -> PathBuf {
        self.file(name, &vec![0; 1 << 20])
    }

    /// Opens the root with more parameters.
    pub(crate) async fn open(&self, parameters: &str) -> Connection {
        let uri = format!("qemu:///embed?root={}{parameters}", self.path("root").display());
        let registry = Registry::of([omnivirt_driver_qemu::ENTRY]);
        registry.open(&uri, ConnectOptions::default()).await.unwrap()
    }

    /// The document of a small guest.
    pub(crate) fn xml(&self, name: &str, elements: &str, devices: &str) -> String {
        document(name, &self.kernel, elements, devices)
    }

    /// The process of a run, and the folder of its record.
    pub(crate) fn process(&self, id: u32) -> i32 {
        let path = self.path("root").join(format!("run/{id}.kept/run.json"));
        let record: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        i32::try_from(record["process"]["pid"].as_i64().unwrap()).unwrap()
    }

    pub(crate) fn log(&self, name: &str) -> PathBuf {
        self.path("root").join("log").join(name)
    }
}

impl Drop for Guests {
    fn drop(&mut self) {
        omnivirt_peers::guest::end_all_in(self.folder.path());
    }
}

/// The document of a small guest with that kernel.
pub(crate) fn document(name: &str, kernel: &Path, elements: &str, devices: &str) -> String {
    format!(
        "<domain type='qemu' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><name>{}</name>\
         <memory unit='MiB'>32</memory><vcpu>1</vcpu>{elements}<os><type arch='x86_64' machine='pc'>hvm</type>\
         <kernel>{}</kernel></os><features><acpi/></features><devices>\
         <emulator>/usr/bin/qemu-system-x86_64</emulator>{devices}</devices></domain>",
        escaped(name),
        escaped(kernel.to_str().unwrap()),
    )
}

pub(crate) fn escaped(text: &str) -> String {
    let special = |letter: char| match letter {
        '&' | '<' | '>' | '\'' | '"' | '\n' | '\t' => format!("&#{};", u32::from(letter)),
        letter => letter.to_string(),
    };
    text.chars().map(special).collect()
}

/// A disk with that image.
pub(crate) fn disk(path: &Path, format: &str, target: &str, inner: &str) -> String {
    format!(
        "<disk type='file' device='disk'><driver name='qemu' type='{format}'/><source file='{}'/>\
         <target dev='{target}' bus='virtio'/>{inner}</disk>",
        escaped(path.to_str().unwrap())
    )
}

/// Runs a program that a test needs.
pub(crate) fn run(program: &str, arguments: &[&str]) {
    let output = std::process::Command::new(program).args(arguments).output();
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Whether this is root; says so if a test needs it and it is not.
pub(crate) fn is_root() -> bool {
    let is_root = rustix::process::geteuid().is_root();
    if !is_root {
        eprintln!("skipped: only root can run guests as another user");
    }
    is_root
}

pub(crate) fn owner(path: &Path) -> u32 {
    rustix::fs::stat(path).unwrap().st_uid
}

/// A line of `/proc/PID/status`.
pub(crate) fn status(of: &str, field: &str) -> String {
    let text = std::fs::read_to_string(format!("/proc/{of}/status")).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
    line.unwrap().trim().to_owned()
}

/// Looks again until it is so.
pub(crate) async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

pub(crate) async fn define(connection: &Connection, xml: &str) -> Result<Domain> {
    connection.define(xml, DefineOptions::default()).await
}

/// Defines a domain and starts it.
pub(crate) async fn start(connection: &Connection, xml: &str) -> Result<Domain> {
    let domain = define(connection, xml).await?;
    domain.start(StartOptions::default()).await?;
    Ok(domain)
}

pub(crate) async fn number(domain: &Domain) -> u32 {
    let xml = domain.dumpxml(DumpxmlOptions::default()).await.unwrap();
    let number = xml.split(" id='").nth(1).and_then(|rest| rest.split('\'').next());
    number.unwrap_or_else(|| panic!("no number in {xml}")).parse().unwrap()
}

pub(crate) async fn stop(domain: &Domain) {
    domain.destroy(DestroyOptions::default()).await.unwrap();
}
