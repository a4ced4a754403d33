//! References to filters, and the values of their variables.

use super::variable::is_name_letter;
use crate::document::mapped;

/// A reference to a filter.
#[mapped]
pub struct FilterReference {
    /// The filter's name.
    #[attribute("filter", missing = Malformed, kept)]
    pub filter: String,
    /// Values of its variables; several of one name are a list.
    #[element("parameter")]
    pub parameters: Vec<FilterParameter>,
}

/// A value of a variable.
#[mapped(omit_empty)]
pub struct FilterParameter {
    /// The variable's name, of letters, digits and `_`.
    #[attribute("name")]
    pub name: Option<String>,
    /// The value, of letters, digits and `_.:`.
    #[attribute("value")]
    pub value: Option<String>,
}

impl FilterReference {
    /// Leaves out values that cannot be, and puts the others in the order of their names.
    pub fn complete(&mut self) {
        self.parameters.retain(FilterParameter::is_good);
        self.parameters.sort_by(|a, b| a.name.cmp(&b.name));
    }
}

impl FilterParameter {
    fn is_good(&self) -> bool {
        let all = |text: &Option<String>, is_good: fn(char) -> bool| {
            text.as_ref().is_some_and(|text| text.chars().all(is_good))
        };
        all(&self.name, is_name_letter)
            && all(&self.value, |letter| is_name_letter(letter) || matches!(letter, '.' | ':'))
    }
}
