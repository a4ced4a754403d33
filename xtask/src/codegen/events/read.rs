//! `api/events.rs` as data, checked for being sayable.

use crate::codegen::description::docs;
use proc_macro2::Ident;
use std::collections::BTreeMap;
use syn::{Attribute, Expr, ExprLit, Item, Lit, Token, Type, punctuated::Punctuated, spanned::Spanned};

/// All that the file declares.
pub(super) struct Events {
    pub(super) about: Vec<String>,
    pub(super) kinds: Vec<Kind>,
    /// Structs that are parts of kinds.
    pub(super) parts: Vec<Data>,
    pub(super) enums: Vec<Enum>,
}

/// A kind of event.
pub(super) struct Kind {
    pub(super) data: Data,
    /// What it happens to; nothing where it is the connection itself.
    pub(super) object: Option<Ident>,
    pub(super) libvirt: Vec<u32>,
    pub(super) messages: Vec<String>,
}

/// A struct.
pub(super) struct Data {
    pub(super) name: Ident,
    pub(super) docs: Vec<String>,
    pub(super) fields: Vec<Field>,
}

pub(super) struct Field {
    pub(super) name: Ident,
    pub(super) docs: Vec<String>,
    pub(super) optional: bool,
    pub(super) shape: Shape,
}

/// What a field holds.
pub(super) enum Shape {
    Bool,
    /// A whole number of this Rust type.
    Number(Ident),
    Text,
    Parameters,
    Enum(Ident),
    /// An enum whose variants each have a detail of their own; it takes the place of two fields.
    Detailed(Ident),
    Part(Ident),
    List(Ident),
}

pub(super) struct Enum {
    pub(super) name: Ident,
    pub(super) docs: Vec<String>,
    pub(super) variants: Vec<Variant>,
}

impl Enum {
    /// Whether each variant has a detail of its own.
    pub(super) fn is_detailed(&self) -> bool {
        self.variants.iter().any(|variant| variant.detail.is_some())
    }
}

pub(super) struct Variant {
    pub(super) name: Ident,
    pub(super) docs: Vec<String>,
    pub(super) number: i32,
    pub(super) detail: Option<Ident>,
}

pub(super) fn read(file: &syn::File) -> syn::Result<Events> {
    let mut events =
        Events { about: docs(&file.attrs), kinds: Vec::new(), parts: Vec::new(), enums: Vec::new() };
    for item in &file.items {
        if let Item::Enum(item) = item {
            events.enums.push(read_enum(item)?);
        }
    }
    let parts: Vec<&Ident> =
        structs(file).filter(|item| event_attribute(item).is_none()).map(|item| &item.ident).collect();
    for item in structs(file) {
        let data = read_struct(item, &events.enums, &parts)?;
        match event_attribute(item) {
            Some(attribute) => events.kinds.push(read_kind(data, attribute)?),
            None => events.parts.push(data),
        }
    }
    check_numbers(&events.kinds)?;
    Ok(events)
}

fn structs(file: &syn::File) -> impl Iterator<Item = &syn::ItemStruct> {
    file.items.iter().filter_map(|item| if let Item::Struct(item) = item { Some(item) } else { None })
}

fn event_attribute(item: &syn::ItemStruct) -> Option<&Attribute> {
    item.attrs.iter().find(|attribute| attribute.path().is_ident("event"))
}

fn needed_docs(attributes: &[Attribute], place: &impl Spanned) -> syn::Result<Vec<String>> {
    let lines = docs(attributes);
    if lines.is_empty() { Err(syn::Error::new(place.span(), "needs a doc comment")) } else { Ok(lines) }
}

fn read_kind(data: Data, attribute: &Attribute) -> syn::Result<Kind> {
    let mut kind = Kind { data, object: None, libvirt: Vec::new(), messages: Vec::new() };
    attribute.parse_nested_meta(|meta| {
        let key = meta.path.require_ident()?.to_string();
        let value = meta.value()?;
        match key.as_str() {
            "object" => kind.object = Some(value.parse()?),
            "libvirt" => kind.libvirt = list(value, |number: &syn::LitInt| number.base10_parse())?,
            "messages" => kind.messages = list(value, |name: &Ident| Ok(name.to_string()))?,
            _ => return Err(meta.error("unknown key: object, libvirt or messages")),
        }
        Ok(())
    })?;
    Ok(kind)
}

