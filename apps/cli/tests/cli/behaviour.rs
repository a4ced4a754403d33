//! What no transcript shows: terminals, pipes, editors, waiting.

use crate::shell::{omnivirt, run, run_with_input, script, stderr, stdout, stdout_of};
use std::io::Write;
use std::process::Stdio;

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let mut child = omnivirt(&["-c", "test:///default", "events", "--list"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("it runs");
    drop(child.stdout.take());
    assert!(child.wait().expect("it ends").success());
}

#[test]
fn nothing_is_coloured_where_no_terminal_is() {
    assert!(!stdout_of(&["-c", "test:///default", "list", "--all"]).contains('\x1b'));
}

#[test]
fn the_note_about_the_default_is_not_in_the_results() {
    let output = run(&["-o", "json", "list"]);
    let domains: serde_json::Value = serde_json::from_slice(&output.stdout).expect("it is JSON alone");
    assert_eq!(domains[0]["name"], "test");
    let note: serde_json::Value = serde_json::from_slice(&output.stderr).expect("so is the note");
    assert!(note["note"].as_str().is_some_and(|note| note.contains("test:///default")), "{note}");
}

#[test]
fn a_document_comes_from_standard_input_too() {
    let document = include_str!("../web.xml");
    let output = run_with_input(omnivirt(&["-c", "test:///default", "define", "-"]), document);
    assert_eq!(stdout(&output), "domain 'web' defined\n", "{}", stderr(&output));
}

#[test]
fn what_was_dumped_can_be_defined() {
    let dumped = script(&[], "define tests/web.xml\ndumpxml web\n", 0);
    let xml = dumped.strip_prefix("domain 'web' defined\n").expect("it was defined");
    let output = run_with_input(omnivirt(&["-c", "test:///default", "define", "-"]), xml);
    assert!(output.status.success(), "{}", stderr(&output));
}

#[test]
fn a_script_can_be_a_file_whose_commands_read_standard_input() {
    let mut file = tempfile::NamedTempFile::new().expect("a file can be made");
    file.write_all(b"define -\nlist --all --name\n").expect("it can be written");
    let path = file.path().to_str().expect("it is UTF-8");
    let arguments = ["-c", "test:///default", "script", path];
    let output = run_with_input(omnivirt(&arguments), include_str!("../web.xml"));
    assert_eq!(stdout(&output), "domain 'web' defined\ntest\nweb\n", "{}", stderr(&output));
}

#[test]
fn what_follows_in_a_script_is_the_document_that_a_command_reads() {
    let script_and_document = format!("define -\n{}", include_str!("../web.xml"));
    assert_eq!(script(&[], &script_and_document, 0), "domain 'web' defined\n");
}

#[test]
fn a_saved_domain_is_restored() {
    let story = "save test /saved/test\nlist --all\nrestore /saved/test\nlist\n";
    let told = script(&[], story, 0);
    assert!(told.contains("domain 'test' saved to /saved/test\n"), "{told}");
    assert!(told.contains("domain 'test' restored from /saved/test\n"), "{told}");
    assert!(told.trim_end().ends_with("running"), "{told}");
}

#[test]
fn waiting_ends_when_it_is_so() {
    let told =
        script(&[], "wait test --until running\ndestroy test\nwait test --until shutoff --timeout 5s\n", 0);
    assert!(told.ends_with("domain 'test' is shutoff\n"), "{told}");
    let told = script(&[], "wait nobody --until gone\n", 0);
    assert_eq!(told, "nobody\n");
}

#[test]
fn each_rendering_of_events_is_a_line_for_each() {
    for (format, first) in [("json", "{\"state\":"), ("xml", "<state "), ("cloudevents", "{\"data\":")] {
        let options = ["-c", "test:///default", "--timeout", "500ms"];
        let command = ["events", "--since-start", "--format", format];
        let told = stdout_of(&[&options[..], &command[..]].concat());
        assert_eq!(told.lines().count(), 1, "the state of the one domain: {told}");
        assert!(told.starts_with(first), "{told}");
    }
}

/// An editor that does this to the file.
fn edit(command: &str) -> std::process::Output {
    let mut omnivirt = omnivirt(&["-c", "test:///default", "edit", "test"]);
    omnivirt.env("VISUAL", command);
    run_with_input(omnivirt, "")
}

#[test]
fn an_edited_definition_is_defined() {
    let output = edit("sed -i s/destroy/restart/");
    assert_eq!(stdout(&output), "domain 'test' edited\n", "{}", stderr(&output));
    let output = edit("true");
    assert_eq!(stdout(&output), "domain 'test' not changed\n", "{}", stderr(&output));
}

#[test]
fn what_was_edited_badly_is_not_lost() {
    let output = edit("sed -i s/<memory/<memoir/");
    assert_eq!(output.status.code(), Some(1));
    let told = stderr(&output);
    let path = told.rsplit("your text is in ").next().expect("it says where").trim();
    let kept = std::fs::read_to_string(path).expect("it is there");
    std::fs::remove_file(path).expect("it was ours");
    assert!(kept.contains("<memoir"), "{kept}");
}

#[test]
fn an_editor_that_fails_changes_nothing() {
    let output = edit("false");
    assert_eq!(output.status.code(), Some(1));
    let path = stderr(&output).rsplit("your text is in ").next().expect("it says where").trim().to_owned();
    std::fs::remove_file(path).expect("it was ours");
}
