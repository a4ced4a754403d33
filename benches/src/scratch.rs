//! The files that the runs work on.

use crate::Outcome;
use crate::workload::Template;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The checkout's top folder.
pub(crate) fn repository() -> PathBuf {
    let benches = Path::new(env!("CARGO_MANIFEST_DIR"));
    benches.parent().map_or_else(|| benches.to_path_buf(), Path::to_path_buf)
}

/// Names for files, to be put into the arguments of runs.
#[derive(Debug)]
pub(crate) struct Scratch {
    folder: TempDir,
    names: Vec<(&'static str, String)>,
}

impl Scratch {
    /// Writes the host files, and names them and the documents.
    pub(crate) fn new() -> Outcome<Self> {
        let documents = repository().join("benches/documents");
        let mut scratch = Self { folder: tempfile::tempdir()?, names: Vec::new() };
        scratch.name("{small}", &documents.join("small.xml"));
        scratch.name("{virt-install}", &documents.join("virt-install.xml"));
        scratch.name("{qemu}", &documents.join("qemu.xml"));
        scratch.host_file("{host-1}", 1)?;
        scratch.host_file("{host-10000}", 10_000)?;
        Ok(scratch)
    }

    /// Where to put what is built for the measurement.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The arguments, with names of files in the place of `{…}`.
    pub(crate) fn arguments(&self, arguments: &str) -> Vec<String> {
        let named = |word: &str| {
            self.names.iter().fold(word.to_owned(), |word, (name, path)| word.replace(name, path))
        };
        arguments.split_whitespace().map(named).collect()
    }

    /// Names one more file.
    pub(crate) fn name(&mut self, name: &'static str, path: &Path) {
        self.names.push((name, path.display().to_string()));
    }

    /// A host of so many small domains, in the form of libvirt's test driver.
    fn host_file(&mut self, name: &'static str, domains: usize) -> Outcome {
        let template =
            Template::read(&repository().join("benches/documents/small.xml").display().to_string())?;
        let path = self.folder.path().join(format!("host-{domains}.xml"));
        let domains: String = (0..domains).map(|number| template.document(number)).collect();
        std::fs::write(&path, format!("<node>\n{domains}</node>\n"))?;
        self.name(name, &path);
        Ok(())
    }
}
