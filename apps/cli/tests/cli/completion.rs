//! What the shell is offered at the Tab key.

use crate::shell::{omnivirt, run_with_input, stdout};

/// What bash would be offered for the last word of the line.
fn offered(line: &str) -> Vec<String> {
    let words: Vec<&str> = ["--"].into_iter().chain(line.split(' ')).collect();
    let mut command = omnivirt(&words);
    let last = words.len() - 2;
    command.env("OMNIVIRT_COMPLETE", "bash").env("_CLAP_COMPLETE_INDEX", last.to_string());
    command.env("_CLAP_IFS", "\n").env("_CLAP_COMPLETE_COMP_TYPE", "9");
    let output = run_with_input(command, "");
    stdout(&output).lines().map(str::to_owned).collect()
}

#[test]
fn commands_and_options() {
    assert_eq!(offered("omnivirt snapsh"), ["snapshot"]);
    assert!(offered("omnivirt list --st").contains(&"--state".to_owned()));
}

#[test]
fn names_of_domains() {
    assert_eq!(offered("omnivirt start te"), ["test"]);
    assert_eq!(offered("omnivirt -c nope:/// start te"), [""; 0]);
}
