//! Typed parameters: named values, of which there are as many as the other side knows, and the structures whose fields they are.

use super::{ConvertError, FromWire, IntoWire};
use crate::structs::{TypedParam, TypedParamValue};
use omnivirt_model::{BlkioDeviceValue, CpuMap, ParameterValue, TypedParameter, TypedParameters};
use std::cell::Cell;
use std::collections::BTreeSet;

/// A structure whose fields travel as typed parameters.
pub trait Parameters: Default {
    /// Writes the fields; each name gets the prefix.
    fn write(&self, prefix: &str, out: &mut Vec<TypedParam>);

    /// Reads those fields that are there.
    ///
    /// # Errors
    ///
    /// A value is not what its field can hold.
    fn read(&mut self, prefix: &str, given: &Given<'_>) -> Result<(), ConvertError>;

    /// The structure as typed parameters.
    fn to_parameters(&self) -> Vec<TypedParam> {
        let mut out = Vec::new();
        self.write("", &mut out);
        out
    }

    /// The structure of typed parameters. Names that it does not know are passed over: newer peers have more.
    ///
    /// # Errors
    ///
    /// A value is not what its field can hold.
    fn from_parameters(parameters: &[TypedParam]) -> Result<Self, ConvertError> {
        let mut value = Self::default();
        value.read("", &Given::new(parameters))?;
        Ok(value)
    }
}

/// Typed parameters, found by name.
#[derive(Debug)]
pub struct Given<'a> {
    /// By name; of one name, in the order in which they came.
    sorted: Vec<&'a TypedParam>,
    /// How often something was found.
    found: Cell<usize>,
}

impl<'a> Given<'a> {
    /// These.
    #[must_use]
    pub fn new(parameters: &'a [TypedParam]) -> Self {
        let mut sorted: Vec<&TypedParam> = parameters.iter().collect();
        sorted.sort_by(|left, right| left.field.cmp(&right.field));
        Self { sorted, found: Cell::new(0) }
    }

    /// All that begin with a prefix.
    fn below(&self, prefix: &str) -> &[&'a TypedParam] {
        self.found(prefix, |known| known.starts_with(prefix))
    }

    fn named(&self, name: &str) -> &[&'a TypedParam] {
        self.found(name, |known| known == name)
    }

    /// Those from a name on for which something holds.
    fn found(&self, from: &str, holds: impl Fn(&str) -> bool) -> &[&'a TypedParam] {
        let start = self.sorted.partition_point(|known| known.field.as_str() < from);
        let count = self.sorted[start..].partition_point(|known| holds(&known.field));
        self.found.set(self.found.get() + count);
        &self.sorted[start..start + count]
    }

    /// A structure that is there when any of its fields is.
    ///
    /// # Errors
    ///
    /// A value is not what its field can hold.
    pub fn group<T: Parameters>(&self, prefix: &str) -> Result<Option<T>, ConvertError> {
        let before = self.found.get();
        let mut group = T::default();
        group.read(prefix, self)?;
        Ok((self.found.get() > before).then_some(group))
    }

    /// The value of that name.
    ///
    /// # Errors
    ///
    /// It is not what the field can hold.
    pub fn value<T: Scalar>(&self, prefix: &str, name: &str) -> Result<Option<T>, ConvertError> {
        let found = match prefix {
            "" => self.named(name).first(),
            _ => self.named(&format!("{prefix}{name}")).first(),
        };
        found.map(|found| read(found)).transpose()
    }

    /// All values of that name.
    ///
    /// # Errors
    ///
    /// One is not what the field can hold.
    pub fn values<T: Scalar>(&self, prefix: &str, name: &str) -> Result<Vec<T>, ConvertError> {
        self.named(&format!("{prefix}{name}")).iter().map(|found| read(found)).collect()
    }

    /// The numbers that stand behind a list's name, in their order.
    #[must_use]
    pub fn numbers(&self, list: &str) -> BTreeSet<u32> {
        let list = format!("{list}.");
        let number = |found: &&TypedParam| found.field[list.len()..].split('.').next()?.parse().ok();
        self.below(&list).iter().filter_map(number).collect()
    }

