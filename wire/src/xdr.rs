//! XDR (RFC 4506) as libvirt uses it: values into bytes and back, with every bound checked on both ways.

use std::fmt;
use uuid::Uuid;

/// The most bytes that a string can have.
pub const STRING_MAX: usize = 4_194_304;

/// Why bytes are not the message that they should be, or a value does not fit into one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum XdrError {
    /// The bytes end before the message does.
    Truncated {
        /// Where, in bytes from the beginning of the payload.
        offset: usize,
    },
    /// A count is above its bound.
    OverBound {
        /// What is counted.
        what: &'static str,
        /// How many there are.
        count: usize,
        /// How many there can be.
        bound: usize,
    },
    /// A string is not UTF-8, or has a NUL in it.
    NotText {
        /// Where it begins, in bytes from the beginning of the payload.
        offset: usize,
    },
    /// A typed parameter has a type that there is not.
    UnknownType {
        /// Its number.
        number: i32,
    },
}

impl fmt::Display for XdrError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated { offset } => write!(formatter, "the message ends early, at byte {offset}"),
            Self::OverBound { what, count, bound } => {
                write!(formatter, "{count} {what} where at most {bound} can be")
            }
            Self::NotText { offset } => {
                write!(formatter, "the string at byte {offset} is not UTF-8 or has a NUL in it")
            }
            Self::UnknownType { number } => write!(formatter, "{number} is no type of a typed parameter"),
        }
    }
}

impl std::error::Error for XdrError {}

/// What can be written as XDR and read back.
///
/// ```
/// use omnivirt_wire::remote::DomainLookupByNameArgs;
/// use omnivirt_wire::xdr::Xdr;
///
/// let args = DomainLookupByNameArgs { name: "web".into() };
/// let bytes = args.to_bytes()?;
/// assert_eq!(bytes, b"\0\0\0\x03web\0");
/// assert_eq!(DomainLookupByNameArgs::from_bytes(&bytes)?, args);
/// # Ok::<(), omnivirt_wire::xdr::XdrError>(())
/// ```
pub trait Xdr: Sized {
    /// Writes the value behind what is there.
    ///
    /// # Errors
    ///
    /// Something in it is above its bound. What was written of it is to be thrown away.
    fn encode(&self, out: &mut Vec<u8>) -> Result<(), XdrError>;

    /// Reads a value.
    ///
    /// # Errors
    ///
    /// The bytes are not such a value.
    fn decode(input: &mut Decoder<'_>) -> Result<Self, XdrError>;

    /// The value alone.
    ///
    /// # Errors
    ///
    /// Something in it is above its bound.
    fn to_bytes(&self) -> Result<Vec<u8>, XdrError> {
        let mut out = Vec::new();
        self.encode(&mut out)?;
        Ok(out)
    }

    /// A value and nothing else is read; bytes behind it are ignored, as real peers do.
    ///
    /// # Errors
    ///
    /// The bytes do not begin with such a value.
    fn from_bytes(bytes: &[u8]) -> Result<Self, XdrError> {
        Self::decode(&mut Decoder::new(bytes))
    }
}

/// No payload at all.
impl Xdr for () {
    fn encode(&self, _: &mut Vec<u8>) -> Result<(), XdrError> {
        Ok(())
    }

