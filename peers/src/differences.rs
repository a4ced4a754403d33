//! Where virsh says something else with our daemon than with libvirt's, and why.

use crate::normal::without_numbers;
use crate::session;
use crate::transcript::{self, Entry, Part};
use crate::{Result, omnivirtd, own_file, repository};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

/// What virsh says with libvirt's daemon, in this crate's folder.
pub const LIBVIRT: &str = "virsh/libvirt-9.0.0.txt";
/// What it says with ours where that differs.
pub const OURS: &str = "virsh/omnivirt.txt";
/// Why.
pub const REASONS: &str = "virsh/differences.toml";

/// The page of the book, made from the three.
fn page_path() -> PathBuf {
    repository().join("docs/src/comparisons/virsh.md")
}

/// Differences that have one reason.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reason {
    /// What they have in common, as a heading.
    title: String,
    /// Why it is so.
    because: String,
    /// Whether numbers in what our daemon's answers say differ from run to run.
    #[serde(default)]
    numbers_vary: bool,
    /// The commands, by the part that they are in.
    commands: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reasons {
    reason: Vec<Reason>,
}

/// A command of the session, with what was said to it on both sides.
#[derive(Debug)]
struct Pair {
    part: String,
    libvirt: Entry,
    ours: Entry,
}

/// Runs the session with our daemon, each part with one of its own.
///
/// # Errors
///
/// The daemon or virsh fails as a whole.
pub fn play() -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    for part in session::read()? {
        let daemon = omnivirtd::start()?;
        let entries = session::play(&part, &daemon).map_err(|error| format!("[{}] {error}", part.name))?;
        daemon.stop().map_err(|error| format!("[{}] {error}", part.name))?;
        parts.push(Part { entries, name: part.name });
    }
    Ok(parts)
}

/// Writes down what is different now, and the page about it. Differences without a reason are left to be given one.
///
/// # Errors
///
/// The session fails as a whole, or a file cannot be read or written.
pub fn record() -> Result<()> {
    let pairs = pairs(&play()?)?;
    let mut parts: Vec<Part> = Vec::new();
    for pair in pairs.iter().filter(|pair| pair.differs()) {
        match parts.last_mut() {
            Some(part) if part.name == pair.part => part.entries.push(pair.ours.clone()),
            _ => parts.push(Part { name: pair.part.clone(), entries: vec![pair.ours.clone()] }),
        }
    }
    let head = "What virsh 9.0.0 says to the session with omnivirtd, where that differs from libvirt-9.0.0.txt.\n\
                Written by `cargo xtask virsh omnivirtd`.";
    write(own_file(OURS), &transcript::write(head, &parts))?;
    let reasons = reasons()?;
    write(page_path(), &page(&pairs, &reasons))?;
    let problems = without_reason(&pairs, &reasons);
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
}

/// Compares a run with what is written down: every difference has a reason and is as it was, and no reason is left over.
///
/// # Errors
///
/// Something is not so; the message has all of it.
pub fn check(parts: &[Part]) -> Result<()> {
    let pairs = pairs(parts)?;
    let reasons = reasons()?;
    let mut problems = without_reason(&pairs, &reasons);
    let known = transcript::read(&read(own_file(OURS))?)?;
    let mut known =
        known.iter().flat_map(|part| part.entries.iter().map(|entry| (part.name.as_str(), entry)));
    for pair in pairs.iter().filter(|pair| pair.differs()) {
        let vary = reasons.iter().any(|reason| reason.numbers_vary && reason.covers(pair));
        let same = known.next().is_some_and(|(part, entry)| part == pair.part && pair.ours.is(entry, vary));
        if !same {
            problems.push(format!("is not what {OURS} has next: {pair}"));
            break;
        }
    }
    if let (true, Some((part, entry))) = (problems.is_empty(), known.next()) {
        problems.push(format!("{OURS} has a difference that is none any more: [{part}] {}", entry.command));
    }
    if problems.is_empty() && read(page_path())? != page(&pairs, &reasons) {
        problems.push("docs/src/comparisons/virsh.md is not what follows from it".into());
    }
    if problems.is_empty() {
        return Ok(());
    }
    Err(format!(
        "{}\n{} differences from libvirt are not accounted for; `cargo xtask virsh omnivirtd` writes them down",
        problems.join("\n"),
        problems.len()
    ))
}

impl Pair {
    fn differs(&self) -> bool {
        !self.libvirt.says_the_same(&self.ours)
    }
}

impl std::fmt::Display for Pair {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(formatter, "[{}] {}", self.part, self.ours.command)?;
        for (who, entry) in [("libvirt ", &self.libvirt), ("omnivirt", &self.ours)] {
            let code = entry.code.map_or_else(|| "a signal".to_owned(), |code| code.to_string());
            writeln!(formatter, "  {who} ends with {code}")?;
            for line in &entry.lines {
                writeln!(formatter, "  {who} {line}")?;
            }
        }
        Ok(())
    }
}

