//! Values of any type of the API, made up as if they were read: reading asks for each field by its type.

use proptest::prelude::*;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use std::fmt::Debug;

type Error = serde::de::value::Error;

/// Any value of a type.
pub(crate) fn any_value<T: DeserializeOwned + Debug>() -> impl Strategy<Value = T> {
    prop::collection::vec(any::<u64>(), 0..200).prop_map(|choices| {
        let mut source = Source { choices: choices.into_iter(), made: 0 };
        T::deserialize(Maker { source: &mut source, field: "" }).unwrap()
    })
}

/// A value of a type with every field set, and two of each list.
pub(crate) fn full_value<T: DeserializeOwned>() -> T {
    let mut source = Source { choices: vec![2; 100_000].into_iter(), made: 0 };
    T::deserialize(Maker { source: &mut source, field: "" }).unwrap()
}

struct Source {
    choices: std::vec::IntoIter<u64>,
    made: u32,
}

impl Source {
    /// The next choice; once they are used up there is nothing more.
    fn next(&mut self) -> u64 {
        self.choices.next().unwrap_or(0)
    }

    /// A number that none before was.
    fn rising(&mut self) -> u32 {
        self.made += 1;
        self.made
    }
}

struct Maker<'a> {
    source: &'a mut Source,
    /// What the value is for.
    field: &'static str,
}

macro_rules! numbers {
    ($($method:ident $visit:ident $number:ty),*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            let choice = self.source.next();
            // Small ones, and those at the ends.
            visitor.$visit(match choice % 4 {
                0 => 0,
                1 => <$number>::MAX,
                2 => (choice / 4 % 100) as $number,
                _ => choice as $number,
            })
        }
    )*};
}

impl<'de> Deserializer<'de> for Maker<'_> {
    type Error = Error;

    numbers!(
        deserialize_u8 visit_u8 u8, deserialize_u16 visit_u16 u16,
        deserialize_u64 visit_u64 u64, deserialize_i32 visit_i32 i32, deserialize_i64 visit_i64 i64
    );

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.field {
            // What the members of a list are told apart by.
            "number" | "id" => visitor.visit_u32(self.source.rising()),
            _ => {
                let choice = self.source.next();
                visitor.visit_u32(if choice % 4 == 1 { u32::MAX } else { choice as u32 })
            }
        }
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_f64((self.source.next() % 1000) as f64 / 8.0)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_bool(self.source.next() % 4 > 1)
    }

    /// One that is a set of CPUs too.
    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let texts = ["7", "12", "0-3", "5-100"];
        visitor.visit_str(texts[self.source.next() as usize % texts.len()])
    }

    /// A UUID, which alone is asked for in this way.
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_string(uuid::Uuid::from_u128(self.source.next().into()).to_string())
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        // A member of a list of which nothing is told does not come through; the disks of filesystems could be such.
        if self.field == "target" || self.source.next() % 4 > 1 {
            visitor.visit_some(self)
        } else {
            visitor.visit_none()
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let left = self.source.next() % 4;
        visitor.visit_seq(Items { source: self.source, left })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_map(Fields { source: self.source, fields: fields.iter(), field: "" })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_enum(variants[self.source.next() as usize % variants.len()].into_deserializer())
    }

    /// A typed parameter, which alone is asked for in this way. The names rise, as they are sorted when read.
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let name = format!("p{:05}.{}", self.source.rising(), self.source.next() % 3);
        let (ty, value) = match self.source.next() % 3 {
            0 => ("string", serde_json::json!("text")),
            1 => ("llong", serde_json::json!(-5)),
            _ => ("ullong", serde_json::json!(self.source.next())),
        };
        let json = serde_json::json!({"name": name, "type": ty, "value": value});
        json.deserialize_map(visitor).map_err(serde::de::Error::custom)
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(serde::de::Error::custom("no type asks for just anything"))
    }

    forward_to_deserialize_any! {
        i8 i16 f32 char bytes byte_buf unit unit_struct newtype_struct tuple tuple_struct identifier ignored_any
    }
}

struct Items<'a> {
    source: &'a mut Source,
    left: u64,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        seed.deserialize(Maker { source: self.source, field: "" }).map(Some)
    }
}

struct Fields<'a> {
    source: &'a mut Source,
    fields: std::slice::Iter<'static, &'static str>,
    field: &'static str,
}

impl<'de> MapAccess<'de> for Fields<'_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let Some(field) = self.fields.next() else { return Ok(None) };
        self.field = field;
        seed.deserialize((*field).into_deserializer()).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(Maker { source: self.source, field: self.field })
    }
}