    /// What is below a prefix, without the prefix, but for what other fields are.
    #[must_use]
    pub fn rest(&self, prefix: &str, taken: &[&str]) -> TypedParameters {
        let rest = self.below(prefix).iter().filter_map(|found| {
            let name = &found.field[prefix.len()..];
            let value = FromWire::from_wire(found.value.clone()).ok()?;
            (!taken.contains(&name)).then(|| TypedParameter { name: name.to_owned(), value })
        });
        TypedParameters(rest.collect())
    }
}

fn read<T: Scalar>(found: &TypedParam) -> Result<T, ConvertError> {
    T::from_value(&found.value)
        .ok_or_else(|| ConvertError::new("a value that it cannot have").within(&found.field))
}

/// Writes a value.
pub fn put(out: &mut Vec<TypedParam>, prefix: &str, name: &str, kind: Kind, value: &impl Scalar) {
    out.push(TypedParam { field: format!("{prefix}{name}"), value: value.to_value(kind) });
}

/// Writes what is below a prefix.
pub fn put_rest(out: &mut Vec<TypedParam>, prefix: &str, rest: &TypedParameters) {
    out.extend(rest.0.iter().filter_map(|parameter| {
        let value = parameter.value.clone().into_wire().ok()?;
        Some(TypedParam { field: format!("{prefix}{}", parameter.name), value })
    }));
}

/// As which type a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the types have the protocol's own names")]
pub enum Kind {
    Int,
    UInt,
    LLong,
    ULLong,
    Double,
    Boolean,
    String,
}

/// A value of one typed parameter. It is read from any type that holds it without loss.
pub trait Scalar: Sized {
    /// As a value of that type.
    fn to_value(&self, kind: Kind) -> TypedParamValue;
    /// From a value of any type.
    fn from_value(value: &TypedParamValue) -> Option<Self>;
}

/// A whole number of any type.
fn whole(value: &TypedParamValue) -> Option<i128> {
    match value {
        TypedParamValue::Int(value) => Some((*value).into()),
        TypedParamValue::UInt(value) => Some((*value).into()),
        TypedParamValue::LLong(value) => Some((*value).into()),
        TypedParamValue::ULLong(value) => Some((*value).into()),
        TypedParamValue::Boolean(value) => Some((*value).into()),
        TypedParamValue::Double(_) | TypedParamValue::String(_) => None,
    }
}

/// A whole number as that type; the nearest that it can hold.
pub(crate) fn of_whole(number: i128, kind: Kind) -> TypedParamValue {
    fn nearest<T: TryFrom<i128>>(number: i128, least: T, most: T) -> T {
        T::try_from(number).unwrap_or(if number < 0 { least } else { most })
    }
    match kind {
        Kind::Int => TypedParamValue::Int(nearest(number, i32::MIN, i32::MAX)),
        Kind::UInt => TypedParamValue::UInt(nearest(number, 0, u32::MAX)),
        Kind::LLong => TypedParamValue::LLong(nearest(number, i64::MIN, i64::MAX)),
        Kind::ULLong => TypedParamValue::ULLong(nearest(number, 0, u64::MAX)),
        Kind::Boolean => TypedParamValue::Boolean(number != 0),
        #[allow(clippy::cast_precision_loss, reason = "a number with a fraction is wanted")]
        Kind::Double => TypedParamValue::Double(number as f64),
        Kind::String => TypedParamValue::String(number.to_string()),
    }
}

macro_rules! whole_numbers {
    ($($number:ty),*) => {$(
        impl Scalar for $number {
            fn to_value(&self, kind: Kind) -> TypedParamValue {
                of_whole((*self).into(), kind)
            }

            fn from_value(value: &TypedParamValue) -> Option<Self> {
                whole(value)?.try_into().ok()
            }
        }
    )*};
}

whole_numbers!(i32, u32, i64, u64);

impl Scalar for bool {
    fn to_value(&self, kind: Kind) -> TypedParamValue {
        of_whole((*self).into(), kind)
    }

    fn from_value(value: &TypedParamValue) -> Option<Self> {
        whole(value).map(|number| number != 0)
    }
}

impl Scalar for f64 {
    fn to_value(&self, _: Kind) -> TypedParamValue {
        TypedParamValue::Double(*self)
    }

