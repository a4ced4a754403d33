//! The page that tells users what is lost has every row of the table in the code.

use omnivirt_model::ObjectKind;
use omnivirt_wire::convert::event::{LOSSY, Loss, Registration};

const PAGE: &str = include_str!("../../../docs/src/comparisons/wire.md");

fn row(loss: &Loss) -> String {
    let kind = loss.kind.map_or("every one".to_owned(), |kind| format!("`{kind}`"));
    let registration = match loss.registration {
        None => "any way".to_owned(),
        Some(Registration::Callback(ObjectKind::Domain, number)) => format!("number {number}, with an id"),
        Some(Registration::Legacy(number)) => format!("number {number}, without an id"),
        Some(other) => format!("{other:?}"),
    };
    let fields: Vec<String> = loss.fields.iter().map(|field| format!("`{field}`")).collect();
    let fields = if fields.is_empty() { "all of it".to_owned() } else { fields.join(", ") };
    format!("| {kind} | {registration} | {fields} |\n")
}

#[test]
fn the_page_says_what_is_lost() {
    let table: String = LOSSY.iter().map(row).collect();
    assert!(PAGE.contains(&table), "docs/src/comparisons/wire.md has to have this table:\n{table}");
}
