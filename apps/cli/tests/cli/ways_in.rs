//! `console`, `screenshot`, `qemu-monitor`, `qemu-agent`: with a simulated guest that answers.

use crate::pseudo_terminal::Terminal;
use crate::shell::{omnivirt, run_with_input, stderr, stdout};
use rustix::process::Signal;
use std::io::Read;
use std::process::{Output, Stdio};

const HOST: &str = concat!("test://", env!("CARGO_MANIFEST_DIR"), "/tests/guests.xml");

fn command(arguments: &[&str]) -> std::process::Command {
    omnivirt(&[&["-c", HOST], arguments].concat())
}

fn run(arguments: &[&str], input: &str) -> Output {
    run_with_input(command(arguments), input)
}

fn code(output: &Output) -> Option<i32> {
    output.status.code()
}

#[test]
fn at_a_terminal_all_keys_but_one_go_to_the_guest() {
    let mut terminal = Terminal::run(command(&["console", "web"]));
    let told = terminal.wait_for("web login: ");
    assert!(told.starts_with("Connected to domain 'web'\r\nEscape character is ^] (Ctrl + ])\r\n"), "{told}");
    assert!(!terminal.is_as_usual());
    // Ctrl-C, Ctrl-D and Ctrl-Z are the guest's.
    terminal.types("\u{3}\u{4}\u{1a}root\r");
    terminal.wait_for("Password: ");
    terminal.types("secret\r");
    terminal.wait_for("root@web:~# ");
    terminal.types("echo over there\r");
    terminal.wait_for("echo over there\r\nover there\r\nroot@web:~# ");
    terminal.types("\u{1d}");
    assert!(terminal.end().success());
    assert!(terminal.is_as_usual());
}

#[test]
fn the_end_of_the_guest_is_that_of_its_console() {
    let mut terminal = Terminal::run(command(&["console", "web", "--escape", "^t"]));
    terminal.wait_for("Escape character is ^T (Ctrl + T)\r\n");
    terminal.wait_for("login: ");
    terminal.types("root\r\u{1d}\r");
    terminal.wait_for("root@web:~# ");
    terminal.types("poweroff\r");
    assert!(terminal.end().success());
    assert!(terminal.is_as_usual());
}

#[test]
fn a_terminal_is_left_as_it_was_by_who_is_told_to_end() {
    let mut terminal = Terminal::run(command(&["console", "web"]));
    terminal.wait_for("login: ");
    assert!(!terminal.is_as_usual());
    terminal.signal(Signal::TERM);
    terminal.wait_for("ended by a signal");
    assert_eq!(terminal.end().code(), Some(1));
    assert!(terminal.is_as_usual());
}

#[test]
fn a_pipe_types_too_and_its_end_is_not_that_of_the_guest() {
    let output = run(&["console", "web", "--device", "serial0"], "root\nsecret\necho hi\npoweroff\n");
    let said = stdout(&output);
    assert!(said.ends_with("root@web:~# echo hi\r\nhi\r\nroot@web:~# poweroff\r\nroot@web:~# "), "{said}");
    assert_eq!(code(&output), Some(0));
    assert!(stderr(&output).starts_with("Connected to domain 'web'\n"), "{}", stderr(&output));
    // Nothing more is typed, and nothing ends it: the time does.
    let output = run(&["--timeout", "300ms", "--quiet", "console", "web"], "");
    assert!(stdout(&output).ends_with("web login: "));
    assert_eq!(stderr(&output), "error: the time was over before the console was left\n");
    assert_eq!(code(&output), Some(4));
    // The escape character ends it after what stands before.
    assert_eq!(code(&run(&["console", "web"], "root\n\u{1d}not this")), Some(0));
}

#[test]
fn who_has_heard_enough_need_not_wait_for_the_guest_to_say_more() {
    let mut child =
        command(&["console", "web"]).stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("it runs");
    let mut said = std::io::BufReader::new(child.stdout.take().expect("it is piped"));
    let mut before = Vec::new();
    while !before.ends_with(b"login: ") {
        let mut byte = [0];
        said.read_exact(&mut byte).expect("the guest asks who is there");
        before.push(byte[0]);
    }
    drop(said);
    assert!(child.wait().expect("it ends").success());
}

#[test]
fn a_console_that_cannot_be_had_is_told() {
    let output = run(&["console", "web", "--device", "serial7"], "");
    assert_eq!(
        (code(&output), &*stderr(&output)),
        (Some(3), "error: the domain has no console 'serial7' (domain: web)\n")
    );
    let output = run(&["console", "web", "--escape", "^]^]"], "");
    assert!(stderr(&output).contains("'^]^]' is no character such as ^]"), "{}", stderr(&output));
    assert_eq!(code(&output), Some(2));
}

