//! How the host proves to a server of storage who it is.

use crate::document::text::words;
use crate::document::{DocumentError, DocumentErrorKind, Problem, Text, mapped};
use crate::xml::Element;
use uuid::Uuid;

/// How the host proves to a server of storage who it is.
#[mapped]
pub struct Authentication {
    /// The method.
    #[attribute("type")]
    pub method: Option<AuthenticationType>,
    /// The name of the user there.
    #[attribute("username")]
    pub user_name: String,
    /// Which secret holds the password or the key.
    #[element("secret")]
    pub secret: SecretReference,
}

words! {
    /// A method of proving who one is.
    pub enum AuthenticationType("type of authentication", Unsupported, blank) {
        /// None.
        None = "none",
        /// The handshake of iSCSI.
        Chap = "chap",
        /// A key of Ceph.
        Ceph = "ceph",
    }
}

/// A secret, named by its UUID or by what it is for.
#[mapped]
pub struct SecretReference {
    /// What sort of use it is for; absent where the place says so.
    #[attribute("type")]
    pub usage_type: Option<String>,
    /// Its UUID.
    #[attribute("uuid", error = Invalid)]
    pub uuid: Option<Uuid>,
    /// What it is for.
    #[attribute("usage")]
    pub usage: Option<Text>,
}

impl SecretReference {
    /// Refuses one that names none or two.
    ///
    /// # Errors
    ///
    /// There is no UUID and no use, or there are both.
    pub(crate) fn check(&self, element: Element<'_>) -> Result<(), DocumentError> {
        one_name(self.uuid.is_some(), self.usage.is_some(), element)
    }
}

/// Refuses a secret that is named in no way or in two.
pub(super) fn one_name(uuid: bool, usage: bool, element: Element<'_>) -> Result<(), DocumentError> {
    if uuid == usage {
        let problem = Problem::new(DocumentErrorKind::Invalid, "a secret is named by uuid or by usage");
        return Err(problem.hint("give one of the two attributes").at(element));
    }
    Ok(())
}

impl Authentication {
    /// Refuses a secret that is named in no way or in two.
    ///
    /// # Errors
    ///
    /// As it says.
    pub(crate) fn check(&self, element: Element<'_>) -> Result<(), DocumentError> {
        self.secret.check(element.child("secret").unwrap_or(element))
    }
}
