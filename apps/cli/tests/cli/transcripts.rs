//! Transcripts: what was typed, what came back, and the exit code. `UPDATE_SNAPSHOTS=1` writes them anew.

use crate::shell::{omnivirt, run_with_input, stderr, stdout};
use std::fmt::Write;
use std::path::Path;

/// One thing that is typed, and what is on its standard input.
type Step<'a> = (&'a str, &'a str);

fn hold_against(name: &str, steps: &[Step<'_>]) {
    let mut transcript = String::new();
    for (line, input) in steps {
        let words = shlex::split(line).expect("quoted well");
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let output = run_with_input(omnivirt(&words), input);
        writeln!(transcript, "$ omnivirt {line}").unwrap();
        for line in input.lines() {
            writeln!(transcript, "< {line}").unwrap();
        }
        transcript += &without_trailing_spaces(&stdout(&output));
        for line in stderr(&output).lines() {
            writeln!(transcript, "! {}", line.trim_end()).unwrap();
        }
        let code = output.status.code().expect("it ends by itself");
        writeln!(transcript, "[{code}]\n").unwrap();
    }
    let transcript = masked(&transcript);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts").join(name);
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, &transcript).expect("the folder can be written");
    }
    let before = std::fs::read_to_string(&path).expect("the transcript is committed");
    assert!(before == transcript, "{name} differs; this is what came now:\n{transcript}");
}

fn without_trailing_spaces(text: &str) -> String {
    text.lines().fold(String::new(), |text, line| text + line.trim_end() + "\n")
}

/// The text with what differs from run to run replaced: times of day, moments, the name of the run, CPU time.
fn masked(text: &str) -> String {
    let mut masked = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(|character: char| character.is_ascii_digit()) {
        let (before, number) = rest.split_at(at);
        masked += before;
        let (length, mask) = moment(number);
        match mask {
            Some(mask) => masked += mask,
            None => masked += &number[..length],
        }
        rest = &number[length..];
    }
    masked + rest
}

/// How long the number at the beginning is, and what stands for it.
fn moment(text: &str) -> (usize, Option<&'static str>) {
    let is_like = |pattern: &str| {
        text.len() >= pattern.len()
            && pattern.bytes().zip(text.bytes()).all(|(wanted, byte)| match wanted {
                b'0' => byte.is_ascii_digit(),
                b'x' => byte.is_ascii_hexdigit(),
                other => byte == other,
            })
    };
    if is_like("0000-00-00T00:00:00") {
        return (text.find('Z').map_or(19, |end| end + 1), Some("<moment>"));
    }
    if is_like("00:00:00.000") {
        return (12, Some("<time>      "));
    }
    let digits = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    (digits, None)
}

#[test]
fn what_cannot_be_opened() {
    let uris = [
        "nope:///",
        "test:///missing.xml",
        "qemu:///system",
        "qemu+ssh://host/system",
        "'qemu//system'",
        "'test:///default?nonsense=1'",
    ];
    let lines: Vec<String> = uris
        .iter()
        .flat_map(|uri| [format!("-c {uri} list"), format!("-c {uri} --output json list")])
        .collect();
    let steps: Vec<Step<'_>> = lines.iter().map(|line| (line.as_str(), "")).collect();
    hold_against("cannot_open.txt", &steps);
}

#[test]
fn what_makes_no_sense() {
    hold_against(
        "usage.txt",
        &[
            ("lsit", ""),
            ("-o json lsit", ""),
            ("start", ""),
            ("-o json start", ""),
            ("memory test lots", ""),
            ("wait test --until doomsday", ""),
            ("list --timeout soon", ""),
            ("-q define tests/missing.xml", ""),
            ("-q inject watchdog", ""),
            ("-q inject watchdog --domain test nonsense=1", ""),
            ("-q metadata test --set x", ""),
        ],
    );
}

#[test]
fn help() {
    hold_against(
        "help.txt",
        &[("--help", ""), ("-h", ""), ("list -h", ""), ("snapshot -h", ""), ("events --help", "")],
    );
}

#[test]
fn the_default_host() {
    hold_against(
        "default_host.txt",
        &[
            ("list", ""),
            ("-q list --all", ""),
            ("-q -o json list", ""),
            ("-q list --inactive", ""),
            ("-q -o json list --state shutoff", ""),
            ("-q list --name", ""),
            ("-q list --uuid", ""),
            ("-q memory test --config", ""),
            ("-q vcpus test --config", ""),
            ("-q metadata test", ""),
            ("-q start test", ""),
            ("-q -o json start test", ""),
            ("-q -r destroy test", ""),
            ("-q destroy test", ""),
            ("-q -o json destroy test", ""),
            ("-q destroy tets", ""),
            ("-q info 77", ""),
            ("-q snapshot current test", ""),
            ("-q --timeout 50ms wait test --until shutoff", ""),
            ("-q --timeout 50ms events -n 1", ""),
            ("-q events --list", ""),
        ],
    );
}

#[test]
fn several_steps_against_one_host() {
    let story = "\
# One domain and its life.
define tests/web.xml
start web
suspend web
list --all
resume web
memory web 256MiB
snapshot create web --name 'before it breaks'
snapshot list web --name
attach-device web tests/disk.xml
metadata web --title --set 'The web server'
inject watchdog --domain web action=reset
shutdown web
undefine web --snapshots-metadata
list
";
    hold_against(
        "script.txt",
        &[
            ("-q script --events", story),
            ("-q -o json script --events", "suspend test\nresume test\n"),
            ("-q script", "list --all\nresume test\nlist --all\n"),
            ("-q script --keep-going", "resume test\nnonsense\nlist --name\n"),
            ("-q script", "start 'test\n"),
            ("-q script", "script\n"),
        ],
    );
}