    fn from_value(value: &TypedParamValue) -> Option<Self> {
        match value {
            TypedParamValue::Double(value) => Some(*value),
            _ => None,
        }
    }
}

impl Scalar for String {
    fn to_value(&self, _: Kind) -> TypedParamValue {
        TypedParamValue::String(self.clone())
    }

    fn from_value(value: &TypedParamValue) -> Option<Self> {
        match value {
            TypedParamValue::String(value) => Some(value.clone()),
            _ => None,
        }
    }
}

impl Scalar for CpuMap {
    fn to_value(&self, _: Kind) -> TypedParamValue {
        TypedParamValue::String(self.to_string())
    }

    fn from_value(value: &TypedParamValue) -> Option<Self> {
        match value {
            TypedParamValue::String(value) => value.parse().ok(),
            _ => None,
        }
    }
}

/// `path,value,path,value`
impl Scalar for Vec<BlkioDeviceValue> {
    fn to_value(&self, _: Kind) -> TypedParamValue {
        let pairs: Vec<String> = self.iter().map(|pair| format!("{},{}", pair.device, pair.value)).collect();
        TypedParamValue::String(pairs.join(","))
    }

    fn from_value(value: &TypedParamValue) -> Option<Self> {
        let TypedParamValue::String(text) = value else { return None };
        let parts: Vec<&str> = text.split(',').filter(|part| !part.is_empty()).collect();
        let pair = |pair: &[&str]| match pair {
            [device, value] => Some(BlkioDeviceValue::default().device(*device).value(value.parse().ok()?)),
            _ => None,
        };
        parts.chunks(2).map(pair).collect()
    }
}

/// One line a type: the API's name of it and the wire's.
macro_rules! values {
    ($($value:ident = $wire:ident),*) => {
        impl FromWire<TypedParamValue> for ParameterValue {
            fn from_wire(wire: TypedParamValue) -> Result<Self, ConvertError> {
                Ok(match wire { $(TypedParamValue::$wire(value) => Self::$value(value)),* })
            }
        }

        impl IntoWire<TypedParamValue> for ParameterValue {
            fn into_wire(self) -> Result<TypedParamValue, ConvertError> {
                Ok(match self { $(Self::$value(value) => TypedParamValue::$wire(value)),* })
            }
        }
    };
}

values!(
    Int = Int,
    Uint = UInt,
    Llong = LLong,
    Ullong = ULLong,
    Double = Double,
    Boolean = Boolean,
    String = String
);

impl FromWire<TypedParam> for TypedParameter {
    fn from_wire(wire: TypedParam) -> Result<Self, ConvertError> {
        Ok(Self { name: wire.field, value: FromWire::from_wire(wire.value)? })
    }
}

impl IntoWire<TypedParam> for TypedParameter {
    fn into_wire(self) -> Result<TypedParam, ConvertError> {
        Ok(TypedParam { field: self.name, value: self.value.into_wire()? })
    }
}

impl FromWire<Vec<TypedParam>> for TypedParameters {
    fn from_wire(wire: Vec<TypedParam>) -> Result<Self, ConvertError> {
        FromWire::from_wire(wire).map(Self)
    }
}

impl IntoWire<Vec<TypedParam>> for TypedParameters {
    fn into_wire(self) -> Result<Vec<TypedParam>, ConvertError> {
        self.0.into_wire()
    }
}

impl IntoWire<Vec<TypedParam>> for &TypedParameters {
    fn into_wire(self) -> Result<Vec<TypedParam>, ConvertError> {
        self.0.clone().into_wire()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_of_every_type_are_read_back() {
        let mut parameters = TypedParameters::default();
        parameters.push("int", -1_i32);
        parameters.push("uint", 1_u32);
        parameters.push("llong", i64::MIN);
        parameters.push("ullong", u64::MAX);
        parameters.push("double", 0.5);
        parameters.push("boolean", true);
        parameters.push("string", "text");
        let wire: Vec<TypedParam> = (&parameters).into_wire().unwrap();
        assert_eq!(
            wire[3],
            TypedParam { field: "ullong".to_owned(), value: TypedParamValue::ULLong(u64::MAX) }
        );
        assert_eq!(TypedParameters::from_wire(wire), Ok(parameters));
    }
}
