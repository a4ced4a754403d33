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
        let (number, value): (i32, &dyn Fn(&mut Vec<u8>) -> Result<(), XdrError>) = match self {
            Self::Int(value) => (1, &|out| Int.encode(value, out)),
            Self::UInt(value) => (2, &|out| UInt.encode(value, out)),
            Self::LLong(value) => (3, &|out| Hyper.encode(value, out)),
            Self::ULLong(value) => (4, &|out| UHyper.encode(value, out)),
            Self::Double(value) => (5, &|out| Double.encode(value, out)),
            Self::Boolean(value) => (6, &|out| Int.encode(&i32::from(*value), out)),
            Self::String(value) => (7, &|out| Text.encode(value, out)),
        };
        Int.encode(&number, out)?;
        value(out)
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
