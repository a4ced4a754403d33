//! The remote driver's families: each call becomes a packet, and the reply its result.

use super::daemon::has_flags;
use super::{Mapped, Results, Slot, Source};
use crate::TaskResult;
use crate::codegen::GeneratedFile;
use crate::codegen::description::{Call, Description, Shape};
use crate::codegen::families::Signature;
use crate::codegen::procedures::{self, Procedures};
use crate::codegen::rust_types::Kind;
use crate::codegen::wire::camel_case;
use crate::codegen::wire::field::Count;
use crate::codegen::wire::protocol::{Body, Protocol};
use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

pub(crate) fn generate(
    description: &Description,
    protocol: &Protocol,
    procedures: &Procedures,
) -> TaskResult<Vec<GeneratedFile>> {
    let mut files = Vec::new();
    let mut modules = Vec::new();
    let mut lent = Vec::new();
    let mut problems = Vec::new();
    for family in &description.families {
        let (module, family_name) = (&family.accessor, &family.name);
        let mut methods = Vec::new();
        let mut claims = Vec::new();
        for call in family.calls.iter().filter(|call| !call.procedures.is_empty()) {
            let title = format!("{}::{}", call.on, call.name);
            let method = if procedures.by_hand_in_remote.contains(&title) {
                Signature::of(call, description).map(|signature| by_hand(call, &signature))
            } else {
                preferred(call, &title, protocol, procedures)
                    .and_then(|name| Mapped::new(call, name, description, protocol, procedures))
                    .and_then(|mapped| method(&mapped, description))
            };
            match method {
                Ok(method) => {
                    methods.push(method);
                    claims.push(call.name.to_string());
                }
                Err(error) => problems.push(format!("{title}: {error}")),
            }
        }
        if methods.is_empty() {
            continue;
        }
        lent.push(quote!(fn #module(&self) -> &dyn #family_name { self }));
        let source = format!("{}, api/protocol.toml and {}", family.file.path.display(), procedures::PATH);
        let about = format!("The calls of `{family_name}`, made on the wire.");
        let items = quote! {
            use super::prelude::*;

            impl #family_name for RemoteDriver {
                fn claims(&self) -> &'static [&'static str] {
                    &[#(#claims),*]
                }
                #(#methods)*
            }
        };
        files.push(GeneratedFile::rust(
            &format!("drivers/remote/src/generated/{module}.rs"),
            &source,
            &about,
            &items,
        )?);
        modules.push(module.clone());
    }
    if !problems.is_empty() {
        problems.push(format!(
            "make them by hand (by_hand_in_remote in {}), or say more there",
            procedures::PATH
        ));
        return Err(problems.join("\n"));
    }
    let items = quote! {
        #(mod #modules;)*

        use crate::connection::RemoteDriver;
        use omnivirt_core::*;

        impl Families for RemoteDriver { #(#lent)* }

        /// What the calls are made of.
        #[allow(unused_imports, reason = "one set of imports serves every generated file")]
        mod prelude {
            pub(super) use crate::by_hand;
            pub(super) use crate::connection::RemoteDriver;
            pub(super) use crate::values::{found, from_wire, read_parameters, to_wire};
            pub(super) use omnivirt_core::stream::ByteStream;
    pub(super) use omnivirt_core::*;
            pub(super) use omnivirt_wire::convert::{Flags, Parameters};
            pub(super) use omnivirt_wire::{lxc, qemu, remote, simulator};
            pub(super) use std::os::fd::OwnedFd;
        }
    };
    files.push(GeneratedFile::rust(
        "drivers/remote/src/generated/mod.rs",
        "api/",
        "Every family of calls, made on the wire.",
        &items,
    )?);
    Ok(files)
}

/// The procedure that the call is made by: the one that takes the most.
fn preferred<'d>(
    call: &'d Call,
    title: &str,
    protocol: &Protocol,
    procedures: &'d Procedures,
) -> TaskResult<&'d str> {
    if let Some(name) = procedures.preferred.get(title) {
        return Ok(name);
    }
    let takes = |name: &String| match protocol.procedure(name).map(|(_, procedure)| &procedure.body) {
        Some(Body::Call { args, .. }) => args.len(),
        _ => 0,
    };
    call.procedures
        .iter()
        .max_by_key(|name| takes(name))
        .map(String::as_str)
        .ok_or_else(|| "no procedure".into())
}

