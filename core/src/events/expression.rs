//! Filter expressions: CEL over the fields of an event.

use super::filter::EventFilter;
use crate::error::{Error, Result};
use cel::common::types::{CelBool, CelDouble, CelInt, CelList, CelMap, CelMapKey, CelString, CelUInt};
use cel::common::value::{CowVal, Val};
use cel::context::VariableResolver;
use cel::{Context, Env, ParseErrors, Program};
use omnivirt_model::ErrorKind;
use omnivirt_model::event::Event;
use omnivirt_model::event::record::{FieldRef, FieldVisitor, Record};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, LazyLock, OnceLock};

mod check;

/// The longest expression, in bytes.
const MAX_LENGTH: usize = 2_048;
/// The most opening brackets; the parser's stack grows with them.
const MAX_BRACKETS: usize = 64;
/// Enough for the parser on every expression within these limits, also unoptimised; only what is used becomes memory.
const PARSER_STACK: usize = 64 << 20;

static ENVIRONMENT: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib()));

/// An expression, compiled.
#[derive(Debug)]
pub(super) struct Expression {
    /// Apart, so that a registration without an expression stays small.
    program: Box<Program>,
}

impl Expression {
    /// Compiles the expression of a filter, if it has one.
    pub(super) fn of(filter: &EventFilter) -> Result<Option<Self>> {
        let Some(source) = &filter.expression else { return Ok(None) };
        let refused = |problem: String| {
            let shown: String = source.chars().take(200).collect();
            Error::new(ErrorKind::InvalidArgument, format!("the event filter is wrong: {problem}"))
                .with_context("expression", shown)
        };
        if source.len() > MAX_LENGTH {
            return Err(refused(format!("it is {} bytes long, the most is {MAX_LENGTH}", source.len())));
        }
        if source.matches(['(', '[', '{']).count() > MAX_BRACKETS {
            return Err(refused(format!("it opens more than {MAX_BRACKETS} brackets")));
        }
        // The parser recurses, and callers may have little stack.
        let outcome = std::thread::scope(|scope| {
            let parser =
                std::thread::Builder::new().name("omnivirt-filter".to_owned()).stack_size(PARSER_STACK);
            let parser = parser.spawn_scoped(scope, || {
                let program = ENVIRONMENT.compile(source).map_err(|errors| syntax_problem(&errors))?;
                check::check(&program, filter.possible_kinds())?;
                Ok(program)
            });
            parser.map(|parser| parser.join().unwrap_or_else(|_| Err("the parser gave up on it".to_owned())))
        });
        let outcome = outcome.map_err(|source| {
            Error::new(ErrorKind::Internal, "cannot start a thread to compile an event filter")
                .with_source(source)
        })?;
        Ok(Some(Self { program: Box::new(outcome.map_err(refused)?) }))
    }

    /// Whether the event is let through.
    pub(super) fn matches(&self, variables: &EventVariables<'_>) -> Result<bool, String> {
        let mut context = Context::with_env(ENVIRONMENT.clone());
        context.set_variable_resolver(variables);
        // A fault in the interpreter must not become one of the driver that emits.
        match catch_unwind(AssertUnwindSafe(|| self.program.execute(&context))) {
            Ok(Ok(cel::Value::Bool(is_true))) => Ok(is_true),
            Ok(Ok(other)) => Err(format!("the result is not true or false but {}", other.type_of())),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("the interpreter panicked".to_owned()),
        }
    }
}

fn syntax_problem(errors: &ParseErrors) -> String {
    match errors.errors.first() {
        Some(error) => format!("line {}, column {}: {}", error.pos.0, error.pos.1, error.msg),
        None => "it cannot be parsed".to_owned(),
    }
}

/// The fields of an event as variables, each made when an expression first asks for it and kept for the next.
pub(super) struct EventVariables<'e> {
    event: &'e Event,
    /// As in [`Event::FIELDS`]; none where this event does not have the field.
    values: [OnceLock<Option<Box<dyn Val>>>; Event::FIELDS.len()],
}

impl<'e> EventVariables<'e> {
    pub(super) fn new(event: &'e Event) -> Self {
        Self { event, values: Default::default() }
    }
}

impl VariableResolver for EventVariables<'_> {
    fn resolve<'b>(&'b self, variable: &str) -> Option<CowVal<'b, 'b>> {
        let index = Event::FIELDS.iter().position(|field| field.name == variable)?;
        let value = self.values[index].get_or_init(|| {
            let mut one = OneField { name: Event::FIELDS[index].name, value: None };
            self.event.visit(&mut one);
            one.value
        });
        value.as_ref().map(|value| CowVal::Borrowed(value.as_ref()))
    }
}

/// Picks out one field.
struct OneField {
    name: &'static str,
    value: Option<Box<dyn Val>>,
}

impl FieldVisitor for OneField {
    fn field(&mut self, name: &'static str, value: FieldRef<'_>) {
        if name == self.name {
            self.value = Some(to_value(value));
        }
    }
}

struct Fields(HashMap<CelMapKey<'static>, Box<dyn Val>>);

impl FieldVisitor for Fields {
    fn field(&mut self, name: &'static str, value: FieldRef<'_>) {
        self.0.insert(name.into(), to_value(value));
    }
}

fn to_map(record: &dyn Record) -> Box<dyn Val> {
    let mut fields = Fields(HashMap::new());
    record.visit(&mut fields);
    Box::new(CelMap::from(fields.0))
}

fn to_value(value: FieldRef<'_>) -> Box<dyn Val> {
    match value {
        FieldRef::Bool(value) => Box::new(CelBool::from(value)),
        FieldRef::Int(value) => Box::new(CelInt::from(value)),
        // Literals are of the signed type, and arithmetic does not mix the two.
        FieldRef::Uint(value) => match i64::try_from(value) {
            Ok(value) => Box::new(CelInt::from(value)),
            Err(_) => Box::new(CelUInt::from(value)),
        },
        FieldRef::Double(value) => Box::new(CelDouble::from(value)),
        FieldRef::Text(value) => Box::new(CelString::from(value.to_owned())),
        FieldRef::Record(record) => to_map(record),
        FieldRef::List(list) => {
            let items: Vec<Box<dyn Val>> =
                (0..list.len()).filter_map(|index| list.get(index)).map(to_map).collect();
            Box::new(CelList::from(items))
        }
    }
}
