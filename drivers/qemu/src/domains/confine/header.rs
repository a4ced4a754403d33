//! What the first bytes of a disk image say of other files. Whoever wrote the image chose them: the guest, too.

use omnivirt_core::storage_source::StorageFormat;

/// How much of an image is looked at.
pub(super) const BYTES: u64 = 64 << 10;
/// The longest name that an image of QEMU's formats can have for another.
const LONGEST_NAME: usize = 1023;

/// What an image says of others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Below {
    /// It stands alone.
    Nothing,
    /// It is on top of another.
    Image { name: String, format: Option<String> },
    /// It is on top of another, in a way that is not read here.
    Unread,
    /// It cannot be used: why.
    Refused(&'static str),
}

/// Whether images of that format can be on top of others, or keep their data in others.
pub(super) fn can_name_others(format: StorageFormat) -> bool {
    matches!(format, StorageFormat::Qcow | StorageFormat::Qcow2 | StorageFormat::Qed | StorageFormat::Vmdk)
}

/// Reads the header of an image.
pub(super) fn read(format: StorageFormat, bytes: &[u8]) -> Below {
    let below = match format {
        StorageFormat::Qcow | StorageFormat::Qcow2 => qcow(bytes),
        StorageFormat::Qed => qed(bytes),
        StorageFormat::Vmdk => Some(vmdk(bytes)),
        _ => Some(Below::Nothing),
    };
    below.unwrap_or(Below::Refused("its header is damaged"))
}

fn big32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

fn big64(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_be_bytes(bytes.get(at..at.checked_add(8)?)?.try_into().ok()?))
}

fn little32(bytes: &[u8], at: usize) -> Option<u32> {
    big32(bytes, at).map(u32::swap_bytes)
}

fn little64(bytes: &[u8], at: usize) -> Option<u64> {
    big64(bytes, at).map(u64::swap_bytes)
}

fn name(bytes: &[u8], offset: u64, length: u32) -> Option<String> {
    let (offset, length) = (usize::try_from(offset).ok()?, usize::try_from(length).ok()?);
    let name = bytes.get(offset..offset.checked_add(length)?).filter(|_| length <= LONGEST_NAME)?;
    // What is not text cannot be in a document either, and is refused there.
    Some(String::from_utf8_lossy(name).into_owned())
}

/// qcow and qcow2 begin alike.
fn qcow(bytes: &[u8]) -> Option<Below> {
    if bytes.get(..4)? != b"QFI\xfb" {
        return Some(Below::Refused("it does not begin as an image of its format does"));
    }
    let version = big32(bytes, 4)?;
    let (offset, length) = (big64(bytes, 8)?, big32(bytes, 16)?);
    if version >= 3 && big64(bytes, 72)? & 4 != 0 {
        return Some(Below::Refused("it keeps its data in another file, which its header names"));
    }
    if offset == 0 || length == 0 {
        return Some(Below::Nothing);
    }
    let format = if version >= 2 { backing_format(bytes, version) } else { None };
    Some(Below::Image { name: name(bytes, offset, length)?, format })
}

/// The extension of a qcow2 header that says which format the image below has.
fn backing_format(bytes: &[u8], version: u32) -> Option<String> {
    const FORMAT: u32 = 0xe279_2aca;
    let mut at = if version >= 3 { usize::try_from(big32(bytes, 100)?).ok()? } else { 72 };
    loop {
        let (sort, length) = (big32(bytes, at)?, big32(bytes, at.checked_add(4)?)?);
        match sort {
            0 => return None,
            FORMAT => return name(bytes, u64::try_from(at).ok()?.checked_add(8)?, length),
            // Extensions are padded to 8 bytes.
            _ => {
                at = at
                    .checked_add(8)?
                    .checked_add(usize::try_from(length).ok()?.checked_next_multiple_of(8)?)?
            }
        }
    }
}

