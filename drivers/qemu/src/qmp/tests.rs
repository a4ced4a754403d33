//! Tests of the monitor: with another end of our own, which cuts its bytes anywhere, and with a real QEMU.

use super::{Listener, Monitor, MonitorEvent};
use omnivirt_core::ErrorKind;
use parking_lot::Mutex;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;

/// Keeps what it is told, in order.
#[derive(Debug, Clone, Default)]
struct Heard(Arc<Mutex<Vec<String>>>);

impl Heard {
    fn all(&self) -> Vec<String> {
        self.0.lock().clone()
    }
}

impl Listener for Heard {
    fn event(&mut self, event: MonitorEvent) {
        self.0.lock().push(format!("{} {:?} {}", event.name, event.time, event.data));
    }

    fn closed(&mut self, reason: &str) {
        self.0.lock().push(format!("closed: {reason}"));
    }
}

const GREETING: &str = concat!(
    r#"{"QMP": {"version": {"qemu": {"micro": 22, "minor": 2, "major": 7}, "package": "Debian 1:7.2"}, "#,
    r#""capabilities": ["oob"]}}"#,
);

/// The other end.
struct Qemu {
    lines: tokio::io::Lines<BufReader<tokio::net::unix::OwnedReadHalf>>,
    writer: tokio::net::unix::OwnedWriteHalf,
}

impl Qemu {
    /// The number of the next command, which must be that one.
    async fn number(&mut self, command: &str) -> u64 {
        let line = self.lines.next_line().await.unwrap().expect("a command comes");
        let request: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(request["execute"], command);
        request["id"].as_u64().unwrap()
    }

    async fn say(&mut self, text: &str) {
        self.writer.write_all(text.as_bytes()).await.unwrap();
        self.writer.write_all(b"\r\n").await.unwrap();
    }

    async fn answer(&mut self, command: &str, value: Value) {
        let number = self.number(command).await;
        self.say(&json!({"return": value, "id": number}).to_string()).await;
    }
}

async fn begun(heard: Heard) -> (Monitor, Qemu) {
    let (near, far) = UnixStream::pair().unwrap();
    let (reader, writer) = far.into_split();
    let mut qemu = Qemu { lines: BufReader::new(reader).lines(), writer };
    let (begun, ()) = tokio::join!(Monitor::negotiate(near, heard), async {
        qemu.say(GREETING).await;
        qemu.answer("qmp_capabilities", json!({})).await;
    });
    let (monitor, greeting) = begun.unwrap();
    assert_eq!((greeting.qmp.version.qemu.major, &*greeting.qmp.version.package), (7, "Debian 1:7.2"));
    (monitor, qemu)
}

#[tokio::test]
async fn answers_go_to_those_who_asked_whatever_their_order() {
    let (monitor, mut qemu) = begun(Heard::default()).await;
    let ask = |command: &'static str| {
        let monitor = monitor.clone();
        async move { monitor.execute(command, json!({})).await }
    };
    let (one, two, three, ()) = tokio::join!(ask("one"), ask("two"), ask("three"), async {
        let mut numbers = Vec::new();
        for command in ["one", "two", "three"] {
            numbers.push(qemu.number(command).await);
        }
        qemu.say(&json!({"return": 3, "id": numbers[2]}).to_string()).await;
        qemu.say(r#"{"return": "nobody's", "id": 4711}"#).await;
        let refusal =
            json!({"error": {"class": "CommandNotFound", "desc": "no such thing"}, "id": numbers[0]});
        qemu.say(&refusal.to_string()).await;
        qemu.say(&json!({"return": 2, "id": numbers[1]}).to_string()).await;
    });
    assert_eq!((two.unwrap(), three.unwrap()), (json!(2), json!(3)));
    let error = one.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::HypervisorError);
    assert!(error.message().contains("no such thing"), "{error}");
    assert_eq!(error.context("command"), Some("one"));
    assert_eq!(error.context("class"), Some("CommandNotFound"));
}

