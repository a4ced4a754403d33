//! Limits that calls set by name, and that stand in the domain's document.

use super::values::{Base, written};
use omnivirt_core::domain::DomainConfig;
use omnivirt_core::{Error, ErrorKind, ParameterValue, Result, TypedParameters};

/// One value that a call sets.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Setting {
    /// libvirt's name of it.
    pub(crate) name: &'static str,
    /// The way to it in the document.
    pub(crate) way: &'static str,
    pub(crate) value: ParameterValue,
}

/// Says for the fields of an options type what libvirt calls them and where they stand in the document. Makes two
/// functions: one that lists the fields which are set, and one that reads them all from an element.
macro_rules! settings {
    ($set:ident, $read:ident, $ty:ident { $($field:ident: $name:literal at $way:literal,)* }) => {
        fn $set(parameters: &$ty) -> Vec<$crate::domains::settings::Setting> {
            let mut settings = Vec::new();
            $(if let Some(value) = &parameters.$field {
                settings.push($crate::domains::settings::Setting { name: $name, way: $way, value: value.clone().into() });
            })*
            settings
        }

        fn $read(element: omnivirt_core::xml::Element<'_>) -> $ty {
            let mut parameters = $ty::default();
            $(parameters.$field = $crate::domains::values::parsed(element, $way);)*
            parameters
        }
    };
}
pub(crate) use settings;

impl Setting {
    /// The value as a number; none for other types.
    pub(crate) fn number(&self) -> Option<i128> {
        match &self.value {
            ParameterValue::Int(value) => Some((*value).into()),
            ParameterValue::Uint(value) => Some((*value).into()),
            ParameterValue::Llong(value) => Some((*value).into()),
            ParameterValue::Ullong(value) => Some((*value).into()),
            _ => None,
        }
    }

    /// Refuses a number that is out of range.
    ///
    /// # Errors
    ///
    /// `InvalidArgument`.
    pub(crate) fn check(&self, range: std::ops::RangeInclusive<i128>) -> Result<()> {
        match self.number() {
            Some(number) if !range.contains(&number) => {
                let message = format!(
                    "'{}' is {number} and has to be from {} to {}",
                    self.name,
                    range.start(),
                    range.end()
                );
                Err(Error::new(ErrorKind::InvalidArgument, message))
            }
            _ => Ok(()),
        }
    }

    /// The value as it stands in the document.
    fn text(&self) -> String {
        match &self.value {
            ParameterValue::Boolean(value) => if *value { "yes" } else { "no" }.to_owned(),
            ParameterValue::String(value) => value.clone(),
            ParameterValue::Double(value) => value.to_string(),
            ParameterValue::Int(_)
            | ParameterValue::Uint(_)
            | ParameterValue::Llong(_)
            | ParameterValue::Ullong(_) => self.number().unwrap_or_default().to_string(),
        }
    }
}

/// The configuration with these values.
///
/// # Errors
///
/// A value cannot stand in XML.
pub(crate) fn applied(config: &DomainConfig, base: Base, settings: &[Setting]) -> Result<DomainConfig> {
    settings.iter().try_fold(config.clone(), |config, setting| {
        written(&config, base, setting.way, Some(&setting.text()))
    })
}

/// What the event about a change tells: each value under a prefix that says of what it is a limit.
pub(crate) fn told(prefix: &str, settings: &[Setting]) -> TypedParameters {
    let mut parameters = TypedParameters::default();
    for setting in settings {
        parameters.push(format!("{prefix}.{}", setting.name), setting.value.clone());
    }
    parameters
}
