//! What a field's attribute says.

use syn::parse::{Parse, ParseStream};
use syn::{Attribute, GenericArgument, Ident, LitStr, PathArguments, Token, Type};

/// Where a field stands in the element.
pub(crate) enum Place {
    Attribute(LitStr),
    Element(LitStr),
    List(LitStr, LitStr),
    Flag(LitStr),
    /// Elements of several names.
    Choice,
    Text,
    Flatten,
}

/// What follows the name.
#[derive(Default)]
pub(crate) struct Options {
    /// The kind of error of a bad value.
    pub(crate) error: Option<Ident>,
    /// The kind of error of a missing one.
    pub(crate) missing: Option<Ident>,
    /// The kind of error of more than one.
    pub(crate) once: Option<Ident>,
    /// Whether a bad value counts as absent.
    pub(crate) lenient: bool,
    /// Whether the type's default stands for one that is missing.
    pub(crate) default: bool,
    /// Whether an attribute without a text counts as absent; by its type where that is not said.
    pub(crate) empty: Option<bool>,
}

pub(crate) struct Field {
    pub(crate) name: Ident,
    pub(crate) ty: Type,
    pub(crate) place: Place,
    pub(crate) options: Options,
}

/// How often the value of a field can be there.
#[derive(PartialEq, Eq, Clone, Copy)]
pub(crate) enum Count {
    One,
    /// One that is always there; its default stands for a missing one.
    Default,
    Optional,
    Boxed,
    Many,
    Flag,
}

impl Field {
    pub(crate) fn take(field: &mut syn::Field) -> syn::Result<Self> {
        let name =
            field.ident.clone().ok_or_else(|| syn::Error::new_spanned(&*field, "a field needs a name"))?;
        let mut found = None;
        let mut rest = Vec::new();
        for attribute in field.attrs.drain(..) {
            match parse(&attribute)? {
                Some(parsed) => found = Some(parsed),
                None => rest.push(attribute),
            }
        }
        field.attrs = rest;
        let (place, options) = found.ok_or_else(|| {
            syn::Error::new_spanned(
                &name,
                "say where the field stands: attribute, element, list, flag, choice, text or flatten",
            )
        })?;
        Ok(Self { name, ty: field.ty.clone(), place, options })
    }

    pub(crate) fn count(&self) -> Count {
        if self.options.default || (matches!(self.place, Place::Flatten) && !self.is_optional()) {
            return Count::Default;
        }
        match &self.ty {
            Type::Path(path) => {
                let Some(last) = path.path.segments.last() else { return Count::One };
                match last.ident.to_string().as_str() {
                    "bool" => Count::Flag,
                    "Vec" => Count::Many,
                    "Option" => match inner(last) {
                        Some(Type::Path(inner))
                            if inner.path.segments.last().is_some_and(|last| last.ident == "Box") =>
                        {
                            Count::Boxed
                        }
                        _ => Count::Optional,
                    },
                    _ => Count::One,
                }
            }
            _ => Count::One,
        }
    }

    fn is_optional(&self) -> bool {
        matches!(&self.ty, Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "Option"))
    }

    /// Whether the type is a text or a number, which have defaults.
    pub(crate) fn has_plain_type(&self) -> bool {
        const PLAIN: [&str; 8] = ["String", "u8", "u16", "u32", "u64", "i32", "i64", "MemorySize"];
        matches!(&self.ty, Type::Path(path) if PLAIN.iter().any(|plain| path.path.is_ident(plain)))
    }

    /// The type of one value: `T` of `Option<T>`, `Vec<T>` and `Option<Box<T>>`.
    pub(crate) fn value_type(&self) -> Type {
        let mut ty = self.ty.clone();
        while let Type::Path(path) = &ty {
            let Some(last) = path.path.segments.last() else { break };
            if !["Option", "Vec", "Box"].iter().any(|wrapper| last.ident == wrapper) {
                break;
            }
            let Some(within) = inner(last) else { break };
            ty = within.clone();
        }
        ty
    }
}

fn inner(segment: &syn::PathSegment) -> Option<&Type> {
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

fn parse(attribute: &Attribute) -> syn::Result<Option<(Place, Options)>> {
    let Some(name) = attribute.path().get_ident().map(ToString::to_string) else { return Ok(None) };
    let named = |make: fn(LitStr) -> Place| {
        let Arguments { mut names, options } = attribute.parse_args()?;
        match (names.pop(), names.is_empty()) {
            (Some(name), true) => Ok(Some((make(name), options))),
            _ => Err(syn::Error::new_spanned(attribute, "one name is wanted")),
        }
    };
    match name.as_str() {
        "attribute" => named(Place::Attribute),
        "element" => named(Place::Element),
        "flag" => named(Place::Flag),
        "choice" => Ok(Some((Place::Choice, Options::default()))),
        "text" => Ok(Some((Place::Text, Options::default()))),
        "flatten" => Ok(Some((Place::Flatten, Options::default()))),
        "list" => {
            let Arguments { mut names, options } = attribute.parse_args()?;
            match (names.pop(), names.pop()) {
                (Some(item), Some(list)) => Ok(Some((Place::List(list, item), options))),
                _ => Err(syn::Error::new_spanned(
                    attribute,
                    "the names of the list and of its elements are wanted",
                )),
            }
        }
        _ => Ok(None),
    }
}

struct Arguments {
    names: Vec<LitStr>,
    options: Options,
}

impl Parse for Arguments {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut names = Vec::new();
        while input.peek(LitStr) {
            names.push(input.parse()?);
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(Self { names, options: input.parse()? })
    }
}

impl Parse for Options {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let kind = |input: ParseStream<'_>| {
            input.parse::<Token![=]>()?;
            input.parse().map(Some)
        };
        let mut options = Self::default();
        while !input.is_empty() {
            let option: Ident = input.parse()?;
            match option.to_string().as_str() {
                "error" => options.error = kind(input)?,
                "missing" => options.missing = kind(input)?,
                "once" => options.once = kind(input)?,
                "lenient" => options.lenient = true,
                "default" => options.default = true,
                "empty" => options.empty = Some(true),
                "kept" => options.empty = Some(false),
                _ => {
                    let message = "the options are error, missing, once, lenient, default, empty and kept";
                    return Err(syn::Error::new_spanned(option, message));
                }
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(options)
    }
}
