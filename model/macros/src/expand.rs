//! What a mapped struct turns into.

use crate::field::{Count, Field, Options, Place};
use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::{Fields, ItemStruct, LitStr, Token, parse::Parser, punctuated::Punctuated, spanned::Spanned};

pub(crate) fn expand(arguments: TokenStream, mut item: ItemStruct) -> syn::Result<TokenStream> {
    let (mut omit_empty, mut collected) = (false, false);
    for word in Punctuated::<Ident, Token![,]>::parse_terminated.parse2(arguments)? {
        match word.to_string().as_str() {
            "omit_empty" => omit_empty = true,
            "collected" => collected = true,
            _ => return Err(syn::Error::new_spanned(word, "the options are omit_empty and collected")),
        }
    }
    let order = take_order(&mut item)?;
    let Fields::Named(named) = &mut item.fields else {
        return Err(syn::Error::new(item.span(), "a mapped type is a struct with named fields"));
    };
    let fields = named.named.iter_mut().map(Field::take).collect::<syn::Result<Vec<_>>>()?;
    for (field, mapped) in named.named.iter_mut().zip(&fields) {
        if let Some(attribute) = json_attribute(mapped) {
            field.attrs.push(attribute);
        }
    }
    let name = &item.ident;
    let required: Vec<&Field> = fields
        .iter()
        .filter(|field| field.count() == Count::One && !matches!(field.place, Place::Flatten))
        .collect();
    let default = required.iter().all(|field| field.has_plain_type()).then(|| quote!(Default,));
    let constructor = (!required.is_empty()).then(|| constructor(name, &fields, &required));
    let collect = collected.then(|| collect(&fields));
    let element_value = element_value(name, &fields, order, omit_empty && required.is_empty(), collect)?;
    let generate = generate(name, &fields);
    Ok(quote! {
        #[derive(Debug, Clone, PartialEq, #default)]
        #[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema))]
        #[cfg_attr(feature = "json", serde(deny_unknown_fields))]
        #[non_exhaustive]
        #item
        #constructor
        #element_value
        #generate
    })
}

fn take_order(item: &mut ItemStruct) -> syn::Result<Option<Vec<LitStr>>> {
    let Some(position) = item.attrs.iter().position(|attribute| attribute.path().is_ident("order")) else {
        return Ok(None);
    };
    let attribute = item.attrs.remove(position);
    let names = attribute.parse_args_with(Punctuated::<LitStr, Token![,]>::parse_terminated)?;
    Ok(Some(names.into_iter().collect()))
}

