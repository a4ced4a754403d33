//! A volume's image.

use crate::document::text::words;
use crate::document::{
    ByteSize, DocumentError, DocumentErrorKind, ElementValue, Problem, Shape, Target, TextValue, mapped,
};
use crate::storage::{Encryption, Permissions};
use crate::xml::{Element, quoted};

/// A volume's image.
#[mapped]
pub struct VolumeTarget {
    /// Where the host sees it; only ever told, never set.
    #[element("path")]
    pub path: Option<String>,
    /// The format.
    #[element("format")]
    pub format: Option<VolumeFormat>,
    /// Who may do what with it.
    #[element("permissions")]
    pub permissions: Option<Permissions>,
    /// When it was used and changed; only ever told, never set.
    #[element("timestamps")]
    pub timestamps: Option<Timestamps>,
    /// How it is encrypted.
    #[element("encryption")]
    pub encryption: Option<Encryption>,
    /// The version of QEMU that can read it, such as `1.1`; absent for QEMU's choice.
    #[element("compat")]
    pub compatibility: Option<String>,
    /// Whether the host's file system shall not copy it on writing.
    #[flag("nocow")]
    pub no_copy_on_write: bool,
    /// The smallest part of it that is taken or not.
    #[element("clusterSize")]
    pub cluster_size: Option<ClusterSize>,
    /// What the image can do.
    #[element("features")]
    pub features: Option<ImageFeatures>,
}

/// The format of an image.
#[mapped(omit_empty)]
pub struct VolumeFormat {
    /// Which.
    #[attribute("type")]
    pub format: Option<VolumeFormatType>,
}

words! {
    /// The format of an image, of a file system on a device, or of a partition.
    pub enum VolumeFormatType("format of a volume", Unsupported, blank) {
        /// Just its content.
        Raw = "raw",
        /// A directory.
        Directory = "dir",
        /// Bochs.
        Bochs = "bochs",
        /// A compressed image of Knoppix.
        Cloop = "cloop",
        /// An image of macOS.
        Dmg = "dmg",
        /// A CD-ROM.
        Iso = "iso",
        /// Virtual PC.
        Vpc = "vpc",
        /// VirtualBox.
        Vdi = "vdi",
        /// A directory shown as a FAT file system.
        Fat = "fat",
        /// VHD.
        Vhd = "vhd",
        /// Virtuozzo.
        Ploop = "ploop",
        /// User Mode Linux.
        Cow = "cow",
        /// QCOW, version 1.
        Qcow = "qcow",
        /// QCOW, version 2 or 3.
        Qcow2 = "qcow2",
        /// QED.
        Qed = "qed",
        /// VMware.
        Vmdk = "vmdk",
    }
}

/// The smallest part of an image that is taken or not. libvirt writes its unit as `B`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "json", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct ClusterSize(pub ByteSize);

impl ElementValue for ClusterSize {
    fn is_absent(element: Element<'_>) -> bool {
        ByteSize::is_absent(element)
    }

    fn read(element: Element<'_>) -> Result<Self, DocumentError> {
        ByteSize::read(element).map(Self)
    }

    fn write(&self, target: &mut Target<'_, '_>) {
        target.set_attribute("unit", Some(&"B".to_owned()));
        target.set_text(&self.0.bytes().to_text());
    }

    fn shape(shape: &mut Shape) {
        ByteSize::shape(shape);
    }
}

#[cfg(feature = "arbitrary")]
impl crate::document::Generate for ClusterSize {
    fn generate(source: &mut arbitrary::Unstructured<'_>) -> arbitrary::Result<Self> {
        crate::document::Generate::generate(source).map(Self)
    }
}

/// What an image can do.
#[mapped]
pub struct ImageFeatures {
    /// Whether the counts of references are written late, and checked after a crash.
    #[flag("lazy_refcounts")]
    pub lazy_refcounts: bool,
    /// Whether clusters are divided further.
    #[flag("extended_l2")]
    pub extended_l2: bool,
}

/// When a file was used and changed, each in seconds since the start of 1970 with a fraction.
#[mapped(omit_empty)]
pub struct Timestamps {
    /// When it was read last.
    #[element("atime")]
    pub accessed: Option<String>,
    /// When it was written last.
    #[element("mtime")]
    pub modified: Option<String>,
    /// When something about it changed last.
    #[element("ctime")]
    pub changed: Option<String>,
    /// When it was made; 0 where the host does not know.
    #[element("btime")]
    pub born: Option<String>,
}

/// The image of which another holds the differences.
#[mapped(omit_empty)]
pub struct BackingStore {
    /// Its path.
    #[element("path")]
    pub path: Option<String>,
    /// Its format; absent for raw.
    #[element("format")]
    pub format: Option<VolumeFormat>,
    /// Who may do what with it; only ever told, never set.
    #[element("permissions")]
    pub permissions: Option<Permissions>,
    /// When it was used and changed; only ever told, never set.
    #[element("timestamps")]
    pub timestamps: Option<Timestamps>,
}

impl VolumeTarget {
    /// Refuses features and versions that there are not.
    pub(super) fn check(&self, element: Element<'_>) -> Result<(), DocumentError> {
        let child = |name: &str| element.child(name).unwrap_or(element);
        if let Some(version) = self.compatibility.as_ref().filter(|version| !is_version(version)) {
            let problem = Problem::invalid(format!("{} is no version", quoted(version)));
            return Err(problem.hint("write two numbers such as 1.1").at(child("compat")));
        }
        if let Some(encryption) = &self.encryption {
            encryption.check(child("encryption"))?;
        }
        let known = ["lazy_refcounts", "extended_l2"];
        let features = element.child("features").into_iter().flat_map(Element::children);
        match features.into_iter().find(|feature| !known.contains(&feature.name())) {
            Some(feature) => {
                let message = format!("an image has no feature {}", quoted(feature.name()));
                let problem = Problem::new(DocumentErrorKind::Unsupported, message);
                Err(problem.hint("there are lazy_refcounts and extended_l2").at(feature))
            }
            None => Ok(()),
        }
    }
}

/// Whether it is two numbers with a dot between.
fn is_version(text: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
    text.split_once('.').is_some_and(|(major, minor)| is_number(major.trim_start()) && is_number(minor))
}
