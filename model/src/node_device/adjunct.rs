//! The cryptographic cards of IBM mainframes.

use super::mediated::MediatedCapability;
use crate::document::{Hexadecimal, mapped};

/// A card.
#[mapped]
pub struct CryptoCard {
    /// Its number.
    #[element("ap-adapter", error = Unsupported)]
    pub adapter: Hexadecimal<2>,
}

/// A queue of a card.
#[mapped]
pub struct CryptoQueue {
    /// The number of the card.
    #[element("ap-adapter", error = Unsupported)]
    pub adapter: Hexadecimal<2>,
    /// The number of the domain, up to 255.
    #[element("ap-domain", error = Unsupported)]
    pub domain: Hexadecimal<4>,
}

/// The device from which guests get cards.
#[mapped]
pub struct CryptoMatrix {
    /// What else it can do.
    #[element("capability")]
    pub capabilities: Vec<MediatedCapability>,
}
