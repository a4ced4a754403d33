//! Transcripts: what was typed, what came back, and the exit code. `UPDATE_SNAPSHOTS=1` writes them anew.

use crate::shell::{omnivirt, run_with_input, stderr, stdout};
use std::path::Path;

/// One thing that is typed, and what is on its standard input.
type Step<'a> = (&'a str, &'a str);

fn hold_against(name: &str, steps: &[Step<'_>]) {
    let mut transcript = String::new();
    for (line, input) in steps {
        let words = shlex::split(line).expect("quoted well");
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let output = run_with_input(omnivirt(&words), input);
        transcript += &format!("$ omnivirt {line}\n");
        for line in input.lines() {
            transcript += &format!("< {line}\n");
        }
        transcript += &without_trailing_spaces(&stdout(&output));
        for line in stderr(&output).lines() {
            transcript += format!("! {line}").trim_end();
            transcript.push('\n');
        }
        let code = output.status.code().expect("it ends by itself");
        transcript += &format!("[{code}]\n\n");
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
    let epoch = "\"epoch\":\"";
    let text: Vec<&str> = text.split(epoch).collect();
    let text = text.iter().enumerate().map(|(index, part)| if index == 0 { part } else { &part[36..] });
    let text = text.collect::<Vec<_>>().join(&format!("{epoch}<epoch>"));
    let mut rest = text.as_str();
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
        "lxc:///system",
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
fn what_the_doctor_finds() {
    let uris = [
        "qemu//system",
        "test+unix:///default?mode=odd",
        "qemu+pigeon:///system",
        "qemu+ssh://host/system",
        "test+unix:///default?socket=/missing/libvirt-sock",
        "test+unix:///default?socket=tests/web.xml",
        "test+ext:///default?command=cat",
        "nope:///",
        "lxc:///system",
        "test:///default?nonsense=1",
    ];
    let lines: Vec<String> = uris
        .iter()
        .flat_map(|uri| [format!("doctor '{uri}'"), format!("--output json doctor '{uri}'")])
        .collect();
    let steps: Vec<Step<'_>> = lines.iter().map(|line| (line.as_str(), "")).collect();
    hold_against("doctor.txt", &steps);
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
            ("-c test:///default define tests/missing.xml", ""),
            ("-c test:///default define -", "<domain type='test'>\n  <name>web</nome>\n</domain>\n"),
            ("-c test:///default -o json define -", "<domain type='test'>\n  <name>web</nome>\n</domain>\n"),
            ("-c test:///default define tests/disk.xml", ""),
            ("-c test:///default inject watchdog", ""),
            ("-c test:///default inject watchdog --domain test nonsense=1", ""),
            ("-c test:///default metadata test --set x", ""),
        ],
    );
}

#[test]
fn documents_without_a_host() {
    let snapshot = "\
<domainsnapshot future=\"1\"><description>before</description><!-- mine -->
  <name>a</name><state>runing</state><disks><disk name='vda' snapshot='mirror'/></disks>
</domainsnapshot>
";
    let good = "<domainsnapshot><disks><disk name='vda'/></disks><name>a</name></domainsnapshot>\n";
    hold_against(
        "xml.txt",
        &[
            ("xml --help", ""),
            ("xml fmt -", snapshot),
            ("xml fmt --check -", snapshot),
            ("xml validate -", snapshot),
            ("-o json xml validate -", snapshot),
            ("xml validate -", good),
            ("xml to-json -", good),
            ("xml from-json --kind snapshot -", "{\"name\": \"a\"}\n"),
            ("xml from-json --kind snapshot -", "{\"nmae\": \"a\"}\n"),
            (
                "xml diff tests/web.xml -",
                "<domain type='kvm'><memory>524288</memory><vcpu>2</vcpu><x/></domain>\n",
            ),
            ("xml diff tests/web.xml tests/web.xml", ""),
            (
                "xml normalise --as test --kind= --base= --op= --flags= --preload= -",
                "<domain type='test'>\n  <name>web</nome>\n",
            ),
            ("xml normalise --as test -", "<domain type='test'><name>web</name></domain>\n"),
            ("xml normalise --as clippy tests/web.xml", ""),
            ("xml schema --kind snapshoot", ""),
            ("xml fmt -", "<domian/>\n"),
            ("xml fmt tests/missing.xml", ""),
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
            ("-c test:///default list --all", ""),
            ("-c test:///default -o json list", ""),
            ("-c test:///default list --inactive", ""),
            ("-c test:///default -o json list --state shutoff", ""),
            ("-c test:///default list --name", ""),
            ("-c test:///default list --uuid", ""),
            ("-c test:///default memory test --config", ""),
            ("-c test:///default vcpus test --config", ""),
            ("-c test:///default metadata test", ""),
            ("-c test:///default start test", ""),
            ("-c test:///default -o json start test", ""),
            ("-c test:///default -r destroy test", ""),
            ("-c test:///default destroy test", ""),
            ("-c test:///default -o json destroy test", ""),
            ("-c test:///default destroy tets", ""),
            ("-c test:///default info 77", ""),
            ("-c test:///default snapshot current test", ""),
            ("-c test:///default --timeout 500ms wait test --until shutoff", ""),
            ("-c test:///default --timeout 500ms events -n 1", ""),
            ("-c test:///default events --list", ""),
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
            ("-c test:///default script --events", story),
            ("-c test:///default -o json script --events", "suspend test\nresume test\n"),
            ("-c test:///default script", "list --all\nresume test\nlist --all\n"),
            ("-c test:///default script --keep-going", "resume test\nnonsense\nlist --name\n"),
            ("-c test:///default script", "start 'test\n"),
            ("-c test:///default script", "script\n"),
        ],
    );
}
