//! `model/src/generated/events.rs`.

use super::SOURCE;
use super::read::{Data, Enum, Events, Field, Kind, Shape};
use crate::TaskResult;
use crate::codegen::GeneratedFile;
use crate::codegen::rust_types::{doc_attributes, snake_case};
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use std::collections::BTreeSet;

pub(super) fn generate(events: &Events) -> TaskResult<GeneratedFile> {
    let kinds = event_kind(&events.kinds);
    let body = event_body(&events.kinds);
    let structs = events.kinds.iter().map(|kind| structure(&kind.data));
    let conversions = events.kinds.iter().map(|kind| conversion(&kind.data.name));
    let parts = events.parts.iter().map(structure);
    let enums =
        events.enums.iter().map(|item| if item.is_detailed() { detailed(item, events) } else { plain(item) });
    let items = quote! {
        use crate::check::UnknownName;
        use crate::event::open_enum::open_enum;
        use crate::event::{FieldDescription, FieldShape};
        use crate::event::record::{Field, FieldError, FieldMap, FieldVisitor, ReadRecord, Record};
        use crate::id::ObjectKind;
        use crate::parameters::TypedParameters;
        use crate::event::parameters::PARAMETER_FIELDS;

        #kinds
        #body
        #(#structs)*
        #(#parts)*
        #(#enums)*
        #(#conversions)*
    };
    GeneratedFile::rust("model/src/generated/events.rs", SOURCE, "The kinds of events.", &items)
}

