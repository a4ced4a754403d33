//! The support matrix: which driver fills which call, read from the `#[driver_ops]` blocks of the drivers' sources.
//! The conformance suite holds what it says against what the driver answers.

use super::GeneratedFile;
use super::description::Description;
use crate::{TaskResult, repository};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

pub(crate) fn generate(description: &Description) -> TaskResult<GeneratedFile> {
    let mut drivers: BTreeMap<String, BTreeSet<(String, String)>> = BTreeMap::new();
    for path in repository::files_below(Path::new("drivers"), "rs")? {
        let Some(driver) =
            path.components().nth(1).map(|part| part.as_os_str().to_string_lossy().into_owned())
        else {
            continue;
        };
        let filled = drivers.entry(driver).or_default();
        let file = syn::parse_file(&repository::read(&path)?)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        for item in &file.items {
            let syn::Item::Impl(block) = item else { continue };
            let Some((_, family, _)) = &block.trait_ else { continue };
            let marked = block.attrs.iter().any(|attribute| {
                attribute.path().segments.last().is_some_and(|last| last.ident == "driver_ops")
            });
            let Some(family) = family.segments.last().filter(|_| marked) else { continue };
            for item in &block.items {
                if let syn::ImplItem::Fn(call) = item {
                    filled.insert((family.ident.to_string(), call.sig.ident.to_string()));
                }
            }
        }
    }
    let mut text = String::from(
        "# Support matrix\n\nWhich driver fills which call. A call that a driver does not fill answers `Unsupported`.\n",
    );
    for family in &description.families {
        let _ = write!(text, "\n## {}\n\n| call |", family.name);
        for driver in drivers.keys() {
            let _ = write!(text, " {driver} |");
        }
        let _ = writeln!(text, "\n|---|{}", "---|".repeat(drivers.len()));
        for call in &family.calls {
            let _ = write!(text, "| `{}::{}` |", call.on, call.name);
            for filled in drivers.values() {
                let mark = if filled.contains(&(family.name.to_string(), call.name.to_string())) {
                    "yes"
                } else {
                    "–"
                };
                let _ = write!(text, " {mark} |");
            }
            text.push('\n');
        }
    }
    Ok(GeneratedFile::page("docs/src/reference/support-matrix.md", "api/ and the drivers' sources", &text))
}