/// `[a, b]`
fn list<T: syn::parse::Parse, R>(
    value: &syn::parse::ParseBuffer<'_>,
    convert: impl Fn(&T) -> syn::Result<R>,
) -> syn::Result<Vec<R>> {
    let inner;
    syn::bracketed!(inner in value);
    Punctuated::<T, Token![,]>::parse_terminated_with(&inner, T::parse)?.iter().map(convert).collect()
}

/// No two kinds of one object may have the same libvirt number.
fn check_numbers(kinds: &[Kind]) -> syn::Result<()> {
    let mut seen = BTreeMap::new();
    for kind in kinds {
        for number in &kind.libvirt {
            let object = kind.object.as_ref().map(ToString::to_string);
            if let Some(other) = seen.insert((object, *number), &kind.data.name) {
                let problem = format!("has libvirt's number {number}, as {other} has");
                return Err(syn::Error::new(kind.data.name.span(), problem));
            }
        }
    }
    Ok(())
}

fn read_struct(item: &syn::ItemStruct, enums: &[Enum], parts: &[&Ident]) -> syn::Result<Data> {
    let mut fields = Vec::new();
    for field in &item.fields {
        let name = field.ident.clone().ok_or_else(|| syn::Error::new(field.span(), "fields have names"))?;
        let (optional, shape) = read_type(&field.ty, enums, parts)?;
        if matches!(shape, Shape::Detailed(_)) && (optional || item.fields.len() > 1) {
            return Err(syn::Error::new(field.span(), "an enum with details must be the only field"));
        }
        fields.push(Field { docs: needed_docs(&field.attrs, field)?, name, optional, shape });
    }
    Ok(Data { name: item.ident.clone(), docs: needed_docs(&item.attrs, item)?, fields })
}

fn read_type(ty: &Type, enums: &[Enum], parts: &[&Ident]) -> syn::Result<(bool, Shape)> {
    let unknown = || syn::Error::new(ty.span(), "not a type that events can have");
    let Type::Path(path) = ty else { return Err(unknown()) };
    let segment = path.path.segments.last().ok_or_else(unknown)?;
    let name = segment.ident.to_string();
    if let syn::PathArguments::AngleBracketed(arguments) = &segment.arguments {
        let Some(syn::GenericArgument::Type(inner)) = arguments.args.first() else { return Err(unknown()) };
        return match (name.as_str(), read_type(inner, enums, parts)?) {
            ("Option", (false, shape)) => Ok((true, shape)),
            ("Vec", (false, Shape::Part(part))) => Ok((false, Shape::List(part))),
            _ => Err(unknown()),
        };
    }
    let ident = segment.ident.clone();
    let shape = match name.as_str() {
        "bool" => Shape::Bool,
        "u32" | "u64" | "i32" | "i64" => Shape::Number(ident),
        "String" => Shape::Text,
        "TypedParameters" => Shape::Parameters,
        _ if parts.contains(&&ident) => Shape::Part(ident),
        _ => match enums.iter().find(|known| known.name == ident) {
            Some(known) if known.is_detailed() => Shape::Detailed(ident),
            Some(_) => Shape::Enum(ident),
            None => return Err(unknown()),
        },
    };
    Ok((false, shape))
}

fn read_enum(item: &syn::ItemEnum) -> syn::Result<Enum> {
    let variants = item.variants.iter().map(read_variant).collect::<syn::Result<Vec<_>>>()?;
    let detailed = variants.iter().filter(|variant| variant.detail.is_some()).count();
    if detailed != 0 && detailed != variants.len() {
        return Err(syn::Error::new(item.span(), "either every variant has a detail or none"));
    }
    Ok(Enum { name: item.ident.clone(), docs: needed_docs(&item.attrs, item)?, variants })
}

fn read_variant(item: &syn::Variant) -> syn::Result<Variant> {
    let number = match &item.discriminant {
        Some((_, Expr::Lit(ExprLit { lit: Lit::Int(number), .. }))) => number.base10_parse()?,
        _ => return Err(syn::Error::new(item.span(), "needs an explicit number")),
    };
    let detail = match &item.fields {
        syn::Fields::Unit => None,
        syn::Fields::Unnamed(fields) => match fields.unnamed.first() {
            Some(syn::Field { ty: Type::Path(path), .. }) if fields.unnamed.len() == 1 => {
                Some(path.path.require_ident()?.clone())
            }
            _ => return Err(syn::Error::new(item.span(), "a variant has one detail or none")),
        },
        syn::Fields::Named(_) => {
            return Err(syn::Error::new(item.span(), "a variant has one detail or none"));
        }
    };
    Ok(Variant { name: item.ident.clone(), docs: needed_docs(&item.attrs, item)?, number, detail })
}
