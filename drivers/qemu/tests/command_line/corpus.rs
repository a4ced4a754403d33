//! Documents of which libvirt makes a command line. The corpus lies beside the repository, as `shared/corpus`.

use std::path::Path;

/// One document.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) document: String,
}

/// The cases, or those whose name contains `OMNIVIRT_COMMAND_LINE`; none, and a line that says so, where the corpus is not there.
pub(crate) fn cases() -> Vec<Case> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/dev/cases/domain");
    let Ok(entries) = std::fs::read_dir(&corpus) else {
        println!("not run: there is no corpus at {}", corpus.display());
        return Vec::new();
    };
    let only = std::env::var("OMNIVIRT_COMMAND_LINE").ok();
    let mut cases: Vec<Case> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|directory| directory.join("argv.qemu.json").exists())
        .filter_map(|directory| {
            let name = directory.file_name().unwrap().to_string_lossy().into_owned();
            let document = String::from_utf8(std::fs::read(directory.join("input.xml")).ok()?).ok()?;
            Some(Case { name, document })
        })
        .filter(|case| only.as_ref().is_none_or(|only| case.name.contains(only.as_str())))
        .collect();
    cases.sort_by(|one, other| one.name.cmp(&other.name));
    cases
}
