//! `api/protocol.toml`, read.

use super::field::{self, Field};
use crate::{TaskResult, repository};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// All of libvirt's RPC.
pub(crate) struct Protocol {
    pub(crate) structs: BTreeMap<String, Vec<Field>>,
    pub(crate) programs: BTreeMap<String, Program>,
}

pub(crate) struct Program {
    pub(crate) number: u32,
    pub(crate) version: u32,
    pub(crate) procedures: BTreeMap<String, Procedure>,
}

pub(crate) struct Procedure {
    pub(crate) number: i32,
    pub(crate) body: Body,
    pub(crate) high_priority: bool,
    pub(crate) stream: Option<String>,
    pub(crate) holes: bool,
    /// The name of a variant of omnivirt-wire's `Files`.
    pub(crate) files: &'static str,
    pub(crate) before_auth: bool,
    pub(crate) since: Option<String>,
}

pub(crate) enum Body {
    Call { args: Vec<Field>, ret: Vec<Field> },
    Message(Vec<Field>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProtocolFile {
    structs: BTreeMap<String, String>,
    programs: BTreeMap<String, ProgramEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProgramEntry {
    number: u32,
    version: u32,
    procedures: BTreeMap<String, ProcedureEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProcedureEntry {
    number: i32,
    args: Option<String>,
    ret: Option<String>,
    message: Option<String>,
    priority: Option<String>,
    stream: Option<String>,
    #[serde(default)]
    holes: bool,
    files: Option<String>,
    #[serde(default)]
    before_auth: bool,
    since: Option<String>,
}

impl Protocol {
    pub(crate) fn read() -> TaskResult<Self> {
        let path = Path::new("api/protocol.toml");
        let file: ProtocolFile = toml::from_str(&repository::read(path)?)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        let within = |name: &str, error: String| format!("{}: {name}: {error}", path.display());
        let structs = file
            .structs
            .iter()
            .map(|(name, text)| {
                field::read(text).map(|fields| (name.clone(), fields)).map_err(|error| within(name, error))
            })
            .collect::<TaskResult<_>>()?;
        let mut programs = BTreeMap::new();
        for (name, entry) in file.programs {
            let procedures = entry
                .procedures
                .into_iter()
                .map(|(name, entry)| {
                    let procedure = Procedure::read(entry).map_err(|error| within(&name, error))?;
                    Ok((name, procedure))
                })
                .collect::<TaskResult<_>>()?;
            programs.insert(name, Program { number: entry.number, version: entry.version, procedures });
        }
        Ok(Self { structs, programs })
    }

    /// The procedure of that name, and its program's.
    pub(crate) fn procedure(&self, name: &str) -> Option<(&str, &Procedure)> {
        self.programs.iter().find_map(|(program, entry)| {
            entry.procedures.get(name).map(|procedure| (program.as_str(), procedure))
        })
    }
}

impl Procedure {
    fn read(entry: ProcedureEntry) -> TaskResult<Self> {
        let body = match (entry.args, entry.ret, entry.message) {
            (Some(args), Some(ret), None) => {
                Body::Call { args: field::read(&args)?, ret: field::read(&ret)? }
            }
            (None, None, Some(message)) => Body::Message(field::read(&message)?),
            _ => return Err("has either args and ret, or message".into()),
        };
        let files = match entry.files.as_deref() {
            None => "Never",
            Some("call") => "WithCall",
            Some("reply") => "WithReply",
            Some("call and reply") => "WithBoth",
            Some(other) => return Err(format!("files go with call, reply, or call and reply, not {other}")),
        };
        Ok(Self {
            number: entry.number,
            body,
            high_priority: entry.priority.as_deref() == Some("high"),
            stream: entry.stream,
            holes: entry.holes,
            files,
            before_auth: entry.before_auth,
            since: entry.since,
        })
    }
}
