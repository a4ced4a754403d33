//! The description as data: what `api/*.rs` says, checked for being sayable, with errors that name the place.

use crate::{TaskResult, repository};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use syn::{Attribute, Expr, Ident, Item, Lit, Meta, Token, Type, punctuated::Punctuated, spanned::Spanned};

/// All of `api/`.
pub(crate) struct Description {
    pub(crate) families: Vec<Family>,
    pub(crate) types: Vec<DataType>,
    pub(crate) errors: Vec<ErrorKind>,
    /// `api/events.rs`, read by its own generator.
    pub(crate) events: syn::File,
}

/// A group of calls: a trait of the driver contract.
pub(crate) struct Family {
    pub(crate) name: Ident,
    pub(crate) accessor: Ident,
    pub(crate) docs: Vec<String>,
    pub(crate) file: SourceFile,
    pub(crate) calls: Vec<Call>,
}

/// Where an entry stands.
#[derive(Clone)]
pub(crate) struct SourceFile {
    /// From the top of the checkout.
    pub(crate) path: PathBuf,
    /// The module's doc comment.
    pub(crate) about: Vec<String>,
}

impl SourceFile {
    /// The name of the generated module: `domain_lifecycle` for `api/domain/lifecycle.rs`.
    pub(crate) fn module(&self) -> String {
        let relative = self.path.strip_prefix("api").unwrap_or(&self.path).with_extension("");
        relative
            .components()
            .map(|part| part.as_os_str().to_string_lossy().into_owned())
            .collect::<Vec<_>>()
            .join("_")
    }
}

pub(crate) struct Call {
    pub(crate) name: Ident,
    pub(crate) docs: Vec<String>,
    /// The handle that carries the call, for example `Domain`.
    pub(crate) on: Ident,
    /// The name the description gives that first argument.
    pub(crate) on_name: Ident,
    pub(crate) arguments: Vec<Argument>,
    pub(crate) returns: Option<Type>,
    pub(crate) access: Access,
    pub(crate) raises: Vec<String>,
    pub(crate) emits: Vec<String>,
    pub(crate) job: Option<String>,
    pub(crate) procedures: Vec<String>,
}

pub(crate) struct Argument {
    pub(crate) name: Ident,
    pub(crate) ty: Type,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
    Secret,
}

/// A struct or an enum of the description.
pub(crate) struct DataType {
    pub(crate) name: Ident,
    pub(crate) docs: Vec<String>,
    pub(crate) file: SourceFile,
    pub(crate) shape: Shape,
}

pub(crate) enum Shape {
    Options(Vec<Field>),
    Info(Vec<Field>),
    Enum(Vec<Variant>),
}

pub(crate) struct Field {
    pub(crate) name: Ident,
    pub(crate) docs: Vec<String>,
    pub(crate) ty: Type,
    /// `#[flag(0x1)]`
    pub(crate) flag: Option<u64>,
    /// `#[param("name", ullong)]`
    pub(crate) param: Option<(String, String)>,
    /// `#[secret]`: setting it makes the call one that shows secrets.
    pub(crate) secret: bool,
}

pub(crate) struct Variant {
    pub(crate) name: Ident,
    pub(crate) docs: Vec<String>,
    pub(crate) number: i64,
    pub(crate) default: bool,
}

pub(crate) struct ErrorKind {
    pub(crate) name: Ident,
    pub(crate) docs: Vec<String>,
    pub(crate) number: i64,
    pub(crate) retry: String,
    pub(crate) libvirt: u32,
    pub(crate) also: Vec<u32>,
    pub(crate) per_object: BTreeMap<String, u32>,
}

impl Description {
    pub(crate) fn read() -> TaskResult<Self> {
        let mut description = Self {
            families: Vec::new(),
            types: Vec::new(),
            errors: Vec::new(),
            events: syn::File { shebang: None, attrs: Vec::new(), items: Vec::new() },
        };
        for path in repository::files_below(Path::new("api"), "rs")? {
            let text = repository::read(&path)?;
            let file = syn::parse_file(&text).map_err(|error| at(&path, &error))?;
            if path == Path::new("api/events.rs") {
                description.events = file;
                continue;
            }
            let source = SourceFile { about: docs(&file.attrs), path: path.clone() };
            for item in &file.items {
                description.add(&source, item).map_err(|error| at(&path, &error))?;
            }
        }
        description.check_names()?;
        Ok(description)
    }

