//! `conformance.toml`: what a driver does not do yet, each with the reason.

use serde::Deserialize;

/// What a driver crate commits about the cases that it does not pass.
///
/// ```
/// let manifest = omnivirt_testkit::Manifest::parse(r#"
///     [[skip]]
///     case = "events::lag::*"
///     reason = "the hypervisor has no events"
///
///     [[expect_failure]]
///     case = "lifecycle::reset_when_paused"
///     reason = "the hypervisor ignores it"
/// "#);
/// assert!(manifest.is_ok());
/// ```
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Cases that are not run.
    #[serde(default)]
    skip: Vec<Entry>,
    /// Cases that are run and must fail: one that passes is a failure, so that the entry goes away.
    #[serde(default)]
    expect_failure: Vec<Entry>,
}

/// One case, or with a `*` at the end all whose names begin so.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    case: String,
    reason: String,
}

/// What the manifest says of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expectation<'a> {
    Passes,
    Skipped(&'a str),
    Fails(&'a str),
}

impl Manifest {
    /// Reads a manifest.
    ///
    /// # Errors
    ///
    /// Says what is wrong in it, and where.
    pub fn parse(text: &str) -> Result<Self, String> {
        let manifest: Self = toml::from_str(text).map_err(|error| format!("conformance.toml: {error}"))?;
        if let Some(entry) = manifest.entries().find(|entry| entry.reason.trim().is_empty()) {
            return Err(format!("conformance.toml: '{}' has no reason", entry.case));
        }
        Ok(manifest)
    }

    pub(crate) fn expectation(&self, case: &str) -> Expectation<'_> {
        let find = |entries: &'_ [Entry]| entries.iter().position(|entry| entry.names(case));
        if let Some(index) = find(&self.skip) {
            return Expectation::Skipped(&self.skip[index].reason);
        }
        find(&self.expect_failure)
            .map_or(Expectation::Passes, |index| Expectation::Fails(&self.expect_failure[index].reason))
    }

    /// Entries that name no case: a case was renamed, or the entry never was right.
    pub(crate) fn dangling<'a>(&'a self, cases: &'a [&str]) -> impl Iterator<Item = &'a str> {
        let names_none = |entry: &&Entry| !cases.iter().any(|case| entry.names(case));
        self.entries().filter(names_none).map(|entry| entry.case.as_str())
    }

    fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.skip.iter().chain(&self.expect_failure)
    }
}

impl Entry {
    fn names(&self, case: &str) -> bool {
        match self.case.strip_suffix('*') {
            Some(beginning) => case.starts_with(beginning),
            None => case == self.case,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"
        [[skip]]
        case = "jobs::*"
        reason = "no jobs"
        [[expect_failure]]
        case = "lookup::by_id"
        reason = "ids repeat"
    "#;

    #[test]
    fn an_entry_names_one_case_or_all_that_begin_so() {
        let manifest = Manifest::parse(TEXT).unwrap();
        assert_eq!(manifest.expectation("jobs::abort"), Expectation::Skipped("no jobs"));
        assert_eq!(manifest.expectation("lookup::by_id"), Expectation::Fails("ids repeat"));
        assert_eq!(manifest.expectation("lookup::by_id_2"), Expectation::Passes);
    }

    #[test]
    fn an_entry_that_names_no_case_is_found() {
        let manifest = Manifest::parse(TEXT).unwrap();
        assert_eq!(manifest.dangling(&["jobs::abort"]).collect::<Vec<_>>(), ["lookup::by_id"]);
    }

    #[test]
    fn reasons_are_not_optional() {
        assert!(Manifest::parse("[[skip]]\ncase = \"a\"\nreason = \" \"").is_err());
        assert!(Manifest::parse("[[skip]]\ncase = \"a\"").is_err());
        assert!(Manifest::parse("[[skipp]]\ncase = \"a\"\nreason = \"b\"").is_err());
    }
}