#[test]
fn a_picture_is_named_by_what_it_is_and_replaces_nothing_unasked() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let at = |name: &str| folder.path().join(name).display().to_string();
    let output = run(&["screenshot", "web", &at("shot")], "");
    let path = at("shot.png");
    assert_eq!(stdout(&output), format!("screenshot of domain 'web' saved to {path} (image/png)\n"));
    let picture = std::fs::read(&path).expect("it is there");
    assert!(picture.starts_with(b"\x89PNG"));

    std::fs::write(&path, "precious").expect("it can be written");
    let output = run(&["screenshot", "web", &path], "");
    assert_eq!(code(&output), Some(5));
    assert!(stderr(&output).contains("is there already; name another file, or use --force"));
    assert_eq!(std::fs::read(&path).expect("it is there"), b"precious");
    let output = run(&["-o", "json", "screenshot", "web", &path, "--force"], "");
    let taken: serde_json::Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    let length = std::fs::read(&path).expect("it is there").len();
    assert_eq!(taken, serde_json::json!({"file": path, "content_type": "image/png", "bytes": length}));

    // A screen that there is not leaves nothing behind, nor does one that is there leave anything but the picture.
    let output = run(&["screenshot", "web", &at("none.png"), "--screen", "7"], "");
    assert_eq!(code(&output), Some(3), "{}", stderr(&output));
    let named = run(&["screenshot", "web", &folder.path().display().to_string()], "");
    assert!(named.status.success());
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .expect("it is there")
        .map(|entry| entry.expect("it is there").file_name().into_string().expect("it is UTF-8"))
        .collect();
    names.sort_unstable();
    assert_eq!((names.len(), &*names[0]), (2, "shot.png"), "{names:?}");
    assert!(names[1].starts_with("web-20") && names[1].ends_with(".png"), "{names:?}");

    assert!(run(&["screenshot", "web", "-"], "").stdout.starts_with(b"\x89PNG"));
    let mut terminal = Terminal::run(command(&["screenshot", "web", "-"]));
    terminal.wait_for("a picture is not written to a terminal");
    assert_eq!(terminal.end().code(), Some(2));
}

#[test]
fn the_monitor_answers_in_its_own_words() {
    let output = run(&["qemu-monitor", "web", "query-status"], "");
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    assert_eq!(answer["return"]["status"], "running");
    let pretty = run(&["qemu-monitor-command", "web", r#"{"execute": "query-name"}"#, "--pretty"], "");
    assert_eq!(stdout(&pretty), "{\n  \"return\": {\n    \"name\": \"web\"\n  }\n}\n");
    let value = run(&["qemu-monitor", "web", "--return-value", "query-name"], "");
    assert_eq!(stdout(&value), "{\"name\":\"web\"}\n");
    let typed = run(&["qemu-monitor", "web", "--hmp", "info", "status"], "");
    assert_eq!(stdout(&typed), "VM status: running\n");
    let typed = run(&["-o", "json", "qemu-monitor", "web", "--hmp", "info status"], "");
    assert_eq!(stdout(&typed), "{\"answer\":\"VM status: running\\r\\n\"}\n");
}

#[test]
fn what_the_monitor_refuses_is_an_answer_and_a_failure() {
    let output = run(&["qemu-monitor", "web", "--return-value", "query-nonsense"], "");
    assert!(stdout(&output).contains("CommandNotFound"), "{}", stdout(&output));
    assert_eq!(code(&output), Some(1));
    let output = run(&["qemu-monitor", "web", "info", "status"], "");
    assert!(stderr(&output).contains("--hmp takes commands as people type them"), "{}", stderr(&output));
    assert_eq!(code(&output), Some(2));
    let output = run(&["-r", "qemu-monitor", "web", "query-status"], "");
    assert_eq!(code(&output), Some(7), "{}", stderr(&output));
}

#[test]
fn the_agent_answers_unless_nobody_waits() {
    let output = run(&["qemu-agent", "web", "guest-ping"], "");
    assert_eq!(stdout(&output), "{\"return\":{}}\n", "{}", stderr(&output));
    let output = run(&["qemu-agent-command", "web", "--wait", "no", "guest-ping"], "");
    assert_eq!(stdout(&output), "domain 'web' was sent the command\n");
    let output = run(&["qemu-agent", "web", "guest-nonsense"], "");
    assert_eq!(code(&output), Some(1));
    assert!(stderr(&output).contains("guest-nonsense"), "{}", stderr(&output));
}

#[test]
fn what_the_monitor_tells_by_itself_is_an_event() {
    let lines = "qemu-monitor web stop\n";
    let output = run(&["-o", "json", "script", "--events"], lines);
    let said = stdout(&output);
    let events: Vec<serde_json::Value> =
        said.lines().map(|line| serde_json::from_str(line).expect("it is JSON")).collect();
    let told = events.iter().find(|event| event["type"] == "monitor_event").expect(&said);
    assert_eq!(told["body"]["event"], "STOP");
}
