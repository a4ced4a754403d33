//! JSON, and every other format of serde's that describes itself, from fields and back.

use super::record::{FieldMap, FieldRef, FieldTree, FieldVisitor, Record, RecordList};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use std::fmt;

/// A record as serde sees it.
pub(crate) struct AsMap<'a>(pub(crate) &'a dyn Record);

impl Serialize for AsMap<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut writer = MapWriter { map: serializer.serialize_map(None)?, failure: None };
        self.0.visit(&mut writer);
        match writer.failure {
            None => writer.map.end(),
            Some(failure) => Err(failure),
        }
    }
}

struct MapWriter<M: SerializeMap> {
    map: M,
    failure: Option<M::Error>,
}

impl<M: SerializeMap> FieldVisitor for MapWriter<M> {
    fn field(&mut self, name: &'static str, value: FieldRef<'_>) {
        if self.failure.is_none() {
            self.failure = self.map.serialize_entry(name, &AsValue(value)).err();
        }
    }
}

struct AsValue<'a>(FieldRef<'a>);

impl Serialize for AsValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            FieldRef::Bool(value) => serializer.serialize_bool(value),
            FieldRef::Int(value) => serializer.serialize_i64(value),
            FieldRef::Uint(value) => serializer.serialize_u64(value),
            // JSON has no such number: it would be written as null, and lost.
            FieldRef::Double(value) if !value.is_finite() => serializer.collect_str(&value),
            FieldRef::Double(value) => serializer.serialize_f64(value),
            FieldRef::Text(value) => serializer.serialize_str(value),
            FieldRef::Record(record) => AsMap(record).serialize(serializer),
            FieldRef::List(list) => write_list(list, serializer),
        }
    }
}

fn write_list<S: Serializer>(list: &dyn RecordList, serializer: S) -> Result<S::Ok, S::Error> {
    let mut sequence = serializer.serialize_seq(Some(list.len()))?;
    for record in (0..list.len()).filter_map(|index| list.get(index)) {
        sequence.serialize_element(&AsMap(record))?;
    }
    sequence.end()
}

impl<'de> Deserialize<'de> for FieldTree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

impl<'de> Deserialize<'de> for FieldMap {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match deserializer.deserialize_map(TreeVisitor)? {
            FieldTree::Record(fields) => Ok(fields),
            _ => Err(serde::de::Error::custom("not a set of named fields")),
        }
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = FieldTree;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an event, or a part of one")
    }

    fn visit_unit<E>(self) -> Result<FieldTree, E> {
        Ok(FieldTree::Absent)
    }

    fn visit_bool<E>(self, value: bool) -> Result<FieldTree, E> {
        Ok(FieldTree::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<FieldTree, E> {
        Ok(FieldTree::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<FieldTree, E> {
        Ok(FieldTree::Uint(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<FieldTree, E> {
        Ok(FieldTree::Double(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<FieldTree, E> {
        Ok(FieldTree::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<FieldTree, E> {
        Ok(FieldTree::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<FieldTree, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element()? {
            items.push(item);
        }
        Ok(FieldTree::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<FieldTree, A::Error> {
        let mut fields = FieldMap::default();
        while let Some((name, value)) = map.next_entry::<String, FieldTree>()? {
            fields.push(name, value);
        }
        Ok(FieldTree::Record(fields))
    }
}

/// serde for records: they are written and read as maps.
macro_rules! serde_records {
    ($($name:ty),* $(,)?) => {$(
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $crate::event::json::AsMap(self).serialize(serializer)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let mut fields = $crate::event::record::FieldMap::deserialize(deserializer)?;
                <Self as $crate::event::record::ReadRecord>::from_fields(&mut fields).map_err(serde::de::Error::custom)
            }
        }
    )*};
}
pub(crate) use serde_records;
