//! The driver families and the front door: `core/src/generated/`, one file a family, and the testkit's probes.

use super::GeneratedFile;
use super::description::{Access, Call, Description, Family, Shape};
use super::rust_types::{Kind, OBJECTS, doc_attributes, reference_type, snake_case};
use crate::TaskResult;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

pub(crate) fn generate(description: &Description) -> TaskResult<Vec<GeneratedFile>> {
    let mut files = Vec::new();
    for family in &description.families {
        let source = family.file.path.display().to_string();
        let about = family.file.about.first().cloned().unwrap_or_default();
        let items = family_items(family, description)?;
        files.push(GeneratedFile::rust(
            &format!("core/src/generated/{}.rs", module(family)),
            &source,
            &about,
            &items,
        )?);
    }
    files.push(GeneratedFile::rust(
        "core/src/generated/mod.rs",
        "api/",
        "The driver families and the calls of the handles.",
        &index(description),
    )?);
    files.push(GeneratedFile::rust(
        "core/src/generated/calls.rs",
        "api/",
        "Every call, described.",
        &calls(description),
    )?);
    files.push(GeneratedFile::rust(
        "testkit/src/generated/probes.rs",
        "api/",
        "Every entry point of the driver contract, called with the least it takes.",
        &probes(description)?,
    )?);
    Ok(files)
}

/// The generated module of a family, named by its accessor.
fn module(family: &Family) -> Ident {
    family.accessor.clone()
}

/// The static that describes a call: `DOMAIN_START`.
pub(crate) fn call_static(call: &Call) -> Ident {
    format_ident!(
        "{}_{}",
        snake_case(&call.on.to_string()).to_uppercase(),
        call.name.to_string().to_uppercase()
    )
}

/// One call's types, worked out.
pub(crate) struct Signature {
    pub(crate) names: Vec<Ident>,
    pub(crate) kinds: Vec<Kind>,
    pub(crate) returns: Option<Kind>,
}

impl Signature {
    pub(crate) fn of(call: &Call, description: &Description) -> TaskResult<Self> {
        let place = |error: String| format!("call {}: {error}", call.name);
        let mut names = Vec::new();
        let mut kinds = Vec::new();
        for argument in &call.arguments {
            names.push(argument.name.clone());
            kinds.push(Kind::of(&argument.ty, description).map_err(place)?);
        }
        let returns = call.returns.as_ref().map(|ty| Kind::of(ty, description)).transpose().map_err(place)?;
        Ok(Self { names, kinds, returns })
    }