fn signature_of(call: &Call, signature: &Signature) -> TokenStream {
    let name = &call.name;
    let arguments = signature.driver_arguments(call);
    let output = signature.driver_output();
    quote!(fn #name<'a>(&'a self, cx: &'a CallCx, #arguments) -> CallFuture<'a, #output>)
}

fn by_hand(call: &Call, signature: &Signature) -> TokenStream {
    let head = signature_of(call, signature);
    let object = (call.on != "Connection").then_some(&call.on_name);
    let names = object.into_iter().chain(&signature.names);
    let function =
        format_ident!("{}_{}", crate::codegen::rust_types::snake_case(&call.on.to_string()), call.name);
    quote!(#head { Box::pin(by_hand::#function(self, cx, #(#names),*)) })
}

fn method(mapped: &Mapped<'_>, description: &Description) -> TaskResult<TokenStream> {
    let left = mapped.left_out(description);
    if !left.is_empty() {
        return Err(format!("{} cannot carry {left:?}", mapped.name));
    }
    let head = signature_of(mapped.call, &mapped.signature);
    let program = format_ident!("{}", mapped.program);
    let marker = format_ident!("{}", camel_case(mapped.name));
    let marker = quote!(#program::#marker);
    let args_type = format_ident!("{}Args", camel_case(mapped.name));
    let fields = mapped
        .args
        .iter()
        .zip(&mapped.sources)
        .map(|(field, source)| {
            let name = field.ident();
            value(mapped, field, source, description).map(|value| quote!(#name: #value))
        })
        .collect::<TaskResult<Vec<_>>>()?;
    let args = if fields.is_empty() {
        quote!(let args = ();)
    } else {
        quote!(let args = #program::#args_type { #(#fields),* };)
    };
    let sent_files =
        mapped.signature.names.iter().zip(&mapped.signature.kinds).find_map(|(name, kind)| match kind {
            Kind::Descriptor => Some(quote!(vec![#name])),
            Kind::List(inner) if matches!(**inner, Kind::Descriptor) => Some(quote!(#name)),
            _ => None,
        });
    if mapped.signature.kinds.iter().any(|kind| matches!(kind, Kind::Stream)) {
        return Err("takes a stream".into());
    }
    let call = match &sent_files {
        Some(files) => quote!(self.client.call_with_files::<#marker>(cx, &args, #files).await),
        None if mapped.results == Results::Files => {
            quote!(self.client.call_with_files::<#marker>(cx, &args, Vec::new()).await)
        }
        None if mapped.results == Results::Stream => {
            quote!(self.client.open_stream::<#marker>(cx, &args).await)
        }
        None => quote!(self.client.call::<#marker>(cx, &args).await),
    };
    let body = result(mapped, &call, sent_files.is_some(), description)?;
    Ok(quote! {
        #head {
            Box::pin(async move {
                #args
                #body
            })
        }
    })
}

/// What a field is filled with.
fn value(
    mapped: &Mapped<'_>,
    field: &crate::codegen::wire::field::Field,
    source: &Source,
    description: &Description,
) -> TaskResult<TokenStream> {
    Ok(match source {
        Source::Object => {
            let object = &mapped.call.on_name;
            quote!(to_wire(#object.clone())?)
        }
        Source::Flags => flags(mapped, description),
        Source::FlagsOf(argument) => {
            let name = &mapped.signature.names[*argument];
            quote!(#name.bits())
        }
        Source::Room => match field.name.as_str() {
            "need_results" => quote!(1),
            _ => match mapped.ret.first().map(|field| field.count) {
                Some(Count::UpTo(bound)) => {
                    let bound = Literal::usize_unsuffixed(bound);
                    quote!(#bound)
                }
                _ => return Err(format!("no bound for {}", field.name)),
            },
        },
        Source::Slot(Slot { argument, field: own }) => {
            let name = &mapped.signature.names[*argument];
            let kind = &mapped.signature.kinds[*argument];
            match (own, kind) {
                (Some(own), _) => quote!(to_wire(#name.#own.clone())?),
                (None, Kind::Options(_) | Kind::Data(_)) if field.element == "typed_param" => {
                    quote!(#name.to_parameters())
                }
                (None, Kind::Data(_) | Kind::Object(_)) => quote!(to_wire(#name.clone())?),
                (None, Kind::List(_)) => quote!(to_wire(#name.to_vec())?),
                (None, _) => quote!(to_wire(#name)?),
            }
        }
    })
}

fn flags(mapped: &Mapped<'_>, description: &Description) -> TokenStream {
    let both = mapped.signature.names.iter().zip(&mapped.signature.kinds).enumerate();
    let bits = both.filter_map(|(index, (name, kind))| match kind {
        Kind::Options(structure) | Kind::Data(structure)
            if has_flags(structure, description) && !mapped.sources.contains(&Source::FlagsOf(index)) =>
        {
            Some(quote!(#name.bits()))
        }
        _ => None,
    });
    let bits: Vec<TokenStream> = bits.chain(mapped.says_texts.then(|| quote!(4))).collect();
    if bits.is_empty() { quote!(0) } else { quote!(#(#bits)|*) }
}

fn result(
    mapped: &Mapped<'_>,
    call: &TokenStream,
    with_files: bool,
    description: &Description,
) -> TaskResult<TokenStream> {
    let ret = if with_files { quote!((ret, _)) } else { quote!(ret) };
    let field = |index: usize| mapped.ret[index].ident();
    Ok(match &mapped.results {
        Results::Nothing | Results::Ignored => quote!(#call?; Ok(())),
        Results::One => {
            let field = field(0);
            quote!(let #ret = #call?; from_wire(ret.#field))
        }
        Results::Found => {
            let field = field(0);
            quote!(found(#call)?.map(|ret| from_wire(ret.#field)).transpose())
        }
        Results::List => {
            let field = field(0);
            quote!(let #ret = #call?; from_wire(ret.#field))
        }
        Results::Parameters { .. } => {
            let field = field(0);
            quote!(let #ret = #call?; read_parameters(&ret.#field))
        }
        Results::Fields(own) => {
            let Some(Kind::Data(name)) = &mapped.signature.returns else { return Err("no structure".into()) };
            debug_assert!(matches!(
                description.find_type(&name.to_string()).map(|data| &data.shape),
                Some(Shape::Info(_))
            ));
            let fields = mapped.ret.iter().map(crate::codegen::wire::field::Field::ident);
            quote! {
                let #ret = #call?;
                let mut result = #name::default();
                #(result.#own = from_wire(ret.#fields)?;)*
                Ok(result)
            }
        }
        Results::Parts(_) | Results::Count | Results::Names => {
            return Err("gives a part of what the call gives".into());
        }
        Results::Stream => match mapped.ret {
            [] => quote!(let ((), stream) = #call?; Ok(stream)),
            [one] => {
                let one = one.ident();
                quote! {
                    let (ret, stream) = #call?;
                    Ok(match ret.#one {
                        Some(content_type) => stream.with_content_type(content_type),
                        None => stream,
                    })
                }
            }
            _ => return Err("a stream with more than one word about it".into()),
        },
        Results::Files => {
            if matches!(mapped.signature.returns, Some(Kind::List(_))) {
                quote!(let (_, files) = #call?; Ok(files))
            } else {
                quote!(let (_, files) = #call?; crate::values::one_file(files))
            }
        }
    })
}
