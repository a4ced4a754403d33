//! What a driver is. A driver crate implements [`Families`] and [`Driver`], fills the families that it can with
//! [`driver_ops`](crate::driver_ops), and registers itself with [`register_driver!`](crate::register_driver).

use crate::error::Result;
use crate::events::EventBus;
use crate::generated::Families;
use async_trait::async_trait;

/// A connection to one hypervisor, as its driver makes it.
///
/// Rules that the front door relies on and the conformance suite checks:
///
/// * A call does nothing before its future is polled, and may be dropped at any point: state is never left half
///   changed. What must run to its end runs in a task of the driver's own.
/// * No call waits for another object's call, and none blocks the thread.
/// * Arguments have been checked, and the deadline and cancellation are kept by the front door.
/// * Every change of state is emitted on the bus, with its cause, in the order in which it happened.
#[async_trait]
pub trait Driver: Families + std::fmt::Debug + 'static {
    /// Who this driver is.
    fn info(&self) -> &DriverInfo;

    /// The bus that this connection's events are emitted into; none if the driver has no events.
    fn events(&self) -> Option<&EventBus> {
        None
    }

    /// Lets go of everything. Calls made afterwards are refused by the front door. The bus is closed after this.
    ///
    /// # Errors
    ///
    /// What could not be let go; the connection counts as closed all the same.
    async fn close(&self) -> Result<()> {
        Ok(())
    }
}

/// Who a driver is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DriverInfo {
    /// The driver's name, as in `test`.
    pub name: &'static str,
    /// The URI of this connection, without secrets.
    pub uri: String,
}

impl DriverInfo {
    /// A driver of this name, connected to this URI.
    pub fn new(name: &'static str, uri: impl Into<String>) -> Self {
        Self { name, uri: uri.into() }
    }
}

/// Fills every family with calls that answer `Unsupported`.
///
/// ```
/// use omnivirt_core::{Families, Stub};
///
/// #[derive(Debug)]
/// struct Nothing;
///
/// impl Families for Nothing {}
///
/// assert!(Nothing.lifecycle().claims().is_empty());
/// # let _ = Stub;
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Stub;
