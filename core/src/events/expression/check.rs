//! What can be known of an expression before the first event: that it asks for fields that exist, compares with words
//! that can come, and costs little to evaluate.

use cel::Program;
use cel::common::ast::{ComprehensionExpr, EntryExpr, Expr, IdedExpr, LiteralValue, SourceInfo};
use omnivirt_model::event::{Event, EventKind, FieldDescription, FieldShape};

/// Evaluating recurses this deep, on the stack of whoever emits.
const MAX_DEPTH: usize = 32;
/// Names that are no variables: CEL's types, and its namespace of optional values.
const TYPES: &[&str] = &[
    "bool",
    "bytes",
    "double",
    "int",
    "list",
    "map",
    "null_type",
    "optional",
    "optional_type",
    "string",
    "type",
    "uint",
];
/// What can be called; operators apart.
const FUNCTIONS: &[&str] = &[
    "bool",
    "bytes",
    "contains",
    "double",
    "dyn",
    "endsWith",
    "hasValue",
    "int",
    "none",
    "of",
    "ofNonZeroValue",
    "or",
    "orValue",
    "size",
    "startsWith",
    "string",
    "type",
    "uint",
    "value",
];

pub(super) fn check(program: &Program, kinds: &[EventKind]) -> Result<(), String> {
    let mut checker = Checker { kinds, source: program.source_info(), local: Vec::new(), loops: 0 };
    checker.expression(program.expression(), 0)
}

struct Checker<'a> {
    kinds: &'a [EventKind],
    source: &'a SourceInfo,
    /// The variables of the macros that the checked place is inside of.
    local: Vec<&'a str>,
    loops: usize,
}

impl<'a> Checker<'a> {
    fn expression(&mut self, expression: &'a IdedExpr, depth: usize) -> Result<(), String> {
        if depth > MAX_DEPTH {
            return self.refuse(expression, format!("this is more than {MAX_DEPTH} levels deep"));
        }
        let depth = depth + 1;
        match &expression.expr {
            Expr::Unspecified | Expr::Literal(_) => Ok(()),
            Expr::Ident(name) => self.variable(expression, name),
            Expr::Select(select) => {
                self.expression(&select.operand, depth)?;
                self.field(expression, &select.operand, &select.field)
            }
            Expr::Call(call) => {
                let is_operator = !call.func_name.starts_with(|first: char| first.is_ascii_alphabetic());
                if !is_operator && !FUNCTIONS.contains(&call.func_name.as_str()) {
                    return self.refuse(expression, format!("there is no function '{}'", call.func_name));
                }
                if let Some(target) = &call.target {
                    self.expression(target, depth)?;
                }
                call.args.iter().try_for_each(|argument| self.expression(argument, depth))?;
                if let ("_==_" | "_!=_", [left, right]) = (call.func_name.as_str(), call.args.as_slice()) {
                    self.comparison(left, right)?;
                    self.comparison(right, left)?;
                }
                Ok(())
            }
            Expr::List(list) => list.elements.iter().try_for_each(|element| self.expression(element, depth)),
            Expr::Map(map) => map.entries.iter().try_for_each(|entry| self.entry(&entry.expr, depth)),
            Expr::Struct(_) => self.refuse(expression, "there are no types to make values of"),
            Expr::Comprehension(comprehension) => self.comprehension(expression, comprehension, depth),
        }
    }

    fn entry(&mut self, entry: &'a EntryExpr, depth: usize) -> Result<(), String> {
        match entry {
            EntryExpr::StructField(field) => self.expression(&field.value, depth),
            EntryExpr::MapEntry(entry) => {
                self.expression(&entry.key, depth)?;
                self.expression(&entry.value, depth)
            }
        }
    }