/// What is absent is left out of the JSON too.
fn json_attribute(field: &Field) -> Option<syn::Attribute> {
    let skip = match field.count() {
        Count::Default => return Some(syn::parse_quote!(#[cfg_attr(feature = "json", serde(default))])),
        Count::One => return None,
        Count::Optional | Count::Boxed => "Option::is_none",
        Count::Many => "Vec::is_empty",
        Count::Flag => "std::ops::Not::not",
    };
    Some(syn::parse_quote!(#[cfg_attr(feature = "json", serde(default, skip_serializing_if = #skip))]))
}

fn constructor(name: &Ident, fields: &[Field], required: &[&Field]) -> TokenStream {
    let parameters = required.iter().map(|field| {
        let (name, ty) = (&field.name, &field.ty);
        quote!(#name: #ty)
    });
    let values = fields.iter().map(|field| {
        let name = &field.name;
        if field.count() == Count::One { quote!(#name) } else { quote!(#name: Default::default()) }
    });
    quote! {
        impl #name {
            /// One with what must be there, and nothing else.
            #[must_use]
            #[allow(clippy::too_many_arguments, reason = "as many as must be there")]
            pub fn new(#(#parameters),*) -> Self {
                Self { #(#values),* }
            }
        }
    }
}

fn element_value(
    name: &Ident,
    fields: &[Field],
    order: Option<Vec<LitStr>>,
    omit_empty: bool,
    collect: Option<TokenStream>,
) -> syn::Result<TokenStream> {
    let found = Found::of(fields);
    let look = found.look();
    let reads = fields.iter().map(|field| read(field, &found)).collect::<syn::Result<Vec<_>>>()?;
    let order = order.unwrap_or_else(|| {
        let names = fields.iter().filter_map(|field| match &field.place {
            Place::Element(name) | Place::List(name, _) | Place::Flag(name) => Some(name.clone()),
            Place::Attribute(_) | Place::Choice | Place::Text | Place::Flatten => None,
        });
        names.collect()
    });
    let writes = fields.iter().map(|field| match field.place {
        Place::Text if found.has_children() => {
            let name = &field.name;
            quote!(target.set_own_text(&self.#name);)
        }
        _ => write(field),
    });
    let shapes = fields.iter().map(shape);
    let means_nothing = omit_empty.then(|| {
        quote! {
            fn means_nothing(&self) -> bool {
                *self == Self::default()
            }
        }
    });
    Ok(quote! {
        impl crate::document::ElementValue for #name {
            #means_nothing
            #collect

            fn read(element: crate::xml::Element<'_>) -> Result<Self, crate::document::DocumentError> {
                #look
                Ok(Self { #(#reads),* })
            }

            fn write(&self, target: &mut crate::document::Target<'_, '_>) {
                #[allow(unused_variables, reason = "a type without children has no order")]
                let order: &[&str] = &[#(#order),*];
                #(#writes)*
            }

            fn shape(shape: &mut crate::document::Shape) {
                #(#shapes)*
            }
        }
    })
}

/// Takes what a later element of the same name has and the first has not.
fn collect(fields: &[Field]) -> TokenStream {
    let joins = fields.iter().map(|field| {
        let name = &field.name;
        match field.count() {
            Count::Many => quote!(self.#name.extend(later.#name);),
            Count::Flag => quote!(self.#name |= later.#name;),
            Count::Optional if matches!(field.place, Place::Choice) => {
                quote!(self.#name = self.#name.take().or(later.#name);)
            }
            Count::Optional => quote!(crate::document::mapping::join(&mut self.#name, later.#name);),
            Count::Default if matches!(field.place, Place::Flatten) => {
                quote!(crate::document::ElementValue::collect(&mut self.#name, later.#name);)
            }
            Count::One | Count::Default | Count::Boxed => TokenStream::new(),
        }
    });
    quote! {
        const COLLECTED: bool = true;

        fn collect(&mut self, later: Self) {
            #(#joins)*
        }
    }
}

/// The names that are looked for in one pass over the attributes and one over the children. A name with a prefix is not
/// among them: it stands for a namespace.
struct Found {
    attributes: Vec<String>,
    children: Vec<String>,
}

impl Found {
    fn of(fields: &[Field]) -> Self {
        let mut found = Self { attributes: Vec::new(), children: Vec::new() };
        for field in fields {
            let (names, name) = match &field.place {
                Place::Attribute(name) => (&mut found.attributes, name.value()),
                Place::Element(name) | Place::List(name, _) | Place::Flag(name) => {
                    (&mut found.children, name.value())
                }
                Place::Text | Place::Flatten | Place::Choice => continue,
            };
            if !name.contains(':') && !names.contains(&name) {
                names.push(name);
            }
        }
        found
    }

    /// Whether elements can stand beside the text, which then is what stands between them.
    fn has_children(&self) -> bool {
        !self.children.is_empty()
    }

    fn look(&self) -> TokenStream {
        let pass = |names: &[String], variable: TokenStream, pass: TokenStream| {
            let count = names.len();
            let numbers = 0..count;
            (count > 0).then(|| {
                quote! {
                    let #variable: [_; #count] = crate::document::mapping::#pass(element, |name| match name {
                        #(#names => Some(#numbers),)*
                        _ => None,
                    });
                }
            })
        };
        let attributes = pass(&self.attributes, quote!(attributes), quote!(first_attributes));
        let children = pass(&self.children, quote!(children), quote!(first_children));
        quote!(#attributes #children)
    }

    /// The attribute that was found, if it was there.
    fn attribute(&self, name: &LitStr) -> TokenStream {
        match self.attributes.iter().position(|known| *known == name.value()) {
            Some(number) => quote!(attributes[#number]),
            None => quote!(element.attribute(#name)),
        }
    }

    /// The first child that was found, if one was there.
    fn child(&self, name: &LitStr) -> TokenStream {
        match self.children.iter().position(|known| *known == name.value()) {
            Some(number) => quote!(children[#number]),
            None => quote!(crate::document::mapping::child(element, #name)),
        }
    }
}

/// Takes what is bad for absent where that is wanted.
fn with_options(value: TokenStream, options: &Options) -> TokenStream {
    if options.lenient { quote!(#value.unwrap_or_default()) } else { quote!(#value?) }
}

fn kind_of(kind: Option<&Ident>) -> TokenStream {
    kind.map_or_else(|| quote!(None), |kind| quote!(Some(crate::document::DocumentErrorKind::#kind)))
}

fn read(field: &Field, found: &Found) -> syn::Result<TokenStream> {
    let Field { name, ty, place, options } = field;
    let error = kind_of(options.error.as_ref());
    let missing = kind_of(options.missing.as_ref().or(options.error.as_ref()));
    let empty = options.empty.map_or_else(|| quote!(None), |empty| quote!(Some(#empty)));
    let count = field.count();
    // A box is put around what was read.
    let (slot, boxed) = match count {
        Count::Boxed => {
            let value = field.value_type();
            (quote!(Option<#value>), Some(quote!(.map(Box::new))))
        }
        Count::Default if !matches!(place, Place::Flatten) => {
            (quote!(Option<#ty>), Some(quote!(.unwrap_or_default())))
        }
        _ => (quote!(#ty), None),
    };
    let value = match place {
        Place::Attribute(xml) => {
            let written = found.attribute(xml);
            let read = quote!(crate::document::mapping::read_attribute);
            with_options(quote!(#read::<#slot>(element, #written, #xml, #error, #missing, #empty)), options)
        }
        Place::Element(xml) => {
            let first = found.child(xml);
            let read = quote!(crate::document::mapping::read_children);
            let read = with_options(quote!(#read::<#slot>(element, #first, #xml, #error, #missing)), options);
            match &options.once {
                Some(kind) => quote!({
                    crate::document::mapping::only_once(element, #xml, crate::document::DocumentErrorKind::#kind)?;
                    #read
                }),
                None => read,
            }
        }
        Place::List(list, xml) => {
            if count != Count::Many {
                return Err(syn::Error::new_spanned(ty, "a list is a Vec"));
            }
            let first = found.child(list);
            with_options(
                quote!(crate::document::mapping::read_list::<#slot>(element, #first, (#list, #xml), #error)),
                options,
            )
        }
        Place::Flag(xml) => {
            let first = found.child(xml);
            quote!(#first.is_some())
        }
        Place::Choice => quote!(crate::document::choice::read::<#slot>(element)?),
        Place::Flatten if count == Count::Optional => {
            let value = field.value_type();
            quote!(<#value as crate::document::ElementValue>::is_tagged(element).then(|| crate::document::ElementValue::read(element)).transpose()?)
        }
        Place::Text if found.has_children() => {
            with_options(quote!(crate::document::mapping::read_own_text::<#ty>(element)), options)
        }
        Place::Text | Place::Flatten => {
            with_options(quote!(<#ty as crate::document::ElementValue>::read(element)), options)
        }
    };
    Ok(quote!(#name: #value #boxed))
}

fn write(field: &Field) -> TokenStream {
    let Field { name, place, options, .. } = field;
    let values = match field.count() {
        Count::One => quote!(std::slice::from_ref(&self.#name)),
        Count::Default => quote!(crate::document::mapping::unless_default(&self.#name)),
        Count::Optional => quote!(self.#name.as_slice()),
        Count::Boxed => quote!(self.#name.as_deref().map_or(&[][..], std::slice::from_ref)),
        Count::Many => quote!(&self.#name[..]),
        Count::Flag => quote!(self.#name),
    };
    let many = field.count() == Count::Many;
    match place {
        Place::Attribute(xml) if options.empty == Some(false) => quote!(match #values.first() {
            Some(value) => target.set_attribute(#xml, Some(value)),
            None => target.remove_attribute(#xml),
        }),
        Place::Attribute(xml) => quote!(target.set_attribute(#xml, #values.first());),
        Place::Element(xml) => {
            let meant = match (many, &options.once) {
                (true, _) => quote!(All),
                (false, None) => quote!(First),
                (false, Some(_)) => quote!(Only),
            };
            quote!(target.set_children(#xml, #values, crate::document::Meant::#meant, order);)
        }
        Place::List(list, xml) => quote!(target.set_list(#list, #xml, #values, order);),
        Place::Flag(xml) => quote!(target.set_flag(#xml, #values, order);),
        Place::Choice => quote!(target.set_choice(#values, #many);),
        Place::Flatten if field.count() == Count::Optional => {
            let value = field.value_type();
            quote! {
                match &self.#name {
                    Some(value) => {
                        crate::document::ElementValue::write(value, target);
                        crate::document::ElementValue::tag(value, target);
                    }
                    None => <#value as crate::document::ElementValue>::untag(target),
                }
            }
        }
        Place::Text | Place::Flatten => quote!(crate::document::ElementValue::write(&self.#name, target);),
    }
}

fn shape(field: &Field) -> TokenStream {
    let value = field.value_type();
    match &field.place {
        Place::Attribute(xml) => quote!(shape.attribute(#xml);),
        Place::Element(xml) => quote!(shape.child::<#value>(#xml);),
        Place::List(list, xml) => quote!(shape.list::<#value>(#list, #xml);),
        Place::Flag(xml) => quote!(shape.flag(#xml);),
        Place::Choice => quote!(<#value as crate::document::ChoiceValue>::shape(shape);),
        Place::Text | Place::Flatten => quote!(<#value as crate::document::ElementValue>::shape(shape);),
    }
}

fn generate(name: &Ident, fields: &[Field]) -> TokenStream {
    let values = fields.iter().map(|field| {
        let (name, ty) = (&field.name, field.value_type());
        match field.count() {
            Count::Optional if matches!(field.place, Place::Choice) => {
                quote!(#name: crate::document::choice::generate::<#ty>(source, 1)?.pop())
            }
            _ if matches!(field.place, Place::Choice) => {
                quote!(#name: crate::document::choice::generate::<#ty>(source, 3)?)
            }
            Count::Boxed => {
                quote!(#name: <Option<#ty> as crate::document::Generate>::generate(source)?.map(Box::new))
            }
            _ => match &field.place {
                Place::Element(xml) => {
                    quote!(#name: crate::document::Generate::generate_named(source, #xml)?)
                }
                _ => quote!(#name: crate::document::Generate::generate(source)?),
            },
        }
    });
    quote! {
        #[cfg(feature = "arbitrary")]
        impl crate::document::Generate for #name {
            fn generate(source: &mut arbitrary::Unstructured<'_>) -> arbitrary::Result<Self> {
                Ok(Self { #(#values),* })
            }
        }
    }
}
