//! The command line as a document: help with the commands in groups, and the Markdown page.

use crate::cli::Cli;
use crate::error::EXIT_CODES;
use clap::CommandFactory;
use std::fmt::Write;

/// The commands in groups, as the help lists them. A test checks that none is left out.
const GROUPS: [(&str, &[&str]); 9] = [
    ("Domains", &["list", "info", "stats", "wait"]),
    (
        "Their life",
        &[
            "start",
            "shutdown",
            "reboot",
            "reset",
            "suspend",
            "resume",
            "destroy",
            "save",
            "restore",
            "managed-save",
            "jobs",
        ],
    ),
    (
        "What they are made of",
        &[
            "define",
            "create",
            "undefine",
            "rename",
            "dumpxml",
            "edit",
            "set-autostart",
            "metadata",
            "memory",
            "vcpus",
            "attach-device",
            "detach-device",
            "update-device",
        ],
    ),
    ("Ways in", &["console", "screenshot", "qemu-monitor", "qemu-agent"]),
    ("Documents", &["xml"]),
    ("Snapshots", &["snapshot"]),
    ("Events", &["events", "inject"]),
    (
        "The host and its drivers",
        &["drivers", "doctor", "nodeinfo", "version", "capabilities", "domcapabilities"],
    ),
    ("This program", &["script", "completions", "help"]),
];

/// What clap puts before its own headings.
const HEADING: &str = "\x1b[1;4m";

/// The command line, as clap reads it.
pub(crate) fn command() -> clap::Command {
    let command = Cli::command();
    let groups = groups(&command);
    command.help_template(format!(
        "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{groups}{HEADING}Options:\x1b[0m\n{{options}}{{after-help}}"
    ))
}

fn groups(command: &clap::Command) -> String {
    let about = |name: &str| match command.find_subcommand(name).and_then(clap::Command::get_about) {
        Some(about) => about.to_string(),
        None => "Show how a command is used".into(),
    };
    let mut text = String::new();
    for (heading, names) in GROUPS {
        text += &format!("{HEADING}{heading}:\x1b[0m\n");
        for name in names {
            text += &format!("  \x1b[1m{name:17}\x1b[0m{}\n", about(name));
        }
        text.push('\n');
    }
    text
}

/// The page about the command line in the book.
pub(crate) fn markdown(command: &mut clap::Command) -> String {
    let mut page = String::from(include_str!("manual.md"));
    page += "## Exit codes\n\n| code | meaning |\n|---|---|\n";
    for line in EXIT_CODES.lines().skip(1) {
        let (code, meaning) = line.trim().split_once("  ").expect("a code, two spaces, its meaning");
        let _ = writeln!(page, "| {code} | {meaning} |");
    }
    command.build();
    let options = command.render_help().to_string();
    let options = options.split("\nOptions:").nth(1).and_then(|rest| rest.split("\nExit codes:").next());
    let _ = writeln!(
        page,
        "\n## Options of every command\n\n```text\n{}\n```",
        options.unwrap_or_default().trim_matches('\n')
    );
    for (heading, names) in GROUPS {
        let _ = writeln!(page, "\n## {heading}");
        for name in names.iter().filter(|name| **name != "help") {
            let subcommand = command.find_subcommand_mut(name).expect("groups hold commands that there are");
            describe(subcommand, &format!("omnivirt {name}"), &mut page);
        }
    }
    page
}

fn describe(command: &mut clap::Command, title: &str, page: &mut String) {
    let about = command.get_long_about().or(command.get_about()).map(ToString::to_string).unwrap_or_default();
    let help = command.render_help().to_string();
    let usage = help.find("Usage:").map_or("", |at| &help[at..]);
    // Those of every command stand at the top of the page.
    let usage = usage.split("\nOptions of every command:").next().unwrap_or_default();
    let usage: Vec<&str> = usage
        .lines()
        .map(str::trim_end)
        .filter(|line| !line.trim_start().starts_with("-h, --help"))
        .collect();
    let usage = usage.join("\n");
    let usage = usage.trim_end().trim_end_matches("Options:").trim_end();
    let _ = writeln!(page, "\n### `{title}`\n\n{}\n\n```text\n{usage}\n```", about.trim_end());
    let names: Vec<String> = command.get_subcommands().map(|below| below.get_name().to_owned()).collect();
    for name in names.iter().filter(|name| *name != "help") {
        let below = command.find_subcommand_mut(name).expect("the name was just listed");
        describe(below, &format!("{title} {name}"), page);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_stands_in_one_group() {
        let command = Cli::command();
        let mut listed: Vec<&str> = GROUPS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        let mut there: Vec<&str> = command
            .get_subcommands()
            .filter(|command| !command.is_hide_set())
            .map(clap::Command::get_name)
            .collect();
        there.push("help");
        listed.sort_unstable();
        there.sort_unstable();
        assert_eq!(listed, there);
    }

    #[test]
    fn clap_finds_no_fault_with_the_command_line() {
        command().debug_assert();
    }
}
