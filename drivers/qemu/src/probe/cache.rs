//! What was found out, kept on disk. A file is replaced whole; one that is damaged, of another build's form or of another
//! program counts as absent.

use super::identity::{Identity, sum};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// The form of the files. It is raised with every change of what is asked or how it is written.
const FORMAT: u32 = 1;
/// More than that is none of ours.
const MOST_BYTES: u64 = 8 << 20;

#[derive(Serialize)]
struct Written<'a, T> {
    format: u32,
    identity: &'a Identity,
    facts: &'a T,
}

#[derive(Deserialize)]
struct Kept<T> {
    format: u32,
    identity: Identity,
    facts: T,
}

/// Only the form, which must be ours before the rest can be read.
#[derive(Deserialize)]
struct Form {
    format: u32,
}

/// Where the facts of a sort are kept of a program.
pub(super) fn path(folder: &Path, program: &Path, sort: &str) -> PathBuf {
    let name = program.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    let sum = sum(program.as_os_str().as_encoded_bytes());
    folder.join(format!("{name}-{sum:016x}.{sort}.json"))
}

/// What is kept for that very program. It blocks.
pub(super) fn read<T: DeserializeOwned>(path: &Path, identity: &Identity) -> Option<T> {
    let bytes = match read_bounded(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        Err(error) => {
            tracing::warn!(path = %path.display(), %error, "what was found out of QEMU cannot be read; it is asked anew");
            return None;
        }
    };
    let kept: Kept<T> = match serde_json::from_slice(&bytes) {
        Ok(kept) => kept,
        Err(error) => {
            let is_ours = serde_json::from_slice::<Form>(&bytes).is_ok_and(|form| form.format != FORMAT);
            if !is_ours {
                tracing::warn!(path = %path.display(), %error, "what was found out of QEMU is damaged; it is asked anew");
            }
            return None;
        }
    };
    (kept.format == FORMAT && kept.identity == *identity).then_some(kept.facts)
}

fn read_bounded(path: &Path) -> std::io::Result<Vec<u8>> {
    let file = std::fs::File::open(path)?;
    let mut bytes = Vec::with_capacity(usize::try_from(file.metadata()?.len().min(MOST_BYTES)).unwrap_or(0));
    file.take(MOST_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Keeps facts. One that cannot be kept is asked again next time, which costs nothing but time. It blocks.
pub(super) fn write<T: Serialize>(path: &Path, identity: &Identity, facts: &T) {
    let written = serde_json::to_vec(&Written { format: FORMAT, identity, facts });
    let done = written.map_err(|error| error.to_string()).and_then(|bytes| {
        // Not synced: half a file is damaged, and then asked anew.
        crate::host::replace(path, &bytes, false).map_err(|error| error.to_string())
    });
    if let Err(error) = done {
        tracing::warn!(path = %path.display(), %error, "what was found out of QEMU cannot be kept");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_whole_and_of_that_program_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("program");
        std::fs::write(&program, "one").unwrap();
        let identity = Identity::of(&program).unwrap();
        let file = path(folder.path(), &program, "test");
        assert_eq!(read::<Vec<u32>>(&file, &identity), None);
        write(&file, &identity, &vec![1_u32, 2]);
        assert_eq!(read::<Vec<u32>>(&file, &identity), Some(vec![1, 2]));

        std::fs::write(&program, "another").unwrap();
        let successor = Identity::of(&program).unwrap();
        assert_eq!(read::<Vec<u32>>(&file, &successor), None, "the facts of another program are none");

        let whole = std::fs::read(&file).unwrap();
        for length in [0, 1, whole.len() / 2, whole.len() - 1] {
            std::fs::write(&file, &whole[..length]).unwrap();
            assert_eq!(read::<Vec<u32>>(&file, &identity), None, "{length} bytes");
        }
        let other = String::from_utf8(whole).unwrap().replace("\"format\":1", "\"format\":0");
        std::fs::write(&file, other).unwrap();
        assert_eq!(read::<Vec<u32>>(&file, &identity), None, "another form");
    }
}
