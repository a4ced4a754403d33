//! Running a program to its end, with a limit of time.

use crate::Result;
use std::io::Read;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How long a program may take that does one thing.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// What a program said, and how it ended.
#[derive(Debug)]
pub struct Outcome {
    /// Its exit status; none if a signal ended it.
    pub code: Option<i32>,
    /// What it wrote to its standard output.
    pub output: String,
    /// What it wrote to its standard error.
    pub errors: String,
}

/// Runs a program to its end.
///
/// # Errors
///
/// It cannot be started, or did not end within [`PATIENCE`]; it is killed then.
pub fn run(command: &mut Command) -> Result<Outcome> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| not_started(command, &error))?;
    let output = read_aside(child.stdout.take());
    let errors = read_aside(child.stderr.take());
    let status = wait(&mut child, PATIENCE).map_err(|error| format!("{command:?} {error}"))?;
    let text = |reader: std::thread::JoinHandle<String>| reader.join().unwrap_or_default();
    Ok(Outcome { code: status.code(), output: text(output), errors: text(errors) })
}

fn read_aside(pipe: Option<impl Read + Send + 'static>) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        // What was read until then is shown all the same.
        let _ = pipe.map(|mut pipe| pipe.read_to_end(&mut bytes));
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// Waits for a program to end.
///
/// # Errors
///
/// It did not in that time; it is killed then.
pub fn wait(child: &mut Child, patience: Duration) -> Result<ExitStatus> {
    let end = Instant::now() + patience;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status),
            Ok(None) if Instant::now() < end => std::thread::sleep(Duration::from_millis(2)),
            other => {
                // It may have ended just now; then there is nothing to kill.
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("did not end in {} s ({other:?})", patience.as_secs()));
            }
        }
    }
}

/// The message of a program that cannot be started: most often it is not installed.
pub fn not_started(command: &Command, error: &std::io::Error) -> String {
    let program = command.get_program().display();
    format!(
        "{program} cannot be started ({error}); `cargo xtask test --install`, as root, installs what the tests need"
    )
}
