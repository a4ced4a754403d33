//! Tests with the host's programs, and with some that only look like them.

use super::Programs;
use omnivirt_core::capabilities::domain::{CpuMode, CpuModeName};
use omnivirt_core::capabilities::{CapabilitiesConfig, DomainCapabilities, DomainQuestion};
use omnivirt_core::document::YesNo;
use omnivirt_core::domain::rules::qemu::Architecture;
use omnivirt_core::{Error, ErrorKind};
use rustix::process::{Pid, PidfdFlags};
use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

const QEMU: &str = "/usr/bin/qemu-system-x86_64";

fn question(arch: &str, machine: &str) -> DomainQuestion {
    DomainQuestion {
        arch: Some(arch.to_owned()),
        machine: Some(machine.to_owned()),
        domain_type: Some("qemu".to_owned()),
        ..DomainQuestion::default()
    }
}

fn of_program(path: &Path) -> DomainQuestion {
    DomainQuestion { emulator: Some(path.display().to_string()), ..question("x86_64", "q35") }
}

/// A script in a folder.
fn script(folder: &Path, text: &str) -> PathBuf {
    let path = folder.join("program");
    std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

#[tokio::test]
async fn a_program_is_asked_once_until_it_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let cache = tempfile::tempdir().unwrap();
    let asked = folder.path().join("asked");
    let text = format!("echo >>{}\nexec {QEMU} \"$@\"", asked.display());
    let program = script(folder.path(), &text);
    let count = || std::fs::read_to_string(&asked).map_or(0, |text| text.len());

    let programs = Programs::open(cache.path(), None);
    let first = programs.program(&program).await.unwrap();
    assert_eq!(count(), 1);
    assert_eq!(first.basics.target, "x86_64");
    let domain = programs.domain_capabilities(&of_program(&program)).await.unwrap();
    assert_eq!(count(), 3, "the rest is asked when it is needed");

    let again = Programs::open(cache.path(), None);
    assert_eq!(again.program(&program).await.unwrap().basics, first.basics);
    assert_eq!(again.domain_capabilities(&of_program(&program)).await.unwrap(), domain);
    assert_eq!(count(), 3, "what is kept is not asked again");

    for file in std::fs::read_dir(cache.path()).unwrap() {
        let path = file.unwrap().path();
        let text = std::fs::read(&path).unwrap();
        std::fs::write(&path, &text[..text.len() / 3]).unwrap();
    }
    let damaged = Programs::open(cache.path(), None);
    assert_eq!(damaged.domain_capabilities(&of_program(&program)).await.unwrap(), domain);
    assert_eq!(count(), 5, "what is damaged is asked anew, unless this process knows it");

    script(folder.path(), &format!("{text} # another"));
    assert_eq!(programs.domain_capabilities(&of_program(&program)).await.unwrap(), domain);
    assert_eq!(count(), 8, "another program is asked anew, also by who knew the old one");
}

#[tokio::test]
async fn those_who_ask_at_once_share_the_answer() {
    let folder = tempfile::tempdir().unwrap();
    let cache = tempfile::tempdir().unwrap();
    let asked = folder.path().join("asked");
    let program = script(folder.path(), &format!("echo >>{}\nexec {QEMU} \"$@\"", asked.display()));
    let programs = Programs::open(cache.path(), None);
    let (one, other) = tokio::join!(programs.program(&program), programs.program(&program));
    assert_eq!(one.unwrap().basics, other.unwrap().basics);
    assert_eq!(std::fs::read_to_string(&asked).unwrap().len(), 1);
}

async fn refused(text: &str) -> Error {
    let folder = tempfile::tempdir().unwrap();
    let cache = tempfile::tempdir().unwrap();
    let program = script(folder.path(), text);
    let programs = Programs::with_deadline(cache.path(), None, Duration::from_secs(1));
    programs.program(&program).await.unwrap_err()
}

