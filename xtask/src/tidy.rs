//! House rules that no other tool checks: dependency directions, file sizes, module names, links in the docs.

use crate::{TaskResult, repository};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Which crates of ours a crate may depend on. `core` stands for core and its macros; a driver may never depend on
/// another driver; dev-dependencies are free except for the testkit's rule.
const ALLOWED: [(&str, &[&str]); 13] = [
    ("omnivirt-model-macros", &[]),
    ("omnivirt-model", &["omnivirt-model-macros"]),
    ("omnivirt-macros", &[]),
    ("omnivirt-core", &["omnivirt-model", "omnivirt-macros"]),
    // Lent to the drivers of this host's domains.
    ("omnivirt-host", &["omnivirt-core"]),
    ("omnivirt-testkit", &["omnivirt-core", "omnivirt-model"]),
    ("omnivirt-cli", &["omnivirt"]),
    ("omnivirt-daemon", &["omnivirt", "omnivirt-core", "omnivirt-wire"]),
    // The one driver that speaks the wire's language.
    ("omnivirt-driver-remote", &["omnivirt-core", "omnivirt-wire"]),
    ("omnivirt-wire", &["omnivirt-model"]),
    ("omnivirt-peers", &["omnivirt-wire"]),
    ("omnivirt-xtask", &[]),
    (
        "omnivirt",
        &[
            "omnivirt-core",
            "omnivirt-driver-lxc",
            "omnivirt-driver-qemu",
            "omnivirt-driver-remote",
            "omnivirt-driver-test",
            "omnivirt-driver-xen",
        ],
    ),
];

/// What any driver may depend on.
const DRIVER_ALLOWED: &[&str] = &["omnivirt-core", "omnivirt-host"];

/// A longer file asks to be split; generated ones are exempt, and api/ is data.
const MAX_FILE_LINES: usize = 600;

const VAGUE_MODULES: [&str; 4] = ["utils", "util", "common", "helpers"];

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    kind: Option<String>,
}

pub(crate) fn run() -> TaskResult {
    let mut problems = dependency_directions()?;
    problems.extend(source_files()?);
    problems.extend(broken_links()?);
    problems.extend(pages_left_out()?);
    if problems.is_empty() {
        println!("tidy: dependency directions, file sizes, names and links are in order");
        Ok(())
    } else {
        Err(format!("not tidy:\n  {}", problems.join("\n  ")))
    }
}

fn dependency_directions() -> TaskResult<Vec<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(repository::root())
        .output()
        .map_err(|error| format!("cannot run cargo metadata: {error}"))?;
    if !output.status.success() {
        return Err(format!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr)));
    }
    let metadata: Metadata =
        serde_json::from_slice(&output.stdout).map_err(|error| format!("cargo metadata: {error}"))?;
    Ok(metadata.packages.iter().flat_map(wrong_dependencies).collect())
}

fn wrong_dependencies(package: &Package) -> Vec<String> {
    let is_driver = package.name.starts_with("omnivirt-driver-");
    let allowed = ALLOWED.iter().find(|(name, _)| *name == package.name).map(|(_, allowed)| *allowed);
    let allowed = match allowed {
        Some(allowed) => allowed,
        None if is_driver => DRIVER_ALLOWED,
        None => return vec![format!("{}: a crate that xtask/src/tidy.rs has no rule for", package.name)],
    };
    let ours = package.dependencies.iter().filter(|dependency| dependency.name.starts_with("omnivirt"));
    ours.filter(|dependency| {
        dependency.kind.as_deref() != Some("dev") && !allowed.contains(&dependency.name.as_str())
    })
    .map(|dependency| format!("{} must not depend on {}", package.name, dependency.name))
    .collect()
}

fn source_files() -> TaskResult<Vec<String>> {
    let mut problems = Vec::new();
    for folder in [
        "apps", "benches", "core", "drivers", "examples", "fuzz", "model", "peers", "src", "testkit", "wire",
        "xtask",
    ] {
        if !repository::root().join(folder).is_dir() {
            continue;
        }
        for path in repository::files_below(Path::new(folder), "rs")? {
            let generated =
                path.components().any(|part| part.as_os_str() == "generated" || part.as_os_str() == "target");
            let lines = repository::read(&path)?.lines().count();
            if !generated && lines > MAX_FILE_LINES {
                problems
                    .push(format!("{} has {lines} lines, over {MAX_FILE_LINES}: split it", path.display()));
            }
            if path.file_stem().is_some_and(|stem| VAGUE_MODULES.iter().any(|vague| stem == *vague)) {
                problems.push(format!("{} has a name that says nothing", path.display()));
            }
        }
    }
    Ok(problems)
}

/// Links between the project's own pages.
fn broken_links() -> TaskResult<Vec<String>> {
    let mut pages = repository::files_below(Path::new("docs"), "md")?;
    for page in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "SPECIFICATION.md"] {
        pages.push(PathBuf::from(page));
    }
    let mut problems = Vec::new();
    for page in pages {
        let text = repository::read(&page)?;
        for link in text.split("](").skip(1).filter_map(|rest| rest.split_once(')').map(|(link, _)| link)) {
            let target = link.split('#').next().unwrap_or_default();
            let outside = target.is_empty() || target.contains("://") || target.contains(char::is_whitespace);
            let folder = page.parent().unwrap_or(Path::new(""));
            if !outside && !repository::root().join(folder).join(target).exists() {
                problems.push(format!("{} links to {target}, which is not there", page.display()));
            }
        }
    }
    Ok(problems)
}

/// mdBook renders only the pages that the summary names.
fn pages_left_out() -> TaskResult<Vec<String>> {
    let summary = repository::read(Path::new("docs/src/SUMMARY.md"))?;
    let mut problems = Vec::new();
    for page in repository::files_below(Path::new("docs/src"), "md")? {
        let name = page.strip_prefix("docs/src").map_err(|error| error.to_string())?.display().to_string();
        if name != "SUMMARY.md" && !summary.contains(&format!("({name})")) {
            problems.push(format!("docs/src/SUMMARY.md does not name {name}"));
        }
    }
    Ok(problems)
}
