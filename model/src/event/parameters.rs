//! Typed parameters as fields, in the same form as their JSON: `name`, `type`, `value`.

use super::description::{FieldDescription, FieldShape};
use super::record::{Field, FieldError, FieldMap, FieldRef, FieldTree, FieldVisitor, ReadRecord, Record};
use crate::parameters::{ParameterValue, TypedParameter, TypedParameters};

const TYPES: &[&str] = &["int", "uint", "llong", "ullong", "double", "boolean", "string"];

/// The fields of each parameter.
pub(crate) const PARAMETER_FIELDS: &[FieldDescription] = &[
    FieldDescription::new("name", FieldShape::Text),
    FieldDescription::new("type", FieldShape::Word(TYPES)),
    FieldDescription::new("value", FieldShape::Any),
];

impl Record for TypedParameter {
    fn visit(&self, visitor: &mut dyn FieldVisitor) {
        self.name.show("name", visitor);
        let (ty, value) = match &self.value {
            ParameterValue::Int(value) => ("int", FieldRef::Int((*value).into())),
            ParameterValue::Uint(value) => ("uint", FieldRef::Uint((*value).into())),
            ParameterValue::Llong(value) => ("llong", FieldRef::Int(*value)),
            ParameterValue::Ullong(value) => ("ullong", FieldRef::Uint(*value)),
            ParameterValue::Double(value) => ("double", FieldRef::Double(*value)),
            ParameterValue::Boolean(value) => ("boolean", FieldRef::Bool(*value)),
            ParameterValue::String(value) => ("string", FieldRef::Text(value)),
        };
        visitor.field("type", FieldRef::Text(ty));
        visitor.field("value", value);
    }
}

impl ReadRecord for TypedParameter {
    fn from_fields(fields: &mut FieldMap) -> Result<Self, FieldError> {
        let name = fields.take("name")?;
        let ty: String = fields.take("type")?;
        let value = match ty.as_str() {
            "int" => ParameterValue::Int(fields.take("value")?),
            "uint" => ParameterValue::Uint(fields.take("value")?),
            "llong" => ParameterValue::Llong(fields.take("value")?),
            "ullong" => ParameterValue::Ullong(fields.take("value")?),
            "double" => ParameterValue::Double(fields.take("value")?),
            "boolean" => ParameterValue::Boolean(fields.take("value")?),
            "string" => ParameterValue::String(fields.take("value")?),
            _ => return Err(FieldError::new(format!("is none of {}", TYPES.join(", "))).within("type")),
        };
        Ok(Self { name, value })
    }
}

impl Field for TypedParameters {
    fn show(&self, name: &'static str, visitor: &mut dyn FieldVisitor) {
        self.0.show(name, visitor);
    }

    fn read(tree: Option<FieldTree>) -> Result<Self, FieldError> {
        Field::read(tree).map(Self)
    }
}
