//! Options of the form `word,key=value,key=value`.

use std::fmt::Display;

/// An option of the form `word,key=value,key=value`. A comma in a value is doubled, as QEMU reads it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Keyed(String);

impl Keyed {
    /// Begins with a value that has no key.
    pub(super) fn new(word: impl Display) -> Self {
        Self(escaped(&word.to_string()))
    }

    /// Adds a value.
    #[must_use]
    pub(super) fn with(mut self, key: &str, value: impl Display) -> Self {
        self.push(key, value);
        self
    }

    /// Adds a value if there is one.
    #[must_use]
    pub(super) fn with_some(self, key: &str, value: Option<impl Display>) -> Self {
        match value {
            Some(value) => self.with(key, value),
            None => self,
        }
    }

    /// Adds a word that has no value.
    #[must_use]
    pub(super) fn with_word(mut self, word: &str) -> Self {
        self.separate();
        self.0.push_str(word);
        self
    }

    /// Adds a value.
    pub(super) fn push(&mut self, key: &str, value: impl Display) {
        self.separate();
        self.0.push_str(key);
        self.0.push('=');
        self.0.push_str(&escaped(&value.to_string()));
    }

    /// Whether nothing is in it.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn separate(&mut self) {
        if !self.0.is_empty() {
            self.0.push(',');
        }
    }
}

impl From<Keyed> for String {
    fn from(keyed: Keyed) -> Self {
        keyed.0
    }
}

fn escaped(value: &str) -> String {
    value.replace(',', ",,")
}

#[cfg(test)]
mod tests {
    use super::Keyed;

    #[test]
    fn commas_in_values_are_doubled() {
        let option = Keyed::new("file").with("id", "a").with("path", "/x,id=b").with_word("readonly");
        assert_eq!(String::from(option), "file,id=a,path=/x,,id=b,readonly");
    }
}