fn pairs(ours: &[Part]) -> Result<Vec<Pair>> {
    let libvirt = transcript::read(&read(own_file(LIBVIRT))?)?;
    let flat = |parts: &[Part]| -> Vec<(String, Entry)> {
        let entries =
            parts.iter().flat_map(|part| part.entries.iter().map(|entry| (part.name.clone(), entry.clone())));
        entries.collect()
    };
    let (libvirt, ours) = (flat(&libvirt), flat(ours));
    let mut pairs = Vec::new();
    for ((part, libvirt), (our_part, ours)) in libvirt.into_iter().zip(&ours) {
        if part != *our_part || libvirt.command != ours.command {
            return Err(format!(
                "{LIBVIRT} has [{part}] {} where the session has [{our_part}] {}; record it again",
                libvirt.command, ours.command
            ));
        }
        pairs.push(Pair { part, libvirt, ours: ours.clone() });
    }
    if pairs.len() == ours.len() { Ok(pairs) } else { Err(format!("{LIBVIRT} is shorter than the session")) }
}

fn without_reason(pairs: &[Pair], reasons: &[Reason]) -> Vec<String> {
    let mut problems = Vec::new();
    for pair in pairs.iter().filter(|pair| pair.differs()) {
        let count = reasons.iter().filter(|reason| reason.covers(pair)).count();
        if count != 1 {
            problems.push(format!("has {count} reasons in {REASONS}: {pair}"));
        }
    }
    for (part, command) in reasons.iter().flat_map(Reason::commands) {
        let used =
            pairs.iter().any(|pair| pair.differs() && pair.part == *part && pair.ours.command == *command);
        if !used {
            problems.push(format!("{REASONS} has a reason for what is no difference: [{part}] {command}"));
        }
    }
    problems
}

impl Reason {
    fn commands(&self) -> impl Iterator<Item = (&String, &String)> {
        self.commands.iter().flat_map(|(part, commands)| commands.iter().map(move |command| (part, command)))
    }

    fn covers(&self, pair: &Pair) -> bool {
        self.commands().any(|(part, command)| *part == pair.part && *command == pair.ours.command)
    }
}

fn page(pairs: &[Pair], reasons: &[Reason]) -> String {
    let equal = pairs.iter().filter(|pair| !pair.differs()).count();
    let mut page = format!(
        "# virsh with our daemon and libvirt's\n\n\
         <!-- Written by `cargo xtask virsh omnivirtd`; `peers/virsh/differences.toml` has the reasons. -->\n\n\
         Debian's virsh 9.0.0 runs the {} commands of `peers/virsh/session.txt` against `test:///default` in `omnivirtd`. \
         {equal} of them end and print as they do with libvirtd 9.0.0; CI holds that. The others, with the first line \
         that differs:\n",
        pairs.len()
    );
    for reason in reasons {
        let _ = writeln!(page, "\n## {}\n\n{}\n", reason.title, reason.because);
        page.push_str("| part | command | libvirt 9.0.0 | omnivirt |\n|---|---|---|---|\n");
        for pair in pairs.iter().filter(|pair| pair.differs() && reason.covers(pair)) {
            let (libvirt, ours) = first_difference(&pair.libvirt, &pair.ours, reason.numbers_vary);
            let _ = writeln!(page, "| {} | {} | {libvirt} | {ours} |", pair.part, cell(&pair.ours.command));
        }
    }
    page
}

fn first_difference(libvirt: &Entry, ours: &Entry, numbers_vary: bool) -> (String, String) {
    let at = (0..).find(|at| libvirt.lines.get(*at) != ours.lines.get(*at)).unwrap_or(0);
    let show = |entry: &Entry, numbers_vary: bool| {
        let code = match entry.code {
            Some(0) => String::new(),
            Some(code) => format!("{code}: "),
            None => "signal: ".to_owned(),
        };
        match entry.lines.get(at) {
            Some(line) => {
                let line = line.trim_start_matches(['|', '!', ' ']);
                let line = if numbers_vary { without_numbers(line) } else { line.to_owned() };
                format!("{code}{}", cell(&line))
            }
            None => format!("{code}no line"),
        }
    };
    (show(libvirt, false), show(ours, numbers_vary))
}

fn cell(text: &str) -> String {
    let text = text.replace('|', "\\|");
    if text.is_empty() { "an empty line".into() } else { format!("`{text}`") }
}

fn reasons() -> Result<Vec<Reason>> {
    let reasons: Reasons =
        toml::from_str(&read(own_file(REASONS))?).map_err(|error| format!("{REASONS}: {error}"))?;
    Ok(reasons.reason)
}

fn read(path: PathBuf) -> Result<String> {
    std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
}

fn write(path: PathBuf, text: &str) -> Result<()> {
    std::fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))
}