#[tokio::test]
async fn what_came_before_an_answer_was_told_before_it() {
    let heard = Heard::default();
    let (monitor, mut qemu) = begun(heard.clone()).await;
    let (answer, ()) = tokio::join!(monitor.execute("stop", json!({})), async {
        let number = qemu.number("stop").await;
        qemu.say(r#"{"timestamp": {"seconds": 5, "microseconds": 6}, "event": "STOP"}"#).await;
        qemu.say(r#"{"timestamp": {"seconds": -1, "microseconds": -1}, "event": "X", "data": {"a": 1}}"#)
            .await;
        qemu.say(&json!({"return": {}, "id": number}).to_string()).await;
    });
    answer.unwrap();
    assert_eq!(heard.all(), ["STOP (5, 6) null", r#"X (-1, 0) {"a":1}"#]);
}

#[tokio::test]
async fn a_closed_monitor_ends_all_that_wait() {
    let heard = Heard::default();
    let (monitor, mut qemu) = begun(heard.clone()).await;
    assert!(!monitor.is_closed());
    let (one, two, ()) =
        tokio::join!(monitor.execute("one", json!({})), monitor.execute("two", json!({})), async {
            qemu.number("one").await;
            qemu.number("two").await;
            drop(qemu);
        });
    for error in [one.unwrap_err(), two.unwrap_err(), monitor.execute("three", json!({})).await.unwrap_err()]
    {
        assert_eq!(error.kind(), ErrorKind::HypervisorError);
        assert!(error.message().contains("closed"), "{error}");
    }
    assert!(monitor.is_closed());
    assert_eq!(heard.all(), ["closed: QEMU has closed it"]);
}

#[tokio::test]
async fn an_answer_that_nobody_waits_for_is_passed_over() {
    let (monitor, mut qemu) = begun(Heard::default()).await;
    let dropped = tokio::spawn({
        let monitor = monitor.clone();
        async move { monitor.execute("slow", json!({})).await }
    });
    let number = qemu.number("slow").await;
    dropped.abort();
    assert!(dropped.await.unwrap_err().is_cancelled());
    qemu.say(&json!({"return": "slow", "id": number}).to_string()).await;
    let (answer, ()) = tokio::join!(monitor.execute("next", json!({})), qemu.answer("next", json!("next")));
    assert_eq!(answer.unwrap(), "next");
}

#[tokio::test]
async fn a_user_sees_what_qemu_says() {
    let (monitor, mut qemu) = begun(Heard::default()).await;
    let text = r#"{"execute": "query-x", "id": "mine"}"#;
    let (answer, ()) = tokio::join!(monitor.passthrough(text, Vec::new()), async {
        let number = qemu.number("query-x").await;
        qemu.say(&format!(r#"{{"return": {{"b":  1.50, "a": 18446744073709551616}}, "id": {number}}}"#))
            .await;
    });
    assert_eq!(answer.unwrap(), r#"{"return":{"b":  1.50, "a": 18446744073709551616},"id":"mine"}"#);
    let (answer, ()) = tokio::join!(monitor.passthrough(text, Vec::new()), async {
        let number = qemu.number("query-x").await;
        qemu.say(&json!({"error": {"class": "GenericError", "desc": "no"}, "id": number}).to_string()).await;
    });
    assert_eq!(answer.unwrap(), r#"{"error":{"class":"GenericError","desc":"no"},"id":"mine"}"#);
}

#[tokio::test]
async fn another_greeting_is_refused() {
    for greeting in ["", "SSH-2.0-OpenSSH\r\n", "{\"QMP\": 7}\n", "\n"] {
        let (near, mut far) = UnixStream::pair().unwrap();
        far.write_all(greeting.as_bytes()).await.unwrap();
        drop(far);
        let error = Monitor::negotiate(near, Heard::default()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::HypervisorError, "{greeting}");
    }
}

/// What is said after the greeting; the answer to the command is one of it.
const SAID: &str = concat!(
    "{\"timestamp\": {\"seconds\": 1, \"microseconds\": 2}, \"event\": \"STOP\"}\r\n",
    "\r\n",
    "{\"event\": \"RTC_CHANGE\", \"data\": {\"offset\": -7, \"qom-path\": \"/machine/\\u00e4\\n\"}}\n",
    "{\"return\": {\"status\": \"running\", \"text\": \"\\\"}{ \\u2028\"}, \"id\": 2}\r\n",
    "{\"timestamp\": {\"seconds\": 3}, \"event\": \"RESUME\", \"data\": null}\r\n",
);

/// Says bytes in pieces, each seen by itself, and gives what came of them.
fn come_of(bytes: &[u8], cuts: &[usize]) -> (Result<Value, ErrorKind>, Vec<String>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
    runtime.block_on(async {
        let heard = Heard::default();
        let (monitor, mut qemu) = begun(heard.clone()).await;
        let (answer, ()) = tokio::join!(monitor.execute("query-status", json!({})), async {
            assert_eq!(qemu.number("query-status").await, 2);
            let mut from = 0;
            let mut ends: Vec<usize> = cuts.iter().map(|cut| cut % (bytes.len() + 1)).collect();
            ends.sort_unstable();
            ends.push(bytes.len());
            for end in ends {
                // The other side may have closed at junk.
                let _ = qemu.writer.write_all(&bytes[from..end]).await;
                from = end;
                for _ in 0..3 {
                    tokio::task::yield_now().await;
                }
            }
            drop(qemu);
        });
        // Its end is told when all is read.
        while !heard.all().last().is_some_and(|last| last.starts_with("closed")) {
            tokio::task::yield_now().await;
        }
        (answer.map_err(|error| error.kind()), heard.all())
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn bytes_mean_the_same_wherever_they_are_cut(cuts in prop::collection::vec(any::<usize>(), 0..12)) {
        let (answer, heard) = come_of(SAID.as_bytes(), &cuts);
        prop_assert_eq!(answer.unwrap(), json!({"status": "running", "text": "\"}{ \u{2028}"}));
        prop_assert_eq!(heard, [
            "STOP (1, 2) null",
            "RTC_CHANGE (0, 0) {\"offset\":-7,\"qom-path\":\"/machine/ä\\n\"}",
            "RESUME (3, 0) null",
            "closed: QEMU has closed it",
        ]);
    }

    #[test]
    fn junk_ends_the_monitor_and_nothing_else(
        junk in prop::collection::vec(any::<u8>(), 0..200),
        at in any::<prop::sample::Index>(),
    ) {
        let mut bytes = SAID.as_bytes().to_vec();
        let at = at.index(bytes.len());
        bytes.splice(at..at, junk);
        let (answer, heard) = come_of(&bytes, &[]);
        prop_assert!(answer.is_ok() || answer == Err(ErrorKind::HypervisorError));
        prop_assert_eq!(heard.iter().filter(|told| told.starts_with("closed")).count(), 1);
    }
}
