//! What a mapped enum turns into of which the element's name says which sort it is.

use crate::variants::Variant;
use proc_macro2::TokenStream;
use quote::quote;
use syn::ItemEnum;

pub(crate) fn expand(mut item: ItemEnum) -> syn::Result<TokenStream> {
    let taken = item.variants.iter_mut().map(Variant::take).collect::<syn::Result<Vec<_>>>()?;
    let variants = taken
        .iter()
        .map(|(Variant { name, value, ty }, _)| match ty {
            Some(ty) => Ok((name, value, ty)),
            None => Err(syn::Error::new_spanned(name, "a variant holds one mapped type")),
        })
        .collect::<syn::Result<Vec<_>>>()?;
    let name = &item.ident;
    let names = variants.iter().map(|(_, value, _)| value);
    let name_of = variants.iter().map(|(variant, value, _)| quote!(Self::#variant(_) => #value));
    let reads = variants.iter().map(|(variant, value, ty)| {
        quote!(#value => Self::#variant(<#ty as crate::document::ElementValue>::read(element)?))
    });
    let writes = variants.iter().map(
        |(variant, ..)| quote!(Self::#variant(value) => crate::document::ElementValue::write(value, target)),
    );
    let shapes = variants.iter().map(|(_, value, ty)| quote!(shape.child::<#ty>(#value);));
    let generated = variants.iter().enumerate().map(|(index, (variant, ..))| {
        quote!(#index => Self::#variant(crate::document::Generate::generate(source)?))
    });
    let last = variants.len().saturating_sub(1);
    Ok(quote! {
        #[derive(Debug, Clone, PartialEq)]
        #[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema))]
        #[non_exhaustive]
        #item

        impl crate::document::ChoiceValue for #name {
            const NAMES: &'static [&'static str] = &[#(#names),*];

            fn name(&self) -> &'static str {
                match self { #(#name_of),* }
            }

            fn read(element: crate::xml::Element<'_>) -> Result<Self, crate::document::DocumentError> {
                Ok(match element.name() {
                    #(#reads,)*
                    _ => unreachable!("the name is one of the names"),
                })
            }

            fn write(&self, target: &mut crate::document::Target<'_, '_>) {
                match self { #(#writes),* }
            }

            fn shape(shape: &mut crate::document::Shape) {
                shape.choice(<Self as crate::document::ChoiceValue>::NAMES);
                #(#shapes)*
            }
        }

        #[cfg(feature = "arbitrary")]
        impl crate::document::choice::GenerateChoice for #name {
            fn generate(source: &mut arbitrary::Unstructured<'_>) -> arbitrary::Result<Self> {
                Ok(match source.int_in_range(0..=#last)? {
                    #(#generated,)*
                    _ => unreachable!("the number is in the range"),
                })
            }
        }
    })
}