#[tokio::test]
async fn a_program_that_is_none_of_qemus_says_why() {
    let error = refused("echo no such accelerator >&2; exit 1").await;
    assert_eq!(error.kind(), ErrorKind::HypervisorError);
    assert!(error.message().contains("no such accelerator"), "{error}");
    let error = refused("echo nonsense >&3; exec sleep 60").await;
    assert_eq!(error.kind(), ErrorKind::HypervisorError, "{error}");
    let error = refused("exec 3>&-; exit 0").await;
    assert_eq!(error.kind(), ErrorKind::HypervisorError, "{error}");
    let programs = Programs::open(Path::new("/nonexistent"), None);
    let error = programs.program(Path::new("/nonexistent/qemu")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::System, "{error}");
}

/// Waits until a process has ended; fails if it does not.
async fn ended(pid: i32) {
    tokio::task::spawn_blocking(move || {
        let Ok(process) = rustix::process::pidfd_open(Pid::from_raw(pid).unwrap(), PidfdFlags::empty())
        else {
            return;
        };
        let mut waited = [rustix::event::PollFd::new(&process, rustix::event::PollFlags::IN)];
        let limit = rustix::event::Timespec { tv_sec: 10, tv_nsec: 0 };
        assert_eq!(rustix::event::poll(&mut waited, Some(&limit)).unwrap(), 1, "the process {pid} runs on");
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn a_program_that_hangs_is_given_up_and_ended() {
    let folder = tempfile::tempdir().unwrap();
    let pid = folder.path().join("pid");
    let error = refused(&format!("echo $$ >{}; exec sleep 60", pid.display())).await;
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    ended(std::fs::read_to_string(&pid).unwrap().trim().parse().unwrap()).await;
}

#[tokio::test]
async fn a_question_that_is_given_up_ends_its_program() {
    let folder = tempfile::tempdir().unwrap();
    let cache = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pid");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &pipe,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
        0,
    )
    .unwrap();
    let program = script(folder.path(), &format!("echo $$ >{}; exec sleep 60", pipe.display()));
    let programs = Programs::open(cache.path(), None);
    let asking = tokio::spawn(async move { programs.program(&program).await.map(drop) });
    let pid = tokio::task::spawn_blocking(move || std::fs::read_to_string(pipe)).await.unwrap().unwrap();
    asking.abort();
    ended(pid.trim().parse().unwrap()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hosts_document_names_its_guests() {
    let cache = tempfile::tempdir().unwrap();
    let programs = Programs::open(cache.path(), None);
    let capabilities = programs.capabilities().await.unwrap();
    let x86 = capabilities.guests.iter().find(|guest| guest.arch.name == "x86_64").expect("there is QEMU");
    assert_eq!(x86.arch.emulator.as_deref(), Some(QEMU));
    assert!(x86.arch.machines.iter().any(|one| one.name == "q35" && one.canonical.is_some()));
    assert!(x86.arch.domains.iter().any(|one| one.domain_type == "qemu"));
    let cells = &capabilities.host.topology.as_ref().unwrap().cells.cells;
    let cpus: u32 = cells.iter().map(|cell| cell.cpus.as_ref().unwrap().number).sum();
    assert_eq!(cpus, super::node_info().cpus);
    assert!(super::node_info().memory_kib > 0);

    let kept = Programs::open(cache.path(), None).capabilities().await.unwrap();
    assert_eq!(kept, capabilities);
    let text = CapabilitiesConfig::new(&capabilities).unwrap().into_string();
    assert_eq!(CapabilitiesConfig::parse(text).unwrap().typed(), capabilities);
}

/// Names of the ways to choose CPUs, whether there are, and what can be chosen but for the models.
fn modes(capabilities: &DomainCapabilities) -> Vec<(CpuModeName, YesNo, usize)> {
    let modes = &capabilities.cpu.as_ref().unwrap().modes;
    modes.iter().map(|mode| (mode.name, mode.supported, mode.enums.len())).collect()
}

fn custom(capabilities: &DomainCapabilities) -> BTreeSet<String> {
    let modes = &capabilities.cpu.as_ref().unwrap().modes;
    let custom = |mode: &&CpuMode| mode.name == CpuModeName::Custom;
    let models = modes.iter().find(custom).unwrap().models.iter();
    models.map(|model| format!("{} of {:?}", model.name, model.vendor)).collect()
}

/// What libvirt says for the same programs is recorded in the model.
#[tokio::test(flavor = "multi_thread")]
async fn domains_can_have_what_libvirt_says() {
    let cache = tempfile::tempdir().unwrap();
    let programs = Programs::open(cache.path(), None);
    let mut compared = 0;
    for arch in
        ["x86_64", "i686", "aarch64", "armv7l", "ppc64", "riscv64", "s390x", "alpha", "cris", "m68k", "sh4"]
    {
        let architecture = super::programs::architecture(arch).unwrap();
        let Ok(program) = programs.for_architecture(architecture).await else {
            assert_ne!(arch, "x86_64", "there is no QEMU");
            continue;
        };
        for machine in &program.basics.machines {
            let question = question(arch, &machine.name);
            let Ok(theirs) = DomainCapabilities::debian_12(&question) else { continue };
            let ours = programs.domain_capabilities(&question).await.unwrap();
            let name = format!("{arch} {}", machine.name);
            // libvirt does not know that this one has IDE too.
            if machine.name != "mac99" {
                assert_eq!(ours.devices, theirs.devices, "{name}");
            }
            assert_eq!(ours.features, theirs.features, "{name}");
            assert_eq!(ours.memory_backing, theirs.memory_backing, "{name}");
            assert_eq!((&ours.io_threads, &ours.vcpu), (&theirs.io_threads, &theirs.vcpu), "{name}");
            assert_eq!(modes(&ours), modes(&theirs), "{name}");
            assert!(custom(&ours).is_superset(&custom(&theirs)), "{name}");
            compared += 1;
        }
    }
    assert!(compared >= 50, "{compared} machines");
}

#[tokio::test]
async fn a_question_about_what_is_not_there_is_refused() {
    let cache = tempfile::tempdir().unwrap();
    let programs = Programs::open(cache.path(), None);
    let ask = async |question: DomainQuestion| programs.domain_capabilities(&question).await.unwrap_err();
    let error = ask(question("x86_64", "nope")).await;
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert!(error.message().contains("nope") && error.message().contains(QEMU), "{error}");
    assert_eq!(ask(question("nope", "q35")).await.kind(), ErrorKind::InvalidArgument);
    let lxc = DomainQuestion { domain_type: Some("lxc".to_owned()), ..question("x86_64", "q35") };
    assert_eq!(ask(lxc).await.kind(), ErrorKind::InvalidArgument);
    let other = DomainQuestion { emulator: Some(QEMU.to_owned()), ..question("s390x", "q35") };
    assert_eq!(ask(other).await.kind(), ErrorKind::InvalidArgument);
    assert_eq!(ask(of_program(Path::new("/nonexistent/qemu"))).await.kind(), ErrorKind::System);
}

#[tokio::test]
async fn rules_are_of_the_program_that_a_document_names() {
    let folder = tempfile::tempdir().unwrap();
    let cache = tempfile::tempdir().unwrap();
    let program = script(folder.path(), &format!("exec {QEMU} \"$@\""));
    let programs = Programs::open(cache.path(), None);
    let path = program.display().to_string();
    let rules = programs.rules_for(Some(&path), Architecture::X86_64).await.unwrap();
    let named = rules.emulator(&path).unwrap();
    assert_eq!(named.machines, rules.emulator(QEMU).unwrap().machines);
    assert_eq!(named.machine("q35").unwrap().default_cpu.as_deref(), Some("qemu64"));
    let rules = programs.rules_for(Some("/nonexistent/qemu"), Architecture::X86_64).await.unwrap();
    assert!(rules.emulator("/nonexistent/qemu").is_none() && rules.emulator(QEMU).is_some());
}
