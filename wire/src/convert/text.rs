//! Texts: as such, as ones that may be missing, and as lists of C's `char`.

use super::numbers::same;
use super::{ConvertError, FromWire, IntoWire};
use std::sync::Arc;

same!(String);

impl IntoWire<String> for &str {
    fn into_wire(self) -> Result<String, ConvertError> {
        Ok(self.to_owned())
    }
}

impl IntoWire<Option<String>> for &str {
    fn into_wire(self) -> Result<Option<String>, ConvertError> {
        Ok(Some(self.to_owned()))
    }
}

/// A text that must be there, where the wire allows that it is not.
impl FromWire<Option<String>> for String {
    fn from_wire(wire: Option<String>) -> Result<Self, ConvertError> {
        wire.ok_or_else(|| ConvertError::new("a text is missing"))
    }
}

impl IntoWire<Option<String>> for String {
    fn into_wire(self) -> Result<Option<String>, ConvertError> {
        Ok(Some(self))
    }
}

impl IntoWire<Option<String>> for &String {
    fn into_wire(self) -> Result<Option<String>, ConvertError> {
        Ok(Some(self.clone()))
    }
}

/// A text that may be missing is empty where the wire has no other way to say so.
impl FromWire<String> for Option<String> {
    fn from_wire(wire: String) -> Result<Self, ConvertError> {
        Ok(Some(wire).filter(|text| !text.is_empty()))
    }
}

impl IntoWire<String> for Option<String> {
    fn into_wire(self) -> Result<String, ConvertError> {
        Ok(self.unwrap_or_default())
    }
}

impl IntoWire<String> for &Option<String> {
    fn into_wire(self) -> Result<String, ConvertError> {
        Ok(self.clone().unwrap_or_default())
    }
}

impl IntoWire<String> for Option<&str> {
    fn into_wire(self) -> Result<String, ConvertError> {
        Ok(self.unwrap_or_default().to_owned())
    }
}

impl FromWire<String> for Arc<str> {
    fn from_wire(wire: String) -> Result<Self, ConvertError> {
        Ok(wire.into())
    }
}

impl IntoWire<String> for &Arc<str> {
    fn into_wire(self) -> Result<String, ConvertError> {
        Ok((**self).to_owned())
    }
}

/// C's text: it ends before the first zero, or where the list does.
impl FromWire<&[i8]> for String {
    fn from_wire(wire: &[i8]) -> Result<Self, ConvertError> {
        let bytes = wire.iter().map(|char| char.cast_unsigned()).take_while(|byte| *byte != 0).collect();
        Self::from_utf8(bytes).map_err(|_| ConvertError::new("a text is not UTF-8"))
    }
}

impl FromWire<Vec<i8>> for String {
    fn from_wire(wire: Vec<i8>) -> Result<Self, ConvertError> {
        Self::from_wire(wire.as_slice())
    }
}

impl<const N: usize> FromWire<[i8; N]> for String {
    fn from_wire(wire: [i8; N]) -> Result<Self, ConvertError> {
        Self::from_wire(wire.as_slice())
    }
}

/// With the zero at the end, as libvirt sends security labels.
impl IntoWire<Vec<i8>> for &str {
    fn into_wire(self) -> Result<Vec<i8>, ConvertError> {
        if self.contains('\0') {
            return Err(ConvertError::new("a text has a zero byte in it"));
        }
        Ok(self.bytes().chain([0]).map(u8::cast_signed).collect())
    }
}

impl IntoWire<Vec<i8>> for String {
    fn into_wire(self) -> Result<Vec<i8>, ConvertError> {
        self.as_str().into_wire()
    }
}

impl IntoWire<Vec<i8>> for &String {
    fn into_wire(self) -> Result<Vec<i8>, ConvertError> {
        self.as_str().into_wire()
    }
}

/// As much of the text as fits before a zero, whole characters only.
impl<const N: usize> IntoWire<[i8; N]> for &str {
    fn into_wire(self) -> Result<[i8; N], ConvertError> {
        let mut end = self.len().min(N.saturating_sub(1));
        while !self.is_char_boundary(end) {
            end -= 1;
        }
        let mut wire = [0; N];
        for (place, byte) in wire.iter_mut().zip(self[..end].bytes()) {
            *place = byte.cast_signed();
        }
        Ok(wire)
    }
}

impl<const N: usize> IntoWire<[i8; N]> for String {
    fn into_wire(self) -> Result<[i8; N], ConvertError> {
        self.as_str().into_wire()
    }
}

impl<const N: usize> IntoWire<[i8; N]> for &String {
    fn into_wire(self) -> Result<[i8; N], ConvertError> {
        self.as_str().into_wire()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_text_is_read_back_from_a_list_of_chars(text in "[^\0]{0,40}") {
            let wire: Vec<i8> = text.as_str().into_wire().unwrap();
            prop_assert_eq!(wire.last(), Some(&0));
            prop_assert_eq!(String::from_wire(wire).unwrap(), text.clone());
            let wire: [i8; 32] = text.as_str().into_wire().unwrap();
            let back = String::from_wire(wire).unwrap();
            prop_assert!(text.starts_with(&back) && back.len() < 32 && (text.len() > 31 || back == text));
        }
    }

    #[test]
    fn what_is_missing_and_what_is_empty() {
        assert!(String::from_wire(None::<String>).is_err());
        assert_eq!(String::from_wire(Some(String::new())), Ok(String::new()));
        assert_eq!(Option::<String>::from_wire(String::new()), Ok(None));
        let wire: String = None::<&str>.into_wire().unwrap();
        assert_eq!(wire, "");
        let wire: Option<String> = "".into_wire().unwrap();
        assert_eq!(wire, Some(String::new()));
    }

    #[test]
    fn malformed_chars_are_refused() {
        assert!(String::from_wire(vec![-1_i8, 0]).is_err());
        let wire: Result<Vec<i8>, _> = "a\0b".into_wire();
        assert!(wire.is_err());
        assert_eq!(String::from_wire(vec![97_i8]), Ok("a".to_owned()));
    }
}
