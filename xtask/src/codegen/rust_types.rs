//! How a type of the description is written in Rust: in data, at a driver's method, at a handle's method.

use super::description::{DataType, Description, Shape};
use crate::TaskResult;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::Type;

/// The objects that have a handle in core, each with a plain reference in model named `…Ref`.
pub(crate) const OBJECTS: [&str; 11] = [
    "Domain",
    "Snapshot",
    "Checkpoint",
    "Network",
    "StoragePool",
    "StorageVolume",
    "NodeDevice",
    "Secret",
    "NwFilter",
    "NwFilterBinding",
    "Interface",
];

/// Types passed by value that the description may use without declaring them.
const PLAIN: [&str; 10] = ["bool", "u8", "u16", "u32", "u64", "i32", "i64", "f64", "Uuid", "Timestamp"];

/// What a type of the description is.
#[derive(Clone)]
pub(crate) enum Kind {
    Object(Ident),
    Text,
    /// Copied: numbers, identifiers, declared enums.
    Plain(Ident),
    /// A declared options struct.
    Options(Ident),
    /// Any other struct.
    Data(Ident),
    Stream,
    Descriptor,
    List(Box<Kind>),
    Optional(Box<Kind>),
}

impl Kind {
    pub(crate) fn of(ty: &Type, description: &Description) -> TaskResult<Self> {
        let not_sayable = || format!("a type that the description cannot say: {}", ty.to_token_stream());
        let Type::Path(path) = ty else { return Err(not_sayable()) };
        let segment = path.path.segments.last().ok_or_else(not_sayable)?;
        if let syn::PathArguments::AngleBracketed(arguments) = &segment.arguments {
            let Some(syn::GenericArgument::Type(inner)) = arguments.args.first() else {
                return Err(not_sayable());
            };
            let inner = Box::new(Self::of(inner, description)?);
            return match segment.ident.to_string().as_str() {
                "Vec" => Ok(Self::List(inner)),
                "Option" => Ok(Self::Optional(inner)),
                _ => Err(not_sayable()),
            };
        }
        let name = segment.ident.to_string();
        Ok(match name.as_str() {
            "String" => Self::Text,
            "ByteStream" => Self::Stream,
            "OwnedFd" => Self::Descriptor,
            "CpuMap" | "TypedParameters" => Self::Data(segment.ident.clone()),
            name if PLAIN.contains(&name) => Self::Plain(segment.ident.clone()),
            name if OBJECTS.contains(&name) => Self::Object(segment.ident.clone()),
            name => match description.find_type(name) {
                Some(DataType { shape: Shape::Enum(_), .. }) => Self::Plain(segment.ident.clone()),
                Some(DataType { shape: Shape::Options(_), .. }) => Self::Options(segment.ident.clone()),
                Some(DataType { shape: Shape::Info(_), .. }) => Self::Data(segment.ident.clone()),
                None => return Err(not_sayable()),
            },
        })
    }

