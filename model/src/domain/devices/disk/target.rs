//! How a guest sees a disk.

use crate::document::text::words;
use crate::document::{OnOff, Problem, TextValue, mapped};
use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

/// How a guest sees a disk.
#[mapped]
pub struct DiskTarget {
    /// Its name, such as `vda`.
    #[attribute("dev", missing = MissingTarget)]
    pub name: TargetName,
    /// The bus that it is on; absent for that which goes with the name.
    #[attribute("bus")]
    pub bus: Option<DiskBus>,
    /// Whether the tray of a drive is open.
    #[attribute("tray")]
    pub tray: Option<Tray>,
    /// Whether a USB disk says that it can be taken out.
    #[attribute("removable")]
    pub removable: Option<OnOff>,
    /// Rotations in a minute; 1 for a disk that does not rotate.
    #[attribute("rotation_rate")]
    pub rotation_rate: Option<u32>,
}

/// The name of a disk, such as `vda`. It orders disks, and says where they stand on their bus.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "json", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct TargetName(pub String);

/// The beginnings of names that libvirt knows.
const PREFIXES: [&str; 7] = ["fd", "hd", "vd", "sd", "xvd", "ubd", "sr"];

impl TargetName {
    /// The place that the letters tell, from 0 on: 27 for `vdab`. A number of a partition behind them is left aside.
    #[must_use]
    pub fn index(&self) -> Option<u32> {
        let letters = PREFIXES.iter().find_map(|prefix| self.0.strip_prefix(prefix))?;
        let digits = letters.trim_start_matches(|letter: char| letter.is_ascii_lowercase());
        let letters = &letters[..letters.len() - digits.len()];
        if letters.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return None;
        }
        // No more letters than fit the number.
        let place = letters.bytes().try_fold(0_u32, |place, letter| {
            place.checked_mul(26)?.checked_add(u32::from(letter - b'a') + 1)
        });
        place.filter(|place| *place <= i32::MAX as u32).map(|place| place - 1)
    }
}

impl Deref for TargetName {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TargetName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl TextValue for TargetName {
    fn from_text(text: &str) -> Result<Self, Problem> {
        Ok(Self(text.to_owned()))
    }

    fn to_text(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.0)
    }
}

#[cfg(feature = "arbitrary")]
impl crate::document::Generate for TargetName {
    fn generate(source: &mut arbitrary::Unstructured<'_>) -> arbitrary::Result<Self> {
        String::generate(source).map(Self)
    }
}

words! {
    /// A bus of disks.
    pub enum DiskBus("bus of disks", Invalid) {
        /// IDE.
        Ide = "ide",
        /// That of floppy disks.
        Fdc = "fdc",
        /// SCSI.
        Scsi = "scsi",
        /// Each disk is a virtio device of its own.
        Virtio = "virtio",
        /// Xen's.
        Xen = "xen",
        /// USB.
        Usb = "usb",
        /// That of User-mode Linux.
        Uml = "uml",
        /// SATA.
        Sata = "sata",
        /// Memory cards.
        Sd = "sd",
    }
}

words! {
    /// The tray of a drive.
    pub enum Tray("tray", Invalid) {
        /// It is closed.
        Closed = "closed",
        /// It is open.
        Open = "open",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_tell_places() {
        for (name, place) in [("vda", Some(0)), ("sdz", Some(25)), ("sdaa", Some(26)), ("xvdb1", Some(1))] {
            assert_eq!(TargetName(name.into()).index(), place, "{name}");
        }
        for name in ["", "sd", "sd1", "xyz", "sda-", "sdA", "sdzzzzzzzzzz"] {
            assert_eq!(TargetName(name.into()).index(), None, "{name}");
        }
    }
}
