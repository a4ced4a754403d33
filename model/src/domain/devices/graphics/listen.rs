//! Where a graphics server listens.

use crate::document::mapped;

/// Where a graphics server listens.
#[mapped(tag = "type", error = Invalid, missing = Invalid)]
pub enum GraphicsListen {
    /// At an address.
    #[value("address")]
    Address(ListenAddress),
    /// At the host's address in a network.
    #[value("network")]
    Network(ListenNetwork),
    /// At a UNIX socket.
    #[value("socket")]
    Socket(ListenSocket),
    /// Nowhere.
    #[value("none")]
    None,
}

/// An address of the host.
#[mapped]
pub struct ListenAddress {
    /// The address or a name for it; absent for the driver's choice.
    #[attribute("address")]
    pub address: Option<String>,
    /// What only one in a network has: refused.
    #[attribute("network")]
    pub network: Option<String>,
    /// What only one at a socket has: refused.
    #[attribute("socket")]
    pub socket: Option<String>,
}

/// The host's address in a network.
#[mapped]
pub struct ListenNetwork {
    /// The address that it was; only known while the domain runs.
    #[attribute("address")]
    pub address: Option<String>,
    /// The network.
    #[attribute("network")]
    pub network: Option<String>,
}

/// A UNIX socket.
#[mapped]
pub struct ListenSocket {
    /// The socket; absent for one that the driver makes.
    #[attribute("socket", kept)]
    pub socket: Option<String>,
    /// What only one in a network has: refused.
    #[attribute("network")]
    pub network: Option<String>,
}
