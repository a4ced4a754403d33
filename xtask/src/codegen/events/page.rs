//! `docs/src/reference/events.md`.

use super::SOURCE;
use super::read::{Data, Enum, Events, Field, Kind, Shape};
use crate::codegen::GeneratedFile;
use crate::codegen::rust_types::snake_case;
use std::fmt::Write;

pub(super) fn generate(events: &Events) -> GeneratedFile {
    let mut text = format!("# Events\n\n{}\n\n", events.about.join("\n"));
    text.push_str(
        "Fields are named here as in JSON, in XML and in filter expressions, where they are fields of `body`. Fields marked\n\
         *optional* may be missing: ask with `has(body.field)`. A value that has no name yet is written as its number.\n\n\
         | kind | object | libvirt | happens when |\n|---|---|---|---|\n",
    );
    for kind in &events.kinds {
        let word = snake_case(&kind.data.name.to_string());
        let about = kind.data.docs.first().map(String::as_str).unwrap_or_default();
        let _ = writeln!(text, "| [`{word}`](#{word}) | {} | {} | {about} |", object(kind), numbers(kind));
    }
    for kind in &events.kinds {
        let word = snake_case(&kind.data.name.to_string());
        let _ = write!(text, "\n## {word}\n\n{}\n", kind.data.docs.join("\n"));
        if kind.libvirt.len() > 1 {
            let _ = write!(
                text,
                "\nlibvirt tells each occurrence under the numbers {}: here it is one event.\n",
                numbers(kind)
            );
        }
        if !kind.messages.is_empty() {
            let messages: Vec<String> = kind.messages.iter().map(|message| format!("`{message}`")).collect();
            let _ = write!(text, "\nlibvirt's messages: {}.\n", messages.join(", "));
        }
        fields(&mut text, &kind.data, events);
    }
    text.push_str("\n# Parts of events\n");
    for part in &events.parts {
        let _ = write!(text, "\n## {}\n\n{}\n", part.name, part.docs.join("\n"));
        fields(&mut text, part, events);
    }
    text.push_str("\n# Values\n");
    for item in events.enums.iter().filter(|item| !item.is_detailed()) {
        let _ = write!(
            text,
            "\n## {}\n\n{}\n\n| value | number | meaning |\n|---|---|---|\n",
            item.name,
            item.docs.join("\n")
        );
        for variant in &item.variants {
            let word = snake_case(&variant.name.to_string());
            let _ = writeln!(text, "| `{word}` | {} | {} |", variant.number, variant.docs.join(" "));
        }
    }
    GeneratedFile::page("docs/src/reference/events.md", SOURCE, &text)
}

fn object(kind: &Kind) -> String {
    kind.object.as_ref().map_or_else(
        || "the connection".to_owned(),
        |object| snake_case(&object.to_string()).replace('_', " "),
    )
}

fn numbers(kind: &Kind) -> String {
    if kind.libvirt.is_empty() {
        return "–".to_owned();
    }
    kind.libvirt.iter().map(u32::to_string).collect::<Vec<_>>().join(" and ")
}

fn fields(text: &mut String, data: &Data, events: &Events) {
    if let [Field { shape: Shape::Detailed(name), .. }] = data.fields.as_slice() {
        if let Some(item) = events.enums.iter().find(|item| item.name == *name) {
            changes(text, item);
        }
    } else if !data.fields.is_empty() {
        text.push_str("\n| field | holds | meaning |\n|---|---|---|\n");
        for field in &data.fields {
            let optional = if field.optional { ", optional" } else { "" };
            let _ = writeln!(
                text,
                "| `{}` | {}{optional} | {} |",
                field.name,
                holds(&field.shape),
                field.docs.join(" ")
            );
        }
    }
}

fn changes(text: &mut String, item: &Enum) {
    text.push_str("\n| `change` | number | `detail` | meaning |\n|---|---|---|---|\n");
    for variant in &item.variants {
        let word = snake_case(&variant.name.to_string());
        let detail = variant.detail.as_ref().map(reference).unwrap_or_default();
        let _ = writeln!(text, "| `{word}` | {} | {detail} | {} |", variant.number, variant.docs.join(" "));
    }
}

fn holds(shape: &Shape) -> String {
    match shape {
        Shape::Bool => "true or false".to_owned(),
        Shape::Number(ty) => format!("whole number ({ty})"),
        Shape::Text => "text".to_owned(),
        Shape::Parameters => "list of `name`, `type`, `value`".to_owned(),
        Shape::Enum(name) | Shape::Part(name) | Shape::Detailed(name) => reference(name),
        Shape::List(name) => format!("list of {}", reference(name)),
    }
}

/// A link to the heading of that name on the same page.
fn reference(name: &proc_macro2::Ident) -> String {
    format!("[{name}](#{})", name.to_string().to_lowercase())
}
