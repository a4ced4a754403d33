//! Which machine a domain is for.

use crate::document::TextValue;
use crate::document::text::words;
use crate::domain::Domain;

words! {
    /// An architecture of CPUs that libvirt knows.
    pub enum Architecture("architecture", Unsupported) {
        /// Alpha.
        Alpha = "alpha",
        /// ARM of 32 bits, version 6.
        Armv6l = "armv6l",
        /// ARM of 32 bits, version 7.
        Armv7l = "armv7l",
        /// ARM of 32 bits, version 7, big-endian.
        Armv7b = "armv7b",
        /// ARM of 64 bits.
        Aarch64 = "aarch64",
        /// CRIS.
        Cris = "cris",
        /// x86 of 32 bits.
        I686 = "i686",
        /// Itanium.
        Ia64 = "ia64",
        /// Itanium by its other name.
        Itanium = "itanium",
        /// LatticeMico32.
        Lm32 = "lm32",
        /// Motorola 68000.
        M68k = "m68k",
        /// MicroBlaze.
        Microblaze = "microblaze",
        /// MicroBlaze, little-endian.
        Microblazeel = "microblazeel",
        /// MIPS of 32 bits.
        Mips = "mips",
        /// MIPS of 32 bits, little-endian.
        Mipsel = "mipsel",
        /// MIPS of 64 bits.
        Mips64 = "mips64",
        /// MIPS of 64 bits, little-endian.
        Mips64el = "mips64el",
        /// OpenRISC.
        Openrisc = "openrisc",
        /// PA-RISC of 32 bits.
        Parisc = "parisc",
        /// PA-RISC of 64 bits.
        Parisc64 = "parisc64",
        /// PowerPC of 32 bits.
        Ppc = "ppc",
        /// PowerPC of 64 bits.
        Ppc64 = "ppc64",
        /// PowerPC of 64 bits, little-endian.
        Ppc64le = "ppc64le",
        /// PowerPC for small devices.
        Ppcemb = "ppcemb",
        /// RISC-V of 32 bits.
        Riscv32 = "riscv32",
        /// RISC-V of 64 bits.
        Riscv64 = "riscv64",
        /// IBM mainframes of 31 bits.
        S390 = "s390",
        /// IBM mainframes of 64 bits.
        S390x = "s390x",
        /// SuperH 4.
        Sh4 = "sh4",
        /// SuperH 4, big-endian.
        Sh4eb = "sh4eb",
        /// SPARC of 32 bits.
        Sparc = "sparc",
        /// SPARC of 64 bits.
        Sparc64 = "sparc64",
        /// UniCore.
        Unicore32 = "unicore32",
        /// x86 of 64 bits.
        X86_64 = "x86_64",
        /// Xtensa.
        Xtensa = "xtensa",
        /// Xtensa, big-endian.
        Xtensaeb = "xtensaeb",
    }
}

impl Architecture {
    /// Whether it is x86, of 32 or 64 bits.
    #[must_use]
    pub fn is_x86(self) -> bool {
        matches!(self, Self::I686 | Self::X86_64)
    }

    /// Whether it is ARM, of 32 or 64 bits.
    #[must_use]
    pub fn is_arm(self) -> bool {
        matches!(self, Self::Armv6l | Self::Armv7l | Self::Armv7b | Self::Aarch64)
    }

    /// Whether it is PowerPC of 64 bits.
    #[must_use]
    pub fn is_ppc64(self) -> bool {
        matches!(self, Self::Ppc64 | Self::Ppc64le)
    }

    /// Whether it is RISC-V.
    #[must_use]
    pub fn is_riscv(self) -> bool {
        matches!(self, Self::Riscv32 | Self::Riscv64)
    }

    /// Whether it is an IBM mainframe.
    #[must_use]
    pub fn is_s390(self) -> bool {
        matches!(self, Self::S390 | Self::S390x)
    }
}

/// The family of a machine, which decides on its buses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MachineFamily {
    /// A PC with the i440FX chipset: PCI, ISA, IDE.
    I440fx,
    /// A PC with the Q35 chipset: PCI Express, SATA.
    Q35,
    /// A PC without PCI.
    IsaPc,
    /// A minimal x86 machine with virtio devices in memory.
    Microvm,
    /// The `virt` board of ARM: PCI Express.
    ArmVirt,
    /// The `virt` board of RISC-V: PCI Express.
    RiscvVirt,
    /// A server with PowerPC CPUs as its firmware shows it.
    Pseries,
    /// An IBM mainframe.
    S390Ccw,
    /// Any other board.
    Other,
}

/// The machine that a completed domain is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Machine<'a> {
    /// The architecture of its CPUs.
    pub architecture: Architecture,
    /// Its family.
    pub family: MachineFamily,
    /// Its full name, such as `pc-q35-7.2`.
    pub name: &'a str,
}

impl<'a> Machine<'a> {
    /// The machine of a domain of which preparing has filled in architecture and machine; without these, a
    /// PC of 64 bits.
    #[must_use]
    pub fn of(domain: &'a Domain) -> Self {
        let os_type = domain.os.as_ref().and_then(|os| os.os_type.as_ref());
        let architecture = os_type.and_then(|os_type| os_type.arch.as_deref());
        let architecture = architecture.and_then(|arch| Architecture::from_text(arch).ok());
        let name = os_type.and_then(|os_type| os_type.machine.as_deref()).unwrap_or("pc");
        Self::new(architecture.unwrap_or(Architecture::X86_64), name)
    }

