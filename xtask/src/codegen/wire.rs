//! omnivirt-wire's messages, from `api/protocol.toml`.

pub(crate) mod field;
pub(crate) mod model;
pub(crate) mod protocol;

use super::GeneratedFile;
use super::description::Description;
use crate::TaskResult;
use field::Field;
use proc_macro2::{Ident, TokenStream};
use protocol::{Body, Procedure, Program, Protocol};
use quote::{format_ident, quote};

const SOURCE: &str = "api/protocol.toml";

pub(crate) fn generate(description: &Description, protocol: &Protocol) -> TaskResult<Vec<GeneratedFile>> {
    let mut files = vec![index(protocol)?, structs(protocol)?, model::generate(description)?];
    for (name, program) in &protocol.programs {
        files.push(messages(name, program)?);
    }
    Ok(files)
}

fn index(protocol: &Protocol) -> TaskResult<GeneratedFile> {
    let modules: Vec<Ident> = protocol.programs.keys().map(|name| format_ident!("{name}")).collect();
    let items = quote! {
        #(pub mod #modules;)*
        mod model;
        pub mod structs;

        use crate::procedure::Program;

        /// Every program.
        pub(crate) static PROGRAMS: &[&Program] = &[#(&#modules::PROGRAM),*];
    };
    GeneratedFile::rust("wire/src/generated/mod.rs", SOURCE, "Every program and its messages.", &items)
}

fn structs(protocol: &Protocol) -> TaskResult<GeneratedFile> {
    let items = quote! {
        use crate::xdr::*;
        use uuid::Uuid;

        #[doc = " A typed parameter's value, of one of seven types."]
        pub use crate::typed_param::TypedParamValue;
    };
    let mut file = GeneratedFile::rust(
        "wire/src/generated/structs.rs",
        SOURCE,
        "The structures that messages are made of.",
        &items,
    )?;
    for (name, fields) in &protocol.structs {
        file.contents += &declared(&camel_case(name), &format!("`{name}`"), fields);
    }
    Ok(file)
}

fn messages(name: &str, program: &Program) -> TaskResult<GeneratedFile> {
    let mut procedures: Vec<(&String, &Procedure)> = program.procedures.iter().collect();
    procedures.sort_by_key(|(_, procedure)| procedure.number);
    let markers = procedures.iter().filter_map(|(name, procedure)| marker(name, procedure));
    let described = procedures.iter().map(|(name, procedure)| described(name, procedure));
    let impls =
        procedures.iter().enumerate().map(|(index, (name, procedure))| impl_of(index, name, procedure));
    let (number, version) = (program.number, program.version);
    let items = quote! {
        #![allow(unused_imports, reason = "small programs do not need all of it")]

        use super::structs::*;
        use crate::procedure::{Call, Direction, Files, Message, Procedure, Program, StreamDirection, recode};
        use crate::xdr::*;
        use uuid::Uuid;

        #[doc = " The program."]
        pub static PROGRAM: Program =
            Program { name: #name, number: #number, version: #version, procedures: PROCEDURES };

        static PROCEDURES: &[Procedure] = &[#(#described),*];

        #(#markers)*
        #(#impls)*
    };
    let mut file = GeneratedFile::rust(
        &format!("wire/src/generated/{name}.rs"),
        SOURCE,
        &format!("The messages of the program `{name}`."),
        &items,
    )?;
    for (name, procedure) in &procedures {
        file.contents += &structs_of(name, procedure);
    }
    Ok(file)
}

fn struct_name(name: &str) -> Ident {
    format_ident!("{}", camel_case(name))
}

/// `DomainGetInfo` for `domain_get_info`.
pub(crate) fn camel_case(name: &str) -> String {
    name.split('_')
        .map(|word| {
            let mut letters = word.chars();
            letters
                .next()
                .map(|first| first.to_ascii_uppercase())
                .into_iter()
                .chain(letters)
                .collect::<String>()
        })
        .collect()
}

/// A structure, laid out: rustfmt leaves what is in a macro alone.
fn declared(name: &str, about: &str, fields: &[Field]) -> String {
    let lines: String = fields
        .iter()
        .map(|field| {
            let (ident, value, codec) = (field.ident(), compact(&field.rust_type()), compact(&field.codec()));
            format!("        {ident}: {value} = {codec},\n")
        })
        .collect();
    format!("\nmessage! {{\n    /// {about}.\n    {name} {{\n{lines}    }}\n}}\n")
}

/// Tokens as a person writes them.
fn compact(tokens: &TokenStream) -> String {
    tokens.to_string().replace(' ', "").replace(',', ", ").replace(';', "; ")
}

/// The type of a message: a structure of its own, or nothing.
fn message_type(name: &str, part: &str, fields: &[Field]) -> TokenStream {
    if fields.is_empty() && !part.is_empty() {
        quote!(())
    } else {
        let name = format_ident!("{}{part}", camel_case(name));
        quote!(#name)
    }
}

/// What marks a call in types; a message is its own.
fn marker(name: &str, procedure: &Procedure) -> Option<TokenStream> {
    let about = format!(" Procedure {}, `{name}`.", procedure.number);
    let call = struct_name(name);
    matches!(procedure.body, Body::Call { .. }).then(|| {
        quote! {
            #[doc = #about]
            #[derive(Debug, Clone, Copy)]
            pub struct #call;
        }
    })
}

/// The structures of a procedure: of a message one, of a call one for each side that says anything.
fn structs_of(name: &str, procedure: &Procedure) -> String {
    let (number, own) = (procedure.number, camel_case(name));
    match &procedure.body {
        Body::Message(fields) => declared(&own, &format!("Message {number}, `{name}`"), fields),
        Body::Call { args, ret } => [("Args", "The arguments", args), ("Ret", "The results", ret)]
            .into_iter()
            .filter(|(.., fields)| !fields.is_empty())
            .map(|(part, about, fields)| {
                declared(&format!("{own}{part}"), &format!("{about} of procedure {number}, `{name}`"), fields)
            })
            .collect(),
    }
}

fn impl_of(index: usize, name: &str, procedure: &Procedure) -> TokenStream {
    let own = struct_name(name);
    let constants = quote! {
        const PROGRAM: &'static Program = &PROGRAM;
        const PROCEDURE: &'static Procedure = &PROCEDURES[#index];
    };
    match &procedure.body {
        Body::Message(_) => quote!(impl Message for #own { #constants }),
        Body::Call { args, ret } => {
            let (args, ret) = (message_type(name, "Args", args), message_type(name, "Ret", ret));
            quote!(impl Call for #own { type Args = #args; type Ret = #ret; #constants })
        }
    }
}

fn described(name: &str, procedure: &Procedure) -> TokenStream {
    let number = procedure.number;
    let (direction, args, ret) = match &procedure.body {
        Body::Message(fields) => (quote!(Message), message_type(name, "", fields), quote!(())),
        Body::Call { args, ret } => {
            (quote!(Call), message_type(name, "Args", args), message_type(name, "Ret", ret))
        }
    };
    let (high_priority, before_auth, holes) =
        (procedure.high_priority, procedure.before_auth, procedure.holes);
    let stream = match &procedure.stream {
        Some(direction) => {
            let direction = format_ident!("{}", camel_case(direction));
            quote!(Some(StreamDirection::#direction))
        }
        None => quote!(None),
    };
    let files = format_ident!("{}", procedure.files);
    let since = match &procedure.since {
        Some(since) => quote!(Some(#since)),
        None => quote!(None),
    };
    quote! {
        Procedure {
            name: #name,
            number: #number,
            direction: Direction::#direction,
            high_priority: #high_priority,
            before_auth: #before_auth,
            stream: #stream,
            holes: #holes,
            files: Files::#files,
            since: #since,
            recode_args: recode::<#args>,
            recode_ret: recode::<#ret>,
        }
    }
}
