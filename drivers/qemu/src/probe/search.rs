//! Which programs there are.

use omnivirt_core::domain::rules::qemu::Architecture;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Where programs are, if nothing else is said.
pub(super) const USUAL_PATH: &str = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin";
/// Where distributions put a QEMU that is not for everybody's command line.
const HIDDEN: &str = "/usr/libexec/qemu-kvm";

/// The architectures that have a program of their own, with QEMU's name, in the order of the document.
pub(super) const ARCHITECTURES: [(Architecture, &str); 28] = [
    (Architecture::Alpha, "alpha"),
    (Architecture::Armv6l, "arm"),
    (Architecture::Armv7l, "arm"),
    (Architecture::Aarch64, "aarch64"),
    (Architecture::Cris, "cris"),
    (Architecture::I686, "i386"),
    (Architecture::Lm32, "lm32"),
    (Architecture::M68k, "m68k"),
    (Architecture::Microblaze, "microblaze"),
    (Architecture::Microblazeel, "microblazeel"),
    (Architecture::Mips, "mips"),
    (Architecture::Mipsel, "mipsel"),
    (Architecture::Mips64, "mips64"),
    (Architecture::Mips64el, "mips64el"),
    (Architecture::Ppc, "ppc"),
    (Architecture::Ppc64, "ppc64"),
    (Architecture::Ppc64le, "ppc64le"),
    (Architecture::Riscv32, "riscv32"),
    (Architecture::Riscv64, "riscv64"),
    (Architecture::S390x, "s390x"),
    (Architecture::Sh4, "sh4"),
    (Architecture::Sh4eb, "sh4eb"),
    (Architecture::Sparc, "sparc"),
    (Architecture::Sparc64, "sparc64"),
    (Architecture::X86_64, "x86_64"),
    (Architecture::Xtensa, "xtensa"),
    (Architecture::Xtensaeb, "xtensaeb"),
    (Architecture::Unicore32, "unicore32"),
];

/// The program that emulates an architecture. It blocks.
pub(super) fn find(architecture: Architecture) -> Option<PathBuf> {
    let (_, name) = ARCHITECTURES.iter().find(|(one, _)| *one == architecture)?;
    let path = std::env::var("PATH").unwrap_or_else(|_| USUAL_PATH.to_owned());
    let file = format!("qemu-system-{name}");
    let mut all =
        path.split(':').filter(|folder| folder.starts_with('/')).map(|folder| Path::new(folder).join(&file));
    all.find(|path| is_program(path)).or_else(|| {
        let hidden = Path::new(HIDDEN);
        (architecture.as_str() == std::env::consts::ARCH && is_program(hidden)).then(|| hidden.to_path_buf())
    })
}

fn is_program(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

/// The architecture that a program of QEMU's name for it emulates.
pub(super) fn architecture_of(target: &str) -> Option<Architecture> {
    match target {
        // Documents of either kind are for it.
        "arm" => Some(Architecture::Armv7l),
        _ => ARCHITECTURES.iter().find(|(_, name)| *name == target).map(|(one, _)| *one),
    }
}

/// The bits of a word.
pub(super) fn word_size(architecture: Architecture) -> u32 {
    use Architecture::{Aarch64, Alpha, Mips64, Mips64el, Ppc64, Ppc64le, Riscv64, S390x, Sparc64, X86_64};
    match architecture {
        Aarch64 | Alpha | Mips64 | Mips64el | Ppc64 | Ppc64le | Riscv64 | S390x | Sparc64 | X86_64 => 64,
        _ => 32,
    }
}

/// Whether a program of QEMU's name for it is for documents of that architecture.
pub(super) fn emulates(target: &str, architecture: Architecture) -> bool {
    // One program is for either order of bytes, and has the name of only one.
    let target = if target == "ppc64" && architecture == Architecture::Ppc64le { "ppc64le" } else { target };
    ARCHITECTURES.iter().any(|(one, name)| *one == architecture && *name == target)
        // What runs 64 bits runs 32 too.
        || matches!((target, architecture), ("x86_64", Architecture::I686) | ("aarch64", Architecture::Armv7l))
}
