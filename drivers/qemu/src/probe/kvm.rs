//! Whether guests' CPUs can run on the host's own.

use omnivirt_core::domain::rules::qemu::Architecture;

/// Whether this process may have virtual machines of KVM. It blocks.
pub(super) fn is_usable() -> bool {
    std::fs::OpenOptions::new().read(true).write(true).open("/dev/kvm").is_ok()
}

/// Whether the host's CPUs run guests of that architecture.
pub(super) fn suits(architecture: Architecture) -> bool {
    match std::env::consts::ARCH {
        "x86_64" => matches!(architecture, Architecture::X86_64 | Architecture::I686),
        "x86" => architecture == Architecture::I686,
        "aarch64" => matches!(architecture, Architecture::Aarch64),
        "powerpc64" => matches!(architecture, Architecture::Ppc64 | Architecture::Ppc64le),
        host => architecture.as_str() == host,
    }
}

/// What KVM's abilities depend on: the kernel, its module's settings, and the CPU. It blocks.
pub(super) fn fingerprint() -> u64 {
    let mut text = rustix::system::uname().release().to_string_lossy().into_owned();
    text.push_str(&rustix::system::uname().version().to_string_lossy());
    let cpus = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let of_interest =
        ["vendor_id", "cpu family", "model", "stepping", "microcode", "flags", "Features", "CPU part"];
    let first = cpus.split("\n\n").next().unwrap_or_default();
    text.extend(first.lines().filter(|line| of_interest.iter().any(|name| line.starts_with(name))));
    for module in ["kvm_intel", "kvm_amd", "kvm"] {
        for setting in ["nested", "ept", "npt", "sev"] {
            text.push_str(
                &std::fs::read_to_string(format!("/sys/module/{module}/parameters/{setting}"))
                    .unwrap_or_default(),
            );
        }
    }
    super::identity::sum(text.as_bytes())
}
