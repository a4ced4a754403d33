//! The daemon's handlers: a packet's arguments become a call, and its result the reply.

use super::{Mapped, Results, Slot, Source};
use crate::TaskResult;
use crate::codegen::GeneratedFile;
use crate::codegen::description::{Description, Shape};
use crate::codegen::procedures::{self, Procedures};
use crate::codegen::rust_types::{Kind, reference_type};
use crate::codegen::wire::camel_case;
use crate::codegen::wire::protocol::Protocol;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};
use std::collections::BTreeMap;

pub(crate) fn generate(
    description: &Description,
    protocol: &Protocol,
    procedures: &Procedures,
) -> TaskResult<Vec<GeneratedFile>> {
    let mut files = Vec::new();
    let mut table: BTreeMap<(String, i32), TokenStream> = BTreeMap::new();
    let mut modules = Vec::new();
    let mut problems = Vec::new();
    for family in &description.families {
        let module = family.accessor.clone();
        let mut handlers = Vec::new();
        for call in &family.calls {
            for name in &call.procedures {
                let (program, procedure) = protocol.procedure(name).ok_or("no such procedure")?;
                let function = format_ident!("{name}");
                let key = (program.to_owned(), procedure.number);
                if procedures.by_hand_in_daemon.contains(name) {
                    table.insert(key, quote!(crate::by_hand::#function));
                    continue;
                }
                let handler = Mapped::new(call, name, description, protocol, procedures)
                    .and_then(|mapped| handler(&mapped, description));
                match handler {
                    Ok(handler) => {
                        handlers.push(handler);
                        table.insert(key, quote!(#module::#function));
                    }
                    Err(error) => problems.push(format!("{name} for {}::{}: {error}", call.on, call.name)),
                }
            }
        }
        if handlers.is_empty() {
            continue;
        }
        let source = format!("{}, api/protocol.toml and {}", family.file.path.display(), procedures::PATH);
        let about = format!("Handlers of the calls of `{}`.", family.name);
        let items = quote!(use super::prelude::*; #(#handlers)*);
        files.push(GeneratedFile::rust(
            &format!("apps/daemon/src/generated/{module}.rs"),
            &source,
            &about,
            &items,
        )?);
        modules.push(module);
    }
    if !problems.is_empty() {
        problems.push(format!(
            "serve them by hand (by_hand_in_daemon in {}), or say more there",
            procedures::PATH
        ));
        return Err(problems.join("\n"));
    }
    files.push(index(protocol, &modules, &table)?);
    Ok(files)
}

fn index(
    protocol: &Protocol,
    modules: &[Ident],
    table: &BTreeMap<(String, i32), TokenStream>,
) -> TaskResult<GeneratedFile> {
    let served = protocol.programs.iter().filter(|(name, _)| table.keys().any(|(of, _)| of == *name));
    let programs = served.map(|(name, program)| {
        let number = Literal::u32_unsuffixed(program.number);
        let arms = table.iter().filter(|((of, _), _)| of == name).map(|((_, number), handler)| {
            let number = Literal::i32_unsuffixed(*number);
            quote!(#number => #handler,)
        });
        quote!(#number => match procedure { #(#arms)* _ => return None },)
    });
    let items = quote! {
        #(mod #modules;)*

        use crate::request::Handler;

        /// What serves a procedure; none for those that no call serves.
        pub(crate) fn handler(program: u32, procedure: i32) -> Option<Handler> {
            Some(match program { #(#programs)* _ => return None })
        }

        /// What the handlers are made of.
        #[allow(unused_imports, reason = "one set of imports serves every generated file")]
        mod prelude {
            pub(super) use crate::request::{Answering, Request};
            pub(super) use omnivirt::*;
            pub(super) use omnivirt_wire::convert::{FlagBits, Flags, FromWire, IntoWire, LegacyName, Parameters};
            pub(super) use omnivirt_wire::{lxc, qemu, remote, simulator};
        }
    };
    GeneratedFile::rust(
        "apps/daemon/src/generated/mod.rs",
        "api/",
        "Which handler serves which procedure.",
        &items,
    )
}

fn handler(mapped: &Mapped<'_>, description: &Description) -> TaskResult<TokenStream> {
    let function = format_ident!("{}", mapped.name);
    let program = format_ident!("{}", mapped.program);
    let marker = format_ident!("{}", camel_case(mapped.name));
    let marker = quote!(#program::#marker);
    let on_connection = mapped.call.on == "Connection";
    let (arguments, bindings) = arguments(mapped, description)?;
    let carrier = if on_connection {
        quote!(let carrier = connection;)
    } else {
        let field = object_field(mapped)?;
        let handle = &mapped.call.on;
        quote!(let carrier = #handle::new(connection, FromWire::from_wire(args.#field)?);)
    };
    let args = (!mapped.args.is_empty()).then(|| quote!(let args = request.args::<#marker>()?;));
    let name = &mapped.call.name;
    let (pattern, reply) = reply(mapped, &marker)?;
    let takes_files = mapped.signature.kinds.iter().any(is_files);
    let mutable = (takes_files || !mapped.args.is_empty()).then(|| quote!(mut));
    Ok(quote! {
        pub(super) fn #function(#mutable request: Request) -> Answering {
            Box::pin(async move {
                #args
                let connection = request.connection()?;
                #(#bindings)*
                #carrier
                let #pattern = carrier.#name(#(#arguments),*).await?;
                #reply
            })
        }
    })
}

fn object_field(mapped: &Mapped<'_>) -> TaskResult<Ident> {
    let index = mapped.sources.iter().position(|source| *source == Source::Object);
    index.map(|index| mapped.args[index].ident()).ok_or_else(|| "no field is the object".to_owned())
}

fn is_files(kind: &Kind) -> bool {
    match kind {
        Kind::Descriptor => true,
        Kind::List(inner) => matches!(**inner, Kind::Descriptor),
        _ => false,
    }
}

/// The expressions that the call gets, and what has to be said before.
fn arguments(
    mapped: &Mapped<'_>,
    description: &Description,
) -> TaskResult<(Vec<TokenStream>, Vec<TokenStream>)> {
    let mut arguments = Vec::new();
    let mut bindings = Vec::new();
    let flags = mapped.sources.iter().position(|source| *source == Source::Flags);
    if let Some(index) = flags {
        let field = mapped.args[index].ident();
        let parameters = mapped.args.iter().chain(mapped.ret).any(|field| field.element == "typed_param");
        let new = if parameters { quote!(with_parameters) } else { quote!(new) };
        let taken = mapped.signature.kinds.iter().enumerate().any(|(index, kind)| match kind {
            Kind::Options(structure) | Kind::Data(structure) => {
                has_flags(structure, description) && !mapped.sources.contains(&Source::FlagsOf(index))
            }
            _ => false,
        });
        let mutable = taken.then(|| quote!(mut));
        bindings.push(quote!(let #mutable flags = FlagBits::#new(args.#field);));
    }
    let is_set = |name: &Ident| mapped.options.iter().any(|(argument, _)| argument == name);
    for (index, (name, kind)) in mapped.signature.names.iter().zip(&mapped.signature.kinds).enumerate() {
        let field_of = |slot: &Slot| {
            let found = mapped.sources.iter().position(|source| *source == Source::Slot(slot.clone()));
            found.map(|found| mapped.args[found].ident())
        };
        let whole = field_of(&Slot { argument: index, field: None });
        match kind {
            Kind::Stream => return Err("takes a stream".into()),
            Kind::Descriptor => bindings.push(quote!(let #name = request.one_file()?;)),
            kind if is_files(kind) => bindings.push(quote!(let #name = std::mem::take(&mut request.files);)),
            Kind::Options(structure) | Kind::Data(structure)
                if description.find_type(&structure.to_string()).is_some() =>
            {
                let start = match &whole {
                    Some(field) => quote!(Parameters::from_parameters(&args.#field)?),
                    None => quote!(#structure::default()),
                };
                let assigned: Vec<TokenStream> = own_fields(structure, description)
                    .filter_map(|own| {
                        let field = field_of(&Slot { argument: index, field: Some(own.clone()) })?;
                        Some(quote!(#name.#own = FromWire::from_wire(args.#field)?;))
                    })
                    .collect();
                let own = mapped.sources.iter().position(|source| *source == Source::FlagsOf(index));
                let flagged = match own {
                    Some(own) => {
                        let own = mapped.args[own].ident();
                        Some(quote!(#name.set_bits(args.#own);))
                    }
                    None => (flags.is_some() && has_flags(structure, description))
                        .then(|| quote!(flags.take(&mut #name);)),
                };
                let set = mapped.options.iter().filter(|(argument, _)| argument == name);
                let set = set.map(|(argument, field)| quote!(#argument.#field = true;));
                let is_changed = flagged.is_some() || !assigned.is_empty() || is_set(name);
                let mutable = is_changed.then(|| quote!(mut));
                bindings
                    .push(quote!(let #mutable #name: #structure = #start; #(#assigned)* #flagged #(#set)*));
            }
            kind => {
                let value = whole.map_or_else(
                    || quote!(Default::default()),
                    |field| quote!(FromWire::from_wire(args.#field)?),
                );
                let owned = owned(kind, &value);
                bindings.push(quote!(let #name #owned;));
            }
        }
        arguments.push(passed(name, kind));
    }
    if flags.is_some() {
        let title = format!("vir{}", camel_case(mapped.name));
        bindings.push(quote!(flags.finish(#title)?;));
    }
    Ok((arguments, bindings))
}

fn own_fields<'d>(structure: &Ident, description: &'d Description) -> impl Iterator<Item = &'d Ident> {
    let fields = match description.find_type(&structure.to_string()).map(|data| &data.shape) {
        Some(Shape::Options(fields) | Shape::Info(fields)) => fields.as_slice(),
        _ => &[],
    };
    fields.iter().filter(|field| field.flag.is_none()).map(|field| &field.name)
}

/// Whether a structure has flags.
pub(crate) fn has_flags(structure: &Ident, description: &Description) -> bool {
    match description.find_type(&structure.to_string()).map(|data| &data.shape) {
        Some(Shape::Options(fields) | Shape::Info(fields)) => fields.iter().any(|field| field.flag.is_some()),
        _ => false,
    }
}

/// `: Type = value`, with the type that the value is read as.
fn owned(kind: &Kind, value: &TokenStream) -> TokenStream {
    match kind {
        Kind::Object(name) => {
            let reference = reference_type(name);
            quote!(= #name::new(connection.clone(), { let reference: #reference = #value; reference }))
        }
        Kind::List(inner) if matches!(**inner, Kind::Object(_)) => {
            let Kind::Object(name) = &**inner else { return quote!(= #value) };
            let reference = reference_type(name);
            quote! {
                = {
                    let references: Vec<#reference> = #value;
                    let handles = references.into_iter().map(|reference| #name::new(connection.clone(), reference));
                    handles.collect::<Vec<_>>()
                }
            }
        }
        other => {
            let ty = other.owned();
            quote!(: #ty = #value)
        }
    }
}

/// How the handle's method takes what was bound.
fn passed(name: &Ident, kind: &Kind) -> TokenStream {
    match kind {
        Kind::Options(_) | Kind::Plain(_) | Kind::Descriptor | Kind::Stream => quote!(#name),
        kind if is_files(kind) => quote!(#name),
        Kind::Optional(inner) => match &**inner {
            Kind::Text => quote!(#name.as_deref()),
            Kind::Plain(_) => quote!(#name),
            _ => quote!(#name.as_ref()),
        },
        _ => quote!(&#name),
    }
}

/// What the result is bound to, and the expression that answers.
fn reply(mapped: &Mapped<'_>, marker: &TokenStream) -> TaskResult<(TokenStream, TokenStream)> {
    let program = format_ident!("{}", mapped.program);
    let ret = format_ident!("{}Ret", camel_case(mapped.name));
    let ret = quote!(#program::#ret);
    let field = |index: usize| mapped.ret[index].ident();
    let found = quote!(found);
    Ok(match &mapped.results {
        Results::Nothing => (quote!(()), quote!(request.reply::<#marker>(&()))),
        Results::One => {
            let field = field(0);
            let value = sent(mapped.signature.returns.as_ref(), &found);
            (found, quote!(request.reply::<#marker>(&#ret { #field: #value.into_wire()? })))
        }
        Results::Found => {
            let field = field(0);
            let Some(Kind::Optional(inner)) = &mapped.signature.returns else {
                return Err("no object".into());
            };
            let Kind::Object(object) = &**inner else { return Err("no object".into()) };
            let value = sent(Some(inner), &found);
            (
                quote!(found),
                quote! {
                    let found = found.ok_or_else(|| Error::new(ErrorKind::NotFound, "there is none").with_object(ObjectKind::#object))?;
                    request.reply::<#marker>(&#ret { #field: #value.into_wire()? })
                },
            )
        }
        Results::List => {
            let (list, count) = (field(0), field(1));
            let wanted = mapped.args.iter().find(|field| field.name == "need_results").map(|field| {
                let wanted = field.ident();
                quote!(if args.#wanted != 0)
            });
            let Some(Kind::List(inner)) = &mapped.signature.returns else { return Err("no list".into()) };
            let sent = sent(Some(inner), &quote!(value));
            (
                found,
                quote! {
                    let count = u32::try_from(found.len()).unwrap_or(u32::MAX);
                    let mut list = Vec::new();
                    #wanted {
                        list.reserve(found.len());
                        for value in found {
                            list.push(#sent.into_wire()?);
                        }
                    }
                    request.reply::<#marker>(&#ret { #list: list, #count: count.into_wire()? })
                },
            )
        }
        Results::Parameters { counted } => {
            let list = field(0);
            let room = mapped.args.iter().position(|field| field.name == "nparams");
            match (counted, room) {
                (true, Some(room)) => {
                    let (room, count) = (mapped.args[room].ident(), field(1));
                    (
                        found,
                        quote! {
                            let (#list, #count) = crate::request::counted(args.#room, found.to_parameters());
                            request.reply::<#marker>(&#ret { #list, #count })
                        },
                    )
                }
                _ => (found, quote!(request.reply::<#marker>(&#ret { #list: found.to_parameters() }))),
            }
        }
        Results::Fields(own) => {
            let fields = mapped.ret.iter().map(crate::codegen::wire::field::Field::ident);
            (found, quote!(request.reply::<#marker>(&#ret { #(#fields: found.#own.into_wire()?),* })))
        }
        Results::Parts(own) => {
            let fields = mapped.ret.iter().map(crate::codegen::wire::field::Field::ident);
            (found, quote!(request.reply::<#marker>(&#ret { #(#fields: found.#own.into_wire()?),* })))
        }
        Results::Count => {
            let field = field(0);
            (
                found,
                quote! {
                    let count = u32::try_from(found.len()).unwrap_or(u32::MAX);
                    request.reply::<#marker>(&#ret { #field: count.into_wire()? })
                },
            )
        }
        Results::Names => {
            let (list, room) = (field(0), mapped.args.iter().find(|field| field.name.starts_with("max")));
            let room = room.ok_or("a list of names without a most")?.ident();
            (
                found,
                quote! {
                    let room = crate::request::room::<#marker>(args.#room)?;
                    let #list = found.iter().take(room).map(|object| object.reference().legacy_name()).collect();
                    request.reply::<#marker>(&#ret { #list })
                },
            )
        }
        Results::Ignored => return Err("gives what the call does not".into()),
        Results::Stream => match mapped.ret {
            [] => (found, quote!(request.reply_with_stream::<#marker>(&(), found))),
            [one] => {
                let one = one.ident();
                (
                    found,
                    quote! {
                        let ret = #ret { #one: found.content_type().map(str::to_owned) };
                        request.reply_with_stream::<#marker>(&ret, found)
                    },
                )
            }
            _ => return Err("a stream with more than one word about it".into()),
        },
        Results::Files => {
            let many = matches!(mapped.signature.returns, Some(Kind::List(_)));
            let files = if many { quote!(found) } else { quote!(vec![found]) };
            (found, quote!(request.reply_with_files::<#marker>(&(), #files)))
        }
    })
}

/// What of a result travels: of a handle its reference.
fn sent(kind: Option<&Kind>, value: &TokenStream) -> TokenStream {
    match kind {
        Some(Kind::Object(_)) => quote!(#value.reference().clone()),
        _ => value.clone(),
    }
}
