//! The program's own documents: the page in the book, manual pages, shell scripts.

use crate::shell::{run, stdout_of};

/// The page about the command line is what the program says of itself. `UPDATE_SNAPSHOTS=1` writes it anew.
#[test]
fn the_page_in_the_book_is_what_the_program_says() {
    let page = stdout_of(&["markdown"]);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/src/cli.md");
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(path, &page).expect("the book can be written");
    }
    let committed = std::fs::read_to_string(path).expect("the page is committed");
    assert!(committed == page, "docs/src/cli.md is out of date: run this test with UPDATE_SNAPSHOTS=1");
}

#[test]
fn manual_pages_are_written_for_every_command() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let pages = folder.path().join("man1");
    stdout_of(&["man", pages.to_str().expect("it is UTF-8")]);
    for page in ["omnivirt.1", "omnivirt-list.1", "omnivirt-snapshot-create.1"] {
        let text = std::fs::read_to_string(pages.join(page)).expect("the page is there");
        assert!(text.starts_with(".ie") && text.contains(".SH NAME"), "{page}: {text}");
    }
}

#[test]
fn every_shell_gets_a_script_of_either_sort() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(stdout_of(&["completions", shell]).contains("OMNIVIRT_COMPLETE"), "{shell}");
        assert!(stdout_of(&["completions", shell, "--static"]).contains("managed-save"), "{shell}");
    }
}

#[test]
fn drivers_are_listed_without_a_connection() {
    let output = run(&["-c", "nope:///", "-o", "json", "drivers"]);
    assert!(output.status.success());
    let drivers: serde_json::Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    let names: Vec<&str> =
        drivers.as_array().unwrap().iter().filter_map(|driver| driver["name"].as_str()).collect();
    assert_eq!(names, ["lxc", "qemu", "remote", "test", "xen"]);
    let test = &drivers[3];
    assert!(test["families"].as_array().is_some_and(|families| !families.is_empty()), "{test}");
    assert!(drivers[1]["cannot_open"].is_string(), "{}", drivers[1]);
}