    fn add(&mut self, file: &SourceFile, item: &Item) -> syn::Result<()> {
        match item {
            Item::Trait(family) => self.families.push(read_family(file, family)?),
            Item::Struct(data) => self.types.push(read_struct(file, data)?),
            Item::Enum(data) if data.ident == "ErrorKind" => {
                self.errors = data.variants.iter().map(read_error_kind).collect::<syn::Result<_>>()?;
            }
            Item::Enum(data) => self.types.push(read_enum(file, data)?),
            other => {
                return Err(syn::Error::new(other.span(), "only traits, structs and enums describe the API"));
            }
        }
        Ok(())
    }

    fn check_names(&self) -> TaskResult {
        let kinds: Vec<String> = self.errors.iter().map(|kind| kind.name.to_string()).collect();
        let events: Vec<String> = self
            .events
            .items
            .iter()
            .filter_map(|item| match item {
                Item::Struct(event) => Some(event.ident.to_string()),
                _ => None,
            })
            .collect();
        let mut seen = BTreeMap::new();
        for (family, call) in self.calls() {
            let place = format!("{}: {}", family.file.path.display(), call.name);
            for kind in &call.raises {
                if !kinds.contains(kind) {
                    return Err(format!("{place} raises {kind}, which api/errors.rs does not have"));
                }
            }
            for event in &call.emits {
                if !events.contains(event) {
                    return Err(format!("{place} emits {event}, which api/events.rs does not have"));
                }
            }
            if let Some(other) = seen.insert((call.on.to_string(), call.name.to_string()), place.clone()) {
                return Err(format!("{place} has the name of another call on the same handle: {other}"));
            }
        }
        Ok(())
    }

    /// Every call with its family.
    pub(crate) fn calls(&self) -> impl Iterator<Item = (&Family, &Call)> {
        self.families.iter().flat_map(|family| family.calls.iter().map(move |call| (family, call)))
    }

    /// The declared type of this name.
    pub(crate) fn find_type(&self, name: &str) -> Option<&DataType> {
        self.types.iter().find(|data| data.name == name)
    }
}

fn at(path: &Path, error: &syn::Error) -> String {
    let start = error.span().start();
    format!("{}:{}:{}: {error}", path.display(), start.line, start.column + 1)
}

/// The lines of the doc comment.
pub(crate) fn docs(attributes: &[Attribute]) -> Vec<String> {
    attributes
        .iter()
        .filter_map(|attribute| match &attribute.meta {
            Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
                Expr::Lit(literal) => match &literal.lit {
                    Lit::Str(text) => {
                        Some(text.value().strip_prefix(' ').map_or_else(|| text.value(), str::to_owned))
                    }
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        })
        .collect()
}

fn required_docs(attributes: &[Attribute], what: &impl Spanned) -> syn::Result<Vec<String>> {
    let lines = docs(attributes);
    if lines.is_empty() { Err(syn::Error::new(what.span(), "needs a doc comment")) } else { Ok(lines) }
}

fn attribute<'a>(attributes: &'a [Attribute], name: &str) -> Option<&'a Attribute> {
    attributes.iter().find(|attribute| attribute.path().is_ident(name))
}

fn read_family(file: &SourceFile, item: &syn::ItemTrait) -> syn::Result<Family> {
    let mut accessor = None;
    let family = attribute(&item.attrs, "family")
        .ok_or_else(|| syn::Error::new(item.span(), "needs #[family(accessor = …)]"))?;
    family.parse_nested_meta(|meta| {
        if !meta.path.is_ident("accessor") {
            return Err(meta.error("unknown key, only accessor"));
        }
        accessor = Some(meta.value()?.parse::<Ident>()?);
        Ok(())
    })?;
    let calls = item
        .items
        .iter()
        .map(|item| match item {
            syn::TraitItem::Fn(call) => read_call(call),
            other => Err(syn::Error::new(other.span(), "a family holds calls only")),
        })
        .collect::<syn::Result<_>>()?;
    Ok(Family {
        name: item.ident.clone(),
        accessor: accessor.ok_or_else(|| syn::Error::new(family.span(), "needs accessor = …"))?,
        docs: required_docs(&item.attrs, item)?,
        file: file.clone(),
        calls,
    })
}