    fn decode(_: &mut Decoder<'_>) -> Result<Self, XdrError> {
        Ok(())
    }
}

/// Bytes that are being read.
#[derive(Debug)]
pub struct Decoder<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Decoder<'a> {
    /// Reads from the first byte on.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// How many bytes are left.
    #[must_use]
    pub fn remaining(&self) -> usize {
        self.bytes.len() - self.at
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], XdrError> {
        let bytes = self.bytes.get(self.at..).and_then(|rest| rest.get(..count));
        let bytes = bytes.ok_or(XdrError::Truncated { offset: self.bytes.len() })?;
        self.at += count;
        Ok(bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], XdrError> {
        self.take(N)?.try_into().map_err(|_| XdrError::Truncated { offset: self.at })
    }

    fn word(&mut self) -> Result<u32, XdrError> {
        self.array().map(u32::from_be_bytes)
    }

    /// A count that is within its bound, and for which enough bytes are left.
    fn count(&mut self, what: &'static str, bound: usize, bytes_each: usize) -> Result<usize, XdrError> {
        let count = self.word()? as usize;
        if count > bound {
            return Err(XdrError::OverBound { what, count, bound });
        }
        if count.saturating_mul(bytes_each) > self.remaining() {
            return Err(XdrError::Truncated { offset: self.bytes.len() });
        }
        Ok(count)
    }

    /// Counted bytes and what fills them up to a multiple of four. The filling may have any value.
    fn counted(&mut self, what: &'static str, bound: usize) -> Result<&'a [u8], XdrError> {
        let count = self.count(what, bound, 1)?;
        let bytes = self.take(count)?;
        self.take(padding(count))?;
        Ok(bytes)
    }
}

fn padding(count: usize) -> usize {
    count.wrapping_neg() % 4
}

fn put_count(out: &mut Vec<u8>, what: &'static str, count: usize, bound: usize) -> Result<(), XdrError> {
    match u32::try_from(count) {
        Ok(word) if count <= bound => {
            out.extend_from_slice(&word.to_be_bytes());
            Ok(())
        }
        _ => Err(XdrError::OverBound { what, count, bound }),
    }
}

fn put_counted(out: &mut Vec<u8>, what: &'static str, bytes: &[u8], bound: usize) -> Result<(), XdrError> {
    put_count(out, what, bytes.len(), bound)?;
    out.extend_from_slice(bytes);
    out.extend_from_slice(&[0; 3][..padding(bytes.len())]);
    Ok(())
}

/// How a field is written; the generated messages name one for each of theirs.
pub(crate) trait Codec {
    type Value;

    /// The fewest bytes that a value has, so that a count can be refused before anything is set aside for it.
    const LEAST: usize = 4;

    fn encode(&self, value: &Self::Value, out: &mut Vec<u8>) -> Result<(), XdrError>;
    fn decode(&self, input: &mut Decoder<'_>) -> Result<Self::Value, XdrError>;
}

/// Numbers: one word, or two for 64 bits. Small ones take a whole word too, with their sign.
macro_rules! numbers {
    ($($codec:ident: $value:ty as $word:ty;)*) => {$(
        pub(crate) struct $codec;

        impl Codec for $codec {
            type Value = $value;

            const LEAST: usize = size_of::<$word>();

            #[allow(clippy::cast_lossless, trivial_numeric_casts, reason = "one text for all numbers")]
            fn encode(&self, value: &$value, out: &mut Vec<u8>) -> Result<(), XdrError> {
                out.extend_from_slice(&(*value as $word).to_be_bytes());
                Ok(())
            }

            #[allow(clippy::cast_possible_truncation, trivial_numeric_casts, reason = "peers take the low bits")]
            fn decode(&self, input: &mut Decoder<'_>) -> Result<$value, XdrError> {
                input.array().map(|bytes| <$word>::from_be_bytes(bytes) as $value)
            }
        }
    )*};
}

numbers! {
    Char: i8 as i32;
    UChar: u8 as u32;
    UShort: u16 as u32;
    Int: i32 as i32;
    UInt: u32 as u32;
    Hyper: i64 as i64;
    UHyper: u64 as u64;
}

pub(crate) struct Double;

impl Codec for Double {
    type Value = f64;

    const LEAST: usize = 8;

    fn encode(&self, value: &f64, out: &mut Vec<u8>) -> Result<(), XdrError> {
        out.extend_from_slice(&value.to_be_bytes());
        Ok(())
    }

    fn decode(&self, input: &mut Decoder<'_>) -> Result<f64, XdrError> {
        input.array().map(f64::from_be_bytes)
    }
}

/// A UUID's sixteen bytes, without a count.
pub(crate) struct UuidBytes;

impl Codec for UuidBytes {
    type Value = Uuid;

    const LEAST: usize = 16;

    fn encode(&self, value: &Uuid, out: &mut Vec<u8>) -> Result<(), XdrError> {
        out.extend_from_slice(value.as_bytes());
        Ok(())
    }

    fn decode(&self, input: &mut Decoder<'_>) -> Result<Uuid, XdrError> {
        input.array().map(Uuid::from_bytes)
    }
}

pub(crate) struct Text;

impl Codec for Text {
    type Value = String;

    fn encode(&self, value: &String, out: &mut Vec<u8>) -> Result<(), XdrError> {
        put_counted(out, "bytes of a string", value.as_bytes(), STRING_MAX)
    }

    fn decode(&self, input: &mut Decoder<'_>) -> Result<String, XdrError> {
        let offset = input.at;
        let bytes = input.counted("bytes of a string", STRING_MAX)?;
        match std::str::from_utf8(bytes) {
            Ok(text) if !text.contains('\0') => Ok(text.to_owned()),
            _ => Err(XdrError::NotText { offset }),
        }
    }
}

/// Bytes, up to a bound.
pub(crate) struct Opaque(pub(crate) usize);

impl Codec for Opaque {
    type Value = Vec<u8>;

    fn encode(&self, value: &Vec<u8>, out: &mut Vec<u8>) -> Result<(), XdrError> {
        put_counted(out, "bytes", value, self.0)
    }

    fn decode(&self, input: &mut Decoder<'_>) -> Result<Vec<u8>, XdrError> {
        input.counted("bytes", self.0).map(<[u8]>::to_vec)
    }
}

/// A value that may be absent. Any word but zero says that it is there.
pub(crate) struct Optional<C>(pub(crate) C);

impl<C: Codec> Codec for Optional<C> {
    type Value = Option<C::Value>;

    fn encode(&self, value: &Option<C::Value>, out: &mut Vec<u8>) -> Result<(), XdrError> {
        Int.encode(&i32::from(value.is_some()), out)?;
        value.as_ref().map_or(Ok(()), |value| self.0.encode(value, out))
    }

    fn decode(&self, input: &mut Decoder<'_>) -> Result<Option<C::Value>, XdrError> {
        if input.word()? == 0 { Ok(None) } else { self.0.decode(input).map(Some) }
    }
}

/// Values, up to a bound.
pub(crate) struct List<C>(pub(crate) usize, pub(crate) C);

impl<C: Codec> Codec for List<C> {
    type Value = Vec<C::Value>;

    fn encode(&self, values: &Vec<C::Value>, out: &mut Vec<u8>) -> Result<(), XdrError> {
        put_count(out, "values", values.len(), self.0)?;
        values.iter().try_for_each(|value| self.1.encode(value, out))
    }

    fn decode(&self, input: &mut Decoder<'_>) -> Result<Vec<C::Value>, XdrError> {
        let count = input.count("values", self.0, C::LEAST)?;
        let mut values = Vec::with_capacity(count);
        for _ in 0..count {
            values.push(self.1.decode(input)?);
        }
        Ok(values)
    }
}

/// So many values, without a count.
pub(crate) struct Fixed<C, const N: usize>(pub(crate) C);

impl<C: Codec<Value: Copy + Default>, const N: usize> Codec for Fixed<C, N> {
    type Value = [C::Value; N];

    const LEAST: usize = C::LEAST * N;

    fn encode(&self, values: &[C::Value; N], out: &mut Vec<u8>) -> Result<(), XdrError> {
        values.iter().try_for_each(|value| self.0.encode(value, out))
    }

    fn decode(&self, input: &mut Decoder<'_>) -> Result<[C::Value; N], XdrError> {
        let mut values = [C::Value::default(); N];
        for value in &mut values {
            *value = self.0.decode(input)?;
        }
        Ok(values)
    }
}

/// A structure, by its own way.
pub(crate) struct Item<T>(pub(crate) std::marker::PhantomData<T>);

/// A structure.
pub(crate) const fn item<T: Xdr>() -> Item<T> {
    Item(std::marker::PhantomData)
}

impl<T: Xdr> Codec for Item<T> {
    type Value = T;

    fn encode(&self, value: &T, out: &mut Vec<u8>) -> Result<(), XdrError> {
        value.encode(out)
    }

    fn decode(&self, input: &mut Decoder<'_>) -> Result<T, XdrError> {
        T::decode(input)
    }
}

/// Declares a structure: each field with its Rust type and how it is written.
macro_rules! message {
    ($(#[$about:meta])* $name:ident { $($field:ident: $value:ty = $codec:expr,)* }) => {
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq, Default)]
        #[allow(missing_docs, reason = "the fields have the protocol's own names")]
        pub struct $name {
            $(pub $field: $value,)*
        }

        impl $crate::xdr::Xdr for $name {
            fn encode(&self, out: &mut Vec<u8>) -> Result<(), $crate::xdr::XdrError> {
                let _ = &out;
                $($crate::xdr::Codec::encode(&$codec, &self.$field, out)?;)*
                Ok(())
            }

            fn decode(input: &mut $crate::xdr::Decoder<'_>) -> Result<Self, $crate::xdr::XdrError> {
                let _ = &input;
                Ok(Self { $($field: $crate::xdr::Codec::decode(&$codec, input)?,)* })
            }
        }
    };
}

pub(crate) use message;
