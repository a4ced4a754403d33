//! The way through the toy driver in CONTRIBUTING.md shows code that is there: what is shown is compiled and tested.

use std::path::{Path, PathBuf};
use std::{fs, io};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn texts_below(folder: &Path, texts: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        match path.extension().and_then(|extension| extension.to_str()) {
            _ if path.ends_with("target") => {}
            None if path.is_dir() => texts_below(&path, texts)?,
            Some("rs" | "toml") => texts.push(fs::read_to_string(&path)?),
            _ => {}
        }
    }
    Ok(())
}

#[test]
fn every_piece_of_code_is_from_the_toy_driver() {
    let page = fs::read_to_string(root().join("CONTRIBUTING.md")).unwrap();
    let mut texts = Vec::new();
    texts_below(&root().join("examples/toy_driver"), &mut texts).unwrap();
    let pieces: Vec<&str> = page.split("```").skip(1).step_by(2).collect();
    assert!(pieces.len() > 5, "the page shows {} pieces of code", pieces.len());
    for piece in pieces {
        let (_, code) = piece.split_once('\n').unwrap();
        assert!(texts.iter().any(|text| text.contains(code)), "no file of the toy driver has\n{code}");
    }
}
