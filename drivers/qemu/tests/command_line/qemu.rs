//! One QEMU, from its start to its answer.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::process::Command;

/// How long QEMU has to answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// The socket at which the test waits for QEMU's monitor.
pub(crate) const MONITOR: &str = "monitor";

/// Starts QEMU, asks it for its state, and ends it.
///
/// # Errors
///
/// QEMU's own words.
pub(crate) async fn start(line: &[String], folder: &Path) -> Result<(), String> {
    let listener = UnixListener::bind(folder.join(MONITOR)).unwrap();
    let mut child = Command::new(&line[0])
        .args(&line[1..])
        .current_dir(folder)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(std::fs::File::create(folder.join("words")).unwrap())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let answered = tokio::select! {
        answered = tokio::time::timeout(PATIENCE, ask(&listener)) => match answered {
            Ok(answered) => answered,
            Err(_) => Err(format!("no answer within {} s", PATIENCE.as_secs())),
        },
        status = child.wait() => Err(format!("ended: {}", status.unwrap())),
    };
    child.kill().await.unwrap();
    answered.map_err(|error| {
        let words = std::fs::read_to_string(folder.join("words")).unwrap_or_default();
        // What is written later is more about the end.
        let last: Vec<&str> = words.lines().rev().filter(|line| !line.contains("warning:")).take(2).collect();
        format!("{error}: {}", last.join(" | "))
    })
}

async fn ask(listener: &UnixListener) -> Result<(), String> {
    let (stream, _) = listener.accept().await.map_err(|error| error.to_string())?;
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    read(&mut stream, &mut line).await?;
    for command in ["qmp_capabilities", "query-status"] {
        let text = format!("{{\"execute\":\"{command}\"}}\n");
        stream.write_all(text.as_bytes()).await.map_err(|error| error.to_string())?;
        read(&mut stream, &mut line).await?;
        while line.contains("\"event\"") {
            read(&mut stream, &mut line).await?;
        }
    }
    if line.contains("prelaunch") { Ok(()) } else { Err(format!("it says {line}")) }
}

async fn read(stream: &mut BufReader<UnixStream>, line: &mut String) -> Result<(), String> {
    line.clear();
    match stream.read_line(line).await {
        Ok(0) => Err("the monitor was closed".to_owned()),
        Ok(_) => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}
