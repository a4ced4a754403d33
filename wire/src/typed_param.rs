//! libvirt's typed parameters: a name and a value of one of seven types.

use crate::xdr::{Codec, Decoder, Double, Hyper, Int, Text, UHyper, UInt, Xdr, XdrError};

/// The value of a typed parameter.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the types have the protocol's own names")]
pub enum TypedParamValue {
    Int(i32),
    UInt(u32),
    LLong(i64),
    ULLong(u64),
    Double(f64),
    Boolean(bool),
    String(String),
}

impl Default for TypedParamValue {
    fn default() -> Self {
        Self::Int(0)
    }
}

impl Xdr for TypedParamValue {
    fn encode(&self, out: &mut Vec<u8>) -> Result<(), XdrError> {
        match self {
            Self::Int(value) => numbered(1, Int, value, out),
            Self::UInt(value) => numbered(2, UInt, value, out),
            Self::LLong(value) => numbered(3, Hyper, value, out),
            Self::ULLong(value) => numbered(4, UHyper, value, out),
            Self::Double(value) => numbered(5, Double, value, out),
            Self::Boolean(value) => numbered(6, Int, &i32::from(*value), out),
            Self::String(value) => numbered(7, Text, value, out),
        }
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, XdrError> {
        Ok(match Int.decode(input)? {
            1 => Self::Int(Int.decode(input)?),
            2 => Self::UInt(UInt.decode(input)?),
            3 => Self::LLong(Hyper.decode(input)?),
            4 => Self::ULLong(UHyper.decode(input)?),
            5 => Self::Double(Double.decode(input)?),
            6 => Self::Boolean(Int.decode(input)? != 0),
            7 => Self::String(Text.decode(input)?),
            number => return Err(XdrError::UnknownType { number }),
        })
    }
}

fn numbered<C: Codec>(number: i32, codec: C, value: &C::Value, out: &mut Vec<u8>) -> Result<(), XdrError> {
    Int.encode(&number, out)?;
    codec.encode(value, out)
}
