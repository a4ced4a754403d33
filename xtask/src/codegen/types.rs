//! The plain types: `model/src/generated/`, one file per file of the description.

use super::GeneratedFile;
use super::description::{DataType, Description, Field, Shape, Variant};
use super::rust_types::{Kind, doc_attributes, snake_case};
use crate::TaskResult;
use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};
use std::collections::BTreeMap;

pub(crate) fn generate(description: &Description) -> TaskResult<Vec<GeneratedFile>> {
    let mut by_module: BTreeMap<String, Vec<&DataType>> = BTreeMap::new();
    for data in &description.types {
        by_module.entry(data.file.module()).or_default().push(data);
    }
    let mut files = Vec::new();
    for (module, types) in &by_module {
        let items = types.iter().map(|data| data_type(data, description)).collect::<TaskResult<Vec<_>>>()?;
        let source = types[0].file.path.display().to_string();
        let about = types[0].file.about.first().cloned().unwrap_or_default();
        let items = quote! {
            #[allow(unused_imports, reason = "one set of imports serves every generated file")]
            use super::prelude::*;
            #(#items)*
        };
        files.push(GeneratedFile::rust(
            &format!("model/src/generated/{module}.rs"),
            &source,
            &about,
            &items,
        )?);
    }
    let modules: Vec<_> = by_module.keys().map(|module| format_ident!("{module}")).collect();
    let index = quote! {
        pub mod errors;
        pub mod events;
        #(mod #modules; pub use #modules::*;)*

        /// What the generated types are made of.
        #[allow(unused_imports, reason = "which types there are depends on the description")]
        mod prelude {
            pub(super) use super::*;
            pub(super) use crate::check::{Check, CheckFailure, UnknownName};
            pub(super) use crate::id::*;
            pub(super) use serde::{Deserialize, Serialize};
        }
    };
    files.push(GeneratedFile::rust(
        "model/src/generated/mod.rs",
        "api/",
        "Options, results and enums of the API.",
        &index,
    )?);
    Ok(files)
}

fn data_type(data: &DataType, description: &Description) -> TaskResult<TokenStream> {
    match &data.shape {
        Shape::Options(fields) | Shape::Info(fields) => structure(data, fields, description),
        Shape::Enum(variants) => Ok(enumeration(data, variants)),
    }
}

fn structure(data: &DataType, fields: &[Field], description: &Description) -> TaskResult<TokenStream> {
    let name = &data.name;
    let docs = doc_attributes(&data.docs);
    let mut declarations = Vec::new();
    let mut setters = Vec::new();
    let mut checks = Vec::new();
    for field in fields {
        let kind =
            Kind::of(&field.ty, description).map_err(|error| format!("{}::{}: {error}", name, field.name))?;
        let (field_name, ty) = (&field.name, kind.owned());
        let mut lines = field.docs.clone();
        match (&field.flag, &field.param) {
            (Some(flag), _) => lines.extend([String::new(), format!("libvirt's flag {flag:#x}.")]),
            (_, Some((param, wire_type))) => {
                lines.extend([String::new(), format!("libvirt's typed parameter `{param}` ({wire_type}).")]);
            }
            _ => {}
        }
        let field_docs = doc_attributes(&lines);
        let optional = matches!(kind, Kind::Optional(_));
        let skip = optional.then(|| quote!(#[serde(skip_serializing_if = "Option::is_none")]));
        declarations.push(quote!(#field_docs #skip pub #field_name: #ty));
        let setter_docs = format!(" Sets [`{}::{}`].", name, field_name);
        // An absent value is the default already, so a setter takes the value itself.
        let (argument, value) = match &kind {
            Kind::Optional(inner) => {
                let inner = inner.owned();
                (quote!(impl Into<#inner>), quote!(Some(#field_name.into())))
            }
            Kind::Text => (quote!(impl Into<String>), quote!(#field_name.into())),
            other => (other.owned(), quote!(#field_name)),
        };
        setters.push(quote! {
            #[doc = #setter_docs]
            #[must_use]
            pub fn #field_name(mut self, #field_name: #argument) -> Self {
                self.#field_name = #value;
                self
            }
        });
        if kind.holds_text(description) {
            let label = field_name.to_string();
            checks.push(quote!(self.#field_name.check().map_err(|failure| failure.within(#label))?;));
        }
    }
    let check = (!checks.is_empty()).then(|| {
        quote! {
            impl Check for #name {
                fn check(&self) -> Result<(), CheckFailure> {
                    #(#checks)*
                    Ok(())
                }
            }
        }
    });
    Ok(quote! {
        #docs
        #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
        #[serde(default)]
        #[non_exhaustive]
        pub struct #name { #(#declarations),* }

        impl #name { #(#setters)* }

        #check
    })
}

fn enumeration(data: &DataType, variants: &[Variant]) -> TokenStream {
    let name = &data.name;
    let docs = doc_attributes(&data.docs);
    let identifiers: Vec<_> = variants.iter().map(|variant| &variant.name).collect();
    let numbers: Vec<_> = variants.iter().map(|variant| Literal::i64_unsuffixed(variant.number)).collect();
    let words: Vec<_> = variants.iter().map(|variant| snake_case(&variant.name.to_string())).collect();
    let declarations = variants.iter().zip(&numbers).zip(&words).map(|((variant, number), word)| {
        let docs = doc_attributes(&variant.docs);
        let default = variant.default.then(|| quote!(#[default]));
        let name = &variant.name;
        quote!(#docs #default #[serde(rename = #word)] #name = #number)
    });
    let noun = snake_case(&name.to_string()).replace('_', " ");
    quote! {
        #docs
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[non_exhaustive]
        #[repr(i32)]
        pub enum #name { #(#declarations),* }

        impl #name {
            /// Every value, in the order of the description.
            pub const ALL: &'static [Self] = &[#(Self::#identifiers),*];

            /// The value's name in JSON, XML and at the shell.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { #(Self::#identifiers => #words),* }
            }

            /// The value's number on the wire.
            #[must_use]
            pub fn number(self) -> i32 {
                self as i32
            }

            /// The value with this number on the wire, if there is one.
            #[must_use]
            pub fn from_number(number: i32) -> Option<Self> {
                match number { #(#numbers => Some(Self::#identifiers),)* _ => None }
            }
        }

        impl std::fmt::Display for #name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.pad(self.as_str())
            }
        }

        impl std::str::FromStr for #name {
            type Err = UnknownName;

            fn from_str(text: &str) -> Result<Self, UnknownName> {
                match text {
                    #(#words => Ok(Self::#identifiers),)*
                    _ => Err(UnknownName::new(#noun, text, &[#(#words),*])),
                }
            }
        }
    }
}
