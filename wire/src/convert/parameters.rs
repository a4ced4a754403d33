//! Typed parameters: named values, of which there are as many as the other side knows.

use super::{ConvertError, FromWire, IntoWire};
use crate::structs::{TypedParam, TypedParamValue};
use omnivirt_model::{ParameterValue, TypedParameter, TypedParameters};

/// A value whose fields are typed parameters.
pub trait Parameters: Sized {
    /// The parameters of the fields that are set.
    #[allow(clippy::wrong_self_convention, reason = "the parameters are made, the value stays")]
    fn into_parameters(&self) -> Vec<TypedParam>;

    /// The value of these parameters. Names that it does not have are passed over: a newer peer knows more.
    ///
    /// # Errors
    ///
    /// A parameter has a type or a value that its field cannot hold.
    fn from_parameters(parameters: &[TypedParam]) -> Result<Self, ConvertError>;
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
