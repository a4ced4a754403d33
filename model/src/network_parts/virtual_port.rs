//! How an interface is announced to the switch that it is connected to.

use crate::document::text::words;
use crate::document::{DocumentErrorKind, Hexadecimal, Problem, TextValue, mapped};
use crate::xml::quoted;
use std::borrow::Cow;
use uuid::Uuid;

/// How an interface is announced to its switch.
#[mapped]
pub struct VirtualPort {
    /// The kind of switch; absent for that of the network.
    #[attribute("type")]
    pub port_type: Option<VirtualPortType>,
    /// What the switch is told.
    #[element("parameters", default)]
    pub parameters: VirtualPortParameters,
}

/// What a switch is told.
#[mapped(omit_empty)]
pub struct VirtualPortParameters {
    /// The manager's number, up to 255.
    #[attribute("managerid")]
    pub manager_id: Option<DecimalOrHexadecimal>,
    /// The number of the kind, up to 16,777,215.
    #[attribute("typeid")]
    pub type_id: Option<DecimalOrHexadecimal>,
    /// The version of the kind, up to 255.
    #[attribute("typeidversion")]
    pub type_id_version: Option<DecimalOrHexadecimal>,
    /// What identifies the domain.
    #[attribute("instanceid", error = Invalid)]
    pub instance_id: Option<Uuid>,
    /// What identifies the interface.
    #[attribute("interfaceid", error = Invalid)]
    pub interface_id: Option<Uuid>,
    /// The name of the profile.
    #[attribute("profileid")]
    pub profile_id: Option<String>,
}

words! {
    /// A kind of switch.
    pub enum VirtualPortType("type of a virtual port", Unsupported) {
        /// One after IEEE 802.1Qbg.
        Ieee8021Qbg = "802.1Qbg",
        /// One after IEEE 802.1Qbh.
        Ieee8021Qbh = "802.1Qbh",
        /// Open vSwitch.
        OpenVSwitch = "openvswitch",
        /// MidoNet.
        Midonet = "midonet",
    }
}

/// A number that may be read in decimal or hexadecimal, and is written in decimal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "json", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct DecimalOrHexadecimal(pub u64);

impl TextValue for DecimalOrHexadecimal {
    fn from_text(text: &str) -> Result<Self, Problem> {
        Hexadecimal::<1>::from_text(text).map(|number| Self(number.0))
    }

    fn to_text(&self) -> Cow<'_, str> {
        Cow::Owned(self.0.to_string())
    }
}

#[cfg(feature = "arbitrary")]
impl crate::document::Generate for DecimalOrHexadecimal {
    fn generate(source: &mut arbitrary::Unstructured<'_>) -> arbitrary::Result<Self> {
        source.arbitrary::<u32>().map(|number| Self(number.into()))
    }
}

/// The longest name of a profile.
const LONGEST_PROFILE: usize = 39;

impl VirtualPort {
    /// Checks what the kind of switch needs and takes. `needs_type` says that there is no network that would know the kind.
    ///
    /// # Errors
    ///
    /// Something is missing, too much, or too large.
    pub fn check(&self, needs_type: bool) -> Result<(), Problem> {
        self.check_given(needs_type)?;
        let Some(port_type) = self.port_type else { return Ok(()) };
        let (wanted, _) = port_type.parameters();
        let given = self.parameters.given();
        match wanted.iter().find(|name| !given.contains(name)) {
            Some(missing) => {
                Err(Problem::invalid(format!("a virtual port of type {port_type} needs {}", quoted(missing))))
            }
            None => Ok(()),
        }
    }

    /// Checks what is there, as a network does: what is missing can come from an interface.
    ///
    /// # Errors
    ///
    /// Something is too much, or too large.
    pub fn check_given(&self, needs_type: bool) -> Result<(), Problem> {
        self.parameters.check_limits()?;
        let Some(port_type) = self.port_type else {
            return if needs_type {
                Err(Problem::invalid("the virtual port has no type").hint("write type='…'"))
            } else {
                Ok(())
            };
        };
        let (_, allowed) = port_type.parameters();
        let given = self.parameters.given();
        match given.iter().find(|name| !allowed.contains(name)) {
            Some(extra) => Err(Problem::invalid(format!(
                "a virtual port of type {port_type} does not take {}",
                quoted(extra)
            ))),
            None => Ok(()),
        }
    }

    /// Makes up the identities that the kind of switch needs; where the kind is left open, those that any would.
    pub fn complete(&mut self) {
        let made = || Some(Uuid::new_v4());
        let parameters = &mut self.parameters;
        let (instance, interface) = match self.port_type {
            Some(VirtualPortType::Ieee8021Qbg) => (true, false),
            Some(VirtualPortType::OpenVSwitch) => (false, true),
            Some(_) => (false, false),
            None => (true, true),
        };
        if instance {
            parameters.instance_id = parameters.instance_id.or_else(made);
        }
        if interface {
            parameters.interface_id = parameters.interface_id.or_else(made);
        }
    }
}

impl VirtualPortType {
    /// The parameters that it needs, and those that it can have.
    fn parameters(self) -> (&'static [&'static str], &'static [&'static str]) {
        const QBG: &[&str] = &["managerid", "typeid", "typeidversion"];
        match self {
            Self::Ieee8021Qbg => (QBG, &["managerid", "typeid", "typeidversion", "instanceid"]),
            Self::Ieee8021Qbh => (&["profileid"], &["profileid"]),
            Self::OpenVSwitch => (&[], &["interfaceid", "profileid"]),
            Self::Midonet => (&["interfaceid"], &["interfaceid"]),
        }
    }
}

impl VirtualPortParameters {
    fn given(&self) -> Vec<&'static str> {
        let all = [
            ("managerid", self.manager_id.is_some()),
            ("typeid", self.type_id.is_some()),
            ("typeidversion", self.type_id_version.is_some()),
            ("instanceid", self.instance_id.is_some()),
            ("interfaceid", self.interface_id.is_some()),
            ("profileid", self.profile_id.is_some()),
        ];
        all.into_iter().filter(|(_, given)| *given).map(|(name, _)| name).collect()
    }

    fn check_limits(&self) -> Result<(), Problem> {
        let limits = [(self.manager_id, 0xff), (self.type_id, 0xff_ffff), (self.type_id_version, 0xff)];
        if let Some((Some(number), most)) =
            limits.into_iter().find(|(number, most)| number.is_some_and(|number| number.0 > *most))
        {
            return Err(Problem::new(
                DocumentErrorKind::Invalid,
                format!("{} is more than {most}", number.0),
            ));
        }
        match &self.profile_id {
            Some(profile) if profile.len() > LONGEST_PROFILE => Err(Problem::invalid(format!(
                "the profile {} has more than {LONGEST_PROFILE} characters",
                quoted(profile)
            ))),
            _ => Ok(()),
        }
    }
}