fn event_kind(kinds: &[Kind]) -> TokenStream {
    let names: Vec<_> = kinds.iter().map(|kind| &kind.data.name).collect();
    let words: Vec<_> = names.iter().map(|name| snake_case(&name.to_string())).collect();
    let docs = kinds.iter().map(|kind| doc_attributes(&kind.data.docs));
    let objects = kinds.iter().map(|kind| match &kind.object {
        Some(object) => quote!(Some(ObjectKind::#object)),
        None => quote!(None),
    });
    let numbers = kinds.iter().map(|kind| {
        let numbers = kind.libvirt.iter().map(|number| proc_macro2::Literal::u32_unsuffixed(*number));
        quote!(&[#(#numbers),*])
    });
    quote! {
        /// What happened, without the fields.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        #[repr(u8)]
        pub enum EventKind { #(#docs #names),* }

        impl EventKind {
            /// Every kind, in the order of the description: the one at `index` has that [`EventKind::index`].
            pub const ALL: &'static [Self] = &[#(Self::#names),*];

            /// The names of all kinds, in the same order.
            pub const NAMES: &'static [&'static str] = &[#(#words),*];

            /// The kind's place in [`EventKind::ALL`].
            #[must_use]
            pub fn index(self) -> usize {
                self as usize
            }

            /// The kind's name in JSON, XML and at the shell.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                Self::NAMES[self.index()]
            }

            /// What kind of object it happens to; none where it is the connection itself.
            #[must_use]
            pub fn object_kind(self) -> Option<ObjectKind> {
                match self { #(Self::#names => #objects),* }
            }

            /// The numbers under which libvirt's clients register for it, among the events of its kind of object.
            #[must_use]
            pub fn libvirt_ids(self) -> &'static [u32] {
                match self { #(Self::#names => #numbers),* }
            }

            /// The fields that its events have.
            #[must_use]
            pub fn fields(self) -> &'static [FieldDescription] {
                match self { #(Self::#names => #names::FIELDS),* }
            }
        }
    }
}

fn event_body(kinds: &[Kind]) -> TokenStream {
    let names: Vec<_> = kinds.iter().map(|kind| &kind.data.name).collect();
    let docs = kinds.iter().map(|kind| doc_attributes(&kind.data.docs));
    quote! {
        /// What happened, with its fields.
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub enum EventBody { #(#docs #names(#names)),* }

        impl EventBody {
            /// What happened, without the fields.
            #[must_use]
            pub fn kind(&self) -> EventKind {
                match self { #(Self::#names(_) => EventKind::#names),* }
            }

            /// The fields.
            #[must_use]
            pub fn fields(&self) -> &dyn Record {
                match self { #(Self::#names(body) => body),* }
            }

            /// Makes an event of this kind from its fields.
            ///
            /// # Errors
            ///
            /// A field that is missing or holds something else than it should.
            pub fn of_kind(kind: EventKind, fields: &mut FieldMap) -> Result<Self, FieldError> {
                Ok(match kind { #(EventKind::#names => Self::#names(ReadRecord::from_fields(fields)?)),* })
            }
        }
    }
}

fn conversion(name: &Ident) -> TokenStream {
    quote! {
        impl From<#name> for EventBody {
            fn from(body: #name) -> Self {
                Self::#name(body)
            }
        }
    }
}

fn structure(data: &Data) -> TokenStream {
    let (name, docs) = (&data.name, doc_attributes(&data.docs));
    let default = data.fields.is_empty().then(|| quote!(, Default));
    let fields = data.fields.iter().map(|field| {
        let (docs, name, ty) = (doc_attributes(&field.docs), &field.name, field_type(field));
        quote!(#docs pub #name: #ty)
    });
    let record = record(data);
    let constructor = constructor(data);
    let descriptions = descriptions(data);
    quote! {
        #docs
        #[derive(Debug, Clone, PartialEq #default)]
        #[non_exhaustive]
        pub struct #name { #(#fields),* }

        impl #name {
            /// The fields, as an expression or a reader of JSON or XML sees them.
            pub const FIELDS: &'static [FieldDescription] = #descriptions;

            #constructor
        }

        #record
    }
}

fn constructor(data: &Data) -> TokenStream {
    let arguments = data.fields.iter().map(|field| {
        let (name, ty) = (&field.name, field_type(field));
        if is_plain_text(field) { quote!(#name: impl Into<String>) } else { quote!(#name: #ty) }
    });
    let values = data.fields.iter().map(|field| {
        let name = &field.name;
        if is_plain_text(field) { quote!(#name: #name.into()) } else { name.to_token_stream() }
    });
    quote! {
        /// With every field.
        #[must_use]
        pub fn new(#(#arguments),*) -> Self {
            Self { #(#values),* }
        }
    }
}

fn is_plain_text(field: &Field) -> bool {
    matches!(field.shape, Shape::Text) && !field.optional
}

fn record(data: &Data) -> TokenStream {
    let name = &data.name;
    let (show, read) = match data.fields.as_slice() {
        [Field { name: field, shape: Shape::Detailed(_), .. }] => {
            (quote!(self.#field.visit(visitor);), quote!(#field: ReadRecord::from_fields(fields)?))
        }
        fields => {
            let names: Vec<_> = fields.iter().map(|field| &field.name).collect();
            let words: Vec<_> = names.iter().map(ToString::to_string).collect();
            (quote!(#(self.#names.show(#words, visitor);)*), quote!(#(#names: fields.take(#words)?),*))
        }
    };
    let (visitor, fields) =
        if data.fields.is_empty() { (quote!(_), quote!(_)) } else { (quote!(visitor), quote!(fields)) };
    quote! {
        impl Record for #name {
            fn visit(&self, #visitor: &mut dyn FieldVisitor) {
                #show
            }
        }

        impl ReadRecord for #name {
            fn from_fields(#fields: &mut FieldMap) -> Result<Self, FieldError> {
                Ok(Self { #read })
            }
        }
    }
}

fn descriptions(data: &Data) -> TokenStream {
    if let [Field { shape: Shape::Detailed(change), .. }] = data.fields.as_slice() {
        return quote!(#change::FIELDS);
    }
    let fields = data.fields.iter().map(|field| {
        let name = field.name.to_string();
        let shape = match &field.shape {
            Shape::Bool => quote!(Bool),
            Shape::Number(ty) if ty.to_string().starts_with('i') => quote!(Int),
            Shape::Number(_) => quote!(Uint),
            Shape::Text => quote!(Text),
            Shape::Parameters => quote!(List(PARAMETER_FIELDS)),
            Shape::Enum(ty) => quote!(Word(#ty::NAMES)),
            Shape::Part(ty) | Shape::Detailed(ty) => quote!(Record(#ty::FIELDS)),
            Shape::List(ty) => quote!(List(#ty::FIELDS)),
        };
        let optional = field.optional.then(|| quote!(.optional()));
        quote!(FieldDescription::new(#name, FieldShape::#shape) #optional)
    });
    quote!(&[#(#fields),*])
}

fn field_type(field: &Field) -> TokenStream {
    let ty = shape_type(&field.shape);
    if field.optional { quote!(Option<#ty>) } else { ty }
}

fn shape_type(shape: &Shape) -> TokenStream {
    match shape {
        Shape::Bool => quote!(bool),
        Shape::Text => quote!(String),
        Shape::Parameters => quote!(TypedParameters),
        Shape::Number(ty) | Shape::Enum(ty) | Shape::Detailed(ty) | Shape::Part(ty) => ty.to_token_stream(),
        Shape::List(ty) => quote!(Vec<#ty>),
    }
}

/// What both sorts of enums begin with.
struct Parts {
    docs: TokenStream,
    names: Vec<Ident>,
    words: Vec<String>,
    numbers: Vec<proc_macro2::Literal>,
    variant_docs: Vec<TokenStream>,
    noun: String,
}

impl Parts {
    fn of(item: &Enum) -> Self {
        let names: Vec<Ident> = item.variants.iter().map(|variant| variant.name.clone()).collect();
        Self {
            docs: doc_attributes(&item.docs),
            words: names.iter().map(|name| snake_case(&name.to_string())).collect(),
            names,
            numbers: item
                .variants
                .iter()
                .map(|variant| proc_macro2::Literal::i32_unsuffixed(variant.number))
                .collect(),
            variant_docs: item.variants.iter().map(|variant| doc_attributes(&variant.docs)).collect(),
            noun: snake_case(&item.name.to_string()).replace('_', " "),
        }
    }
}

fn plain(item: &Enum) -> TokenStream {
    let name = &item.name;
    let Parts { docs, names, words, numbers, variant_docs, noun } = Parts::of(item);
    quote! {
        #docs
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum #name {
            #(#variant_docs #names,)*
            /// A number that this version has no name for.
            Other(i32),
        }

        open_enum!(#name, #noun, [#((#names, #numbers, #words)),*]);
    }
}

fn detailed(item: &Enum, events: &Events) -> TokenStream {
    let name = &item.name;
    let details: Vec<_> = item.variants.iter().filter_map(|variant| variant.detail.as_ref()).collect();
    let Parts { docs, names, words, numbers, variant_docs, noun } = Parts::of(item);
    let detail_words: BTreeSet<String> = events
        .enums
        .iter()
        .filter(|known| details.contains(&&known.name))
        .flat_map(|known| known.variants.iter().map(|variant| snake_case(&variant.name.to_string())))
        .collect();
    let detail_words = detail_words.iter();
    quote! {
        #docs
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum #name {
            #(#variant_docs #names(#details),)*
            /// Numbers that this version has no name for.
            Other {
                /// What changed.
                event: i32,
                /// Why.
                detail: i32,
            },
        }

        impl #name {
            /// The names of the changes.
            pub const NAMES: &'static [&'static str] = &[#(#words),*];

            /// The fields, as an expression or a reader of JSON or XML sees them.
            pub const FIELDS: &'static [FieldDescription] = &[
                FieldDescription::new("change", FieldShape::Word(Self::NAMES)),
                FieldDescription::new("detail", FieldShape::Word(&[#(#detail_words),*])),
            ];

            /// The change's name in JSON, XML and at the shell; [`Self::Other`] has none and is written as its number.
            #[must_use]
            pub fn name(self) -> Option<&'static str> {
                match self { #(Self::#names(_) => Some(#words),)* Self::Other { .. } => None }
            }

            /// The numbers of the change and of its detail on the wire.
            #[must_use]
            pub fn numbers(self) -> (i32, i32) {
                match self {
                    #(Self::#names(detail) => (#numbers, detail.number()),)*
                    Self::Other { event, detail } => (event, detail),
                }
            }

            /// The change with these numbers on the wire.
            #[must_use]
            pub fn from_numbers(event: i32, detail: i32) -> Self {
                match event {
                    #(#numbers => Self::#names(#details::from_number(detail)),)*
                    _ => Self::Other { event, detail },
                }
            }
        }

        impl std::fmt::Display for #name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self.name() {
                    Some(name) => formatter.pad(name),
                    None => formatter.pad(&self.numbers().0.to_string()),
                }
            }
        }

        impl Record for #name {
            fn visit(&self, visitor: &mut dyn FieldVisitor) {
                self.to_string().show("change", visitor);
                match self {
                    #(Self::#names(detail) => detail.show("detail", visitor),)*
                    Self::Other { detail, .. } => detail.to_string().show("detail", visitor),
                }
            }
        }

        impl ReadRecord for #name {
            fn from_fields(fields: &mut FieldMap) -> Result<Self, FieldError> {
                let change: String = fields.take("change")?;
                Ok(match change.as_str() {
                    #(#words => Self::#names(fields.take("detail")?),)*
                    other => {
                        let event = other.parse().map_err(|_| {
                            FieldError::new(UnknownName::new(#noun, other, Self::NAMES).to_string()).within("change")
                        })?;
                        let detail: String = fields.take("detail")?;
                        let detail = detail.parse().map_err(|_| FieldError::new("is not a number").within("detail"))?;
                        Self::from_numbers(event, detail)
                    }
                })
            }
        }
    }
}
