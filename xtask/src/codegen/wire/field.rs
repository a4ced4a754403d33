//! A field of a message: `name: type`, as `api/protocol.toml` writes it.

use super::camel_case;
use crate::TaskResult;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) element: String,
    pub(crate) count: Count,
    pub(crate) optional: bool,
}

/// How many values a field has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Count {
    One,
    /// So many, without a count before them.
    Fixed(usize),
    /// Up to so many.
    UpTo(usize),
}

/// Reads `a: int, b: string[..16]?`.
pub(crate) fn read(text: &str) -> TaskResult<Vec<Field>> {
    text.split(',').map(str::trim).filter(|field| !field.is_empty()).map(read_one).collect()
}

fn read_one(text: &str) -> TaskResult<Field> {
    let wrong = || format!("not a field: {text}");
    let (name, rest) = text.split_once(": ").ok_or_else(wrong)?;
    let (rest, optional) = rest.strip_suffix('?').map_or((rest, false), |rest| (rest, true));
    let (element, count) = match rest.strip_suffix(']').and_then(|rest| rest.split_once('[')) {
        None => (rest, Count::One),
        Some((element, bound)) => {
            let count = match bound.strip_prefix("..") {
                Some(bound) => Count::UpTo(bound.parse().map_err(|_| wrong())?),
                None => Count::Fixed(bound.parse().map_err(|_| wrong())?),
            };
            (element, count)
        }
    };
    Ok(Field { name: name.to_owned(), element: element.to_owned(), count, optional })
}

impl Field {
    pub(crate) fn ident(&self) -> Ident {
        match self.name.as_str() {
            "type" => Ident::new_raw("type", proc_macro2::Span::call_site()),
            name => format_ident!("{name}"),
        }
    }

    /// Bytes are one value, however many there are.
    fn is_bytes(&self) -> bool {
        self.element == "opaque"
    }

    pub(crate) fn rust_type(&self) -> TokenStream {
        let element = match self.element.as_str() {
            "int" | "auth_type" => quote!(i32),
            "uint" => quote!(u32),
            "hyper" => quote!(i64),
            "uhyper" => quote!(u64),
            "double" => quote!(f64),
            "char" => quote!(i8),
            "uchar" => quote!(u8),
            "ushort" => quote!(u16),
            "string" => quote!(String),
            "opaque" => quote!(Vec<u8>),
            "uuid" => quote!(Uuid),
            other => {
                let name = format_ident!("{}", camel_case(other));
                quote!(#name)
            }
        };
        let counted = match self.count {
            Count::UpTo(_) if self.is_bytes() => element,
            Count::One => element,
            Count::Fixed(count) => {
                let count = Literal::usize_unsuffixed(count);
                quote!([#element; #count])
            }
            Count::UpTo(_) => quote!(Vec<#element>),
        };
        if self.optional { quote!(Option<#counted>) } else { counted }
    }

    pub(crate) fn codec(&self) -> TokenStream {
        let element = match self.element.as_str() {
            "int" | "auth_type" => quote!(Int),
            "uint" => quote!(UInt),
            "hyper" => quote!(Hyper),
            "uhyper" => quote!(UHyper),
            "double" => quote!(Double),
            "char" => quote!(Char),
            "uchar" => quote!(UChar),
            "ushort" => quote!(UShort),
            "string" => quote!(Text),
            "uuid" => quote!(UuidBytes),
            other => {
                let name = format_ident!("{}", camel_case(other));
                quote!(item::<#name>())
            }
        };
        let counted = match self.count {
            Count::One => element,
            Count::UpTo(bound) => {
                let bound = Literal::usize_unsuffixed(bound);
                if self.is_bytes() { quote!(Opaque(#bound)) } else { quote!(List(#bound, #element)) }
            }
            Count::Fixed(count) => {
                let count = Literal::usize_unsuffixed(count);
                quote!(Fixed::<_, #count>(#element))
            }
        };
        if self.optional { quote!(Optional(#counted)) } else { counted }
    }
}
