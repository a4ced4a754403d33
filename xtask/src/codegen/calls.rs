//! How a procedure maps to its call: which of the call's arguments each field is, and how the results travel.

pub(crate) mod daemon;
pub(crate) mod remote;

use super::description::{Call, Description, Shape};
use super::families::Signature;
use super::procedures::Procedures;
use super::rust_types::Kind;
use super::wire::field::{Count, Field};
use super::wire::model::has_parameters;
use super::wire::protocol::{Body, Procedure, Protocol};
use crate::TaskResult;
use proc_macro2::Ident;
use quote::format_ident;
use std::collections::BTreeMap;

/// A procedure and the call that serves it.
pub(crate) struct Mapped<'d> {
    pub(crate) call: &'d Call,
    pub(crate) signature: Signature,
    pub(crate) program: &'d str,
    pub(crate) name: &'d str,
    pub(crate) args: &'d [Field],
    pub(crate) ret: &'d [Field],
    /// What each field of the arguments is.
    pub(crate) sources: Vec<Source>,
    pub(crate) results: Results,
    /// Options that the procedure stands for: an argument, and a field of it.
    pub(crate) options: Vec<(Ident, Ident)>,
    /// Whether its flags are to say that texts among typed parameters are understood: libvirt's flag 4.
    pub(crate) says_texts: bool,
}

/// What a field of a procedure's arguments is in the call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// The object that carries the call.
    Object,
    /// The flags of all options.
    Flags,
    /// An argument, or a field of one.
    Slot(Slot),
    /// The flags of one argument, in a field of their own.
    FlagsOf(usize),
    /// How many results are wanted; nothing in the call.
    Room,
}

/// An argument of a call, or a field of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) argument: usize,
    pub(crate) field: Option<Ident>,
}

impl Slot {
    fn name(&self, signature: &Signature) -> String {
        self.field.as_ref().unwrap_or(&signature.names[self.argument]).to_string()
    }
}

/// How the results of a procedure are those of the call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Results {
    Nothing,
    /// The only field is the result.
    One,
    /// The only field is an object, where the call may find none.
    Found,
    /// The first field is a list; the second says how many there are, where nobody wants the list.
    List,
    /// A structure that travels as typed parameters; the field behind says how many there are, where nobody wants them.
    Parameters {
        counted: bool,
    },
    /// A structure, whose fields are those of the procedure in their order.
    Fields(Vec<Ident>),
    /// Each field is a field of the call's result.
    Parts(Vec<Ident>),
    /// How many there are of the list that the call gives.
    Count,
    /// The names of the list that the call gives.
    Names,
    /// The call gives nothing where the procedure gives something.
    Ignored,
    /// A stream, and perhaps one word about it.
    Stream,
    /// File descriptors.
    Files,
}

impl<'d> Mapped<'d> {
    /// Maps a procedure to its call.
    pub(crate) fn new(
        call: &'d Call,
        name: &'d str,
        description: &Description,
        protocol: &'d Protocol,
        procedures: &Procedures,
    ) -> TaskResult<Self> {
        let (program, procedure) = protocol.procedure(name).ok_or("no such procedure")?;
        let Body::Call { args, ret } = &procedure.body else { return Err("nobody calls it".into()) };
        let signature = Signature::of(call, description)?;
        let explicit = procedures.arguments.get(name);
        let sources = sources(call, &signature, args, explicit, description)?;
        let results = match procedures.results.get(name) {
            Some(parts) => parts_of(&signature, ret, parts, description)?,
            None => results(&signature, procedure, args, ret, description)?,
        };
        let options = procedures.options.get(name).into_iter().flatten();
        let options = options.map(|text| option(text)).collect::<TaskResult<_>>()?;
        let says_texts = ret.iter().any(|field| field.element == "typed_param")
            && !procedures.without_text_flag.contains(name);
        Ok(Self { call, signature, program, name, args, ret, sources, results, options, says_texts })
    }

    /// The arguments and fields that no field of the procedure is: the daemon gives them their default.
    pub(crate) fn left_out(&self, description: &Description) -> Vec<Slot> {
        let mut left = slots(&self.signature, description);
        left.retain(|(slot, _)| !self.sources.contains(&Source::Slot(slot.clone())));
        left.into_iter().map(|(slot, _)| slot).collect()
    }
}

