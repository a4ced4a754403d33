//! How the description's own types travel: flags as bits, enums as numbers, structures as typed parameters.

use super::GeneratedFile;
use crate::TaskResult;
use crate::codegen::description::{DataType, Description, Field, Shape};
use crate::codegen::rust_types::Kind;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

pub(super) fn generate(description: &Description) -> TaskResult<GeneratedFile> {
    let mut items = Vec::new();
    let mut enums = Vec::new();
    for data in &description.types {
        let name = &data.name;
        match &data.shape {
            Shape::Enum(_) => enums.push(name),
            Shape::Options(fields) | Shape::Info(fields) => {
                items.extend(flags(name, fields));
                if has_parameters(data, description) {
                    items.push(parameters(data, fields, description)?);
                }
            }
        }
    }
    let items = quote! {
        use crate::convert::parameters::{Given, Kind, Parameters, put, put_rest};
        use crate::convert::{ConvertError, Flags, enum_number};
        use crate::structs::TypedParam;
        use omnivirt_model::*;

        enum_number!(#(#enums),*);

        #(#items)*
    };
    GeneratedFile::rust("wire/src/generated/model.rs", "api/", "How the API's own types travel.", &items)
}

fn flags(name: &Ident, fields: &[Field]) -> Option<TokenStream> {
    let (names, bits): (Vec<&Ident>, Vec<Literal>) = fields
        .iter()
        .filter_map(|field| field.flag.map(|flag| (&field.name, Literal::u64_unsuffixed(flag))))
        .unzip();
    let all =
        Literal::u64_unsuffixed(fields.iter().filter_map(|field| field.flag).fold(0, |all, flag| all | flag));
    (!names.is_empty()).then(|| {
        quote! {
            impl Flags for #name {
                const ALL: u32 = #all;

                fn bits(&self) -> u32 {
                    let mut bits = 0;
                    #(if self.#names { bits |= #bits; })*
                    bits
                }

                fn set_bits(&mut self, bits: u32) {
                    #(self.#names = bits & #bits != 0;)*
                }
            }
        }
    })
}

/// Whether a structure travels as typed parameters: any of its fields is one, or is a structure that does.
pub(crate) fn has_parameters(data: &DataType, description: &Description) -> bool {
    let (Shape::Options(fields) | Shape::Info(fields)) = &data.shape else { return false };
    fields.iter().any(|field| {
        field.param.is_some()
            || nested(field, description)
                .is_some_and(|(_, nested)| nested.name != data.name && has_parameters(nested, description))
    })
}

/// The structure that a field is, and whether it may be absent.
fn nested<'d>(field: &Field, description: &'d Description) -> Option<(bool, &'d DataType)> {
    let (optional, name) = match Kind::of(&field.ty, description).ok()? {
        Kind::Data(name) => (false, name),
        Kind::Optional(inner) => match *inner {
            Kind::Data(name) => (true, name),
            _ => return None,
        },
        _ => return None,
    };
    description.find_type(&name.to_string()).map(|data| (optional, data))
}

fn parameters(data: &DataType, fields: &[Field], description: &Description) -> TaskResult<TokenStream> {
    let name = &data.name;
    let taken: Vec<&str> =
        fields.iter().filter_map(|field| field.param.as_ref()).map(|(name, _)| name.as_str()).collect();
    let mut writes = Vec::new();
    let mut reads = Vec::new();
    for field in fields {
        let (write, read) =
            one(field, &taken, description).map_err(|error| format!("{name}::{}: {error}", field.name))?;
        writes.push(write);
        reads.push(read);
    }
    Ok(quote! {
        impl Parameters for #name {
            fn write(&self, prefix: &str, out: &mut Vec<TypedParam>) {
                #(#writes)*
            }

            fn read(&mut self, prefix: &str, given: &Given<'_>) -> Result<(), ConvertError> {
                #(#reads)*
                Ok(())
            }
        }
    })
}