    /// `all`, `exists`, `map` and so on. One inside another would make the cost of an event a product of lengths.
    fn comprehension(
        &mut self,
        place: &IdedExpr,
        it: &'a ComprehensionExpr,
        depth: usize,
    ) -> Result<(), String> {
        if self.loops > 0 {
            return self.refuse(place, "a macro over a list stands inside of another");
        }
        self.expression(&it.iter_range, depth)?;
        self.expression(&it.accu_init, depth)?;
        let outer = self.local.len();
        self.local.extend([it.iter_var.as_str(), it.accu_var.as_str()]);
        self.local.extend(it.iter_var2.as_deref());
        self.loops += 1;
        for part in [&it.loop_cond, &it.loop_step, &it.result] {
            self.expression(part, depth)?;
        }
        self.loops -= 1;
        self.local.truncate(outer);
        Ok(())
    }

    fn variable(&self, place: &IdedExpr, name: &str) -> Result<(), String> {
        let fields = Event::FIELDS.iter().map(|field| field.name);
        if self.local.contains(&name) || TYPES.contains(&name) || fields.clone().any(|field| field == name) {
            return Ok(());
        }
        let known: Vec<&str> = fields.collect();
        self.refuse(place, format!("there is no '{name}', only {}", known.join(", ")))
    }

    fn field(&self, place: &IdedExpr, operand: &IdedExpr, name: &str) -> Result<(), String> {
        let Some(owners) = self.denotes(operand) else { return Ok(()) };
        let mut known: Vec<&str> = fields_of(&owners).map(|field| field.name).collect();
        if known.contains(&name) {
            return Ok(());
        }
        known.sort_unstable();
        known.dedup();
        if known.is_empty() {
            return self.refuse(place, format!("there is no field '{name}' here, nor any other"));
        }
        self.refuse(place, format!("there is no field '{name}' here, only {}", known.join(", ")))
    }

    fn comparison(&self, field: &IdedExpr, with: &IdedExpr) -> Result<(), String> {
        let (Some(fields), Expr::Literal(LiteralValue::String(text))) = (self.denotes(field), &with.expr)
        else {
            return Ok(());
        };
        let text = text.inner();
        let mut known = Vec::new();
        for field in fields {
            match field.shape {
                FieldShape::Word(words) => known.extend_from_slice(words),
                _ => return Ok(()),
            }
        }
        if known.is_empty() || known.contains(&text) || text.parse::<i32>().is_ok() {
            return Ok(());
        }
        known.sort_unstable();
        known.dedup();
        self.refuse(with, format!("'{text}' never comes here, only {}", known.join(", ")))
    }

    /// The fields that an expression can stand for; none where that is not known.
    fn denotes(&self, expression: &IdedExpr) -> Option<Vec<FieldDescription>> {
        match &expression.expr {
            Expr::Ident(name) if self.local.contains(&name.as_str()) => None,
            Expr::Ident(name) if name == "body" => Some(
                self.kinds
                    .iter()
                    .map(|kind| FieldDescription::new("body", FieldShape::Record(kind.fields())))
                    .collect(),
            ),
            Expr::Ident(name) => {
                Some(Event::FIELDS.iter().filter(|field| field.name == *name).copied().collect())
            }
            Expr::Select(select) if !select.test => {
                let owners = self.denotes(&select.operand)?;
                Some(fields_of(&owners).filter(|field| field.name == select.field).copied().collect())
            }
            _ => None,
        }
    }

    fn refuse(&self, place: &IdedExpr, problem: impl Into<String>) -> Result<(), String> {
        let offset = self.source.offset_for(place.id).map_or(0, |(start, _)| start as usize);
        let before = self.source.source.get(..offset).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|character| *character != '\n').count() + 1;
        Err(format!("line {line}, column {column}: {}", problem.into()))
    }
}

fn fields_of(owners: &[FieldDescription]) -> impl Iterator<Item = &'static FieldDescription> {
    owners.iter().flat_map(|owner| match owner.shape {
        FieldShape::Record(fields) => fields,
        _ => &[],
    })
}