fn qed(bytes: &[u8]) -> Option<Below> {
    if bytes.get(..4)? != b"QED\0" {
        return Some(Below::Refused("it does not begin as an image of its format does"));
    }
    let features = little64(bytes, 16)?;
    if features & 1 == 0 {
        return Some(Below::Nothing);
    }
    let name = name(bytes, little32(bytes, 56)?.into(), little32(bytes, 60)?)?;
    // The only format of which it can say that it is not to be guessed.
    let format = (features & 4 != 0).then(|| "raw".to_owned());
    Some(Below::Image { name, format })
}

/// VMDK: a text that names files with the data, or one file with all of it.
fn vmdk(bytes: &[u8]) -> Below {
    let is_whole = match bytes.get(..4) {
        Some(b"KDMV") => little64(bytes, 12).is_some_and(|capacity| capacity != 0),
        Some(b"COWD") => true,
        _ => false,
    };
    if !is_whole {
        return Below::Refused("it keeps its data in other files, which it names");
    }
    let needle = b"parentFileNameHint";
    if bytes.windows(needle.len()).any(|window| window.eq_ignore_ascii_case(needle)) {
        return Below::Unread;
    }
    Below::Nothing
}

#[cfg(test)]
mod tests {
    use super::*;

    fn qcow2(version: u32, backing: &str, format: Option<&str>, features: u64) -> Vec<u8> {
        let mut image = vec![0; 104];
        image[..4].copy_from_slice(b"QFI\xfb");
        image[4..8].copy_from_slice(&version.to_be_bytes());
        image[72..80].copy_from_slice(&features.to_be_bytes());
        image[100..104].copy_from_slice(&104_u32.to_be_bytes());
        if let Some(format) = format {
            image.extend(0x1234_u32.to_be_bytes());
            image.extend(3_u32.to_be_bytes());
            image.extend([1; 8]);
            image.extend(0xe279_2aca_u32.to_be_bytes());
            image.extend(u32::try_from(format.len()).unwrap().to_be_bytes());
            image.extend(format.as_bytes());
            image.resize(image.len().next_multiple_of(8), 0);
        }
        image.extend([0; 8]);
        let offset = image.len() as u64;
        image[8..16].copy_from_slice(&offset.to_be_bytes());
        image[16..20].copy_from_slice(&u32::try_from(backing.len()).unwrap().to_be_bytes());
        image.extend(backing.as_bytes());
        image
    }

    #[test]
    fn the_image_below_is_named_with_its_format() {
        let image = qcow2(3, "/etc/shadow", Some("raw"), 0);
        let below = Below::Image { name: "/etc/shadow".into(), format: Some("raw".into()) };
        assert_eq!(read(StorageFormat::Qcow2, &image), below);
        assert_eq!(read(StorageFormat::Qcow2, &qcow2(3, "", None, 0)), Below::Nothing);
        let below = Below::Image { name: "x".into(), format: None };
        assert_eq!(read(StorageFormat::Qcow2, &qcow2(3, "x", None, 0)), below);
    }

    #[test]
    fn data_elsewhere_is_refused() {
        assert!(matches!(read(StorageFormat::Qcow2, &qcow2(3, "", None, 4)), Below::Refused(_)));
        let text = b"# Disk DescriptorFile\nRW 1 FLAT \"/etc/shadow\" 0\n";
        assert!(matches!(read(StorageFormat::Vmdk, text), Below::Refused(_)));
        assert!(matches!(
            read(StorageFormat::Vmdk, b"KDMV\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
            Below::Refused(_)
        ));
    }

    #[test]
    fn what_is_cut_off_or_points_beyond_is_refused() {
        let whole = qcow2(3, "/base", Some("raw"), 0);
        for length in 0..whole.len() {
            // No panic; what is there of it is either enough or refused.
            let below = read(StorageFormat::Qcow2, &whole[..length]);
            assert!(matches!(below, Below::Refused(_)), "{length}: {below:?}");
        }
        let mut beyond = whole;
        beyond[8..16].copy_from_slice(&u64::MAX.to_be_bytes());
        assert!(matches!(read(StorageFormat::Qcow2, &beyond), Below::Refused(_)));
    }
}
