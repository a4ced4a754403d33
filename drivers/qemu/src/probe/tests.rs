//! Tests with the host's programs.

use super::Programs;
use omnivirt_core::ErrorKind;
use omnivirt_core::capabilities::{
    CapabilitiesConfig, DomainCapabilities, DomainCapabilitiesConfig, DomainQuestion,
};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

fn question(arch: &str, machine: Option<&str>, domain_type: Option<&str>) -> DomainQuestion {
    DomainQuestion {
        arch: Some(arch.to_owned()),
        machine: machine.map(str::to_owned),
        domain_type: domain_type.map(str::to_owned),
        ..DomainQuestion::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn dump() {
    let folder = tempfile::tempdir().unwrap();
    let programs = Programs::open(folder.path(), None);
    let start = Instant::now();
    let cold = programs.capabilities().await.unwrap();
    eprintln!("cold {:?}", start.elapsed());
    let start = Instant::now();
    programs.capabilities().await.unwrap();
    eprintln!("hot {:?}", start.elapsed());
    let again = Programs::open(folder.path(), None);
    let start = Instant::now();
    let warm = again.capabilities().await.unwrap();
    eprintln!("warm {:?}", start.elapsed());
    assert_eq!(cold, warm);
    std::fs::write("/tmp/qmp-our-caps.xml", CapabilitiesConfig::new(&cold).unwrap().into_string()).unwrap();
    for (file, q) in [
        ("default", question("x86_64", None, None)),
        ("qemu", question("x86_64", None, Some("qemu"))),
        ("q35", question("x86_64", Some("q35"), Some("qemu"))),
        ("microvm", question("x86_64", Some("microvm"), Some("qemu"))),
        ("virt", question("aarch64", Some("virt"), None)),
        ("s390x", question("s390x", None, None)),
        ("ppc64", question("ppc64", None, None)),
        ("riscv64", question("riscv64", Some("virt"), None)),
        ("sparc", question("sparc", None, None)),
    ] {
        let start = Instant::now();
        let doc = programs.domain_capabilities(&q).await.unwrap();
        eprintln!("{file} {:?}", start.elapsed());
        let text = DomainCapabilitiesConfig::new(&doc).unwrap().into_string();
        std::fs::write(format!("/tmp/qmp-our-{file}.xml"), text).unwrap();
    }
}