    /// The machine of that name for an architecture.
    #[must_use]
    pub fn new(architecture: Architecture, name: &'a str) -> Self {
        Self { architecture, family: family(architecture, name), name }
    }

    /// Whether it has PCI buses, of either sort.
    #[must_use]
    pub fn has_pci(self) -> bool {
        self.has_pci_root() || self.has_pcie_root()
    }

    /// Whether it has a conventional PCI bus to start with. A mainframe has one of its own sort.
    #[must_use]
    pub fn has_pci_root(self) -> bool {
        use Architecture as A;
        match self.family {
            MachineFamily::I440fx | MachineFamily::Pseries | MachineFamily::S390Ccw => true,
            MachineFamily::Other => match self.architecture {
                A::Armv6l | A::Armv7l | A::Aarch64 => self.name == "versatilepb",
                architecture => matches!(
                    architecture,
                    A::Alpha
                        | A::Mips
                        | A::Mipsel
                        | A::Mips64
                        | A::Mips64el
                        | A::Ppc
                        | A::Ppcemb
                        | A::Ppc64
                        | A::Ppc64le
                        | A::Sh4
                        | A::Sh4eb
                        | A::Sparc
                        | A::Sparc64
                        | A::S390x
                ),
            },
            _ => false,
        }
    }

    /// Whether it has a PCI Express bus to start with.
    #[must_use]
    pub fn has_pcie_root(self) -> bool {
        matches!(self.family, MachineFamily::Q35 | MachineFamily::ArmVirt | MachineFamily::RiscvVirt)
    }

    /// Whether it gets a USB controller that nobody asked for.
    #[must_use]
    pub fn has_default_usb(self) -> bool {
        let Self { architecture, family, .. } = self;
        let without = architecture.is_arm() || architecture.is_riscv() || architecture.is_s390();
        !without && family != MachineFamily::IsaPc
    }

    /// Whether it gets a memory balloon that nobody asked for.
    #[must_use]
    pub fn has_default_memory_balloon(self) -> bool {
        !self.architecture.is_arm() && self.architecture != Architecture::Sparc
    }

    /// Whether it has an ISA bus.
    #[must_use]
    pub fn has_isa(self) -> bool {
        self.architecture.is_x86() && self.family != MachineFamily::Microvm
    }

    /// Whether it has mouse and keyboard of the PS/2 sort.
    #[must_use]
    pub fn has_ps2(self) -> bool {
        self.architecture.is_x86()
    }

    /// Whether it has an IDE controller built in.
    #[must_use]
    pub fn has_built_in_ide(self) -> bool {
        self.family == MachineFamily::I440fx || matches!(self.name, "malta" | "sun4u" | "g3beige" | "mac99")
    }

    /// Whether devices of it can stand in memory (virtio-mmio).
    #[must_use]
    pub fn has_virtio_mmio(self) -> bool {
        self.architecture.is_arm() || self.architecture.is_riscv() || self.family == MachineFamily::Microvm
    }

    /// Whether its devices stand on the bus of a mainframe.
    #[must_use]
    pub fn has_ccw(self) -> bool {
        self.family == MachineFamily::S390Ccw
    }
}

fn family(architecture: Architecture, name: &str) -> MachineFamily {
    let is =
        |family: &str| name.strip_prefix(family).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
    if architecture.is_x86() {
        return match name {
            "isapc" => MachineFamily::IsaPc,
            "microvm" => MachineFamily::Microvm,
            "q35" => MachineFamily::Q35,
            "pc" => MachineFamily::I440fx,
            _ if name.starts_with("pc-q35") => MachineFamily::Q35,
            _ if ["pc-i440fx-", "pc-0.", "pc-1.", "rhel"].iter().any(|start| name.starts_with(start)) => {
                MachineFamily::I440fx
            }
            _ => MachineFamily::Other,
        };
    }
    match architecture {
        _ if architecture.is_arm() && is("virt") => MachineFamily::ArmVirt,
        _ if architecture.is_riscv() && is("virt") => MachineFamily::RiscvVirt,
        _ if architecture.is_ppc64() && is("pseries") => MachineFamily::Pseries,
        _ if architecture.is_s390() && is("s390-ccw") => MachineFamily::S390Ccw,
        _ => MachineFamily::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_and_the_architecture_tell_the_family() {
        use MachineFamily as F;
        for (architecture, name, family) in [
            ("x86_64", "pc-i440fx-7.2", F::I440fx),
            ("x86_64", "pc-1.2", F::I440fx),
            ("i686", "pc-q35-2.4", F::Q35),
            ("x86_64", "virt", F::Other),
            ("aarch64", "virt-7.2", F::ArmVirt),
            ("aarch64", "virtual", F::Other),
            ("riscv64", "virt", F::RiscvVirt),
            ("ppc64le", "pseries-7.2", F::Pseries),
            ("s390x", "s390-ccw-virtio-7.2", F::S390Ccw),
        ] {
            let architecture = Architecture::from_text(architecture).unwrap();
            assert_eq!(Machine::new(architecture, name).family, family, "{name}");
        }
    }
}
