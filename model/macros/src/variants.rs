//! What a mapped enum turns into: an element of which one attribute says which sort it is.

use crate::field::Options;
use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::{Fields, ItemEnum, LitStr, Token, Type, parse::Parse, parse::ParseStream};

/// `tag = "type"`, and how a bad or a missing one is told.
struct Tag {
    attribute: LitStr,
    options: Options,
}

impl Parse for Tag {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let word: Ident = input.parse()?;
        if word != "tag" {
            return Err(syn::Error::new_spanned(word, "a mapped enum needs tag = \"attribute\""));
        }
        input.parse::<Token![=]>()?;
        let attribute = input.parse()?;
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
        Ok(Self { attribute, options: input.parse()? })
    }
}

pub(crate) struct Variant {
    pub(crate) name: Ident,
    pub(crate) value: LitStr,
    pub(crate) ty: Option<Type>,
}

impl Variant {
    pub(crate) fn take(variant: &mut syn::Variant) -> syn::Result<(Self, bool)> {
        let position = variant.attrs.iter().position(|attribute| attribute.path().is_ident("value"));
        let attribute = position.map(|position| variant.attrs.remove(position));
        let value: LitStr = match &attribute {
            Some(attribute) => attribute.parse_args()?,
            None => return Err(syn::Error::new_spanned(&*variant, "say the value: #[value(\"…\")]")),
        };
        let default = variant.attrs.iter().position(|attribute| attribute.path().is_ident("default"));
        if let Some(position) = default {
            variant.attrs.remove(position);
        }
        variant.attrs.push(syn::parse_quote!(#[cfg_attr(feature = "json", serde(rename = #value))]));
        let ty = match &variant.fields {
            Fields::Unit => None,
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => Some(fields.unnamed[0].ty.clone()),
            fields => {
                return Err(syn::Error::new_spanned(fields, "a variant holds one mapped type or nothing"));
            }
        };
        Ok((Self { name: variant.ident.clone(), value, ty }, default.is_some()))
    }
}

pub(crate) fn expand(arguments: TokenStream, mut item: ItemEnum) -> syn::Result<TokenStream> {
    let Tag { attribute: tag, options } = syn::parse2(arguments)?;
    let taken = item.variants.iter_mut().map(Variant::take).collect::<syn::Result<Vec<_>>>()?;
    let default = taken.iter().find(|(_, is_default)| *is_default).map(|(variant, _)| variant);
    let variants: Vec<&Variant> = taken.iter().map(|(variant, _)| variant).collect();
    let name = &item.ident;

    let read_arms = variants.iter().map(|Variant { name, value, ty }| match ty {
        Some(ty) => quote!(#value => Self::#name(<#ty as crate::document::ElementValue>::read(element)?)),
        None => quote!(#value => Self::#name),
    });
    let values: Vec<_> = variants.iter().map(|variant| &variant.value).collect();
    let tag_of = variants.iter().map(|Variant { name, value, ty }| match ty {
        Some(_) => quote!(Self::#name(_) => #value),
        None => quote!(Self::#name => #value),
    });
    let write_arms = variants.iter().map(|Variant { name, ty, .. }| match ty {
        Some(_) => quote!(Self::#name(value) => crate::document::ElementValue::write(value, target)),
        None => quote!(Self::#name => {}),
    });
    let shapes: Vec<_> = variants
        .iter()
        .map(|Variant { value, ty, .. }| match ty {
            Some(ty) => quote!((#value, <#ty as crate::document::ElementValue>::shape)),
            None => quote!((#value, |_| {})),
        })
        .collect();
    let default_value = match default {
        Some(variant) => {
            let value = &variant.value;
            quote!(Some(#value))
        }
        None => quote!(None),
    };
    let default_impl = default.map(|Variant { name: variant, ty, .. }| {
        let value = if ty.is_some() { quote!((Default::default())) } else { TokenStream::new() };
        quote! {
            impl Default for #name {
                fn default() -> Self {
                    Self::#variant #value
                }
            }
        }
    });
    let kind = |kind: &Option<Ident>| match kind {
        Some(kind) => quote!(crate::document::DocumentErrorKind::#kind),
        None => quote!(crate::document::DocumentErrorKind::Invalid),
    };
    let (bad, missing) = (kind(&options.error), kind(&options.missing));
    let generated = variants.iter().enumerate().map(|(index, Variant { name, ty, .. })| match ty {
        Some(_) => quote!(#index => Self::#name(crate::document::Generate::generate(source)?)),
        None => quote!(#index => Self::#name),
    });
    let last = variants.len().saturating_sub(1);
    let set_tag = quote!(target.set_tag(#tag, self.as_str(), #default_value, VARIANTS););
    let set_tag = if options.default {
        quote!(if !target.is_new() || Some(self.as_str()) != #default_value { #set_tag })
    } else {
        set_tag
    };
    let is_absent = options.lenient.then(|| {
        let without_tag = options.missing.is_none();
        quote! {
            fn is_absent(element: crate::xml::Element<'_>) -> bool {
                element.attribute_value(#tag).map_or(#without_tag, |tag| ![#(#values),*].contains(&&*tag))
            }
        }
    });
    Ok(quote! {
        #[derive(Debug, Clone, PartialEq)]
        #[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema))]
        #[cfg_attr(feature = "json", serde(tag = #tag))]
        #[non_exhaustive]
        #item

        #default_impl

        impl #name {
            /// The word that says which sort it is.
            #[must_use]
            pub fn as_str(&self) -> &'static str {
                match self { #(#tag_of),* }
            }
        }

        impl crate::document::ElementValue for #name {
            const ABSENT: crate::document::DocumentErrorKind = #missing;

            #is_absent

            fn read(element: crate::xml::Element<'_>) -> Result<Self, crate::document::DocumentError> {
                let tag = crate::document::mapping::read_tag(element, #tag, #default_value, &[#(#values),*], #bad, #missing)?;
                Ok(match tag {
                    #(#read_arms,)*
                    _ => unreachable!("a tag is one of the values"),
                })
            }

            fn is_tagged(element: crate::xml::Element<'_>) -> bool {
                element.attribute_value(#tag).is_some()
            }

            fn tag(&self, target: &mut crate::document::Target<'_, '_>) {
                target.add_tag(#tag, self.as_str());
            }

            fn untag(target: &mut crate::document::Target<'_, '_>) {
                target.remove_tag(#tag, &[#(#shapes),*]);
            }

            fn write(&self, target: &mut crate::document::Target<'_, '_>) {
                const VARIANTS: &[(&str, fn(&mut crate::document::Shape))] = &[#(#shapes),*];
                #set_tag
                match self { #(#write_arms),* }
            }

            fn shape(shape: &mut crate::document::Shape) {
                shape.variants(#tag, #default_value, &[#(#shapes),*]);
            }
        }

        #[cfg(feature = "arbitrary")]
        impl crate::document::Generate for #name {
            fn generate(source: &mut arbitrary::Unstructured<'_>) -> arbitrary::Result<Self> {
                Ok(match source.int_in_range(0..=#last)? {
                    #(#generated,)*
                    _ => unreachable!("the number is in the range"),
                })
            }
        }
    })
}