    /// As a field, a list's element, or what a driver returns.
    pub(crate) fn owned(&self) -> TokenStream {
        match self {
            Self::Object(name) => reference_type(name).to_token_stream(),
            Self::Text => quote!(String),
            Self::Plain(name) | Self::Options(name) | Self::Data(name) => name.to_token_stream(),
            Self::Stream => quote!(ByteStream),
            Self::Descriptor => quote!(OwnedFd),
            Self::List(inner) => {
                let inner = inner.owned();
                quote!(Vec<#inner>)
            }
            Self::Optional(inner) => {
                let inner = inner.owned();
                quote!(Option<#inner>)
            }
        }
    }

    fn by_value(&self) -> bool {
        match self {
            Self::Plain(_) | Self::Stream | Self::Descriptor => true,
            Self::List(inner) => matches!(**inner, Self::Descriptor),
            _ => false,
        }
    }

    /// As an argument of a driver's method.
    pub(crate) fn driver_argument(&self) -> TokenStream {
        self.argument(&quote!('a), &|name| reference_type(name).to_token_stream())
    }

    /// As an argument of a handle's method.
    pub(crate) fn handle_argument(&self) -> TokenStream {
        match self {
            Self::Options(name) => name.to_token_stream(),
            _ => self.argument(&TokenStream::new(), &|name| name.to_token_stream()),
        }
    }

    fn argument(&self, lifetime: &TokenStream, object: &dyn Fn(&Ident) -> TokenStream) -> TokenStream {
        match self {
            Self::Object(name) => {
                let name = object(name);
                quote!(&#lifetime #name)
            }
            Self::Text => quote!(&#lifetime str),
            Self::List(inner) if !self.by_value() => {
                let inner = match &**inner {
                    Self::Object(name) => object(name),
                    other => other.owned(),
                };
                quote!(&#lifetime [#inner])
            }
            Self::Optional(inner) => {
                let inner = inner.argument(lifetime, object);
                quote!(Option<#inner>)
            }
            Self::Options(name) | Self::Data(name) => quote!(&#lifetime #name),
            by_value => by_value.owned(),
        }
    }

    /// What a handle's method passes to the driver's for its own argument.
    pub(crate) fn handle_to_driver(&self, name: &Ident) -> TokenStream {
        match self {
            Self::Object(_) => quote!(#name.reference()),
            Self::Options(_) => quote!(&#name),
            Self::List(inner) if matches!(**inner, Self::Object(_)) => quote!(&references(#name)),
            Self::Optional(inner) if matches!(**inner, Self::Object(_)) => {
                quote!(#name.map(|object| object.reference()))
            }
            _ => name.to_token_stream(),
        }
    }

    /// What a handle's method returns.
    pub(crate) fn handle_result(&self) -> TokenStream {
        match self {
            Self::Object(name) => name.to_token_stream(),
            Self::List(inner) => {
                let inner = inner.handle_result();
                quote!(Vec<#inner>)
            }
            Self::Optional(inner) => {
                let inner = inner.handle_result();
                quote!(Option<#inner>)
            }
            other => other.owned(),
        }
    }

    /// Makes a handle's result from the driver's, where they differ.
    pub(crate) fn driver_to_handle(&self, result: &TokenStream, connection: &TokenStream) -> TokenStream {
        match self {
            Self::Object(name) => quote!(#result.map(|reference| #name::new(#connection.clone(), reference))),
            Self::List(inner) | Self::Optional(inner) => match &**inner {
                Self::Object(name) => {
                    let mapped = if matches!(self, Self::List(_)) {
                        quote!(found.into_iter().map(|reference| #name::new(#connection.clone(), reference)).collect())
                    } else {
                        quote!(found.map(|reference| #name::new(#connection.clone(), reference)))
                    };
                    quote!(#result.map(|found| #mapped))
                }
                _ => result.clone(),
            },
            _ => result.clone(),
        }
    }

    /// An expression for a default argument of a driver's method; objects come from `subjects`.
    pub(crate) fn probe_argument(&self) -> TokenStream {
        match self {
            Self::Object(name) => {
                let field = format_ident!("{}", snake_case(&name.to_string()), span = Span::call_site());
                quote!(&subjects.#field)
            }
            Self::Text => quote!(""),
            Self::Stream => quote!(ByteStream::pair(1).0),
            Self::Descriptor => quote!(subjects.descriptor()?),
            Self::Optional(_) => quote!(None),
            Self::List(_) if self.by_value() => quote!(Vec::new()),
            Self::List(_) => quote!(&[]),
            Self::Options(name) | Self::Data(name) => quote!(&#name::default()),
            Self::Plain(name) => quote!(#name::default()),
        }
    }

    /// Whether a value of this type can hold text that must be checked.
    pub(crate) fn holds_text(&self, description: &Description) -> bool {
        match self {
            Self::Text => true,
            Self::List(inner) | Self::Optional(inner) => inner.holds_text(description),
            Self::Options(name) | Self::Data(name) => {
                description.find_type(&name.to_string()).is_some_and(|data| match &data.shape {
                    Shape::Options(fields) | Shape::Info(fields) => fields.iter().any(|field| {
                        Self::of(&field.ty, description).is_ok_and(|kind| kind.holds_text(description))
                    }),
                    Shape::Enum(_) => false,
                })
            }
            _ => false,
        }
    }
}

/// `DomainRef` for `Domain`.
pub(crate) fn reference_type(object: &Ident) -> Ident {
    format_ident!("{object}Ref")
}

/// `domain_state` for `DomainState`.
pub(crate) fn snake_case(name: &str) -> String {
    let mut out = String::new();
    let characters: Vec<char> = name.chars().collect();
    for (index, character) in characters.iter().enumerate() {
        if character.is_uppercase() {
            let after_lower = index > 0 && !characters[index - 1].is_uppercase();
            let before_lower = index > 0 && characters.get(index + 1).is_some_and(|next| next.is_lowercase());
            if after_lower || before_lower {
                out.push('_');
            }
            out.extend(character.to_lowercase());
        } else {
            out.push(*character);
        }
    }
    out
}

/// The doc comment as attributes.
pub(crate) fn doc_attributes(lines: &[String]) -> TokenStream {
    let lines = lines.iter().map(|line| if line.is_empty() { String::new() } else { format!(" {line}") });
    quote!(#(#[doc = #lines])*)
}
