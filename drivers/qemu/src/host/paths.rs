//! Where things are kept under a root.
//!
//! | folder | what is in it |
//! |---|---|
//! | `etc/` | a definition for each domain, `NAME.xml`; in `etc/autostart/` a link to each that starts with the host |
//! | `run/ID/` | what belongs to one run and to the user as whom it runs: sockets |
//! | `run/ID.kept/` | what is written down of it: `run.json` by which it is found again, `domain.xml` as it runs |
//! | `lib/` | what outlives runs: managed save images, firmware variables, what emulated TPMs know, dumps |
//! | `log/` | what each guest's QEMU said, `NAME.log` |
//! | `cache/` | what the host's QEMU programs were found to be able to do |

use omnivirt_core::{Error, ErrorKind, Result, Uuid};
use std::path::{Path, PathBuf};

/// The folders of a root.
#[derive(Debug)]
pub(crate) struct Paths {
    root: PathBuf,
}

impl Paths {
    pub(crate) fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// Makes the folders that are not there yet.
    ///
    /// # Errors
    ///
    /// `System`, and which one.
    pub(crate) fn create(&self) -> Result<()> {
        let folders = [
            self.autostart(),
            self.runs(),
            self.saved(),
            self.nvram(),
            self.dumps(),
            self.logs(),
            self.cache(),
        ];
        for folder in folders {
            std::fs::create_dir_all(&folder).map_err(|error| failed("make the folder", &folder, error))?;
        }
        Ok(())
    }

    pub(crate) fn lock(&self) -> PathBuf {
        self.root.join("lock")
    }

    pub(crate) fn definitions(&self) -> PathBuf {
        self.root.join("etc")
    }

    pub(crate) fn definition(&self, name: &str) -> PathBuf {
        self.definitions().join(format!("{name}.xml"))
    }

    pub(crate) fn autostart(&self) -> PathBuf {
        self.definitions().join("autostart")
    }

    pub(crate) fn autostart_link(&self, name: &str) -> PathBuf {
        self.autostart().join(format!("{name}.xml"))
    }

    pub(crate) fn runs(&self) -> PathBuf {
        self.root.join("run")
    }

    /// The folder of one run. Its name is short: a socket's path has at most 107 bytes.
    pub(crate) fn run(&self, id: u32) -> PathBuf {
        self.runs().join(id.to_string())
    }

    /// What no document can have given to the guests' user: other domains' things, and the driver's.
    pub(crate) fn kept_from_guests(&self) -> Vec<PathBuf> {
        vec![
            self.definitions(),
            self.runs(),
            self.saved(),
            self.dumps(),
            self.logs(),
            self.cache(),
            self.lock(),
        ]
    }

    pub(crate) fn library(&self) -> PathBuf {
        self.root.join("lib")
    }

    /// What the emulated TPM of a domain knows.
    pub(crate) fn tpm(&self, uuid: Uuid) -> PathBuf {
        tpm_of(&self.library(), uuid)
    }

    fn saved(&self) -> PathBuf {
        self.library().join("save")
    }

    pub(crate) fn managed_save(&self, name: &str) -> PathBuf {
        self.saved().join(format!("{name}.save"))
    }

    fn nvram(&self) -> PathBuf {
        self.library().join("nvram")
    }

    fn dumps(&self) -> PathBuf {
        self.library().join("dump")
    }

    pub(crate) fn dump(&self, name: &str, when: impl std::fmt::Display) -> PathBuf {
        self.dumps().join(format!("{name}-{when}"))
    }

    fn logs(&self) -> PathBuf {
        self.root.join("log")
    }

    pub(crate) fn log(&self, name: &str) -> PathBuf {
        self.logs().join(format!("{name}.log"))
    }

    pub(crate) fn cache(&self) -> PathBuf {
        self.root.join("cache")
    }
}

/// Something on the host's disk could not be done.
pub(crate) fn failed(what: &str, path: &Path, error: std::io::Error) -> Error {
    Error::new(ErrorKind::System, format!("cannot {what} '{}': {error}", path.display())).with_source(error)
}

/// Where below a library what the emulated TPM of a domain knows is kept.
pub(crate) fn tpm_of(library: &Path, uuid: Uuid) -> PathBuf {
    library.join("swtpm").join(uuid.to_string())
}
