//! The error kinds: `model/src/generated/errors.rs` and their reference page.

use super::GeneratedFile;
use super::description::{Description, ErrorKind};
use super::rust_types::{doc_attributes, snake_case};
use crate::TaskResult;
use proc_macro2::Literal;
use quote::{format_ident, quote};
use std::collections::BTreeMap;
use std::fmt::Write;

const SOURCE: &str = "api/errors.rs";

pub(crate) fn generate(description: &Description) -> TaskResult<Vec<GeneratedFile>> {
    check_codes(&description.errors)?;
    Ok(vec![rust(&description.errors)?, page(&description.errors)])
}

fn check_codes(kinds: &[ErrorKind]) -> TaskResult {
    let mut numbers = BTreeMap::new();
    let mut codes = BTreeMap::new();
    for kind in kinds {
        if let Some(other) = numbers.insert(kind.number, &kind.name) {
            return Err(format!("{SOURCE}: {} and {other} have the same number {}", kind.name, kind.number));
        }
        for code in kind.also.iter().chain(kind.per_object.values()) {
            if let Some(other) = codes.insert(*code, &kind.name) {
                return Err(format!("{SOURCE}: libvirt's code {code} belongs to {} and {other}", kind.name));
            }
        }
    }
    Ok(())
}

fn rust(kinds: &[ErrorKind]) -> TaskResult<GeneratedFile> {
    let names: Vec<_> = kinds.iter().map(|kind| &kind.name).collect();
    let numbers: Vec<_> = kinds.iter().map(|kind| Literal::i64_unsuffixed(kind.number)).collect();
    let words: Vec<_> = kinds.iter().map(|kind| snake_case(&kind.name.to_string())).collect();
    let retries = kinds.iter().map(|kind| format_ident!("{}", kind.retry));
    let declarations = kinds.iter().zip(&numbers).zip(&words).map(|((kind, number), word)| {
        let docs = doc_attributes(&kind.docs);
        let name = &kind.name;
        quote!(#docs #[serde(rename = #word)] #name = #number)
    });
    let code_arms = kinds.iter().map(|kind| {
        let (name, code) = (&kind.name, kind.libvirt);
        let per_object = kind.per_object.iter().map(|(object, code)| {
            let object = format_ident!("{object}");
            quote!((Self::#name, Some(ObjectKind::#object)) => #code,)
        });
        quote!(#(#per_object)* (Self::#name, _) => #code,)
    });
    // A code that is several kinds' own belongs to the first that is described.
    let mut taken = std::collections::BTreeSet::new();
    let mut from_arms = Vec::new();
    for kind in kinds {
        let codes: Vec<u32> = std::iter::once(kind.libvirt)
            .chain(kind.also.iter().copied())
            .chain(kind.per_object.values().copied())
            .filter(|code| taken.insert(*code))
            .collect();
        if !codes.is_empty() {
            let name = &kind.name;
            from_arms.push(quote!(#(#codes)|* => Some(Self::#name),));
        }
    }
    let items = quote! {
        use crate::check::UnknownName;
        use crate::retry::Retry;
        use crate::id::ObjectKind;
        use serde::{Deserialize, Serialize};

        /// What sort of failure an error is. The numbers are stable: the wire and other languages use them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[non_exhaustive]
        #[repr(u16)]
        pub enum ErrorKind { #(#declarations),* }

        impl ErrorKind {
            /// Every kind, in the order of the description.
            pub const ALL: &'static [Self] = &[#(Self::#names),*];

            /// The kind's name in JSON and at the shell.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { #(Self::#names => #words),* }
            }

            /// The kind's stable number.
            #[must_use]
            pub fn number(self) -> u16 {
                self as u16
            }

            /// The kind with this stable number, if there is one.
            #[must_use]
            pub fn from_number(number: u16) -> Option<Self> {
                match number { #(#numbers => Some(Self::#names),)* _ => None }
            }

            /// Whether trying the same call again can help.
            #[must_use]
            pub fn retry(self) -> Retry {
                match self { #(Self::#names => Retry::#retries),* }
            }

            /// The code that libvirt's clients know this kind by, for an error about an object of that kind.
            #[must_use]
            pub fn libvirt_code(self, object: Option<ObjectKind>) -> u32 {
                match (self, object) { #(#code_arms)* }
            }

            /// The kind that stands for libvirt's code, if there is one.
            #[must_use]
            pub fn from_libvirt_code(code: u32) -> Option<Self> {
                match code { #(#from_arms)* _ => None }
            }
        }

        impl std::fmt::Display for ErrorKind {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.pad(self.as_str())
            }
        }

        impl std::str::FromStr for ErrorKind {
            type Err = UnknownName;

            fn from_str(text: &str) -> Result<Self, UnknownName> {
                match text {
                    #(#words => Ok(Self::#names),)*
                    _ => Err(UnknownName::new("error kind", text, &[#(#words),*])),
                }
            }
        }
    };
    GeneratedFile::rust("model/src/generated/errors.rs", SOURCE, "The error kinds.", &items)
}

fn page(kinds: &[ErrorKind]) -> GeneratedFile {
    let mut text = String::from(
        "# Error kinds\n\nEvery error has one kind. The number is stable and shared by the wire and other languages.\n\n\
         | kind | number | retry | libvirt code | meaning |\n|---|---|---|---|---|\n",
    );
    for kind in kinds {
        let mut codes = kind.libvirt.to_string();
        for (object, code) in &kind.per_object {
            let _ = write!(codes, "; {object} {code}");
        }
        if !kind.also.is_empty() {
            let also: Vec<String> = kind.also.iter().map(u32::to_string).collect();
            let _ = write!(codes, "; read from {}", also.join(", "));
        }
        let _ = writeln!(
            text,
            "| `{}` | {} | {} | {codes} | {} |",
            kind.name,
            kind.number,
            match kind.retry.as_str() {
                "Now" => "now",
                "AfterReconnect" => "after reconnecting",
                _ => "never",
            },
            kind.docs.join(" ")
        );
    }
    GeneratedFile::page("docs/src/reference/errors.md", SOURCE, &text)
}