fn parts_of(
    signature: &Signature,
    ret: &[Field],
    parts: &BTreeMap<String, String>,
    description: &Description,
) -> TaskResult<Results> {
    let part = |field: &Field| {
        let part =
            parts.get(&field.name).ok_or_else(|| format!("nothing is said of the result {}", field.name))?;
        Ok(format_ident!("{part}"))
    };
    let parts = ret.iter().map(part).collect::<TaskResult<Vec<_>>>()?;
    let all = match &signature.returns {
        Some(Kind::Data(name)) => match description.find_type(&name.to_string()).map(|data| &data.shape) {
            Some(Shape::Info(own)) => own.iter().all(|field| parts.contains(&field.name)),
            _ => false,
        },
        _ => false,
    };
    Ok(if all { Results::Fields(parts) } else { Results::Parts(parts) })
}

/// `argument.field`
fn option(text: &str) -> TaskResult<(Ident, Ident)> {
    let (argument, field) = text.split_once('.').ok_or_else(|| format!("not an option: {text}"))?;
    Ok((format_ident!("{argument}"), format_ident!("{field}")))
}

/// What of a call's arguments travels in fields of its own, in order.
fn slots(signature: &Signature, description: &Description) -> Vec<(Slot, Kind)> {
    let mut slots = Vec::new();
    for (argument, kind) in signature.kinds.iter().enumerate() {
        let whole = || Slot { argument, field: None };
        match kind {
            Kind::Options(name) | Kind::Data(name) => match description.find_type(&name.to_string()) {
                Some(data) => {
                    if has_parameters(data, description) {
                        slots.push((whole(), kind.clone()));
                    }
                    let (Shape::Options(fields) | Shape::Info(fields)) = &data.shape else { continue };
                    for field in fields.iter().filter(|field| field.flag.is_none() && field.param.is_none()) {
                        if let Ok(kind) = Kind::of(&field.ty, description) {
                            slots.push((Slot { argument, field: Some(field.name.clone()) }, kind));
                        }
                    }
                }
                None => slots.push((whole(), kind.clone())),
            },
            Kind::Stream => {}
            Kind::Descriptor => {}
            Kind::List(inner) if matches!(**inner, Kind::Descriptor) => {}
            _ => slots.push((whole(), kind.clone())),
        }
    }
    slots
}

/// Fields that say how many results there is room for.
const ROOM: [&str; 7] = ["nparams", "need_results", "maxids", "maxnames", "maxuuids", "maxerrors", "maxinfo"];

fn sources(
    call: &Call,
    signature: &Signature,
    args: &[Field],
    explicit: Option<&BTreeMap<String, String>>,
    description: &Description,
) -> TaskResult<Vec<Source>> {
    let slots = slots(signature, description);
    let mut by_name = BTreeMap::new();
    for (field, text) in explicit.into_iter().flatten() {
        by_name.insert(field.as_str(), named(text, signature, description)?);
    }
    let is_taken = |slot: &Slot| by_name.values().any(|taken| *taken == Source::Slot(slot.clone()));
    let mut free = slots.iter().filter(|(slot, _)| !is_taken(slot));
    let mut sources = Vec::new();
    for (index, field) in args.iter().enumerate() {
        sources.push(if let Some(source) = by_name.get(field.name.as_str()) {
            source.clone()
        } else if index == 0 && call.on != "Connection" && is_object(field) {
            Source::Object
        } else if field.name == "flags" {
            Source::Flags
        } else if ROOM.contains(&field.name.as_str()) {
            Source::Room
        } else {
            let (slot, _) = free
                .by_ref()
                .find(|(_, kind)| fits(field, kind))
                .ok_or_else(|| format!("no argument is {}", field.name))?;
            let names: Vec<String> = slots.iter().map(|(slot, _)| slot.name(signature)).collect();
            by_order(field, &slot.name(signature), &names)?;
            Source::Slot(slot.clone())
        });
    }
    Ok(sources)
}

/// Order decides, unless the names say that it is wrong.
fn by_order(field: &Field, found: &str, all: &[String]) -> TaskResult {
    let says = |name: &str| name.split('_').any(|word| word == field.name);
    match all.iter().find(|name| says(name)) {
        Some(other) if !says(found) => {
            Err(format!("by order {} is {found}, by name it is {other}: say which", field.name))
        }
        _ => Ok(()),
    }
}

/// What `argument` or `argument.field` means. An argument that is nothing but flags is its flags.
fn named(text: &str, signature: &Signature, description: &Description) -> TaskResult<Source> {
    let (argument, field) =
        text.split_once('.').map_or((text, None), |(argument, field)| (argument, Some(field)));
    let index = signature.names.iter().position(|name| name == argument);
    let argument = index.ok_or_else(|| format!("the call has no {argument}"))?;
    Ok(match (field, &signature.kinds[argument]) {
        (Some(field), _) => Source::Slot(Slot { argument, field: Some(format_ident!("{field}")) }),
        (None, Kind::Options(name)) if daemon::has_flags(name, description) => Source::FlagsOf(argument),
        (None, _) => Source::Slot(Slot { argument, field: None }),
    })
}