    /// The driver method's arguments after `&self` and `cx`, the object included.
    pub(crate) fn driver_arguments(&self, call: &Call) -> TokenStream {
        let object = carried_object(call).map(|reference| {
            let name = &call.on_name;
            quote!(#name: &'a #reference,)
        });
        let names = &self.names;
        let types = self.kinds.iter().map(Kind::driver_argument);
        quote!(#object #(#names: #types),*)
    }

    pub(crate) fn driver_output(&self) -> TokenStream {
        self.returns.as_ref().map_or_else(|| quote!(()), Kind::owned)
    }
}

/// The reference type of the object that carries the call; none for calls on the connection.
pub(crate) fn carried_object(call: &Call) -> Option<Ident> {
    (call.on != "Connection").then(|| reference_type(&call.on))
}

fn family_items(family: &Family, description: &Description) -> TaskResult<TokenStream> {
    let name = &family.name;
    let docs = doc_attributes(&family.docs);
    let mut methods = Vec::new();
    let mut handles: Vec<(Ident, Vec<TokenStream>)> = Vec::new();
    for call in &family.calls {
        let signature = Signature::of(call, description)?;
        methods.push(driver_method(call, &signature));
        let method = handle_method(family, call, &signature, description);
        match handles.iter_mut().find(|(on, _)| *on == call.on) {
            Some((_, methods)) => methods.push(method),
            None => handles.push((call.on.clone(), vec![method])),
        }
    }
    let handles = handles.into_iter().map(|(on, methods)| {
        let docs = format!(" Calls of the family [`{name}`].");
        quote!(#[doc = #docs] impl #on { #(#methods)* })
    });
    Ok(quote! {
        use super::prelude::*;

        #docs
        pub trait #name: Send + Sync {
            /// The names of the calls that this driver fills. [`driver_ops`](crate::driver_ops) writes it.
            fn claims(&self) -> &'static [&'static str] {
                &[]
            }
            #(#methods)*
        }

        impl #name for Stub {}

        #(#handles)*
    })
}

fn driver_method(call: &Call, signature: &Signature) -> TokenStream {
    let name = &call.name;
    let docs = doc_attributes(&call.docs);
    let arguments = signature.driver_arguments(call);
    let output = signature.driver_output();
    let object = carried_object(call).map(|_| &call.on_name);
    let unused = object.into_iter().chain(&signature.names);
    quote! {
        #docs
        fn #name<'a>(&'a self, cx: &'a CallCx, #arguments) -> CallFuture<'a, #output> {
            let _ = (#(#unused,)*);
            cx.unsupported()
        }
    }
}

fn handle_method(
    family: &Family,
    call: &Call,
    signature: &Signature,
    description: &Description,
) -> TokenStream {
    let name = &call.name;
    let docs = doc_attributes(&handle_docs(call));
    let names = &signature.names;
    let types = signature.kinds.iter().map(Kind::handle_argument);
    let output = signature.returns.as_ref().map_or_else(|| quote!(()), Kind::handle_result);
    let accessor = &family.accessor;
    let description_of_call = call_static(call);
    let on_connection = call.on == "Connection";
    let connection = if on_connection { quote!(self) } else { quote!(self.connection()) };
    let object = (!on_connection).then(|| quote!(self.reference(),));
    let subject =
        if on_connection { quote!(|| None) } else { quote!(|| Some(self.reference().clone().into())) };
    let checks =
        signature.names.iter().zip(&signature.kinds).filter(|(_, kind)| kind.holds_text(description)).map(
            |(name, _)| {
                let label = name.to_string();
                quote!(cx.check(#label, &#name)?;)
            },
        );
    let secrets: Vec<TokenStream> = signature
        .names
        .iter()
        .zip(&signature.kinds)
        .flat_map(|(name, kind)| secret_fields(name, kind, description))
        .collect();
    let raise = (!secrets.is_empty()).then(|| quote!(if #(#secrets)||* { cx.shows_secrets(); }));
    let mutable = raise.is_some().then(|| quote!(mut));
    let passed = signature.names.iter().zip(&signature.kinds).map(|(name, kind)| kind.handle_to_driver(name));
    let answer =
        quote!(cx.run(#connection, driver.#accessor().#name(&cx, #object #(#passed),*), #subject).await);
    let body = match &signature.returns {
        Some(kind) => kind.driver_to_handle(&answer, &connection),
        None => answer,
    };
    quote! {
        #docs
        pub async fn #name(&self, #(#names: #types),*) -> Result<#output> {
            let #mutable cx = #connection.call(&calls::#description_of_call)?;
            #(#checks)*
            #raise
            let driver = #connection.driver();
            #body
        }
    }
}

/// Expressions that are true when an argument asks for secrets.
fn secret_fields(argument: &Ident, kind: &Kind, description: &Description) -> Vec<TokenStream> {
    let Kind::Options(name) = kind else { return Vec::new() };
    match description.find_type(&name.to_string()).map(|data| &data.shape) {
        Some(Shape::Options(fields)) => fields
            .iter()
            .filter(|field| field.secret)
            .map(|field| {
                let field = &field.name;
                quote!(#argument.#field)
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn handle_docs(call: &Call) -> Vec<String> {
    let mut lines = call.docs.clone();
    lines.extend([String::new(), "# Errors".into(), String::new()]);
    let mut kinds = vec!["Unsupported".to_owned()];
    kinds.extend(call.raises.iter().cloned());
    if call.access != Access::Read {
        kinds.push("ReadOnly".into());
    }
    let list: Vec<String> =
        kinds.iter().map(|kind| format!("[`{kind}`](crate::ErrorKind::{kind})")).collect();
    lines.push(format!("{}, and the kinds that [every call](crate::ErrorKind) can raise.", list.join(", ")));
    if !call.emits.is_empty() {
        let list: Vec<String> =
            call.emits.iter().map(|kind| format!("[`{kind}`](crate::event::EventKind::{kind})")).collect();
        lines.extend([String::new(), "# Events".into(), String::new(), format!("{}.", list.join(", "))]);
    }
    lines
}

fn index(description: &Description) -> TokenStream {
    let modules: Vec<_> = description.families.iter().map(module).collect();
    let names: Vec<_> = description.families.iter().map(|family| &family.name).collect();
    let docs = description.families.iter().map(|family| doc_attributes(&family.docs));
    let accessors: Vec<_> = description.families.iter().map(|family| &family.accessor).collect();
    let labels: Vec<_> = names.iter().map(|name| name.to_string()).collect();
    quote! {
        pub mod calls;
        mod layered;
        #(mod #modules; pub use #modules::#names;)*

        use crate::driver::Stub;

        /// Lends each family of calls to the front door. A family that a driver does not override is a [`Stub`]:
        /// its calls answer `Unsupported`.
        pub trait Families: Send + Sync {
            #(#docs fn #accessors(&self) -> &dyn #names { &Stub })*
        }

        /// What a driver fills of each family, as (family, names of calls), in the order of the description.
        pub fn claims(driver: &dyn Families) -> Vec<(&'static str, &'static [&'static str])> {
            vec![#((#labels, driver.#accessors().claims())),*]
        }

        /// What the generated front door is made of.
        mod prelude {
            pub(super) use super::calls;
            pub(super) use crate::call::{CallCx, CallFuture};
            pub(super) use crate::driver::Stub;
            pub(super) use crate::error::Result;
            pub(super) use crate::handle::*;
            pub(super) use crate::stream::ByteStream;
            pub(super) use omnivirt_model::*;
            pub(super) use std::os::fd::OwnedFd;
        }
    }
}

fn calls(description: &Description) -> TokenStream {
    let statics = description.calls().map(|(family, call)| {
        let name = call_static(call);
        let docs = doc_attributes(&call.docs[..1]);
        let (call_name, accessor, family_name) =
            (call.name.to_string(), family.accessor.to_string(), family.name.to_string());
        let on = if call.on == "Connection" {
            quote!(None)
        } else {
            let on = &call.on;
            quote!(Some(ObjectKind::#on))
        };
        let access = match call.access {
            Access::Read => quote!(Access::Read),
            Access::Write => quote!(Access::Write),
            Access::Secret => quote!(Access::Secret),
        };
        let raises = call.raises.iter().map(|kind| format_ident!("{kind}"));
        let emits = call.emits.iter().map(|kind| format_ident!("{kind}"));
        let job = match &call.job {
            Some(job) => {
                let job = format_ident!("{job}");
                quote!(Some(JobOperation::#job))
            }
            None => quote!(None),
        };
        let title = format!("{}::{}", call.on, call.name);
        let procedures = &call.procedures;
        let about = &call.docs[0];
        quote! {
            #docs
            pub static #name: CallDescription = CallDescription {
                name: #call_name,
                title: #title,
                family: #family_name,
                accessor: #accessor,
                about: #about,
                on: #on,
                access: #access,
                raises: &[#(ErrorKind::#raises),*],
                emits: &[#(EventKind::#emits),*],
                job: #job,
                procedures: &[#(#procedures),*],
            };
        }
    });
    let names = description.calls().map(|(_, call)| call_static(call));
    quote! {
        use crate::call::{Access, CallDescription};
        use omnivirt_model::{ErrorKind, JobOperation, ObjectKind, event::EventKind};

        #(#statics)*

        /// Every call, in the order of the description.
        pub static ALL: &[&CallDescription] = &[#(&#names),*];
    }
}

fn probes(description: &Description) -> TaskResult<TokenStream> {
    let mut entries = Vec::new();
    for (family, call) in description.calls() {
        let signature = Signature::of(call, description)?;
        let (accessor, name, described) = (&family.accessor, &call.name, call_static(call));
        let object = carried_object(call).map(|_| {
            let field = format_ident!("{}", snake_case(&call.on.to_string()));
            quote!(&subjects.#field,)
        });
        let arguments = signature.kinds.iter().map(Kind::probe_argument);
        entries.push(quote! {
            Probe {
                call: &calls::#described,
                run: |driver, cx, subjects| Box::pin(async move {
                    driver.#accessor().#name(cx, #object #(#arguments),*).await.map(drop)
                }),
            }
        });
    }
    let fields = OBJECTS.iter().map(|object| {
        let field = format_ident!("{}", snake_case(object));
        let ty = format_ident!("{object}Ref");
        let docs = format!(" The {} that calls on one are made on.", snake_case(object).replace('_', " "));
        quote!(#[doc = #docs] pub #field: #ty)
    });
    Ok(quote! {
        use super::Probe;
        use omnivirt_core::*;
        use omnivirt_core::stream::ByteStream;

        /// The objects on which the entry points are called.
        #[derive(Debug, Clone, Default)]
        pub struct Subjects { #(#fields),* }

        /// One probe a call, in the order of the description.
        pub(crate) static PROBES: &[Probe] = &[#(#entries),*];
    })
}
