//! Virtual LANs.

use crate::document::text::words;
use crate::document::{Problem, YesNo, mapped};

/// The virtual LANs of an interface.
#[mapped]
pub struct Vlan {
    /// Whether packets of more than one go over the interface.
    #[attribute("trunk", empty)]
    pub trunk: Option<YesNo>,
    /// Which.
    #[element("tag")]
    pub tags: Vec<VlanTag>,
}

/// A virtual LAN.
#[mapped]
pub struct VlanTag {
    /// Its number, up to 4095.
    #[attribute("id")]
    pub id: u32,
    /// Of the one that packets without a tag belong to: whether they get one.
    #[attribute("nativeMode")]
    pub native_mode: Option<NativeVlanMode>,
}

words! {
    /// What happens with packets of the native virtual LAN.
    pub enum NativeVlanMode("mode of a native VLAN", Invalid) {
        /// They have a tag.
        Tagged = "tagged",
        /// They have none.
        Untagged = "untagged",
    }
}

impl Vlan {
    /// Decides whether it is a trunk.
    ///
    /// # Errors
    ///
    /// The tags contradict each other.
    pub fn complete(&mut self) -> Result<(), Problem> {
        if self.tags.is_empty() {
            return Err(Problem::invalid("a VLAN has no number").hint("put a <tag id='…'/> into it"));
        }
        if let Some(tag) = self.tags.iter().find(|tag| tag.id > 4095) {
            return Err(Problem::invalid(format!("{} is no number of a VLAN: 4095 is the largest", tag.id)));
        }
        if self.tags.iter().filter(|tag| tag.native_mode.is_some()).count() > 1 {
            return Err(Problem::invalid("only one VLAN can be that of packets without a tag"));
        }
        let is_many = self.tags.len() > 1;
        if is_many && self.trunk == Some(YesNo::No) {
            return Err(Problem::invalid("more than one VLAN needs a trunk").hint("write trunk='yes'"));
        }
        self.trunk = (is_many || self.trunk == Some(YesNo::Yes)).then_some(YesNo::Yes);
        Ok(())
    }
}
