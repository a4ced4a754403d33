//! Running the program.

use std::io::Write;
use std::process::{Command, Output, Stdio};

/// The program, with nothing of the environment that changes what it says.
pub(crate) fn omnivirt(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_omnivirt"));
    command.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).env("TZ", "UTC");
    for variable in ["OMNIVIRT_URI", "NO_COLOR", "COLUMNS", "VISUAL", "EDITOR"] {
        command.env_remove(variable);
    }
    command
}

/// Runs it to its end, with this on its standard input.
pub(crate) fn run_with_input(mut command: Command, input: &str) -> Output {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program runs");
    // A program that ends early does not read it all.
    let _ = child.stdin.take().expect("it is piped").write_all(input.as_bytes());
    child.wait_with_output().expect("the program ends")
}

/// Runs it to its end.
pub(crate) fn run(arguments: &[&str]) -> Output {
    run_with_input(omnivirt(arguments), "")
}

/// Runs it to its end, which must be good, and gives what it wrote.
pub(crate) fn stdout_of(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
    stdout(&output)
}

/// Runs a script, which must end with that code, and gives what it wrote.
pub(crate) fn script(options: &[&str], lines: &str, code: i32) -> String {
    let arguments: Vec<&str> =
        ["-c", "test:///default"].iter().chain(options).chain(&["script"]).copied().collect();
    let output = run_with_input(omnivirt(&arguments), lines);
    assert_eq!(output.status.code(), Some(code), "{lines}\n{}", stderr(&output));
    stdout(&output)
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("it writes UTF-8")
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("it writes UTF-8")
}