fn is_object(field: &Field) -> bool {
    const OBJECTS: [&str; 12] = [
        "domain",
        "network",
        "network_port",
        "nwfilter",
        "nwfilter_binding",
        "interface",
        "storage_pool",
        "storage_vol",
        "node_device",
        "secret",
        "domain_checkpoint",
        "domain_snapshot",
    ];
    OBJECTS.contains(&field.element.as_str())
}

/// Whether a field is of a structure that is no object.
fn is_structure(field: &Field) -> bool {
    const PLAIN: [&str; 10] =
        ["int", "uint", "hyper", "uhyper", "double", "char", "uchar", "string", "opaque", "typed_param"];
    !PLAIN.contains(&field.element.as_str()) && !is_object(field)
}

/// Whether a field can be of that kind. Which numbers fit which is for the compiler to say.
fn fits(field: &Field, kind: &Kind) -> bool {
    let many = matches!(field.count, Count::UpTo(_)) && field.element != "opaque";
    match kind {
        Kind::Optional(inner) => fits(field, inner),
        Kind::List(inner) if matches!(&**inner, Kind::Plain(ty) if ty == "u8") => field.element == "opaque",
        Kind::List(inner) => many && fits(&Field { count: Count::One, ..field.clone() }, inner),
        Kind::Text => !many && field.element == "string",
        Kind::Object(_) => !many && is_object(field),
        Kind::Data(name) if name == "CpuMap" => {
            !many && ["opaque", "string"].contains(&field.element.as_str())
        }
        Kind::Data(_) if is_structure(field) => !many,
        Kind::Data(_) | Kind::Options(_) => many && field.element == "typed_param",
        Kind::Plain(name) if name == "Uuid" => field.element == "uuid",
        Kind::Plain(name) if name == "Timestamp" => field.element == "timestamp",
        Kind::Plain(_) => !many && ["int", "uint", "hyper", "uhyper"].contains(&field.element.as_str()),
        Kind::Stream | Kind::Descriptor => false,
    }
}

fn results(
    signature: &Signature,
    procedure: &Procedure,
    args: &[Field],
    ret: &[Field],
    description: &Description,
) -> TaskResult<Results> {
    let Some(returns) = &signature.returns else {
        return Ok(if ret.is_empty() { Results::Nothing } else { Results::Ignored });
    };
    let not_sayable = || Err("the results are not those of the call".to_owned());
    match returns {
        Kind::Stream if procedure.stream.is_some() => return Ok(Results::Stream),
        Kind::Descriptor if procedure.files == "WithReply" => return Ok(Results::Files),
        Kind::List(inner) if matches!(**inner, Kind::Descriptor) => return Ok(Results::Files),
        _ => {}
    }
    let is_parameters = ret.first().is_some_and(|field| field.element == "typed_param");
    let has_room = args.iter().any(|field| ROOM.contains(&field.name.as_str()));
    match (returns, ret) {
        (Kind::Data(_), [_]) if is_parameters => Ok(Results::Parameters { counted: false }),
        (Kind::Data(_), [_, _]) if is_parameters && has_room => Ok(Results::Parameters { counted: true }),
        (Kind::List(_), [count]) if ["num", "result"].contains(&count.name.as_str()) => Ok(Results::Count),
        (Kind::List(inner), [names]) if matches!(**inner, Kind::Object(_)) && names.element == "string" => {
            Ok(Results::Names)
        }
        (Kind::List(inner), [list, _]) if fits(&Field { count: Count::One, ..list.clone() }, inner) => {
            Ok(Results::List)
        }
        (Kind::Optional(inner), [field]) if matches!(**inner, Kind::Object(_)) && is_object(field) => {
            Ok(Results::Found)
        }
        (kind, [field]) if fits(field, kind) => Ok(Results::One),
        (Kind::List(inner), [field]) if fits(&Field { count: Count::One, ..field.clone() }, inner) => {
            Ok(Results::One)
        }
        (Kind::Data(name), fields) => {
            let data = description.find_type(&name.to_string());
            match data.map(|data| &data.shape) {
                Some(Shape::Info(own)) if own.len() == fields.len() => {
                    let names: Vec<String> = own.iter().map(|field| field.name.to_string()).collect();
                    for (field, name) in fields.iter().zip(&names) {
                        by_order(field, name, &names)?;
                    }
                    Ok(Results::Fields(own.iter().map(|field| field.name.clone()).collect()))
                }
                _ => not_sayable(),
            }
        }
        _ => not_sayable(),
    }
}
