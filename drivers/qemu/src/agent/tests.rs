//! Tests with an agent of our own at the other end.

use super::Agent;
use omnivirt_core::ErrorKind;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

/// Long enough for whatever is answered.
const PATIENCE: Duration = Duration::from_secs(20);
/// Short enough for what is not.
const SHORT: Duration = Duration::from_millis(200);

/// The other end: reads commands as an agent does.
struct Guest {
    stream: UnixStream,
    read: Vec<u8>,
    /// What was sent to it in all.
    commands: Vec<Value>,
}

impl Guest {
    fn new() -> (Agent, Self) {
        let (near, far) = UnixStream::pair().unwrap();
        (Agent::over(near), Self { stream: far, read: Vec::new(), commands: Vec::new() })
    }

    /// The next command; a byte that is part of no text takes back what stands before it.
    async fn next(&mut self) -> Option<Value> {
        loop {
            if let Some(sentinel) = self.read.iter().rposition(|byte| *byte == 0xff) {
                self.read.drain(..=sentinel);
            }
            if let Some(end) = self.read.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.read.drain(..=end).collect();
                let command: Value = serde_json::from_slice(&line).expect("whole commands are sent");
                self.commands.push(command.clone());
                return Some(command);
            }
            if self.stream.read_buf(&mut self.read).await.unwrap() == 0 {
                return None;
            }
        }
    }

    async fn say(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }

    /// Answers synchronisations until another command comes.
    async fn command(&mut self) -> Option<Value> {
        loop {
            let command = self.next().await?;
            if command["execute"] != "guest-sync-delimited" {
                return Some(command);
            }
            let answer = format!("{{\"return\": {}}}\n", command["arguments"]["id"]);
            self.say(&[b"\xff", answer.as_bytes()].concat()).await;
        }
    }
}

#[tokio::test]
async fn commands_are_answered_in_step_after_one_synchronisation() {
    let (agent, mut guest) = Guest::new();
    let answering = tokio::spawn(async move {
        guest.say(b"{\"return\": \"of somebody before\"}\n").await;
        for number in 0..3 {
            let command = guest.command().await.unwrap();
            assert_eq!(command["execute"], "guest-get-time");
            guest.say(format!("{{\"return\": {number}}}\r\n").as_bytes()).await;
        }
        guest
    });
    for number in 0..3 {
        assert_eq!(agent.execute::<u32>("guest-get-time", json!({}), PATIENCE).await.unwrap(), number);
    }
    let guest = answering.await.unwrap();
    assert_eq!(guest.commands.len(), 4);
    assert!(guest.commands[1].get("arguments").is_none());
}

#[tokio::test]
async fn what_the_agent_refuses_is_told_and_it_stays_in_step() {
    let (agent, mut guest) = Guest::new();
    let answering = tokio::spawn(async move {
        guest.command().await.unwrap();
        guest.say(b"{\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"not here\"}}\n").await;
        guest.command().await.unwrap();
        guest.say(b"{\"return\": {}}\n").await;
        guest.commands.len()
    });
    let error = agent.execute::<Value>("guest-x", json!({"a": 1}), PATIENCE).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AgentError);
    assert!(error.message().contains("not here"), "{error}");
    assert_eq!(agent.execute::<Value>("guest-ping", json!({}), PATIENCE).await.unwrap(), json!({}));
    assert_eq!(answering.await.unwrap(), 3);
}

#[tokio::test]
async fn a_late_answer_is_nobodys() {
    let (agent, mut guest) = Guest::new();
    let slow = agent.execute::<Value>("guest-slow", json!({}), SHORT);
    let (error, ()) = tokio::join!(slow, async {
        assert_eq!(guest.command().await.unwrap()["execute"], "guest-slow");
    });
    assert_eq!(error.unwrap_err().kind(), ErrorKind::AgentUnresponsive);
    guest.say(b"{\"return\": \"late\"}\n").await;
    let next = agent.execute::<String>("guest-next", json!({}), PATIENCE);
    let (answer, ()) = tokio::join!(next, async {
        assert_eq!(guest.command().await.unwrap()["execute"], "guest-next");
        guest.say(b"{\"return\": \"in time\"}\n").await;
    });
    assert_eq!(answer.unwrap(), "in time");
}

#[tokio::test]
async fn an_agent_that_is_not_there_is_told_and_may_come() {
    let (agent, mut guest) = Guest::new();
    let error = agent.execute::<Value>("guest-ping", json!({}), SHORT).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AgentUnresponsive);
    assert!(error.hint().is_some());
    // It starts, and first answers the synchronisation that nobody waits for any more.
    let first = guest.next().await.unwrap();
    guest.say(format!("\u{0}\n{{\"return\": {}}}\n", first["arguments"]["id"]).as_bytes()).await;
    let later = agent.execute::<Value>("guest-ping", json!({}), PATIENCE);
    let (answer, ()) = tokio::join!(later, async {
        guest.command().await.unwrap();
        guest.say(b"{\"return\": {}}\n").await;
    });
    answer.unwrap();
}