fn read_call(item: &syn::TraitItemFn) -> syn::Result<Call> {
    let mut inputs = item.sig.inputs.iter().map(read_argument).collect::<syn::Result<Vec<_>>>()?.into_iter();
    let on = inputs.next().ok_or_else(|| {
        syn::Error::new(item.span(), "the first argument says which handle carries the call")
    })?;
    let Type::Path(on_type) = &on.ty else { return Err(syn::Error::new(on.ty.span(), "not a handle")) };
    let mut call = Call {
        name: item.sig.ident.clone(),
        docs: required_docs(&item.attrs, item)?,
        on: on_type.path.require_ident()?.clone(),
        on_name: on.name,
        arguments: inputs.collect(),
        returns: match &item.sig.output {
            syn::ReturnType::Default => None,
            syn::ReturnType::Type(_, ty) => Some((**ty).clone()),
        },
        access: Access::Read,
        raises: Vec::new(),
        emits: Vec::new(),
        job: None,
        procedures: Vec::new(),
    };
    let attribute =
        attribute(&item.attrs, "call").ok_or_else(|| syn::Error::new(item.span(), "needs #[call(…)]"))?;
    let mut access = None;
    attribute.parse_nested_meta(|meta| {
        let key = meta.path.require_ident()?.to_string();
        let value = meta.value()?;
        match key.as_str() {
            "access" => access = Some(read_access(&value.parse()?)?),
            "raises" => call.raises = names(value)?,
            "emits" => call.emits = names(value)?,
            "procedures" => call.procedures = names(value)?,
            "job" => call.job = Some(value.parse::<Ident>()?.to_string()),
            _ => return Err(meta.error("unknown key: access, raises, emits, procedures or job")),
        }
        Ok(())
    })?;
    call.access =
        access.ok_or_else(|| syn::Error::new(attribute.span(), "needs access = read | write | secret"))?;
    Ok(call)
}

fn read_argument(input: &syn::FnArg) -> syn::Result<Argument> {
    match input {
        syn::FnArg::Typed(typed) => match &*typed.pat {
            syn::Pat::Ident(name) => Ok(Argument { name: name.ident.clone(), ty: (*typed.ty).clone() }),
            other => Err(syn::Error::new(other.span(), "an argument has a plain name")),
        },
        syn::FnArg::Receiver(receiver) => Err(syn::Error::new(receiver.span(), "name the handle, not self")),
    }
}

fn read_access(word: &Ident) -> syn::Result<Access> {
    match word.to_string().as_str() {
        "read" => Ok(Access::Read),
        "write" => Ok(Access::Write),
        "secret" => Ok(Access::Secret),
        _ => Err(syn::Error::new(word.span(), "access is read, write or secret")),
    }
}

/// `[A, B]`
fn names(value: &syn::parse::ParseBuffer<'_>) -> syn::Result<Vec<String>> {
    let inner;
    syn::bracketed!(inner in value);
    Ok(Punctuated::<Ident, Token![,]>::parse_terminated(&inner)?.iter().map(Ident::to_string).collect())
}

