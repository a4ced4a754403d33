//! Lists, and values that may be missing.

use super::{ConvertError, FromWire, IntoWire};

impl<T: FromWire<W>, W> FromWire<Vec<W>> for Vec<T> {
    fn from_wire(wire: Vec<W>) -> Result<Self, ConvertError> {
        let items = wire.into_iter().enumerate();
        items
            .map(|(index, item)| T::from_wire(item).map_err(|error| error.within(&index.to_string())))
            .collect()
    }
}

impl<T: IntoWire<W>, W> IntoWire<Vec<W>> for Vec<T> {
    fn into_wire(self) -> Result<Vec<W>, ConvertError> {
        into_list(self)
    }
}

impl<'a, T, W> IntoWire<Vec<W>> for &'a Vec<T>
where
    &'a T: IntoWire<W>,
{
    fn into_wire(self) -> Result<Vec<W>, ConvertError> {
        into_list(self)
    }
}

impl<'a, T, W> IntoWire<Vec<W>> for &'a [T]
where
    &'a T: IntoWire<W>,
{
    fn into_wire(self) -> Result<Vec<W>, ConvertError> {
        into_list(self)
    }
}

fn into_list<I: IntoIterator<Item: IntoWire<W>>, W>(items: I) -> Result<Vec<W>, ConvertError> {
    let items = items.into_iter().enumerate();
    items.map(|(index, item)| item.into_wire().map_err(|error| error.within(&index.to_string()))).collect()
}

impl<T: FromWire<W>, W> FromWire<Option<W>> for Option<T> {
    fn from_wire(wire: Option<W>) -> Result<Self, ConvertError> {
        wire.map(T::from_wire).transpose()
    }
}

impl<T: IntoWire<W>, W> IntoWire<Option<W>> for Option<T> {
    fn into_wire(self) -> Result<Option<W>, ConvertError> {
        self.map(T::into_wire).transpose()
    }
}

impl<'a, T, W> IntoWire<Option<W>> for &'a Option<T>
where
    &'a T: IntoWire<W>,
{
    fn into_wire(self) -> Result<Option<W>, ConvertError> {
        self.as_ref().map(IntoWire::into_wire).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_tells_which_of_its_items_is_wrong() {
        assert_eq!(Vec::<u32>::from_wire(vec![1_i32, 2]), Ok(vec![1, 2]));
        let error = Vec::<u32>::from_wire(vec![1_i32, -1]).unwrap_err();
        assert_eq!((error.field(), error.to_string().as_str()), ("1", "1: -1 is out of range (u32)"));
        let wire: Result<Vec<i32>, _> = [7_u64, u64::MAX].as_slice().into_wire();
        assert_eq!(wire.unwrap_err().within("pages").field(), "pages.1");
    }

    #[test]
    fn a_missing_value_stays_so() {
        let wire: Option<String> = None::<&str>.into_wire().unwrap();
        assert_eq!(wire, None);
        let wire: Option<i32> = (&Some(3_u32)).into_wire().unwrap();
        assert_eq!(Option::<u64>::from_wire(wire), Ok(Some(3)));
    }
}