#[tokio::test]
async fn half_a_command_is_taken_back() {
    let (agent, mut guest) = Guest::new();
    // More than the socket holds: it is given up half-way.
    let large = "x".repeat(4 << 20);
    let first = async {
        agent.execute::<Value>("guest-ping", json!({}), PATIENCE).await.unwrap();
        agent.execute::<Value>("guest-file-write", json!({"buf-b64": large}), SHORT).await.unwrap_err()
    };
    let (error, ()) = tokio::join!(first, async {
        guest.command().await.unwrap();
        guest.say(b"{\"return\": {}}\n").await;
    });
    assert_eq!(error.kind(), ErrorKind::AgentUnresponsive);
    let next = agent.execute::<Value>("guest-next", json!({}), PATIENCE);
    let (answer, ()) = tokio::join!(next, async {
        assert_eq!(guest.command().await.unwrap()["execute"], "guest-next");
        guest.say(b"{\"return\": 7}\n").await;
    });
    assert_eq!(answer.unwrap(), json!(7));
}

#[tokio::test]
async fn a_call_that_is_dropped_leaves_the_next_its_own_answer() {
    let (agent, mut guest) = Guest::new();
    let dropped = tokio::spawn({
        let agent = agent.clone();
        async move { agent.execute::<Value>("guest-dropped", json!({}), PATIENCE).await }
    });
    assert_eq!(guest.command().await.unwrap()["execute"], "guest-dropped");
    dropped.abort();
    assert!(dropped.await.unwrap_err().is_cancelled());
    guest.say(b"{\"return\": \"dropped\"}\n").await;
    let next = agent.execute::<String>("guest-next", json!({}), PATIENCE);
    let (answer, ()) = tokio::join!(next, async {
        guest.command().await.unwrap();
        guest.say(b"{\"return\": \"next\"}\n").await;
    });
    assert_eq!(answer.unwrap(), "next");
}

#[tokio::test]
async fn a_closed_channel_is_told_at_once() {
    let (agent, mut guest) = Guest::new();
    let waiting = agent.execute::<Value>("guest-ping", json!({}), PATIENCE);
    let (error, ()) = tokio::join!(waiting, async {
        guest.command().await.unwrap();
        drop(guest);
    });
    assert_eq!(error.unwrap_err().kind(), ErrorKind::AgentUnresponsive);
    let error = agent.execute::<Value>("guest-ping", json!({}), PATIENCE).await.unwrap_err();
    assert!(error.message().contains("closed"), "{error}");
    assert!(agent.is_closed());
}

#[tokio::test]
async fn junk_of_a_guest_is_bounded_and_ends_with_the_time() {
    for junk in [&b"\xff\xff{\"return\": 1}\n"[..], b"{\"return\": {}\n", b"\0\0\n", b"[[[[\n", b"x"] {
        let (agent, guest) = Guest::new();
        let mut stream = guest.stream;
        let talking = tokio::spawn(async move {
            while stream.write_all(junk).await.is_ok() {
                tokio::task::yield_now().await;
            }
        });
        let error = agent.execute::<Value>("guest-ping", json!({}), SHORT).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AgentUnresponsive, "{error}");
        drop(agent);
        talking.await.unwrap();
    }
}

#[tokio::test]
async fn a_users_command_is_answered_as_the_agent_does() {
    let (agent, mut guest) = Guest::new();
    let answering = tokio::spawn(async move {
        let command = guest.command().await.unwrap();
        guest.say(b"{\"return\": {\"version\":  \"7.2\"}}\n").await;
        command
    });
    let text = r#"{"execute": "guest-info", "arguments": {"x": [1]}, "id": "mine"}"#;
    let answer = agent.passthrough(text, PATIENCE).await.unwrap();
    assert_eq!(answer, r#"{"return":{"version":  "7.2"},"id":"mine"}"#);
    assert_eq!(answering.await.unwrap(), json!({"execute": "guest-info", "arguments": {"x": [1]}}));
    let error = agent.passthrough("guest-info", PATIENCE).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
}

#[tokio::test]
async fn a_command_that_succeeds_in_silence() {
    let (agent, mut guest) = Guest::new();
    let (told, ()) =
        tokio::join!(agent.tell("guest-shutdown", json!({"mode": "powerdown"}), PATIENCE, SHORT), async {
            assert_eq!(guest.command().await.unwrap()["execute"], "guest-shutdown");
        });
    told.unwrap();
    let (told, ()) = tokio::join!(agent.tell("guest-shutdown", json!({}), PATIENCE, PATIENCE), async {
        guest.command().await.unwrap();
        guest.say(b"{\"error\": {\"class\": \"GenericError\", \"desc\": \"no\"}}\n").await;
    });
    assert_eq!(told.unwrap_err().kind(), ErrorKind::AgentError);
    let (told, ()) = tokio::join!(agent.tell("guest-shutdown", json!({}), PATIENCE, PATIENCE), async {
        guest.command().await.unwrap();
        drop(guest);
    });
    told.unwrap();
    let (agent, _guest) = Guest::new();
    let error = agent.tell("guest-shutdown", json!({}), SHORT, SHORT).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AgentUnresponsive, "nobody was told");
}