fn read_struct(file: &SourceFile, item: &syn::ItemStruct) -> syn::Result<DataType> {
    let fields = item
        .fields
        .iter()
        .map(|field| {
            let name =
                field.ident.clone().ok_or_else(|| syn::Error::new(field.span(), "fields have names"))?;
            let flag = match attribute(&field.attrs, "flag") {
                Some(flag) => Some(flag.parse_args::<syn::LitInt>()?.base10_parse()?),
                None => None,
            };
            let param = match attribute(&field.attrs, "param") {
                Some(param) => Some(param.parse_args_with(|input: syn::parse::ParseStream<'_>| {
                    let name: syn::LitStr = input.parse()?;
                    input.parse::<Token![,]>()?;
                    let wire_type: Ident = input.parse()?;
                    Ok((name.value(), wire_type.to_string()))
                })?),
                None => None,
            };
            let secret = attribute(&field.attrs, "secret").is_some();
            Ok(Field {
                docs: required_docs(&field.attrs, field)?,
                name,
                ty: field.ty.clone(),
                flag,
                param,
                secret,
            })
        })
        .collect::<syn::Result<_>>()?;
    let shape = match (attribute(&item.attrs, "options"), attribute(&item.attrs, "info")) {
        (Some(_), None) => Shape::Options(fields),
        (None, Some(_)) => Shape::Info(fields),
        _ => return Err(syn::Error::new(item.span(), "a struct is either #[options] or #[info]")),
    };
    Ok(DataType {
        name: item.ident.clone(),
        docs: required_docs(&item.attrs, item)?,
        file: file.clone(),
        shape,
    })
}

fn read_enum(file: &SourceFile, item: &syn::ItemEnum) -> syn::Result<DataType> {
    let variants = item
        .variants
        .iter()
        .map(|variant| {
            Ok(Variant {
                name: variant.ident.clone(),
                docs: required_docs(&variant.attrs, variant)?,
                number: variant_number(variant)?,
                default: attribute(&variant.attrs, "default").is_some(),
            })
        })
        .collect::<syn::Result<Vec<_>>>()?;
    if variants.iter().filter(|variant| variant.default).count() != 1 {
        return Err(syn::Error::new(item.span(), "needs exactly one #[default] variant"));
    }
    Ok(DataType {
        name: item.ident.clone(),
        docs: required_docs(&item.attrs, item)?,
        file: file.clone(),
        shape: Shape::Enum(variants),
    })
}

fn variant_number(variant: &syn::Variant) -> syn::Result<i64> {
    let needs = || syn::Error::new(variant.span(), "needs an explicit number");
    let (_, number) = variant.discriminant.as_ref().ok_or_else(needs)?;
    match number {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Int(number) => number.base10_parse(),
            _ => Err(needs()),
        },
        Expr::Unary(syn::ExprUnary { op: syn::UnOp::Neg(_), expr, .. }) => match &**expr {
            Expr::Lit(syn::ExprLit { lit: Lit::Int(number), .. }) => Ok(-number.base10_parse::<i64>()?),
            _ => Err(needs()),
        },
        _ => Err(needs()),
    }
}

fn read_error_kind(variant: &syn::Variant) -> syn::Result<ErrorKind> {
    let mut kind = ErrorKind {
        name: variant.ident.clone(),
        docs: required_docs(&variant.attrs, variant)?,
        number: variant_number(variant)?,
        retry: String::new(),
        libvirt: 0,
        also: Vec::new(),
        per_object: BTreeMap::new(),
    };
    let error = attribute(&variant.attrs, "error")
        .ok_or_else(|| syn::Error::new(variant.span(), "needs #[error(retry = …, libvirt = …)]"))?;
    error.parse_nested_meta(|meta| {
        let key = meta.path.require_ident()?.to_string();
        match key.as_str() {
            "retry" => kind.retry = meta.value()?.parse::<Ident>()?.to_string(),
            "libvirt" => kind.libvirt = meta.value()?.parse::<syn::LitInt>()?.base10_parse()?,
            "also" => {
                let value = meta.value()?;
                let inner;
                syn::bracketed!(inner in value);
                for number in Punctuated::<syn::LitInt, Token![,]>::parse_terminated(&inner)? {
                    kind.also.push(number.base10_parse()?);
                }
            }
            "per_object" => meta.parse_nested_meta(|object| {
                let code = object.value()?.parse::<syn::LitInt>()?.base10_parse()?;
                kind.per_object.insert(object.path.require_ident()?.to_string(), code);
                Ok(())
            })?,
            _ => return Err(meta.error("unknown key: retry, libvirt, also or per_object")),
        }
        Ok(())
    })?;
    if !["Never", "Now", "AfterReconnect"].contains(&kind.retry.as_str()) {
        return Err(syn::Error::new(error.span(), "retry is Never, Now or AfterReconnect"));
    }
    Ok(kind)
}
