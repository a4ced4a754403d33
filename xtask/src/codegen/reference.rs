//! The API reference: one page a family, and an index of all.

use super::GeneratedFile;
use super::description::{Access, Call, DataType, Description, Family, Shape};
use super::rust_types::snake_case;
use quote::ToTokens;
use std::fmt::Write;

pub(crate) fn generate(description: &Description) -> Vec<GeneratedFile> {
    let mut files = vec![index(description), shared_types(description)];
    files.extend(description.families.iter().map(|family| page(family, description)));
    files
}

fn index(description: &Description) -> GeneratedFile {
    let mut text = String::from(
        "# Calls\n\nTypes that several families use have [a page of their own](types.md).\n\n| family | on | calls |\n|---|---|---|\n",
    );
    for family in &description.families {
        let mut handles: Vec<String> = family.calls.iter().map(|call| call.on.to_string()).collect();
        handles.dedup();
        let calls: Vec<String> = family.calls.iter().map(|call| format!("`{}`", call.name)).collect();
        let _ = writeln!(
            text,
            "| [`{}`]({}.md) | {} | {} |",
            family.name,
            family.accessor,
            handles.join(", "),
            calls.join(" ")
        );
    }
    GeneratedFile::page("docs/src/reference/calls.md", "api/", &text)
}

/// The types of files that describe no family: several families use them.
fn shared_types(description: &Description) -> GeneratedFile {
    let mut text = String::from(
        "# Shared types\n\nTypes that several families use, or that are long enough for a file of their own.\n",
    );
    let shared =
        |data: &&DataType| !description.families.iter().any(|family| family.file.path == data.file.path);
    for data in description.types.iter().filter(shared) {
        write_type(&mut text, data);
    }
    GeneratedFile::page("docs/src/reference/types.md", "api/", &text)
}

fn page(family: &Family, description: &Description) -> GeneratedFile {
    let mut text =
        format!("# {}\n\n{}\n\n{}\n", family.name, family.file.about.join("\n"), family.docs.join("\n"));
    for call in &family.calls {
        write_call(&mut text, call);
    }
    let types: Vec<&DataType> =
        description.types.iter().filter(|data| data.file.path == family.file.path).collect();
    if !types.is_empty() {
        text.push_str("\n## Types\n");
    }
    for data in types {
        write_type(&mut text, data);
    }
    let path = format!("docs/src/reference/{}.md", family.accessor);
    GeneratedFile::page(&path, &family.file.path.display().to_string(), &text)
}

fn write_call(text: &mut String, call: &Call) {
    let arguments: Vec<String> =
        call.arguments.iter().map(|argument| format!("{}: {}", argument.name, plain(&argument.ty))).collect();
    let returns = call.returns.as_ref().map(|ty| format!(" -> {}", plain(ty))).unwrap_or_default();
    let _ = write!(
        text,
        "\n## {}::{}\n\n```text\n{}({}){returns}\n```\n\n{}\n\n",
        call.on,
        call.name,
        call.name,
        arguments.join(", "),
        call.docs.join("\n")
    );
    let access = match call.access {
        Access::Read => "read",
        Access::Write => "write: refused on a read-only connection",
        Access::Secret => "shows secrets: refused on a read-only connection",
    };
    let _ = writeln!(text, "* access: {access}");
    for (label, values) in
        [("errors", &call.raises), ("events", &call.emits), ("libvirt procedures", &call.procedures)]
    {
        if !values.is_empty() {
            let values: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
            let _ = writeln!(text, "* {label}: {}", values.join(", "));
        }
    }
    if let Some(job) = &call.job {
        let _ = writeln!(text, "* runs as a job: `{job}`");
    }
}

fn write_type(text: &mut String, data: &DataType) {
    let _ = write!(text, "\n### {}\n\n{}\n\n", data.name, data.docs.join("\n"));
    match &data.shape {
        Shape::Options(fields) | Shape::Info(fields) => {
            text.push_str("| field | type | meaning | libvirt |\n|---|---|---|---|\n");
            for field in fields {
                let secret =
                    if field.secret { " Shows secrets: refused on a read-only connection." } else { "" };
                let libvirt = match (&field.flag, &field.param) {
                    (Some(flag), _) => format!("flag {flag:#x}"),
                    (_, Some((name, wire_type))) => format!("`{name}` ({wire_type})"),
                    _ => String::new(),
                };
                let _ = writeln!(
                    text,
                    "| `{}` | `{}` | {}{secret} | {libvirt} |",
                    field.name,
                    plain(&field.ty),
                    field.docs.join(" ")
                );
            }
        }
        Shape::Enum(variants) => {
            text.push_str("| value | number | meaning |\n|---|---|---|\n");
            for variant in variants {
                let word = snake_case(&variant.name.to_string());
                let _ = writeln!(text, "| `{word}` | {} | {} |", variant.number, variant.docs.join(" "));
            }
        }
    }
}

fn plain(ty: &syn::Type) -> String {
    ty.to_token_stream().to_string().replace(' ', "")
}