/// How a field is written and how it is read.
fn one(field: &Field, taken: &[&str], description: &Description) -> TaskResult<(TokenStream, TokenStream)> {
    let own = &field.name;
    let kind = Kind::of(&field.ty, description)?;
    let Some((name, wire_type)) = &field.param else {
        return Ok(match nested(field, description) {
            Some((optional, data)) if has_parameters(data, description) => group(own, optional, data),
            _ => (TokenStream::new(), TokenStream::new()),
        });
    };
    let written = |wire_type: &str| {
        let wire_type = match wire_type {
            "int" => "Int",
            "uint" => "UInt",
            "llong" => "LLong",
            "ullong" => "ULLong",
            "double" => "Double",
            "boolean" => "Boolean",
            "string" => "String",
            other => return Err(format!("no type of a typed parameter: {other}")),
        };
        Ok(format_ident!("{wire_type}"))
    };
    Ok(match (wire_type.as_str(), &kind) {
        ("rest", _) => {
            let below = if name.is_empty() { String::new() } else { format!("{name}.") };
            (
                quote!(put_rest(out, &format!("{prefix}{}", #below), &self.#own);),
                quote!(self.#own = given.rest(&format!("{prefix}{}", #below), &[#(#taken),*]);),
            )
        }
        ("list" | "numbered", Kind::List(element)) => {
            let Kind::Data(element) = &**element else { return Err("a list is of structures".into()) };
            let element = description.find_type(&element.to_string()).ok_or("an unknown structure")?;
            list(own, name, wire_type == "list", element, description)
        }
        (wire_type, Kind::List(element)) if !is_device_values(element) => {
            let wire_type = written(wire_type)?;
            (
                quote!(for value in &self.#own { put(out, prefix, #name, Kind::#wire_type, value); }),
                quote!(self.#own = given.values(prefix, #name)?;),
            )
        }
        (wire_type, Kind::Optional(_)) => {
            let wire_type = written(wire_type)?;
            (
                quote!(if let Some(value) = &self.#own { put(out, prefix, #name, Kind::#wire_type, value); }),
                quote!(self.#own = given.value(prefix, #name)?;),
            )
        }
        (wire_type, kind) => {
            let wire_type = written(wire_type)?;
            let put = quote!(put(out, prefix, #name, Kind::#wire_type, &self.#own););
            let write = match kind {
                Kind::List(_) => quote!(if !self.#own.is_empty() { #put }),
                _ => put,
            };
            (write, quote!(if let Some(value) = given.value(prefix, #name)? { self.#own = value; }))
        }
    })
}

fn is_device_values(element: &Kind) -> bool {
    matches!(element, Kind::Data(name) if name == "BlkioDeviceValue")
}

/// A structure in a field stands for its fields. One that may be absent is there when any of them is.
fn group(own: &Ident, optional: bool, data: &DataType) -> (TokenStream, TokenStream) {
    let name = &data.name;
    if optional {
        (
            quote!(if let Some(group) = &self.#own { group.write(prefix, out); }),
            quote! {
                self.#own = given.group::<#name>(prefix)?;
            },
        )
    } else {
        (quote!(self.#own.write(prefix, out);), quote!(self.#own.read(prefix, given)?;))
    }
}

/// `list.count`, and `list.0.` before the names of the first; or the number that each has.
fn list(
    own: &Ident,
    name: &str,
    counted: bool,
    element: &DataType,
    description: &Description,
) -> (TokenStream, TokenStream) {
    let (Shape::Options(fields) | Shape::Info(fields)) = &element.shape else {
        return (TokenStream::new(), TokenStream::new());
    };
    let number = fields.iter().find(|field| {
        field.param.is_none()
            && matches!(Kind::of(&field.ty, description), Ok(Kind::Plain(ty)) if ty == "u32")
    });
    let count = format!("{name}.count");
    let count = counted.then(|| {
        quote! {
            if !self.#own.is_empty() {
                put(out, prefix, #count, Kind::UInt, &(self.#own.len() as u64));
            }
        }
    });
    let element = &element.name;
    match number {
        Some(number) => {
            let number = &number.name;
            (
                quote! {
                    #count
                    for value in &self.#own {
                        value.write(&format!("{prefix}{}.{}.", #name, value.#number), out);
                    }
                },
                quote! {
                    for number in given.numbers(&format!("{prefix}{}", #name)) {
                        let mut value = #element::default();
                        value.#number = number;
                        value.read(&format!("{prefix}{}.{number}.", #name), given)?;
                        self.#own.push(value);
                    }
                },
            )
        }
        None => (
            quote! {
                #count
                for (index, value) in self.#own.iter().enumerate() {
                    value.write(&format!("{prefix}{}.{index}.", #name), out);
                }
            },
            quote! {
                for number in given.numbers(&format!("{prefix}{}", #name)) {
                    let mut value = #element::default();
                    value.read(&format!("{prefix}{}.{number}.", #name), given)?;
                    self.#own.push(value);
                }
            },
        ),
    }
}
