//! `#[driver_ops]`: an impl block of a call family, written with `async fn`.

use proc_macro::TokenStream;
use quote::{format_ident, quote};
use syn::{FnArg, ImplItem, ItemImpl, Pat, ReturnType, Type, parse_macro_input, spanned::Spanned};

/// Fills a call family. The block is written with plain `async fn`s that take references; the attribute gives them
/// the signatures of the family's trait and records their names, so that what a driver can do is derived from what
/// it implements and never declared by hand.
///
/// ```text
/// #[driver_ops]
/// impl DomainLifecycleOps for MyDriver {
///     async fn start(&self, cx: &CallCx, domain: &DomainRef, options: &StartOptions) -> Result<()> { … }
/// }
/// ```
#[proc_macro_attribute]
pub fn driver_ops(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut block = parse_macro_input!(item as ItemImpl);
    let expanded = if arguments.is_empty() {
        expand(&mut block)
    } else {
        Err(syn::Error::new(block.span(), "driver_ops takes no arguments"))
    };
    match expanded {
        Ok(()) => quote!(#block).into(),
        Err(error) => error.to_compile_error().into(),
    }
}

fn expand(block: &mut ItemImpl) -> syn::Result<()> {
    if block.trait_.is_none() {
        return Err(syn::Error::new(block.span(), "driver_ops goes on an impl of a call family"));
    }
    let mut names = Vec::new();
    for item in &mut block.items {
        let ImplItem::Fn(method) = item else {
            return Err(syn::Error::new(item.span(), "a driver_ops block holds only calls"));
        };
        names.push(method.sig.ident.to_string());
        box_future(method)?;
    }
    block.items.push(syn::parse_quote! {
        fn claims(&self) -> &'static [&'static str] {
            &[#(#names),*]
        }
    });
    Ok(())
}

/// Turns `async fn f(&self, a: &A) -> Result<T>` into the trait's `fn f<'a>(&'a self, a: &'a A) -> CallFuture<'a, T>`.
fn box_future(method: &mut syn::ImplItemFn) -> syn::Result<()> {
    let signature = &mut method.sig;
    if signature.asyncness.take().is_none() {
        return Err(syn::Error::new(signature.span(), "a call is an async fn"));
    }
    let lifetime: syn::Lifetime = syn::parse_quote!('a);
    signature.generics = syn::parse_quote!(<'a>);
    for (index, input) in signature.inputs.iter_mut().enumerate() {
        match input {
            FnArg::Receiver(receiver) => *receiver = syn::parse_quote!(&'a self),
            FnArg::Typed(argument) => {
                annotate(&mut argument.ty, &lifetime);
                // An argument that the body never reads is named in the trait all the same.
                if matches!(*argument.pat, Pat::Wild(_)) {
                    let name = format_ident!("_unused_{index}");
                    *argument.pat = syn::parse_quote!(#name);
                }
            }
        }
    }
    let output = match &signature.output {
        ReturnType::Type(_, ty) => (**ty).clone(),
        ReturnType::Default => return Err(syn::Error::new(signature.span(), "a call returns a Result")),
    };
    signature.output = syn::parse_quote! {
        -> ::std::pin::Pin<::std::boxed::Box<dyn ::std::future::Future<Output = #output> + ::std::marker::Send + 'a>>
    };
    let body = &method.block;
    method.block = syn::parse_quote!({ ::std::boxed::Box::pin(async move #body) });
    Ok(())
}

fn annotate(ty: &mut Type, lifetime: &syn::Lifetime) {
    match ty {
        Type::Reference(reference) => {
            if reference.lifetime.is_none() {
                reference.lifetime = Some(lifetime.clone());
            }
            annotate(&mut reference.elem, lifetime);
        }
        Type::Path(path) => {
            for segment in &mut path.path.segments {
                if let syn::PathArguments::AngleBracketed(arguments) = &mut segment.arguments {
                    for argument in &mut arguments.args {
                        if let syn::GenericArgument::Type(inner) = argument {
                            annotate(inner, lifetime);
                        }
                    }
                }
            }
        }
        Type::Slice(slice) => annotate(&mut slice.elem, lifetime),
        _ => {}
    }
}
