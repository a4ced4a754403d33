//! The core of Omnivirt: what a driver author reads, and what every program calls.
//!
//! * A program opens a [`Connection`] with [`connect`] and calls its handles: [`Domain`], [`Snapshot`], ….
//! * A driver author implements [`Driver`] and [`Families`], fills families with [`driver_ops`], and registers a
//!   [`DriverEntry`] with [`register_driver!`].
//! * Events go through [`events`]: one bus, several ways of delivery, nothing lost in silence.
//!
//! The families, the calls of the handles and the table of calls are generated from the description in `api/`.

pub mod call;
mod connection;
pub mod daemon;
mod document_error;
mod driver;
mod error;
pub mod events;
#[allow(
    missing_docs,
    reason = "the generator refuses entries without docs; the modules it makes are private"
)]
mod generated;
mod handle;
pub mod jobs;
pub mod layer;
mod libvirt_error;
mod migrate;
mod registry;
pub mod stream;
mod subscribe;
pub mod wait;

pub use call::{CallCx, CallDescription, CallFuture, CallSettings, Caller};
pub use driver::{Deliver, DomainNow, Driver, DriverInfo, Registered, Stub, WantedEvents};
pub use error::{Error, Result};
pub use generated::*;
pub use handle::*;
pub use libvirt_error::LibvirtError;
pub use omnivirt_macros::driver_ops;
pub use omnivirt_model::*;
pub use registry::{ConnectOptions, DriverEntry, OpenFn, OpenRequest, Registry, connect, connect_with};

#[doc(hidden)]
pub use inventory;
